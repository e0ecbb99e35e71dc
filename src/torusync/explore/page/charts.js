// @ts-check
// The charts of the story: which line and which tongue belong to the state, and what is done with them when they are
// there.  The page tells when the state or the point changed; a click on a chart goes back to the page as a change.

import { axesOf, fillAxes, fillFamilies, usualAxis } from "./choosers.js";
import { byId } from "./dom.js";
import { asksOf, familiesOf } from "./families.js";
import { HeatMap } from "./heat.js";
import { Followed, lineOf, planeOf } from "./lines.js";
import { placed, presetOf, shownValues } from "./state.js";

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Plane} Plane */
/** @typedef {import("./refusal.js").Refusal} Refusal */

export class Charts {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Line | null} */
    this.line = null;
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {Line | Plane | null} */
    this.brought = null;
    const settled = () => page.settle();
    const failed = (/** @type {Refusal} */ refusal) => this.fault(refusal);
    this.heat = new HeatMap(byId("tongue-map"));
    this.lines = new Followed(page.source, "line", {
      found: (/** @type {Line} */ line) => this.foundLine(line), waiting: () => page.story.stale(), settled, failed,
    });
    this.tongues = new Followed(page.source, "tongue", {
      found: (/** @type {Plane} */ plane) => this.foundPlane(plane), waiting: () => byId("tongue-map").classList.add("stale"), settled, failed,
    });
  }

  /** Whether something is awaited. */
  get busy() {
    return this.lines.busy || this.tongues.busy;
  }

  /** End what is under way. */
  cancel() {
    this.lines.cancel();
    this.tongues.cancel();
  }

  /** What a line runs along: as chosen, or what suits the model. */
  get axis() {
    const able = axesOf(this.page.model, shownValues(this.page.model, this.page.state.values));
    return able.some((one) => one.name === this.page.state.axis?.name) ? this.page.state.axis : usualAxis(able, this.page.point?.dimension ?? 0);
  }

  /** What a line shows: as chosen, or S_max where that does not exist for the model. */
  get family() {
    const able = familiesOf(this.page.point);
    return able.find((one) => one.name === this.page.state.line) ?? able[0];
  }

  showTabs() {
    const families = familiesOf(this.page.point);
    fillFamilies(byId("family"), families, this.family.name);
    byId("family").hidden = families.length < 2 || this.page.state.tongue !== null;
    const able = axesOf(this.page.model, shownValues(this.page.model, this.page.state.values));
    const tongue = this.page.state.tongue !== null;
    fillAxes(byId("axis"), able, this.axis?.name ?? "");
    byId("along").hidden = able.length === 0;
    byId("axis-label").hidden = tongue;
    byId("line-part").hidden = tongue;
    byId("tongue-part").hidden = !tongue;
    byId("show-line").setAttribute("aria-pressed", String(!tongue));
    byId("show-tongue").setAttribute("aria-pressed", String(tongue));
  }

  /** Lines and tongues follow what was not refused. */
  follow() {
    const { axis, page } = this;
    const { state, point } = page;
    byId("chart-fault").hidden = true;
    if (state.tongue) {
      this.lines.cancel();
      this.heat.mark(state.tongue.axes.map((one) => this.at(one.name)), this.present);
      this.tongues.follow(state, state.tongue.axes, { axes: state.tongue.axes, quantity: "s_max" });
    } else if (axis) {
      this.tongues.cancel();
      page.story.mark(this.at(axis.name), page.fresh ? point : null);
      this.lines.follow(state, [axis], { axis, quantities: asksOf(this.family, point, axis.name === page.model.size) });
    }
  }

  /**
   * The present value of a parameter, where it is one number: as it was given, or as it follows from those that were.
   * @param {string} name
   */
  at(name) {
    const value = shownValues(this.page.model, this.page.state.values)[name] ?? (this.page.point?.model === this.page.state.model ? this.page.point.derived?.[name] : null);
    return typeof value === "number" ? value : null;
  }

  /** S_max of the present point, where that is the one that is shown. */
  get present() {
    return this.page.fresh ? this.page.point?.synchronization.s_max ?? null : null;
  }

  /** @param {Line} line */
  foundLine(line) {
    this.line = { ...line, family: this.page.own ? line.family : this.family.name };
    const mark = this.page.own ? null : this.at(line.spec.name);
    this.page.story.showLine(this.line, mark);
    this.page.story.mark(mark, this.page.fresh ? this.page.point : null);
    this.page.settle();
  }

  /** @param {Plane} plane */
  foundPlane(plane) {
    this.plane = plane;
    byId("tongue-map").classList.remove("stale");
    this.heat.show({
      title: `S_max over ${plane.about.map((one) => one.about).join(" and ")}; arrow keys move the present point`,
      labels: plane.about.map((one) => `${one.symbol}${one.unit ? ` (${one.unit})` : ""}`),
      axes: plane.axes, log: plane.specs.map((one) => one.log), values: plane.values, name: "S_max",
      mark: plane.specs.map((one) => (this.page.own ? null : this.at(one.name))), present: this.present,
      pick: this.page.own ? null : (first, second, finished) => {
        const [across, up] = plane.specs;
        const values = placed(this.page.model, this.page.state.values, across.name, first);
        this.page.change({ values: placed(this.page.model, values, up.name, second) }, finished);
      },
    });
    this.page.settle();
  }

  /** @param {Refusal} refusal */
  fault(refusal) {
    byId("chart-fault").textContent = refusal.sentence;
    byId("chart-fault").hidden = false;
  }

  /** The chart on the screen: of a reader's own file its map, or none beside a matrix. */
  shown() {
    if (this.page.own) return this.brought;
    return this.page.state.tongue ? this.plane : this.line;
  }

  title() {
    if (this.page.own) return "Your own sweep";
    const preset = presetOf(this.page.catalogue, this.page.state.preset);
    return `${this.page.state.tongue ? "Tongue" : "S_max and its parts"}: ${preset?.title ?? this.page.model.title}`;
  }

  /** @param {any} map a line or a tongue with its own axes */
  takeMap(map) {
    this.cancel(); // and forget which line is shown, so that going back shows it again
    const specs = map.axes.map((/** @type {any} */ axis) => ({
      name: axis.name, start: axis.values[0], stop: axis.values[axis.values.length - 1], count: axis.values.length, log: decades(axis.values),
    }));
    const tongue = specs.length > 1;
    byId("line-part").hidden = tongue;
    byId("tongue-part").hidden = !tongue;
    if (tongue) this.foundPlane(planeOf(map, "", specs));
    else this.foundLine(lineOf(map, "", specs[0]));
    this.brought = tongue ? this.plane : this.line;
  }
}

/**
 * Whether values rise by equal ratios, and are seen best on a scale of decades.
 * @param {number[]} values
 */
function decades(values) {
  const [first, second] = values;
  if (!(first > 0) || values.length < 3) return false;
  const ratio = second / first;
  return ratio > 1 && values.every((one, place) => place === 0 || Math.abs(one / values[place - 1] / ratio - 1) < 1e-3);
}
