// @ts-check
/**
 * WebGL2 for one torus: a mesh, a picture around it, one lamp.  Everything else of a globe is drawn in two dimensions.
 */

import { HOLE, matrix, TUBE } from "./space.js";

const ACROSS = 128;
const AROUND = 64;

const VERTEX = `#version 300 es
in vec2 phases;
uniform mat4 view;
uniform mat3 turn;
out vec2 place;
out vec3 normal;
void main() {
  vec2 c = cos(phases), s = sin(phases);
  float far = ${HOLE.toFixed(4)} + ${TUBE.toFixed(4)} * c.y;
  gl_Position = view * vec4(far * c.x, far * s.x, ${TUBE.toFixed(4)} * s.y, 1.0);
  normal = turn * vec3(c.y * c.x, c.y * s.x, s.y);
  place = phases / 6.283185307179586;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec2 place;
in vec3 normal;
uniform sampler2D skin;
uniform float shade;
out vec4 color;
void main() {
  vec3 n = normalize(normal);
  float lamp = max(0.0, dot(n, normalize(vec3(-0.35, 0.55, 0.8))));
  float edge = pow(1.0 - max(0.0, n.z), 3.0);
  vec3 base = texture(skin, place).rgb;
  // the colour is the datum: light only hints at the form
  vec3 lit = base * (0.74 + 0.3 * lamp);
  color = vec4(mix(lit, vec3(shade), 0.35 * edge), 1.0);
}`;

/**
 * @typedef {{
 *   works: () => boolean, load: (skin: HTMLCanvasElement) => void, clear: () => void, destroy: () => void,
 *   draw: (view: number[], zoom: number, width: number, height: number, ratio: number, dark: boolean) => void,
 * }} Renderer
 *
 * @param {HTMLCanvasElement} canvas
 * @param {(there: boolean) => void} changed  called when the graphics card takes the context away, or gives it back
 * @returns {Renderer}
 */
export function createRenderer(canvas, changed) {
  // the picture is kept, for those who save it
  const gl = canvas.getContext("webgl2", { alpha: true, antialias: true, preserveDrawingBuffer: true });
  let ready = gl ? build(gl) : null;

  const lost = (/** @type {Event} */ event) => {
    event.preventDefault();
    ready = null;
    changed(false);
  };
  const back = () => {
    ready = gl ? build(gl) : null;
    if (ready) changed(true);
  };
  canvas.addEventListener("webglcontextlost", lost);
  canvas.addEventListener("webglcontextrestored", back);

  return {
    works: () => ready !== null,
    load(skin) {
      if (!gl || !ready) return;
      gl.bindTexture(gl.TEXTURE_2D, ready.texture);
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, skin);
      gl.generateMipmap(gl.TEXTURE_2D);
    },
    clear() {
      if (!gl || !ready) return;
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    },
    draw(view, zoom, width, height, ratio, dark) {
      if (!gl || !ready) return;
      const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
      gl.viewport(0, 0, across, down);
      this.clear();
      gl.uniformMatrix4fv(ready.view, false, matrix(view, zoom, width, height));
      gl.uniformMatrix3fv(ready.turn, true, new Float32Array(view));
      gl.uniform1f(ready.shade, dark ? 0.05 : 1);
      gl.drawElements(gl.TRIANGLES, 6 * ACROSS * AROUND, gl.UNSIGNED_SHORT, 0);
    },
    destroy() {
      canvas.removeEventListener("webglcontextlost", lost);
      canvas.removeEventListener("webglcontextrestored", back);
      gl?.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

/**
 * @param {WebGL2RenderingContext} gl
 * @returns {{texture: WebGLTexture | null, view: WebGLUniformLocation | null, turn: WebGLUniformLocation | null,
 *   shade: WebGLUniformLocation | null} | null}  null where the driver cannot
 */
function build(gl) {
  const program = gl.createProgram();
  if (!program) return null;
  for (const [kind, text] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);

  const phases = new Float32Array(2 * (ACROSS + 1) * (AROUND + 1));
  let at = 0;
  for (let j = 0; j <= AROUND; j += 1) {
    for (let i = 0; i <= ACROSS; i += 1) {
      phases[at++] = (2 * Math.PI * i) / ACROSS;
      phases[at++] = (2 * Math.PI * j) / AROUND;
    }
  }
  const corners = new Uint16Array(6 * ACROSS * AROUND);
  at = 0;
  for (let j = 0; j < AROUND; j += 1) {
    for (let i = 0; i < ACROSS; i += 1) {
      const here = j * (ACROSS + 1) + i;
      corners.set([here, here + 1, here + ACROSS + 1, here + 1, here + ACROSS + 2, here + ACROSS + 1], at);
      at += 6;
    }
  }
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, phases, gl.STATIC_DRAW);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, corners, gl.STATIC_DRAW);
  const place = gl.getAttribLocation(program, "phases");
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, 0);
  gl.enable(gl.DEPTH_TEST);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.REPEAT);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.REPEAT);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  const uniform = (/** @type {string} */ name) => gl.getUniformLocation(program, name);
  return { texture, view: uniform("view"), turn: uniform("turn"), shade: uniform("shade") };
}
