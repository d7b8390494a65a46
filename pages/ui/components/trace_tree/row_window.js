// The scrolled list of rows, of which only those in sight (and a few more) are in the document.

import {
  listHeight,
  mountedPlaces,
  pageOf,
  ROW_HEIGHT,
  seenPlaces,
  STACKED_ROW_HEIGHT,
  topFor,
} from "./sight.js";

/**
 * @import { Find } from "./trace_tree.js"
 * @import { Sight } from "./sight.js"
 *
 * @typedef {object} Listeners
 * @property {(row: number) => HTMLElement} make Gives a row's element.
 * @property {(row: number) => boolean} isSelected
 * @property {(seen: Int32Array, below: number) => void} painted Called with the rows in sight, and
 *   how many follow, when they may be others than before.
 *
 * @typedef {object} Anchor What is in sight, to come back to after a change.
 * @property {number | undefined} row The first row in sight; undefined if there is none.
 * @property {number} hidden How much of it is scrolled away, in pixels.
 */

export class RowWindow {
  /** @type {Map<number, HTMLElement>} */
  #mounted = new Map();
  #places = new Int32Array(0);
  /** @type {number | undefined} */
  #frame;

  /**
   * @param {Find} find
   * @param {Listeners} on
   */
  constructor(find, on) {
    this.scroll = find("scroll");
    this.holder = find("rows");
    this.axis = find("axis");
    this.on = on;
    /** @type {Int32Array} */
    this.shown = new Int32Array(0);
    this.active = 0;
    this.isStacked = false;
    this.scroll.onscroll = () => {
      this.#frame ??= requestAnimationFrame(() => {
        this.#frame = undefined;
        this.paint();
      });
    };
  }

  get rowHeight() {
    return this.isStacked ? STACKED_ROW_HEIGHT : ROW_HEIGHT;
  }

  /** @returns {Sight} */
  get sight() {
    const { scroll, axis, rowHeight } = this;
    return { top: scroll.scrollTop, height: scroll.clientHeight, axis: axis.offsetHeight, rowHeight };
  }

  /**
   * Show these of `size` rows from now on, drawn anew.
   *
   * @param {Int32Array} shown
   * @param {number} size
   */
  setRows(shown, size) {
    this.shown = shown;
    this.#places = new Int32Array(size).fill(-1);
    shown.forEach((row, place) => {
      this.#places[row] = place;
    });
    this.#mounted.forEach((made) => made.remove());
    this.#mounted.clear();
    this.holder.style.height = `${shown.length * this.rowHeight}px`;
  }

  /**
   * Do something with each row in the document.
   *
   * @param {(row: number, element: HTMLElement) => void} change
   */
  update(change) {
    this.#mounted.forEach((made, row) => change(row, made));
  }

  /** @param {number} row */
  has(row) {
    return this.#places[row] >= 0;
  }

  /**
   * @param {number | undefined} row
   * @returns {number | undefined} Undefined for a row that is not shown.
   */
  placeOf(row) {
    return row !== undefined && this.has(row) ? this.#places[row] : undefined;
  }

  /**
   * The element of a row while it is in the document.
   *
   * @param {number} row
   */
  elementOf(row) {
    return this.#mounted.get(row);
  }

  /**
   * Take the height that `size` rows need, at most `mostPixels`.
   *
   * @param {number} size
   * @param {number} mostPixels
   */
  fit(size, mostPixels) {
    this.scroll.style.height = `${listHeight(size, mostPixels, this.sight)}px`;
  }

  /** Put the rows in sight into the document and take the others out. */
  paint() {
    const { sight, shown } = this;
    const { first, end } = mountedPlaces(sight, shown.length);
    const wanted = new Set(shown.slice(first, end));
    for (const [row, made] of this.#mounted) {
      if (wanted.has(row)) continue;
      made.remove();
      this.#mounted.delete(row);
    }
    for (let place = first; place < end; place++) this.show(shown[place], place * this.rowHeight);
    const active = this.#mounted.get(this.active);
    if (active) this.scroll.setAttribute("aria-activedescendant", active.id);
    else this.scroll.removeAttribute("aria-activedescendant");
    const seen = seenPlaces(sight, shown.length);
    this.on.painted(shown.subarray(seen.first, seen.end), seen.below);
  }

  /**
   * @param {number} row
   * @param {number} top In pixels.
   */
  show(row, top) {
    let made = this.#mounted.get(row);
    if (!made) {
      made = this.on.make(row);
      this.#mounted.set(row, made);
      this.holder.append(made);
    }
    made.style.transform = `translateY(${top}px)`;
    made.classList.toggle("active", row === this.active);
    made.setAttribute("aria-selected", String(this.on.isSelected(row)));
  }

  /**
   * Make the row at `place` the active one and bring it into sight, to the middle if `isFar`.
   *
   * @param {number} place The nearest one is taken if there is none such.
   * @param {{isFar?: boolean}} [how]
   */
  go(place, { isFar = false } = {}) {
    if (!this.shown.length) return;
    const within = Math.max(0, Math.min(this.shown.length - 1, place));
    this.active = this.shown[within];
    const { sight } = this;
    const top = topFor(sight, within, isFar);
    if (top !== sight.top) this.scroll.scrollTop = top;
    this.paint();
    // Whoever moves by keyboard sees where, even if the page hides a part of the tree.
    if (this.scroll.matches(":focus")) {
      this.elementOf(this.active)?.scrollIntoView({ block: "nearest" });
    }
  }

  get activePlace() {
    return this.placeOf(this.active) ?? 0;
  }

  /** How many rows a page key moves. */
  get page() {
    return pageOf(this.sight);
  }

  /** @returns {Anchor} */
  anchor() {
    const { top, rowHeight } = this.sight;
    const place = Math.floor(top / rowHeight);
    return { row: this.shown[place], hidden: top - place * rowHeight };
  }

  /** @param {Anchor} anchor */
  restore({ row, hidden }) {
    const place = this.placeOf(row);
    if (place !== undefined) this.scroll.scrollTop = place * this.rowHeight + hidden;
  }

  close() {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }
}
