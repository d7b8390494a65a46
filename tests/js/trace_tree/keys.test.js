import assert from "node:assert/strict";
import { test } from "node:test";
import { actOf } from "#components/trace_tree/keys.js";

/**
 * @param {string} key
 * @param {Partial<Parameters<typeof actOf>[0]>} [held]
 */
function press(key, held = {}) {
  return { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held };
}

/**
 * What a key asks the view for.
 *
 * @param {ReturnType<typeof press>} pressed
 * @param {boolean} [isNarrowed]
 */
function asked(pressed, isNarrowed = false) {
  /** @type {unknown[]} */
  const calls = [];
  const called = (/** @type {string} */ name) => (/** @type {unknown[]} */ ...given) =>
    calls.push([name, ...given]);
  const view = {
    ...{ step: called("step"), select: called("select"), leaveFilter: called("leaveFilter") },
    window: { page: 8, active: 5 },
    jumps: { nextError: called("nextError") },
    time: {
      ...{ zoomAt: called("zoomAt"), zoomTo: called("zoomTo") },
      range: { length: 1000, pan: called("pan"), reset: called("reset") },
    },
  };
  const act = actOf(pressed, isNarrowed);
  act?.(/** @type {any} */ (view));
  return calls.flat();
}

test("keys move, jump, zoom and pan", () => {
  assert.deepEqual(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"].map((key) =>
    asked(press(key))), [
    ["step", 1], ["step", -1], ["step", 8], ["step", -8], ["step", -Infinity], ["step", Infinity],
  ]);
  assert.deepEqual(["Enter", " ", "n", "p", "+", "=", "-", "0", "z"].map((key) => asked(press(key))), [
    ["select"], ["select"], ["nextError", 1], ["nextError", -1], ["zoomAt", 0.5, 5],
    ["zoomAt", 0.5, 5], ["zoomAt", 2, 5], ["reset"], ["zoomTo", 5],
  ]);
  const shift = { shiftKey: true };
  assert.deepEqual(asked(press("ArrowLeft", shift)), ["pan", -200]);
  assert.deepEqual(asked(press("ArrowRight", shift)), ["pan", 200]);
  // On many keyboards it takes Shift to write it.
  assert.deepEqual(asked(press("+", shift)), ["zoomAt", 0.5, 5]);
});

test("the browser's and the page's own shortcuts are left alone", () => {
  for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
    assert.equal(actOf(press("ArrowDown", held), false), undefined);
  }
  for (const key of ["a", "Tab", "F5", "toString"]) {
    assert.equal(actOf(press(key), false), undefined);
  }
});

test("Escape is the tree's business only while something is filtered for", () => {
  assert.deepEqual(asked(press("Escape")), []);
  assert.deepEqual(asked(press("Escape"), true), ["leaveFilter"]);
});
