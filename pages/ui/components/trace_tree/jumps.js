// The buttons that lead from error to error and from defect to defect.

import { part } from "../dom.js";
import { icon } from "./icons.js";
import { errorText, nextRow } from "./jump_targets.js";
import { plural } from "./texts.js";
import { FLAG } from "./tree.js";

/**
 * @import { Find } from "./trace_tree.js"
 * @import { Tree } from "./tree.js"
 */

export class Jumps {
  /**
   * @param {Find} find
   * @param {(row: number) => void} go Leads there.
   */
  constructor(find, go) {
    this.error = find("next-error");
    this.previous = find("previous-error");
    this.defect = find("next-defect");
    this.go = go;
    /** @type {number[]} */
    this.errors = [];
    /** @type {number[]} */
    this.defects = [];
    this.active = 0;
    this.previous.append(icon("up"));
    this.error.append(icon("down"));
    this.defect.prepend(icon("warning"));
    this.error.onclick = () => this.nextError(1);
    this.previous.onclick = () => this.nextError(-1);
    this.defect.onclick = () => this.next(this.defects, 1);
  }

  /** @param {Tree} tree */
  adopt(tree) {
    this.errors = tree.errors;
    this.defects = tree.rowsWith(FLAG.DEFECT);
    this.error.hidden = this.errors.length === 0;
    this.previous.hidden = this.errors.length < 2;
    this.defect.hidden = this.defects.length === 0;
    part(this.defect, "span").textContent = plural(this.defects.length, "defect");
  }

  /**
   * Say where among the errors the keyboard is.
   *
   * @param {number} active
   */
  tell(active) {
    this.active = active;
    const words = errorText(this.errors, active);
    const label = part(this.error, "span");
    if (label.textContent !== words) label.textContent = words;
  }

  /** @param {1 | -1} direction */
  nextError(direction) {
    this.next(this.errors, direction);
  }

  /**
   * @param {number[]} rows
   * @param {1 | -1} direction
   */
  next(rows, direction) {
    const row = nextRow(rows, this.active, direction);
    if (row !== undefined) this.go(row);
  }
}
