// @ts-check
/**
 * A number of an answer, which may be null where it is not finite.
 *
 * @param {number | null | undefined} x
 * @param {number} [other]
 * @returns {number} what is no number as another
 */
export function real(x, other = 0) {
  return typeof x === "number" && Number.isFinite(x) ? x : other;
}
