// @ts-check
/**
 * What the torus in space wears, and the marks and names that are drawn above it.
 */

import { contoursOf, imageOf } from "./map.js";
import { arrow, label } from "./surface.js";

/**
 * What the torus wears: the colours of the map with its lines of equal height.
 * @param {import("./map.js").TorusMap} map
 * @returns {HTMLCanvasElement}
 */
export function skin(map) {
  const side = 512;
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return canvas;
  const cell = side / map.n;
  context.drawImage(imageOf(map), -cell / 2, -cell / 2, side + cell, side + cell);
  for (const { part, tone, pieces } of contoursOf(map)) {
    context.beginPath();
    for (let k = 0; k < pieces.length; k += 4) {
      context.moveTo(side * pieces[k], side * (1 - pieces[k + 1]));
      context.lineTo(side * pieces[k + 2], side * (1 - pieces[k + 3]));
    }
    context.strokeStyle = tone < 0.6 ? "rgba(255,255,255,0.55)" : "rgba(0,0,0,0.5)";
    context.lineWidth = part === 0 ? 2.6 : 1.4;
    context.stroke();
  }
  return canvas;
}

/**
 * Phases along the outer equator and around the tube, where they face the reader.
 * @param {import("./surface.js").Surface} surface
 * @param {(a: number, b: number) => {x: number, y: number, visible: boolean}} place
 * @param {string} around
 * @param {string} tube
 */
export function names(surface, place, around, tube) {
  const { colors, context, width, height } = surface;
  ["0", "π/2", "π", "3π/2"].forEach((name, k) => {
    const at = place((k * Math.PI) / 2, 0);
    if (!at.visible) return;
    context.beginPath();
    context.arc(at.x, at.y, 3, 0, 2 * Math.PI);
    context.fillStyle = "#ffffff";
    context.fill();
    context.strokeStyle = "#000000";
    context.lineWidth = 1;
    context.stroke();
    const side = at.y + 24 > height - 44 ? -13 : 13; // not into the legend below
    label(surface, name, at.x, at.y + side, { size: 11, align: "center" });
  });
  const look = { size: 12.5, color: colors.muted };
  arrow(context, [12, height - 34], [34, height - 34], 1.6, colors.muted);
  label(surface, `${around} around the hole`, 40, height - 34, look);
  context.beginPath();
  context.arc(22, height - 14, 6, 0.6, 2 * Math.PI);
  context.strokeStyle = colors.muted;
  context.lineWidth = 1.6;
  context.stroke();
  label(surface, `${tube} around the tube`, 40, height - 14, look);
  label(surface, "drag to turn", width - 12, height - 14, { ...look, size: 11, align: "right" });
}
