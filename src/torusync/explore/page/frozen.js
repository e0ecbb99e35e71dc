// @ts-check
// Phases in time, twice: those that the coherences of the master equation prefer, and those of the frozen phase model, in
// which moduli are held and only phases move.  Below, how S_max grows.  Where both pairs of hands turn alike, locking is
// a matter of phases; where they do not, moduli change too.

import { drawn, element } from "./dom.js";
import { angle, number } from "./format.js";

/** @typedef {import("./types.js").Course} Course */
/** @typedef {import("./types.js").Point} Point */

/** Levels whose hands are drawn; of more the circle would be a hedgehog. */
const MOST = 12;
const [X, Y, R] = [110, 88, 66];

/** @param {HTMLElement} host */
export function createFrozen(host) {
  const picture = element("div", { class: "drawing", role: "img" });
  host.replaceChildren(picture);

  return {
    /**
     * @param {Course} course
     * @param {number} frame
     * @param {Point} point
     */
    show(course, frame, point) {
      const { frozen, phases } = course;
      const panel = /** @type {HTMLElement} */ (host.closest(".panel"));
      panel.hidden = !frozen || !phases;
      if (!frozen || !phases) return;
      const reference = point.synchronization.reference;
      const truth = phases[frame];
      const model = frozen.phases[frame];
      const levels = truth.map((_, level) => level).filter((level) => truth[level] !== null && level !== reference);
      const svg = drawn("svg", { viewBox: "0 0 320 244", "aria-hidden": "true" });
      svg.append(drawn("circle", { class: "ring", cx: X, cy: Y, r: R }));
      for (const level of levels.slice(0, MOST)) {
        svg.append(...hand(model[level], "model", 7, ""), ...hand(truth[level], "truth", 5, point.labels[level] ?? String(level)));
      }
      svg.append(...key(), ...heights(course, frame));
      svg.append(drawn("text", { x: 212, y: 150, "font-size": 12 }, `${frozen.locked} pairs locked,`), drawn("text", { x: 212, y: 168 }, `${frozen.drifting} drifting`));
      picture.replaceChildren(svg);
      const told = levels.slice(0, MOST).map((level) => `level ${level}: ${angle(truth[level])}, frozen ${angle(model[level])}`);
      picture.setAttribute("aria-label", `Phases at t = ${number(course.times[frame], 3)}: ${told.join("; ")}. In the frozen phase model ${frozen.locked} pairs lock and ${frozen.drifting} drift.`);
    },
  };
}

/**
 * @param {number | null | undefined} phase
 * @param {string} look
 * @param {number} radius
 * @param {string} name
 */
function hand(phase, look, radius, name) {
  if (phase === null || phase === undefined) return [];
  const [c, s] = [Math.cos(phase), -Math.sin(phase)];
  const found = [
    drawn("line", { class: look, x1: X, y1: Y, x2: X + (R - radius) * c, y2: Y + (R - radius) * s }),
    drawn("circle", { class: look, cx: X + R * c, cy: Y + R * s, r: radius }),
  ];
  if (name) found.push(drawn("text", { x: X + (R + 15) * c, y: Y + (R + 15) * s + 4, "text-anchor": "middle" }, name));
  return found;
}

function key() {
  return [
    drawn("line", { class: "truth", x1: 212, y1: 26, x2: 236, y2: 26 }), drawn("text", { x: 242, y: 31 }, "master"), drawn("text", { x: 242, y: 47 }, "equation"),
    drawn("line", { class: "model", x1: 212, y1: 76, x2: 236, y2: 76 }), drawn("text", { x: 242, y: 81 }, "frozen"), drawn("text", { x: 242, y: 97 }, "moduli"),
  ];
}

/**
 * S_max along the whole course, and where it is now.
 * @param {Course} course
 * @param {number} frame
 */
function heights(course, frame) {
  const top = Math.max(...course.s_max.map((one) => one ?? 0)) || 1;
  const last = course.s_max.length - 1;
  const at = (/** @type {number} */ place) => [24 + (272 * place) / last, 238 - (40 * (course.s_max[place] ?? 0)) / top];
  const path = course.s_max.map((_, place) => at(place).map((one) => one.toFixed(1)).join(" ")).join("L");
  const [x, y] = at(frame);
  return [
    drawn("path", { class: "curve", d: `M${path}` }),
    drawn("circle", { class: "truth", cx: x, cy: y, r: 4.5 }),
    drawn("text", { x: 24, y: 192, "font-size": 12 }, "S", drawn("tspan", { "baseline-shift": "sub", "font-size": "75%" }, "max"), " in time"),
  ];
}
