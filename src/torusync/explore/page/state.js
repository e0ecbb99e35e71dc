// @ts-check
// The state of the page and its address.  One object holds all that a reader chose; the query of the address says it,
// so that a page can be reloaded, shared, and walked back through.  An address comes from anywhere: what it says is
// believed only where the catalogue knows it, and each thing that is not is told once and replaced by the default.

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Values} Values */
/** @typedef {import("./types.js").Axis} Axis */
/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Preset} Preset */
/** @typedef {import("./types.js").Model} Model */

import { NAMES, usualFamily } from "./families.js";

/** An address longer than this is no address of ours. */
const LONGEST = 4000;
/** Numbers a value may list: levels of a manifold. */
const MOST = 64;
/** Points along an axis of a line, and along each axis of a tongue. */
export const POINTS = { line: 401, tongue: 81 };
export const VIEWS = ["all", "map", "globe", "phasors", "triangle"];
const THEMES = ["auto", "light", "dark"];
const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

/**
 * @param {string} text
 * @returns {number | null} null for all that is not one finite decimal number
 */
function plain(text) {
  const value = PLAIN.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : null;
}

/**
 * Read "0.1", "0.1,0.2" (a number a level) or "0.1i0.3" (a complex one, its parts around the i).
 * @param {string} text
 * @returns {Value | null}
 */
export function parseValue(text) {
  const parts = text.split(",");
  if (parts.length > MOST) return null;
  const split = parts.map((part) => part.split("i").map((piece) => plain(piece.trim())));
  if (split.some((pair) => pair.length > 2 || pair.some((piece) => piece === null))) return null;
  const re = split.map((pair) => Number(pair[0]));
  if (split.every((pair) => pair.length === 1)) return parts.length === 1 ? re[0] : re;
  const im = split.map((pair) => Number(pair[1] ?? 0));
  return parts.length === 1 ? { re: re[0], im: im[0] } : { re, im };
}

/**
 * @param {Value} value
 * @returns {string}
 */
export function printValue(value) {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.join(",");
  const re = [value.re].flat();
  const im = [value.im].flat();
  return re.map((part, place) => `${part}i${im[place]}`).join(",");
}

/** @param {Axis} axis */
function printAxis(axis) {
  return [axis.name, axis.start, axis.stop, axis.count, ...(axis.log ? ["log"] : [])].join("~");
}

/**
 * @param {string} text
 * @param {Model} model
 * @param {number} most
 * @returns {Axis | null}
 */
function parseAxis(text, model, most) {
  const [name, from, to, many, log, ...rest] = text.split("~");
  const start = plain(from ?? "");
  const stop = plain(to ?? "");
  const count = plain(many ?? "");
  const known = model.parameters.some((one) => one.name === name);
  if (!known || start === null || stop === null || count === null || rest.length) return null;
  if (log !== undefined && log !== "log") return null;
  if (!Number.isInteger(count) || count < 2 || count > most || start === stop) return null;
  if (log && (start <= 0 || stop <= 0)) return null;
  return { name, start, stop, count, log: log === "log" };
}

/**
 * @param {Catalogue} catalogue
 * @param {string} name
 * @returns {Model}
 */
export function modelOf(catalogue, name) {
  const found = catalogue.models.find((one) => one.name === name);
  if (!found) throw new Error(`the catalogue has no model ${name}`);
  return found;
}

/**
 * @param {Catalogue} catalogue
 * @param {string} name
 * @returns {Preset | undefined}
 */
export function presetOf(catalogue, name) {
  return catalogue.presets.find((one) => one.name === name);
}

/**
 * All values of a preset: those of its model's start, but for what a shorthand of the preset stands for.
 * @param {Catalogue} catalogue
 * @param {Preset} preset
 * @returns {Values}
 */
export function valuesOf(catalogue, preset) {
  const model = modelOf(catalogue, preset.model);
  return Object.entries(preset.values).reduce((values, [name, value]) => placed(model, values, name, value), { ...model.start });
}

/**
 * Values with one of them set: what it stands in place of goes, and so does what stood in its own.
 * @param {Model} model
 * @param {Values} values
 * @param {string} name
 * @param {Value} value
 * @returns {Values}
 */
export function placed(model, values, name, value) {
  const found = { ...values };
  const place = model.parameters.find((one) => one.name === name)?.instead ?? name;
  for (const one of model.parameters) {
    if (one.name !== name && (one.name === place || one.instead === place)) delete found[one.name];
  }
  found[name] = value;
  return found;
}

/**
 * Values that have a control: those that are given, and the defaults of parameters that nothing else stands for.
 * @param {Model} model
 * @param {Values} values
 * @returns {Values}
 */
export function shownValues(model, values) {
  const taken = new Set(model.parameters.filter((one) => one.name in values).map((one) => one.instead ?? one.name));
  const found = { ...values };
  for (const one of model.parameters) {
    const replaced = model.parameters.some((other) => other.instead === one.name && !other.per_level && one.per_level);
    if (!one.instead && !taken.has(one.name) && typeof one.default === "number" && !replaced) found[one.name] = one.default;
  }
  return found;
}

/**
 * The tongue that a preset opens with: that of a figure which is one; of a model it is there on demand.
 * @param {Preset} preset
 */
function usualTongue(preset) {
  return preset.group === "models" ? null : preset.tongue;
}

/**
 * @param {Catalogue} catalogue
 * @param {Preset} preset
 * @returns {State}
 */
export function stateOf(catalogue, preset) {
  return {
    model: preset.model, preset: preset.name, values: valuesOf(catalogue, preset), axis: preset.axis,
    tongue: usualTongue(preset), theme: "auto", view: "all", line: usualFamily(preset),
    start: modelOf(catalogue, preset.model).starts?.[0] ?? "", duration: 0, step: 0,
  };
}

/**
 * Read an address.
 * @param {string} query
 * @param {Catalogue} catalogue
 * @returns {{state: State, notices: string[]}}
 */
export function readQuery(query, catalogue) {
  const fallback = stateOf(catalogue, catalogue.presets[0]);
  if (query.length > LONGEST) {
    return { state: fallback, notices: ["The address is too long to be one of this page: the first preset is shown."] };
  }
  /** @type {string[]} */
  const notices = [];
  const asked = new URLSearchParams(query);
  const named = asked.get("preset");
  const preset = named === null ? undefined : presetOf(catalogue, named);
  if (named !== null && !preset) notices.push(`There is no preset “${shown(named)}”: the first one is shown.`);
  const state = preset ? stateOf(catalogue, preset) : fallback;
  const seen = new Set();
  for (const [key, text] of asked) {
    if (key === "preset" && !seen.has(key)) seen.add(key);
    else if (seen.has(key)) notices.push(`The address says “${shown(key)}” twice: the first is taken.`);
    else if (!take(state, key, text, catalogue)) {
      notices.push(`The address says “${shown(key)}” as “${shown(text)}”, which cannot be used: the default is.`);
    } else seen.add(key);
  }
  return { state, notices };
}

/**
 * Take one word of an address into a state.
 * @param {State} state
 * @param {string} key
 * @param {string} text
 * @param {Catalogue} catalogue
 * @returns {boolean} whether it could be used
 */
function take(state, key, text, catalogue) {
  const model = modelOf(catalogue, state.model);
  if (key.startsWith("p.")) {
    const parameter = model.parameters.find((one) => one.name === key.slice(2));
    const value = parseValue(text);
    if (!parameter || value === null) return false;
    if (typeof value !== "number" && !(parameter.per_level || parameter.complex)) return false;
    state.values = placed(model, state.values, parameter.name, value);
    return true;
  }
  if (key === "theme" && THEMES.includes(text)) state.theme = /** @type {import("./types.js").Theme} */ (text);
  else if (key === "view" && VIEWS.includes(text)) state.view = text;
  else if (key === "line" && NAMES.includes(text)) state.line = text;
  else if (key === "start" && model.starts?.includes(text)) state.start = text;
  else if (key === "duration" && Number(plain(text)) > 0) state.duration = Number(text);
  else if (key === "step" && /^[1-9]\d?$/.test(text)) state.step = Number(text);
  else if (key === "axis") {
    const axis = parseAxis(text, model, POINTS.line);
    if (!axis) return false;
    state.axis = axis;
  } else if (key === "tongue" && text === "off") state.tongue = null;
  else if (key === "tongue") {
    const axes = text.split("!").map((one) => parseAxis(one, model, POINTS.tongue));
    if (axes.length !== 2 || axes.includes(null) || axes[0]?.name === axes[1]?.name) return false;
    state.tongue = { axes: /** @type {Axis[]} */ (axes), quantity: "s_max" };
  } else return false;
  return true;
}

/**
 * The address of a state: what differs from its preset.
 * @param {State} state
 * @param {Catalogue} catalogue
 * @returns {string} with the question mark
 */
export function writeQuery(state, catalogue) {
  const preset = presetOf(catalogue, state.preset);
  /** @type {Map<string, string>} */
  const query = new Map([["preset", state.preset]]);
  const usual = preset ? valuesOf(catalogue, preset) : {};
  for (const [name, value] of Object.entries(state.values)) {
    if (!(name in usual) || printValue(usual[name]) !== printValue(value)) query.set(`p.${name}`, printValue(value));
  }
  if (state.axis && (!preset?.axis || printAxis(state.axis) !== printAxis(preset.axis))) {
    query.set("axis", printAxis(state.axis));
  }
  const [tongue, opened] = [state.tongue, preset ? usualTongue(preset) : null].map((one) => one?.axes.map(printAxis).join("!") ?? "off");
  if (tongue !== opened) query.set("tongue", tongue);
  if (state.line !== usualFamily(preset)) query.set("line", state.line);
  if (state.theme !== "auto") query.set("theme", state.theme);
  if (state.view !== "all") query.set("view", state.view);
  if (state.start !== (modelOf(catalogue, state.model).starts?.[0] ?? "")) query.set("start", state.start);
  if (state.duration > 0) query.set("duration", String(state.duration));
  if (state.step > 0) query.set("step", String(state.step));
  return `?${[...query].map(([key, text]) => `${key}=${encodeURIComponent(text).replaceAll("%2C", ",")}`).join("&")}`;
}

/** @param {string} text */
function shown(text) {
  const printable = [...text].filter((letter) => letter >= " ").join("");
  return printable.length > 40 ? `${printable.slice(0, 40)}…` : printable;
}
