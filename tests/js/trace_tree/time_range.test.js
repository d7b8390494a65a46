import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeRange } from "#components/trace_tree/time_range.js";

/** @param {number} axis */
function rangeOf(axis) {
  const told = { times: 0 };
  const range = new TimeRange(() => told.times++);
  range.adopt(axis, false);
  return { range, told };
}

/** @param {TimeRange} range */
const ends = ({ start, end }) => [start, end];

test("a range begins with all of the axis, and nobody is told", () => {
  const { range, told } = rangeOf(3000);
  assert.deepEqual([ends(range), range.isWhole, range.middle, told.times], [[0, 3000], true, 1500, 0]);
});

test("zooming keeps the moment under the pointer where it is", () => {
  const { range } = rangeOf(3000);
  const before = range.percent(900);
  range.zoom(0.5, 900);
  assert.deepEqual(ends(range), [450, 1950]);
  assert.equal(range.percent(900), before);
});

test("zooming out ends at the whole axis, from wherever it began", () => {
  const { range } = rangeOf(3000);
  range.to(2500, 3000);
  range.zoom(4);
  assert.deepEqual(ends(range), [1000, 3000]);
  range.zoom(4);
  assert.deepEqual([ends(range), range.isWhole], [[0, 3000], true]);
});

test("panning stops at the ends and keeps the length", () => {
  const { range } = rangeOf(3000);
  range.to(1000, 2000);
  range.pan(300);
  assert.deepEqual(ends(range), [1300, 2300]);
  range.pan(5000);
  assert.deepEqual(ends(range), [2000, 3000]);
  range.pan(-5000);
  assert.deepEqual(ends(range), [0, 1000]);
});

test("no range is shorter than can be seen, and none reaches beyond the axis", () => {
  const { range } = rangeOf(3000);
  range.to(1500, 1500);
  assert.deepEqual(ends(range), [1490, 1510]);
  range.to(0, 0);
  assert.deepEqual(ends(range), [0, 20]);
  range.to(2999, 9000);
  assert.deepEqual(ends(range), [2980, 3000]);
  const { range: tiny } = rangeOf(5);
  tiny.to(2, 3);
  assert.deepEqual(ends(tiny), [0, 5]);
});

test("a change by hand is told once, and what changes nothing is not", () => {
  const { range, told } = rangeOf(3000);
  range.to(0, 1500);
  range.to(0, 1500);
  range.put(100, 200);
  range.reset();
  range.reset();
  assert.equal(told.times, 2);
});

test("a growing trace leaves the zoom alone, and what was whole stays whole", () => {
  const { range } = rangeOf(3000);
  range.adopt(4000, true);
  assert.deepEqual(ends(range), [0, 4000]);
  range.to(1000, 2000);
  range.adopt(5000, true);
  assert.deepEqual(ends(range), [1000, 2000]);
  range.adopt(5000, false);
  assert.deepEqual(ends(range), [0, 5000]);
});
