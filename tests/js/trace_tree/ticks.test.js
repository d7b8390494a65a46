import assert from "node:assert/strict";
import { test } from "node:test";
import { gridOf, ticksOf, tickStep, tickText } from "#components/trace_tree/ticks.js";
import { TimeRange } from "#components/trace_tree/time_range.js";

/**
 * @param {number} axis
 * @param {number} [start]
 * @param {number} [end]
 */
function rangeOf(axis, start = 0, end = axis) {
  const range = new TimeRange(() => {});
  range.adopt(axis, false);
  range.put(start, end);
  return range;
}

/**
 * @param {TimeRange} range
 * @param {number} width
 */
const labels = (range, width) => ticksOf(range, width).map(({ text }) => text);

test("ticks are a round distance apart, and no more than there is room for", () => {
  const steps = [[1000, 1], [1000, 5], [3_120_000, 4], [999, 3], [40, 8], [1, 0]];
  assert.deepEqual(
    steps.map(([axis, most]) => tickStep(axis, most)),
    [1000, 200, 1_000_000, 500, 5, 1],
  );
});

test("the axis begins with 0 and ends with how long all of it is", () => {
  assert.deepEqual(labels(rangeOf(3_120_000), 330), ["0", "1 s", "2 s", "3.12 s"]);
  assert.deepEqual(labels(rangeOf(900), 330), ["0", "0.5 ms", "0.9 ms"]);
});

test("zoomed in, both ends are told as exactly as the distance of the ticks asks for", () => {
  const range = rangeOf(3_120_000, 780_000, 2_340_000);
  assert.deepEqual(labels(range, 330), ["780 ms", "1 s", "1.5 s", "2 s", "2.34 s"]);
});

test("zoomed in to the end the axis still has times", () => {
  const range = rangeOf(3_120_000);
  for (let time = 0; time < 40; time++) range.zoom(0.5, 1_560_000);
  assert.deepEqual(labels(range, 330), ["1,559.99 ms", "1,559.995 ms", "1,560 ms", "1,560.01 ms"]);
});

test("no two labels share a place, at any width", () => {
  const range = rangeOf(3_120_000);
  for (let width = 20; width < 1200; width += 7) {
    const shown = ticksOf(range, width);
    assert.equal(shown.at(-1)?.text, "3.12 s");
    for (const [place, { us, text }] of shown.slice(0, -2).entries()) {
      const left = (range.percent(us) * width) / 100;
      const next = (range.percent(shown[place + 1].us) * width) / 100;
      assert.ok(left + 5 * text.length <= next, `${text} at a width of ${width}`);
    }
  }
});

test("minutes, hours, days and years are told in their own unit", () => {
  const texts = [60e6, 3600e6, 24 * 3600e6, 8766 * 3600e6].map((step) => tickText(2.5 * step, step));
  assert.deepEqual(texts, ["2.5 min", "2.5 h", "2.5 d", "2.5 years"]);
  assert.deepEqual([tickText(0, 60e6), tickText(0.4, 0.2)], ["0", ""]);
});

test("the lines below the axis stand at the round moments in view", () => {
  assert.deepEqual(gridOf(rangeOf(3_120_000, 780_000, 2_340_000), 330), {
    step: 500_000,
    first: 1_000_000,
  });
});
