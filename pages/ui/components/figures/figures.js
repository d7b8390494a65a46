// A line of labelled figures. Some values come from a provider.

import { element, part } from "../dom.js";

/**
 * @import { Mount } from "../component.d.ts"
 *
 * @typedef {object} Figure
 * @property {string} label
 * @property {string} value
 * @property {string} unit
 * @property {string} title
 * @property {boolean} missing
 * @property {boolean} best
 * @property {string} delta
 * @property {string} spread
 */

/** @param {Figure} figure */
function drawFigure(figure) {
  const group = element("div", "figure");
  group.classList.toggle("missing", figure.missing);
  group.classList.toggle("best", figure.best);
  group.title = figure.title;
  const value = element("dd", "value", figure.value);
  if (figure.unit) value.append(element("span", "unit", ` ${figure.unit}`));
  if (figure.spread) value.append(element("span", "spread", ` ${figure.spread}`));
  if (figure.delta) value.append(element("span", "delta", ` ${figure.delta}`));
  if (figure.best) value.append(element("span", "spoken", " (best)"));
  group.append(element("dt", "label", figure.label), value);
  return group;
}

/** @param {Mount<{figures: Figure[]}>} mount */
export default function ({ data, parentElement }) {
  part(parentElement, ".figures").replaceChildren(...data.figures.map(drawFigure));
}
