import assert from "node:assert/strict";
import { test } from "node:test";
import { barShape, pathShapes } from "#components/trace_tree/bar_shapes.js";
import { TimeRange } from "#components/trace_tree/time_range.js";
import { givenTree, treeOf } from "./trees.js";

/** @import { Tree } from "#components/trace_tree/tree.js" */

/**
 * @param {Tree} tree
 * @param {number} [start]
 * @param {number} [end]
 */
function rangeOf(tree, start = 0, end = tree.axis) {
  const range = new TimeRange(() => {});
  range.adopt(tree.axis, false);
  range.put(start, end);
  return range;
}

test("a bar shows start, duration and first token", () => {
  const chat = givenTree("chat");
  assert.deepEqual(barShape(chat, 5, rangeOf(chat)), {
    left: (100 * 1372) / 3120,
    width: (100 * 1718) / 3120,
    isCutBefore: false,
    isCutAfter: false,
    waiting: { width: 100 * (468 / 1718), hasTick: true },
  });
});

test("a bar that reaches out of view is cut where the view ends", () => {
  const tree = treeOf([-1], { start: [200], duration: [600] });
  const cut = { left: 0, width: 100, isCutBefore: true, isCutAfter: true, waiting: null };
  assert.deepEqual(barShape(tree, 0, rangeOf(tree, 400, 600)), cut);
  assert.deepEqual(barShape(tree, 0, rangeOf(tree, 0, 500)), {
    ...{ left: 40, width: 60, isCutBefore: false, isCutAfter: true, waiting: null },
  });
});

test("a bar out of view says on which side it is", () => {
  const tree = treeOf([-1], { start: [400], duration: [100] });
  assert.equal(barShape(tree, 0, rangeOf(tree, 600, 800)), "before");
  assert.equal(barShape(tree, 0, rangeOf(tree, 0, 200)), "after");
});

test("an end that was rounded beyond the trace is not cut", () => {
  const tree = treeOf([-1], { start: [400], duration: [601] });
  const shape = barShape(tree, 0, rangeOf(tree));
  assert.ok(typeof shape === "object");
  assert.deepEqual([shape.left, shape.width, shape.isCutAfter], [40, 60, false]);
});

test("a span without an end reaches to the end of the axis", () => {
  const tree = treeOf([-1], { start: [400], duration: [null] });
  const shape = barShape(tree, 0, rangeOf(tree));
  assert.ok(typeof shape === "object");
  assert.deepEqual([shape.left, shape.width], [40, 60]);
});

test("the first token is marked while it is in view", () => {
  const tree = treeOf([-1], { start: [0], duration: [1000], first_token: [500] });
  const waiting = (/** @type {number} */ start, /** @type {number} */ end) => {
    const shape = barShape(tree, 0, rangeOf(tree, start, end));
    return typeof shape === "object" && shape.waiting;
  };
  assert.deepEqual(waiting(0, 1000), { width: 50, hasTick: true });
  assert.deepEqual(waiting(0, 400), { width: 100, hasTick: false });
  assert.deepEqual(waiting(600, 800), null);
});

test("sections of the critical path that one could not tell apart are one, and dust is left out", () => {
  const path = { row: [0, 0, 0, 0], start: [0, 302, 600, 900], end: [300, 500, 601, 1000] };
  const tree = treeOf([-1], { path });
  assert.deepEqual(pathShapes(tree, 0, rangeOf(tree)), [
    { left: 0, width: 50 },
    { left: 90, width: 10 },
  ]);
  assert.deepEqual(pathShapes(tree, 0, rangeOf(tree, 950, 1000)), [{ left: 0, width: 100 }]);
  assert.deepEqual(pathShapes(treeOf([-1]), 0, rangeOf(tree)), []);
});
