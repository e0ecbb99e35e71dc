// @ts-check
// How high S stands at the phases at hand, below the height that is proven to be the largest.  Made of the parts of each
// set of coherences: one that lowers S reaches back from the end of the other, and the gap to the top is drawn.

import { element, prose } from "./dom.js";
import { telling } from "./evidence.js";
import { number, percent } from "./format.js";
import { NAMES } from "./words.js";
import { maker } from "./views/s.js";

/** @typedef {import("./types.js").Point} Point */

export class Meter {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.track = element("div", { class: "track", role: "meter", "aria-label": "S at these phases as a share of its proven maximum", "aria-valuemin": 0, "aria-valuemax": 100 });
    this.text = element("button", { type: "button", class: "number", "data-name": "height" });
    host.replaceChildren(this.track, this.text);
    /** @type {Point | null} */
    this.point = null;
    /** @type {{name: string, sum: (phases: ArrayLike<number>) => number}[]} */
    this.parts = [];
    /** @type {(phases: ArrayLike<number>) => number} */
    this.sum = () => 0;
    telling(this.text, () => ({
      title: "S at the phases at hand, and its proven maximum",
      lines: [
        "No phases reach more than the upper bound that the library proved.",
        `S is the letter's Eq. (3); ${this.point?.synchronization.proof?.sentence ?? ""}`,
      ],
    }));
  }

  /** @param {Point} point */
  show(point) {
    this.point = point;
    this.sum = maker(point).pairSum;
    this.parts = Object.entries(point.sets).map(([name, set]) => ({ name, sum: maker({ ...point, density: only(point, set.pairs) }).pairSum }));
  }

  /** @param {ArrayLike<number>} phases */
  at(phases) {
    const sync = this.point?.synchronization;
    const top = sync?.pair_sum_bound ?? sync?.pair_sum ?? 0;
    const most = sync?.s_max ?? 0;
    const sum = this.sum(phases);
    const share = top > 0 ? sum / top : 0;
    // the track is as long as all wishes together, so that what they cannot have at once is seen beyond the top
    const long = this.parts.length > 1 ? Math.max(1, 1 / (1 - Math.min(0.97, sync?.frustration ?? 0))) : 1;
    const parts = this.parts.length > 1 && top > 0 ? this.parts.map((one) => ({ name: one.name, share: one.sum(phases) / top })) : [{ name: "whole", share }];
    this.track.replaceChildren(...bars(parts, share, long, top > 0));
    this.track.setAttribute("aria-valuenow", String(Math.round(100 * Math.max(0, share))));
    const gap = top > 0 ? Math.max(0, 1 - share) : 0;
    const text = sync?.s_max === null || sync?.s_max === undefined ? "S is not known" : gap < 5e-5 ? `S = S_max = ${number(most, 4)}` : `S = ${number(share * most, 3)}, ${percent(gap)} below S_max = ${number(most, 4)}`;
    this.text.replaceChildren(...prose(text));
    this.text.dataset.value = String(share * most);
    this.track.setAttribute("aria-valuetext", text);
  }
}

/**
 * @param {{name: string, share: number}[]} parts of S, in units of its maximum
 * @param {number} share of S itself
 * @param {number} long the length of the track in the same unit
 * @param {boolean} gapped whether there is a top to be below
 */
function bars(parts, share, long, gapped) {
  const found = [];
  let at = 0;
  // what adds goes first; what takes away reaches back over it
  for (const part of [...parts].sort((one, other) => other.share - one.share)) {
    const [from, to] = [at, at + part.share].sort((one, other) => one - other);
    const against = part.share < 0;
    const bar = bare(`bar ${part.name} ${against ? "against" : ""}`, from / long, to / long);
    if ((to - from) / long > 0.2 && !against) bar.textContent = NAMES[part.name] ?? "";
    found.push(bar);
    at += part.share;
  }
  const gap = bare("gap", share / long, gapped ? 1 / long : 0);
  if (gapped && (1 - share) / long > 0.12) gap.textContent = "gap";
  const top = bare("top", 1 / long, 1 / long);
  found.push(gap, top);
  if (long > 1.15) {
    const beyond = bare("beyond", 1 / long, 1);
    if (1 - 1 / long > 0.3) beyond.textContent = "if all wishes agreed";
    found.push(beyond);
  }
  return found;
}

/**
 * @param {string} look
 * @param {number} from
 * @param {number} to
 */
function bare(look, from, to) {
  const made = element("div", { class: look });
  const [left, right] = [from, to].map((one) => Math.max(0, Math.min(1, one)));
  made.style.left = `${100 * left}%`;
  made.style.width = `${100 * Math.max(0, right - left)}%`;
  return made;
}

/**
 * The coherences of some pairs alone.
 * @param {Point} point
 * @param {number[][]} pairs
 * @returns {import("./types.js").ComplexMatrix}
 */
function only(point, pairs) {
  const size = point.dimension;
  const blank = () => Array.from({ length: size }, () => new Array(size).fill(0));
  const kept = { re: blank(), im: blank() };
  for (const [i, j] of pairs) {
    for (const [a, b] of [[i, j], [j, i]]) {
      kept.re[a][b] = point.density.re[a][b];
      kept.im[a][b] = point.density.im[a][b];
    }
  }
  return kept;
}
