// @ts-check
/**
 * Where circle, triangle and bar stand, and where each phasor is held.
 */

import { fan } from "./fan.js";
import { triangleOf } from "./triangle.js";

/**
 * @typedef {{
 *   x: number, y: number, radius: number, tipX: number, tipY: number, phase: number, phaseIndex: number, name: string,
 *   short: string,
 * }} Grip  where it is held, and where the phasor ends; which phase it is
 * @typedef {{x: number, y: number, radius: number}} Circle
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

/** Phasors that have a grip with a name each; of more there are dots. */
export const NAMED = 12;

const GRIP = 11;

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./reading.js").Reading | null} reading
 * @param {boolean} [bar]  whether there is one below
 * @returns {{circle: Circle, triangle: Box | null, meter: Box | null}}
 */
export function layout(surface, reading, bar = true) {
  const { width, height } = surface;
  const rest = Math.max(20, height - (bar ? 48 : 4));
  const wanted = reading !== null && triangleOf(reading) !== null;
  // beside or below the circle, whichever leaves it larger; no room for a triangle that could not be read
  const beside = width >= rest;
  const aside = Math.min(250, Math.max(Math.abs(width - rest), 0.33 * Math.max(width, rest), beside ? 128 : 160));
  const [across, down] = [Math.min(rest, width - aside), Math.min(width, rest - aside)];
  const fits = wanted && (beside ? across : down) > 225;
  const side = !fits ? Math.min(width, rest) : beside ? across : down;
  const margin = reading && reading.free.length > NAMED ? 42 : 34;
  const circle = {
    x: fits && beside ? (width - aside) / 2 : width / 2,
    y: fits && !beside ? (rest - aside) / 2 : rest / 2,
    radius: Math.max(10, side / 2 - margin),
  };
  const triangle = !fits ? null : beside
    ? { x: width - aside, y: (rest - Math.min(rest, aside + 56)) / 2, width: aside - 4, height: Math.min(rest, aside + 56) }
    : { x: (width - aside - 30) / 2, y: rest - aside, width: aside + 30, height: aside };
  const meter = bar ? { x: 12, y: height - 44, width: Math.max(20, width - 24), height: 40 } : null;
  return { circle, triangle, meter };
}

/**
 * @param {import("./surface.js").Surface} surface
 * @param {import("./reading.js").Reading | null} reading
 * @param {number[]} phases
 * @param {number} held
 * @param {boolean} [bar]
 * @returns {Grip[]}
 */
export function gripsOf(surface, reading, phases, held, bar = true) {
  if (!reading) return [];
  const { circle } = layout(surface, reading, bar);
  const { free } = reading;
  const named = free.length <= NAMED;
  const out = circle.radius + GRIP + 9;
  const angles = free.map((k) => phases[k]);
  const places = named ? fan(angles, (2 * GRIP + 2) / out, held) : angles;
  return free.map((k, place) => {
    const far = named ? out : circle.radius;
    return {
      x: circle.x + far * Math.cos(places[place]), y: circle.y - far * Math.sin(places[place]),
      radius: named ? GRIP : 6,
      tipX: circle.x + circle.radius * Math.cos(phases[k]), tipY: circle.y - circle.radius * Math.sin(phases[k]),
      phase: phases[k], phaseIndex: k, name: reading.names[k], short: reading.short[k],
    };
  });
}
