import assert from "node:assert/strict";
import { test } from "node:test";
import { FLAG } from "#components/trace_tree/tree.js";
import { given, givenTree, idsOf, treeOf } from "./trees.js";

const none = (/** @type {{size: number}} */ { size }) => new Uint8Array(size);

test("the flags are the numbers that Python sends", () => {
  assert.deepEqual({ ...FLAG }, given("flags"));
});

test("a row knows its level, its place among its siblings and what is below it", () => {
  //  0 > (1 > 2, 3), 4 > 5
  const tree = treeOf([-1, 0, 1, 0, -1, 4]);
  assert.deepEqual([...tree.level], [1, 2, 3, 2, 1, 2]);
  assert.deepEqual([...tree.position], [1, 1, 1, 2, 2, 1]);
  assert.deepEqual([...tree.data.id.keys()].map((row) => tree.setSize(row)), [2, 2, 1, 2, 2, 1]);
  assert.deepEqual([...tree.descendants], [3, 1, 0, 0, 1, 0]);
  assert.deepEqual([...tree.childCount], [2, 1, 0, 0, 1, 0]);
});

test("a tree of 50,000 nested spans is no deeper than it can bear", () => {
  const tree = treeOf(Array.from({ length: 50_000 }, (_, row) => row - 1));
  assert.equal(tree.level[49_999], 50_000);
  assert.equal(tree.descendants[0], 49_999);
});

test("a trace without spans is a tree", () => {
  const tree = treeOf([]);
  assert.deepEqual([tree.size, tree.roots, tree.errors, tree.hasTokens, tree.hasCost],
    [0, 0, [], false, false]);
  assert.deepEqual([...tree.shown(null, none(tree))], []);
});

test("what is below a closed row is not shown, however deep", () => {
  const tree = treeOf([-1, 0, 1, 2, 0, -1]);
  const closed = none(tree);
  assert.deepEqual([...tree.shown(null, closed)], [0, 1, 2, 3, 4, 5]);
  closed[1] = closed[2] = 1;
  assert.deepEqual([...tree.shown(null, closed)], [0, 1, 4, 5]);
  closed[0] = 1;
  assert.deepEqual([...tree.shown(null, closed)], [0, 5]);
});

test("what was found is shown with its ancestors, closed or not", () => {
  const tree = treeOf([-1, 0, 1, 0, -1, 4]);
  const hits = Uint8Array.from([0, 0, 1, 0, 0, 0]);
  assert.deepEqual([...tree.shown(hits, Uint8Array.from([1, 1, 0, 0, 0, 0]))], [0, 1, 2]);
  assert.deepEqual([...hits], [0, 0, 1, 0, 0, 0]);
});

test("of a recorded turn the tree knows names, models, notes, errors and the critical path", () => {
  const tree = givenTree("chat");
  assert.deepEqual(
    [2, 3, 4].map((row) => [tree.name(row), tree.kind(row), tree.model(row), tree.note(row)]),
    [
      ["chat gpt-5-mini", "LLM", "gpt-5-mini", ""],
      ["calculator", "TOOL", "", ""],
      ["current_time", "TOOL", "", "ValueError: unknown time zone 'Mars/Base'"],
    ],
  );
  assert.deepEqual(idsOf(tree, tree.errors), ["tool-2"]);
  assert.deepEqual(tree.rowOfId.get("llm-2"), 5);
  assert.deepEqual([tree.hasTokens, tree.hasCost], [true, true]);
  assert.deepEqual(tree.path.get(2), [[20_000, 1_310_000]]);
});

test("a span without a name has words in its place, and one without an end lasts to the axis' end", () => {
  const tree = treeOf([-1, 0], { names: ["", "b"], duration: [null, 400], start: [300, 500] });
  assert.deepEqual([tree.name(0), tree.name(1)], ["(no name)", "b"]);
  assert.deepEqual([tree.lasts(0), tree.lasts(1)], [700, 400]);
});
