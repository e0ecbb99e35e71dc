// @ts-check
// Where the marks of an axis stand: at round numbers, or at powers of ten.

/**
 * Round values between two ends.
 * @param {number} low
 * @param {number} high
 * @param {number} about how many
 */
export function ticks(low, high, about) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * span; k += 1) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/**
 * Powers of ten between two ends; 2 and 5 of each where there is less than a decade and a half.
 * @param {number} low
 * @param {number} high
 */
export function decades(low, high) {
  const found = [];
  const few = Math.log10(high / low) < 1.5;
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const times of few ? [1, 2, 5] : [1]) {
      const value = Number((times * 10 ** power).toPrecision(6));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found;
}

/**
 * The power of ten that is taken out of an axis, in steps of three.
 * @param {number} largest
 */
export function powerOf(largest) {
  if (!(largest > 0) || (largest >= 0.1 && largest < 1000)) return 0;
  return Math.floor(Math.log10(largest));
}
