// @ts-check
/**
 * The machine at a glance: levels with their populations, and heat and work as arrows to scale.
 *
 * Heat comes from a bath or goes to it, work from the drive or to it: an engine has its arrow of work pointing out, a
 * refrigerator pointing in, whatever the colours.  Systems without levels of a machine are their populations alone.
 */

import { real } from "./numbers.js";
import { createSurface, label } from "./surface.js";
import { number } from "./text.js";
import { paintMachine } from "./machine.js";
import { heatsOf, paintPopulations } from "./populations.js";

/**
 * @typedef {{name: string, symbol: string, value: number, known: boolean, kind: "hot" | "cold" | "drive"}} Current
 *   energy per time into the machine; not known where it is no larger than its error
 */

/**
 * @param {HTMLElement} element
 * @param {import("./types.js").Handlers} [handlers]
 * @returns {import("./types.js").View}
 */
export function createLevels(element, handlers = {}) {
  /** @type {import("./types.js").Point | null} */
  let point = null;
  const surface = createSurface(element, draw, { text: handlers.text, ratio: 1 });

  function draw() {
    if (!point) {
      surface.say("Level diagram: nothing is shown yet.");
      return;
    }
    if (isMachine(point)) paintMachine(surface, point, currentsOf(point));
    else if (point.dimension > 0) paintPopulations(surface, point);
    else label(surface, "no levels", 12, 20);
    surface.say(sentence(point));
  }

  return {
    show(next) {
      if (next === point) return;
      point = next;
      surface.redraw();
    },
    resize: surface.redraw,
    theme: surface.theme,
    destroy: surface.destroy,
  };
}

/**
 * @param {import("./types.js").Point} point
 * @returns {boolean} whether it has the levels of a thermal machine: ground, cold and hot ones
 */
function isMachine(point) {
  const groups = (point.levels ?? []).map((level) => level.group);
  return ["ground", "cold", "hot"].every((one) => groups.includes(one)) && groups.length === point.dimension;
}

/**
 * @param {import("./types.js").Point} point
 * @returns {Current[]}
 */
function currentsOf(point) {
  const found = point.machine;
  const of = (/** @type {import("./types.js").Num | undefined} */ value, /** @type {import("./types.js").Num | undefined} */ error) => ({
    value: real(value), known: Math.abs(real(value)) > real(error),
  });
  const power = of(found?.power, found?.power_error);
  return [
    { name: "hot bath", symbol: "Q_h", kind: "hot", ...of(found?.heat_hot, found?.heat_hot_error) },
    // power is counted out of the machine
    { name: "drive", symbol: "P", kind: "drive", value: -power.value, known: power.known },
    { name: "cold bath", symbol: "Q_c", kind: "cold", ...of(found?.heat_cold, found?.heat_cold_error) },
  ];
}

/**
 * @param {import("./types.js").Point} point
 * @returns {string}
 */
export function sentence(point) {
  const shown = (point.populations ?? []).map((one) => real(one));
  if (!isMachine(point)) {
    const most = shown.indexOf(Math.max(...shown));
    const name = point.labels?.[most] ?? String(most);
    const heats = heatsOf(point).map(({ bath, heat }) => `${number(Math.abs(heat))} ${heat < 0 ? "to" : "from"} bath ${bath}`);
    const told = heats.length ? ` Heat per time: ${heats.join(", ")}.` : "";
    return `Populations of ${point.dimension} levels, the largest ${number(shown[most], 2)} of level ${name}.${told}`;
  }
  const flows = currentsOf(point).map(({ name, value, known }) => {
    if (!known) return `no energy from or to the ${name}`;
    return `${number(Math.abs(value))} ${value > 0 ? "from" : "to"} the ${name}`;
  });
  const manifold = shown.slice(2).reduce((sum, one) => sum + one, 0);
  const regime = point.machine?.regime?.name ?? "machine";
  const article = /^[aeiou]/.test(regime) ? "an" : "a";
  const kind = regime === "engine" || regime === "refrigerator" ? `${article} ${regime}` : regime;
  return `Level diagram: ${kind}; energy per time: ${flows.join(", ")}. Populations: ground ${number(shown[0], 2)}, `
    + `level 1 ${number(shown[1], 2)}, the ${shown.length - 2} upper levels ${number(manifold, 2)} together.`;
}
