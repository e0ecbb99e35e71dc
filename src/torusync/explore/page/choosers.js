// @ts-check
// Lists to choose from: presets in their groups, parameters that a line can run along.

import { element } from "./dom.js";

/** @typedef {import("./types.js").Axis} Axis */
/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Parameter} Parameter */
/** @typedef {import("./types.js").Preset} Preset */
/** @typedef {import("./types.js").Values} Values */

/** Points of a line, and along each axis of a tongue. */
const COUNT = { line: 81, tongue: 41 };

/**
 * @param {HTMLElement} host
 * @param {Preset[]} presets
 */
export function fillPresets(host, presets) {
  const groups = [...new Set(presets.map((one) => one.group))];
  host.replaceChildren(...groups.map((group) => {
    const inside = presets.filter((one) => one.group === group).map((one) => element("option", { value: one.name }, one.title));
    return element("optgroup", { label: group }, ...inside);
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

/**
 * Parameters that can be an axis: with a range, shown on the left, and one number.
 * @param {Model} model
 * @param {Values} values
 */
export function axesOf(model, values) {
  return model.parameters.filter((one) => one.slider && !one.fixed && typeof values[one.name] === "number");
}

/**
 * @param {HTMLElement} host
 * @param {Parameter[]} parameters
 * @param {string} chosen
 */
export function fillAxes(host, parameters, chosen) {
  host.replaceChildren(...parameters.map((one) =>
    element("option", { value: one.name, selected: one.name === chosen }, `${one.symbol.replace(/[_{}]/g, "")}: ${one.about}`)));
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
  const able = axesOf(model, values).filter((one) => one.kind !== "count");
  const across = able.find((one) => one.name.startsWith("detuning")) ?? able[0];
  const up = able.find((one) => one !== across && /^(drive|coupling|exchange|dissipative)/.test(one.name)) ?? able.find((one) => one !== across);
  if (!across || !up) return null;
  const axes = [axisOf(across, "tongue"), { ...axisOf(up, "tongue"), log: false, start: 0 }];
  return { axes, quantity: "s_max" };
}
