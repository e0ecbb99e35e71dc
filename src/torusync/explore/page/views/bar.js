// @ts-check
/**
 * S at the present phases against the height that it is proven not to pass, and what is missing between.
 */

import { label } from "./surface.js";
import { number, percent } from "./text.js";

/**
 * @param {import("./reading.js").Reading} reading
 * @param {number[]} phases
 * @returns {{value: number, share: number, bound: number | null}}  share of the bound, nan where there is none
 */
export function heightOf(reading, phases) {
  const value = reading.heights.pairSum(phases);
  const told = reading.point.synchronization;
  // sums, not S: factors of many levels underflow, their quotient does not
  const sums = told?.pair_sum_bound ?? told?.pair_sum ?? null;
  const share = typeof sums === "number" && sums > 0 ? value / sums : NaN;
  return { value: reading.heights.factor * value, share, bound: reading.bound };
}

/**
 * @param {import("./reading.js").Reading} reading
 * @param {number[]} phases
 * @returns {string}
 */
export function heightText(reading, phases) {
  const { value, share, bound } = heightOf(reading, phases);
  if (!Number.isFinite(share) || bound === null) return "There is no coherence, so S is zero everywhere.";
  const limit = reading.certified ? "its proven maximum" : "its upper bound";
  if (share > 1 - 1e-9) return `S is at ${limit}, ${number(bound)}.`;
  return `S is ${number(value)}, ${percent(share)} of ${limit} ${number(bound)}.`;
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./reading.js").Reading} reading
 * @param {number[]} phases
 * @param {{x: number, y: number, width: number, height: number}} box
 */
export function drawBar(surface, reading, phases, box) {
  const { context, colors } = surface;
  const { value, share, bound } = heightOf(reading, phases);
  const thick = 12;
  const top = box.y + box.height - thick - 4;
  const said = top - 10;
  const missing = share < 1 - 1e-9 ? `  ${percent(share)}` : "";
  label(surface, `S = ${number(value)}${missing}`, box.x, said, { size: 12.5, weight: 600 });
  if (!Number.isFinite(share) || bound === null) {
    context.fillStyle = colors.faint;
    context.fillRect(box.x, top, box.width, thick);
    return;
  }
  const limit = reading.certified ? "proven maximum" : "proven bound";
  const end = { size: 12.5, align: /** @type {CanvasTextAlign} */ ("right"), color: colors.muted };
  const wide = box.width > 340;
  label(surface, wide ? `${limit} ${number(bound)}` : `max ${number(bound)}`, box.x + box.width, said, end);

  // zero stands inside: S falls below it, as its mean over the torus is zero
  const zero = box.x + 0.25 * box.width;
  const unit = 0.75 * box.width;
  const at = zero + unit * Math.max(-0.25 / 0.75, Math.min(1, share));
  context.fillStyle = colors.faint;
  context.fillRect(box.x, top, box.width, thick);
  context.save();
  context.beginPath();
  context.rect(at, top, box.x + box.width - at, thick);
  context.clip();
  context.strokeStyle = colors.warn;
  context.lineWidth = 1.2;
  context.beginPath();
  for (let x = Math.floor(at / 7) * 7 - thick; x < box.x + box.width; x += 7) {
    context.moveTo(x, top + thick);
    context.lineTo(x + thick, top);
  }
  context.stroke();
  context.restore();
  context.fillStyle = share < 0 ? colors.engine : colors.refrigerator;
  context.fillRect(Math.min(zero, at), top, Math.abs(at - zero), thick);
  context.fillStyle = colors.ink;
  context.fillRect(zero - 0.5, top - 3, 1, thick + 6);
  context.fillRect(box.x + box.width - 2, top - 5, 2, thick + 10);
}
