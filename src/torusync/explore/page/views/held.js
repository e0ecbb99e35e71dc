// @ts-check
/**
 * The phases that a view shows and a hand may move: of which point they are, where they are, and the flow to the top.
 *
 * What a hand moves is told and drawn; let go, it climbs.  What comes back from outside is mostly what was told, and
 * anything else ends the climb.
 */

import { createFlow } from "./flow.js";
import { fitting, readingOf } from "./reading.js";

/** Radians within which phases from outside are those that were told. */
const SAME = 1e-9;

/**
 * @typedef {{
 *   reading: import("./reading.js").Reading | null, phases: number[], flow: import("./flow.js").Flow,
 *   moved: (next: number[]) => void, release: () => void,
 *   take: (point: import("./types.js").Point | null, given?: import("./types.js").Num[] | null) => boolean,
 * }} Held  `take` says whether the point is another one
 *
 * @param {() => void} redraw
 * @param {import("./types.js").Handlers} handlers
 * @returns {Held}
 */
export function createHeld(redraw, handlers) {
  /** @param {number[]} next */
  function moved(next) {
    held.phases = next;
    redraw();
    handlers.onMove?.(next);
  }

  const flow = createFlow(moved, (there) => {
    handlers.onRest?.(there);
    redraw();
  });

  /** @type {Held} */
  const held = {
    reading: null, phases: [], flow, moved,
    release() {
      if (!held.reading) return;
      handlers.onRelease?.(held.phases);
      flow.climb(held.reading, held.phases);
      redraw();
    },
    take(point, given) {
      const next = point ? readingOf(point) : null;
      const fresh = next !== held.reading;
      if (fresh || given) {
        const there = next ? fitting(next, given) : [];
        if (!fresh && there.every((one, k) => Math.abs(one - held.phases[k]) < SAME)) return false;
        flow.stop();
        held.reading = next;
        held.phases = there;
      }
      redraw();
      return fresh;
    },
  };
  return held;
}
