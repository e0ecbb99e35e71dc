// @ts-check
// The parameters of the machine: each a number and, where the catalogue gives a range, a slider; on a scale of decades
// where that is sensible.  Moving a slider is told at once, and its end once more: the first draws, the second enters
// the history.  A refusal of the library stands, in its own words, below the parameter that it is about.

import { byId, element, symbol } from "./dom.js";
import { telling } from "./evidence.js";
import { number } from "./format.js";
import { parseValue, printValue } from "./state.js";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Parameter} Parameter */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Values} Values */

/** Steps of a slider from end to end, where the catalogue does not say. */
const STEPS = 400;

/** @param {NonNullable<Parameter["slider"]>} slider */
const stepsOf = (slider) => slider.steps ?? STEPS;

/**
 * @param {NonNullable<Parameter["slider"]>} slider
 * @param {number} place from 0 to the number of steps
 * @param {boolean} whole
 */
export function valueAt(slider, place, whole) {
  const { minimum, maximum, log } = slider;
  const share = place / stepsOf(slider);
  if (whole) return Math.round(minimum + share * (maximum - minimum));
  const value = log ? minimum * (maximum / minimum) ** share : minimum + share * (maximum - minimum);
  return Number(value.toPrecision(3)); // a slider has no more to say; a number can be typed
}

/**
 * @param {NonNullable<Parameter["slider"]>} slider
 * @param {number} value
 */
export function placeOf(slider, value) {
  const { minimum, maximum, log } = slider;
  if (log && value <= 0) return 0;
  const share = log ? Math.log(value / minimum) / Math.log(maximum / minimum) : (value - minimum) / (maximum - minimum);
  return Math.round(stepsOf(slider) * Math.max(0, Math.min(1, share)));
}

/**
 * The one number that a slider stands at: the modulus of a complex one, the first of several.
 * @param {Value} value
 */
function single(value) {
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value[0];
  const re = [value.re].flat()[0];
  const im = [value.im].flat()[0];
  return im === 0 ? re : Math.hypot(re, im);
}

/**
 * The value that a moved slider makes of one with several or complex parts: all of them scaled alike.
 * @param {Value} value
 * @param {number} target
 * @returns {Value}
 */
function moved(value, target) {
  if (typeof value === "number") return target;
  const now = single(value);
  const scale = now === 0 ? 0 : target / now;
  /** @param {number} part */
  const scaled = (part) => (now === 0 ? target : Number((part * scale).toPrecision(6)));
  if (Array.isArray(value)) return value.map(scaled);
  const both = { re: [value.re].flat().map(scaled), im: [value.im].flat().map((part) => part * scale) };
  return Array.isArray(value.re) ? both : { re: both.re[0], im: both.im[0] };
}

export class Controls {
  /**
   * @param {HTMLElement} host
   * @param {(name: string, value: Value, finished: boolean) => void} changed
   * @param {string} fixed why some cannot be changed
   */
  constructor(host, changed, fixed) {
    this.host = host;
    this.fixed = fixed;
    this.changed = changed;
    /** @type {Values} */
    this.values = {};
    /** @type {Record<string, import("./types.js").Real>} */
    this.derived = {};
    /** @type {Map<string, {parameter: Parameter, row: HTMLElement, field: HTMLInputElement, slider: HTMLInputElement | null, fault: HTMLElement}>} */
    this.rows = new Map();
    this.shape = "";
    /** @type {Set<string>} */
    this.typing = new Set();
  }

  /**
   * Show the parameters of a model.  Rows are only made anew where there are others than before, so that a slider that
   * is held is never taken away from under the hand.
   * @param {Model} model
   * @param {Values} values
   * @param {Record<string, import("./types.js").Real>} derived what other parameters would be that these stand for
   */
  show(model, values, derived) {
    this.values = values;
    this.derived = derived;
    const place = (/** @type {Parameter} */ one) => model.parameters.findIndex((other) => other.name === (one.instead ?? one.name));
    const listed = model.parameters.filter((one) => one.name in values).sort((one, other) => place(one) - place(other));
    const shape = `${model.name} ${listed.map((one) => one.name).join(" ")}`;
    if (shape !== this.shape) {
      this.shape = shape;
      this.rows.clear();
      this.host.replaceChildren(...listed.map((one) => this.make(one)));
    }
    for (const one of listed) this.set(one.name, values[one.name]);
  }

  /**
   * @param {Parameter} parameter
   * @returns {HTMLElement}
   */
  make(parameter) {
    const { name } = parameter;
    const range = parameter.slider;
    const id = `parameter-${name}`;
    const field = element("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", disabled: Boolean(parameter.fixed) });
    const slider = range
      ? element("input", { type: "range", min: 0, max: stepsOf(range), step: sliderStep(parameter), "aria-label": parameter.about, disabled: Boolean(parameter.fixed) })
      : null;
    const fault = element("p", { class: "fault", id: `${id}-fault`, hidden: true });
    const unit = parameter.unit ? `, in units of ${parameter.unit}` : "";
    const label = element("label", { for: id }, symbol(parameter.symbol), element("span", { class: "hidden" }, `: ${parameter.about}`));
    const tell = () => ({ title: `${sentence(parameter.about)}${unit}`, lines: [bounds(parameter), parameter.fixed ? this.fixed : ""] });
    for (const one of [label, field, slider]) if (one) telling(one, tell);
    const long = parameter.symbol.replace(/[_{}]/g, "").length > 7;
    const row = element("div", { class: long ? "parameter long" : "parameter", "data-parameter": name }, label, ...(slider ? [slider] : []), field, fault);
    this.rows.set(name, { parameter, row, field, slider, fault });
    // what is being typed is left alone until it is finished
    field.addEventListener("input", () => this.typing.add(name));
    field.addEventListener("blur", () => this.typing.delete(name));
    field.addEventListener("change", () => {
      this.typing.delete(name);
      this.typed(name);
    });
    slider?.addEventListener("input", () => this.slid(name, false));
    slider?.addEventListener("change", () => this.slid(name, true));
    return row;
  }

  /**
   * @param {string} name
   * @param {Value} value
   */
  set(name, value) {
    const found = this.rows.get(name);
    if (!found) return;
    const { parameter, field, slider } = found;
    if (!this.typing.has(name)) field.value = typeof value === "number" ? String(Number(value.toPrecision(6))) : printValue(value);
    if (!slider || !parameter.slider) return;
    const shown = typeof value === "number" ? number(value) : printValue(value);
    const place = placeOf(parameter.slider, single(value));
    // a slider in the hand already stands where it should; to set it back to a rounded place would make it jump
    if (document.activeElement !== slider || Math.abs(Number(slider.value) - place) > 1) slider.value = String(place);
    slider.setAttribute("aria-valuetext", `${shown} ${parameter.unit}`.trim());
  }

  /**
   * @param {string} name
   * @param {boolean} finished
   */
  slid(name, finished) {
    const found = this.rows.get(name);
    if (!found?.slider || !found.parameter.slider) return;
    const target = valueAt(found.parameter.slider, Number(found.slider.value), found.parameter.kind === "count");
    const value = moved(this.values[name], target);
    found.field.value = printValue(value);
    this.changed(name, value, finished);
  }

  /** @param {string} name */
  typed(name) {
    const found = this.rows.get(name);
    if (!found) return;
    const value = parseValue(found.field.value.trim().replaceAll("−", "-"));
    const { parameter } = found;
    if (value === null || (typeof value !== "number" && !parameter.per_level && !parameter.complex)) {
      const several = parameter.per_level ? ", or one a level with commas between" : "";
      this.refuse(name, `“${found.field.value.slice(0, 40)}” is no number${several}.`);
      return;
    }
    this.changed(name, value, true);
  }

  /**
   * Say below a parameter why it is refused.
   * @param {string | null} name
   * @param {string} sentence
   * @returns {boolean} whether there is such a parameter
   */
  refuse(name, sentence) {
    this.clear();
    const found = name === null ? undefined : this.rows.get(name);
    if (!found) return false;
    found.fault.textContent = sentence;
    found.fault.hidden = false;
    found.row.classList.add("refused");
    found.field.setAttribute("aria-invalid", "true");
    found.field.setAttribute("aria-errormessage", found.fault.id);
    return true;
  }

  /** Nothing is refused any more. */
  clear() {
    byId("fault").hidden = true; // what was refused of the whole is older than what is told beside a field
    for (const { row, field, fault } of this.rows.values()) {
      fault.hidden = true;
      row.classList.remove("refused");
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-errormessage");
    }
  }
}

/** @param {Parameter} parameter */
function sliderStep(parameter) {
  const range = parameter.slider;
  if (!range || parameter.kind !== "count") return 1;
  return stepsOf(range) / Math.max(1, range.maximum - range.minimum);
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * The bounds that hold whatever the other parameters are.
 * @param {Parameter} parameter
 */
function bounds({ minimum, above, maximum }) {
  const found = [];
  if (minimum !== null) found.push(`at least ${number(minimum)}`);
  if (above !== null) found.push(`above ${number(above)}`);
  if (maximum !== null) found.push(`at most ${number(maximum)}`);
  return found.length ? `${sentence(found.join(", "))}.` : "";
}
