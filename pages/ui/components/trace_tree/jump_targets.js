// Where the buttons lead that go from error to error. No document in here.

import { count, plural } from "./texts.js";

/**
 * The next of `rows` after the active one, or the one before it; around at the ends.
 *
 * @param {number[]} rows In order.
 * @param {number} active
 * @param {1 | -1} direction
 * @returns {number | undefined} Undefined if there are none.
 */
export function nextRow(rows, active, direction) {
  if (direction > 0) return rows.find((row) => row > active) ?? rows[0];
  return rows.findLast((row) => row < active) ?? rows.at(-1);
}

/**
 * How many errors there are, or which of them is active.
 *
 * @param {number[]} errors
 * @param {number} active
 */
export function errorText(errors, active) {
  const at = errors.indexOf(active);
  if (at < 0) return plural(errors.length, "error");
  return `error ${count.format(at + 1)} of ${count.format(errors.length)}`;
}
