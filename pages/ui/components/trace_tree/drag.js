// What is dragged with mouse or finger.

/**
 * @import { TimeRange } from "./time_range.js"
 *
 * @typedef {object} Drag What follows a press.
 * @property {(event: PointerEvent) => void} move
 * @property {(event: PointerEvent | null) => void} end Null: it was cancelled.
 */

const CLICK_PIXELS = 4;

/**
 * @param {HTMLElement} place
 * @param {(event: PointerEvent) => Drag} begin
 */
export function onDrag(place, begin) {
  place.onpointerdown = (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const drag = begin(event);
    const ended = new AbortController();
    const { signal } = ended;
    place.setPointerCapture(event.pointerId);
    place.addEventListener("pointermove", (moved) => drag.move(moved), { signal });
    const end = (/** @type {PointerEvent | null} */ last) => {
      ended.abort();
      drag.end(last);
    };
    place.addEventListener("pointerup", end, { signal });
    place.addEventListener("pointercancel", () => end(null), { signal });
  };
}

/**
 * A press that marks a stretch of `place` and zooms to it, or else is a click.
 *
 * @param {PointerEvent} event
 * @param {object} on
 * @param {HTMLElement} on.place
 * @param {HTMLElement} on.selection Drawn over the stretch.
 * @param {TimeRange} on.range
 * @param {(x: number) => number} on.usAt The moment at a place of the window, in µs.
 * @param {(us: number) => void} on.clicked
 * @returns {Drag}
 */
export function markStretch(event, { place, selection, range, usAt, clicked }) {
  const from = event.clientX;
  const box = place.getBoundingClientRect();
  const frame = selection.parentElement ?? place;
  const offset = box.left - frame.getBoundingClientRect().left;
  const within = (/** @type {number} */ x) => Math.max(box.left, Math.min(x, box.right));
  const isStretch = (/** @type {number} */ x) => Math.abs(within(x) - from) >= CLICK_PIXELS;
  return {
    move: ({ clientX }) => {
      selection.hidden = !isStretch(clientX);
      const [left, right] = inOrder(from, within(clientX));
      selection.style.left = `${left - box.left + offset}px`;
      selection.style.width = `${right - left}px`;
    },
    end: (up) => {
      selection.hidden = true;
      if (!up) return;
      if (!isStretch(up.clientX)) clicked(usAt(from));
      else range.to(...inOrder(usAt(from), usAt(within(up.clientX))));
    },
  };
}

/**
 * @param {number} one
 * @param {number} other
 * @returns {[number, number]}
 */
function inOrder(one, other) {
  return one < other ? [one, other] : [other, one];
}
