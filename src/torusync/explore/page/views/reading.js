// @ts-check
/**
 * What of a point the views draw: which phases are free, what they are called, where the optima are.
 *
 * All views turn phases so that the reference is at 0, here and nowhere else.
 */

import { real } from "./numbers.js";
import { maker } from "./s.js";
import { phaseName } from "./text.js";

/**
 * @typedef {{
 *   point: import("./types.js").Point, heights: import("./s.js").Heights, levels: boolean, reference: number,
 *   free: number[], names: string[], short: string[], optima: number[][], sMax: number | null, bound: number | null,
 *   certified: boolean, continuum: boolean, weights: number[],
 * }} Reading
 *   `free` phases can be moved; `names` and `short` ("φ₂₁", "2") of all phases; `weights` of the mean phasor
 */

/** @type {WeakMap<import("./types.js").Point, Reading>} */
const known = new WeakMap();

/**
 * @param {import("./types.js").Point} point
 * @returns {Reading} the same object for the same point: every view asks, once is worked out
 */
export function readingOf(point) {
  const found = known.get(point);
  if (found) return found;
  const heights = maker(point);
  const levels = point.distribution.levels;
  const sync = point.synchronization;
  const carrying = heights.carrying.map((carries, k) => (carries ? k : -1)).filter((k) => k >= 0);
  const told = real(sync?.reference, carrying[0] ?? 0);
  const reference = !levels ? -1 : heights.carrying[told] ? told : carrying[0] ?? 0;
  const labels = (point.labels ?? []).length === point.dimension ? point.labels ?? [] : [];
  const label = (/** @type {number} */ level) => labels[level] ?? String(level);
  const all = Array.from({ length: heights.count }, (_, k) => k);
  const turned = (/** @type {import("./types.js").Num[]} */ phases) => turn(phases, reference);
  const optima = (sync?.optima ?? []).filter((one) => one.length === heights.count).map(turned);
  const best = sync?.phases;
  if (!optima.length && best && best.length === heights.count && best.some((one) => one !== null)) {
    optima.push(turned(best));
  }
  const reading = {
    point, heights, levels, reference,
    free: carrying.filter((k) => k !== reference),
    names: all.map((k) => (levels ? phaseName(label(k), label(reference)) : point.distribution.phases[k] ?? "φ")),
    short: all.map((k) => (levels ? label(k) : nameOfPart(point.distribution.phases[k] ?? "φ"))),
    optima,
    sMax: finite(sync?.s_max),
    bound: finite(sync?.s_max_bound) ?? finite(sync?.s_max),
    certified: sync?.certified === true,
    continuum: real(sync?.optima_dimension) > 0,
    weights: all.map((k) => (levels ? size(point, reference, k) : 1)),
  };
  if (!reading.free.some((k) => reading.weights[k] > 0)) reading.weights.fill(1);
  known.set(point, reading);
  return reading;
}

/** @param {string} name */
const nameOfPart = (name) => (name.length > 5 ? "φ" : name.replace(/^φ_(?=.)/, ""));

/** @param {import("./types.js").Num | undefined} x */
const finite = (x) => (typeof x === "number" && Number.isFinite(x) ? x : null);

/**
 * |ρ_ij|, 0 where it is not known.
 * @param {import("./types.js").Point} point
 * @param {number} i
 * @param {number} j
 */
export function size(point, i, j) {
  if (i === j) return 0;
  return Math.hypot(real(point.density?.re[i]?.[j]), real(point.density?.im[i]?.[j]));
}

/**
 * The difference φ_j − φ_i that the coherence of two levels prefers, −arg ρ_ij.
 * @param {import("./types.js").Point} point
 * @param {number} i
 * @param {number} j
 */
export function preferred(point, i, j) {
  return -Math.atan2(real(point.density?.im[i]?.[j]), real(point.density?.re[i]?.[j]));
}

/**
 * Phases with the reference at 0; those of levels without coherence, which have none, are 0.
 * @param {ArrayLike<import("./types.js").Num>} phases
 * @param {number} reference  −1 for none
 * @returns {number[]}
 */
export function turn(phases, reference) {
  const base = reference >= 0 ? real(phases[reference]) : 0;
  return Array.from(phases, (one) => (typeof one === "number" && Number.isFinite(one) ? one - base : 0));
}

/**
 * Phases to be drawn: those given, if they fit the point, else those of the first optimum.
 * @param {Reading} reading
 * @param {ArrayLike<import("./types.js").Num> | null | undefined} phases
 * @returns {number[]}
 */
export function fitting(reading, phases) {
  if (phases && phases.length === reading.heights.count) return turn(phases, reading.reference);
  return reading.optima[0]?.slice() ?? new Array(reading.heights.count).fill(0);
}

/**
 * The optimum that is nearest to some phases.
 * @param {Reading} reading
 * @param {number[]} phases
 * @returns {number[] | null}
 */
export function nearest(reading, phases) {
  let [best, least] = [/** @type {number[] | null} */ (null), Infinity];
  for (const one of reading.optima) {
    const off = reading.free.reduce((total, k) => total + 1 - Math.cos(one[k] - phases[k]), 0);
    if (off < least - 1e-9) [best, least] = [one, off];
  }
  return best;
}

/**
 * The mean phasor, each level weighed with its coherence with the reference as in the figures of the library.
 * @param {Reading} reading
 * @param {number[]} phases
 */
export function meanPhasor(reading, phases) {
  let [x, y, total] = [0, 0, 0];
  for (const k of reading.free) {
    x += reading.weights[k] * Math.cos(phases[k]);
    y += reading.weights[k] * Math.sin(phases[k]);
    total += reading.weights[k];
  }
  return total > 0 ? { x: x / total, y: y / total, length: Math.hypot(x, y) / total } : { x: 0, y: 0, length: 0 };
}

/**
 * Why there is nothing to draw.
 * @param {Reading} reading of a point without free phases
 */
export function nothing(reading) {
  return reading.point.status?.good === false ? "there is no steady state to draw" : "no coherence: S is zero everywhere";
}
