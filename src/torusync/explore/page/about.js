// @ts-check
// What a preset shows, in a few lines.  On a screen that must hold everything a long text is cut; then a button, which
// keys and fingers reach as a mouse does, shows the rest of it.

import { byId } from "./dom.js";

/** Tie the button that shows all of the text; it is there only while something is hidden. */
export function tieAbout() {
  const [text, more] = [byId("about"), byId("about-more")];
  more.addEventListener("click", () => {
    text.classList.toggle("whole");
    look();
  });
  new ResizeObserver(look).observe(text);
}

/** @param {(Node | string)[]} content */
export function showAbout(content) {
  byId("about").classList.remove("whole");
  byId("about").replaceChildren(...content);
  look();
}

function look() {
  const [text, more] = [byId("about"), byId("about-more")];
  const whole = text.classList.contains("whole");
  more.hidden = !whole && text.scrollHeight <= text.clientHeight + 1;
  more.textContent = whole ? "less" : "more";
  more.setAttribute("aria-expanded", String(whole));
}
