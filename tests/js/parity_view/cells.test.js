import assert from "node:assert/strict";
import { test } from "node:test";
import { titleOf } from "#components/parity_view/cells.js";

test("a cell says its verdict and what was compared", () => {
  const details = [
    { name: "Seen by the app", value: "12" },
    { name: "In the trace", value: "nothing" },
  ];
  assert.equal(
    titleOf({ verdict: "missing", look: "missing", value: "Not recorded", details }),
    "missing\nSeen by the app: 12\nIn the trace: nothing",
  );
});
