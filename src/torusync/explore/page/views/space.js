// @ts-check
/**
 * A torus in space and how it is looked at: the same few formulas for the shader's matrix and for the marks above it.
 *
 * Phase a goes around the hole, b around the tube, from the outer equator upwards.
 */

/** Radius of the middle line of the tube, and of the tube. */
export const HOLE = 1;
export const TUBE = 0.44;

/** How far the torus is tipped towards the reader at first, in radians. */
export const TILT = 0.85;

/** Pixels by which it is lifted: below it are the names of its phases. */
const LIFT = 19;

const EYE = 4.6;
const WIDTH = 1.72;

/**
 * @param {number} yaw  around the axis of the torus
 * @param {number} pitch  towards the reader
 * @returns {number[]} 3 × 3, row by row, from the torus to the reader: x right, y up, z to the eye
 */
export function rotation(yaw, pitch) {
  const [c, s, d, t] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return [c, -s, 0, t * s, t * c, d, -d * s, -d * c, t];
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {[number, number, number]}
 */
export function point(a, b) {
  const out = HOLE + TUBE * Math.cos(b);
  return [out * Math.cos(a), out * Math.sin(a), TUBE * Math.sin(b)];
}

/**
 * @param {number[]} m
 * @param {[number, number, number]} v
 * @returns {[number, number, number]}
 */
function turned(m, [x, y, z]) {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

/**
 * Pixels a unit of length at the distance of the torus.
 * @param {number} zoom
 * @param {number} width
 * @param {number} height
 */
const scale = (zoom, width, height) => (zoom * Math.min(width, 0.93 * height)) / (2 * WIDTH);

/**
 * @param {number} a
 * @param {number} b
 * @param {number[]} view
 * @param {number} zoom
 * @param {number} width
 * @param {number} height
 * @returns {{x: number, y: number}} pixels
 */
export function project(a, b, view, zoom, width, height) {
  const [x, y, z] = turned(view, point(a, b));
  const near = (EYE / (EYE - z)) * scale(zoom, width, height);
  return { x: width / 2 + near * x, y: height / 2 - LIFT - near * y };
}

/**
 * The same for a shader: columns of a 4 × 4 matrix.
 * @param {number[]} view
 * @param {number} zoom
 * @param {number} width
 * @param {number} height
 */
export function matrix(view, zoom, width, height) {
  const unit = scale(zoom, width, height);
  const [u, v] = [(2 * unit) / width, (2 * unit) / height];
  const out = new Float32Array(16);
  for (let k = 0; k < 3; k += 1) {
    out[4 * k] = u * view[k];
    // up by a part of w: the middle is lifted by as many pixels for near and far
    out[4 * k + 1] = v * view[3 + k] - (2 * LIFT * view[6 + k]) / (height * EYE);
    out[4 * k + 2] = -0.3 * view[6 + k];
    out[4 * k + 3] = -view[6 + k] / EYE;
  }
  out[13] = (2 * LIFT) / height;
  out[15] = 1;
  return out;
}

/**
 * From where a place is seen best: a little from the side, so that the hole is still one.
 * @param {number} a
 * @param {number} b
 * @returns {[number, number]} yaw and pitch
 */
export function facing(a, b) {
  /** @type {[number, number]} */
  let best = [-Math.PI / 2 - a, TILT];
  let most = -Infinity;
  for (const aside of [0.45, Math.PI + 0.45]) {
    for (const pitch of [-1.3, -TILT, -0.5, 0.5, TILT, 1.3]) {
      const yaw = aside - Math.PI / 2 - a;
      const view = rotation(yaw, pitch);
      const normal = [Math.cos(b) * Math.cos(a), Math.cos(b) * Math.sin(a), Math.sin(b)];
      const towards = normal.reduce((sum, one, k) => sum + one * view[6 + k], 0);
      const worth = towards + (seen(a, b, view) ? 1 : 0) + 0.4 * Math.sin(pitch) - Math.abs(Math.abs(pitch) - TILT);
      if (worth > most) [best, most] = [[yaw, pitch], worth];
    }
  }
  return best;
}

/**
 * Whether a place of the torus is seen, neither from behind nor through the torus: its line to the eye is followed.
 * @param {number} a
 * @param {number} b
 * @param {number[]} view
 */
export function seen(a, b, view) {
  const from = point(a, b);
  const eye = /** @type {const} */ ([EYE * view[6], EYE * view[7], EYE * view[8]]);
  const way = eye.map((one, k) => one - from[k]);
  const normal = [Math.cos(b) * Math.cos(a), Math.cos(b) * Math.sin(a), Math.sin(b)];
  if (normal.reduce((sum, one, k) => sum + one * way[k], 0) <= 0) return false;
  for (let step = 1; step <= 80; step += 1) {
    const share = (0.62 * step) / 80;
    const [x, y, z] = from.map((one, k) => one + share * way[k]);
    if (step > 2 && Math.hypot(Math.hypot(x, y) - HOLE, z) < TUBE * 0.99) return false;
  }
  return true;
}
