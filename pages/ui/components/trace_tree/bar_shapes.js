// What of a span's bar lies within the range in view. No document in here.

/**
 * @import { TimeRange } from "./time_range.js"
 * @import { Tree } from "./tree.js"
 *
 * @typedef {object} BarShape
 * @property {number} left In percent of the range.
 * @property {number} width In percent of the range.
 * @property {boolean} isCutBefore
 * @property {boolean} isCutAfter
 * @property {Waiting | null} waiting
 *
 * @typedef {object} Waiting
 * @property {number} width The part before the first token, in percent of the bar.
 * @property {boolean} hasTick Whether the first token lies in view.
 */

/**
 * @param {Tree} tree
 * @param {number} row
 * @param {TimeRange} range
 * @returns {BarShape | "before" | "after"} On which side the bar is, if it is out of view.
 */
export function barShape(tree, row, range) {
  const start = tree.data.start[row];
  const end = start + tree.lasts(row);
  // Both ends are rounded, so that a span may seem to end just behind the trace.
  const slack = range.length / 1000;
  if (end < range.start - slack) return "before";
  if (start > range.end + slack) return "after";
  const [left, right] = [Math.max(start, range.start), Math.min(end, range.end)];
  return {
    left: range.percent(left),
    width: (100 * Math.max(right - left, 0)) / range.length,
    isCutBefore: start < range.start - slack,
    isCutAfter: end > range.end + slack,
    waiting: waitingOf(tree, row, left, right),
  };
}

/**
 * @param {Tree} tree
 * @param {number} row
 * @param {number} left Where the bar in view begins, in µs.
 * @param {number} right
 * @returns {Waiting | null}
 */
function waitingOf(tree, row, left, right) {
  const first = tree.data.first_token[row];
  if (first === null || right <= left) return null;
  const share = (tree.data.start[row] + first - left) / (right - left);
  if (share <= 0 && first > 0) return null;
  return { width: Math.min(100 * share, 100), hasTick: share <= 1 };
}

/**
 * The sections of the critical path on a row, where they can be told apart.
 *
 * @param {Tree} tree
 * @param {number} row
 * @param {TimeRange} range
 * @returns {{left: number, width: number}[]} In percent of the range.
 */
export function pathShapes(tree, row, range) {
  // A root with a thousand children has a thousand sections, closer together than one can see;
  // and the moments in which a long span starts a child would be mere dust below its bar.
  const closeBy = range.length / 300;
  const dust = Math.min(closeBy, tree.lasts(row) / 20);
  /** @type {[number, number][]} */
  const merged = [];
  for (const [from, to] of tree.path.get(row) ?? []) {
    const [start, end] = [Math.max(from, range.start), Math.min(to, range.end)];
    if (start > end) continue;
    const last = merged.at(-1);
    if (last && start - last[1] < closeBy) last[1] = end;
    else merged.push([start, end]);
  }
  return merged
    .filter(([start, end]) => end - start >= dust)
    .map(([start, end]) => ({
      left: range.percent(start),
      width: (100 * (end - start)) / range.length,
    }));
}
