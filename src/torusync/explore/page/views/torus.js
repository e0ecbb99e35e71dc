// @ts-check
/**
 * S over two phases as a flat map with lines of equal height, its optima and the present phases, which can be dragged.
 *
 * Of more than two phases it is a section through the optimum, along two that are chosen above it.
 */

import { heightText } from "./bar.js";
import { createHandles, draggable } from "./handles.js";
import { createHeld } from "./held.js";
import { axesOf, contoursOf, imageOf, inPlane, mapOf, wrap } from "./map.js";
import { createChooser } from "./chooser.js";
import { nothing } from "./reading.js";
import { createSurface, label } from "./surface.js";
import { degrees, degreesText } from "./text.js";
import { boxOf, paintHere, paintKept } from "./toruspaint.js";

/**
 * @typedef {import("./types.js").View & {axes: (first: number, second: number) => void, stop: () => void,
 *   moving: () => boolean}} TorusView
 *
 * @param {HTMLElement} element
 * @param {import("./types.js").Handlers & {onAxes?: (axes: [number, number]) => void}} [handlers]
 * @returns {TorusView}
 */
export function createTorusMap(element, handlers = {}) {
  /** @type {[number, number] | null} */
  let axes = null;
  /** @type {import("./toruspaint.js").Drawn | null} */
  let drawn = null;

  const frame = document.createElement("div");
  frame.style.cssText = "display:flex;flex-direction:column;width:100%;height:100%";
  const stage = document.createElement("div");
  stage.style.cssText = "flex:1 1 auto;min-height:0";
  element.append(frame);
  const chooser = createChooser(frame, (first, second) => {
    choose([first, second]);
    if (axes) handlers.onAxes?.(axes);
  });
  frame.append(stage);
  const surface = createSurface(stage, draw, { text: handlers.text, ratio: 1 });
  const shown = createHeld(surface.redraw, handlers);
  const { flow } = shown;
  const handles = createHandles(surface.host, {
    help: "Arrow keys move it by 1 degree, with shift by 10; Enter lets go, and S climbs back.",
    plane: true,
    move(_, across, up) {
      flow.stop();
      const { phases } = shown;
      if (axes) place(phases[axes[0]] + (across * Math.PI) / 180, phases[axes[1]] + (up * Math.PI) / 180);
    },
    release: shown.release,
    changed: () => surface.redraw(),
  });
  draggable(surface, {
    find(x, y, reach) {
      const box = boxOf(surface);
      const point = spot(box);
      if (!point) return -1;
      if (Math.hypot(x - point[0], y - point[1]) <= reach) return 0;
      // a mouse may also go where it likes; a finger elsewhere scrolls the page
      const inside = x >= box.x && x <= box.x + box.side && y >= box.y && y <= box.y + box.side;
      return inside && reach < 30 ? 0 : -1;
    },
    begin() {
      flow.stop();
      handles.focus(0);
    },
    drag(_, x, y) {
      const box = boxOf(surface);
      place((2 * Math.PI * (x - box.x)) / box.side, (2 * Math.PI * (box.y + box.side - y)) / box.side);
    },
    end: shown.release,
  });

  /** @param {ReturnType<typeof boxOf>} box @returns {[number, number] | null} */
  function spot(box) {
    const { phases } = shown;
    return axes && [
      box.x + (box.side * wrap(phases[axes[0]])) / (2 * Math.PI),
      box.y + box.side - (box.side * wrap(phases[axes[1]])) / (2 * Math.PI),
    ];
  }

  /** @param {number} across @param {number} up */
  function place(across, up) {
    if (!axes) return;
    const next = shown.phases.slice();
    next[axes[0]] = across;
    next[axes[1]] = up;
    shown.moved(next);
  }

  /** @param {number[] | null} asked */
  function choose(asked) {
    const { reading } = shown;
    axes = reading && axesOf(reading, asked);
    drawn = null;
    if (reading && axes) chooser.show(reading.free.map((k) => ({ value: k, name: reading.names[k] })), axes);
    else chooser.show([], null);
    surface.redraw();
  }

  function draw() {
    const { reading, phases } = shown;
    if (!reading || !axes) {
      handles.show([]);
      const said = !reading ? "" : reading.free.length ? "S depends on one phase only" : nothing(reading);
      label(surface, said, surface.width / 2, surface.height / 2, { align: "center", color: surface.colors.muted, size: 13 });
      surface.say(`Map of S: ${said || "nothing is shown yet"}.`);
      return;
    }
    const map = mapOf(reading, axes);
    if (drawn?.map !== map) drawn = { map, image: imageOf(map), lines: contoursOf(map) };
    const box = boxOf(surface);
    const at = spot(box) ?? [0, 0];
    paintKept(surface, box, drawn);
    paintHere(surface, box, at, inPlane(map, phases), handles.focused() === 0);
    const named = /** @type {const} */ ([reading.names[axes[0]], reading.names[axes[1]]]);
    const here = `${named[0]} = ${degreesText(phases[axes[0]])}, ${named[1]} = ${degreesText(phases[axes[1]])}`;
    handles.show([{
      x: at[0], y: at[1], radius: 12, name: `phases ${named[0]} and ${named[1]}`,
      value: degrees(phases[axes[0]]), text: `${here}. ${heightText(reading, phases)}`,
    }], surface.zoom);
    surface.say(sentence(map, here, heightText(reading, phases)));
  }

  return {
    show(point, given) {
      if (shown.take(point, given)) choose(axes);
    },
    axes: (first, second) => choose([first, second]),
    stop: flow.stop,
    moving: flow.moving,
    resize: surface.redraw,
    theme(colors) {
      chooser.theme(colors);
      surface.theme(colors);
    },
    destroy() {
      flow.stop();
      handles.destroy();
      surface.destroy();
      frame.remove();
    },
  };
}

/**
 * @param {import("./map.js").TorusMap} map @param {string} here @param {string} height
 */
function sentence(map, here, height) {
  const { reading, marks, axes } = map;
  const count = reading.continuum ? "one of a continuum of optima" : marks.length === 1 ? "the optimum" : `${marks.length} optima`;
  const where = marks.map(([x, y]) => `(${degreesText(x)}, ${degreesText(y)})`).join(" and ");
  const kind = reading.free.length > 2 ? "section of S through the optimum" : "S";
  return `Map: ${kind} over ${reading.names[axes[0]]} and ${reading.names[axes[1]]}, ${count} at ${where}. Here ${here}. ${height}`;
}
