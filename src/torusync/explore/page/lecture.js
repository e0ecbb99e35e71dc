// @ts-check
// A lecture: states of the page in an order, each with a caption, stepped through with keys as a presenter's remote has
// them.  Arrow keys belong to whatever control has the focus; they turn pages only where none has.

import { element, prose } from "./dom.js";

/**
 * @typedef {{title: string | null, caption: string, query: string}} Step
 * @typedef {{title: string, steps: Step[]}} Lecture
 */

/** Which keys go which way. */
const WAYS = new Map([["ArrowRight", 1], ["PageDown", 1], ["ArrowLeft", -1], ["PageUp", -1]]);

/**
 * Whether a key pressed there is the page's own, and not that of a control.
 * @param {EventTarget | null} target
 */
function free(target) {
  return !(target instanceof Element) || !target.closest("input, select, textarea, dialog, [role='slider'], [role='application']");
}

/**
 * @param {HTMLElement} host
 * @param {Lecture} lecture
 * @param {{go: (query: string, step: number) => void, left: () => void}} told
 *   what is told when a step is gone to, from 1, and when the lecture is left
 */
export function createLecture(host, lecture, { go, left }) {
  const { steps } = lecture;
  let step = 0;
  const place = element("span", { class: "place" });
  const title = element("strong", { class: "step-title" });
  const caption = element("p", { class: "caption", role: "status" });
  const back = element("button", { type: "button", class: "back", "aria-keyshortcuts": "ArrowLeft PageUp" }, "Back");
  const next = element("button", { type: "button", class: "next", "aria-keyshortcuts": "ArrowRight PageDown" }, "Next");
  const leave = element("button", { type: "button", class: "leave" }, "End");
  host.setAttribute("aria-label", lecture.title);
  host.replaceChildren(element("div", { class: "steps" }, back, place, next, leave), title, caption);
  back.addEventListener("click", () => move(-1));
  next.addEventListener("click", () => move(1));
  leave.addEventListener("click", () => {
    show(0);
    left();
  });
  document.addEventListener("keydown", (event) => {
    const way = WAYS.get(event.key);
    const inside = host.contains(/** @type {Node | null} */ (event.target));
    if (way === undefined || step === 0 || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (!inside && !free(event.target)) return;
    event.preventDefault();
    move(way);
  });

  /**
   * Show where the lecture is; 0 is nowhere.
   * @param {number} number
   */
  function show(number) {
    step = Math.min(Math.max(number, 0), steps.length);
    host.hidden = step === 0;
    if (step === 0) return;
    const one = steps[step - 1];
    place.textContent = `${step} of ${steps.length}`;
    title.textContent = one.title ?? "";
    title.hidden = !one.title;
    caption.replaceChildren(...prose(one.caption));
    back.disabled = step === 1;
    next.disabled = step === steps.length;
  }

  /** @param {number} way */
  function move(way) {
    const number = Math.min(Math.max(step + way, 1), steps.length);
    if (number === step) return;
    show(number);
    go(steps[number - 1].query, number);
  }

  show(0);
  return {
    show,
    /** Begin with the first step. */
    start() {
      step = 0;
      move(1);
    },
  };
}
