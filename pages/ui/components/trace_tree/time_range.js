// Which stretch of the time axis is in view. No document in here.

// Times are whole microseconds: closer by, there is nothing more to see.
export const LEAST_RANGE_US = 20;
export const PAN_SHARE = 0.2;
export const ZOOM_STEP = 2;

export class TimeRange {
  /** @param {() => void} changed Called after each change that somebody made by hand. */
  constructor(changed) {
    this.changed = changed;
    this.axis = this.end = 1;
    this.start = 0;
  }

  /**
   * Take another axis, in µs; what is in view stays so if it `isSame`.
   *
   * @param {number} axis
   * @param {boolean} isSame
   */
  adopt(axis, isSame) {
    const [start, end] = isSame && !this.isWhole ? [this.start, this.end] : [0, axis];
    this.axis = axis;
    this.put(start, end);
  }

  /**
   * Show from `start` to `end` as far as the axis goes, and wide enough to be seen.
   *
   * @param {number} start
   * @param {number} end
   */
  put(start, end) {
    const onAxis = (/** @type {number} */ us) => Math.max(0, Math.min(us, this.axis));
    const length = Math.max(onAxis(end) - onAxis(start), Math.min(LEAST_RANGE_US, this.axis));
    const middle = (onAxis(start) + onAxis(end)) / 2;
    this.start = Math.max(0, Math.min(middle - length / 2, this.axis - length));
    this.end = this.start + length;
  }

  get length() {
    return this.end - this.start;
  }

  get middle() {
    return (this.start + this.end) / 2;
  }

  get isWhole() {
    return this.length >= this.axis;
  }

  /**
   * Where a moment lies in view, in percent.
   *
   * @param {number} us
   */
  percent(us) {
    return (100 * (us - this.start)) / this.length;
  }

  /**
   * Show from `start` to `end`, and tell.
   *
   * @param {number} start
   * @param {number} end
   */
  to(start, end) {
    const before = [this.start, this.end];
    this.put(start, end);
    if (this.start !== before[0] || this.end !== before[1]) this.changed();
  }

  /**
   * Make the range `factor` times as long; `at` stays where it is on the screen.
   *
   * @param {number} factor
   * @param {number} [at]
   */
  zoom(factor, at = this.middle) {
    const longer = Math.max(this.length * factor, LEAST_RANGE_US);
    const share = (at - this.start) / this.length;
    this.shift(at - share * Math.min(longer, this.axis), Math.min(longer, this.axis));
  }

  /** @param {number} us */
  pan(us) {
    this.shift(this.start + us, this.length);
  }

  /**
   * Put a range of `length` as near to `start` as the axis allows.
   *
   * @param {number} start
   * @param {number} length
   */
  shift(start, length) {
    const from = Math.max(0, Math.min(start, this.axis - length));
    this.to(from, from + length);
  }

  reset() {
    this.to(0, this.axis);
  }
}
