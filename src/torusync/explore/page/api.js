// @ts-check
// Where answers come from.  The rest of the page asks a `Source` and knows no addresses: a served page asks its server,
// an exported one the cube inside it.

import { Refusal, isAborted } from "./refusal.js";

/** @typedef {import("./types.js").Source} Source */

/** One name for this page while it is open, so that the server can tell whose job a newer one replaces. */
const SESSION = crypto.randomUUID().replaceAll("-", "");

/** Milliseconds between the first looks at a job, and between all later ones. */
const LOOKS = [25, 50, 100, 200];

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (fault) {
    if (isAborted(fault)) throw fault;
    throw new Refusal(null, "The server does not answer. Is `torusync explore` still running?");
  }
  /** @type {any} */
  let answer;
  try {
    answer = await response.json();
  } catch (fault) {
    if (isAborted(fault)) throw fault;
    throw new Refusal(null, `The server answered ${response.status} without saying why.`);
  }
  if (response.ok) return answer;
  const told = answer.error ?? {};
  throw new Refusal(told.parameter ?? null, told.sentence ?? `The server answered ${response.status}.`);
}

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
function post(path, body, signal) {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
}

/**
 * Start a job, look at it until it is done, and end it on the server where it is no longer wanted.
 * @param {object} spec
 * @param {(share: number) => void} progress
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
async function job(spec, progress, signal) {
  const { id } = await post("/api/job", { session: SESSION, ...spec }, signal);
  const path = `/api/job/${encodeURIComponent(id)}`;
  const end = () => void ask(path, { method: "DELETE", keepalive: true }).catch(() => undefined);
  signal.addEventListener("abort", end, { once: true });
  try {
    for (let look = 0; ; look += 1) {
      const found = await ask(path, { signal });
      if (found.state === "done") return found.result;
      if (found.state === "cancelled") throw new DOMException("overtaken", "AbortError");
      if (found.state === "failed") throw new Refusal(found.error?.parameter ?? null, found.error?.sentence ?? "The work failed.");
      progress(found.done ?? 0);
      await new Promise((resolve) => setTimeout(resolve, LOOKS[Math.min(look, LOOKS.length - 1)]));
    }
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** @returns {Source} */
export function serverSource() {
  return {
    kind: "server",
    about: null,
    catalogue: () => ask("/api/catalogue"),
    point: (model, values, signal) => post("/api/point", { model, values }, signal),
    walk: (model, values) => post("/api/walk", { model, values }),
    job,
    drop: (name, bytes) => ask(`/api/drop?name=${encodeURIComponent(name)}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: bytes }),
    code: async (view) => (await post("/api/code", { view })).code,
  };
}
