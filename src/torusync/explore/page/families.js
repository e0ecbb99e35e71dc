// @ts-check
// What a line can show along its parameter: S_max with its parts, or what it costs, against the bounds by S_max.

/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Preset} Preset */

/**
 * @typedef {object} Family
 * @property {string} name
 * @property {string} title
 * @property {string} label       of the axis upwards
 * @property {boolean} machine    whether it is for engines and refrigerators only
 * @property {string[]} asks
 * @property {[string, string, string][]} series   quantity, name, look
 * @property {boolean} [modulus]  whether moduli are drawn: a bound of |P| stands beside |P|
 */

/** @type {Family[]} */
export const FAMILIES = [
  { name: "s_max", title: "S_max and its parts", label: "S", machine: false, asks: ["s_max"],
    series: [["s_max", "S_max", "whole"], ["entrainment", "entrainment", "entrainment"], ["mutual", "mutual coupling", "mutual"]] },
  { name: "scaled", title: "S_max scaled by (2π)ᴺ", label: "(2π)ᴺ S_max", machine: true, asks: ["scaled"], series: [["scaled", "(2π)ᴺ S_max", "whole"]] },
  { name: "power", title: "power and its bounds", label: "|P|", machine: true, modulus: true, asks: ["power", "power_bound", "power_bound_always"],
    series: [["power", "|P|", "whole"], ["power_bound", "κ_P S_max", "entrainment"], ["power_bound_always", "√N κ_P S_max", "mutual"]] },
  { name: "heat", title: "heats and work", label: "Q, P", machine: true, asks: ["heat_hot", "heat_cold", "power"],
    series: [["heat_hot", "Q_h in", "hot"], ["heat_cold", "Q_c in", "cold"], ["power", "P out", "drive"]] },
  { name: "coherent", title: "coherent heat and its bound", label: "|Q_coh|", machine: true, modulus: true, asks: ["heat_hot_coherent", "coherent_heat_bound"],
    series: [["heat_hot_coherent", "|Q_coh|", "whole"], ["coherent_heat_bound", "κ_Q S_max", "entrainment"]] },
  { name: "efficiency", title: "efficiency above its bound", label: "η", machine: true, asks: ["efficiency", "efficiency_bound"],
    series: [["efficiency", "η", "whole"], ["efficiency_bound", "at least", "entrainment"]] },
  { name: "cop", title: "COP above its bound", label: "COP", machine: true, asks: ["cop", "cop_bound"],
    series: [["cop", "COP", "whole"], ["cop_bound", "at least", "entrainment"]] },
];

export const NAMES = FAMILIES.map((one) => one.name);

/** A verdict at every point of a line is cheap for so many levels. */
const JUDGED = 4;

/**
 * Families that exist for a point.
 * @param {Point | null} point
 */
export function familiesOf(point) {
  return FAMILIES.filter((one) => !one.machine || point?.machine?.regime);
}

/**
 * What a preset shows first.
 * @param {Preset | undefined} preset
 * @returns {string}
 */
export function usualFamily(preset) {
  const asked = preset?.quantities ?? [];
  if (asked[0] === "scaled") return "scaled";
  if (asked.includes("coherent_heat_bound")) return "coherent";
  if (asked.includes("efficiency_bound")) return "efficiency";
  return "s_max";
}

/**
 * @param {Family} family
 * @param {Point | null} point
 * @param {boolean} grows whether the line runs along the number of levels, most of which are too many to judge
 * @returns {string[]}
 */
export function asksOf(family, point, grows) {
  if (family.name !== "s_max" || !Object.keys(point?.sets ?? {}).length) return family.asks;
  const judged = point && point.dimension <= JUDGED && !grows ? ["verdict"] : [];
  return [...family.asks, "shares", "frustration", ...judged];
}
