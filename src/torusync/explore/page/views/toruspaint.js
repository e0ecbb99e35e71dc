// @ts-check
/**
 * How the flat map is painted: colours, lines of equal height, axes in π, the scale of S, crosses at the optima.
 */

import { clear, heightColor } from "./colors.js";
import { label, mark } from "./surface.js";
import { number } from "./text.js";

/**
 * @typedef {{
 *   map: import("./map.js").TorusMap, image: HTMLCanvasElement, lines: ReturnType<typeof import("./map.js").contoursOf>,
 *   kept?: {key: string, canvas: HTMLCanvasElement},
 * }} Drawn
 */

/** Pixels below which a panel is narrow. */
const NARROW = 380;

/** @param {import("./surface.js").Surface} surface */
export function boxOf({ width, height }) {
  // in a narrow panel the scale lies below, so that the map may be as wide as there is room
  const narrow = width < NARROW;
  const [left, right, top, bottom] = narrow ? [40, 12, 12, 74] : [44, 98, 14, 40];
  const side = Math.max(20, Math.min(width - left - right, height - top - bottom));
  return { x: left + Math.max(0, (width - left - right - side) / 2), y: top + Math.max(0, (height - top - bottom - side) / 2), side };
}

/**
 * The map, painted once and kept: while a point is dragged over it only the point is new.
 * @param {import("./surface.js").Surface} surface
 * @param {{x: number, y: number, side: number}} box
 * @param {Drawn} drawn
 */
export function paintKept(surface, box, drawn) {
  const { canvas, colors, ground, width, height } = surface;
  const key = [canvas.width, canvas.height, width, colors.dark, ground].join();
  if (drawn.kept?.key !== key) {
    const kept = document.createElement("canvas");
    [kept.width, kept.height] = [canvas.width, canvas.height];
    const context = kept.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    context.scale(canvas.width / width, canvas.height / height);
    paintMap({ ...surface, context }, box, drawn);
    drawn.kept = { key, canvas: kept };
  }
  surface.context.drawImage(drawn.kept.canvas, 0, 0, width, height);
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {{x: number, y: number, side: number}} box
 * @param {Drawn} drawn
 */
function paintMap(surface, box, { map, image, lines }) {
  const { context, colors } = surface;
  const { x, y, side } = box;
  context.imageSmoothingEnabled = true;
  // half a pixel of the image stands out on each side: values are at corners, pixels are squares
  const cell = side / map.n;
  context.save();
  context.beginPath();
  context.rect(x, y, side, side);
  context.clip();
  context.drawImage(image, x - cell / 2, y - cell / 2, side + cell, side + cell);
  for (const { part, tone, pieces } of lines) {
    context.beginPath();
    for (let k = 0; k < pieces.length; k += 4) {
      context.moveTo(x + side * pieces[k], y + side * (1 - pieces[k + 1]));
      context.lineTo(x + side * pieces[k + 2], y + side * (1 - pieces[k + 3]));
    }
    context.strokeStyle = tone < 0.6 ? "rgba(255,255,255,0.6)" : "rgba(0,0,0,0.6)";
    context.lineWidth = part === 0 ? 1.8 : 0.9;
    context.setLineDash(part < 0 ? [2, 3] : []);
    context.stroke();
  }
  context.setLineDash([]);
  context.restore();
  context.strokeStyle = colors.muted;
  context.lineWidth = 1;
  context.strokeRect(x, y, side, side);
  drawAxes(surface, box, map);
  drawScale(surface, box, map);
  for (const [across, up] of map.marks) {
    mark(context, x + (side * across) / (2 * Math.PI), y + side - (side * up) / (2 * Math.PI), "cross");
  }
}

/**
 * Crosshair and ring of the present phases.
 * @param {import("./surface.js").Surface} surface
 * @param {{x: number, y: number, side: number}} box
 * @param {number[]} at
 * @param {boolean} exact  whether they lie in this plane
 * @param {boolean} focused
 */
export function paintHere({ context, colors }, { x, y, side }, at, exact, focused) {
  context.strokeStyle = "rgba(255,255,255,0.55)";
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, at[1]);
  context.lineTo(x + side, at[1]);
  context.moveTo(at[0], y);
  context.lineTo(at[0], y + side);
  context.stroke();
  context.beginPath();
  context.arc(at[0], at[1], focused ? 10 : 8, 0, 2 * Math.PI);
  context.fillStyle = exact ? clear(colors.accent, 0.55) : "rgba(0,0,0,0)";
  context.fill();
  context.strokeStyle = "#000000";
  context.lineWidth = 4.5;
  context.stroke();
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2.4;
  context.stroke();
}

/** @param {import("./surface.js").Surface} surface @param {{x: number, y: number, side: number}} box @param {import("./map.js").TorusMap} map */
function drawAxes(surface, { x, y, side }, map) {
  const { context, colors } = surface;
  const names = side > 170 ? ["0", "π/2", "π", "3π/2", "2π"] : ["0", "", "π", "", "2π"];
  const look = { size: 11, color: colors.muted };
  context.strokeStyle = colors.muted;
  names.forEach((name, k) => {
    const part = (k / 4) * side;
    label(surface, name, x + part, y + side + 11, { ...look, align: "center" });
    label(surface, name, x - 7, y + side - part, { ...look, align: "right" });
    context.beginPath();
    context.moveTo(x + part, y + side);
    context.lineTo(x + part, y + side + 4);
    context.moveTo(x, y + side - part);
    context.lineTo(x - 4, y + side - part);
    context.stroke();
  });
  const [across, up] = map.axes.map((k) => map.reading.names[k]);
  label(surface, across, x + side / 2, y + side + 28, { size: 13, align: "center" });
  context.save();
  context.translate(x - 34, y + side / 2);
  context.rotate(-Math.PI / 2);
  label(surface, up, 0, 0, { size: 13, align: "center" });
  context.restore();
}

/** @param {import("./surface.js").Surface} surface @param {{x: number, y: number, side: number}} box @param {import("./map.js").TorusMap} map */
function drawScale(surface, { x, y, side }, map) {
  const { context, colors } = surface;
  if (surface.width < NARROW) {
    drawFlatScale(surface, { x, y: y + side + 44, side }, map);
    return;
  }
  const left = x + side + 12;
  const shades = context.createLinearGradient(0, y + side, 0, y + 16);
  for (let k = 0; k <= 16; k += 1) shades.addColorStop(k / 16, heightColor(k / 16));
  context.fillStyle = shades;
  context.fillRect(left, y + 16, 10, side - 16);
  label(surface, "S", left + 5, y + 5, { size: 13, align: "center" });
  const unit = map.reading.heights.factor;
  const span = map.high - map.low;
  const look = { size: 10.5, color: colors.muted };
  const place = (/** @type {number} */ value) => y + side - ((side - 16) * (value - map.low)) / (span || 1);
  label(surface, number(unit * map.high, 2), left + 14, place(map.high) + 3, look);
  label(surface, number(unit * map.low, 2), left + 14, place(map.low) - 3, look);
  if (map.low < 0 && map.high > 0 && span > 0) label(surface, "0", left + 14, place(0), look);
}

/** @param {import("./surface.js").Surface} surface @param {{x: number, y: number, side: number}} box @param {import("./map.js").TorusMap} map */
function drawFlatScale(surface, { x, y, side }, map) {
  const { context, colors } = surface;
  const shades = context.createLinearGradient(x, 0, x + side, 0);
  for (let k = 0; k <= 16; k += 1) shades.addColorStop(k / 16, heightColor(k / 16));
  context.fillStyle = shades;
  context.fillRect(x, y, side, 8);
  const unit = map.reading.heights.factor;
  const look = { size: 10.5, color: colors.muted };
  label(surface, number(unit * map.low, 2), x, y + 17, look);
  label(surface, number(unit * map.high, 2), x + side, y + 17, { ...look, align: "right" });
  label(surface, "S", x - 10, y + 4, { size: 12, align: "center" });
  const zero = (side * -map.low) / (map.high - map.low || 1);
  if (zero > 62 && zero < side - 62) label(surface, "0", x + zero, y + 17, { ...look, align: "center" });
}
