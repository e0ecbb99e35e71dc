// @ts-check
// The middle of the page: one configuration of phases, seen by all views at once.  Whoever takes hold of a phasor or of
// the point on the torus moves it for all of them; let go of, it climbs back to a maximum, which is a search for the best
// phases and no motion of the machine in time.

import { byId } from "./dom.js";
import { Meter } from "./meter.js";
import { createWishes } from "./wishes.js";
import { triangleOf } from "./words.js";
import { createCircle } from "./views/circle.js";
import { createGlobe } from "./views/globe.js";
import { createPhasors } from "./views/phasors.js";
import { createTorusMap } from "./views/torus.js";
import { maker } from "./views/s.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Real} Real */

/**
 * What the stage asks of a view.
 * @typedef {{show(point: any, phases?: any): void, theme?: (colors: any) => void, stop?: () => void, moving?: () => boolean}} StageView
 */

/**
 * Which panels suit a point: those of its number of free phases.
 * @param {Point} point
 * @returns {string[]}
 */
export function panelsOf(point) {
  const { distribution } = point;
  const carrying = maker(point).carrying.filter(Boolean).length;
  const free = distribution.levels ? carrying - 1 : distribution.phases.length;
  if (free < 1) return ["circle"]; // an empty circle says better than nothing that no phase is preferred
  const found = free === 1 ? ["circle"] : ["map", "globe"];
  if (distribution.levels && free > 1) found.push("phasors");
  if (distribution.levels && free > 1 && triangleOf(point)) found.push("triangle");
  return found;
}

export class Stage {
  /** @param {(busy: boolean) => void} busy told when phases begin to move and when they rest */
  constructor(busy) {
    this.busy = busy;
    /** @type {Point | null} */
    this.point = null;
    /** @type {number[]} */
    this.phases = [];
    /** Whether a hand or a key holds a phase, and so a new point must not take it away. */
    this.held = false;
    this.meter = new Meter(byId("meter"));
    const handlers = {
      onMove: (/** @type {number[]} */ phases) => this.moved(phases),
      onRelease: () => this.released(),
      onRest: () => this.rest(),
    };
    this.phasors = createPhasors(byId("view-phasors"), { ...handlers, bar: false });
    /** @type {Record<string, StageView>} */
    this.views = {
      map: createTorusMap(byId("view-map"), handlers),
      globe: createGlobe(byId("view-globe"), handlers),
      phasors: this.phasors,
      triangle: createWishes(byId("view-triangle")),
      circle: createCircle(byId("view-circle"), { ...handlers, bar: false }),
    };
  }

  /**
   * A new point.  Phases that are held stay where the hand has them; else the best ones are shown.
   * @param {Point} point
   */
  show(point) {
    const same = this.point?.dimension === point.dimension && this.point.distribution.name === point.distribution.name;
    this.point = point;
    this.meter.show(point);
    const panels = panelsOf(point);
    byId("stage").dataset.panels = String(panels.length);
    for (const name of Object.keys(this.views)) byId(`panel-${name}`).hidden = !panels.includes(name);
    // while time runs its own panel takes the place of the wishes
    const timed = !byId("panel-frozen").hidden;
    if (timed) byId("panel-triangle").hidden = true;
    const walks = point.synchronization.optima_dimension > 0 && point.distribution.levels;
    byId("walk").hidden = !walks;
    if (this.held && same) {
      this.move(this.phases);
      return;
    }
    this.stop();
    this.move(bestOf(point));
  }

  /** @param {ArrayLike<number>} phases */
  move(phases) {
    this.phases = Array.from(phases);
    if (!this.point) return;
    this.meter.at(this.phases);
    for (const [name, view] of Object.entries(this.views)) {
      if (!byId(`panel-${name}`).hidden) view.show(this.point, this.phases);
    }
  }

  /**
   * A view moved the phases: by a hand, or by itself on the way back.
   * @param {number[]} phases
   */
  moved(phases) {
    if (!this.moving) {
      this.held = true;
      this.say("Held: S falls below its maximum. Let go, and the phases climb back.");
    }
    this.move(phases);
  }

  released() {
    this.held = false;
    this.busy(true);
    this.say("Climbing back along the slope of S: a search for the best phases, not motion in time.");
  }

  rest() {
    this.held = false; // the last step of a climb looks like a hand that moves
    this.busy(false);
    this.say("");
  }

  /**
   * Go along a continuum of optima.
   * @param {Real[][]} path
   * @param {boolean} closed
   */
  walk(path, closed) {
    this.busy(true);
    this.say("Walking along the optima: every phase configuration on the way is equally good.");
    this.phasors.walk(path, closed);
  }

  /** End what moves by itself, and go back to the best phases. */
  stop() {
    this.held = false;
    for (const view of Object.values(this.views)) view.stop?.();
    this.rest();
  }

  /** Whether phases move by themselves. */
  get moving() {
    return Object.values(this.views).some((view) => view.moving?.());
  }

  /** @param {any} colors */
  theme(colors) {
    for (const view of Object.values(this.views)) view.theme?.(colors);
  }

  /** @param {string} sentence */
  say(sentence) {
    const host = byId("stage-says");
    const text = sentence || "Drag a phasor or the point on the torus, or use arrow keys.";
    if (host.textContent !== text) host.textContent = text;
  }
}

/**
 * The best phases that are known, 0 where a level carries none.
 * @param {Point} point
 * @returns {number[]}
 */
export function bestOf(point) {
  return point.synchronization.phases.map((phase) => phase ?? 0);
}
