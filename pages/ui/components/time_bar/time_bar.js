// Where a trace's time went: a bar, and its parts named below it.

import { element, part } from "../dom.js";
import { percentText } from "./percent.js";

/**
 * @import { Mount } from "../component.d.ts"
 *
 * @typedef {object} BarPart
 * @property {string} label
 * @property {number} share Of the whole, 0 to 1.
 * @property {string} value
 * @property {string} title
 * @property {string} colour
 */

/** @param {BarPart} of */
function drawSection({ label, share, value, colour }) {
  const section = element("span", `section ${colour}`);
  section.style.flexGrow = String(share);
  section.title = `${label}: ${value}`;
  return section;
}

/** @param {BarPart} of */
function drawEntry({ label, share, value, title, colour }) {
  const group = element("div", "part");
  group.title = title;
  const said = element("dd", "value", value);
  said.append(element("span", "share", ` ${percentText(share)}`));
  group.append(element("span", `swatch ${colour}`), element("dt", "label", label), said);
  return group;
}

/** @param {Mount<{parts: BarPart[]}>} mount */
export default function ({ data, parentElement }) {
  part(parentElement, ".bar").replaceChildren(...data.parts.map(drawSection));
  part(parentElement, ".parts").replaceChildren(...data.parts.map(drawEntry));
}
