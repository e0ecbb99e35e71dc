// @ts-check
// The served page: its answers come from the server that it came from.

import { serverSource } from "./api.js";
import { begin } from "./begin.js";

void begin(serverSource());
