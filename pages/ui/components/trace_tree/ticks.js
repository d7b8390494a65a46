// The times that the axis shows. No document in here.

import { count, durationText } from "./texts.js";

/** @import { TimeRange } from "./time_range.js" */

const TICK_WIDTH = 72;
const CHAR_WIDTH = 5;
const AROUND_TEXT = 9;

const milliseconds = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

// Of long traces and of broken clocks, in microseconds.
const LONG_UNITS = [
  { name: "years", size: 8766 * 3600e6 },
  { name: "d", size: 24 * 3600e6 },
  { name: "h", size: 3600e6 },
  { name: "min", size: 60e6 },
];

/**
 * Distance of round ticks: 1, 2 or 5 of a power of ten, at most `most` of them on the axis.
 *
 * @param {number} axis
 * @param {number} most
 */
export function tickStep(axis, most) {
  const rough = axis / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
}

/**
 * @param {number} us
 * @param {number} step Between two ticks, in µs: what is closer need not be told apart.
 */
export function tickText(us, step) {
  if (us === 0) return "0";
  const unit = LONG_UNITS.find(({ size }) => step >= size);
  if (unit) return `${count.format(Math.round((10 * us) / unit.size) / 10)} ${unit.name}`;
  if (step >= 10_000 && us >= 1e6) return `${Number((us / 1e6).toFixed(2))} s`;
  if (step >= 1) return `${milliseconds.format(us / 1000)} ms`;
  return "";
}

/**
 * The distance of round moments in view, and the first of them.
 *
 * @param {TimeRange} range
 * @param {number} width Of the axis, in pixels.
 * @returns {{step: number, first: number}} In µs.
 */
export function gridOf(range, width) {
  const step = tickStep(range.length, Math.floor(width / TICK_WIDTH));
  return { step, first: Math.ceil(range.start / step) * step };
}

/**
 * Start and end of what is in view, and between them the round moments that have room.
 *
 * @param {TimeRange} range
 * @param {number} width Of the axis, in pixels.
 * @returns {{us: number, text: string}[]} In order.
 */
export function ticksOf(range, width) {
  const { start, end, isWhole } = range;
  const { step, first } = gridOf(range, width);
  const isRound = (/** @type {number} */ us) => Math.abs(us / step - Math.round(us / step)) < 1e-6;
  const exact = (/** @type {number} */ us) => (Math.round((100 * us) / step) * step) / 100;
  // The end of the whole is a duration, said as in its column; deep in it that would be too rough.
  const textOf = (/** @type {number} */ us) =>
    isWhole && !isRound(us) ? durationText(us) : tickText(isRound(us) ? us : exact(us), step);
  const widthOf = (/** @type {number} */ us) => textOf(us).length * CHAR_WIDTH + AROUND_TEXT;
  const limit = width - widthOf(end);
  const shown = widthOf(start) <= limit ? [start] : [];
  let free = widthOf(start);
  for (let us = first; us < end; us += step) {
    const at = (range.percent(us) / 100) * width;
    if (at < free || at + widthOf(us) > limit) continue;
    shown.push(us);
    free = at + widthOf(us);
  }
  return [...shown, end].map((us) => ({ us, text: textOf(us) }));
}
