// The buttons that lead from error to error and from defect to defect.

class Jumps {
  /** `go(row)` leads there. */
  constructor(find, go) {
    this.error = find("next-error");
    this.previous = find("previous-error");
    this.defect = find("next-defect");
    this.go = go;
    this.previous.append(icon("up"));
    this.error.append(icon("down"));
    this.defect.prepend(icon("warning"));
    this.error.onclick = () => this.nextError(1);
    this.previous.onclick = () => this.nextError(-1);
    this.defect.onclick = () => this.next(this.defects, 1);
  }

  adopt(tree) {
    this.errors = tree.errors;
    this.defects = tree.rowsWith(FLAG.DEFECT);
    this.error.hidden = this.errors.length === 0;
    this.previous.hidden = this.errors.length < 2;
    this.defect.hidden = this.defects.length === 0;
    this.defect.querySelector("span").textContent = plural(this.defects.length, "defect");
  }

  /** Say where among the errors the keyboard is. */
  tell(active) {
    this.active = active;
    const at = this.errors.indexOf(active);
    const all = this.errors.length;
    const words =
      at < 0 ? plural(all, "error") : `error ${count.format(at + 1)} of ${count.format(all)}`;
    const label = this.error.querySelector("span");
    if (label.textContent !== words) label.textContent = words;
  }

  nextError(direction) {
    this.next(this.errors, direction);
  }

  next(rows, direction) {
    if (!rows.length) return;
    const after = direction > 0 ? rows.findIndex((row) => row > this.active) : -1;
    const before = direction < 0 ? rows.findLastIndex((row) => row < this.active) : -1;
    this.go(rows[direction > 0 ? Math.max(after, 0) : (before + rows.length) % rows.length]);
  }
}
