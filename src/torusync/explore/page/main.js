// @ts-check
// The served page: its answers come from the server that it came from.

import { serverSource } from "./api.js";
import { begin } from "./begin.js";
import { element } from "./dom.js";
import { Refusal } from "./refusal.js";

/** @type {Promise<import("./begin.js").Later> | null} */
let loading = null;

/** @returns {Promise<import("./begin.js").Later>} what is needed now and then, fetched once */
function later() {
  loading ??= new Promise((resolve, reject) => {
    document.addEventListener("later", (event) => resolve(/** @type {CustomEvent} */ (event).detail), { once: true });
    const script = element("script", { type: "module", src: "page/later.js" });
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Refusal(null, "The server does not answer. Is `torusync explore` still running?"));
    };
    document.head.append(script);
  });
  return loading;
}

void begin(serverSource(), later);
