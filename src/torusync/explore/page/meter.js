// @ts-check
// How high S stands at the phases at hand, below the height that is proven to be the largest.  Made of the parts of each
// set of coherences: one that lowers S reaches back from the end of the other, and the gap to the top is drawn.

import { element } from "./dom.js";
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
    const top = this.point?.synchronization.pair_sum_bound ?? this.point?.synchronization.pair_sum ?? 0;
    const most = this.point?.synchronization.s_max ?? 0;
    const sum = this.sum(phases);
    const share = top > 0 ? sum / top : 0;
    const parts = this.parts.length > 1 && top > 0 ? this.parts.map((one) => ({ name: one.name, share: one.sum(phases) / top })) : [{ name: "whole", share }];
    this.track.replaceChildren(...this.bars(parts, share));
    this.track.setAttribute("aria-valuenow", String(Math.round(100 * Math.max(0, share))));
    const gap = top > 0 ? Math.max(0, 1 - share) : 0;
    const height = number(share * most, 3);
    const text = gap < 5e-5 ? `S = S_max = ${number(most, 4)}` : `S = ${height}, ${percent(gap)} below S_max = ${number(most, 4)}`;
    this.text.textContent = text;
    this.text.dataset.value = String(share * most);
    this.track.setAttribute("aria-valuetext", text);
  }

  /**
   * @param {{name: string, share: number}[]} parts
   * @param {number} share
   */
  bars(parts, share) {
    const found = [];
    let at = 0;
    // what adds goes first; what takes away reaches back over it
    for (const part of [...parts].sort((one, other) => other.share - one.share)) {
      const [from, to] = [at, at + part.share].sort((one, other) => one - other);
      const bar = element("div", { class: `bar ${part.name} ${part.share < 0 ? "against" : ""}` });
      const [left, right] = [clip(from), clip(to)];
      bar.style.left = `${100 * left}%`;
      bar.style.width = `${100 * Math.max(0, right - left)}%`;
      if (right - left > 0.24 && part.share > 0) bar.textContent = NAMES[part.name] ?? "";
      found.push(bar);
      at += part.share;
    }
    const gap = element("div", { class: "gap" });
    gap.style.left = `${100 * clip(share)}%`;
    gap.style.width = `${100 * Math.max(0, 1 - clip(share))}%`;
    if (share < 0.85) gap.textContent = "gap";
    return [...found, gap];
  }
}

/** @param {number} value */
function clip(value) {
  return Math.max(0, Math.min(1.15, value)) / 1;
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
