// @ts-check
/**
 * What is taken hold of on a canvas, for those who use a keyboard or a screen reader: a slider over each handle.
 *
 * The pointer goes through to the canvas, which knows better what is nearest to a finger.  Up to twelve handles have a
 * tab stop each; of more there is one, and Page Up and Page Down go from handle to handle, for fifty stops would be a
 * wall to everybody who only wants to pass.
 */

/**
 * @typedef {{x: number, y: number, radius: number, name: string, value: number, text: string}} Handle
 *   centre and radius in lengths of the surface, what it is, degrees, and the same in words
 *
 * @typedef {{
 *   show: (handles: Handle[], zoom?: number) => void, focused: () => number, focus: (index: number) => void, destroy: () => void,
 * }} Handles
 */

const STOPS = 12;

/** Degrees that an arrow key moves a handle, to the right or upwards, and how much farther with shift. */
const STEP = 1;
const FARTHER = 10;

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {HTMLElement} host
 * @param {{
 *   move: (index: number, across: number, up: number) => void, release: (index: number) => void,
 *   changed: () => void, help: string, plane?: boolean,
 * }} options  `move` by so many degrees; `changed` when another has the focus; `help` says what keys do
 * @returns {Handles}
 */
export function createHandles(host, options) {
  /** @type {HTMLElement[]} */
  const made = [];
  /** @type {Handle[]} */
  let shown = [];
  let current = 0;
  /** Which handle keys have moved and not let go of yet, −1 for none. */
  let away = -1;

  const focused = () => made.findIndex((one) => one === document.activeElement);

  /** @param {number} index */
  function focus(index) {
    current = Math.max(0, Math.min(shown.length - 1, index));
    made.forEach((one, k) => { one.tabIndex = shown.length <= STOPS || k === current ? 0 : -1; });
    made[current]?.focus({ preventScroll: true });
  }

  /** @param {number} index */
  function letGo(index) {
    away = -1;
    options.release(index);
  }

  /** @param {KeyboardEvent} event @param {number} index */
  function pressed(event, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const along = ARROWS[event.key];
    if (along) {
      const step = STEP * (event.shiftKey ? FARTHER : 1);
      away = index;
      options.move(index, step * along[0], step * along[1]);
    } else if (event.key === "Enter" || event.key === " ") letGo(index);
    else if (event.key === "PageDown" && shown.length > 1) focus((index + 1) % shown.length);
    else if (event.key === "PageUp" && shown.length > 1) focus((index + shown.length - 1) % shown.length);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function make() {
    const index = made.length;
    const one = document.createElement("div");
    one.className = "handle";
    one.setAttribute("role", "slider");
    one.setAttribute("aria-valuemin", "0");
    one.setAttribute("aria-valuemax", "360");
    one.setAttribute("aria-description", options.help);
    if (options.plane) one.setAttribute("aria-roledescription", "point on a map");
    one.style.position = "absolute";
    one.style.borderRadius = "50%";
    one.style.pointerEvents = "none";
    one.addEventListener("keydown", (event) => pressed(event, index));
    one.addEventListener("focus", options.changed);
    one.addEventListener("blur", () => {
      // who goes on has let go
      if (away === index) letGo(index);
      options.changed();
    });
    host.append(one);
    made.push(one);
  }

  return {
    focused,
    focus,
    show(handles, zoom = 1) {
      while (made.length < handles.length) make();
      while (made.length > handles.length) made.pop()?.remove();
      shown = handles;
      current = Math.max(0, Math.min(current, handles.length - 1));
      handles.forEach(({ x, y, radius, name, value, text }, k) => {
        const one = made[k];
        one.tabIndex = handles.length <= STOPS || k === current ? 0 : -1;
        one.style.left = `${zoom * (x - radius)}px`;
        one.style.top = `${zoom * (y - radius)}px`;
        one.style.width = `${2 * zoom * radius}px`;
        one.style.height = `${2 * zoom * radius}px`;
        one.setAttribute("aria-label", name.replace(/_/g, ""));
        one.setAttribute("aria-valuenow", String(Math.round(10 * value) / 10));
        one.setAttribute("aria-valuetext", text.replace(/_/g, ""));
      });
    },
    destroy() {
      away = -1;
      made.splice(0).forEach((one) => one.remove());
    },
  };
}

/**
 * Hold a handle with mouse, pen or finger and move it; elsewhere a finger scrolls the page as it does on any picture.
 * @param {import("./surface.js").Surface} surface
 * @param {{
 *   find: (x: number, y: number, reach: number) => number, begin: (index: number) => void,
 *   drag: (index: number, x: number, y: number) => void, end: (index: number) => void,
 * }} options  `find` returns −1 where nothing is within reach; places are pixels of the surface
 */
export function draggable(surface, options) {
  const { canvas } = surface;
  let held = -1;
  const place = (/** @type {{clientX: number, clientY: number}} */ event) => {
    const box = canvas.getBoundingClientRect();
    return /** @type {[number, number]} */ (
      [(event.clientX - box.left) / surface.zoom, (event.clientY - box.top) / surface.zoom]
    );
  };
  const reach = (/** @type {string} */ kind) => (kind === "touch" ? 34 : 22);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || held >= 0) return;
    const [x, y] = place(event);
    held = options.find(x, y, reach(event.pointerType));
    if (held < 0) return;
    canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
    options.begin(held);
    options.drag(held, x, y);
    canvas.style.cursor = "grabbing";
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    if (held >= 0) options.drag(held, x, y);
    else canvas.style.cursor = options.find(x, y, reach(event.pointerType)) >= 0 ? "grab" : "";
  });
  const done = () => {
    if (held < 0) return;
    const index = held;
    held = -1;
    canvas.style.cursor = "";
    options.end(index);
  };
  canvas.addEventListener("pointerup", done);
  canvas.addEventListener("pointercancel", done);
  // a browser decides at the first touch whether a finger scrolls; passive listeners cannot say no
  canvas.addEventListener("touchstart", (event) => {
    const touch = event.touches[0];
    if (touch && options.find(...place(touch), reach("touch")) >= 0) event.preventDefault();
  }, { passive: false });
}
