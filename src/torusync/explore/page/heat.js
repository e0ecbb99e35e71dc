// @ts-check
// A map over two parameters, the tongue: coloured cells on a canvas between axes that are drawn as SVG.  A click sets
// both parameters, arrow keys move the present point.

import { drawn, drawnSymbol, element, enlargement, prose } from "./dom.js";
import { number, raised } from "./format.js";
import { decades, powerOf, ticks } from "./scales.js";
import { heightColor } from "./views/colors.js";

/** @typedef {import("./types.js").Axis} Axis */
/** @typedef {import("./types.js").Real} Real */

/**
 * @typedef {object} Heat
 * @property {string} title
 * @property {string[]} labels        of both axes, the second one upwards
 * @property {number[][]} axes        ascending values
 * @property {boolean[]} log
 * @property {Real[][]} values        [first][second]
 * @property {string} name            symbol of what is shown
 * @property {(number | null)[]} mark
 * @property {Real} present          what is true at the mark itself, which lies between the points of the map
 * @property {((first: number, second: number, finished: boolean) => void) | null} pick
 */

const MARGIN = { top: 10, right: 62, bottom: 40, left: 58 };

export class HeatMap {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.plane = element("div", { class: "plane" });
    this.readout = element("output", { class: "readout" });
    host.replaceChildren(this.plane, this.readout);
    /** @type {Heat | null} */
    this.heat = null;
    new ResizeObserver(() => this.draw()).observe(this.plane);
    this.plane.addEventListener("pointermove", (event) => this.hover(event));
    this.plane.addEventListener("pointerleave", () => this.read(this.heat?.mark ?? [null, null]));
    this.plane.addEventListener("click", (event) => {
      const place = this.placeOf(event);
      if (place) this.heat?.pick?.(place[0], place[1], true);
    });
    this.plane.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {Heat | null} heat */
  show(heat) {
    this.heat = heat;
    this.draw();
  }

  /**
   * @param {(number | null)[]} mark
   * @param {Real} present what is true there, null where it is not known
   */
  mark(mark, present) {
    if (!this.heat) return;
    this.heat.mark = mark;
    this.heat.present = present;
    this.draw();
  }

  frame() {
    const scale = enlargement();
    const width = Math.max(180, this.plane.clientWidth / scale);
    const height = Math.max(130, this.plane.clientHeight / scale);
    return { scale, width, height, left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  }

  /**
   * @param {number} which
   * @param {number} value
   * @returns {number} where between the ends, from 0 to 1
   */
  share(which, value) {
    const heat = /** @type {Heat} */ (this.heat);
    const [first, last] = [heat.axes[which][0], heat.axes[which][heat.axes[which].length - 1]];
    return heat.log[which] ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first);
  }

  /**
   * @param {number} which
   * @param {number} share
   */
  value(which, share) {
    const heat = /** @type {Heat} */ (this.heat);
    const [first, last] = [heat.axes[which][0], heat.axes[which][heat.axes[which].length - 1]];
    return Number((heat.log[which] ? first * (last / first) ** share : first + share * (last - first)).toPrecision(3));
  }

  draw() {
    const { heat } = this;
    if (!heat) {
      this.plane.replaceChildren();
      return;
    }
    const box = this.frame();
    const known = heat.values.flat().filter((one) => one !== null);
    const top = Math.max(0, .../** @type {number[]} */ (known));
    const canvas = element("canvas", { width: heat.axes[0].length, height: heat.axes[1].length, "aria-hidden": true });
    const place = { left: box.left, top: box.top, width: box.right - box.left, height: box.bottom - box.top };
    for (const [name, value] of Object.entries(place)) canvas.style.setProperty(name, `${value * box.scale}px`);
    const pen = canvas.getContext("2d");
    heat.values.forEach((column, first) => column.forEach((value, second) => {
      if (!pen || value === null) return;
      pen.fillStyle = heightColor(top > 0 ? value / top : 0);
      pen.fillRect(first, heat.axes[1].length - 1 - second, 1, 1);
    }));
    const svg = drawn("svg", { viewBox: `0 0 ${box.width} ${box.height}`, width: box.width * box.scale, height: box.height * box.scale, "aria-hidden": "true" });
    svg.append(...this.axes(heat, box), ...this.scale(heat, box, top), ...this.marked(heat, box));
    this.plane.replaceChildren(canvas, svg);
    this.plane.tabIndex = heat.pick ? 0 : -1;
    this.plane.setAttribute("role", heat.pick ? "application" : "img");
    this.plane.setAttribute("aria-label", heat.title);
    this.read(heat.mark);
  }

  /**
   * @param {Heat} heat
   * @param {ReturnType<HeatMap["frame"]>} box
   */
  axes(heat, { left, right, top, bottom }) {
    const found = [drawn("rect", { class: "frame", x: left, y: top, width: right - left, height: bottom - top })];
    heat.axes.forEach((values, which) => {
      const [low, high] = [values[0], values[values.length - 1]];
      const room = which === 0 ? (right - left) / 70 : (bottom - top) / 38;
      for (const value of heat.log[which] ? decades(low, high) : ticks(low, high, room)) {
        const share = this.share(which, value);
        const [x, y] = which === 0 ? [left + share * (right - left), bottom + 16] : [left - 6, bottom - share * (bottom - top) + 4];
        found.push(drawn("text", { x, y, "text-anchor": which === 0 ? "middle" : "end" }, number(value, 3)));
      }
    });
    const middle = (top + bottom) / 2;
    found.push(drawn("text", { class: "name", x: (left + right) / 2, y: bottom + 34, "text-anchor": "middle" }, ...drawnSymbol(heat.labels[0])));
    found.push(drawn("text", { class: "name", x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})` }, ...drawnSymbol(heat.labels[1])));
    return found;
  }

  /**
   * The colours and what they stand for.
   * @param {Heat} heat
   * @param {ReturnType<HeatMap["frame"]>} box
   * @param {number} highest
   */
  scale(heat, { right, top, bottom }, highest) {
    const found = [];
    const steps = 48;
    for (let step = 0; step < steps; step += 1) {
      const y = bottom - ((step + 1) / steps) * (bottom - top);
      found.push(drawn("rect", { x: right + 8, y, width: 10, height: (bottom - top) / steps + 0.5, fill: heightColor((step + 0.5) / steps) }));
    }
    const power = powerOf(highest);
    for (const value of highest > 0 ? ticks(0, highest, 4) : [0]) {
      const y = highest > 0 ? bottom - (value / highest) * (bottom - top) : bottom;
      found.push(drawn("text", { x: right + 22, y: y + 4 }, number(value / 10 ** power, 3)));
    }
    if (power) found.push(drawn("text", { x: right + 4, y: bottom + 16 }, `×10${raised(power)}`));
    found.push(drawn("text", { class: "name", x: right + 8, y: bottom + 34 }, ...drawnSymbol(heat.name)));
    return found;
  }

  /**
   * @param {Heat} heat
   * @param {ReturnType<HeatMap["frame"]>} box
   */
  marked(heat, { left, right, top, bottom }) {
    const [first, second] = heat.mark;
    if (first === null || second === null) return [];
    const shares = [this.share(0, first), this.share(1, second)];
    if (!shares.every((one) => one >= 0 && one <= 1)) return [];
    const at = { cx: left + shares[0] * (right - left), cy: bottom - shares[1] * (bottom - top) };
    return [drawn("circle", { class: "halo", ...at, r: 7 }), drawn("circle", { class: "here", ...at, r: 7 })];
  }

  /**
   * @param {MouseEvent} event
   * @returns {number[] | null}
   */
  placeOf(event) {
    if (!this.heat) return null;
    const box = this.frame();
    const edge = this.plane.getBoundingClientRect();
    const x = ((event.clientX - edge.left) / box.scale - box.left) / (box.right - box.left);
    const y = (box.bottom - (event.clientY - edge.top) / box.scale) / (box.bottom - box.top);
    return x < 0 || x > 1 || y < 0 || y > 1 ? null : [this.value(0, x), this.value(1, y)];
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const place = this.placeOf(event);
    this.read(place ?? this.heat?.mark ?? [null, null]);
  }

  /**
   * Say the value nearest to a place.
   * @param {(number | null)[]} place
   */
  read(place) {
    const { heat } = this;
    const [first, second] = place;
    if (!heat || first === null || second === null) {
      this.readout.textContent = "";
      return;
    }
    const at = [first, second].map((value, which) => {
      const many = heat.axes[which].length - 1;
      return Math.max(0, Math.min(many, Math.round(this.share(which, value) * many)));
    });
    const plain = heat.labels.map((label) => label.replace(/ \([^()]*\)$/, ""));
    const present = place === heat.mark ? heat.present : null; // the nearest point of the map is another one
    const text = `${plain[0]} = ${number(first)}, ${plain[1]} = ${number(second)}: ${number(present ?? heat.values[at[0]]?.[at[1]])}`;
    this.readout.replaceChildren(...prose(text));
    this.plane.setAttribute("aria-label", `${heat.title}. ${text}`);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    const { heat } = this;
    if (!heat?.pick || !way || heat.mark[0] === null || heat.mark[1] === null) return;
    event.preventDefault();
    const step = event.shiftKey ? 0.1 : 0.02;
    const next = heat.mark.map((value, which) => {
      const share = this.share(which, Number(value)) + way[which] * step;
      return this.value(which, Math.max(0, Math.min(1, share)));
    });
    heat.pick(next[0], next[1], true);
  }
}
