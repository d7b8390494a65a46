// Which rows of a tree are closed. No document in here.

/** @import { Tree } from "./tree.js" */

export class Folding {
  /** @param {Tree} tree All of its rows are open. */
  constructor(tree) {
    this.tree = tree;
    /** 1 for each row that is closed. */
    this.closed = new Uint8Array(tree.size);
  }

  /**
   * The same for a later version of the trace: what was closed stays so, new rows are open.
   *
   * @param {Tree} tree
   */
  carriedTo(tree) {
    const carried = new Folding(tree);
    this.closed.forEach((isClosed, row) => {
      const moved = isClosed ? tree.rowOfId.get(this.tree.data.id[row]) : undefined;
      if (moved !== undefined) carried.closed[moved] = 1;
    });
    return carried;
  }

  /** @param {number} row */
  isClosed(row) {
    return this.closed[row] === 1;
  }

  /**
   * Only what has rows below it can be closed.
   *
   * @param {Iterable<number>} rows
   * @param {boolean} isClosed
   */
  set(rows, isClosed) {
    for (const row of rows) this.closed[row] = isClosed && this.tree.childCount[row] ? 1 : 0;
  }

  /** @param {boolean} isClosed */
  setAll(isClosed) {
    const rows = [...this.tree.data.id.keys()];
    // The roots stay open: a collapsed tree should still show what it is made of.
    this.set(isClosed ? rows.filter((row) => this.tree.level[row] > 1) : rows, isClosed);
  }

  /**
   * Open a row and its siblings; if they are open already, the whole tree.
   *
   * @param {number} row
   */
  openSiblings(row) {
    const { parent } = this.tree.data;
    const siblings = [...parent.keys()].filter((each) => parent[each] === parent[row]);
    if (siblings.every((each) => !this.closed[each])) this.setAll(false);
    else this.set(siblings, false);
  }

  /**
   * Open what hides a row.
   *
   * @param {number} row
   */
  openAncestors(row) {
    const { parent } = this.tree.data;
    for (let up = parent[row]; up >= 0; up = parent[up]) this.closed[up] = 0;
  }
}
