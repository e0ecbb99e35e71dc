// @ts-check
/**
 * The torus itself, in space: S as its colour, the optimum and the present phases on it, to be turned by hand.
 *
 * One phase goes around the hole, the other around the tube.  Where there is no WebGL2, or the graphics card takes it
 * away, a sentence says so and the flat map stands in: it shows the same.
 */

import { heightText } from "./bar.js";
import { names, skin } from "./globepaint.js";
import { axesOf, mapOf } from "./map.js";
import { fitting, nothing, readingOf } from "./reading.js";
import { createRenderer } from "./renderer.js";
import { facing, project, rotation, seen, TILT } from "./space.js";
import { createSurface, label, mark } from "./surface.js";
import { degreesText } from "./text.js";
import { createTorusMap } from "./torus.js";

/**
 * @param {HTMLElement} element
 * @param {import("./types.js").Handlers} [handlers]
 * @returns {import("./types.js").View & {axes: (first: number, second: number) => void}}
 */
export function createGlobe(element, handlers = {}) {
  /** @type {import("./reading.js").Reading | null} */
  let reading = null;
  /** @type {number[]} */
  let phases = [];
  /** @type {number[] | null} */
  let asked = null;
  let [yaw, pitch, zoom] = [0.6, TILT, 1];
  /** @type {import("./map.js").TorusMap | null} */
  let loaded = null;
  let drawn = "";
  /** @type {import("./types.js").View & {axes: (first: number, second: number) => void} | null} */
  let flat = null;
  let last = { point: /** @type {import("./types.js").Point | null} */ (null), colors: /** @type {import("./colors.js").Palette | null} */ (null) };

  const stage = document.createElement("div");
  stage.style.cssText = "position:relative;width:100%;height:100%";
  element.append(stage);
  const screen = document.createElement("canvas");
  screen.setAttribute("aria-hidden", "true");
  screen.style.cssText = "position:absolute;left:0;top:0;width:100%;height:100%";
  stage.append(screen);
  const renderer = createRenderer(screen, (there) => (there ? restore() : fallBack()));
  // marks and names are drawn above it: text in WebGL is text in a picture
  const surface = createSurface(stage, draw, { text: handlers.text, ratio: 1 });
  surface.host.style.position = "absolute";
  surface.host.style.left = "0";
  surface.host.style.top = "0";
  const held = surface.canvas;
  held.tabIndex = 0;
  held.setAttribute("aria-roledescription", "torus that can be turned");
  held.setAttribute("aria-description", "Arrow keys turn it, plus and minus change its size, Home turns the optimum to the front.");
  held.style.cursor = "grab";

  if (!renderer.works()) fallBack();

  function fallBack() {
    if (flat) return;
    stage.style.display = "none";
    const note = document.createElement("p");
    note.className = "no-webgl";
    note.setAttribute("role", "status");
    note.style.cssText = "margin:0.3em 0.8em;font-size:0.85rem;flex:0 0 auto";
    note.textContent = "This browser draws no torus in space (WebGL2 is missing or was lost): the flat map shows the same.";
    const shell = document.createElement("div");
    shell.className = "globe-flat";
    shell.style.cssText = "display:flex;flex-direction:column;width:100%;height:100%";
    const room = document.createElement("div");
    room.style.cssText = "flex:1 1 auto;min-height:0";
    shell.append(note, room);
    element.append(shell);
    flat = createTorusMap(room, handlers);
    if (last.colors) flat.theme(last.colors);
    if (asked) flat.axes(asked[0], asked[1]);
    flat.show(last.point, phases.length ? phases : null);
  }

  function restore() {
    loaded = null;
    element.querySelector(".globe-flat")?.remove();
    flat?.destroy();
    flat = null;
    stage.style.display = "";
    surface.redraw();
  }

  /** Turn the optimum to the front. */
  function face() {
    const axes = reading && axesOf(reading, asked);
    const best = axes && reading ? mapOf(reading, axes).marks[0] : undefined;
    [yaw, pitch] = best ? facing(best[0], best[1]) : [0.6, TILT];
    surface.redraw();
  }

  function draw() {
    const { width, height, colors, context } = surface;
    const axes = reading && axesOf(reading, asked);
    if (!reading || !axes) {
      renderer.clear();
      drawn = "";
      const said = !reading ? "" : reading.free.length ? "S depends on one phase only" : nothing(reading);
      label(surface, said, width / 2, height / 2, { align: "center", color: colors.muted, size: 13 });
      surface.say(`Torus: ${said || "nothing is shown yet"}.`);
      return;
    }
    const map = mapOf(reading, axes);
    if (loaded !== map) {
      renderer.load(skin(map));
      loaded = map;
      drawn = "";
    }
    const view = rotation(yaw, pitch);
    const ratio = surface.zoom * Math.min(2, window.devicePixelRatio || 1);
    // while phases move only the marks above it are new
    const look = [yaw, pitch, zoom, width, height, ratio, colors.dark].join();
    if (look !== drawn) renderer.draw(view, zoom, width, height, ratio, colors.dark);
    drawn = look;
    const place = (/** @type {number} */ a, /** @type {number} */ b) => {
      const at = project(a, b, view, zoom, width, height);
      return { ...at, visible: seen(a, b, view) };
    };
    names(surface, place, reading.names[axes[0]], reading.names[axes[1]]);
    for (const [a, b] of map.marks) {
      const at = place(a, b);
      context.globalAlpha = at.visible ? 1 : 0.35;
      mark(context, at.x, at.y, "cross");
    }
    const at = place(phases[axes[0]], phases[axes[1]]);
    context.globalAlpha = at.visible ? 1 : 0.35;
    mark(context, at.x, at.y, "ring");
    context.globalAlpha = 1;
    const best = map.marks[0];
    const here = `${reading.names[axes[0]]} = ${degreesText(phases[axes[0]])}, ${reading.names[axes[1]]} = ${degreesText(phases[axes[1]])}`;
    surface.say(
      `Torus coloured by S over ${reading.names[axes[0]]}, around the hole, and ${reading.names[axes[1]]}, around the tube`
      + `${best ? `; the optimum is at (${degreesText(best[0])}, ${degreesText(best[1])})` : ""}. Here ${here}. ${heightText(reading, phases)}`,
    );
  }

  /** @type {{x: number, y: number} | null} */
  let grabbed = null;
  held.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    grabbed = { x: event.clientX, y: event.clientY };
    held.setPointerCapture(event.pointerId);
    held.style.cursor = "grabbing";
  });
  held.addEventListener("pointermove", (event) => {
    if (!grabbed) return;
    turnBy(0.009 * (event.clientX - grabbed.x), 0.009 * (event.clientY - grabbed.y));
    grabbed = { x: event.clientX, y: event.clientY };
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
    held.addEventListener(name, () => {
      grabbed = null;
      held.style.cursor = "grab";
    });
  }
  // sideways a finger turns the torus, up and down it scrolls the page
  held.style.touchAction = "pan-y";
  held.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 0.35 : 0.07;
    const turns = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step],
    })[event.key];
    if (turns) turnBy(...turns);
    else if (event.key === "+" || event.key === "=") resizeBy(1.1);
    else if (event.key === "-") resizeBy(1 / 1.1);
    else if (event.key === "Home") face();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  held.addEventListener("dblclick", face);

  /** @param {number} across @param {number} down */
  function turnBy(across, down) {
    yaw += across;
    pitch = Math.max(-1.5, Math.min(1.57, pitch + down));
    surface.redraw();
  }

  /** @param {number} by */
  function resizeBy(by) {
    zoom = Math.max(0.6, Math.min(1.8, zoom * by));
    surface.redraw();
  }

  return {
    show(point, given) {
      last.point = point;
      const next = point ? readingOf(point) : null;
      const [fresh, first] = [next !== reading, reading === null];
      reading = next;
      if (first) face(); // later ones would spin the torus in the reader's hand
      if (fresh || given) phases = next ? fitting(next, given) : [];
      flat?.show(point, given);
      surface.redraw();
    },
    axes(first, second) {
      asked = [first, second];
      flat?.axes(first, second);
      surface.redraw();
    },
    resize: surface.redraw,
    theme(colors) {
      last.colors = colors;
      flat?.theme(colors);
      surface.theme(colors);
    },
    destroy() {
      flat?.destroy();
      renderer.destroy();
      surface.destroy();
      element.replaceChildren();
    },
  };
}
