// @ts-check
// The right of the page: what the numbers say, S_max with its parts along an axis, and what it costs in heat and work.
// The line is worked out in the background; while only its own parameter moves it stays as it is and the mark moves.

import { byId, element, prose, symbol } from "./dom.js";
import { showBounds } from "./bounds.js";
import { row } from "./evidence.js";
import { FAMILIES } from "./families.js";
import { LineChart } from "./chart.js";
import { percent } from "./format.js";
import { costOf, storyOf, verdictOf } from "./words.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Axis} Axis */
/** @typedef {import("./types.js").Line} Line */

/** Numbers that are read first, in this order; all others are one click away. */
const FIRST = ["s_max", "order_parameter", "power", "heat_hot", "heat_cold", "efficiency", "cop"];

/** A frustration below this is none: all wishes are granted. */
const GRANTED = 1e-7;

/** Above this wishes compete without asking a judge; between the two they may agree but for little, and nothing is said. */
const CLASHING = 0.05;

export class Story {
  /**
   * @param {Catalogue} catalogue
   * @param {(name: string, value: number, finished: boolean) => void} pick
   */
  constructor(catalogue, pick) {
    this.catalogue = catalogue;
    this.pick = pick;
    this.chart = new LineChart(byId("line"));
    /** @type {Line | null} */
    this.line = null;
    /**
     * Quantities of the line that is shown, and whether it shows their moduli.
     * @type {string[]}
     */
    this.names = [];
    this.modulus = false;
  }

  /** @param {Point} point */
  show(point) {
    const verdict = verdictOf(point);
    const regime = point.machine?.regime?.name ?? null;
    const heading = byId("verdict");
    heading.className = verdict ?? "neutral";
    heading.textContent = headingOf(point, verdict, regime);
    byId("sentences").replaceChildren(...storyOf(point).map((one) => element("p", {}, ...prose(one))));
    const named = new Map(point.numbers.map((one) => [one.name, one]));
    const first = FIRST.flatMap((name) => named.get(name) ?? []).filter((one) => one.text !== "–");
    byId("first-numbers").replaceChildren(...first.map((one) => row(one, this.catalogue)));
    byId("all-numbers").replaceChildren(...point.numbers.filter((one) => !FIRST.includes(one.name)).map((one) => row(one, this.catalogue, true)));
    showBounds(point, this.catalogue);
  }

  /**
   * Beside a reader's own sweep stands nothing of a machine.
   * @param {string} title
   */
  showOwn(title) {
    byId("verdict").className = "neutral";
    byId("verdict").textContent = title;
  }

  /**
   * Show a line, or that there is none yet.
   * @param {Line | null} line
   * @param {number | null} mark
   */
  showLine(line, mark) {
    this.line = line;
    byId("line").classList.remove("stale");
    if (!line) {
      this.chart.show(null);
      return;
    }
    const { axis, columns, about } = line;
    const asked = line.spec;
    const family = FAMILIES.find((one) => one.name === line.family) ?? FAMILIES[0];
    const drawn = family.series.filter(([name]) => columns[name]?.some((one) => one !== null));
    const series = drawn.map(([name, title, look]) => ({
      name: title, look, values: family.modulus ? columns[name].map((one) => (one === null ? null : Math.abs(one))) : columns[name],
    }));
    this.names = drawn.map(([name]) => name);
    this.modulus = family.modulus ?? false;
    const units = this.catalogue.quantities.find((one) => one.name === drawn[0]?.[0])?.units ?? "";
    const label = `${about.symbol}${about.unit ? ` (${about.unit})` : ""}`;
    this.chart.show({
      title: `${family.title} along ${about.about || asked.name}; arrow keys move the present point`,
      xLabel: label, yLabel: family.label, yUnit: units, log: asked.log, x: axis, series, mark,
      bands: family.name === "s_max" && series.length > 1 ? bandsOf(line) : [],
      pick: line.model ? (value, finished) => this.pick(asked.name, value, finished) : null,
    });
    byId("line-legend").replaceChildren(...series.map((one) => element("span", { class: `key ${one.look}` }, symbol(one.name))));
    byId("line-evidence").textContent = line.lost;
  }

  /**
   * Where the present point is, and what it says itself.
   * @param {number | null} mark
   * @param {Point | null} point
   */
  mark(mark, point) {
    this.chart.mark(mark, point ? this.names.map((name) => presentOf(point, name, this.modulus)) : []);
  }

  /** The line no longer belongs to the values on the left. */
  stale() {
    byId("line").classList.add("stale");
  }
}

/**
 * A number of a line, as the present point has it.
 * @param {Point} point
 * @param {string} name
 * @param {boolean} modulus
 */
function presentOf(point, name, modulus) {
  const value = name in point.sets ? point.sets[name].share : point.numbers.find((one) => one.name === name)?.value ?? null;
  return value !== null && modulus ? Math.abs(value) : value;
}

/**
 * @param {Point} point
 * @param {"cooperate" | "compete" | null} verdict
 * @param {string | null} regime
 */
function headingOf(point, verdict, regime) {
  if (!point.status.good) return "No steady state";
  const machine = regime && regime !== "idle" ? regime.charAt(0).toUpperCase() + regime.slice(1) : "";
  if (!verdict) return machine || (point.synchronization.s_max ? "The phases lock" : "No phase is preferred");
  const cost = point.verdict?.cost ?? costOf(point);
  const how = verdict === "compete" && cost ? `competition costs ${percent(cost)}` : verdict === "compete" ? "competition" : "cooperation";
  return machine ? `${machine}: ${how}` : how.charAt(0).toUpperCase() + how.slice(1);
}

/**
 * Where the sets cooperate and where they compete: by whether all wishes are granted.
 * @param {Line} line
 * @returns {import("./chart.js").Band[]}
 */
export function bandsOf({ axis, columns }) {
  const frustration = columns.frustration ?? [];
  /** @param {number} place */
  const kind = (place) => {
    if (columns.verdict) return { "1": "cooperation", "-1": "competition" }[String(columns.verdict[place])] ?? "";
    const value = frustration[place];
    if (value === null || value === undefined || !columns.s_max[place]) return "";
    return value < GRANTED ? "cooperation" : value > CLASHING ? "competition" : "";
  };
  /** @type {import("./chart.js").Band[]} */
  const found = [];
  for (let place = 0; place < axis.length; place += 1) {
    const look = kind(place);
    const last = found[found.length - 1];
    const from = place === 0 ? axis[0] : (axis[place - 1] + axis[place]) / 2;
    const to = place === axis.length - 1 ? axis[place] : (axis[place] + axis[place + 1]) / 2;
    if (last && last.look === look && last.to === from) last.to = to;
    else if (look) found.push({ from, to, look, label: look });
  }
  return found;
}
