// @ts-check
// The large chart: axes to zoom, values under the pointer, pictures of any size.  plotly.js, four megabytes from the
// installed package, is only fetched when somebody opens it; the page itself draws its charts without.

import { byId, element } from "./dom.js";
import { FAMILIES } from "./families.js";
import { paletteOf } from "./theme.js";
import { sequential } from "./views/colors.js";

/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Plane} Plane */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./types.js").Catalogue} Catalogue */

/** @type {Promise<any> | null} */
let loading = null;

/**
 * plotly makes a style sheet and sets style attributes, both of which the page's policy forbids, to it as to anything that
 * was slipped in.  It takes a sheet that has its name for its own, and what an attribute says can be said through the
 * object model, which the policy allows; so it works, and the policy stays as strict as it is.
 */
function allowStyles() {
  document.head.append(element("link", { id: "plotly.js-style-global", rel: "stylesheet", href: "page/plotly.css" }));
  const setAttribute = Element.prototype.setAttribute;
  /** @param {string} name @param {string} value */
  Element.prototype.setAttribute = function set(name, value) {
    if (name === "style" && "style" in this) /** @type {SVGElement} */ (this).style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}

/** @returns {Promise<any>} the library, fetched once */
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    allowStyles();
    const script = element("script", { src: "/plotly.js" });
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => {
      loading = null;
      reject(new Error("plotly.js is not there: install the extra `explore`"));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * @param {string} name of a parameter
 * @param {string} model
 * @param {Catalogue} catalogue
 */
function axisTitle(name, model, catalogue) {
  const parameter = catalogue.models.find((one) => one.name === model)?.parameters.find((one) => one.name === name);
  if (!parameter) return name;
  const [symbol, unit] = [parameter.symbol, parameter.unit].map((one) => one.replace(/_(?:\{([^}]*)\}|(\w+))/g, "<sub>$1$2</sub>"));
  return unit ? `${symbol} (${unit})` : symbol;
}

/**
 * @param {Line | Plane} shown
 * @param {{theme: Theme, catalogue: Catalogue, title: string, close: () => void}} about
 */
export async function openFigure(shown, about) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("figure"));
  const host = byId("figure-plot");
  byId("figure-title").textContent = about.title;
  host.replaceChildren(element("p", {}, "Fetching the chart library …"));
  dialog.showModal();
  dialog.addEventListener("close", about.close, { once: true });
  try {
    const library = await plotly();
    host.replaceChildren();
    const { data, layout } = "columns" in shown ? ofLine(shown, about.catalogue) : ofPlane(shown, about.catalogue);
    const colors = paletteOf(about.theme);
    const look = {
      paper_bgcolor: colors.background, plot_bgcolor: colors.background, font: { color: colors.ink, size: 15 },
      margin: { l: 80, r: 30, t: 20, b: 65 }, legend: { orientation: "h", y: 1.08 },
      colorway: [colors.ink, colors.entrainment, colors.mutual],
    };
    for (const axis of [layout.xaxis, layout.yaxis]) Object.assign(axis, { gridcolor: colors.grid, zerolinecolor: colors.muted, exponentformat: "power" });
    await library.newPlot(host, data, { ...layout, ...look }, {
      responsive: true, displaylogo: false, displayModeBar: true,
      toImageButtonOptions: { format: "svg", filename: "torusync" },
      modeBarButtonsToAdd: [{ name: "Download as PNG", icon: library.Icons.camera, click: () => library.downloadImage(host, { format: "png", scale: 2, filename: "torusync" }) }],
    });
  } catch (fault) {
    host.replaceChildren(element("p", { class: "fault" }, fault instanceof Error ? fault.message : String(fault)));
  }
}

/**
 * @param {Line} line
 * @param {Catalogue} catalogue
 */
function ofLine(line, catalogue) {
  const family = FAMILIES.find((one) => one.name === line.family) ?? FAMILIES[0];
  const plain = (/** @type {string} */ text) => text.replace(/_(\w+)/g, "<sub>$1</sub>").replace(/\^(\w)/g, "<sup>$1</sup>");
  const data = family.series
    .filter(([name]) => line.columns[name]?.some((one) => one !== null))
    .map(([name, title, look]) => ({
      x: line.axis, y: line.columns[name].map((one) => (one !== null && family.modulus ? Math.abs(one) : one)), name: plain(title), mode: "lines", line: { width: look === "whole" ? 3 : 2 },
    }));
  const units = catalogue.quantities.find((one) => one.name === family.asks[0])?.units ?? "";
  /** @type {{xaxis: any, yaxis: any}} */
  const layout = {
    xaxis: { title: { text: axisTitle(line.spec.name, line.model, catalogue) }, type: line.spec.log ? "log" : "linear" },
    yaxis: { title: { text: plain(units ? `${family.label} (${units})` : family.label) } },
  };
  return { data, layout };
}

/**
 * @param {Plane} plane
 * @param {Catalogue} catalogue
 */
function ofPlane(plane, catalogue) {
  const [across, up] = plane.specs;
  const steps = [0, 32, 64, 96, 128, 160, 192, 224, 255];
  const scale = steps.map((k) => [k / 255, `rgb(${sequential[3 * k]},${sequential[3 * k + 1]},${sequential[3 * k + 2]})`]);
  const turned = plane.axes[1].map((_, j) => plane.axes[0].map((_, i) => plane.values[i][j]));
  const data = [{ type: "heatmap", x: plane.axes[0], y: plane.axes[1], z: turned, colorscale: scale, colorbar: { title: { text: "S<sub>max</sub>" }, exponentformat: "power" } }];
  /** @type {{xaxis: any, yaxis: any}} */
  const layout = {
    xaxis: { title: { text: axisTitle(across.name, plane.model, catalogue) }, type: across.log ? "log" : "linear" },
    yaxis: { title: { text: axisTitle(up.name, plane.model, catalogue) }, type: up.log ? "log" : "linear" },
  };
  return { data, layout };
}
