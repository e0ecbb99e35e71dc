// @ts-check
// The one place where the state changes, and what follows from a change: the address, the point, the line and the tongue
// in the background, the views.  What is shown is always a function of the state and of the newest answers.

import { showAbout } from "./about.js";
import { Charts } from "./charts.js";
import { Controls } from "./controls.js";
import { byId, element, prose } from "./dom.js";
import { keyOf } from "./lines.js";
import { Background, Points } from "./newest.js";
import { Refusal, refusalOf } from "./refusal.js";
import { Stage } from "./stage.js";
import { modelOf, placed, presetOf, readQuery, shownValues, stateOf, writeQuery } from "./state.js";
import { Story } from "./story.js";
import { applyTheme, paletteOf } from "./theme.js";
import { Time } from "./time.js";
import { createLevels } from "./views/levels.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Preset} Preset */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Catalogue} Catalogue */

export class Page {
  /**
   * @param {Source} source
   * @param {Catalogue} catalogue
   */
  constructor(source, catalogue) {
    this.source = source;
    this.catalogue = catalogue;
    /** @type {State} */
    this.state = readQuery("", catalogue).state;
    /** @type {Point | null} */
    this.point = null;
    /** @type {{show: (step: number) => void} | null} */
    this.lecture = null;
    /** A reader's own file is shown, not the state. */
    this.own = false;
    /** What was asked for last, and whether it was answered and not refused. */
    this.asked = "";
    this.good = false;
    /** Files that are being read. */
    this.taking = 0;
    /** Which of the files that were dropped is the newest; another state of the machine is newer still. */
    this.newest = 0;
    const settled = () => this.settle();
    this.controls = new Controls(byId("controls"), (name, value, finished) => this.set(name, value, finished), source.about ?? "");
    this.points = new Points(source, { answered: (point) => this.answered(point), refused: (refusal) => this.refused(refusal) });
    this.levels = createLevels(byId("view-levels"), {});
    this.stage = new Stage(settled);
    this.story = new Story(catalogue, (name, value, finished) => this.set(name, value, finished));
    this.judging = new Background(source);
    this.charts = new Charts(this);
    this.time = new Time(source, {
      moment: (point) => this.showMoment(point), steady: () => this.point && this.showMoment(this.point), settled,
      fault: (sentence) => this.notice([sentence]), started: (start) => this.change({ start }, true),
    });
  }

  /** Whether the point that is shown is that of the state, and not of a moment before. */
  get fresh() {
    return this.good && !this.points.busy && !this.own;
  }

  get model() {
    return modelOf(this.catalogue, this.state.model);
  }

  /**
   * Take what an address says.
   * @param {string} query
   */
  arrive(query) {
    const { state, notices } = readQuery(query, this.catalogue);
    if (notices.length) history.replaceState(null, "", writeQuery(state, this.catalogue));
    this.notice(notices);
    this.state = state;
    this.leaveOwn();
    this.follow();
  }

  /**
   * Go to a step of the lecture.
   * @param {string} query
   * @param {number} step
   */
  go(query, step) {
    const { state, notices } = readQuery(query, this.catalogue);
    const theme = state.theme === "auto" ? this.state.theme : state.theme;
    this.notice(notices);
    this.leaveOwn();
    this.change({ ...state, theme, step }, true);
  }

  /** Back from a reader's own file: what is shown is no answer to the state, which is asked for anew. */
  leaveOwn() {
    if (this.own) this.asked = "";
    this.own = false;
  }

  /**
   * Change the state.
   * @param {Partial<State>} part
   * @param {boolean} finished whether a gesture has ended, which makes it an entry of the history
   */
  change(part, finished) {
    this.state = { ...this.state, ...part };
    if (this.taking) {
      this.newest += 1;
      this.notice([]);
    }
    if (finished) {
      const query = writeQuery(this.state, this.catalogue);
      if (query !== location.search) history.pushState(null, "", query);
    }
    this.follow();
  }

  /**
   * @param {string} name of a parameter
   * @param {Value} value
   * @param {boolean} finished
   */
  set(name, value, finished) {
    this.change({ values: placed(this.model, this.state.values, name, value) }, finished);
  }

  /** Show the state: at once what needs no answer, the rest as answers come. */
  follow() {
    const { state, model } = this;
    const key = keyOf(state, []);
    const keeps = this.own && key === this.asked; // only the look of a reader's own file changed
    document.documentElement.dataset.settled = "false";
    this.dress();
    const preset = presetOf(this.catalogue, state.preset);
    namePreset(keeps ? null : state.preset);
    byId("stage").dataset.view = state.view;
    for (const button of document.querySelectorAll("button.enlarge")) {
      const on = /** @type {HTMLElement} */ (button).dataset.view === state.view;
      button.textContent = on ? "show all" : "enlarge";
      button.setAttribute("aria-pressed", String(on));
    }
    this.lecture?.show(state.step);
    this.settle();
    if (keeps) return;
    this.own = false;
    showAbout(prose([preset?.about || model.about, this.strayed(preset) ? "This is said of the preset, whose parameters have been changed" : "", this.source.about].filter(Boolean).map((one) => String(one).replace(/\.?$/, ".")).join(" ")));
    document.body.classList.remove("own-matrix", "own-map");
    this.controls.show(model, shownValues(model, state.values), this.point?.model === state.model ? this.point.derived ?? {} : {});
    if (key === this.asked && this.fresh && this.point) {
      this.charts.follow();
      this.followTime(this.point);
    } else this.points.put(state.model, state.values);
    this.asked = key;
    this.charts.showTabs();
    this.settle();
  }

  /**
   * Whether parameters differ from those of a figure that what is said of it depends on: all but those along its line and map.
   * @param {Preset | undefined} preset
   */
  strayed(preset) {
    if (!preset?.figure) return false;
    const axes = [preset.axis, ...(preset.tongue?.axes ?? [])].flatMap((one) => (one ? [one] : []));
    return keyOf(this.state, axes) !== keyOf(stateOf(this.catalogue, preset), axes);
  }

  /** @param {Point} point */
  answered(point) {
    if (this.own) return;
    this.good = true;
    this.controls.clear();
    // of an exported page the values are those of the nearest point that was computed
    if (this.source.kind === "cube") {
      const near = Object.entries(this.state.values).map(([name, value]) => [name, point.values[name] ?? value]);
      this.state = { ...this.state, values: Object.fromEntries(near) };
      this.asked = keyOf(this.state, []);
    }
    this.controls.show(this.model, shownValues(this.model, this.state.values), point.derived ?? {});
    this.show(point);
    this.charts.showTabs();
    this.charts.follow();
    void this.judge(point);
  }

  /**
   * Whether sets cooperate or compete costs time at many levels: then it is asked for beside the point.
   * @param {Point} point
   */
  async judge(point) {
    this.judging.cancel();
    const most = this.catalogue.limits.judged ?? 0;
    if (point.verdict || point.dimension > most || Object.keys(point.sets).length < 2 || this.source.kind === "cube") return;
    try {
      const found = await this.judging.run({ kind: "verdict", model: point.model, values: point.values }, () => undefined);
      if (!found || this.point !== point) return;
      point.verdict = found.verdict;
      for (const [name, alone] of Object.entries(found.alone)) point.sets[name].alone = alone;
      this.story.show(point);
    } catch (fault) {
      refusalOf(fault); // the point says all that it said before
    }
    this.settle();
  }

  /** @param {Point} point */
  show(point) {
    this.point = point;
    this.levels.show(point);
    byId("view-levels").hidden = !point.populations.some((one) => one !== null); // without a state there are none
    this.stage.show(point);
    this.story.show(point);
    this.followTime(point);
    this.settle();
  }

  /** @param {Point} point */
  followTime(point) {
    const still = point.model === null || this.source.kind === "cube";
    this.time.follow(point, this.state, still ? [] : this.model.starts ?? []);
  }

  /**
   * A moment of time: the views, not the numbers, which are those of the steady state.
   * @param {Point} point
   */
  showMoment(point) {
    this.levels.show(point);
    this.stage.show(point);
  }

  /** @param {Refusal} refusal */
  refused(refusal) {
    this.good = false;
    this.charts.cancel();
    if (!this.point && this.retreats(refusal)) return;
    const beside = this.controls.refuse(refusal.parameter, refusal.sentence);
    byId("fault").textContent = refusal.sentence;
    byId("fault").hidden = beside;
    this.settle();
  }

  /**
   * Where an address asks for what is refused before anything was shown, panels would stay empty: show its preset.
   * @param {Refusal} refusal
   * @returns {boolean} whether there is something else to show
   */
  retreats(refusal) {
    const preset = presetOf(this.catalogue, this.state.preset);
    if (!preset) return false;
    const { theme, view, step } = this.state;
    const usual = { ...stateOf(this.catalogue, preset), theme, view, step };
    if (keyOf(usual, []) === keyOf(this.state, [])) return false;
    history.replaceState(null, "", writeQuery(usual, this.catalogue));
    this.notice([`The address asks for what cannot be shown: ${refusal.sentence} Its preset is shown as it is.`]);
    this.state = usual;
    this.follow();
    return true;
  }

  async walk() {
    if (this.stage.moving) {
      this.stage.stop();
      return;
    }
    try {
      const { phases, closed } = await this.source.walk(this.state.model, this.state.values);
      this.stage.walk(phases, closed);
    } catch (fault) {
      this.notice([refusalOf(fault).sentence]);
    }
  }

  /** What is on the screen, as the server asks for it: the point, its course in time, a line or a tongue. */
  views() {
    const { model, values, start, duration, tongue } = this.state;
    /** @type {object[]} */
    const found = [{ kind: "point", model, values }];
    if (this.source.kind === "cube") return found;
    if (this.time.on) found.push({ kind: "evolve", model, values, start, frames: 160, ...(duration > 0 ? { duration } : {}) });
    if (tongue) found.push({ kind: "tongue", model, values, axes: tongue.axes, quantity: tongue.quantity });
    else if (this.charts.axis) found.push({ kind: "line", model, values, axis: this.charts.axis, quantities: this.charts.family.asks });
    return found;
  }

  /** @returns {Promise<string>} */
  async code() {
    if (!this.own) {
      const found = await Promise.all(this.views().map((one) => this.source.code(one)));
      return found.map((one, place) => (place ? one.slice(one.indexOf("\n\n") + 1) : one)).join("");
    }
    if (this.charts.brought || !this.point) throw new Refusal(null, "The code of a sweep of your own is not known here.");
    return this.point.code;
  }

  /**
   * Show a reader's own file.
   * @param {string} name
   * @param {ArrayBuffer} bytes
   */
  async take(name, bytes) {
    this.points.drop();
    this.taking += 1;
    const mine = (this.newest += 1); // a file that takes long must not come over one that was dropped after it
    this.notice([`Reading “${name}” …`]);
    this.settle();
    try {
      const found = await this.source.drop(name, bytes);
      if (mine !== this.newest) return;
      if (!this.own) history.pushState(null, "", location.href); // going back leads to the machine, not off the page
      this.own = true;
      namePreset(null);
      const back = element("button", { type: "button" }, "Back to the machine");
      back.addEventListener("click", () => this.arrive(location.search));
      showAbout([`Your own ${found.map ? "sweep" : "state"}, from the file ${name}. `, back]);
      document.body.classList.toggle("own-matrix", !found.map);
      document.body.classList.toggle("own-map", Boolean(found.map));
      this.charts.brought = null;
      if (found.map) {
        this.stage.stop();
        this.time.pause();
        this.charts.takeMap(found.map);
        this.story.showOwn(this.charts.title());
      }
      else this.show(found);
      this.notice([]);
    } catch (fault) {
      if (mine === this.newest) this.notice([`${name}: ${refusalOf(fault).sentence}`]);
    } finally {
      this.taking -= 1;
      this.settle();
    }
  }

  /** Colours of the theme, for all that the style sheet does not reach. */
  dress() {
    applyTheme(this.state.theme);
    /** @type {HTMLSelectElement} */ (byId("theme")).value = this.state.theme;
    const colors = paletteOf(this.state.theme);
    this.levels.theme(colors);
    this.stage.theme(colors);
  }

  /** @param {string[]} sentences */
  notice(sentences) {
    const host = byId("notice");
    host.hidden = !sentences.length;
    const close = element("button", { type: "button" }, "Dismiss");
    close.addEventListener("click", () => (host.hidden = true));
    host.replaceChildren(...(sentences.length ? [sentences.join(" "), " ", close] : []));
  }

  /** Tell, for whoever waits, whether all that was asked for is on the screen. */
  settle() {
    document.documentElement.dataset.settled = "false";
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const busy = this.taking > 0 || this.points.busy || this.charts.busy || this.judging.busy || this.time.playing || this.stage.moving;
      document.documentElement.dataset.settled = String(!busy);
    }));
  }
}

/**
 * Say in the list of presets which one is shown.
 * @param {string | null} name null where it is none, but a reader's own file
 */
function namePreset(name) {
  const list = /** @type {HTMLSelectElement} */ (byId("preset"));
  list.querySelector("[value='']")?.remove();
  if (name === null) list.prepend(element("option", { value: "" }, "Your own file"));
  list.value = name ?? "";
}
