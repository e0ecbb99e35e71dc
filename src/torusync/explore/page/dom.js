// @ts-check
// The few words of the DOM that the page speaks.  Text is always set as text: nothing that came from a file, an address
// or a server is ever read as markup.

import { pieces } from "./format.js";

/**
 * The element of that id; a page without it is a fault of ours, and is told at once.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return /** @type {SVGElement} */ (made);
}

/**
 * A symbol of the papers, its indices set low.
 * @param {string} text
 * @returns {HTMLElement}
 */
export function symbol(text) {
  const parts = pieces(text).map((piece) =>
    piece.low ? element("sub", {}, piece.text) : piece.high ? element("sup", {}, piece.text) : piece.text,
  );
  return element("span", { class: "symbol" }, ...parts);
}

/**
 * A sentence whose symbols of the papers are set as such.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function prose(text) {
  return text.split(/((?:\b[A-Za-z]|[Α-ω])_(?:[A-Za-z0-9]+|\{[^{}]+\})(?:\^[A-Za-z0-9]+)?)/).map((piece, place) => (place % 2 ? symbol(piece) : piece)).filter((piece) => piece !== "");
}

/**
 * The same inside a drawing.
 * @param {string} text
 * @returns {SVGElement[]}
 */
export function drawnSymbol(text) {
  return pieces(text).map((piece) => {
    const shift = piece.low ? "sub" : piece.high ? "super" : "baseline";
    return drawn("tspan", piece.low || piece.high ? { "baseline-shift": shift, "font-size": "75%" } : {}, piece.text);
  });
}

/** How much larger than on a small screen everything is set: drawings grow with the text beside them. */
export function enlargement() {
  return Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 15);
}

/** Whether the reader asked for little motion. */
export function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * Hand a text or a blob to the reader as a file.
 * @param {string} name
 * @param {Blob | string} content
 * @param {string} [type]
 */
export function download(name, content, type = "text/plain") {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
