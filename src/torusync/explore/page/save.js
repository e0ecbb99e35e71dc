// @ts-check
// What is on the page, as files: pictures of the views as PNG, charts as SVG or PNG too, numbers as CSV.  A drawing takes
// its colours from the style sheet, which does not travel with it, so they are written into it on the way out.

import { byId, download } from "./dom.js";

/** What a drawing needs to look the same elsewhere. */
const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "font-family", "font-size", "font-style", "font-weight", "text-anchor", "opacity"];

/**
 * A drawing that stands on its own.
 * @param {SVGSVGElement} svg
 * @param {string} background
 * @returns {string}
 */
export function standalone(svg, background) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((one, place) => {
    const computed = getComputedStyle(originals[place]);
    for (const name of LOOKS) one.setAttribute(name, computed.getPropertyValue(name));
    one.removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.removeAttribute("aria-hidden");
  const under = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", background]]) under.setAttribute(name, value);
  copy.prepend(under);
  return new XMLSerializer().serializeToString(copy);
}

/**
 * @param {string} host id of the panel
 * @param {string} name of the file, without its ending
 */
export function saveSvg(host, name) {
  const svg = byId(host).querySelector("svg");
  if (svg) download(`${name}.svg`, standalone(svg, backgroundOf()), "image/svg+xml");
}

function backgroundOf() {
  return getComputedStyle(document.body).backgroundColor;
}

/**
 * A picture of a panel: of its canvas, or of its drawing, or of one on the other.
 * @param {string} host
 * @param {string} name
 */
export async function savePng(host, name) {
  const element = byId(host);
  const canvases = [...element.querySelectorAll("canvas")];
  const svg = element.querySelector("svg");
  const box = (svg ?? canvases[0])?.getBoundingClientRect();
  if (!box) return;
  const scale = 2;
  const whole = document.createElement("canvas");
  [whole.width, whole.height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
  const pen = whole.getContext("2d");
  if (!pen) return;
  pen.fillStyle = backgroundOf();
  pen.fillRect(0, 0, whole.width, whole.height);
  pen.imageSmoothingEnabled = false;
  for (const one of canvases) {
    const edge = one.getBoundingClientRect();
    pen.drawImage(one, (edge.left - box.left) * scale, (edge.top - box.top) * scale, edge.width * scale, edge.height * scale);
  }
  if (svg) pen.drawImage(await loaded(standalone(svg, "none")), 0, 0, whole.width, whole.height);
  whole.toBlob((blob) => blob && download(`${name}.png`, blob));
}

/**
 * @param {string} text
 * @returns {Promise<HTMLImageElement>}
 */
function loaded(text) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    image.onload = () => {
      URL.revokeObjectURL(address);
      resolve(image);
    };
    image.onerror = () => reject(new Error("the drawing could not be made a picture"));
    image.src = address;
  });
}

/**
 * Columns as CSV: full precision, quoted where they must be, nothing that a spreadsheet would run as a formula.
 * @param {string[]} heads
 * @param {(string | number | null)[][]} rows
 * @returns {string}
 */
export function csv(heads, rows) {
  /** @param {string | number | null} cell */
  const printed = (cell) => {
    if (cell === null) return "";
    if (typeof cell === "number") return String(cell);
    const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [heads, ...rows].map((row) => row.map(printed).join(",")).join("\r\n") + "\r\n";
}

/** @param {import("./types.js").Line} line */
export function csvOfLine(line) {
  const names = Object.keys(line.columns);
  return csv([line.spec.name, ...names], line.axis.map((value, place) => [value, ...names.map((name) => line.columns[name][place])]));
}

/** @param {import("./types.js").Plane} plane */
export function csvOfPlane(plane) {
  const [first, second] = plane.axes;
  const rows = first.flatMap((one, i) => second.map((other, j) => [one, other, plane.values[i][j]]));
  return csv([plane.specs[0].name, plane.specs[1].name, plane.quantity], rows);
}

/** @param {import("./types.js").Point} point */
export function csvOfNumbers(point) {
  return csv(["name", "value", "units", "evidence"], point.numbers.map((one) => [one.name, one.value, one.units, one.evidence]));
}
