// @ts-check
// What S_max allows: the power cannot exceed it, efficiency and coefficient of performance cannot fall below what follows
// from it.  Where a bound does not hold, the library says why, and the page says it on.

import { byId, element, prose, symbol } from "./dom.js";
import { asked, telling } from "./evidence.js";

/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Figure} Figure */
/** @typedef {import("./types.js").Point} Point */

/** Quantity, its bounds by S_max with the first that holds, and whether they bound from above. */
const BOUNDED = /** @type {[string, string[], boolean][]} */ ([
  ["power", ["power_bound", "power_bound_always"], true],
  ["efficiency", ["efficiency_bound"], false],
  ["cop", ["cop_bound"], false],
]);

/**
 * @param {Point} point
 * @param {Catalogue} catalogue
 */
export function showBounds(point, catalogue) {
  const named = new Map(point.numbers.map((one) => [one.name, one]));
  const found = BOUNDED.flatMap(([name, bounds, above]) => {
    const value = named.get(name);
    const limit = bounds.map((one) => named.get(one)).find((one) => one !== undefined && one.value !== null);
    if (!value || value.value === null || !limit || !limit.value) return [];
    const [first] = bounds;
    const fails = limit.name === first ? "" : reason(named.get(`${first}_condition`), catalogue);
    return [...bounded(value, limit, above, catalogue), ...(fails ? [element("p", { class: "why" }, ...prose(fails))] : [])];
  });
  byId("bounds").replaceChildren(...found);
  byId("bounds-part").hidden = !found.length;
}

/**
 * Why the usual bound does not hold.
 * @param {Figure | undefined} condition
 * @param {Catalogue} catalogue
 */
function reason(condition, catalogue) {
  const codes = catalogue.quantities.find((one) => one.name === condition?.name)?.codes;
  return codes?.find((one) => one.code === condition?.value)?.sentence ?? "";
}

/**
 * A value and its bound, and how near they are.
 * @param {Figure} value
 * @param {Figure} limit
 * @param {boolean} above
 * @param {Catalogue} catalogue
 */
function bounded(value, limit, above, catalogue) {
  const quantity = catalogue.quantities.find((one) => one.name === value.name);
  const [size, most] = [Math.abs(value.value ?? 0), Math.abs(limit.value ?? 0)];
  const whole = Math.max(size, most) || 1;
  const fill = element("div", { class: "fill" });
  const mark = element("div", { class: "mark" });
  fill.style.width = `${(100 * size) / whole}%`;
  mark.style.left = `${(100 * most) / whole}%`;
  const words = `${quantity?.long_name ?? value.name} and its ${above ? "upper" : "lower"} bound by S_max`;
  const bar = element("div", { class: "bound", role: "img", "aria-label": `${words}: ${value.text}, ${above ? "at most" : "at least"} ${limit.text}` }, fill, mark);
  telling(bar, () => ({ title: words, lines: [`${value.text}, ${above ? "at most" : "at least"} ${limit.text}`, value.evidence] }));
  const name = quantity?.symbol ?? value.name;
  const bound = asked(limit, catalogue.quantities.find((one) => one.name === limit.name));
  return [element("div", { class: "bounded" }, symbol(above ? `|${name}|` : name), bar, element("span", {}, above ? "≤ " : "≥ ", bound))];
}
