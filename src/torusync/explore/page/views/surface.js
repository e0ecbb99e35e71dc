// @ts-check
/**
 * A canvas that fills an element, sharp on any screen, drawn again only when there is something new to be seen.
 *
 * Drawing waits for the next animation frame, so that ten inputs in one frame cost one picture, and for the element to
 * be on the screen at all.  The sentence that says what is seen is the canvas's name for those who do not see it.
 */

import { light } from "./colors.js";

/**
 * @typedef {{
 *   canvas: HTMLCanvasElement, host: HTMLElement, context: CanvasRenderingContext2D,
 *   width: number, height: number, zoom: number, colors: import("./colors.js").Palette, ground: string,
 *   redraw: () => void, say: (sentence: string) => void, theme: (colors: import("./colors.js").Palette) => void,
 *   destroy: () => void,
 * }} Surface
 */

/** Type of the page, with one that is on every machine behind it: canvas does not inherit it. */
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** Pixels of a panel whose text is as large as is read at a desk; larger ones grow as a whole, for a projector. */
const DESK = 360;

/** Milliseconds of rest after which a view that nobody looks at is drawn, for those who print or save the page. */
const IDLE = 400;

/**
 * @param {HTMLElement} element
 * @param {(surface: Surface) => void} draw  called with the picture cleared; lengths are CSS pixels over `zoom`
 * @param {{text?: (sentence: string) => void, ratio?: number}} [options]  `ratio`: width over height where the element
 *   has no height of its own
 * @returns {Surface}
 */
export function createSurface(element, draw, options = {}) {
  const host = document.createElement("div");
  host.style.position = "relative";
  host.style.width = "100%";
  host.style.height = "100%";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.style.display = "block";
  canvas.style.width = "100%";
  canvas.style.height = "100%";
  host.append(canvas);
  element.append(host);
  if (host.clientHeight < 2) host.style.aspectRatio = String(options.ratio ?? 1.2);
  // small pictures of lines and text are drawn sooner by the processor than they are handed to a graphics card that is none
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser draws no canvas");

  let [frame, rest] = [0, 0];
  let [stale, seen, gone] = [false, true, false];
  let said = "";

  function paint() {
    frame = 0;
    const [width, height] = [host.clientWidth, host.clientHeight];
    if (gone || width < 2 || height < 2) return;
    stale = false;
    const ratio = Math.min(4, window.devicePixelRatio || 1);
    surface.zoom = Math.max(1, Math.min(2, Math.min(width, height) / DESK));
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
    surface.width = width / surface.zoom;
    surface.height = height / surface.zoom;
    const scale = ratio * surface.zoom;
    surface.context.setTransform(scale, 0, 0, scale, 0, 0);
    surface.context.clearRect(0, 0, surface.width, surface.height);
    if (!surface.ground) surface.ground = groundOf(element) ?? surface.colors.background;
    const begun = performance.now();
    draw(surface);
    canvas.dataset["drawing"] = (performance.now() - begun).toFixed(2); // milliseconds, for tests of speed
  }

  /** @type {Surface} */
  const surface = {
    canvas, host, context, width: 0, height: 0, zoom: 1, colors: light, ground: light.background,
    redraw() {
      stale = true;
      if (frame || gone) return;
      if (seen) frame = requestAnimationFrame(paint);
      else {
        clearTimeout(rest);
        rest = window.setTimeout(() => { if (stale && !frame) frame = requestAnimationFrame(paint); }, IDLE);
      }
    },
    say(text) {
      const sentence = text.replace(/_/g, ""); // subscripts are for the eye
      if (sentence === said) return;
      said = sentence;
      canvas.setAttribute("aria-label", sentence);
      options.text?.(sentence);
    },
    theme(colors) {
      surface.colors = colors;
      surface.ground = "";
      surface.redraw();
    },
    destroy() {
      gone = true;
      cancelAnimationFrame(frame);
      clearTimeout(rest);
      sized.disconnect();
      looked.disconnect();
      host.remove();
    },
  };

  const sized = new ResizeObserver(() => surface.redraw());
  sized.observe(host);
  const looked = new IntersectionObserver((entries) => {
    seen = entries[entries.length - 1].isIntersecting;
    if (seen && stale) surface.redraw();
  }, { rootMargin: "100px" });
  looked.observe(host);
  return surface;
}

/**
 * The colour behind an element, which the page chooses: seams of another colour would be seen.
 * @param {Element} element
 * @returns {string | null}
 */
function groundOf(element) {
  for (let one = /** @type {Element | null} */ (element); one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor;
    if (color && color !== "transparent" && !/, 0\)$/.test(color)) return color;
  }
  return null;
}

/** @returns {boolean} whether the reader asked for pictures that do not move */
export const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Text with a seam of the background around it, legible on any picture; what follows a low line is a subscript.
 * @param {Surface} surface @param {string} text @param {number} x @param {number} y
 * @param {{
 *   size?: number, color?: string, align?: CanvasTextAlign, baseline?: CanvasTextBaseline, weight?: string | number,
 *   seam?: string | null,
 * }} [look]
 */
export function label(surface, text, x, y, look = {}) {
  const { context, colors, ground } = surface;
  const size = look.size ?? 12;
  const parts = text.split(/_(\w+)/).map((part, k) => {
    const font = `${look.weight ?? 400} ${k % 2 ? 0.75 * size : size}px ${FONT}`;
    context.font = font;
    return { part, font, drop: k % 2 ? 0.28 * size : 0, wide: context.measureText(part).width };
  });
  const whole = parts.reduce((sum, one) => sum + one.wide, 0);
  const align = look.align ?? "left";
  context.textAlign = "left";
  context.textBaseline = look.baseline ?? "middle";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = look.seam ?? ground;
  context.fillStyle = look.color ?? colors.ink;
  const start = x - (align === "right" ? whole : align === "center" ? whole / 2 : 0);
  for (const seam of look.seam === null ? [false] : [true, false]) {
    let at = start;
    for (const { part, font, drop, wide } of parts) {
      context.font = font;
      if (seam) context.strokeText(part, at, y + drop);
      else context.fillText(part, at, y + drop);
      at += wide;
    }
  }
}

/**
 * Text of at most so many pixels a line, no word cut.
 * @param {Surface} surface @param {string} text @param {number} width @param {number} size
 * @param {number | string} [weight]
 * @returns {string[]}
 */
export function lines(surface, text, width, size, weight = 400) {
  surface.context.font = `${weight} ${size}px ${FONT}`;
  /** @type {string[]} */
  const out = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && surface.context.measureText(longer).width > width) {
      out.push(line);
      line = word;
    } else line = longer;
  }
  return line ? [...out, line] : out;
}

/**
 * A cross of axes.
 *
 * @param {Surface} surface
 * @param {{x: number, y: number}} centre
 * @param {number} reach
 */
export function cross({ context, colors }, { x, y }, reach) {
  context.strokeStyle = colors.grid;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x - reach, y);
  context.lineTo(x + reach, y);
  context.moveTo(x, y - reach);
  context.lineTo(x, y + reach);
  context.stroke();
}

/**
 * An arrow from one place to another, its width to scale; too short for its head it is a head alone.
 * @param {CanvasRenderingContext2D} context @param {[number, number]} from @param {[number, number]} to
 * @param {number} width @param {string} color
 */
export function arrow(context, from, to, width, color) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  if (length < 1) return;
  const [ux, uy] = [dx / length, dy / length];
  const head = Math.min(0.8 * length, 6 + 0.7 * width);
  const half = 0.5 * width;
  const wide = 0.5 * width + 3 + 0.25 * width;
  const neck = length - head;
  /** @type {[number, number][]} */
  const outline = [[0, half], [neck, half], [neck, wide], [length, 0], [neck, -wide], [neck, -half], [0, -half]];
  context.beginPath();
  for (const [along, aside] of outline) {
    context.lineTo(from[0] + along * ux - aside * uy, from[1] + along * uy + aside * ux);
  }
  context.closePath();
  context.fillStyle = color;
  context.fill();
}

/**
 * Where an optimum is, or where the phases are: white and black, to be seen on any colour.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {"cross" | "ring"} kind
 */
export function mark(context, x, y, kind) {
  for (const [color, width] of /** @type {[string, number][]} */ ([["#ffffff", 5], ["#000000", 2]])) {
    context.beginPath();
    if (kind === "ring") context.arc(x, y, 9, 0, 2 * Math.PI);
    else {
      context.moveTo(x - 6, y - 6);
      context.lineTo(x + 6, y + 6);
      context.moveTo(x - 6, y + 6);
      context.lineTo(x + 6, y - 6);
    }
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }
}
