// @ts-check
// The right of the page: what the numbers say, S_max with its parts along an axis, and what it costs in heat and work.
// The line is worked out in the background; while only its own parameter moves it stays as it is and the mark moves.

import { byId, element, prose, symbol } from "./dom.js";
import { row, telling, toldOf } from "./evidence.js";
import { LineChart } from "./chart.js";
import { number, percent } from "./format.js";
import { costOf, storyOf, verdictOf } from "./words.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Catalogue} Catalogue */
/** @typedef {import("./types.js").Axis} Axis */
/** @typedef {import("./types.js").Line} Line */

/** Numbers that are read first, in this order; all others are one click away. */
const FIRST = ["s_max", "entrainment", "mutual", "order_parameter", "frustration", "power", "heat_hot", "heat_cold", "efficiency", "cop"];

/** Currents and efficiencies against what S_max allows. */
const BOUNDED = [["power", "power_bound"], ["efficiency", "efficiency_bound"], ["cop", "cop_bound"]];

/** A frustration below this is none: all wishes are granted. */
const GRANTED = 1e-7;

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
    this.showBounds(point);
  }

  /**
   * What S_max allows, and how much of it is used.
   * @param {Point} point
   */
  showBounds(point) {
    const named = new Map(point.numbers.map((one) => [one.name, one]));
    const found = [];
    for (const [name, bound] of BOUNDED) {
      const value = named.get(name);
      const limit = named.get(bound);
      if (!value || !limit || value.value === null || limit.value === null || limit.value === 0) continue;
      const share = Math.abs(value.value / limit.value);
      if (share > 1.0001) continue; // a bound of another case
      const quantity = this.catalogue.quantities.find((one) => one.name === name);
      const fill = element("div", { class: "fill" });
      fill.style.width = `${100 * Math.min(1, share)}%`;
      const text = element("button", { type: "button", class: "number", "data-name": bound, "data-value": limit.value }, `${percent(share)} of ${number(limit.value)} `, symbol(limit.units));
      telling(text, () => toldOf(limit, this.catalogue.quantities.find((one) => one.name === bound)));
      const meter = element("div", { class: "bound", role: "meter", "aria-label": `${quantity?.long_name ?? name} as a share of its bound by S_max`, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(100 * share) }, fill);
      found.push(element("div", { class: "bounded" }, symbol(quantity?.symbol ?? name), meter, text));
    }
    byId("bounds").replaceChildren(...found);
    byId("bounds-part").hidden = !found.length;
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
    const names = [["s_max", "S_max", "whole"], ["entrainment", "entrainment", "entrainment"], ["mutual", "mutual", "mutual"]];
    const series = names
      .filter(([name]) => columns[name]?.some((one) => one !== null))
      .map(([name, title, look]) => ({ name: title, values: columns[name], look }));
    const label = `${about.symbol}${about.unit ? ` (${about.unit})` : ""}`;
    this.chart.show({
      title: `S_max along ${about.about || asked.name}; arrow keys move the present point`,
      xLabel: label, yLabel: "S", log: asked.log, x: axis, series, mark,
      bands: series.length > 1 ? bandsOf(line) : [],
      pick: line.model ? (value, finished) => this.pick(asked.name, value, finished) : null,
    });
    byId("line-legend").replaceChildren(...series.map((one) => element("span", { class: `key ${one.look}` }, symbol(one.name))));
    byId("line-evidence").textContent = line.lost;
  }

  /** @param {number | null} mark */
  mark(mark) {
    this.chart.mark(mark);
  }

  /** The line no longer belongs to the values on the left. */
  stale() {
    byId("line").classList.add("stale");
  }
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
  const cost = costOf(point);
  const how = verdict === "compete" && cost !== null ? `competition costs ${percent(cost)}` : "cooperation";
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
    const value = frustration[place];
    if (value === null || value === undefined || !columns.s_max[place]) return "";
    return value < GRANTED ? "cooperation" : "competition";
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
