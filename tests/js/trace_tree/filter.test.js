import assert from "node:assert/strict";
import { test } from "node:test";
import { foundText, hitsOf, kindsOffered, narrowsDown } from "#components/trace_tree/filter.js";
import { givenTree, idsOf, rowsOf, treeOf } from "./trees.js";

const chat = givenTree("chat");

/** @import { Filter } from "#components/trace_tree/filter.js" */

/** @param {Partial<Filter>} filter */
function found(filter) {
  const hits = hitsOf(chat, { text: "", kinds: new Set(), isErrorsOnly: false, ...filter });
  return idsOf(chat, rowsOf(hits));
}

test("a text is looked for in name, kind, model and note, however it is written", () => {
  assert.deepEqual(found({ text: "calc" }), ["tool-1"]);
  assert.deepEqual(found({ text: "agent" }), ["agent"]);
  assert.deepEqual(found({ text: "gpt-5" }), ["llm-1", "llm-2"]);
  assert.deepEqual(found({ text: "valueerror" }), ["tool-2"]);
  assert.deepEqual(found({ text: "no such thing" }), []);
});

test("a text is no pattern", () => {
  assert.deepEqual(found({ text: ".*" }), []);
});

test("kinds add to each other, and text and errors narrow them down", () => {
  const tools = ["tool-1", "tool-2"];
  assert.deepEqual(found({ kinds: new Set(["TOOL"]) }), tools);
  assert.deepEqual(found({ kinds: new Set(["TOOL", "LLM"]) }), ["llm-1", ...tools, "llm-2"]);
  assert.deepEqual(found({ kinds: new Set(["TOOL", "LLM"]), text: "calc" }), ["tool-1"]);
  assert.deepEqual(found({ kinds: new Set(["TOOL", "LLM"]), isErrorsOnly: true }), ["tool-2"]);
  assert.deepEqual(found({ kinds: new Set(["LLM"]), isErrorsOnly: true }), []);
});

test("nothing that is asked for is everything", () => {
  assert.equal(found({}).length, 12);
  const nothing = { text: "", kinds: new Set(), isErrorsOnly: false };
  assert.equal(narrowsDown(nothing), false);
  for (const part of [{ text: "a" }, { kinds: new Set(["LLM"]) }, { isErrorsOnly: true }]) {
    assert.equal(narrowsDown({ ...nothing, ...part }), true);
  }
});

test("the kinds that occur are offered with their number, the most frequent first", () => {
  assert.deepEqual(kindsOffered(chat), [
    ["RETRIEVER", 6], ["LLM", 2], ["TOOL", 2], ["CHAIN", 1], ["AGENT", 1],
  ]);
});

test("one kind alone is no choice, and of very many the first twelve are offered", () => {
  assert.deepEqual(kindsOffered(treeOf([-1, 0])), []);
  const kinds = Array.from({ length: 20 }, (_, code) => `KIND_${code}`);
  const many = treeOf(kinds.map(() => -1), { kinds, kind: [...kinds.keys()] });
  assert.equal(kindsOffered(many).length, 12);
});

test("how many were found is said beside how many there are", () => {
  assert.deepEqual(
    [foundText(1, null), foundText(12_000, null), foundText(12_000, Uint8Array.from([1, 0, 1]))],
    ["1 span", "12,000 spans", "2 of 12,000 spans"],
  );
});
