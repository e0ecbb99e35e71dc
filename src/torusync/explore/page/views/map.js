// @ts-check
/**
 * S over two phases as numbers, colours and lines of equal height: what the flat map and the torus in space both show.
 *
 * All other phases are where they are at an optimum, so for more than two the map is a section of the torus through it.
 */

import { sequential } from "./colors.js";
import { readingOf, turn } from "./reading.js";
import { grid } from "./s.js";

/** Cells an axis: three degrees each, smooth once they are blended. */
const CELLS = 120;

/**
 * @typedef {{
 *   reading: import("./reading.js").Reading, axes: [number, number], held: number[], n: number, values: Float64Array,
 *   low: number, high: number, marks: [number, number][],
 * }} TorusMap  values (n + 1)² of the sum, x runs fastest; `marks` optima in this plane, the first the one it is laid through
 */

/** @type {WeakMap<import("./reading.js").Reading, Map<string, TorusMap>>} */
const known = new WeakMap();

/**
 * @param {import("./reading.js").Reading} reading
 * @param {[number, number]} axes
 * @returns {TorusMap}
 */
export function mapOf(reading, axes) {
  const maps = known.get(reading) ?? new Map();
  known.set(reading, maps);
  const found = maps.get(axes.join());
  if (found) return found;
  const held = reading.optima[0] ?? new Array(reading.heights.count).fill(0);
  const values = grid(reading.heights.section(held, ...axes), CELLS);
  let [low, high] = [Infinity, -Infinity];
  for (const one of values) {
    if (one < low) low = one;
    if (one > high) high = one;
  }
  const others = reading.free.filter((k) => !axes.includes(k));
  const marks = reading.optima
    .filter((one) => others.every((k) => 1 - Math.cos(one[k] - held[k]) < 1e-9))
    .map((one) => /** @type {[number, number]} */ ([wrap(one[axes[0]]), wrap(one[axes[1]])]));
  const map = { reading, axes, held, n: CELLS, values, low, high, marks };
  maps.set(axes.join(), map);
  return map;
}

/**
 * The two phases of a map: those asked for where they are free, else the first two.
 * @param {import("./reading.js").Reading} reading
 * @param {number[] | null} asked
 * @returns {[number, number] | null}  null where there are not two
 */
export function axesOf(reading, asked) {
  if (reading.free.length < 2) return null;
  const [first, second] = asked ?? [];
  const fit = first !== undefined && second !== undefined && first !== second && [first, second].every((k) => reading.free.includes(k));
  return fit ? [first, second] : [reading.free[0], reading.free[1]];
}

/**
 * Which picture suits the phases of a point.
 * @param {import("./types.js").Point} point
 * @returns {"torus" | "circle" | "none"}
 */
export function suits(point) {
  const { free } = readingOf(point);
  return free.length > 1 ? "torus" : free.length === 1 ? "circle" : "none";
}

/**
 * @param {number} phase
 * @returns {number} in [0, 2π)
 */
export function wrap(phase) {
  const out = phase - 2 * Math.PI * Math.floor(phase / (2 * Math.PI));
  return out < 2 * Math.PI ? out : 0;
}

/**
 * Whether the other phases are where the section has them.
 * @param {TorusMap} map
 * @param {number[]} phases
 */
export function inPlane(map, phases) {
  const turned = turn(phases, map.reading.reference);
  return map.reading.free.every((k) => map.axes.includes(k) || 1 - Math.cos(turned[k] - map.held[k]) < 1e-4);
}

/**
 * The map as a picture of one pixel a value, its first row on top the largest y.
 * @param {TorusMap} map
 * @returns {HTMLCanvasElement}
 */
export function imageOf(map) {
  const side = map.n + 1;
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return canvas;
  const picture = context.createImageData(side, side);
  const unit = map.high > map.low ? 255 / (map.high - map.low) : 0;
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const tone = 3 * Math.round(unit * (map.values[(side - 1 - row) * side + column] - map.low));
      const at = 4 * (row * side + column);
      picture.data[at] = sequential[tone];
      picture.data[at + 1] = sequential[tone + 1];
      picture.data[at + 2] = sequential[tone + 2];
      picture.data[at + 3] = 255;
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

/** Where lines of equal height are, in parts of the largest modulus; those of the library's figures, and 0. */
const PARTS = [-0.75, -0.55, -0.35, -0.15, 0, 0.15, 0.35, 0.55, 0.75];

/**
 * Lines of equal height as pieces from (x, y) to (x, y), in parts of 2π, by marching squares.
 * @param {TorusMap} map
 * @returns {{part: number, tone: number, pieces: number[]}[]}  `tone` 0 … 1 of the colour that the line runs through
 */
export function contoursOf(map) {
  const top = Math.max(Math.abs(map.low), Math.abs(map.high));
  const span = map.high - map.low;
  if (!(span > 1e-9 * top) || top === 0) return [];
  return PARTS.map((part) => {
    const level = part * top;
    /** @type {number[]} */
    const pieces = [];
    if (level > map.low && level < map.high) march(map, level, pieces);
    return { part, tone: (level - map.low) / span, pieces };
  }).filter((line) => line.pieces.length > 0);
}

/**
 * @param {TorusMap} map
 * @param {number} level
 * @param {number[]} pieces  appended to
 */
function march({ values, n }, level, pieces) {
  const side = n + 1;
  /** @type {number[]} */
  const cuts = [];
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column < n; column += 1) {
      const at = row * side + column;
      const a = values[at] - level;
      const b = values[at + 1] - level;
      const c = values[at + side + 1] - level;
      const d = values[at + side] - level;
      const kind = (a > 0 ? 1 : 0) + (b > 0 ? 2 : 0) + (c > 0 ? 4 : 0) + (d > 0 ? 8 : 0);
      if (kind === 0 || kind === 15) continue;
      cuts.length = 0;
      if (a > 0 !== b > 0) cuts.push(column + a / (a - b), row);
      if (b > 0 !== c > 0) cuts.push(column + 1, row + b / (b - c));
      if (c > 0 !== d > 0) cuts.push(column + d / (d - c), row + 1);
      if (d > 0 !== a > 0) cuts.push(column, row + a / (a - d));
      // a saddle cuts all four sides: neighbours in this order are one piece or the other, by the mean of its corners
      if (cuts.length === 8 && (a + b + c + d > 0) === (a > 0)) cuts.push(...cuts.splice(0, 2));
      for (let k = 0; k + 3 < cuts.length; k += 4) {
        pieces.push(cuts[k] / n, cuts[k + 1] / n, cuts[k + 2] / n, cuts[k + 3] / n);
      }
    }
  }
}
