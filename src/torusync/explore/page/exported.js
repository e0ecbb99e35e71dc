// @ts-check
// The page that was written as one file: its answers are inside it, and no server is asked.

import { begin } from "./begin.js";
import { cubeSource } from "./cube.js";
import { byId } from "./dom.js";
import { saves } from "./saves.js";

void begin(cubeSource(byId("cube").textContent ?? ""), () => Promise.resolve({ saves }));
