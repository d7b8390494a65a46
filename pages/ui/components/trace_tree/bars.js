// A row's bar on the time axis.

import { element } from "../dom.js";
import { barShape, pathShapes } from "./bar_shapes.js";
import { FLAG } from "./tree.js";

/**
 * @import { BarShape } from "./bar_shapes.js"
 * @import { TimeRange } from "./time_range.js"
 * @import { Tree } from "./tree.js"
 */

/**
 * What a row's lane shows: its bar with the critical path, or which way it is to its bar.
 *
 * @param {Tree} tree
 * @param {number} row
 * @param {TimeRange} range
 */
export function laneParts(tree, row, range) {
  const shape = barShape(tree, row, range);
  if (typeof shape === "string") return [element("i", `beyond ${shape}`)];
  const bar = drawBar(tree, row, shape);
  // With one span alone all of it is critical.
  return tree.size > 1 ? [bar, ...pathLines(tree, row, range)] : [bar];
}

/**
 * @param {Tree} tree
 * @param {number} row
 * @param {BarShape} shape
 */
function drawBar(tree, row, { left, width, isCutBefore, isCutAfter, waiting }) {
  const bar = element("i", "bar");
  bar.classList.toggle("cut-before", isCutBefore);
  bar.classList.toggle("cut-after", isCutAfter);
  bar.classList.toggle("open-ended", tree.data.duration[row] === null);
  bar.classList.toggle("stopped", tree.is(row, FLAG.STOPPED));
  bar.style.left = `${left}%`;
  bar.style.width = `${width}%`;
  if (waiting) {
    bar.classList.add("waited");
    bar.classList.toggle("no-tick", !waiting.hasTick);
    bar.style.setProperty("--waited", `${waiting.width}%`);
  }
  return bar;
}

/**
 * @param {Tree} tree
 * @param {number} row
 * @param {TimeRange} range
 */
function pathLines(tree, row, range) {
  return pathShapes(tree, row, range).map(({ left, width }) => {
    const line = element("i", "path");
    line.style.left = `${left}%`;
    line.style.width = `${width}%`;
    return line;
  });
}
