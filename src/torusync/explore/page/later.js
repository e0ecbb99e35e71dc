// @ts-check
// What nobody needs before asking for it: the large chart and all that saves.  A script of its own, so that the first
// view has less to fetch; it hands over what it has by an event, as scripts that are joined import nothing.

import { openFigure } from "./figure.js";
import { saves } from "./saves.js";

document.dispatchEvent(new CustomEvent("later", { detail: { openFigure, saves } }));
