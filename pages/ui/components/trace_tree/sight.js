// Which rows of a scrolled list are in sight, by arithmetic alone. No document in here.

export const ROW_HEIGHT = 30;
export const STACKED_ROW_HEIGHT = 50;
/** More are never in the document. */
export const MOST_ROWS = 60;
const SPARE_ROWS = 8;
const LEAST_ROWS = 3;

/**
 * What a scrolled list shows, in pixels. Places count its rows, from 0.
 *
 * @typedef {object} Sight
 * @property {number} top How far it is scrolled.
 * @property {number} height Of what is in sight, the axis above the rows included.
 * @property {number} axis The axis' own height; it stays on top.
 * @property {number} rowHeight
 */

/**
 * The places whose rows belong into the document, up to but without `end`.
 *
 * @param {Sight} sight
 * @param {number} total How many rows there are.
 */
export function mountedPlaces({ top, height, rowHeight }, total) {
  const inSight = Math.ceil(height / rowHeight) + 1;
  const spare = Math.max(0, Math.min(SPARE_ROWS, Math.floor((MOST_ROWS - inSight) / 2)));
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  return { first, end: Math.min(total, first + inSight + 2 * spare, first + MOST_ROWS) };
}

/**
 * The places that can be seen, if only in part, up to but without `end`; and how many rows follow
 * those that can be seen whole.
 *
 * @param {Sight} sight
 * @param {number} total
 */
export function seenPlaces({ top, height, axis, rowHeight }, total) {
  const bottom = (top + height - axis) / rowHeight;
  // Parts of a pixel are lost on the way.
  const below = total - Math.floor(bottom + 0.05);
  return { first: Math.floor(top / rowHeight), end: Math.ceil(bottom), below: Math.max(below, 0) };
}

/**
 * How far to scroll so that a row is in sight, no farther than needed; or if it was not and `isFar`,
 * until it is in the middle.
 *
 * @param {Sight} sight
 * @param {number} place
 * @param {boolean} isFar
 */
export function topFor({ top, height, axis, rowHeight }, place, isFar) {
  const room = height - axis;
  const rowTop = place * rowHeight;
  const isAbove = rowTop < top;
  const isBelow = rowTop + rowHeight > top + room;
  if (isFar && (isAbove || isBelow)) return rowTop - (room - rowHeight) / 2;
  if (isAbove) return rowTop;
  return isBelow ? rowTop + rowHeight - room : top;
}

/**
 * The height of a list of `size` rows with its axis: what it needs, at most `mostPixels` and so
 * little that its rows can all be in the document.
 *
 * @param {number} size
 * @param {number} mostPixels
 * @param {Pick<Sight, "axis" | "rowHeight">} sight
 */
export function listHeight(size, mostPixels, { axis, rowHeight }) {
  const wanted = axis + Math.max(size, 1) * rowHeight;
  const most = Math.min(mostPixels, (MOST_ROWS - 4) * rowHeight);
  return Math.max(Math.min(wanted, most), LEAST_ROWS * rowHeight);
}

/**
 * How many rows a page key moves.
 *
 * @param {Sight} sight
 */
export function pageOf({ height, rowHeight }) {
  return Math.max(1, Math.floor(height / rowHeight) - 2);
}
