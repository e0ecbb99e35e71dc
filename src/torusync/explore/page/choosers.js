// @ts-check
// Lists to choose from: presets in their groups, parameters that a line can run along.

import { element } from "./dom.js";
import { plainSymbol } from "./format.js";

/** @typedef {import("./types.js").Axis} Axis */
/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Parameter} Parameter */
/** @typedef {import("./types.js").Preset} Preset */
/** @typedef {import("./types.js").Values} Values */

/**
 * Headings of the list of presets.
 * @type {Record<string, string>}
 */
const GROUPS = { letter: "Figures of the letter", companion: "Figures of the companion paper", models: "Models" };

/** Points of a line, and along each axis of a tongue. */
const COUNT = { line: 81, tongue: 41 };

/**
 * A catalogue with a preset to begin from for every model, also where none was told.
 * @param {Catalogue} catalogue
 * @returns {Catalogue}
 */
export function withPresets(catalogue) {
  const told = new Set(catalogue.presets.map((one) => one.model));
  const missing = catalogue.models.filter((one) => !told.has(one.name)).map((one) => ({
    name: one.name, title: one.title, about: one.about, group: "models", model: one.name, values: {}, axis: null, tongue: null,
  }));
  return { ...catalogue, presets: [...catalogue.presets, ...missing] };
}

/**
 * @param {HTMLElement} host
 * @param {Preset[]} presets
 */
export function fillPresets(host, presets) {
  const groups = [...new Set(presets.map((one) => one.group))];
  const titled = (/** @type {Preset} */ one) => (/^fig/.test(one.figure ?? "") ? `${one.figure?.replace("fig", "Fig. ")}: ${one.title}` : one.title);
  host.replaceChildren(...groups.map((group) => {
    const inside = presets.filter((one) => one.group === group).map((one) => element("option", { value: one.name }, titled(one)));
    return element("optgroup", { label: GROUPS[group] ?? group }, ...inside);
  }));
}

/**
 * @param {Parameter} parameter
 * @param {"line" | "tongue"} kind
 * @returns {Axis}
 */
export function axisOf(parameter, kind) {
  const slider = /** @type {NonNullable<Parameter["slider"]>} */ (parameter.slider);
  const { minimum, maximum, log } = slider;
  if (parameter.kind === "count") {
    const stop = Math.min(maximum, minimum + COUNT[kind] - 1);
    return { name: parameter.name, start: minimum, stop, count: stop - minimum + 1, log: false };
  }
  return { name: parameter.name, start: minimum, stop: maximum, count: COUNT[kind], log };
}

/** Which parameter a line runs along where nobody chose: what decides between engine and refrigerator, or else the drive. */
const TELLING = ["occupation_ratio", "n_hot", "drive", "coupling", "exchange"];

/**
 * @param {Parameter[]} able
 * @param {number} dimension of the state: a line over large ones has fewer points
 */
export function usualAxis(able, dimension) {
  const named = TELLING.flatMap((name) => able.find((one) => one.name === name) ?? [])[0];
  const chosen = named ?? able.find((one) => one.kind !== "count") ?? able[0];
  if (!chosen) return null;
  const axis = axisOf(chosen, "line");
  return chosen.kind === "count" || dimension <= 16 ? axis : { ...axis, count: dimension <= 64 ? 41 : 21 };
}

/**
 * Parameters that can be an axis: with a range, and one number now, themselves or what they stand in place of.
 * @param {Model} model
 * @param {Values} values
 */
export function axesOf(model, values) {
  const stands = new Map(model.parameters.filter((one) => one.name in values).map((one) => [one.instead ?? one.name, one.name]));
  return model.parameters.filter((one) => {
    const now = values[stands.get(one.instead ?? one.name) ?? one.name];
    return one.slider && !one.fixed && typeof now === "number";
  });
}

/**
 * What a parameter is, without the formulas that a list cannot set.
 * @param {Parameter} parameter
 */
function wordsOf({ name, about }) {
  const clauses = about.split(", ").map(plainSymbol);
  return clauses[0] ? clauses.filter(Boolean).join(", ") : name.replaceAll("_", " ");
}

/**
 * @param {HTMLElement} host
 * @param {Parameter[]} parameters
 * @param {string} chosen
 */
export function fillAxes(host, parameters, chosen) {
  host.replaceChildren(...parameters.map((one) =>
    element("option", { value: one.name, selected: one.name === chosen }, [plainSymbol(one.symbol), wordsOf(one)].filter(Boolean).join(": "))));
}

/**
 * @param {HTMLElement} host
 * @param {import("./families.js").Family[]} families
 * @param {string} chosen
 */
export function fillFamilies(host, families, chosen) {
  host.replaceChildren(...families.map((one) => element("option", { value: one.name, selected: one.name === chosen }, one.title.replace("S_max", plainSymbol("S_max")))));
}

/**
 * The tongue of a preset, or else detuning and drive where the model has them.
 * @param {Model} model
 * @param {Values} values
 * @param {Preset | undefined} preset
 * @returns {import("./types.js").Tongue | null}
 */
export function tongueOf(model, values, preset) {
  if (preset?.tongue) return preset.tongue;
  const able = axesOf(model, values).filter((one) => one.kind !== "count" && (one.name in values || !one.instead));
  const across = able.find((one) => one.name.startsWith("detuning")) ?? able[0];
  const up = able.find((one) => one !== across && /^(drive|coupling|exchange|dissipative)/.test(one.name)) ?? able.find((one) => one !== across);
  if (!across || !up) return null;
  const axes = [axisOf(across, "tongue"), { ...axisOf(up, "tongue"), log: false, start: 0 }];
  return { axes, quantity: "s_max" };
}
