// @ts-check
// Three levels, three wishes: the geometry of cooperation and competition.  Each edge says which phase difference its
// coherence wants and how much of that the phases at hand grant; the hands on the corners are these phases.  Two
// differences fix the third, so that the third wish follows from the others, or is at odds with them.

import { drawn, element } from "./dom.js";
import { angle, percent } from "./format.js";
import { triangleOf, triangleSays, wish } from "./words.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Real} Real */

const CORNERS = [[160, 206], [62, 54], [258, 54]];
const RADIUS = 25;
/** Where the words of an edge stand: beside its middle. */
const BESIDE = [[-58, 14, "end"], [58, 14, "start"], [0, -14, "middle"]];
const EDGES = [[0, 1], [0, 2], [1, 2]];
/** From which share on a wish counts as granted, below which as refused. */
const GRANTED = 0.999;

/**
 * @param {HTMLElement} host
 */
export function createWishes(host) {
  const picture = element("div", { class: "drawing", role: "img" });
  host.replaceChildren(picture);
  /** @type {Point | null} */
  let shownPoint = null;
  /** @type {Real[]} */
  let shownPhases = [];
  let waits = false;

  function draw() {
    waits = false;
    const levels = shownPoint && triangleOf(shownPoint);
    if (!shownPoint || !levels) return;
    const point = shownPoint;
    const svg = drawn("svg", { viewBox: "-18 0 356 244", "aria-hidden": "true" });
    const largest = Math.max(...EDGES.map(([a, b]) => wish(point, levels[a], levels[b]).size)) || 1;
    const told = EDGES.map(([a, b], place) => {
      const [i, j] = [levels[a], levels[b]];
      const wanted = wish(point, i, j);
      const share = Math.cos((shownPhases[j] ?? 0) - (shownPhases[i] ?? 0) - wanted.phase);
      const look = share > GRANTED ? "granted" : share < 0 ? "refused" : "partly";
      const [[x, y], [u, v]] = [CORNERS[a], CORNERS[b]];
      svg.append(drawn("line", { class: `edge ${look}`, x1: x, y1: y, x2: u, y2: v, "stroke-width": 2 + (7 * wanted.size) / largest }));
      const [dx, dy, anchor] = BESIDE[place];
      const [left, top] = [(x + u) / 2 + Number(dx) * (place < 2 ? 0.35 : 1), (y + v) / 2 + Number(dy)];
      svg.append(drawn("text", { x: left, y: top - (place === 2 ? 16 : 0), "text-anchor": String(anchor) }, `wants ${angle(wanted.phase)}`));
      svg.append(drawn("text", { class: look, x: left, y: top + (place === 2 ? 0 : 17), "text-anchor": String(anchor) }, `gets ${percent(share)}`));
      return `the pair ${i}, ${j} wants ${angle(wanted.phase)} and gets ${percent(share)}`;
    });
    levels.forEach((level, place) => svg.append(...corner(level, CORNERS[place], (shownPhases[level] ?? 0) - (shownPhases[levels[0]] ?? 0))));
    picture.replaceChildren(svg);
    picture.setAttribute("aria-label", `${triangleSays(point)} Now ${told.join(", ")}.`);
  }

  return {
    /**
     * @param {Point | null} point
     * @param {Real[]} [phases]
     */
    show(point, phases = []) {
      shownPoint = point;
      shownPhases = phases;
      if (!waits) requestAnimationFrame(draw);
      waits = true;
    },
  };
}

/**
 * A level, its phase a hand.
 * @param {number} level
 * @param {number[]} place
 * @param {number} phase
 */
function corner(level, [x, y], phase) {
  const [tip, side] = [[x + (RADIUS - 3) * Math.cos(phase), y - (RADIUS - 3) * Math.sin(phase)], 5];
  const [c, s] = [Math.cos(phase), -Math.sin(phase)];
  const head = [tip, [tip[0] - 9 * c - side * s, tip[1] - 9 * s + side * c], [tip[0] - 9 * c + side * s, tip[1] - 9 * s - side * c]];
  return [
    drawn("circle", { class: "level", cx: x, cy: y, r: RADIUS }),
    drawn("line", { class: "hand", x1: x, y1: y, x2: tip[0] - 6 * c, y2: tip[1] - 6 * s }),
    drawn("polygon", { class: "head", points: head.map((one) => one.map((each) => each.toFixed(2)).join(",")).join(" ") }),
    drawn("text", { class: "ket", x: x + (x < 100 ? -RADIUS - 8 : RADIUS + 8), y: y + 5, "text-anchor": x < 100 ? "end" : "start" }, `|${level}⟩`),
  ];
}
