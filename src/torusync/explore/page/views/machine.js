// @ts-check
/**
 * How the level diagram of a thermal machine is painted: bath, levels and drive from left to right.
 *
 * Arrows between levels turn with the quanta, one way in an engine and the other in a refrigerator; arrows to and from
 * the baths and the drive are as wide as the energy they carry.
 */

import { clear } from "./colors.js";
import { real } from "./numbers.js";
import { arrow, label, lines } from "./surface.js";
import { ket, number } from "./text.js";

/** Upper levels drawn one by one; more become one group. */
const SINGLE = 6;

/** Width in pixels of the arrow of the largest current. */
const WIDEST = 26;

const WORDS = {
  engine: { sign: "▶", text: "engine: heat becomes work", color: /** @type {const} */ ("engine") },
  refrigerator: { sign: "◀", text: "refrigerator: work pumps heat", color: /** @type {const} */ ("refrigerator") },
  idle: { sign: "○", text: "idle: no net flow", color: /** @type {const} */ ("muted") },
  mixed: { sign: "◇", text: "mixed: some levels run backwards", color: /** @type {const} */ ("warn") },
};

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./types.js").Point} point
 * @param {import("./levels.js").Current[]} currents
 */
export function paintMachine(surface, point, currents) {
  const { width, height, colors } = surface;
  // on its way to the steady state a machine has no regime yet, and its currents are not those of one
  const running = Boolean(point.machine);
  const regime = WORDS[/** @type {keyof typeof WORDS} */ (point.machine?.regime?.name)]
    ?? { sign: "", text: running ? point.machine?.regime?.name ?? "" : "on its way", color: "muted" };
  const size = width < 340 ? 13 : 15;
  lines(surface, `${regime.sign} ${regime.text}`.trim(), width - 12, size, 700).forEach((line, k) => {
    label(surface, line, width / 2, 14 + k * (size + 3), { size, weight: 700, align: "center", color: colors[regime.color] });
  });

  const plate = Math.max(50, Math.min(92, 0.2 * width));
  const gap = Math.min(76, Math.max(26, 0.18 * width - 30));
  const [left, right] = [plate + 8 + gap, width - plate - 8 - gap];
  const energies = (point.levels ?? []).map((level) => real(level.energy));
  const [bottom, top] = [height - (height < 300 ? 30 : 42), (width < 340 ? 84 : 76) - (height < 300 ? 14 : 0)];
  const highest = Math.max(...energies, 1e-300);
  const y = (/** @type {number} */ energy) => bottom - ((bottom - top) * energy) / highest;
  const upper = energies.slice(2);
  const mean = upper.reduce((sum, one) => sum + one, 0) / upper.length;

  const [hot, drive, cold] = currents;
  const largest = Math.max(...currents.map((one) => (one.known ? Math.abs(one.value) : 0)));
  const broad = (/** @type {import("./levels.js").Current} */ one) =>
    (one.known && largest > 0 ? 2 + ((WIDEST - 2) * Math.abs(one.value)) / largest : 0);

  // beside the middle of what they couple, as long as they do not cover each other
  const tall = height < 300 ? 44 : 54;
  const below = Math.min((y(energies[1]) + y(0)) / 2, height - tall / 2 - 4);
  const above = Math.min((y(mean) + y(energies[1])) / 2, below - tall - 6);
  const side = width - 8 - plate;
  if (!running) {
    drawLevels(surface, point, energies, y, left, right);
    return;
  }
  drawPlate(surface, hot, { x: 8, y: (y(mean) + y(0)) / 2, width: plate, height: tall }, [left - 6, 1], broad(hot));
  drawPlate(surface, drive, { x: side, y: above, width: plate, height: tall }, [right + 6, -1], broad(drive));
  drawPlate(surface, cold, { x: side, y: below, width: plate, height: tall }, [right + 6, -1], broad(cold));

  // quanta: up where the machine takes energy from what couples these two levels
  quanta(surface, hot, left + (right - left < 120 ? 6 : 12), y(0), y(upper[0]));
  quanta(surface, drive, right - 12, y(energies[1]), y(upper[upper.length - 1]));
  quanta(surface, cold, right - 12, y(0), y(energies[1]));
  drawLevels(surface, point, energies, y, left, right);
}

/**
 * A bath or the drive, and the arrow of its energy.
 * @param {import("./surface.js").Surface} surface
 * @param {import("./levels.js").Current} current
 * @param {{x: number, y: number, width: number, height: number}} box
 * @param {[number, 1 | -1]} machine  where the machine begins, and on which side of the plate it is
 * @param {number} broad
 */
function drawPlate(surface, current, { x, y, width, height }, [edge, side], broad) {
  const { context, colors } = surface;
  const tint = colors[current.kind];
  rounded(context, x, y - height / 2, width, height);
  context.fillStyle = clear(tint, 0.13);
  context.fill();
  context.strokeStyle = tint;
  context.lineWidth = 1.4;
  context.stroke();
  const middle = x + width / 2;
  const sign = { drive: "∿", hot: "▲", cold: "▼" }[current.kind];
  label(surface, width < 74 ? current.kind : `${sign} ${current.name}`, middle, y - 0.29 * height, { size: 12, weight: 600, align: "center", color: tint, seam: null });
  const text = current.known ? number(Math.abs(current.value), 3) : "0";
  // in words, too: signs of heat and of power are counted in opposite ways
  const way = current.known ? ` ${current.value > 0 ? "in" : "out"}` : "";
  label(surface, `${current.symbol}${way}`, middle, y + 0.03 * height, { size: 11, align: "center", color: colors.muted, seam: null });
  label(surface, text, middle, y + 0.33 * height, { size: width < 74 ? 10 : 11.5, align: "center", seam: null });
  const near = side > 0 ? x + width + 3 : x - 3;
  if (!current.known) {
    context.beginPath();
    context.moveTo(near, y);
    context.lineTo(edge, y);
    context.setLineDash([2, 4]);
    context.strokeStyle = colors.muted;
    context.stroke();
    context.setLineDash([]);
    return;
  }
  const inward = current.value > 0;
  arrow(context, [inward ? near : edge, y], [inward ? edge : near, y], broad, tint);
}

/**
 * A box with round corners, for browsers older than `roundRect`.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function rounded(context, x, y, width, height) {
  const r = 7;
  context.beginPath();
  context.moveTo(x + r, y);
  context.arcTo(x + width, y, x + width, y + height, r);
  context.arcTo(x + width, y + height, x, y + height, r);
  context.arcTo(x, y + height, x, y, r);
  context.arcTo(x, y, x + width, y, r);
  context.closePath();
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./levels.js").Current} current
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
function quanta(surface, current, x, low, high) {
  const { context, colors } = surface;
  const [bottom, top] = [low - 5, high + 5];
  if (!current.known) return;
  const up = current.value > 0;
  arrow(context, [x, up ? bottom : top], [x, up ? top : bottom], 2.5, colors[current.kind]);
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./types.js").Point} point
 * @param {number[]} energies
 * @param {(energy: number) => number} y
 * @param {number} left
 * @param {number} right
 */
function drawLevels(surface, point, energies, y, left, right) {
  const { context, colors } = surface;
  const populations = energies.map((_, k) => real(point.populations?.[k]));
  const name = (/** @type {number} */ k) => ket(point.levels?.[k]?.label ?? String(k));
  const span = right - left;
  /** @param {number} k @param {number} from @param {number} to @param {number} thick */
  const line = (k, from, to, thick) => {
    context.beginPath();
    context.moveTo(from, y(energies[k]));
    context.lineTo(to, y(energies[k]));
    context.strokeStyle = colors.ink;
    context.lineWidth = thick;
    context.stroke();
  };
  line(0, left, right, 2.4);
  populate(surface, left + 0.5 * span, y(energies[0]), populations[0], name(0), "below");
  const narrow = span < 120;
  const start = left + (narrow ? 0.6 : 0.52) * span;
  const middle = (start + right - 18) / 2;
  line(1, start, right, 2.4);
  populate(surface, middle, y(energies[1]), populations[1], narrow ? null : name(1), "above");
  if (narrow) {
    // left of its line: above it the arrow of the drive passes
    const look = /** @type {const} */ ({ size: 12, align: "right" });
    label(surface, name(1), start - 5, y(energies[1]) - 7, look);
    label(surface, number(populations[1], 2), start - 5, y(energies[1]) + 7, { ...look, size: 11, color: colors.muted });
  }

  const count = energies.length - 2;
  const slot = span / count;
  if (count <= SINGLE && slot >= 36) {
    for (let k = 2; k < energies.length; k += 1) {
      const from = left + (k - 2) * slot + 2;
      line(k, from, from + slot - 4, 2.4);
      populate(surface, from + slot / 2 - 2, y(energies[k]), populations[k], name(k), "above");
    }
    return;
  }
  // many: a short line each, its population as a bar on it, and the sum in words
  const upper = populations.slice(2);
  const most = Math.max(...upper, 1e-300);
  for (let k = 2; k < energies.length; k += 1) {
    const from = left + (k - 2) * slot;
    const tall = (22 * populations[k]) / most;
    context.fillStyle = clear(colors.accent, 0.75);
    context.fillRect(from + 0.15 * slot, y(energies[k]) - tall, 0.7 * slot, tall);
    line(k, from, from + Math.max(1, slot - Math.min(1, 0.2 * slot)), 2);
  }
  const sum = upper.reduce((total, one) => total + one, 0);
  const highest = Math.min(...energies.slice(2).map(y));
  const [first, last] = [point.levels?.[2]?.label ?? "2", point.levels?.[energies.length - 1]?.label ?? ""];
  const range = surface.width < 340 ? "" : ` |${first}⟩ … |${last}⟩, together`;
  label(surface, `${count} levels${range} ${number(sum, 2)}`, (left + right) / 2, highest - 32, { size: 12, align: "center" });
}

/**
 * A population as a disc of its area, with its number.
 * @param {import("./surface.js").Surface} surface
 * @param {number} x
 * @param {number} y
 * @param {number} population
 * @param {string | null} name  null where it stands elsewhere
 * @param {"above" | "below"} where
 */
function populate(surface, x, y, population, name, where) {
  const { context, colors } = surface;
  const radius = 15 * Math.sqrt(Math.max(0, population));
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colors.accent;
  context.fill();
  context.strokeStyle = colors.background;
  context.lineWidth = 1;
  context.stroke();
  if (name === null) return;
  const below = where === "below";
  const place = below ? y + Math.max(radius, 4) + 12 : y - Math.max(radius, 4) - 24;
  const look = /** @type {const} */ ({ size: 12, align: "center" });
  if (below) label(surface, `${name}  ${number(population, 2)}`, x, place, look);
  else {
    label(surface, name, x, place, look);
    label(surface, number(population, 2), x, place + 14, { ...look, color: colors.muted, size: 11 });
  }
}
