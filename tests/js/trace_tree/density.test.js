import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginningsOf,
  BINS,
  densityOf,
  marksOf,
  outlineOf,
} from "#components/trace_tree/density.js";
import { FLAG } from "#components/trace_tree/tree.js";
import { treeOf } from "./trees.js";

// 600 µs, so that a bin is a microsecond.
const tree = treeOf([-1, 0, 0], {
  axis: 600,
  start: [0, 100, 150],
  duration: [600, 100, null],
  flags: [0, FLAG.OWN_ERROR, 0],
});

test("each moment tells how many spans run then, and where a failed one ended", () => {
  const { running, failed } = densityOf(tree);
  assert.equal(running.length, BINS);
  assert.deepEqual([99, 100, 150, 200, 201, 599].map((bin) => running[bin]), [1, 2, 3, 3, 2, 2]);
  assert.deepEqual(failed, [200]);
});

test("a span that its broken clock puts outside the axis counts at its edge", () => {
  const broken = treeOf([-1], { axis: 600, start: [-900], duration: [5000] });
  assert.deepEqual([...new Set(densityOf(broken).running)], [1]);
});

test("one crowd does not press all the rest flat", () => {
  const outline = outlineOf(Int32Array.from([0, 1, 100, 10_000]));
  assert.equal(outline, "M0 100V100.0H1V94.0H2V90.0H3V0.0H4V100Z");
  assert.equal(outlineOf(Int32Array.from([0, 0])), "M0 100V100.0H1V100.0H2V100Z");
});

test("a mark goes down through the middle of its bin", () => {
  assert.equal(marksOf([3, 200]), "M3.5 0V100M200.5 0V100");
  assert.equal(marksOf([]), "");
});

test("the rows in sight show where their spans begin", () => {
  assert.deepEqual(beginningsOf(tree, Int32Array.from([1, 2])), {
    left: (100 * 100) / 600,
    width: (100 * 50) / 600,
  });
});
