// @ts-check
/**
 * Populations of a system that is no machine: bars of one part, a board of squares for two or more.
 */

import { real } from "./numbers.js";
import { arrow, label } from "./surface.js";
import { ket, number } from "./text.js";

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./types.js").Point} point
 */
export function paintPopulations(surface, point) {
  const shown = Array.from({ length: point.dimension }, (_, k) => Math.max(0, real(point.populations?.[k])));
  const labels = shown.map((_, k) => point.labels?.[k] ?? String(k));
  label(surface, "populations", surface.width / 2, 14, { size: 13, weight: 600, align: "center" });
  const heats = heatsOf(point);
  const room = { ...surface, height: surface.height - (heats.length ? STRIP : 0) };
  if (labels.some((one) => one.includes(","))) drawBoard(room, shown, labels);
  else drawBars(room, shown, labels);
  if (heats.length) drawHeats(surface, heats);
}

/** Height of the strip of heats below. */
const STRIP = 58;

/**
 * Heats into the system by bath, where it has some.
 * @param {import("./types.js").Point} point
 */
export function heatsOf(point) {
  const heats = Object.entries(point.machine?.heats ?? {});
  return heats.map(([bath, heat]) => ({ bath: bath.replace(/_([a-z])$/, (_, part) => ` ${part.toUpperCase()}`), heat: real(heat) }));
}

/**
 * An arrow up into the system or down out of it for each bath, as wide as its heat.
 * @param {import("./surface.js").Surface} surface
 * @param {{bath: string, heat: number}[]} heats
 */
function drawHeats(surface, heats) {
  const { context, colors, width, height } = surface;
  const largest = Math.max(...heats.map(({ heat }) => Math.abs(heat)));
  const slot = (width - 16) / heats.length;
  heats.forEach(({ bath, heat }, k) => {
    const x = 8 + (k + 0.5) * slot;
    const tint = bath.startsWith("cold") ? colors.cold : colors.hot;
    label(surface, bath, x, height - 22, { size: 11, align: "center", color: tint, weight: 600 });
    label(surface, number(Math.abs(heat), 2), x, height - 8, { size: 10.5, align: "center", color: colors.muted });
    // of no size beside the largest it is rounding, and has no direction
    if (Math.abs(heat) <= 1e-9 * largest) return;
    const ends = /** @type {[[number, number], [number, number]]} */ ([[x, height - 31], [x, height - STRIP + 2]]);
    if (heat < 0) ends.reverse();
    arrow(context, ends[0], ends[1], 2 + (10 * Math.abs(heat)) / largest, tint);
  });
}

/**
 * What a bar cannot show needs no digits.
 * @param {number} population
 */
const few = (population) => (population > 0 && population < 1e-3 ? "< 0.001" : number(population, 2));

/**
 * @param {import("./surface.js").Surface} surface
 * @param {number[]} shown
 * @param {string[]} labels
 */
function drawBars(surface, shown, labels) {
  const { context, colors, width, height } = surface;
  const [left, right, top, bottom] = [46, width - 66, 30, height - 10];
  const slot = (bottom - top) / shown.length;
  const most = Math.max(...shown, 1e-300);
  const every = Math.max(1, Math.ceil(14 / slot));
  const thick = Math.min(26, 0.72 * slot);
  shown.forEach((population, k) => {
    // level 0 at the bottom, as in a level diagram
    const y = bottom - (k + 0.5) * slot;
    context.fillStyle = colors.faint;
    context.fillRect(left, y - 0.5, right - left, 1);
    context.fillStyle = colors.accent;
    context.fillRect(left, y - thick / 2, ((right - left) * population) / most, thick);
    if (k % every) return;
    label(surface, ket(labels[k]), left - 6, y, { size: 11.5, align: "right" });
    label(surface, few(population), right + 6, y, { size: 11, color: colors.muted });
  });
}

/**
 * Rows are the levels of the first part, columns those of all others.
 * @param {import("./surface.js").Surface} surface
 * @param {number[]} shown
 * @param {string[]} labels
 */
function drawBoard(surface, shown, labels) {
  const { context, colors, width, height } = surface;
  const rows = [...new Set(labels.map((one) => one.split(",")[0]))];
  const columns = [...new Set(labels.map((one) => one.slice(one.indexOf(",") + 1)))];
  const [left, top] = [40, 52];
  const cell = Math.min((width - left - 14) / columns.length, (height - top - 14) / rows.length);
  const x0 = left + Math.max(0, (width - left - 14 - cell * columns.length) / 2);
  const y0 = top + Math.max(0, (height - top - 14 - cell * rows.length) / 3);
  const most = Math.max(...shown, 1e-300);
  const every = Math.max(1, Math.ceil((columns[0].length * 6 + 8) / cell));
  columns.forEach((name, k) => {
    if (k % every) return;
    label(surface, name, x0 + (k + 0.5) * cell, y0 - 9, { size: 11, align: "center", color: colors.muted });
  });
  rows.forEach((name, k) => {
    if (k % Math.max(1, Math.ceil(13 / cell))) return;
    label(surface, name, x0 - 8, y0 + (k + 0.5) * cell, { size: 11, align: "right", color: colors.muted });
  });
  label(surface, "A ↓  others →", x0, y0 - 25, { size: 11, color: colors.muted });
  shown.forEach((population, k) => {
    const comma = labels[k].indexOf(",");
    const x = x0 + columns.indexOf(labels[k].slice(comma + 1)) * cell;
    const y = y0 + rows.indexOf(labels[k].slice(0, comma)) * cell;
    context.strokeStyle = colors.faint;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
    const side = (cell - 3) * Math.sqrt(population / most);
    context.fillStyle = colors.accent;
    context.fillRect(x + (cell - side) / 2, y + (cell - side) / 2, side, side);
    const inside = side >= 30;
    if (!inside && (cell - side < 30 || few(population).length * 6 > cell)) return;
    label(surface, few(population), x + cell / 2, inside ? y + cell / 2 : y + cell - 9, {
      size: 10.5, align: "center", color: inside ? colors.background : colors.muted, seam: inside ? null : colors.background,
    });
  });
}
