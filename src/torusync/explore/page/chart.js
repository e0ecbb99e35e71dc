// @ts-check
// A small chart of lines, drawn as SVG by the page itself: it is there at once, follows a slider, prints, and costs no
// library of four megabytes.  Shaded bands say what holds where, a mark says where the present point is, and the chart
// is itself a slider: a click or an arrow key moves the present point.

import { drawn, drawnSymbol, element, enlargement, prose } from "./dom.js";
import { number, raised } from "./format.js";
import { decades, powerOf, ticks } from "./scales.js";

/**
 * @typedef {{name: string, values: (number | null)[], look: string, present?: number | null}} Series   `present`: at the mark
 * @typedef {{from: number, to: number, look: string, label: string}} Band
 * @typedef {object} Chart
 * @property {string} title             what a screen reader says that it is
 * @property {string} xLabel            a symbol
 * @property {string} yLabel
 * @property {string} yUnit
 * @property {boolean} log
 * @property {number[]} x               ascending
 * @property {Series[]} series
 * @property {Band[]} bands
 * @property {number | null} mark       the present x
 * @property {((x: number, finished: boolean) => void) | null} pick
 */

const MARGIN = { top: 12, right: 14, bottom: 40, left: 58 };

export class LineChart {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
    /** @type {Chart | null} */
    this.chart = null;
    this.readout = element("output", { class: "readout" });
    this.plane = element("div", { class: "plane" });
    host.replaceChildren(this.plane, this.readout);
    new ResizeObserver(() => this.draw()).observe(this.plane);
    this.plane.addEventListener("pointermove", (event) => this.hover(event));
    this.plane.addEventListener("pointerleave", () => this.read(this.chart?.mark ?? null));
    this.plane.addEventListener("pointerdown", (event) => this.press(event));
    this.plane.addEventListener("keydown", (event) => this.key(event));
    this.plane.addEventListener("keyup", (event) => {
      if (event.key.startsWith("Arrow") && typeof this.chart?.mark === "number") this.choose(this.chart.mark, true);
    });
  }

  /** @param {Chart | null} chart */
  show(chart) {
    this.chart = chart;
    this.draw();
  }

  /**
   * Move the mark alone.
   * @param {number | null} x
   * @param {(number | null)[]} [present] what the point itself says there, where it is known: a line between samples is not it
   */
  mark(x, present = []) {
    if (!this.chart) return;
    this.chart.mark = x;
    this.chart.series.forEach((one, place) => (one.present = present[place]));
    this.draw();
  }

  /** What the axes map: the plane's size and both scales. */
  scales() {
    const chart = /** @type {Chart} */ (this.chart);
    const scale = enlargement();
    const width = Math.max(160, this.plane.clientWidth / scale);
    const height = Math.max(110, this.plane.clientHeight / scale);
    const known = chart.series.flatMap((one) => one.values).filter((one) => one !== null && Number.isFinite(one));
    const top = Math.max(0, .../** @type {number[]} */ (known));
    const bottom = Math.min(0, .../** @type {number[]} */ (known));
    const span = top - bottom || 1;
    const high = top > 0 ? top + 0.08 * span : 0.02 * span;
    const low = bottom < 0 ? bottom - 0.05 * span : 0;
    const [first, last] = [chart.x[0], chart.x[chart.x.length - 1]];
    const inner = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
    /** @param {number} value */
    const share = (value) => (chart.log ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first));
    return {
      width, height, scale, inner, low, high, first, last,
      /** @param {number} value */
      x: (value) => inner.left + share(value) * (inner.right - inner.left),
      /** @param {number} value */
      y: (value) => inner.bottom - ((value - low) / (high - low)) * (inner.bottom - inner.top),
      /** @param {number} pixel */
      back: (pixel) => {
        const part = Math.max(0, Math.min(1, (pixel / scale - inner.left) / (inner.right - inner.left)));
        return Number((chart.log ? first * (last / first) ** part : first + part * (last - first)).toPrecision(4));
      },
    };
  }

  draw() {
    const chart = this.chart;
    if (!chart || chart.x.length < 2) {
      this.plane.replaceChildren();
      this.readout.textContent = "";
      return;
    }
    const scales = this.scales();
    const svg = drawn("svg", { viewBox: `0 0 ${scales.width} ${scales.height}`, width: scales.width * scales.scale, height: scales.height * scales.scale, "aria-hidden": "true" });
    const bands = this.bands(chart, scales);
    svg.append(...bands, ...this.axes(chart, scales), ...chart.series.map((one) => line(one, chart, scales)));
    svg.append(...bands.filter((one) => one.tagName === "text")); // above what would cross them
    if (chart.mark !== null && chart.mark >= scales.first && chart.mark <= scales.last) svg.append(...this.marked(chart, scales));
    this.plane.replaceChildren(svg);
    this.plane.tabIndex = chart.pick ? 0 : -1;
    this.plane.setAttribute("role", chart.pick ? "slider" : "img");
    this.plane.setAttribute("aria-label", chart.title);
    this.read(chart.mark);
  }

  /**
   * @param {Chart} chart
   * @param {ReturnType<LineChart["scales"]>} scales
   */
  bands(chart, { x, inner }) {
    return chart.bands.flatMap((band) => {
      const left = x(band.from);
      const width = Math.max(0, x(band.to) - left);
      const box = drawn("rect", { class: `band ${band.look}`, x: left, y: inner.top, width, height: inner.bottom - inner.top });
      if (width < 7 * band.label.length) return [box];
      return [box, drawn("text", { class: `band-label ${band.look}`, x: left + width / 2, y: inner.top + 13, "text-anchor": "middle" }, band.label)];
    });
  }

  /**
   * @param {Chart} chart
   * @param {ReturnType<LineChart["scales"]>} scales
   */
  axes(chart, scales) {
    const { x, y, inner, low, high, first, last } = scales;
    const found = [];
    const power = powerOf(Math.max(Math.abs(low), Math.abs(high)));
    const places = chart.log ? decades(first, last) : ticks(first, last, (inner.right - inner.left) / 70);
    for (const value of places) {
      found.push(drawn("line", { class: "tick", x1: x(value), x2: x(value), y1: inner.bottom, y2: inner.bottom + 4 }));
      found.push(drawn("text", { x: x(value), y: inner.bottom + 16, "text-anchor": "middle" }, number(value, 3)));
    }
    for (const value of ticks(low, high, (inner.bottom - inner.top) / 38)) {
      found.push(drawn("line", { class: value === 0 ? "zero" : "grid", x1: inner.left, x2: inner.right, y1: y(value), y2: y(value) }));
      found.push(drawn("text", { x: inner.left - 6, y: y(value) + 4, "text-anchor": "end" }, number(value / 10 ** power, 3)));
    }
    found.push(drawn("rect", { class: "frame", x: inner.left, y: inner.top, width: inner.right - inner.left, height: inner.bottom - inner.top }));
    found.push(drawn("text", { class: "name", x: (inner.left + inner.right) / 2, y: inner.bottom + 34, "text-anchor": "middle" }, ...drawnSymbol(chart.xLabel)));
    const middle = (inner.top + inner.bottom) / 2;
    const unit = [power === 0 ? "" : `10${raised(power)}`, chart.yUnit].filter(Boolean).join(" ");
    const label = unit ? `${chart.yLabel} (${unit})` : chart.yLabel;
    found.push(drawn("text", { class: "name", x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})` }, ...drawnSymbol(label)));
    return found;
  }

  /**
   * @param {Chart} chart
   * @param {ReturnType<LineChart["scales"]>} scales
   */
  marked(chart, { x, y, inner }) {
    const place = /** @type {number} */ (chart.mark);
    const found = [drawn("line", { class: "present", x1: x(place), x2: x(place), y1: inner.top, y2: inner.bottom })];
    for (const one of chart.series) {
      const value = at(chart, one, place);
      if (value !== null) found.push(drawn("circle", { class: `dot ${one.look}`, cx: x(place), cy: y(value), r: 4.5 }));
    }
    return found;
  }

  /**
   * Say the values at a place.
   * @param {number | null} place
   */
  read(place) {
    const chart = this.chart;
    if (!chart) return;
    if (place === null || place < chart.x[0] || place > chart.x[chart.x.length - 1]) {
      this.readout.textContent = chart.pick ? "The present point lies outside this line." : "";
      this.plane.removeAttribute("aria-valuetext");
      return;
    }
    const band = chart.bands.find((one) => one.from <= place && place <= one.to);
    const told = chart.series.map((one) => `${one.name} ${number(at(chart, one, place))}`);
    const name = chart.xLabel.replace(/ \([^()]*\)$/, "");
    const text = `${name} = ${number(place)}: ${told.join(", ")}${band ? `; ${band.label}` : ""}`;
    this.readout.replaceChildren(...prose(text));
    this.plane.setAttribute("aria-valuemin", String(chart.x[0]));
    this.plane.setAttribute("aria-valuemax", String(chart.x[chart.x.length - 1]));
    this.plane.setAttribute("aria-valuenow", String(place));
    this.plane.setAttribute("aria-valuetext", text);
  }

  /** @param {PointerEvent} event */
  hover(event) {
    if (!this.chart || this.chart.x.length < 2) return;
    const place = this.scales().back(event.clientX - this.plane.getBoundingClientRect().left);
    if (event.buttons === 1 && this.plane.hasPointerCapture(event.pointerId)) this.choose(place, false);
    else this.read(place);
  }

  /** @param {PointerEvent} event */
  press(event) {
    const chart = this.chart;
    if (!chart?.pick || event.button !== 0) return;
    this.plane.setPointerCapture(event.pointerId);
    const place = () => this.scales().back(event.clientX - this.plane.getBoundingClientRect().left);
    this.choose(place(), false);
    this.plane.addEventListener("pointerup", () => this.choose(this.chart?.mark ?? place(), true), { once: true });
  }

  /**
   * Move the present point; the mark goes ahead of the answer.
   * @param {number} place
   * @param {boolean} finished
   */
  choose(place, finished) {
    if (!this.chart?.pick) return;
    this.mark(place);
    this.chart.pick(place, finished);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const chart = this.chart;
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!chart?.pick || !way || chart.mark === null) return;
    event.preventDefault();
    const scales = this.scales();
    const step = (event.shiftKey ? 10 : 1) * 0.01 * (scales.inner.right - scales.inner.left);
    this.choose(scales.back((scales.x(chart.mark) + way * step) * scales.scale), false);
  }
}

/**
 * The value of a series between its points, by the straight line that is drawn.
 * @param {Chart} chart
 * @param {Series} series
 * @param {number} place
 * @returns {number | null}
 */
function at(chart, series, place) {
  if (place === chart.mark && series.present !== undefined && series.present !== null) return series.present;
  const right = chart.x.findIndex((one) => one >= place);
  if (right < 0) return null;
  const last = series.values[right];
  if (right === 0 || chart.x[right] === place) return last;
  const first = series.values[right - 1];
  if (first === null || last === null) return null;
  const from = chart.x[right - 1];
  const share = chart.log ? Math.log(place / from) / Math.log(chart.x[right] / from) : (place - from) / (chart.x[right] - from);
  return first + share * (last - first);
}

/**
 * The course of a series, through what is known of the present point too.
 * @param {Series} series
 * @param {Chart} chart
 * @param {ReturnType<LineChart["scales"]>} scales
 */
function line(series, { x, mark }, scales) {
  const known = x.map((place, index) => ({ place, value: series.values[index] }));
  if (mark !== null && typeof series.present === "number" && mark > x[0] && mark < x[x.length - 1] && !x.includes(mark)) {
    known.splice(x.findIndex((place) => place > mark), 0, { place: mark, value: series.present });
  }
  let path = "";
  let pen = "M";
  for (const { place, value } of known) {
    const there = value !== null && Number.isFinite(value);
    if (there) path += `${pen}${scales.x(place).toFixed(2)} ${scales.y(value).toFixed(2)}`;
    pen = there ? "L" : "M";
  }
  return drawn("path", { class: `line ${series.look}`, d: path });
}
