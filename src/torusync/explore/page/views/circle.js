// @ts-check
/**
 * A distribution of one phase around a circle: how likely each phase is, the uniform circle, and the proven maximum.
 *
 * The radius is P = S + 1/2π, a density of probability, where S has one phase of its own; of a single pair of levels,
 * where S is no density, it is S above a circle as far out as S can fall.
 */

import { drawBar, heightText } from "./bar.js";
import { clear } from "./colors.js";
import { createHandles, draggable } from "./handles.js";
import { createHeld } from "./held.js";
import { nothing } from "./reading.js";
import { createSurface, cross, label } from "./surface.js";
import { degrees, degreesText } from "./text.js";

const STEPS = 360;

/**
 * @param {HTMLElement} element
 * @param {import("./types.js").Handlers} [handlers]
 * @returns {import("./types.js").View & {stop: () => void, moving: () => boolean}}
 */
export function createCircle(element, handlers = {}) {
  let grip = { x: -99, y: -99 };
  let centre = { x: 0, y: 0 };

  const surface = createSurface(element, draw, { text: handlers.text, ratio: 1 });
  const shown = createHeld(surface.redraw, handlers);
  const { flow } = shown;
  const handles = createHandles(surface.host, {
    help: "Arrow keys turn it by 1 degree, with shift by 10; Enter lets go, and S climbs back.",
    move(_, across, up) {
      flow.stop();
      const { reading, phases } = shown;
      if (reading?.free.length) turnTo(phases[reading.free[0]] + ((across + up) * Math.PI) / 180);
    },
    release: shown.release,
    changed: () => surface.redraw(),
  });
  draggable(surface, {
    find: (x, y, reach) => (shown.reading?.free.length === 1 && Math.hypot(x - grip.x, y - grip.y) < reach ? 0 : -1),
    begin() {
      flow.stop();
      handles.focus(0);
    },
    drag: (_, x, y) => turnTo(Math.atan2(centre.y - y, x - centre.x)),
    end: shown.release,
  });

  /** @param {number} phase */
  function turnTo(phase) {
    const { reading, phases } = shown;
    if (!reading) return;
    const next = phases.slice();
    next[reading.free[0]] = phase;
    shown.moved(next);
  }

  function draw() {
    const { width, height, colors } = surface;
    const { reading, phases } = shown;
    if (!reading || reading.free.length !== 1) {
      handles.show([]);
      const said = !reading ? "" : reading.free.length ? "S depends on more than one phase" : nothing(reading);
      label(surface, said, width / 2, height / 2, { align: "center", color: colors.muted, size: 13 });
      surface.say(`Circle of S: ${said || "nothing is shown yet"}.`);
      return;
    }
    const phase = reading.free[0];
    const shape = shapeOf(reading, phases, phase);
    const rest = height - (handlers.bar === false ? 4 : 48);
    centre = { x: width / 2, y: rest / 2 + 8 };
    const unit = Math.max(8, Math.min(width / 2 - 30, rest / 2 - 38)) / shape.outer;
    paintCurve(surface, reading, shape, centre, unit);
    const here = shape.radius(phases[phase]) * unit;
    const far = Math.max(here, 26);
    grip = { x: centre.x + far * Math.cos(phases[phase]), y: centre.y - far * Math.sin(phases[phase]) };
    paintGrip(surface, centre, grip, handles.focused() === 0);
    const told = `${reading.names[phase]} = ${degreesText(phases[phase])}`;
    label(surface, told, 12, 14, { size: 12.5, weight: 600 });
    if (handlers.bar !== false) drawBar(surface, reading, phases, { x: 12, y: height - 44, width: width - 24, height: 40 });
    const height_ = heightText(reading, phases);
    handles.show([{ ...grip, radius: 12, name: `phase ${reading.names[phase]}`, value: degrees(phases[phase]), text: `${told}. ${height_}` }], surface.zoom);
    const tops = reading.optima.map((one) => degreesText(one[phase])).join(" and ");
    const many = reading.optima.length > 1 ? "maxima" : "the maximum";
    surface.say(`Circle: distribution of ${reading.names[phase]}, ${many} at ${tops}. Here ${told}. ${height_}`);
  }

  return {
    show: shown.take,
    stop: flow.stop,
    moving: flow.moving,
    resize: surface.redraw,
    theme: surface.theme,
    destroy() {
      flow.stop();
      handles.destroy();
      surface.destroy();
    },
  };
}

/**
 * @typedef {{radius: (phase: number) => number, even: number, bound: number | null, outer: number, density: boolean}} Shape
 *
 * @param {import("./reading.js").Reading} reading
 * @param {number[]} phases
 * @param {number} phase
 * @returns {Shape}
 */
function shapeOf(reading, phases, phase) {
  const { heights, levels, bound } = reading;
  const at = phases.slice();
  const s = (/** @type {number} */ angle) => {
    at[phase] = angle;
    return heights.S(at);
  };
  let [low, high] = [0, 0];
  for (let k = 0; k < STEPS; k += 1) {
    const value = s((2 * Math.PI * k) / STEPS);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const even = levels ? -1.25 * low || 1 : 1 / (2 * Math.PI);
  const top = even + Math.max(high, bound ?? 0);
  return {
    radius: (angle) => Math.max(0, even + s(angle)), even, bound: bound === null ? null : even + bound, outer: top, density: !levels,
  };
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./reading.js").Reading} reading
 * @param {Shape} shape
 * @param {{x: number, y: number}} centre
 * @param {number} unit
 */
function paintCurve(surface, reading, shape, { x, y }, unit) {
  const { context, colors } = surface;
  const outer = shape.outer * unit;
  cross(surface, { x, y }, outer);
  context.beginPath();
  for (let k = 0; k <= STEPS; k += 1) {
    const angle = (2 * Math.PI * k) / STEPS;
    const r = unit * shape.radius(angle);
    context.lineTo(x + r * Math.cos(angle), y - r * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = clear(colors.refrigerator, 0.16);
  context.fill();
  context.strokeStyle = colors.refrigerator;
  context.lineWidth = 2.2;
  context.stroke();
  ring(context, x, y, unit * shape.even, colors.muted, [2, 3]);
  if (shape.bound !== null) ring(context, x, y, unit * shape.bound, colors.engine, [6, 3]);
  ["0", "π/2", "π", "3π/2"].forEach((name, k) => {
    const angle = (k * Math.PI) / 2 + 18 / (outer + 18); // beside a phasor that points there
    const far = outer + (k % 2 ? 10 : 13);
    label(surface, name, x + far * Math.cos(angle), y - far * Math.sin(angle), { size: 11, align: "center", color: colors.muted });
  });
  const even = shape.density ? "uniform 1/2π" : "S = 0";
  const right = surface.width - 10;
  const look = /** @type {const} */ ({ size: 11, align: "right" });
  key(surface, even, right, 14, colors.muted, [2, 3], look);
  key(surface, reading.certified ? "proven maximum" : "proven bound", right, 30, colors.engine, [6, 3], look);
  for (const optimum of reading.optima) {
    const angle = optimum[reading.free[0]];
    const r = unit * shape.radius(angle);
    context.beginPath();
    context.arc(x + r * Math.cos(angle), y - r * Math.sin(angle), 8, 0, 2 * Math.PI);
    context.strokeStyle = colors.accent;
    context.lineWidth = 1.8;
    context.stroke();
  }
}

/**
 * A line of the legend: what it is, and how it is drawn.
 * @param {import("./surface.js").Surface} surface
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} color
 * @param {number[]} dash
 * @param {{size: number, align: CanvasTextAlign}} look
 */
function key(surface, text, x, y, color, dash, look) {
  const { context } = surface;
  label(surface, text, x - 26, y, { ...look, color });
  context.beginPath();
  context.moveTo(x - 20, y);
  context.lineTo(x, y);
  context.setLineDash(dash);
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.stroke();
  context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} r @param {string} color @param {number[]} dash */
function ring(context, x, y, r, color, dash) {
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.setLineDash(dash);
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.stroke();
  context.setLineDash([]);
}

/** @param {import("./surface.js").Surface} surface @param {{x: number, y: number}} from @param {{x: number, y: number}} to @param {boolean} focused */
function paintGrip({ context, colors }, from, to, focused) {
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.strokeStyle = colors.ink;
  context.lineWidth = 2.4;
  context.stroke();
  context.beginPath();
  context.arc(to.x, to.y, focused ? 9 : 7, 0, 2 * Math.PI);
  context.fillStyle = focused ? colors.accent : colors.ink;
  context.fill();
  context.strokeStyle = colors.background;
  context.lineWidth = 2;
  context.stroke();
}
