// @ts-check
/**
 * S(φ) of one state: its value, its slope, plane sections of it, and the flow that climbs it.
 *
 * The only physics of the page, tested against the library.  Two forms: a sum over pairs of levels with `levels`,
 *
 *     S = factor · Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}]          a phase for every level, only differences count
 *     S = factor · Re Σ_q c_q e^{iq·φ}                         phases of the distribution's own
 *
 * Sums are what is climbed: `factor` underflows for hundreds of levels, where the sum over pairs does not.
 */

import { climber } from "./climb.js";
import { real } from "./numbers.js";

/**
 * A function of two phases x, y: constant + Re Σ_k c_k e^{i(p_k x + q_k y)}.
 * @typedef {{constant: number, p: number[], q: number[], re: number[], im: number[]}} Section
 *
 * @typedef {{
 *   count: number, carrying: boolean[], factor: number, scale: number,
 *   pairSum: (phases: ArrayLike<number>) => number,
 *   slope: (phases: ArrayLike<number>) => Float64Array,
 *   S: (phases: ArrayLike<number>) => number,
 *   gradient: (phases: ArrayLike<number>) => Float64Array,
 *   section: (phases: ArrayLike<number>, first: number, second: number) => Section,
 *   climb: (phases: ArrayLike<number>, dt: number, held?: number) => Float64Array,
 *   top: (phases: ArrayLike<number>, held?: number) => Float64Array,
 * }} Heights
 *
 * @typedef {Pick<Heights, "count" | "carrying" | "scale" | "pairSum" | "slope" | "section">} Sum
 */

/**
 * @param {import("./types.js").Point} point @returns {Heights}
 */
export function maker(point) {
  const read = point.distribution;
  const sum = read.levels ? pairs(point) : harmonics(read);
  const factor = real(read.factor);
  const flow = climber(sum);
  return {
    ...sum,
    ...flow,
    factor,
    S: (phases) => factor * sum.pairSum(phases),
    gradient: (phases) => sum.slope(phases).map((one) => factor * one),
  };
}

/** @param {import("./types.js").Point} point @returns {Sum} */
function pairs(point) {
  const size = point.dimension;
  const given = point.density;
  /** ρ without its diagonal, row by row. */
  const re = new Float64Array(size * size);
  const im = new Float64Array(size * size);
  const carrying = new Array(size).fill(false);
  let scale = 0;
  for (let i = 0; given && i < size; i += 1) {
    let row = 0;
    for (let j = 0; j < size; j += 1) {
      if (i === j) continue;
      re[i * size + j] = real(given.re[i]?.[j]);
      im[i * size + j] = real(given.im[i]?.[j]);
      row += Math.hypot(re[i * size + j], im[i * size + j]);
    }
    carrying[i] = row > 0;
    scale = Math.max(scale, row);
  }
  const free = carrying.map((carries, level) => (carries ? level : -1)).filter((level) => level >= 0);

  /**
   * z* and Rz of the levels that carry.
   * @param {ArrayLike<number>} phases
   */
  function products(phases) {
    const c = new Float64Array(size);
    const s = new Float64Array(size);
    for (const i of free) {
      c[i] = Math.cos(real(phases[i]));
      s[i] = Math.sin(real(phases[i]));
    }
    const x = new Float64Array(size);
    const y = new Float64Array(size);
    for (const i of free) {
      let [u, v] = [0, 0];
      for (const j of free) {
        const at = i * size + j;
        u += re[at] * c[j] - im[at] * s[j];
        v += re[at] * s[j] + im[at] * c[j];
      }
      x[i] = c[i] * u + s[i] * v; // Re[z_i* (R z)_i]
      y[i] = c[i] * v - s[i] * u; // Im[z_i* (R z)_i]
    }
    return { x, y };
  }

  return {
    count: size,
    carrying,
    scale,
    pairSum: (phases) => 0.5 * products(phases).x.reduce((total, one) => total + one, 0),
    slope: (phases) => products(phases).y,
    section(phases, first, second) {
      const held = free.filter((level) => level !== first && level !== second);
      let constant = 0;
      for (const i of held) {
        for (const j of held) {
          if (i >= j) continue;
          const turn = real(phases[j]) - real(phases[i]);
          constant += re[i * size + j] * Math.cos(turn) - im[i * size + j] * Math.sin(turn);
        }
      }
      /**
       * Σ_m ρ_mi e^{−iφ_m}, what e^{iφ_i} is multiplied with.
       * @param {number} level
       */
      const field = (level) => {
        let [u, v] = [0, 0];
        for (const m of held) {
          const [c, s] = [Math.cos(real(phases[m])), Math.sin(real(phases[m]))];
          u += re[m * size + level] * c + im[m * size + level] * s;
          v += im[m * size + level] * c - re[m * size + level] * s;
        }
        return [u, v];
      };
      const [a, b] = [field(first), field(second)];
      const at = first * size + second;
      return {
        constant, p: [1, 0, -1], q: [0, 1, 1],
        re: [a[0], b[0], re[at]], im: [a[1], b[1], im[at]],
      };
    },
  };
}

/** @param {import("./types.js").Distribution} read @returns {Sum} */
function harmonics(read) {
  const orders = read.orders ?? [];
  const count = Math.max(read.phases.length, ...orders.map((q) => q.length), 0);
  const re = orders.map((_, k) => real(read.coefficients?.re[k]));
  const im = orders.map((_, k) => real(read.coefficients?.im[k]));
  const size = orders.map((_, k) => Math.hypot(re[k], im[k]));
  const carrying = Array.from({ length: count }, (_, phase) => orders.some((q, k) => q[phase] !== 0 && size[k] > 0));
  /** @param {number[]} q @param {ArrayLike<number>} phases */
  const turn = (q, phases) => q.reduce((total, order, phase) => total + order * real(phases[phase]), 0);
  return {
    count,
    carrying,
    scale: orders.reduce((total, q, k) => total + size[k] * q.reduce((sum, order) => sum + order * order, 0), 0),
    pairSum(phases) {
      let total = 0;
      orders.forEach((q, k) => {
        const angle = turn(q, phases);
        total += re[k] * Math.cos(angle) - im[k] * Math.sin(angle);
      });
      return total;
    },
    slope(phases) {
      const out = new Float64Array(count);
      orders.forEach((q, k) => {
        const angle = turn(q, phases);
        const part = -re[k] * Math.sin(angle) - im[k] * Math.cos(angle);
        q.forEach((order, phase) => { out[phase] += order * part; });
      });
      return out;
    },
    section(phases, first, second) {
      /**
       * Terms that are of one order in both phases, the others held.
       * @type {Map<string, number>}
       */
      const places = new Map();
      /** @type {Section} */
      const out = { constant: 0, p: [], q: [], re: [], im: [] };
      orders.forEach((order, k) => {
        const [p, q] = [order[first] ?? 0, second === first ? 0 : order[second] ?? 0];
        const held = order.map((one, phase) => (phase === first || phase === second ? 0 : one));
        const [c, s] = [Math.cos(turn(held, phases)), Math.sin(turn(held, phases))];
        const at = places.get(`${p},${q}`) ?? out.p.length;
        if (at === out.p.length) {
          places.set(`${p},${q}`, at);
          out.p.push(p); out.q.push(q); out.re.push(0); out.im.push(0);
        }
        out.re[at] += re[k] * c - im[k] * s;
        out.im[at] += re[k] * s + im[k] * c;
      });
      return out;
    },
  };
}

/**
 * A section on a grid: n + 1 values an axis, 0 and 2π both there, x runs fastest.
 *
 * Row by row the terms of one order in x are added up first, so that a map of many harmonics stays cheap.
 * @param {Section} section @param {number} n @returns {Float64Array}
 */
export function grid(section, n) {
  const side = n + 1;
  const out = new Float64Array(side * side).fill(section.constant);
  const groups = [...new Set(section.p)].map((p) => ({
    p,
    terms: section.p.map((one, k) => (one === p ? k : -1)).filter((k) => k >= 0),
    c: Float64Array.from({ length: side }, (_, k) => Math.cos((2 * Math.PI * p * k) / n)),
    s: Float64Array.from({ length: side }, (_, k) => Math.sin((2 * Math.PI * p * k) / n)),
  }));
  for (let row = 0; row < side; row += 1) {
    const y = (2 * Math.PI * row) / n;
    for (const { terms, c, s } of groups) {
      let [u, v] = [0, 0];
      for (const k of terms) {
        const [cy, sy] = [Math.cos(section.q[k] * y), Math.sin(section.q[k] * y)];
        u += section.re[k] * cy - section.im[k] * sy;
        v += section.re[k] * sy + section.im[k] * cy;
      }
      for (let column = 0; column < side; column += 1) out[row * side + column] += u * c[column] - v * s[column];
    }
  }
  return out;
}
