// @ts-check
/**
 * The phases of all levels as phasors on the unit circle, to be taken hold of.
 *
 * The reference stays where it is, as only differences count.  Drag a phasor and S falls below its proven maximum; let
 * go and all phases climb back, a search along the slope of S that is no motion of the machine.
 */

import { heightText } from "./bar.js";
import { short } from "./flow.js";
import { createHandles, draggable } from "./handles.js";
import { createHeld } from "./held.js";
import { gripsOf, layout } from "./phasorslayout.js";
import { paint } from "./phasorspaint.js";
import { fitting, meanPhasor, nearest } from "./reading.js";
import { createSurface, still } from "./surface.js";
import { degrees, degreesText, number } from "./text.js";
import { triangleOf, triangleText } from "./triangle.js";

/**
 * @typedef {import("./types.js").View & {
 *   walk: (path: import("./types.js").Num[][], closed: boolean) => void, stop: () => void, moving: () => boolean,
 * }} Phasors  `walk` goes along a continuum of optima until `stop`, a touch, or another point
 *
 * @param {HTMLElement} element
 * @param {import("./types.js").Handlers} [handlers]
 * @returns {Phasors}
 */
export function createPhasors(element, handlers = {}) {
  let held = -1;
  /**
   * Some optima of a walk, for a reader who asked for still pictures.
   * @type {number[][]}
   */
  let trail = [];
  /** @type {import("./phasorslayout.js").Grip[]} */
  let grips = [];

  const surface = createSurface(element, draw, { text: handlers.text, ratio: 1.15 });
  const shown = createHeld(surface.redraw, handlers);
  const { flow } = shown;
  const handles = createHandles(surface.host, {
    help: "Arrow keys turn it by 1 degree, with shift by 10; Enter lets go, and S climbs back.",
    move(index, across, up) {
      flow.stop();
      push(index, ((across + up) * Math.PI) / 180);
    },
    release: shown.release,
    changed: () => surface.redraw(),
  });
  draggable(surface, {
    find: (x, y, reach) => {
      let [best, least] = [-1, reach];
      grips.forEach((grip, k) => {
        const off = Math.min(Math.hypot(x - grip.x, y - grip.y), Math.hypot(x - grip.tipX, y - grip.tipY) + 2);
        if (off < least - 1e-9) [best, least] = [k, off];
      });
      return best;
    },
    begin(index) {
      flow.stop();
      held = index;
      handles.focus(index);
    },
    drag(index, x, y) {
      const { reading, phases } = shown;
      const { circle } = layout(surface, reading, handlers.bar);
      if (!reading || Math.hypot(x - circle.x, y - circle.y) < 4) return; // the centre has no angle
      const level = reading.free[index];
      const to = Math.atan2(circle.y - y, x - circle.x);
      push(index, short(to - (phases[level] ?? 0)));
    },
    end() {
      held = -1;
      shown.release();
    },
  });

  function stop() {
    flow.stop();
    trail = [];
  }

  /**
   * @param {number} index
   * @param {number} by  radians
   */
  function push(index, by) {
    const { reading, phases } = shown;
    if (!reading || index >= reading.free.length) return;
    const next = phases.slice();
    next[reading.free[index]] += by;
    shown.moved(next);
  }

  function draw() {
    const { reading, phases } = shown;
    grips = gripsOf(surface, reading, phases, held, handlers.bar);
    handles.show(grips.map((grip) => ({
      x: grip.x, y: grip.y, radius: grip.radius, name: `phase ${grip.name}`,
      value: degrees(grip.phase), text: gripText(reading, grip, phases),
    })), surface.zoom);
    paint(surface, reading, phases, grips, { held, focused: handles.focused(), moving: flow.moving(), trail, bar: handlers.bar });
    surface.say(sentence(reading, phases));
  }

  return {
    show(point, given) {
      if (shown.take(point, given)) trail = [];
    },
    walk(path, closed) {
      const current = shown.reading;
      if (!current) return;
      const turned = path.map((one) => fitting(current, one));
      trail = still() ? turned.filter((_, k) => k % Math.ceil(path.length / 8) === 0) : [];
      flow.walk(turned, closed);
      surface.redraw();
    },
    stop,
    moving: flow.moving,
    resize: surface.redraw,
    theme: surface.theme,
    destroy() {
      flow.stop();
      handles.destroy();
      surface.destroy();
    },
  };
}

/**
 * @param {import("./reading.js").Reading | null} reading
 * @param {import("./phasorslayout.js").Grip} grip
 * @param {number[]} phases
 */
function gripText(reading, grip, phases) {
  const best = reading && nearest(reading, phases)?.[grip.phaseIndex];
  const height = reading ? ` ${heightText(reading, phases)}` : "";
  return `${degreesText(grip.phase)}, at the optimum ${degreesText(best)}.${height}`;
}

/**
 * What is seen, for those who do not see it.
 * @param {import("./reading.js").Reading | null} reading
 * @param {number[]} phases
 * @returns {string}
 */
export function sentence(reading, phases) {
  if (!reading) return "Phasors: nothing is shown yet.";
  const { free, names } = reading;
  if (!free.length) return "Phasors: no phase is defined, because no two levels share a coherence.";
  const listed = free.length > 5
    ? `${free.length} phases, their weighted mean phasor of length ${number(meanPhasor(reading, phases).length, 2)}.`
    : `${free.map((k) => `${names[k]} = ${degreesText(phases[k])}`).join(", ")}.`;
  const found = triangleOf(reading);
  const set = reading.continuum ? " The optima are a continuum." : "";
  return `Phasors: ${listed} ${heightText(reading, phases)}${set}${found ? ` ${triangleText(found)}` : ""}`;
}
