import assert from "node:assert/strict";
import { test } from "node:test";
import { Folding } from "#components/trace_tree/folding.js";
import { rowsOf, treeOf } from "./trees.js";

//  0 > (1 > 2, 3 > 4), 5 > 6
const PARENTS = [-1, 0, 1, 0, 3, -1, 5];

test("only rows with something below them can be closed", () => {
  const folding = new Folding(treeOf(PARENTS));
  folding.set([1, 2, 6], true);
  assert.deepEqual(rowsOf(folding.closed), [1]);
  assert.equal(folding.isClosed(1), true);
  folding.set([1], false);
  assert.deepEqual(rowsOf(folding.closed), []);
});

test("a collapsed tree still shows what its roots are made of", () => {
  const folding = new Folding(treeOf(PARENTS));
  folding.setAll(true);
  assert.deepEqual(rowsOf(folding.closed), [1, 3]);
  folding.setAll(false);
  assert.deepEqual(rowsOf(folding.closed), []);
});

test("a row's siblings are opened, and asked again all of the tree", () => {
  const folding = new Folding(treeOf(PARENTS));
  folding.set([1, 3, 5], true);
  folding.openSiblings(1);
  assert.deepEqual(rowsOf(folding.closed), [5]);
  folding.openSiblings(1);
  assert.deepEqual(rowsOf(folding.closed), []);
});

test("what hides a row is opened, and nothing else", () => {
  const folding = new Folding(treeOf(PARENTS));
  folding.set([0, 1, 3, 5], true);
  folding.openAncestors(4);
  assert.deepEqual(rowsOf(folding.closed), [1, 5]);
});

test("what was closed stays closed when rows come in before it and others go", () => {
  const folding = new Folding(treeOf([-1, 0, 1, 0, 3]));
  folding.set([1, 3], true);
  const grown = treeOf([-1, 0, 0, 2, 0], { id: ["s0", "new", "s3", "s4", "s9"] });
  assert.deepEqual(rowsOf(folding.carriedTo(grown).closed), [2]);
});
