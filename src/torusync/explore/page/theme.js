// @ts-check
// Light and dark: what the reader's system says, unless the address says otherwise.  Nothing is stored in the browser.

import { dark, light } from "./views/colors.js";

/** @typedef {import("./types.js").Theme} Theme */

const SYSTEM = matchMedia("(prefers-color-scheme: dark)");

/** @param {Theme} theme */
export function paletteOf(theme) {
  return theme === "dark" || (theme === "auto" && SYSTEM.matches) ? dark : light;
}

/** @param {Theme} theme */
export function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

/** @param {() => void} changed */
export function onSystemTheme(changed) {
  SYSTEM.addEventListener("change", changed);
}
