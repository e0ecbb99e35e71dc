// @ts-check
/**
 * Phases in motion on the screen: the climb back to a maximum after they were let go, and the walk along a continuum.
 *
 * Nothing moves while the page is hidden, and for a reader who asked for still pictures a climb is at its end at once.
 */

import { still } from "./surface.js";

/** Seconds after which a climb is over, however flat the way is: then it jumps to its end. */
const PATIENCE = 4;

/** Where slopes are this small, in parts of the largest, nothing is seen to move. */
const RESTS = 1e-5;

/** A phase turned by this much leaves a ridge or a saddle, where the flow would rest for ever. */
const NUDGE = 0.02;

/** Seconds of a walk once around, or to the end of, a continuum. */
const ROUND = 12;

/**
 * @typedef {{climb: (reading: import("./reading.js").Reading, phases: number[]) => void,
 *   walk: (path: number[][], closed: boolean) => void, stop: () => void, moving: () => boolean}} Flow
 * @param {(phases: number[]) => void} move  called with new phases, once a frame
 * @param {(phases: number[]) => void} rest  called when they came to rest
 * @returns {Flow}
 */
export function createFlow(move, rest) {
  let frame = 0;

  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
  }

  /** @param {import("./reading.js").Reading} reading @param {number[]} at */
  function steep({ heights, free }, at) {
    const slope = heights.slope(at);
    return heights.scale > 0 ? Math.max(0, ...free.map((k) => Math.abs(slope[k]))) / heights.scale : 0;
  }

  return {
    stop,
    moving: () => frame !== 0,
    climb(reading, phases) {
      stop();
      const { heights, reference } = reading;
      let at = phases;
      if (steep(reading, at) < RESTS && heights.pairSum(at) < 0.999 * heights.pairSum(reading.optima[0] ?? at)) {
        at = at.map((one, k) => one + (reading.free.includes(k) ? NUDGE * Math.sin(1 + 2.4 * k) : 0));
      }
      const end = () => {
        const there = Array.from(heights.top(at, reference));
        frame = 0;
        move(there);
        rest(there);
      };
      if (still() || heights.scale <= 0) {
        end();
        return;
      }
      let [begun, before] = [-1, 0];
      const step = (/** @type {number} */ now) => {
        if (begun < 0) [begun, before] = [now, now - 16];
        const seconds = (now - begun) / 1000;
        const passed = Math.min(50, now - before) / 1000;
        before = now;
        // slowly at first, for the eye; then faster, for the end of a climb is flat
        at = Array.from(heights.climb(at, passed * 2.5 * Math.exp(2.4 * seconds), reference));
        if (seconds > PATIENCE || steep(reading, at) < RESTS) {
          end();
          return;
        }
        move(at);
        frame = requestAnimationFrame(step);
      };
      frame = requestAnimationFrame(step);
    },
    walk(path, closed) {
      stop();
      if (path.length < 2 || still()) return;
      let begun = -1;
      const step = (/** @type {number} */ now) => {
        if (begun < 0) begun = now;
        const turns = (now - begun) / (1000 * ROUND);
        // there and back where the walk does not close
        const share = closed ? turns - Math.floor(turns) : 0.5 - 0.5 * Math.cos(Math.PI * turns);
        move(between(path, share, closed));
        frame = requestAnimationFrame(step);
      };
      frame = requestAnimationFrame(step);
    },
  };
}

/**
 * Phases between those of a path, each the short way around.
 * @param {number[][]} path @param {number} share  0 … 1 @param {boolean} closed
 * @returns {number[]}
 */
export function between(path, share, closed) {
  const steps = closed ? path.length : path.length - 1;
  const at = Math.min(share * steps, steps - 1e-9);
  const from = path[Math.floor(at)];
  const to = path[(Math.floor(at) + 1) % path.length];
  return from.map((one, k) => one + (at - Math.floor(at)) * short(to[k] - one));
}

/**
 * @param {number} angle
 * @returns {number} the same angle in (−π, π]
 */
export function short(angle) {
  const out = angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
  return out <= -Math.PI ? out + 2 * Math.PI : out;
}
