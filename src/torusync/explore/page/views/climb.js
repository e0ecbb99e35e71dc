// @ts-check
/**
 * Uphill on S: the torus flow, step by step for the eye, and the way to its top in one go.
 *
 * A search among phases of one state, and not the motion of the machine, whose own phases rest.
 */

import { real } from "./numbers.js";

/**
 * @typedef {import("./s.js").Sum} Sum
 * @typedef {import("./s.js").Heights} Heights
 */

/** How far a step of the flow may be from the true one, in radians: it is looked at, not measured. */
const TOLERANCE = 1e-3;

/** The slope, in parts of the largest it can be, that counts as none: the root of the rounding of S. */
const FLAT = 1e-8;

/** By how much a sum, in parts of the largest slope, may seem to fall by its rounding alone. */
const ROUNDING = 1e-13;

/** The farthest that a phase moves in a step to the top, in radians: so that it stays the hill it started on. */
const STRIDE = 0.4;

const STEPS = 1500;

/**
 * The flow dφ/dt = ∇(sum), a search and not the motion of the machine, by Bogacki's and Shampine's pair of orders 3
 * and 2; times in units of 1/`scale`, the fastest there is.  A step that would lower the sum is halved: what is let go
 * of never falls.  A phase that is `held`, as that of the reference on the screen, stays.
 * @param {Sum} sum
 * @returns {Pick<Heights, "climb" | "top">}
 */
export function climber(sum) {
  const rate = sum.scale > 0 ? 1 / sum.scale : 0;
  let longest = 0.5;

  /** @param {Float64Array} at @param {[number, Float64Array][]} terms */
  const moved = (at, terms) => at.map((one, k) => terms.reduce((total, [h, along]) => total + h * along[k], one));

  /** @param {ArrayLike<number>} phases @param {number} dt @param {number} held */
  function follow(phases, dt, held) {
    const slope = (/** @type {Float64Array} */ at) => sum.slope(at).map((one, k) => (k === held ? 0 : rate * one));
    let at = Float64Array.from(phases, (one) => real(one));
    if (rate === 0) return at;
    let [time, height, first] = [0, sum.pairSum(at), slope(at)];
    for (let steps = 0; steps < 200 && time < dt && first.some((one) => Math.abs(one) > FLAT); steps += 1) {
      const h = Math.min(longest, dt - time);
      const second = slope(moved(at, [[h / 2, first]]));
      const third = slope(moved(at, [[0.75 * h, second]]));
      const there = moved(at, [[(2 * h) / 9, first], [h / 3, second], [(4 * h) / 9, third]]);
      const last = slope(there);
      const off = Math.max(
        ...there.map((_, k) => h * Math.abs((-5 / 72) * first[k] + second[k] / 12 + third[k] / 9 - last[k] / 8)),
      );
      const higher = sum.pairSum(there);
      if (off <= TOLERANCE && higher >= height - ROUNDING * sum.scale) {
        [at, time, height, first] = [there, time + h, higher, last];
        if (h === longest) longest = Math.min(1e6, longest * Math.min(2, 0.9 * Math.cbrt(TOLERANCE / (off + 1e-12))));
      } else {
        longest = h * Math.min(0.5, 0.9 * Math.cbrt(TOLERANCE / (off + 1e-12)));
        if (longest < 1e-9) break; // nothing to be gained but rounding
      }
    }
    return at;
  }

  /**
   * To the top by conjugate gradients (Polak and Ribière, restarted where they would turn back): near the top the flow
   * creeps along a ridge for thousands of steps, and nobody watches.
   * @param {ArrayLike<number>} phases
   * @param {number} held
   */
  function top(phases, held) {
    let at = Float64Array.from(phases, (one) => real(one));
    const slope = (/** @type {Float64Array} */ there) => sum.slope(there).map((one, k) => (k === held ? 0 : rate * one));
    let [height, uphill, step] = [rate * sum.pairSum(at), slope(at), 1];
    let along = uphill;
    for (let steps = 0; steps < STEPS && largest(uphill) > FLAT; steps += 1) {
      let rise = dot(along, uphill);
      if (rise <= 0) [along, rise] = [uphill, dot(uphill, uphill)];
      const farthest = STRIDE / largest(along);
      let found = null;
      for (let tries = 0; tries < 40 && !found; tries += 1) {
        step = Math.min(step, farthest);
        const there = moved(at, [[step, along]]);
        const higher = rate * sum.pairSum(there);
        const next = slope(there);
        const left = dot(along, next);
        if (higher < height - ROUNDING) step *= 0.3;
        else if (left > 0.7 * rise && step < farthest && tries < 6) step *= 3;
        else found = { there, higher, next, left };
      }
      if (!found) break;
      // where the slope along the way would have been 0, had it fallen evenly
      step *= Math.min(3, Math.max(0.3, rise / Math.max(rise - found.left, 1e-3 * rise)));
      const turn = Math.max(0, dot(found.next, found.next.map((one, k) => one - uphill[k])) / dot(uphill, uphill));
      along = found.next.map((one, k) => one + turn * along[k]);
      [at, height, uphill] = [found.there, found.higher, found.next];
    }
    return at;
  }

  return {
    climb: (phases, dt, held = -1) => follow(phases, dt, held),
    top: (phases, held = -1) => (rate > 0 ? top(phases, held) : Float64Array.from(phases, (one) => real(one))),
  };
}

/** @param {Float64Array} a @param {Float64Array} b */
const dot = (a, b) => a.reduce((total, one, k) => total + one * b[k], 0);

/** @param {Float64Array} a */
const largest = (a) => a.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
