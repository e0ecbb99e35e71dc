// @ts-check
// All that can be saved of what is shown.

import { byId, download } from "./dom.js";
import { csvOfLine, csvOfNumbers, csvOfPlane, savePng, saveSvg } from "./save.js";

/** @typedef {import("./page.js").Page} Page */

/**
 * What each is called, and what saves it.
 * @param {Page} page
 * @returns {[string, () => void][]}
 */
export function saves(page) {
  /** @type {[string, () => void][]} */
  const found = [];
  const pictures = [["map", "Map"], ["globe", "Torus"], ["phasors", "Phasors"], ["circle", "Circle"], ["triangle", "Wishes"]];
  const sweep = page.own && page.charts.brought !== null; // nothing of the machine before is on the screen
  for (const [name, title] of pictures) {
    if (!sweep && !byId(`panel-${name}`).hidden) found.push([`${title} as PNG`, () => void savePng(`view-${name}`, `torusync_${name}`)]);
  }
  if (!sweep && page.point?.levels) found.push(["Levels as PNG", () => void savePng("view-levels", "torusync_levels")]);
  if (!sweep && !byId("panel-triangle").hidden) found.push(["Wishes as SVG", () => saveSvg("view-triangle", "torusync_wishes")]);
  const shown = page.charts.shown();
  if (shown) {
    const line = "columns" in shown;
    const [host, name] = line ? ["line", "torusync_line"] : ["tongue-map", "torusync_tongue"];
    const title = line ? "Line" : "Tongue";
    found.push([`${title} as PNG`, () => void savePng(host, name)]);
    if (line) found.push(["Line as SVG", () => saveSvg(host, name)]);
    found.push([`${title} as CSV`, () => download(`${name}.csv`, line ? csvOfLine(shown) : csvOfPlane(shown), "text/csv")]);
  }
  const { point } = page;
  if (point && !sweep) found.push(["Numbers as CSV", () => download("torusync_numbers.csv", csvOfNumbers(point), "text/csv")]);
  return found;
}
