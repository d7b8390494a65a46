import assert from "node:assert/strict";
import { test } from "node:test";
import { lookOf } from "#components/trace_tree/icons.js";

test("a kind is told by shape and colour, and a kind of somebody else's is a gray dot", () => {
  assert.deepEqual(lookOf("TOOL"), { shape: "tool", colour: "orange" });
  for (const kind of ["<b>KIND</b>", "", "constructor"]) {
    assert.deepEqual(lookOf(kind), { shape: "dot", colour: "gray" });
  }
});
