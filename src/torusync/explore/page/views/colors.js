// @ts-check
/**
 * Every colour of the page, light and dark, and the two maps that stand for numbers.
 *
 * Both maps are made here, in OKLab (Björn Ottosson 2020, formulas in the public domain), and copied from nowhere.
 * The one for S rises in lightness all the way, so it reads in grey and in every form of colour blindness.  The one for
 * phases is a closed curve: lightness carries the cosine, and a line from blue to orange, which both common kinds of
 * colour blindness keep apart, carries the sine.  A circle of hues, the usual choice, is a muddle to one man in twelve.
 */

/**
 * @typedef {{
 *   dark: boolean, background: string, panel: string, ink: string, muted: string, grid: string, faint: string,
 *   engine: string, refrigerator: string, hot: string, cold: string, drive: string,
 *   entrainment: string, mutual: string, accent: string, warn: string,
 * }} Palette
 */

/** @type {Palette} */
export const light = {
  dark: false,
  background: "#ffffff",
  panel: "#f6f7f9",
  ink: "#1b1f24",
  muted: "#57606a",
  grid: "#c9d1d9",
  faint: "#e7eaee",
  engine: "#b84a00",
  refrigerator: "#004b87",
  hot: "#bf3a12",
  cold: "#0a66a8",
  drive: "#6639ba",
  entrainment: "#00695c",
  mutual: "#962a9e",
  accent: "#0550ae",
  warn: "#b3261e",
};

/** @type {Palette} */
export const dark = {
  dark: true,
  background: "#0d1117",
  panel: "#161b22",
  ink: "#e6edf3",
  muted: "#a3adb8",
  grid: "#3a424c",
  faint: "#222933",
  engine: "#ff9b57",
  refrigerator: "#6cb6ff",
  hot: "#ff8a65",
  cold: "#79c0ff",
  drive: "#a880ff",
  entrainment: "#56d3c2",
  mutual: "#f0a0f5",
  accent: "#58a6ff",
  warn: "#ff8a80",
};

/** Names of the palette that are used for text, on `background` and on `panel`: a test holds each above 4.5 : 1. */
export const textNames = /** @type {const} */ ([
  "ink", "muted", "engine", "refrigerator", "hot", "cold", "drive", "entrainment", "mutual", "accent", "warn",
]);

/**
 * Linear light of a colour of OKLab; outside [0, 1] where no screen shows it.
 * @param {number} L @param {number} a @param {number} b
 * @returns {[number, number, number]}
 */
function linear(L, a, b) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** @param {number} x  one channel of linear light, as sRGB has it, 0 … 255 */
function encoded(x) {
  const c = Math.min(1, Math.max(0, x));
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
}

/**
 * The colour of OKLab, its chroma taken back until a screen can show it: clipping channels instead would bend hue and
 * lightness, and the map would have steps that are not in the data.
 * @param {number} L @param {number} a @param {number} b
 * @returns {[number, number, number]}
 */
export function oklab(L, a, b) {
  let kept = 1;
  for (let tries = 0; tries < 40; tries += 1) {
    const rgb = linear(L, kept * a, kept * b);
    if (Math.min(...rgb) >= -1e-4 && Math.max(...rgb) <= 1 + 1e-4) break;
    kept *= 0.96;
  }
  const [r, g, v] = linear(L, kept * a, kept * b);
  return [encoded(r), encoded(g), encoded(v)];
}

const SIZE = 256;

/** @param {(t: number) => [number, number, number]} at @param {number} span @returns {Uint8ClampedArray} */
function table(at, span) {
  const out = new Uint8ClampedArray(3 * SIZE);
  for (let k = 0; k < SIZE; k += 1) out.set(at(k / span), 3 * k);
  return out;
}

/** For S, from its lowest value to its highest: 256 colours, red, green and blue in a row. */
export const sequential = table((t) => {
  const hue = ((285 + 170 * t) * Math.PI) / 180;
  const chroma = 0.07 + 0.13 * Math.sin(Math.PI * Math.min(1, 0.08 + 0.92 * t)) ** 0.9;
  return oklab(0.21 + 0.73 * t, chroma * Math.cos(hue), chroma * Math.sin(hue));
}, SIZE - 1);

/** For phases, from 0 to 2π and around: 256 colours, the one after the last is the first. */
export const cyclic = table((t) => {
  const cosine = Math.cos(2 * Math.PI * t);
  const sine = Math.sin(2 * Math.PI * t);
  return oklab(0.62 + 0.19 * cosine, 0.055 * sine, 0.115 * sine);
}, SIZE);

/** @param {Uint8ClampedArray} map @param {number} index */
const css = (map, index) => `rgb(${map[3 * index]}, ${map[3 * index + 1]}, ${map[3 * index + 2]})`;

/** @param {number} t  0 for the lowest, 1 for the highest @returns {string} */
export function heightColor(t) {
  return css(sequential, Math.min(SIZE - 1, Math.max(0, Math.round(t * (SIZE - 1)))));
}

/** @param {number} phase  in radians @returns {string} */
export function phaseColor(phase) {
  const turns = phase / (2 * Math.PI);
  return css(cyclic, Math.round((turns - Math.floor(turns)) * SIZE) % SIZE);
}

/** @param {string} hex  "#rrggbb" @returns {number} relative luminance of WCAG 2 */
function luminance(hex) {
  const of = (/** @type {number} */ at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * of(1) + 0.7152 * of(3) + 0.0722 * of(5);
}

/**
 * Contrast of two colours as WCAG 2 has it, 1 … 21.
 * @param {string} one
 * @param {string} other
 */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (/** @type {number} */ (high) + 0.05) / (/** @type {number} */ (low) + 0.05);
}

/**
 * A colour of the palette, see-through.
 * @param {string} hex
 * @param {number} opacity
 */
export function clear(hex, opacity) {
  const of = (/** @type {number} */ at) => parseInt(hex.slice(at, at + 2), 16);
  return `rgba(${of(1)}, ${of(3)}, ${of(5)}, ${opacity})`;
}
