import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText, nextRow } from "#components/trace_tree/jump_targets.js";

test("forth and back one comes to each, and around at the ends", () => {
  const rows = [3, 8, 20];
  const forth = [0, 3, 8, 19, 20, 99].map((active) => nextRow(rows, active, 1));
  assert.deepEqual(forth, [3, 8, 20, 20, 3, 3]);
  const back = [0, 3, 8, 19, 20, 99].map((active) => nextRow(rows, active, -1));
  assert.deepEqual(back, [20, 20, 3, 8, 8, 20]);
});

test("where there is nothing to go to one stays", () => {
  assert.deepEqual([nextRow([], 5, 1), nextRow([], 5, -1)], [undefined, undefined]);
});

test("the button says how many errors there are, or at which of them one is", () => {
  assert.deepEqual(
    [errorText([4], 0), errorText([4, 9, 11], 0), errorText([4, 9, 11], 9)],
    ["1 error", "3 errors", "error 2 of 3"],
  );
});
