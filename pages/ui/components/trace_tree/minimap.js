// The whole trace in a strip: how many spans run at each moment, which failed, what is in view.

import { part, svgElement, targetOf } from "../dom.js";
import { beginningsOf, BINS, densityOf, marksOf, outlineOf } from "./density.js";
import { markStretch, onDrag } from "./drag.js";
import { LEAST_RANGE_US } from "./time_range.js";

/**
 * @import { Drag } from "./drag.js"
 * @import { Find } from "./trace_tree.js"
 * @import { TimeRange } from "./time_range.js"
 * @import { Tree } from "./tree.js"
 */

// Fewer rows than these one can take in by scrolling a little.
const MANY_ROWS = 60;

export class Minimap {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;

  /**
   * @param {Find} find
   * @param {TimeRange} range
   */
  constructor(find, range) {
    this.root = find("minimap");
    this.range = range;
    const svg = svgElement("svg", { viewBox: `0 0 ${BINS} 100`, preserveAspectRatio: "none" });
    this.density = svgElement("path", { class: "density" });
    this.errors = svgElement("path", { class: "errors" });
    svg.append(this.density, this.errors);
    this.root.prepend(svg);
    this.frame = part(this.root, ".frame");
    this.inSight = part(this.root, ".in-sight");
    this.selection = part(this.root, ".selection");
    onDrag(this.root, (event) => this.pressed(event));
    this.root.ondblclick = () => range.reset();
  }

  /**
   * Draw the strip of another tree, or hide it where a tree needs none.
   *
   * @param {Tree} tree
   */
  adopt(tree) {
    this.root.hidden = tree.size < MANY_ROWS;
    clearTimeout(this.#later);
    // The rows come first.
    if (!this.root.hidden) this.#later = setTimeout(() => this.drawDensity(tree));
  }

  /** @param {Tree} tree */
  drawDensity(tree) {
    const { running, failed } = densityOf(tree);
    this.density.setAttribute("d", outlineOf(running));
    this.errors.setAttribute("d", marksOf(failed));
  }

  /** Show the range in view. */
  draw() {
    if (this.root.hidden) return;
    const { range } = this;
    this.root.classList.toggle("zoomed", !range.isWhole);
    this.frame.style.left = `${(100 * range.start) / range.axis}%`;
    this.frame.style.width = `${(100 * range.length) / range.axis}%`;
  }

  /**
   * Show where the spans begin whose rows are in sight.
   *
   * @param {Tree} tree
   * @param {Int32Array} rows
   */
  see(tree, rows) {
    if (this.root.hidden || !rows.length) return;
    const { left, width } = beginningsOf(tree, rows);
    this.inSight.style.left = `${left}%`;
    this.inSight.style.width = `${width}%`;
  }

  /** @param {number} x Of the window, in pixels. */
  usAt(x) {
    const box = this.root.getBoundingClientRect();
    return ((x - box.left) / Math.max(box.width, 1)) * this.range.axis;
  }

  /**
   * On an end of the window in view it moves that end, within the window all of it, and elsewhere it
   * marks another one.
   *
   * @param {PointerEvent} event
   * @returns {Drag}
   */
  pressed(event) {
    const { range } = this;
    const { start, end } = range;
    const at = this.usAt(event.clientX);
    const isGrip = (/** @type {string} */ name) => targetOf(event)?.classList.contains(name);
    /** @returns {Drag} */
    const follow = (/** @type {(us: number) => void} */ move) => ({
      move: (moved) => move(this.usAt(moved.clientX)),
      end: () => {},
    });
    if (isGrip("from")) return follow((us) => range.to(Math.min(us, end - LEAST_RANGE_US), end));
    if (isGrip("to")) return follow((us) => range.to(start, Math.max(us, start + LEAST_RANGE_US)));
    if (!range.isWhole && at >= start && at <= end) {
      return follow((us) => range.pan(start + us - at - range.start));
    }
    return markStretch(event, {
      place: this.root,
      selection: this.selection,
      range,
      usAt: (x) => this.usAt(x),
      clicked: (us) => range.pan(us - range.middle),
    });
  }

  close() {
    clearTimeout(this.#later);
  }
}
