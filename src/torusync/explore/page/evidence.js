// @ts-check
// Numbers that can be asked.  Every number of the page is a small button: pointing at it or moving the focus to it shows
// what it means, where it comes from and how well it is known.  The one tip of the page stays while the pointer is on
// it, and Escape puts it away, so that it never hides what stands below for good.

import { byId, element, prose, symbol } from "./dom.js";
import { number } from "./format.js";

/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Figure} Figure */
/** @typedef {import("./types.js").Quantity} Quantity */

/** @typedef {{title: string, lines: string[]}} Told */

/** @type {WeakMap<Element, () => Told>} */
const TOLD = new WeakMap();
/** @type {Element | null} */
let shown = null;
let hiding = 0;

/**
 * Let an element tell about itself where it is pointed at or has the focus.
 * @template {Element} T
 * @param {T} about
 * @param {() => Told} tell
 * @returns {T}
 */
export function telling(about, tell) {
  TOLD.set(about, tell);
  about.setAttribute("data-tells", "");
  about.setAttribute("aria-describedby", "tip");
  return about;
}

/** @param {EventTarget | null} target */
function teller(target) {
  return target instanceof Element ? target.closest("[data-tells]") : null;
}

/** @param {Element} about */
function show(about) {
  const told = TOLD.get(about)?.();
  const tip = byId("tip");
  window.clearTimeout(hiding);
  if (!told) return;
  tip.replaceChildren(element("strong", {}, ...prose(told.title)), ...told.lines.filter(Boolean).map((line) => element("p", {}, ...prose(line))));
  tip.hidden = false;
  shown = about;
  place(tip, about.getBoundingClientRect());
}

/**
 * Beside a control, so that those below it stay in sight; else below what it is about, or above where there is no room; never beyond the edge.
 * @param {HTMLElement} tip
 * @param {DOMRect} box
 */
function place(tip, box) {
  const { width, height } = tip.getBoundingClientRect();
  const edge = 8;
  const wide = document.documentElement.clientWidth;
  if (shown instanceof HTMLInputElement && box.right + 12 + width < wide) {
    tip.style.left = `${box.right + 12}px`;
    tip.style.top = `${Math.max(edge, Math.min(box.top, window.innerHeight - height - edge))}px`;
    return;
  }
  const below = !(shown instanceof HTMLInputElement) && box.bottom + 6 + height < window.innerHeight - edge;
  tip.style.left = `${Math.max(edge, Math.min(box.left, wide - width - edge))}px`;
  tip.style.top = `${below ? box.bottom + 6 : Math.max(edge, box.top - height - 6)}px`;
}

function hide() {
  byId("tip").hidden = true;
  shown = null;
}

/** Start listening, once a page. */
export function listen() {
  document.addEventListener("pointerover", (event) => {
    const about = teller(event.target);
    if (about instanceof HTMLInputElement) return; // a control tells when it has the focus, not at every passing
    if (about && about !== shown) show(about);
    else if (about || (event.target instanceof Element && event.target.closest("#tip"))) window.clearTimeout(hiding);
  });
  document.addEventListener("pointerout", (event) => {
    if (!shown || shown === document.activeElement) return;
    if (teller(event.target) || (event.target instanceof Element && event.target.closest("#tip"))) {
      hiding = window.setTimeout(hide, 200);
    }
  });
  document.addEventListener("focusin", (event) => {
    const about = teller(event.target);
    if (about?.matches(":focus-visible")) show(about);
    else if (shown) hide();
  });
  document.addEventListener("pointerdown", (event) => {
    const about = teller(event.target);
    if (about instanceof HTMLInputElement && event.pointerType === "touch") show(about);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) hide();
  });
  window.addEventListener("scroll", () => shown && hide(), { capture: true, passive: true });
}

/**
 * What a number tells: its long name, all its digits, how well it is known, where it is defined.
 * @param {Figure} figure
 * @param {Quantity | undefined} quantity
 * @returns {Told}
 */
export function toldOf(figure, quantity) {
  const name = quantity?.long_name ?? figure.name.replaceAll("_", " ");
  const code = quantity?.codes?.find((one) => one.name === figure.text.replaceAll(" ", "_"));
  const lines = [figure.text, figure.evidence, code?.sentence ?? "", quantity?.source ? `Definition: ${quantity.source}` : ""];
  return { title: name.charAt(0).toUpperCase() + name.slice(1), lines };
}

/**
 * A number as a button that tells about itself.
 * @param {Figure} figure
 * @param {Quantity | undefined} quantity
 * @returns {HTMLElement}
 */
export function asked(figure, quantity) {
  const plain = figure.value === null || quantity?.codes || figure.text === "yes" || figure.text === "no";
  const shown = plain ? [figure.text] : [number(figure.value, 4), ...(figure.units ? [" ", symbol(figure.units)] : [])];
  const made = element("button", { type: "button", class: "number", "data-name": figure.name }, ...shown);
  if (figure.value !== null) made.dataset.value = String(figure.value);
  return telling(made, () => toldOf(figure, quantity));
}

/**
 * One row of the table of numbers.
 * @param {Figure} figure
 * @param {Catalogue} catalogue
 * @param {boolean} [inWords] whether it is called by its long name
 * @returns {HTMLElement}
 */
export function row(figure, catalogue, inWords = false) {
  const quantity = catalogue.quantities.find((one) => one.name === figure.name);
  const words = quantity?.long_name ?? figure.name.replaceAll("_", " ");
  const label = !inWords && quantity?.symbol ? symbol(quantity.symbol) : words;
  return element("div", {}, element("dt", {}, label), element("dd", {}, asked(figure, quantity)));
}
