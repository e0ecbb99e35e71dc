// @ts-check
// Which line and which tongue belong to the values at hand, and the work in the background that draws them.  A line does
// not depend on the parameter that it runs along, so it is asked for anew only when another one changes; the newest
// request wins, what is known already is kept, and what takes time shows how far it is and can be stopped.

import { byId } from "./dom.js";
import { Background } from "./newest.js";
import { printValue } from "./state.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Plane} Plane */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./refusal.js").Refusal} Refusal */

/** Milliseconds of rest after which the background begins: a hand on a slider is not chased. */
const REST = 180;
/** Lines and tongues that are kept. */
const KEPT = 24;

/**
 * A line as it is drawn: a column a number; shares a column a set.
 * @param {any} result of the server
 * @param {string} model
 * @param {import("./types.js").Axis} spec
 * @returns {Line}
 */
export function lineOf(result, model, spec) {
  /** @type {Record<string, import("./types.js").Real[]>} */
  const columns = {};
  for (const [name, one] of Object.entries(result.quantities)) {
    const dims = one.dims ?? [];
    if (dims.length === 0) columns[name] = one.values;
    if (dims.length !== 1) continue;
    const labels = result.labels?.[dims[0]] ?? [];
    labels.forEach((/** @type {string} */ label, /** @type {number} */ place) => {
      columns[label] = one.values.map((/** @type {import("./types.js").Real[]} */ row) => row?.[place] ?? null);
    });
  }
  return { model, family: "s_max", spec, axis: result.axes[0].values, columns, lost: result.lost?.count ? result.lost.sentence : "", about: result.axes[0] };
}

/**
 * @param {any} result of the server
 * @param {string} model
 * @param {import("./types.js").Axis[]} specs
 * @returns {Plane}
 */
export function planeOf(result, model, specs) {
  // bounds and errors come along with what was asked for; of a reader's own sweep without S_max the first is shown
  const quantity = "s_max" in result.quantities ? "s_max" : Object.keys(result.quantities)[0];
  const one = result.quantities[quantity];
  const axes = result.axes.map((/** @type {any} */ axis) => axis.values);
  return { model, specs, axes, quantity, values: one.values, lost: result.lost?.count ? result.lost.sentence : "", about: result.axes };
}

/**
 * What a line or a tongue depends on: all values but those of its axes.
 * @param {State} state
 * @param {import("./types.js").Axis[]} axes
 */
export function keyOf(state, axes) {
  const named = new Set(axes.map((one) => one.name));
  const rest = Object.entries(state.values).filter(([name]) => !named.has(name)).map(([name, value]) => `${name}=${printValue(value)}`);
  return JSON.stringify([state.model, axes, rest.sort()]);
}

/** @template T */
export class Followed {
  /**
   * @param {Source} source
   * @param {"line" | "tongue"} kind
   * @param {{found: (result: T) => void, waiting: () => void, failed: (refusal: Refusal) => void, settled: () => void}} told
   */
  constructor(source, kind, told) {
    this.kind = kind;
    this.told = told;
    this.work = new Background(source);
    /** @type {Map<string, T>} */
    this.known = new Map();
    this.key = "";
    this.timer = 0;
    byId(`${kind}-cancel`).addEventListener("click", () => this.cancel());
  }

  /** Whether something is awaited. */
  get busy() {
    return this.timer !== 0 || this.work.busy;
  }

  cancel() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.work.cancel();
    this.key = "";
    this.progress(null);
    this.told.settled();
  }

  /**
   * @param {State} state
   * @param {import("./types.js").Axis[]} axes
   * @param {object} extra what else the server is told
   */
  follow(state, axes, extra) {
    const key = keyOf(state, axes) + JSON.stringify(extra);
    if (key === this.key) return;
    this.cancel();
    this.key = key;
    const known = this.known.get(key);
    if (known) {
      this.told.found(known);
      return;
    }
    this.told.waiting();
    const asked = { kind: this.kind, model: state.model, values: { ...state.values }, ...extra };
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.run(key, asked, state.model, axes);
    }, REST);
  }

  /**
   * @param {string} key
   * @param {object} asked
   * @param {string} model
   * @param {import("./types.js").Axis[]} axes
   */
  async run(key, asked, model, axes) {
    try {
      this.progress(0);
      const result = await this.work.run(asked, (share) => this.progress(share));
      if (this.key !== key || result === null) return;
      const found = /** @type {any} */ (this.kind === "line" ? lineOf(result, model, axes[0]) : planeOf(result, model, axes));
      if (this.known.size >= KEPT) this.known.delete(this.known.keys().next().value ?? "");
      this.known.set(key, found);
      this.progress(null);
      this.told.found(found);
    } catch (fault) {
      if (this.key !== key) return;
      this.progress(null);
      this.told.failed(/** @type {Refusal} */ (fault));
    } finally {
      this.told.settled();
    }
  }

  /**
   * @param {number | null} share null where nothing is under way
   */
  progress(share) {
    const host = byId(`${this.kind}-progress`);
    host.hidden = share === null;
    const bar = host.querySelector("progress");
    if (bar && share !== null) bar.value = share;
  }
}
