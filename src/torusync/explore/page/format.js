// @ts-check
// Numbers as a reader expects them: four digits, a real minus sign, powers of ten raised, phases in units of π.

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} power */
export function raised(power) {
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[Number(digit)]).join("");
  return (power < 0 ? "⁻" : "") + digits;
}

/**
 * A number in at most so many digits; "–" for what is not there.
 * @param {number | null | undefined} value
 * @param {number} [digits]
 * @returns {string}
 */
export function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 1e-3 && size < 1e5) return sign + String(Number(size.toPrecision(digits)));
  const [front, power] = size.toExponential(digits - 1).split("e");
  const mantissa = String(Number(front));
  return `${sign}${mantissa === "1" ? "" : mantissa + "·"}10${raised(Number(power))}`;
}

/** @param {number} value as a share of one */
export function percent(value) {
  const exact = Number((100 * value).toPrecision(9)); // two halves that differ by rounding are told alike
  const shown = Math.abs(exact) < 10 ? Number(exact.toPrecision(2)) : Math.round(exact) === 100 && exact < 99.95 ? Number(exact.toFixed(1)) : Math.round(exact); // 100 is all
  return `${String(shown).replace("-", "−")} %`;
}

/**
 * The angle between −π and π.
 * @param {number} angle
 */
export function wrap(angle) {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

/**
 * A phase in units of π, as a fraction where it is one.
 * @param {number | null | undefined} value
 */
export function angle(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const turned = wrap(value) / Math.PI;
  for (const below of [1, 2, 3, 4, 6]) {
    const above = Math.round(turned * below);
    if (Math.abs(turned - above / below) > 2e-4) continue;
    if (above === 0) return "0";
    if (Math.abs(above) === below) return "π";  // ±π are one phase
    const sign = above < 0 ? "−" : "";
    const times = Math.abs(above) === 1 ? "" : String(Math.abs(above));
    return `${sign}${times}π${below === 1 ? "" : "/" + below}`;
  }
  return `${turned.toFixed(2).replace("-", "−")} π`;
}

const LOWERED = "₀₁₂₃₄₅₆₇₈₉";

/**
 * Digits set low, for the names of levels.
 * @param {string | number} index
 */
export function lowered(index) {
  return [...String(index)].map((digit) => LOWERED[Number(digit)] ?? digit).join("");
}

/** What Unicode has as indices; most letters it has not. */
const INDICES = new Map([..."aehijklmnoprstuvx0123456789"].map((letter, place) => [letter, `ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ${LOWERED}`[place]]));
const POWERS = new Map([...RAISED].map((letter, place) => [String(place), letter]));

/**
 * A symbol as plain text, for a list to choose from, which knows no low letters.
 * @param {string} symbol
 * @returns {string} nothing where Unicode does not have its indices
 */
export function plainSymbol(symbol) {
  const parts = pieces(symbol).map((piece) => {
    const letters = [...piece.text];
    const known = piece.low ? INDICES : piece.high ? POWERS : null;
    return known ? letters.map((one) => known.get(one)) : letters;
  }).flat();
  return parts.includes(undefined) ? "" : parts.join("");
}

/**
 * A symbol such as "γ_h", "S_max" or "ω_{N+1} − ω_2" as pieces of text and of what stands low.
 * @param {string} symbol
 * @returns {{text: string, low: boolean, high: boolean}[]}
 */
export function pieces(symbol) {
  const found = [];
  const pattern = /([_^])(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([^\s_^/(){}|,²³]+))/g;
  let last = 0;
  for (let match = pattern.exec(symbol); match; match = pattern.exec(symbol)) {
    if (match.index > last) found.push({ text: symbol.slice(last, match.index), low: false, high: false });
    found.push({ text: (match[2] ?? match[3]).replace(/[_{}]/g, ""), low: match[1] === "_", high: match[1] === "^" });
    last = match.index + match[0].length;
  }
  if (last < symbol.length) found.push({ text: symbol.slice(last), low: false, high: false });
  return found;
}
