// What the keyboard does in the tree. No document in here.

import { PAN_SHARE, ZOOM_STEP } from "./time_range.js";

/**
 * @import { TreeView } from "./tree_view.js"
 *
 * @typedef {Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">} Press
 */

/** @type {Record<string, (view: TreeView) => void>} */
const ACTS = {
  ArrowDown: (view) => view.step(1),
  ArrowUp: (view) => view.step(-1),
  PageDown: (view) => view.step(view.window.page),
  PageUp: (view) => view.step(-view.window.page),
  Home: (view) => view.step(-Infinity),
  End: (view) => view.step(Infinity),
  ArrowRight: (view) => view.goInward(),
  ArrowLeft: (view) => view.goOutward(),
  Enter: (view) => view.select(),
  " ": (view) => view.select(),
  "*": (view) => view.openSiblings(),
  "/": (view) => view.enterFilter(),
  n: (view) => view.jumps.nextError(1),
  p: (view) => view.jumps.nextError(-1),
  "+": (view) => view.time.zoomAt(1 / ZOOM_STEP, view.window.active),
  "=": (view) => view.time.zoomAt(1 / ZOOM_STEP, view.window.active),
  "-": (view) => view.time.zoomAt(ZOOM_STEP, view.window.active),
  0: (view) => view.time.range.reset(),
  z: (view) => view.time.zoomTo(view.window.active),
  "Shift+ArrowLeft": (view) => panBy(view, -PAN_SHARE),
  "Shift+ArrowRight": (view) => panBy(view, PAN_SHARE),
  "?": (view) => view.toggleHelp(),
};

/**
 * What a press of a key does, or undefined if that is not the tree's business.
 *
 * @param {Press} press
 * @param {boolean} isNarrowed Whether something is filtered for, which Escape then ends.
 * @returns {((view: TreeView) => void) | undefined}
 */
export function actOf({ key, shiftKey, ctrlKey, metaKey, altKey }, isNarrowed) {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (key === "Escape") return isNarrowed ? (view) => view.leaveFilter() : undefined;
  const isAcross = key === "ArrowLeft" || key === "ArrowRight";
  const name = shiftKey && isAcross ? `Shift+${key}` : key;
  return Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
}

/**
 * @param {TreeView} view
 * @param {number} share Of what is in view.
 */
function panBy({ time: { range } }, share) {
  range.pan(share * range.length);
}
