import assert from "node:assert/strict";
import { test } from "node:test";
import { percentText } from "#components/time_bar/percent.js";

test("a share that is there is never told as none", () => {
  assert.deepEqual([0, 0.001, 0.005, 0.496, 1].map(percentText), ["0%", "< 1%", "1%", "50%", "100%"]);
});
