// @ts-check
/**
 * Three coherences as geometry: going from the first level to the third by way of the second, or at once.
 *
 * Each coherence prefers a difference of phases, an arc.  Where the two arcs of the detour end at the same phase as the
 * third, one configuration serves all three; where they do not, the angle between is what nobody can have.
 */

import { arrow, label, lines } from "./surface.js";
import { preferred, size } from "./reading.js";
import { clear } from "./colors.js";
import { short } from "./flow.js";

/**
 * @typedef {{levels: [number, number, number], names: string[], arcs: [number, number, number],
 *   weights: [number, number, number], misfit: number, closes: boolean}} Triangle
 *   arcs φ_j − φ_i, φ_k − φ_j and φ_k − φ_i that are preferred; misfit in (−π, π]
 */

/** A misfit below this is none that could be seen: a tenth of a degree. */
const CLOSED = Math.PI / 1800;

/**
 * @param {import("./reading.js").Reading} reading
 * @returns {Triangle | null} through the reference, whose phase is fixed: the one that the point names, or the strongest
 */
export function triangleOf(reading) {
  if (!reading.levels) return null;
  const { point } = reading;
  const told = point.triangle?.levels;
  const chosen = told?.includes(reading.reference) ? told : strongest(reading) ?? told;
  if (!chosen || chosen.length !== 3) return null;
  const [i, j, k] = order(chosen, reading.reference);
  const weights = /** @type {[number, number, number]} */ ([size(point, i, j), size(point, j, k), size(point, i, k)]);
  if (Math.min(...weights) <= 0) return null;
  const arcs = /** @type {[number, number, number]} */ (
    [preferred(point, i, j), preferred(point, j, k), preferred(point, i, k)].map(settled)
  );
  const misfit = settled(short(arcs[0] + arcs[1] - arcs[2]));
  const names = [i, j, k].map((level) => reading.short[level]);
  return { levels: [i, j, k], names, arcs, weights, misfit, closes: Math.abs(misfit) < CLOSED };
}

/**
 * Half a turn is drawn counter-clockwise, whichever way rounding would send it.
 * @param {number} angle
 */
const settled = (angle) => (angle < 1e-6 - Math.PI ? angle + 2 * Math.PI : angle);

/**
 * The reference first: its phase is the zero of the picture.
 * @param {number[]} levels
 * @param {number} reference
 */
const order = (levels, reference) => [...levels].sort((a, b) => Number(b === reference) - Number(a === reference) || a - b);

/**
 * @param {import("./reading.js").Reading} reading
 * @returns {number[] | null}
 */
function strongest(reading) {
  const { point, reference } = reading;
  const by = [...reading.free].sort((a, b) => size(point, reference, b) - size(point, reference, a) || a - b);
  const second = by.find((level) => level !== by[0] && size(point, by[0], level) > 0);
  return second === undefined || size(point, reference, second) <= 0 ? null : [reference, by[0], second].sort((a, b) => a - b);
}

/**
 * @param {Triangle} found
 * @returns {string}
 */
export function triangleText(found) {
  const [a, b, c] = found.names;
  const off = Math.abs((found.misfit * 180) / Math.PI);
  const shown = `${Number(off.toFixed(off < 10 ? 1 : 0))}°`;
  return found.closes
    ? `The preferences of levels ${a}, ${b} and ${c} fit together: the triangle closes.`
    : `The preferences of levels ${a}, ${b} and ${c} contradict each other by ${shown}: the triangle does not close.`;
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {Triangle} found
 * @param {{x: number, y: number, width: number, height: number}} box
 */
export function drawTriangle(surface, found, box) {
  const { context, colors } = surface;
  const heading = `${box.width < 130 ? "" : "preferences "}${found.closes ? "fit" : "clash"}`;
  const tint = found.closes ? colors.refrigerator : colors.engine;
  const radius = Math.min(box.width / 2 - 20, (box.height - 76) / 2, 92);
  if (radius < 26) return;
  const [x, y] = [box.x + box.width / 2, box.y + 28 + (box.height - 68) / 2];
  label(surface, `${found.closes ? "△" : "⚠"} ${heading}`, x, y - radius - 30, { size: 12.5, weight: 600, color: tint, align: "center" });
  const at = (/** @type {number} */ phase, /** @type {number} */ r) =>
    /** @type {[number, number]} */ ([x + r * Math.cos(phase), y - r * Math.sin(phase)]);

  context.strokeStyle = colors.grid;
  context.lineWidth = 1;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();

  const [first, second, direct] = found.arcs;
  const tracks = [0.5, 0.68, 0.88].map((part) => part * radius);
  const detour = first + second;
  if (!found.closes) {
    context.beginPath();
    context.moveTo(x, y);
    context.arc(x, y, radius, -direct, -(direct + found.misfit), found.misfit > 0);
    context.closePath();
    context.fillStyle = clear(colors.warn, 0.16);
    context.fill();
    spoke(context, at(direct, 0), at(direct, radius), colors.warn, []);
    spoke(context, at(detour, 0), at(detour, radius), colors.warn, [3, 3]);
  } else spoke(context, at(direct, 0), at(direct, radius), clear(colors.refrigerator, 0.5), [3, 3]);
  spoke(context, at(0, 0), at(0, radius), colors.muted, [2, 3]);

  const strongest = Math.max(...found.weights);
  const thick = (/** @type {number} */ k) => 1.5 + 2.5 * (found.weights[k] / strongest);
  bend(surface, [x, y], tracks[0], 0, first, thick(0), colors.entrainment);
  bend(surface, [x, y], tracks[1], first, second, thick(1), colors.mutual);
  bend(surface, [x, y], tracks[2], 0, direct, thick(2), colors.entrainment);

  const [a, b, c] = found.names;
  dot(surface, at(0, radius), a, colors.muted, at(0, radius + 11));
  dot(surface, at(first, tracks[0]), b, colors.ink, null);
  if (found.closes) dot(surface, at(direct, radius), c, colors.ink, at(direct, radius + 11));
  else {
    dot(surface, at(detour, radius), `${c}?`, colors.warn, at(detour, radius + 13));
    dot(surface, at(direct, radius), `${c}?`, colors.warn, at(direct, radius + 13));
  }
  const off = Math.abs((found.misfit * 180) / Math.PI);
  const foot = found.closes ? `${a}→${b}→${c} = ${a}→${c}` : `${a}→${b}→${c} misses ${a}→${c} by ${Number(off.toFixed(1))}°`;
  lines(surface, foot, box.width, 11.5).forEach((line, k) => {
    label(surface, line, x, y + radius + 28 + 14 * k, { size: 11.5, color: colors.muted, align: "center" });
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {string} color
 * @param {number[]} dash
 */
function spoke(context, from, to, color, dash) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.strokeStyle = color;
  context.lineWidth = 1.4;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/**
 * An arc with a head; a difference of 0 is a ring where it stands.
 * @param {import("./surface.js").Surface} surface
 * @param {[number, number]} centre
 * @param {number} radius
 * @param {number} from
 * @param {number} by
 * @param {number} width
 * @param {string} color
 */
function bend(surface, [x, y], radius, from, by, width, color) {
  const { context } = surface;
  context.strokeStyle = color;
  context.lineWidth = width;
  const head = (width + 6) / radius;
  context.beginPath();
  if (Math.abs(by) < head) {
    context.arc(x + radius * Math.cos(from), y - radius * Math.sin(from), 3 + width, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.stroke();
    return;
  }
  const way = Math.sign(by);
  const end = from + by;
  context.arc(x, y, radius, -from, -(end - 0.7 * way * head), by > 0);
  context.stroke();
  const place = (/** @type {number} */ phase) =>
    /** @type {[number, number]} */ ([x + radius * Math.cos(phase), y - radius * Math.sin(phase)]);
  arrow(context, place(end - way * head), place(end), width, color);
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {[number, number]} at
 * @param {string} name
 * @param {string} color
 * @param {[number, number] | null} beside  where the name stands, on the dot where null
 */
function dot(surface, at, name, color, beside) {
  const { context, colors } = surface;
  context.beginPath();
  context.arc(at[0], at[1], beside ? 4 : 8, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  const look = { size: 11, align: /** @type {CanvasTextAlign} */ ("center"), weight: 600 };
  if (beside) label(surface, name, ...beside, { ...look, color });
  else label(surface, name, ...at, { ...look, color: colors.background, seam: null });
}
