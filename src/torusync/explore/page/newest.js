// @ts-check
// The newest input wins, in two ways.  Points follow a hand on a slider: one is under way at a time and only the newest
// of those asked for waits; one that takes long is aborted, but not at every move, or none would ever arrive.  Work in
// the background is replaced: what is under way is cancelled here and on the server.

import { isAborted, refusalOf } from "./refusal.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Values} Values */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./refusal.js").Refusal} Refusal */

/** Milliseconds that a point under way is waited for before a newer one takes its place. */
const PATIENCE = 120;

export class Points {
  /**
   * @param {Source} source
   * @param {{answered: (point: Point) => void, refused: (refusal: Refusal) => void}} told
   */
  constructor(source, told) {
    this.source = source;
    this.told = told;
    /** @type {{model: string, values: Values} | null} */
    this.waiting = null;
    /** @type {AbortController | null} */
    this.flight = null;
    this.since = 0;
    this.timer = 0;
  }

  /** Whether an answer is awaited. */
  get busy() {
    return this.flight !== null;
  }

  /**
   * @param {string} model
   * @param {Values} values
   */
  put(model, values) {
    this.waiting = { model, values: { ...values } };
    if (!this.flight) this.launch();
    else if (!this.timer) {
      const left = Math.max(0, this.since + PATIENCE - performance.now());
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        if (this.waiting) this.launch();
      }, left);
    }
  }

  /** Forget what is under way and what waits. */
  drop() {
    this.waiting = null;
    this.flight?.abort();
    this.flight = null;
  }

  launch() {
    const asked = this.waiting;
    if (!asked) return;
    this.waiting = null;
    this.flight?.abort();
    const flight = new AbortController();
    this.flight = flight;
    this.since = performance.now();
    void this.fly(asked, flight);
  }

  /**
   * @param {{model: string, values: Values}} asked
   * @param {AbortController} flight
   */
  async fly(asked, flight) {
    /** @type {Point | null} */
    let point = null;
    /** @type {unknown} */
    let fault = null;
    try {
      point = await this.source.point(asked.model, asked.values, flight.signal);
    } catch (found) {
      fault = found;
    }
    if (this.flight !== flight) return;
    this.flight = null;
    if (this.waiting) this.launch(); // under way while this one is drawn
    if (point) this.told.answered(point);
    else if (!isAborted(fault)) this.told.refused(refusalOf(fault));
  }
}

/** Work in the background of one kind: a line, a tongue, a course of time. */
export class Background {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    /** @type {AbortController | null} */
    this.flight = null;
  }

  /** Whether something is being worked on. */
  get busy() {
    return this.flight !== null;
  }

  /** Stop what is being worked on. */
  cancel() {
    this.flight?.abort();
    this.flight = null;
  }

  /**
   * @param {object} spec
   * @param {(share: number) => void} progress
   * @returns {Promise<any>} the result, or null where it was cancelled or overtaken; a `Refusal` is thrown
   */
  async run(spec, progress) {
    this.cancel();
    const flight = new AbortController();
    this.flight = flight;
    try {
      const result = await this.source.job(spec, progress, flight.signal);
      return this.flight === flight ? result : null;
    } catch (fault) {
      if (isAborted(fault) || this.flight !== flight) return null;
      throw refusalOf(fault);
    } finally {
      if (this.flight === flight) this.flight = null;
    }
  }
}
