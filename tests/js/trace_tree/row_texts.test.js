import assert from "node:assert/strict";
import { test } from "node:test";
import {
  costOf,
  durationOf,
  modelBeside,
  spokenRow,
  timesOf,
  tokensOf,
} from "#components/trace_tree/row_texts.js";
import { givenTree } from "./trees.js";

const chat = givenTree("chat");
const kinds = givenTree("kinds");
const running = givenTree("running");

/** @import { Tree } from "#components/trace_tree/tree.js" */

/**
 * @param {Tree} tree
 * @param {string} id
 */
function row(tree, id) {
  const found = tree.rowOfId.get(id);
  assert.ok(found !== undefined);
  return found;
}

test("what a row says to those who hear it is all that it shows", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((each) => spokenRow(chat, each)),
    [
      "chain, 3.12 s, 1,180 tokens in, 262 out, all calls below together, " +
        "cost $0.000880, a span below failed, recorded by gwtrace",
      "agent, 3.09 s, 1,180 tokens in, 262 out, all calls below together, " +
        "cost $0.000880, a span below failed",
      "llm, gpt-5-mini, 1.29 s, first token after 620 ms, 512 tokens in, 42 out, cost $0.000310",
      "tool, 45 ms",
      "tool, 19 ms, failed, ValueError: unknown time zone 'Mars/Base'",
    ],
  );
  assert.deepEqual(
    ["stopped", "failed", "never closed", "filled"].map((id) => spokenRow(kinds, row(kinds, id))),
    [
      "llm, claude-sonnet-4-5, 600 ms, first token after 200 ms, tokens not reported, stopped, " +
        "corrected by gwtrace",
      "llm, claude-sonnet-4-5, 600 ms, tokens not reported, failed, 529 overloaded",
      "llm, claude-sonnet-4-5, never closed, tokens not reported, " +
        "Span 'never closed' was never closed: it has no end.",
      "llm, claude-sonnet-4-5, 600 ms, tokens not reported, recorded by gwtrace",
    ],
  );
});

test("missing usage is not zero and says why", () => {
  const said = ["LLM", "stopped", "failed", "filled", "TOOL"].map((id) =>
    tokensOf(kinds, row(kinds, id)),
  );
  assert.deepEqual(said, [
    { text: "n/a", title: "MLflow's autolog recorded no usage for this call." },
    { text: "n/a", title: "Stopped before the provider reported usage." },
    { text: "n/a", title: "The call failed before usage was reported." },
    { text: "n/a", title: "The provider reported no usage." },
    { text: "", title: "" },
  ]);
  assert.deepEqual(tokensOf(kinds, 0), {
    text: "n/a",
    title: "No call below reported any.",
  });
  assert.deepEqual(costOf(kinds, row(kinds, "LLM")), {
    text: "n/a",
    title: "No cost was recorded for this call.",
  });
});

test("sums are told from what a call itself reported", () => {
  assert.deepEqual(tokensOf(chat, 1), {
    text: "Σ 1,180 → 262",
    title: "1,180 tokens in, 262 out, all calls below together",
  });
  assert.deepEqual(tokensOf(chat, 2), { text: "512 → 42", title: "512 tokens in, 42 out" });
  assert.deepEqual(costOf(chat, 1), {
    text: "$0.000880",
    title: "The recorded cost of all calls below together",
  });
  assert.deepEqual(costOf(chat, 2), { text: "$0.000310", title: "The recorded cost" });
});

test("a span without an end is running while its trace is, and else never closed", () => {
  const open = row(kinds, "never closed");
  assert.deepEqual([durationOf(running, 0), durationOf(kinds, open)], ["running", "n/a"]);
  assert.match(timesOf(kinds, open), /\nnever closed, so its end is not known/);
});

test("a bar tells its times", () => {
  assert.equal(
    timesOf(chat, 2),
    "chat gpt-5-mini: 1.29 s\nstarts at 20 ms\nfirst token after 620 ms\n" +
      "underlined: on the critical path",
  );
});

test("a model that the name says already is not said again", () => {
  assert.equal(modelBeside(chat, 2), "");
  assert.equal(modelBeside(kinds, row(kinds, "stopped")), "claude-sonnet-4-5");
});
