// The ticks above the bars, and the ways to zoom and pan with mouse, touchpad and finger.

const TICK_WIDTH = 72;
const CHAR_WIDTH = 5;
const AROUND_TEXT = 9;
const CLICK_PIXELS = 4;
const LINE_PIXELS = 16;
const WHEEL_ZOOM = 0.006;
const MOST_WHEEL_ZOOM = 0.6;

/** `begin(event)` gives what follows a press: { move(event), end(event) }; end(null) cancels. */
function onDrag(part, begin) {
  part.onpointerdown = (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const drag = begin(event);
    const ended = new AbortController();
    part.setPointerCapture(event.pointerId);
    const listen = (type, act) =>
      part.addEventListener(type, act, { signal: ended.signal });
    listen("pointermove", (moved) => drag.move(moved));
    listen("pointerup", (up) => {
      ended.abort();
      drag.end(up);
    });
    listen("pointercancel", () => {
      ended.abort();
      drag.end(null);
    });
  };
}

/** A press on `part`: marks a stretch with `selection` and zooms to it, or else was `clicked`. */
function markStretch(event, { part, selection, usAt, range, clicked }) {
  const from = event.clientX;
  const box = part.getBoundingClientRect();
  const offset = box.left - selection.parentElement.getBoundingClientRect().left;
  const within = (x) => Math.max(box.left, Math.min(x, box.right));
  const isStretch = (x) => Math.abs(within(x) - from) >= CLICK_PIXELS;
  return {
    move: ({ clientX }) => {
      selection.hidden = !isStretch(clientX);
      const [left, right] = [from, within(clientX)].sort((a, b) => a - b);
      selection.style.left = `${left - box.left + offset}px`;
      selection.style.width = `${right - left}px`;
    },
    end: (up) => {
      selection.hidden = true;
      if (!up) return;
      if (!isStretch(up.clientX)) clicked?.(usAt(from));
      else range.to(...[usAt(from), usAt(within(up.clientX))].sort((a, b) => a - b));
    },
  };
}

class TimeAxis {
  /** `find(name)` gives the parts; the range is drawn by `draw` and changed by hand. */
  constructor(find, range) {
    this.ticks = find("ticks");
    this.stage = find("stage");
    this.reset = find("reset-zoom");
    this.spoken = find("zoomed-to");
    this.range = range;
    const selection = find("stage > .selection");
    onDrag(this.ticks, (event) =>
      markStretch(event, {
        part: this.ticks,
        selection,
        range,
        usAt: (x) => this.usAt(x),
      }),
    );
    this.ticks.ondblclick = () => range.reset();
    this.reset.onclick = () => {
      range.reset();
      find("scroll").focus({ preventScroll: true });
    };
    this.stage.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  usAt(x) {
    const box = this.ticks.getBoundingClientRect();
    return this.range.start + ((x - box.left) / Math.max(box.width, 1)) * this.range.length;
  }

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
    const step = tickStep(range.length, Math.floor(width / TICK_WIDTH));
    const first = Math.ceil(range.start / step) * step;
    this.stage.style.setProperty("--tick", `${(width * step) / range.length}px`);
    this.stage.style.setProperty("--first-tick", `${(width * range.percent(first)) / 100}px`);
    ticks.replaceChildren(...this.ticksWithin(width, first, step));
    this.tell();
  }

  /** Start and end of what is in view, and between them the round moments that have room. */
  ticksWithin(width, first, step) {
    const { start, end, isWhole } = this.range;
    const isRound = (us) => Math.abs(us / step - Math.round(us / step)) < 1e-6;
    const exact = (us) => (Math.round((100 * us) / step) * step) / 100;
    // The end of the whole is a duration, said as in its column; deep in it that would be too rough.
    const textOf = (us) =>
      isWhole && !isRound(us) ? durationText(us) : tickText(isRound(us) ? us : exact(us), step);
    const widthOf = (us) => textOf(us).length * CHAR_WIDTH + AROUND_TEXT;
    const limit = width - widthOf(end);
    const shown = widthOf(start) <= limit ? [start] : [];
    let free = widthOf(start);
    for (let us = first; us < end; us += step) {
      const at = (this.range.percent(us) / 100) * width;
      if (at < free || at + widthOf(us) > limit) continue;
      shown.push(us);
      free = at + widthOf(us);
    }
    return [...shown, end].map((us) => {
      const tick = element("span", us === end ? "last" : "", textOf(us));
      tick.style.left = `${this.range.percent(us)}%`;
      return tick;
    });
  }

  tell() {
    const { range, reset } = this;
    const [from, to, all] = [range.start, range.end, range.axis].map(durationText);
    const words = range.isWhole ? "" : `Showing ${from} to ${to} of ${all}`;
    if (reset.hidden !== range.isWhole) reset.hidden = range.isWhole;
    reset.title = words && `${words}. Show all of it (0)`;
    clearTimeout(this.telling);
    // While one drags, every step of it would be read out.
    this.telling = setTimeout(() => {
      this.spoken.textContent = words;
    }, 500);
  }

  close() {
    clearTimeout(this.telling);
  }
}
