// How busy a trace is along its axis. No document in here.

import { FLAG } from "./tree.js";

/** @import { Tree } from "./tree.js" */

export const BINS = 600;

/**
 * How many spans run in each bin of the axis, and the bins in which a failed one ended.
 *
 * @param {Tree} tree
 * @returns {{running: Int32Array, failed: number[]}}
 */
export function densityOf(tree) {
  const change = new Int32Array(BINS + 1);
  const failed = new Uint8Array(BINS);
  const binOf = (/** @type {number} */ us) =>
    Math.max(0, Math.min(Math.floor((us * BINS) / tree.axis), BINS - 1));
  for (let row = 0; row < tree.size; row++) {
    const start = tree.data.start[row];
    const last = binOf(start + tree.lasts(row));
    change[binOf(start)]++;
    change[last + 1]--;
    if (tree.is(row, FLAG.OWN_ERROR)) failed[last] = 1;
  }
  const running = new Int32Array(BINS);
  let now = 0;
  for (let bin = 0; bin < BINS; bin++) running[bin] = now += change[bin];
  return { running, failed: [...failed.keys()].filter((bin) => failed[bin]) };
}

/**
 * The outline of that as an SVG path, in a box as many wide as there are bins and 100 high.
 *
 * @param {Int32Array} running
 */
export function outlineOf(running) {
  const most = running.reduce((high, each) => Math.max(high, each), 1);
  const outline = ["M0 100"];
  running.forEach((each, bin) => {
    // By the square root, or a single crowd would press all the rest flat.
    const top = each ? 100 - Math.max(6, 100 * Math.sqrt(each / most)) : 100;
    outline.push(`V${top.toFixed(1)}H${bin + 1}`);
  });
  return `${outline.join("")}V100Z`;
}

/**
 * Lines down through the middle of these bins, as an SVG path in the same box.
 *
 * @param {number[]} bins
 */
export function marksOf(bins) {
  return bins.map((bin) => `M${bin + 0.5} 0V100`).join("");
}

/**
 * From where to where on the axis these rows' spans begin.
 *
 * @param {Tree} tree
 * @param {Int32Array} rows At least one.
 * @returns {{left: number, width: number}} In percent of the axis.
 */
export function beginningsOf(tree, rows) {
  let [from, to] = [Infinity, -Infinity];
  for (const row of rows) {
    from = Math.min(from, tree.data.start[row]);
    to = Math.max(to, tree.data.start[row]);
  }
  return { left: (100 * from) / tree.axis, width: (100 * (to - from)) / tree.axis };
}
