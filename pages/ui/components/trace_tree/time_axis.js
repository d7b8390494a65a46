// The ticks above the bars, and the ways to zoom and pan with mouse, touchpad and finger.

import { element } from "../dom.js";
import { markStretch, onDrag } from "./drag.js";
import { durationText } from "./texts.js";
import { gridOf, ticksOf } from "./ticks.js";

/**
 * @import { Find } from "./trace_tree.js"
 * @import { TimeRange } from "./time_range.js"
 */

const LINE_PIXELS = 16;
const WHEEL_ZOOM = 0.006;
const MOST_WHEEL_ZOOM = 0.6;
const QUIET_MS = 500;

export class TimeAxis {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #telling;

  /**
   * @param {Find} find
   * @param {TimeRange} range Drawn by `draw`, and changed by hand.
   */
  constructor(find, range) {
    this.ticks = find("ticks");
    this.stage = find("stage");
    this.reset = find("reset-zoom");
    this.spoken = find("zoomed-to");
    this.range = range;
    const selection = find("stage > .selection");
    onDrag(this.ticks, (event) =>
      markStretch(event, {
        place: this.ticks,
        selection,
        range,
        usAt: (x) => this.usAt(x),
        clicked: () => {},
      }),
    );
    this.ticks.ondblclick = () => range.reset();
    this.reset.onclick = () => {
      range.reset();
      find("scroll").focus({ preventScroll: true });
    };
    this.stage.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  /** @param {number} x Of the window, in pixels. */
  usAt(x) {
    const box = this.ticks.getBoundingClientRect();
    return this.range.start + ((x - box.left) / Math.max(box.width, 1)) * this.range.length;
  }

  /** @param {WheelEvent} event */
  wheeled(event) {
    const box = this.ticks.getBoundingClientRect();
    if (event.clientX < box.left || event.clientX > box.right) return;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PIXELS;
    if (event.ctrlKey || event.metaKey) {
      const step = event.deltaY * lines * WHEEL_ZOOM;
      const power = Math.max(-MOST_WHEEL_ZOOM, Math.min(step, MOST_WHEEL_ZOOM));
      event.preventDefault();
      this.range.zoom(2 ** power, this.usAt(event.clientX));
      return;
    }
    const isAcross = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const across = isAcross ? event.deltaX : event.shiftKey ? event.deltaY : 0;
    if (!across || this.range.isWhole) return;
    event.preventDefault();
    this.range.pan(((across * lines) / box.width) * this.range.length);
  }

  draw() {
    const { range, ticks } = this;
    const width = ticks.clientWidth;
    const { step, first } = gridOf(range, width);
    this.stage.style.setProperty("--tick", `${(width * step) / range.length}px`);
    this.stage.style.setProperty("--first-tick", `${(width * range.percent(first)) / 100}px`);
    ticks.replaceChildren(
      ...ticksOf(range, width).map(({ us, text }) => {
        const tick = element("span", us === range.end ? "last" : "", text);
        tick.style.left = `${range.percent(us)}%`;
        return tick;
      }),
    );
    this.tell();
  }

  tell() {
    const { range, reset } = this;
    const [from, to, all] = [range.start, range.end, range.axis].map(durationText);
    const words = range.isWhole ? "" : `Showing ${from} to ${to} of ${all}`;
    if (reset.hidden !== range.isWhole) reset.hidden = range.isWhole;
    reset.title = words && `${words}. Show all of it (0)`;
    clearTimeout(this.#telling);
    // While one drags, every step of it would be read out.
    this.#telling = setTimeout(() => {
      this.spoken.textContent = words;
    }, QUIET_MS);
  }

  close() {
    clearTimeout(this.#telling);
  }
}
