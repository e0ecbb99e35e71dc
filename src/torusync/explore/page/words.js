// @ts-check
// What the numbers say, in sentences.  Every sentence follows from the coherences that the library found, so that it is
// true of whatever the reader has set, and says nothing that the drawing beside it does not show.

import { angle, lowered, number, percent, wrap } from "./format.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").CoherenceSet} CoherenceSet */

/** Wishes within this angle are one wish, in radians. */
const ALIKE = 0.02;
/** A cost below this is none, as a share. */
const NOTHING = 1e-6;
/** Coherences below this part of the largest are not asked for their wish. */
const FAINT = 1e-9;

/**
 * The phase difference φ_j − φ_i that a pair (i, j) wants, and how much.
 * @param {Point} point
 * @param {number} i
 * @param {number} j
 */
export function wish(point, i, j) {
  const re = point.density.re[i]?.[j] ?? 0;
  const im = point.density.im[i]?.[j] ?? 0;
  return { phase: Math.atan2(-im, re), size: Math.hypot(re, im) };
}

/**
 * What a set of coherences wants: one phase difference, or several.
 * @param {Point} point
 * @param {CoherenceSet} set
 * @returns {{phase: number | null, pairs: number[][]}}
 */
export function wishOf(point, set) {
  const asked = set.pairs.map(([i, j]) => ({ pair: [i, j], ...wish(point, i, j) }));
  const largest = Math.max(0, ...asked.map((one) => one.size));
  const strong = asked.filter((one) => one.size > FAINT * largest && one.size > 0);
  const first = strong[0]?.phase ?? 0;
  const alike = strong.length > 0 && strong.every((one) => Math.abs(wrap(one.phase - first)) < ALIKE);
  return { phase: alike ? first : null, pairs: strong.map((one) => one.pair) };
}

/**
 * The difference of two phases by its name.
 * @param {number} i
 * @param {number} j
 */
export function difference(i, j) {
  return i < 10 && j < 10 ? `φ${lowered(j)}${lowered(i)}` : `φ${lowered(j)}−φ${lowered(i)}`;
}

/**
 * @param {string} name
 * @param {Point} point
 * @param {CoherenceSet} set
 */
function wantsOf(name, point, set) {
  const found = wishOf(point, set);
  const subject = NAMES[name] ?? name;
  if (!found.pairs.length) return "";
  if (found.phase === null) {
    if (found.pairs.length > 3) return `${subject} has ${found.pairs.length} wishes that differ`;
    return `${subject} wants ${found.pairs.map(([i, j]) => `${difference(i, j)} at ${angle(wish(point, i, j).phase)}`).join(" and ")}`;
  }
  const shown = found.pairs.slice(0, 2).map(([i, j]) => difference(i, j));
  const all = found.pairs.length > 2 ? `all ${found.pairs.length} differences such as ${shown[0]}` : shown.join(" and ");
  return `${subject} wants ${all} at ${angle(found.phase)}`;
}

/** @type {Record<string, string>} */
export const NAMES = { entrainment: "Entrainment", mutual: "Mutual coupling", other: "The rest" };

/**
 * Sets that have coherences, more than one of them; else there is nothing to agree on.
 * @param {Point} point
 */
function parties(point) {
  const found = Object.entries(point.sets).filter(([, set]) => set.pairs.some(([i, j]) => wish(point, i, j).size > 0));
  return found.length > 1 ? found : [];
}

/**
 * What disagreement costs, as a share of what all wishes would give if they could be granted at once; null where there
 * are no parties to disagree.
 * @param {Point} point
 * @returns {number | null}
 */
export function costOf(point) {
  const frustration = point.synchronization.frustration ?? null;
  return frustration === null || !parties(point).length ? null : frustration;
}

/**
 * Cooperation or competition, as the library judges it; null where it does not, or not yet.
 * @param {Point} point
 * @returns {"cooperate" | "compete" | null}
 */
export function verdictOf(point) {
  return { "1": /** @type {const} */ ("cooperate"), "-1": /** @type {const} */ ("compete") }[String(point.verdict?.code)] ?? null;
}

/**
 * The story of a point in two to four sentences.
 * @param {Point} point
 * @returns {string[]}
 */
export function storyOf(point) {
  const { synchronization: sync } = point;
  if (!point.status.good) return [point.status.sentence];
  if (sync.pair_sum === 0 || sync.s_max === 0) {
    return ["There is no coherence: all phases are equally likely, and S is zero everywhere on the torus."];
  }
  const sets = parties(point);
  return sets.length > 1 ? storyOfSets(point, sets) : storyOfOptimum(point);
}

/**
 * @param {Point} point
 * @param {[string, CoherenceSet][]} sets
 * @returns {string[]}
 */
function storyOfSets(point, sets) {
  const told = sets.map(([name, set]) => wantsOf(name, point, set)).filter(Boolean);
  const sentences = told.length ? [`${told.join("; ").replace("; Mutual", "; mutual")}.`] : [];
  const cost = costOf(point);
  if (cost === null) return [...sentences, ...storyOfOptimum(point)];
  if (cost <= NOTHING) {
    const whole = point.synchronization.s_max ?? 0;
    const parts = sets.map(([name, set]) => `${percent((set.share ?? 0) / whole)} of S_max is ${(NAMES[name] ?? name).toLowerCase()}`);
    return [...sentences, `Both wishes are granted in full, at once: ${parts.join(", ")}.`, ...optima(point)];
  }
  const granted = sets.map(([name, set]) => `${(NAMES[name] ?? name).toLowerCase()} gets ${percent((set.share ?? 0) / (set.alone || wanted(point, set)))} of what it could`);
  return [
    ...sentences,
    `${verdictOf(point) === "cooperate" ? "The wishes agree but for little." : "No phases grant both."} At the best compromise ${granted.join(", ")}: S_max is ${percent(point.verdict?.cost ?? cost)} lower than ${point.verdict?.cost ? "what both reach one by one" : "if all wishes agreed"}.`,
    ...optima(point),
  ];
}

/**
 * What a set would add to S if all its wishes were granted: the moduli of its coherences.
 * @param {Point} point
 * @param {CoherenceSet} set
 */
function wanted(point, set) {
  const sum = set.pairs.reduce((total, [i, j]) => total + wish(point, i, j).size, 0);
  return sum * point.distribution.factor || 1;
}

/**
 * How many ways there are to be best.
 * @param {Point} point
 * @returns {string[]}
 */
function optima(point) {
  const { optima_count: count, optima_dimension: dimension, complete } = point.synchronization;
  const least = complete ? "" : "at least ";
  if (dimension > 0) return [`The best phases are no single place but a continuum of ${least}${dimension} dimension${dimension > 1 ? "s" : ""}: walk along it.`];
  if (count === 2) return [`There are ${least}two equally good compromises, mirror images of each other.`];
  if (count > 2) return [`There are ${least}${count} equally good compromises.`];
  return [];
}

/**
 * How much of the largest S that a state of this size can have is reached.
 * @param {Point} point
 * @returns {string[]}
 */
function ofLargest({ synchronization: sync, distribution }) {
  const { largest } = distribution;
  if (!largest || !sync.s_max) return [];
  return [`S_max is ${percent(sync.s_max / largest)} of the largest that any state of this size can have.`];
}

/**
 * @param {Point} point
 * @returns {string[]}
 */
function storyOfOptimum(point) {
  const { synchronization: sync, distribution } = point;
  if (distribution.levels) return [`The phases are locked where S is ${number(sync.s_max)} above a uniform torus.`, ...optima(point)];
  const told = distribution.phases.map((name, place) => `${name} = ${angle(sync.phases[place])}`);
  const best = `The most likely phase is ${told.join(", ")}.`;
  const plural = distribution.phases.length === 1 ? best : best.replace("phase is", "phases are");
  return [plural, ...ofLargest(point), ...optima(point)];
}

/**
 * The three levels whose wishes are shown: those that the library names, else the reference and the two that it holds
 * the most to; none where one of the three coherences is missing.
 * @param {Point} point
 * @returns {number[] | null}
 */
export function triangleOf(point) {
  const reference = point.synchronization.reference;
  const size = (/** @type {number} */ level) => wish(point, reference, level).size;
  const others = Array.from({ length: point.dimension }, (_, level) => level).filter((level) => level !== reference && size(level) > 0);
  const strongest = others.sort((one, other) => size(other) - size(one) || one - other).slice(0, 2).sort((one, other) => one - other);
  const [i, j, k] = point.triangle ? [...point.triangle.levels].sort((a, b) => Number(b === reference) - Number(a === reference) || a - b) : [reference, ...strongest];
  if (k === undefined) return null;
  return [[i, j], [i, k], [j, k]].every(([a, b]) => wish(point, a, b).size > 0) ? [i, j, k] : null;
}

/**
 * Why the triangle of three levels closes or does not.
 * @param {Point} point
 */
export function triangleSays(point) {
  const triangle = triangleOf(point);
  if (!triangle) return "";
  const [i, j, k] = triangle;
  const around = wrap(wish(point, i, j).phase + wish(point, j, k).phase - wish(point, i, k).phase);
  const levels = triangle.join(", ");
  if (Math.abs(around) < ALIKE) return `Around levels ${levels} the wishes add up to 0: compatible, all three can be granted.`;
  return `Around levels ${levels} the wishes add up to ${angle(around)}, not 0: frustrated, someone has to give way.`;
}
