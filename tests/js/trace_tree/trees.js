// Trees for the tests.

import { readFileSync } from "node:fs";
import { Tree } from "#components/trace_tree/tree.js";

/** @import { Columns } from "#components/trace_tree/tree.js" */

/**
 * What Python gives (see tests/cases/trace_tree).
 *
 * @param {string} name Of a file, without its ending.
 */
export function given(name) {
  const url = new URL(`../../cases/trace_tree/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

/** @param {"chat" | "kinds" | "broken" | "running"} name */
export function givenTree(name) {
  return new Tree(given(name));
}

/**
 * A tree of plain spans, named by their place.
 *
 * @param {number[]} parent Of each row, -1 for a root.
 * @param {Partial<Columns>} [columns] What is not plain of them.
 */
export function treeOf(parent, columns = {}) {
  const each = (/** @type {number | null} */ value) => parent.map(() => value);
  const data = {
    ...{ trace: "tr-made", version: "1", axis: 1000, shared: false, parent },
    ...{ id: parent.map((_, row) => `s${row}`), names: parent.map((_, row) => `span ${row}`) },
    ...{ name: [...parent.keys()], kinds: ["TASK"], models: [], notes: [] },
    ...{ kind: each(0), model: each(-1), note: each(-1), flags: each(0), start: each(0) },
    ...{ duration: each(1000), first_token: each(null), in: each(null), out: each(null) },
    ...{ cost: each(null), path: { row: [], start: [], end: [] } },
  };
  return new Tree(/** @type {Columns} */ ({ ...data, ...columns }));
}

/**
 * The ids of some rows.
 *
 * @param {Tree} tree
 * @param {Iterable<number>} rows
 */
export function idsOf(tree, rows) {
  return [...rows].map((row) => tree.data.id[row]);
}

/**
 * The rows that an array marks with 1.
 *
 * @param {Uint8Array} marks
 */
export function rowsOf(marks) {
  return [...marks.keys()].filter((row) => marks[row] === 1);
}
