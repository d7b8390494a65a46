// The trace tree as a component: one view for each place that it is drawn in.

import { part } from "../dom.js";
import { TreeView } from "./tree_view.js";

/**
 * @import { Mount } from "../component.d.ts"
 * @import { Columns } from "./tree.js"
 *
 * @typedef {(name: string) => HTMLElement} Find Gives a part of the tree by its class.
 *
 * @typedef {object} Asked
 * @property {string | null} selected The row id that the page selects.
 * @property {number} told Another number whenever the page selects anew.
 * @property {number} most_pixels The most that the tree is high.
 * @property {boolean} moves_page Whether the page scrolls to what it selects.
 *
 * @typedef {Columns & Asked} TreeData
 *
 * @typedef {object} Answer
 * @property {string} span The row id that the user selected.
 * @property {number | undefined} told The page's last number.
 */

/** @type {WeakMap<HTMLElement, TreeView>} */
const views = new WeakMap();

/** @param {Mount<TreeData, {selected: Answer}>} mount */
export default function ({ data, parentElement, setStateValue }) {
  const root = part(parentElement, ".trace-tree");
  const view = views.get(root) ?? new TreeView(root, data);
  views.set(root, view);
  view.open();
  view.update(data, (answer) => setStateValue("selected", answer));
  return () => view.close();
}
