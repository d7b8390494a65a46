// What stretch of time a tree shows, with its axis and minimap; trees on one axis zoom together.

import { Minimap } from "./minimap.js";
import { TimeAxis } from "./time_axis.js";
import { TimeRange } from "./time_range.js";

/**
 * @import { Find } from "./trace_tree.js"
 * @import { Tree } from "./tree.js"
 */

const ZOOM_MARGIN = 0.05;

/**
 * Those that are on the page.
 *
 * @type {Set<TimeView>}
 */
const openViews = new Set();

export class TimeView {
  /** @type {number | undefined} */
  #frame;

  /**
   * @param {Find} find
   * @param {Tree} tree
   * @param {() => void} moved Called when the bars are to be drawn anew.
   */
  constructor(find, tree, moved) {
    this.tree = tree;
    this.moved = moved;
    this.range = new TimeRange(() => this.#share());
    this.axis = new TimeAxis(find, this.range);
    this.minimap = new Minimap(find, this.range);
  }

  open() {
    openViews.add(this);
  }

  close() {
    openViews.delete(this);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.axis.close();
    this.minimap.close();
  }

  /**
   * @param {Tree} tree
   * @param {boolean} isSame Whether it is of the same trace as the one before.
   */
  adopt(tree, isSame) {
    this.tree = tree;
    this.range.adopt(tree.axis, isSame);
    this.minimap.adopt(tree);
  }

  draw() {
    this.axis.draw();
    this.minimap.draw();
  }

  /** The range was changed by hand: draw it with the next frame, in all trees on the same axis. */
  #share() {
    const { start, end } = this.range;
    for (const view of openViews) {
      if (view !== this && !view.#isOnAxisOf(this)) continue;
      view.range.put(start, end);
      view.#frame ??= requestAnimationFrame(() => view.#drawMoved());
    }
  }

  /** @param {TimeView} view */
  #isOnAxisOf({ tree }) {
    return this.tree.data.shared && tree.data.shared && this.tree.axis === tree.axis;
  }

  #drawMoved() {
    this.#frame = undefined;
    this.draw();
    this.moved();
  }

  /**
   * Zoom to a row's bar.
   *
   * @param {number} row
   */
  zoomTo(row) {
    const start = this.tree.data.start[row];
    const lasts = this.tree.lasts(row);
    this.range.to(start - ZOOM_MARGIN * lasts, start + (1 + ZOOM_MARGIN) * lasts);
  }

  /**
   * Zoom around a row's bar if that is in view, else around the middle.
   *
   * @param {number} factor
   * @param {number} row
   */
  zoomAt(factor, row) {
    const { start, end } = this.#spanOf(row);
    const from = Math.max(start, this.range.start);
    const to = Math.min(end, this.range.end);
    this.range.zoom(factor, from <= to ? (from + to) / 2 : this.range.middle);
  }

  /**
   * Pan to a row's bar if that is out of view.
   *
   * @param {number} row
   */
  panTo(row) {
    const { start, end } = this.#spanOf(row);
    const { range } = this;
    if (end < range.start || start > range.end) range.pan((start + end) / 2 - range.middle);
  }

  /** @param {number} row */
  #spanOf(row) {
    const start = this.tree.data.start[row];
    return { start, end: start + this.tree.lasts(row) };
  }
}
