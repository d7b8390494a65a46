import assert from "node:assert/strict";
import { test } from "node:test";
import { costText, durationText, kindText, plural, tokenText } from "#components/trace_tree/texts.js";
import { given } from "./trees.js";

test("a duration reads alike in the tree and beside it", () => {
  const durations = Object.entries(given("durations"));
  assert.ok(durations.length > 400);
  assert.deepEqual(durations.map(([us]) => [us, durationText(Number(us))]), durations);
});

test("tokens are exact while they are few, and n/a where nobody reported them", () => {
  const tokens = [null, 0, 999, 9_999, 10_000, 99_949, 99_950, 999_499, 999_500, 12_345_678];
  assert.deepEqual(
    tokens.map(tokenText),
    ["n/a", "0", "999", "9,999", "10.0k", "99.9k", "100k", "999k", "1.0M", "12.3M"],
  );
});

test("a cost has as many digits as it needs, and is never rounded to nothing", () => {
  const costs = [0, 1, 999, 1000, 310_000, 999_999, 1_000_000, 880_000_000, 1e9, 12_345_678_900];
  assert.deepEqual(costs.map(costText), [
    "$0", "< $0.000001", "< $0.000001", "$0.000001", "$0.000310", "$0.001000", "$0.0010", "$0.8800",
    "$1.00", "$12.35",
  ]);
});

test("one is told from many, and a kind reads as words", () => {
  assert.deepEqual(
    [plural(0, "span"), plural(1, "span"), plural(12_000, "span"), kindText("CHAT_MODEL")],
    ["0 spans", "1 span", "12,000 spans", "chat model"],
  );
});
