// @ts-check
// Answers that are in the page itself: an exported page has no server.  Two parameters run over a grid of computed
// points; what is shown is always one of them, since a number in between would stand beside evidence that is not its own.

import { Refusal } from "./refusal.js";

/** @typedef {import("./types.js").Values} Values */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Axis} Axis */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {{name: string, log: boolean, values: number[]}} Grid
 *
 * @typedef {object} Cube
 * @property {import("./types.js").Catalogue} catalogue
 * @property {string} about
 * @property {string} model
 * @property {Values} values   of what stands still
 * @property {Grid[]} axes     the second one runs faster
 * @property {any} template    see packing.py
 * @property {number} columns
 * @property {string} data     columns of float32, deflated and in base64, see `unpacked`
 */

/**
 * A number in so many digits, as Python's format "g" writes it.
 * @param {number} value
 * @param {number} digits
 */
export function general(value, digits) {
  if (value === 0) return "0";
  const [front, power] = value.toExponential(digits - 1).split("e");
  const size = Number(power);
  if (size >= -4 && size < digits) return String(Number(value.toPrecision(digits)));
  const sign = size < 0 ? "-" : "+";
  return `${Number(front)}e${sign}${String(Math.abs(size)).padStart(2, "0")}`;
}

/**
 * The columns of a cube: of each the steps from number to number, as whole ones of 32 bits, byte by byte from the highest.
 * @param {Cube} cube
 */
export async function unpacked(cube) {
  const bytes = Uint8Array.from(atob(cube.data), (letter) => letter.charCodeAt(0));
  const { DecompressionStream } = /** @type {any} */ (globalThis); // known to browsers since 2023, to TypeScript 4.8 not
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const points = planes.length / 4 / Math.max(1, cube.columns);
  const words = new Uint32Array(cube.columns * points);
  for (let column = 0; column < cube.columns; column += 1) {
    for (let place = 0, sum = 0; place < points; place += 1) {
      for (let plane = 0, step = 0; plane < 4; plane += 1) {
        step = step * 256 + planes[(4 * column + plane) * points + place];
        if (plane === 3) sum = (sum + step) >>> 0;
      }
      words[column * points + place] = sum;
    }
  }
  return new Float32Array(words.buffer);
}

/**
 * @param {Cube} cube
 * @param {Float32Array} numbers   as `unpacked` returns them
 */
export function makeReader(cube, numbers) {
  const [first, second] = cube.axes;
  const points = first.values.length * second.values.length;
  /**
   * @param {any} node
   * @param {number} place
   * @returns {number}
   */
  const number = (node, place) => {
    if ("$axis" in node) {
      const across = second.values.length;
      return node.$axis === 0 ? first.values[Math.floor(place / across)] : second.values[place % across];
    }
    return (node.times ?? 1) * numbers[node.$column * points + place];
  };
  /**
   * @param {any} node
   * @param {number} place
   * @returns {string}
   */
  const text = (node, place) => {
    if (typeof node === "string") return node;
    const value = number(node, place);
    return "digits" in node ? general(value, node.digits) : String(value);
  };
  /**
   * What a template says at a point.
   * @param {any} node
   * @param {number} place
   * @returns {any}
   */
  const read = (node, place) => {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) return node.map((one) => read(one, place));
    if ("$column" in node || "$axis" in node) {
      const value = number(node, place);
      return Number.isFinite(value) ? value : null;
    }
    if ("$one" in node) return read(node.of[numbers[node.$one * points + place]], place);
    if ("$text" in node) return node.$text.map((/** @type {any} */ one) => text(one, place)).join("");
    return Object.fromEntries(Object.entries(node).map(([name, one]) => [name, read(one, place)]));
  };
  /**
   * The part of a template that an answer has at a point, itself not read.
   * @param {any} node
   * @param {number} place
   * @returns {any}
   */
  const chosen = (node, place) => (node && node.of ? chosen(node.of[numbers[node.$one * points + place]], place) : node);
  /**
   * One of the numbers of an answer, by name.
   * @param {string} name
   * @param {number} place
   * @returns {number | null}
   */
  const named = (name, place) => {
    const figures = chosen(cube.template.numbers, place) ?? [];
    for (const figure of figures) {
      const one = chosen(figure, place);
      if (one.name === name) return read(one.value, place);
    }
    const sync = chosen(cube.template.synchronization, place);
    if (sync && name in sync) return read(sync[name], place);
    const sets = chosen(cube.template.sets, place);
    const set = sets ? chosen(sets[name], place) : undefined;
    return set ? read(set.share, place) : null;
  };
  return { points, named, answer: (/** @type {number} */ place) => /** @type {Point} */ (read(cube.template, place)) };
}

/**
 * The place of the nearest value, by ratio on an axis of decades.
 * @param {Grid} axis
 * @param {number} value
 */
function nearest(axis, value) {
  const scale = axis.log ? Math.log : (/** @type {number} */ one) => one;
  const off = axis.values.map((one) => Math.abs(scale(one) - scale(axis.log ? Math.max(value, Number.MIN_VALUE) : value)));
  return off.indexOf(Math.min(...off));
}

/** @param {Value | undefined} value */
function spelled(value) {
  return JSON.stringify(value ?? null);
}

/**
 * @param {string} text the cube as JSON
 * @returns {Source}
 */
export function cubeSource(text) {
  /** @type {Cube} */
  const cube = JSON.parse(text);
  const ready = unpacked(cube).then((numbers) => makeReader(cube, numbers));
  const [first, second] = cube.axes;
  const across = second.values.length;
  const only = `${first.name} and ${second.name}`;

  /**
   * @param {string} model
   * @param {Values} values
   * @returns {number[]} places along the axes
   */
  function placesOf(model, values) {
    if (model !== cube.model) throw new Refusal("model", `Argument \`model\` must be ${cube.model} on this page, but it is ${model}.`);
    for (const [name, value] of Object.entries(values)) {
      if (cube.axes.some((axis) => axis.name === name) || spelled(value) === spelled(cube.values[name])) continue;
      const usual = cube.values[name] === undefined ? "be left out" : `be ${spelled(cube.values[name])}`;
      throw new Refusal(name, `Argument \`${name}\` must ${usual} on this page, but it is ${spelled(value)}; only ${only} run here.`);
    }
    return cube.axes.map((axis) => {
      const value = values[axis.name];
      if (typeof value === "number") return nearest(axis, value);
      throw new Refusal(axis.name, `Argument \`${axis.name}\` must be one number on this page, but it is ${spelled(value)}.`);
    });
  }

  /**
   * @param {any} spec
   */
  async function job(spec) {
    const places = placesOf(spec.model, spec.values);
    if (spec.kind === "line") {
      const along = cube.axes.findIndex((axis) => axis.name === spec.axis.name);
      if (along < 0) throw new Refusal("axis", `Argument \`axis\` must be ${first.name} or ${second.name} on this page, but it is ${spec.axis.name}.`);
      return lineOf(along, places, spec.quantities);
    }
    if (spec.kind === "tongue") return planeOf(spec.quantity ?? "s_max", spec.axes[0].name === second.name);
    throw new Refusal(null, "This page has no server to work that out: it holds steady states only.");
  }

  /**
   * Quantities at some points, in the shape in which a server tells them.
   * @param {number[]} places
   * @param {string[]} names
   * @param {(values: any[]) => any} shaped   a list of all points as the grid that they are
   */
  async function quantitiesOf(places, names, shaped) {
    const reader = await ready;
    const sets = Object.keys(reader.answer(places[0]).sets);
    /** @type {Record<string, any>} */
    const quantities = {};
    for (const name of names) {
      const several = name === "shares";
      const one = (/** @type {number} */ place) => (several ? sets.map((set) => reader.named(set, place)) : reader.named(name, place));
      const known = cube.catalogue.quantities.find((other) => other.name === name);
      quantities[name] = {
        values: shaped(places.map(one)), dims: several ? ["set"] : [], units: known?.units ?? "", symbol: known?.symbol ?? "",
        long_name: known?.long_name ?? "", bound: name === "s_max" ? "s_max_bound" : null, error: null,
      };
    }
    const status = shaped(places.map((place) => reader.named("status", place) ?? 0));
    return { model: cube.model, quantities, labels: { set: sets }, status, lost: { count: 0, sentence: "" } };
  }

  /** @param {Grid} axis */
  function axisOf({ name, values }) {
    const known = cube.catalogue.models[0].parameters.find((one) => one.name === name);
    return { name, symbol: known?.symbol ?? name, about: known?.about ?? "", unit: known?.unit ?? "", values };
  }

  /**
   * @param {number} along
   * @param {number[]} places
   * @param {string[]} quantities
   */
  async function lineOf(along, places, quantities) {
    const axis = cube.axes[along];
    const line = axis.values.map((_, place) => (along === 0 ? place * across + places[1] : places[0] * across + place));
    return { axes: [axisOf(axis)], ...await quantitiesOf(line, [...new Set([...quantities, "s_max_bound"])], (all) => all) };
  }

  /**
   * @param {string} quantity
   * @param {boolean} turned   whether the second axis of the cube is asked for as the first
   */
  async function planeOf(quantity, turned) {
    const axes = turned ? [second, first] : [first, second];
    const places = axes[0].values.flatMap((_, one) => axes[1].values.map((__, other) => (turned ? other * across + one : one * across + other)));
    const length = axes[1].values.length;
    const shaped = (/** @type {any[]} */ all) => axes[0].values.map((_, row) => all.slice(row * length, (row + 1) * length));
    return { axes: axes.map(axisOf), ...await quantitiesOf(places, [quantity], shaped) };
  }

  return {
    kind: "cube",
    about: cube.about,
    catalogue: async () => cube.catalogue,
    point: async (model, values) => {
      const [row, column] = placesOf(model, values);
      return (await ready).answer(row * across + column);
    },
    walk: async () => {
      throw new Refusal(null, "This page has no server to walk along the optima.");
    },
    job,
    drop: async () => {
      throw new Refusal(null, "This page has no server to read files: `torusync explore` opens one that has.");
    },
    code: async (view) => {
      const { model, values } = /** @type {{model: string, values: Values}} */ (view);
      const [row, column] = placesOf(model, values);
      return (await ready).answer(row * across + column).code;
    },
  };
}
