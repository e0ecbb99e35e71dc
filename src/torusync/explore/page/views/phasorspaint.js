// @ts-check
/**
 * How the phasors are painted: circle, ghosts of the optima, phasors with their grips, mean, bar of S, triangle.
 *
 * Up to twelve phasors have a grip with a name, fanned out around the circle where phasors coincide; of more there are
 * dots, and names of groups of neighbours.
 */

import { drawBar } from "./bar.js";
import { clear, phaseColor } from "./colors.js";
import { apart, clusters } from "./fan.js";
import { layout, NAMED } from "./phasorslayout.js";
import { meanPhasor, nearest } from "./reading.js";
import { arrow, cross, FONT, label } from "./surface.js";
import { degreesText, number, ranges } from "./text.js";
import { drawTriangle, triangleOf } from "./triangle.js";

/**
 * @typedef {import("./phasorslayout.js").Grip} Grip
 * @typedef {import("./phasorslayout.js").Circle} Circle
 */

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./reading.js").Reading | null} reading
 * @param {number[]} phases
 * @param {Grip[]} grips
 * @param {{held: number, focused: number, moving: boolean, trail: number[][], bar?: boolean}} state
 */
export function paint(surface, reading, phases, grips, state) {
  const { context, colors } = surface;
  const { circle, triangle, meter } = layout(surface, reading, state.bar);
  drawCircle(surface, circle, reading);
  if (!reading) return;
  drawGhosts(surface, circle, reading, phases, state.trail);
  drawMean(surface, circle, reading, phases);
  if (grips.length > NAMED) drawCrowd(surface, circle, grips, state);
  else drawNamed(surface, circle, grips, state);
  const shown = grips[state.held >= 0 ? state.held : state.focused];
  drawKey(surface, keyPlace(grips, meter ? meter.y - 6 : surface.height - 4, shown ? 56 : 38), reading, phases, shown);
  if (!grips.length) {
    const look = { size: 13, align: /** @type {CanvasTextAlign} */ ("center"), color: colors.muted };
    label(surface, reading.point.status?.good === false ? "no state, no phase" : "no coherence, no phase", circle.x, circle.y - 12, look);
  }
  if (meter) drawBar(surface, reading, phases, meter);
  const found = triangle && triangleOf(reading);
  if (triangle && found) drawTriangle(surface, found, triangle);
  if (state.moving && state.bar !== false) { // the page says itself what moves, a climb or a walk
    label(surface, "climbing S: a search, no motion of the machine", 12, 12, { size: 11.5, color: colors.muted });
  }
  context.setLineDash([]);
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {Circle} circle
 * @param {import("./reading.js").Reading | null} reading
 */
function drawCircle(surface, { x, y, radius }, reading) {
  const { context, colors } = surface;
  cross(surface, { x, y }, radius);
  context.lineWidth = 1.5;
  context.strokeStyle = colors.muted;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
  const quarters = ["0", "π/2", "π", "3π/2"];
  quarters.forEach((name, k) => {
    const angle = (k * Math.PI) / 2 + 14 / radius;
    const r = radius - 12;
    const look = { size: 10.5, color: colors.muted, align: /** @type {CanvasTextAlign} */ ("center") };
    label(surface, name, x + r * Math.cos(angle), y - r * Math.sin(angle), look);
  });
  if (!reading || reading.reference < 0) return;
  // the reference: a square, as it cannot be turned
  context.fillStyle = colors.muted;
  context.fillRect(x + radius - 5, y - 5, 10, 10);
  label(surface, reading.short[reading.reference], x + radius - 0.5, y + 15, {
    size: 11, weight: 600, color: colors.muted, align: "center",
  });
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {Circle} circle
 * @param {import("./reading.js").Reading} reading
 * @param {number[]} phases
 * @param {number[][]} trail  optima of a walk that is not walked
 */
function drawGhosts(surface, { x, y, radius }, reading, phases, trail) {
  const { context, colors } = surface;
  const near = nearest(reading, phases);
  const small = reading.free.length > NAMED;
  for (const optimum of [...trail, ...reading.optima.slice(0, 12)]) {
    const strong = optimum === near;
    context.strokeStyle = strong ? colors.accent : clear(colors.accent, 0.35);
    context.lineWidth = strong ? 1.8 : 1.2;
    for (const k of reading.free) {
      // of many, only what is missed: fifty rings around fifty dots hide both
      if (small && 1 - Math.cos(optimum[k] - phases[k]) < 2e-3) continue;
      const [px, py] = [x + radius * Math.cos(optimum[k]), y - radius * Math.sin(optimum[k])];
      context.setLineDash([3, 3]);
      if (strong && !small) {
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(px, py);
        context.stroke();
      }
      context.setLineDash([]);
      context.beginPath();
      context.arc(px, py, small ? 7 : 8, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {Circle} circle
 * @param {Grip[]} grips
 * @param {{held: number, focused: number}} state
 */
function drawNamed(surface, { x, y }, grips, state) {
  const { context, colors } = surface;
  grips.forEach((grip, k) => {
    const active = k === state.held || k === state.focused;
    const tint = phaseColor(grip.phase);
    arrow(context, [x, y], [grip.tipX, grip.tipY], active ? 3.6 : 2.4, active ? colors.accent : colors.ink);
    context.beginPath();
    context.arc(grip.tipX, grip.tipY, 4.5, 0, 2 * Math.PI);
    context.fillStyle = tint;
    context.fill();
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.2;
    context.stroke();
    context.beginPath();
    context.moveTo(grip.tipX, grip.tipY);
    context.lineTo(grip.x, grip.y);
    context.strokeStyle = colors.muted;
    context.lineWidth = 1;
    context.stroke();
  });
  grips.forEach((grip, k) => {
    const active = k === state.held || k === state.focused;
    context.beginPath();
    context.arc(grip.x, grip.y, grip.radius, 0, 2 * Math.PI);
    context.fillStyle = active ? colors.accent : colors.panel;
    context.fill();
    context.strokeStyle = active ? colors.accent : colors.ink;
    context.lineWidth = 1.4;
    context.stroke();
    label(surface, grip.short, grip.x, grip.y + 0.5, {
      size: grip.short.length > 2 ? 9.5 : 12, weight: 600, align: "center", color: active ? colors.background : colors.ink,
      seam: null,
    });
  });
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {Circle} circle
 * @param {Grip[]} grips
 * @param {{held: number, focused: number}} state
 */
function drawCrowd(surface, { x, y, radius }, grips, state) {
  const { context, colors } = surface;
  context.strokeStyle = clear(colors.ink, 0.22);
  context.lineWidth = 1;
  context.beginPath();
  for (const grip of grips) {
    context.moveTo(x, y);
    context.lineTo(grip.tipX, grip.tipY);
  }
  context.stroke();
  grips.forEach((grip, k) => {
    const active = k === state.held || k === state.focused;
    context.beginPath();
    context.arc(grip.tipX, grip.tipY, active ? 7 : 4.5, 0, 2 * Math.PI);
    context.fillStyle = active ? colors.accent : phaseColor(grip.phase);
    context.fill();
    context.strokeStyle = colors.ink;
    context.stroke();
  });
  const far = radius + 20;
  const look = /** @type {const} */ ({ size: 10.5, color: colors.muted, align: "center" });
  context.font = `10.5px ${FONT}`;
  const groups = clusters(grips.map((grip) => grip.phase), 15 / far);
  for (const { text, place } of apart(groups, (members, at) => {
    const text = ranges(members.map((k) => grips[k].short), 2);
    const half = context.measureText(text).width / 2;
    const near = radius + 11;
    return {
      text, half,
      place: [Math.max(half + 3, x + (near + half) * Math.cos(at)), y - (near + 4) * Math.sin(at)],
    };
  })) label(surface, text, place[0], place[1], look);
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {Circle} circle
 * @param {import("./reading.js").Reading} reading
 * @param {number[]} phases
 */
function drawMean(surface, { x, y, radius }, reading, phases) {
  if (reading.free.length < 2) return;
  const { context, colors } = surface;
  const mean = meanPhasor(reading, phases);
  const [px, py] = [x + radius * mean.x, y - radius * mean.y];
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(px, py);
  // broad and pale, below the phasors: they may all lie on it
  context.strokeStyle = clear(colors.warn, 0.4);
  context.lineWidth = 9;
  context.stroke();
  diamond(surface, px, py, 8);
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {number} x
 * @param {number} y
 * @param {number} half
 */
function diamond({ context, colors }, x, y, half) {
  context.beginPath();
  [[0, -half], [half, 0], [0, half], [-half, 0]].forEach(([dx, dy]) => context.lineTo(x + dx, y + dy));
  context.closePath();
  context.fillStyle = colors.background;
  context.fill();
  context.strokeStyle = colors.warn;
  context.lineWidth = 2;
  context.stroke();
}

/**
 * Where the key ends: below at the left, or above where a phasor is held there and nothing is above.
 * @param {{x: number, y: number, radius: number}[]} grips
 * @param {number} bottom of the drawing
 * @param {number} high the height of the key
 */
export function keyPlace(grips, bottom, high) {
  const [wide, around] = [110, 2];
  /** @param {number} end */
  const taken = (end) => grips.some((one) => one.x - one.radius - around < wide && one.y + one.radius + around > end - high && one.y - one.radius - around < end);
  return taken(bottom) && !taken(high) ? high : bottom;
}

/**
 * What the marks mean, and the phase that is held.
 * @param {import("./surface.js").Surface} surface
 * @param {number} bottom
 * @param {import("./reading.js").Reading} reading
 * @param {number[]} phases
 * @param {Grip | undefined} shown
 */
function drawKey(surface, bottom, reading, phases, shown) {
  const { context, colors } = surface;
  let y = bottom - 10;
  if (shown) {
    label(surface, `${shown.name} = ${degreesText(shown.phase)}`, 12, y, { size: 12.5, weight: 600 });
    y -= 18;
  }
  if (!reading.free.length) return;
  context.beginPath();
  context.arc(18, y, 6, 0, 2 * Math.PI);
  context.strokeStyle = colors.accent;
  context.lineWidth = 1.8;
  context.stroke();
  label(surface, reading.continuum ? "one of a continuum of optima" : "optimum", 30, y, { size: 11.5, color: colors.accent });
  if (reading.free.length < 2) return;
  diamond(surface, 18, y - 18, 6);
  label(surface, `mean ${number(meanPhasor(reading, phases).length, 2)}`, 30, y - 18, { size: 11.5, color: colors.warn });
}
