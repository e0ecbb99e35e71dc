// @ts-check
// How the page begins: what can be shown is asked for once, the address says what is shown first, and every control is
// tied to the one place where the state changes.

import { tieAbout } from "./about.js";
import { axisOf, fillPresets, tongueOf, withPresets } from "./choosers.js";
import { byId, download, element } from "./dom.js";
import { listenForFiles } from "./drop.js";
import { listen } from "./evidence.js";
import { createLecture } from "./lecture.js";
import { Page } from "./page.js";
import { refusalOf } from "./refusal.js";
import { modelOf, presetOf, shownValues, stateOf } from "./state.js";
import { onSystemTheme } from "./theme.js";

/** @typedef {import("./types.js").Theme} Theme */

/**
 * What is fetched when it is first asked for; an exported page has no large chart.
 * @typedef {{saves: typeof import("./saves.js").saves, openFigure?: typeof import("./figure.js").openFigure}} Later
 */

/**
 * @param {import("./types.js").Source} source
 * @param {() => Promise<Later>} later
 */
export async function begin(source, later) {
  listen();
  tieAbout();
  let catalogue;
  try {
    catalogue = withPresets(await source.catalogue());
  } catch (fault) {
    byId("fault").textContent = refusalOf(fault).sentence;
    byId("fault").hidden = false;
    return;
  }
  fillPresets(byId("preset"), catalogue.presets);
  byId("version").textContent = `torusync ${catalogue.version}. ${source.about ?? ""}`;
  const page = new Page(source, catalogue);
  const lecture = catalogue.lecture
    ? createLecture(byId("lecture"), catalogue.lecture, {
        go: (query, step) => page.go(query, step),
        left: () => page.change({ step: 0 }, true),
      })
    : null;
  page.lecture = lecture;
  byId("tour").hidden = !lecture;
  byId("tour").addEventListener("click", () => {
    lecture?.start();
    /** @type {HTMLElement | null} */ (byId("lecture").querySelector(".next"))?.focus(); // arrow keys step from here on
  });
  tieChoosers(page);
  tieViews(page, later);
  tieFiles(page, later);
  window.addEventListener("popstate", () => page.arrive(location.search));
  onSystemTheme(() => page.dress());
  page.arrive(location.search);
}

/** @param {Page} page */
function tieChoosers(page) {
  const { catalogue } = page;
  const preset = /** @type {HTMLSelectElement} */ (byId("preset"));
  preset.addEventListener("change", () => {
    const chosen = presetOf(catalogue, preset.value);
    page.leaveOwn(); // also where it is the machine that was there before
    if (chosen) page.change({ ...stateOf(catalogue, chosen), theme: page.state.theme, view: page.state.view }, true);
  });
  const theme = /** @type {HTMLSelectElement} */ (byId("theme"));
  theme.addEventListener("change", () => page.change({ theme: /** @type {Theme} */ (theme.value) }, true));
  const axis = /** @type {HTMLSelectElement} */ (byId("axis"));
  axis.addEventListener("change", () => {
    const parameter = page.model.parameters.find((one) => one.name === axis.value);
    const usual = presetOf(catalogue, page.state.preset)?.axis;
    if (parameter) page.change({ axis: usual?.name === axis.value ? usual : axisOf(parameter, "line"), tongue: null }, true);
  });
  const family = /** @type {HTMLSelectElement} */ (byId("family"));
  family.addEventListener("change", () => page.change({ line: family.value }, true));
  byId("show-line").addEventListener("click", () => page.change({ tongue: null }, true));
  byId("show-tongue").addEventListener("click", () => {
    const model = modelOf(catalogue, page.state.model);
    page.change({ tongue: tongueOf(model, shownValues(model, page.state.values), presetOf(catalogue, page.state.preset)) }, true);
  });
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
}

/**
 * @param {Page} page
 * @param {() => Promise<Later>} later
 */
async function asked(page, later) {
  try {
    return await later();
  } catch (fault) {
    page.notice([refusalOf(fault).sentence]);
    return null;
  }
}

/**
 * @param {Page} page
 * @param {() => Promise<Later>} later
 */
function tieViews(page, later) {
  for (const button of document.querySelectorAll("button.enlarge")) {
    const view = /** @type {HTMLElement} */ (button).dataset.view ?? "all";
    button.addEventListener("click", () => page.change({ view: page.state.view === view ? "all" : view }, true));
  }
  byId("walk").addEventListener("click", () => void page.walk());
  byId("enlarge-chart").hidden = page.source.kind === "cube";
  byId("enlarge-chart").addEventListener("click", async () => {
    const found = await asked(page, later);
    const shown = page.charts.shown();
    if (!shown || !found?.openFigure) return;
    void found.openFigure(shown, { theme: page.state.theme, catalogue: page.catalogue, title: page.charts.title(), close: () => byId("enlarge-chart").focus() });
  });
  byId("helping").addEventListener("click", () => /** @type {HTMLDialogElement} */ (byId("help")).showModal());
}

/**
 * @param {Page} page
 * @param {() => Promise<Later>} later
 */
function tieFiles(page, later) {
  byId("open").hidden = page.source.kind === "cube";
  if (page.source.kind !== "cube") {
    listenForFiles({ take: (name, bytes) => void page.take(name, bytes), fault: (sentence) => page.notice([sentence]) }, page.catalogue.limits.dropped_bytes);
  }
  const copy = byId("copy");
  copy.addEventListener("click", async () => {
    try {
      const code = await page.code();
      await navigator.clipboard.writeText(code).catch(() => download("torusync_view.py", code, "text/x-python"));
      page.notice(["The Python code of this view is in the clipboard."]);
    } catch (fault) {
      page.notice([refusalOf(fault).sentence]);
    }
  });
  const menu = /** @type {HTMLDetailsElement} */ (byId("save"));
  menu.addEventListener("toggle", async () => {
    const found = menu.open ? await asked(page, later) : null;
    if (found) byId("save-list").replaceChildren(...found.saves(page).map(([title, act]) => {
      const button = element("button", { type: "button" }, title);
      button.addEventListener("click", () => {
        menu.open = false;
        act();
      });
      return button;
    }));
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}
