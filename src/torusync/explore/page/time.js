// @ts-check
// The machine in time: from a chosen start the state is followed to where it settles, and the views show it on the way,
// each moment a state of its own with its own best phases.  Beside it stands the frozen phase model: what the phases alone
// would do, at moduli that are held.  This is the master equation's motion; what a released phasor does is a search.

import { byId, calm, element, prose } from "./dom.js";
import { Background } from "./newest.js";
import { number } from "./format.js";
import { createFrozen } from "./frozen.js";
import { keyOf } from "./lines.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Course} Course */

/** Seconds that a course takes at speed 1. */
const SECONDS = 12;

/**
 * Names of the starts.
 * @type {Record<string, string>}
 */
const STARTS = { turned: "random phases", ground: "ground level", thermal: "before the drive" };

/**
 * The point as it is at one moment.
 * @param {Point} point
 * @param {Course} course
 * @param {number} frame
 * @returns {Point}
 */
export function momentOf(point, course, frame) {
  const best = course.optimal[frame];
  const height = course.s_max[frame];
  const sum = point.distribution.factor && height !== null ? height / point.distribution.factor : null;
  const coefficients = course.coefficients ? { re: course.coefficients.re[frame], im: course.coefficients.im[frame] } : null;
  return {
    ...point,
    density: { re: course.density.re[frame], im: course.density.im[frame] },
    populations: course.populations[frame],
    distribution: coefficients ? { ...point.distribution, coefficients } : point.distribution,
    synchronization: {
      ...point.synchronization, phases: best, optima: [best], optima_count: 1, optima_dimension: 0,
      s_max: height, s_max_bound: height, pair_sum: sum, pair_sum_bound: sum, gap: 0, certified: false,
    },
    machine: null,
  };
}

export class Time {
  /**
   * @param {Source} source
   * @param {{moment: (point: Point) => void, steady: () => void, settled: () => void, fault: (sentence: string) => void, started: (start: string) => void}} told
   */
  constructor(source, told) {
    this.told = told;
    this.work = new Background(source);
    /** @type {Point | null} */
    this.point = null;
    /** @type {State | null} */
    this.state = null;
    /** @type {Course | null} */
    this.course = null;
    this.key = "";
    this.frame = 0;
    this.share = 0;
    this.before = 0;
    const start = /** @type {HTMLSelectElement} */ (byId("start"));
    start.addEventListener("change", () => {
      this.end();
      told.started(start.value);
    });
    this.scrub = /** @type {HTMLInputElement} */ (byId("scrub"));
    this.scrub.addEventListener("input", () => {
      this.pause();
      this.seek(Number(this.scrub.value) / 100);
    });
    this.frozen = createFrozen(byId("view-frozen"));
    this.hint();
    byId("play").addEventListener("click", () => (this.playing ? this.pause() : void this.play()));
    byId("stop-time").addEventListener("click", () => {
      this.end();
      told.steady();
    });
  }

  /** Whether time runs by itself, or is being worked out. */
  get playing() {
    return this.frame !== 0 || this.work.busy;
  }

  /** Whether a moment is shown, not the steady state. */
  get on() {
    return this.course !== null;
  }

  /**
   * The steady state that time leads to.  A course of other values is put away.
   * @param {Point} point
   * @param {State} state
   * @param {string[]} starts of the model
   */
  follow(point, state, starts) {
    this.point = point;
    this.state = state;
    byId("time").hidden = point.model === null || !point.status.good || !starts.length;
    const start = /** @type {HTMLSelectElement} */ (byId("start"));
    if (start.length !== starts.length || start.options[0]?.value !== starts[0]) {
      start.replaceChildren(...starts.map((name) => element("option", { value: name }, STARTS[name] ?? `level ${name}`)));
    }
    start.value = state.start;
    if (this.course && this.keyNow() !== this.key) this.end();
  }

  keyNow() {
    return this.state ? keyOf(this.state, []) + this.state.start : "";
  }

  async play() {
    if (!this.state || !this.point) return;
    const key = this.keyNow();
    if (!this.course || key !== this.key) {
      this.button("working …");
      const { model, values, start, duration } = this.state;
      const asked = { kind: "evolve", model, values: { ...values }, start, frames: 160, ...(duration > 0 ? { duration } : {}) };
      let found = null;
      try {
        found = await this.work.run(asked, (share) => this.button(`working … ${Math.round(100 * share)} %`));
      } catch (fault) {
        this.told.fault(fault instanceof Error ? fault.message : String(fault));
      }
      if (!found || this.keyNow() !== key) {
        this.button();
        this.told.settled();
        return;
      }
      this.course = found;
      this.key = key;
      this.share = 0;
      this.scrub.disabled = false;
      byId("stop-time").hidden = false;
    }
    if (this.share >= 1) this.share = 0;
    if (calm()) {
      this.seek(1); // no motion: the end at once, and the scrubber for all between
      this.button();
      return;
    }
    this.before = performance.now();
    this.frame = requestAnimationFrame((now) => this.step(now));
    this.button("Pause");
  }

  /** @param {number} now */
  step(now) {
    const speed = Number(/** @type {HTMLSelectElement} */ (byId("speed")).value);
    this.share = Math.min(1, this.share + (Math.max(0, now - this.before) /* a frame may have begun before the click */ / 1000 / SECONDS) * speed);
    this.before = now;
    this.seek(this.share);
    if (this.share < 1) this.frame = requestAnimationFrame((later) => this.step(later));
    else this.pause();
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.work.cancel();
    this.button();
    this.told.settled();
  }

  /** Put the course away. */
  end() {
    this.pause();
    this.course = null;
    this.scrub.disabled = true;
    this.scrub.value = "100";
    byId("stop-time").hidden = true;
    byId("panel-frozen").hidden = true;
    this.hint();
  }

  /**
   * Show a moment.
   * @param {number} share of the whole course
   */
  seek(share) {
    const { course, point } = this;
    if (!course || !point) return;
    this.share = share;
    const last = course.times.length - 1;
    const frame = Math.round(share * last);
    this.scrub.value = String(100 * share);
    const time = number(course.times[frame], 3);
    this.scrub.setAttribute("aria-valuetext", `t = ${time}`);
    const error = course.error?.[frame];
    byId("moment").replaceChildren(...prose(`t = ${time}${course.unit ? ` ${course.unit}` : ""}: S_max = ${number(course.s_max[frame], 3)}${error ? `, state known to ${number(error, 1)}` : ""}`));
    this.frozen.show(course, frame, point);
    this.told.moment(momentOf(point, course, frame));
  }

  hint() {
    byId("moment").textContent = "Watch it lock: the master equation, from a start to the steady state.";
  }

  /** @param {string} [text] */
  button(text) {
    const host = byId("play");
    host.textContent = text ?? "Play";
    host.setAttribute("aria-pressed", String(this.frame !== 0));
  }
}
