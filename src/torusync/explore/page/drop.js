// @ts-check
// A reader's own state or sweep, dropped anywhere on the page or chosen from a dialog.  The file goes to the library's
// own readers, with the library's limits; nothing of it is looked at here.

import { byId } from "./dom.js";

/**
 * @param {{take: (name: string, bytes: ArrayBuffer) => void, fault: (sentence: string) => void}} told
 * @param {number} most bytes of a file: a larger one is not even sent, as the server would refuse it
 */
export function listenForFiles(told, most) {
  const input = /** @type {HTMLInputElement} */ (byId("file"));
  byId("open").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    void take(input.files?.[0]);
    input.value = "";
  });
  let depth = 0;
  /** @param {DragEvent} event */
  const brings = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragenter", (event) => {
    if (!brings(event)) return;
    depth += 1;
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) document.body.classList.remove("dropping");
  });
  document.addEventListener("dragover", (event) => {
    if (brings(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    depth = 0;
    document.body.classList.remove("dropping");
    if (!brings(event)) return;
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  });

  /** @param {File | undefined} file */
  async function take(file) {
    if (!file) return;
    if (file.size > most) told.fault(`“${file.name.slice(0, 60)}” has more than ${most / 2 ** 20} MiB.`);
    else told.take(file.name, await file.arrayBuffer());
  }
}
