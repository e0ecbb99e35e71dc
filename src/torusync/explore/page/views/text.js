// @ts-check
/**
 * Numbers, phases and names of levels as people read them: a true minus sign, powers of ten, subscripts.
 */

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** What is no number stands as a dash, never as 0. */
export const NONE = "–";

/**
 * @param {number | null | undefined} value @param {number} [digits] @returns {string}
 */
export function number(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return "0";
  const size = Math.abs(value);
  let out;
  if (size >= 1e-3 && size < 10 ** Math.max(4, digits)) {
    out = String(Number(value.toPrecision(digits)));
  } else {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const power = String(Number(exponent)).replace(/./g, (c) => RAISED[/** @type {keyof typeof RAISED} */ (c)]);
    out = `${Number(mantissa)} · 10${power}`;
  }
  return out.replace("-", "−");
}

/** @param {number} phase  in radians @returns {number} the same in [0, 360) */
export function degrees(phase) {
  const turned = (phase * 180) / Math.PI;
  const out = turned - 360 * Math.floor(turned / 360);
  return out >= 359.95 ? 0 : out; // 359.97 would be shown as 360.0
}

/** @param {number | null | undefined} phase  in radians @returns {string} "90°", "33.6°" */
export function degreesText(phase) {
  if (phase === null || phase === undefined || !Number.isFinite(phase)) return NONE;
  return `${Number(degrees(phase).toFixed(1))}°`;
}

const LOWERED = "₀₁₂₃₄₅₆₇₈₉";

/** @param {string} name @returns {string} digits as subscripts; else the name itself */
function lowered(name) {
  return /^\d+$/.test(name) ? name.replace(/\d/g, (d) => /** @type {string} */ (LOWERED[Number(d)])) : `(${name})`;
}

/**
 * The relative phase of two levels, "φ₂₁" or "φ₁₂,₁".
 * @param {string} level
 * @param {string} reference
 */
export function phaseName(level, reference) {
  const plain = /^\d$/.test(level) && /^\d$/.test(reference);
  return `φ${lowered(level)}${plain ? "" : ","}${lowered(reference)}`;
}

/** @param {string} level @returns {string} "|2⟩" */
export const ket = (level) => (/[|⟩]/.test(level) ? level : `|${level}⟩`);

/**
 * Names of levels, runs of numbers joined: "2–51", "2, 4".
 * @param {string[]} names
 * @param {number} [most]
 */
export function ranges(names, most = 3) {
  /** @type {string[][]} */
  const runs = [];
  for (const name of names) {
    const run = runs[runs.length - 1];
    if (run && Number(name) === Number(run[run.length - 1]) + 1) run.push(name);
    else runs.push([name]);
  }
  const parts = runs.map((run) => (run.length < 3 ? run.join(", ") : `${run[0]}–${run[run.length - 1]}`));
  return parts.length <= most ? parts.join(", ") : `${names.length} levels`;
}

/** @param {number} share  of one @returns {string} "83 %": rounded towards 0, so that 100 % is never said of less */
export function percent(share) {
  if (!Number.isFinite(share)) return NONE;
  if (share >= 1 - 1e-9) return "100 %";
  const digits = share > 0.99 ? 2 : share > 0.9 || Math.abs(share) < 0.1 ? 1 : 0;
  const scale = 10 ** digits;
  return `${(Math.trunc(share * 100 * scale) / scale).toFixed(digits)} %`.replace(/^-(?=[\d.]*[1-9])/, "−").replace(/^-/, "");
}
