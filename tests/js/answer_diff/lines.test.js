import assert from "node:assert/strict";
import { test } from "node:test";
import { sidesOf, visibleText } from "#components/answer_diff/lines.js";

/** @import { Line } from "#components/answer_diff/lines.js" */

/** @type {Line} */
const LINE = [["=", "The capital is "], ["-", "Paris"], ["+", "Lyon"], ["=", "."]];
/** @type {Line} */
const SAME = [["=", "Both say so."]];

test("side by side, each text has its own words and a sign where it differs", () => {
  assert.deepEqual(sidesOf(LINE, "split"), [
    { sign: "−", pieces: [["=", "The capital is "], ["-", "Paris"], ["=", "."]] },
    { sign: "+", pieces: [["=", "The capital is "], ["+", "Lyon"], ["=", "."]] },
  ]);
  assert.deepEqual(sidesOf([["+", "new"]], "split"), [
    { sign: "", pieces: [] },
    { sign: "+", pieces: [["+", "new"]] },
  ]);
});

test("in one, both stand behind each other", () => {
  assert.deepEqual(sidesOf(LINE, "unified"), [{ sign: "±", pieces: LINE }]);
});

test("what is the same has no sign", () => {
  assert.deepEqual(sidesOf(SAME, "unified"), [{ sign: "", pieces: SAME }]);
  assert.deepEqual(sidesOf(SAME, "split"), [
    { sign: "", pieces: SAME },
    { sign: "", pieces: SAME },
  ]);
});

test("a line break that differs can be seen", () => {
  assert.deepEqual(
    [visibleText(["-", "\n\n"]), visibleText(["=", "\n"]), visibleText(["+", "a\nb"])],
    ["↵\n↵\n", "\n", "a\nb"],
  );
});
