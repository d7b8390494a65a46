// What narrows the tree down: a text, kinds, errors; and how many spans are left.

const MOST_CHIPS = 12;

class FilterBar {
  /** `changed()` after each change, `left()` when the user has done with it. */
  constructor(find, { changed, left }) {
    this.input = find("filter");
    this.chips = find("chips");
    this.more = find("more");
    this.counted = find("count");
    this.root = find("tools");
    this.changed = changed;
    this.kinds = new Set();
    this.isErrorsOnly = false;
    this.more.append(icon("funnel"));
    this.more.onclick = () => this.open(this.more.getAttribute("aria-expanded") !== "true");
    this.input.oninput = () => changed();
    this.root.onkeydown = (event) => {
      // Streamlit's own shortcuts do not see that one types inside a component.
      event.stopPropagation();
      if (event.key === "Escape") left();
      const goesOn = event.key === "Enter" || event.key === "ArrowDown";
      if (goesOn && event.target === this.input) left({ keep: true });
    };
  }

  get text() {
    return this.input.value.trim().toLowerCase();
  }

  get isOn() {
    return this.text !== "" || this.kinds.size > 0 || this.isErrorsOnly;
  }

  /** Offer what `tree` has; what is chosen stays so if it `isSame`. */
  adopt(tree, isSame) {
    if (!isSame) this.clear();
    const kinds = [...tree.kindCounts()].sort((a, b) => b[1] - a[1]).slice(0, MOST_CHIPS);
    const errors = tree.errors.length;
    const made = kinds.length > 1 ? kinds.map(([kind, total]) => this.kindChip(kind, total)) : [];
    if (errors) made.unshift(this.errorsChip(errors));
    this.chips.replaceChildren(...made);
    this.chips.hidden = this.more.hidden = made.length === 0;
    this.mark();
  }

  kindChip(kind, total) {
    const [shape, colour] = KINDS[kind] ?? ["dot", "gray"];
    const words = kindText(kind);
    const chip = this.chip(icon(shape), words, total, () => {
      if (!this.kinds.delete(kind)) this.kinds.add(kind);
    });
    chip.classList.add(`colour-${colour}`);
    chip.dataset.kind = kind;
    chip.title = `Show only ${words} spans (${count.format(total)})`;
    return chip;
  }

  errorsChip(total) {
    const chip = this.chip(element("i", "disc"), "errors only", total, () => {
      this.isErrorsOnly = !this.isErrorsOnly;
    });
    chip.classList.add("errors-only");
    chip.title = `Show only failed spans (${count.format(total)})`;
    return chip;
  }

  chip(sign, words, total, toggle) {
    const made = element("button", "kind-chip");
    made.type = "button";
    made.setAttribute("aria-label", `${words}, ${count.format(total)}`);
    made.append(sign, element("span", "words", words), element("span", "total", tokenText(total)));
    made.onclick = () => {
      toggle();
      this.mark();
      this.changed();
    };
    return made;
  }

  /** Show on the chips what is chosen. */
  mark() {
    for (const chip of this.chips.children) {
      const { kind } = chip.dataset;
      chip.setAttribute("aria-pressed", kind ? this.kinds.has(kind) : this.isErrorsOnly);
    }
    this.more.classList.toggle("on", this.kinds.size > 0 || this.isErrorsOnly);
  }

  open(isOpen) {
    this.more.setAttribute("aria-expanded", isOpen);
    this.root.classList.toggle("with-chips", isOpen);
    this.opened?.();
  }

  clear() {
    this.input.value = "";
    this.kinds.clear();
    this.isErrorsOnly = false;
    this.mark();
  }

  /** Say how many of the `size` spans were `found`; null when nothing is looked for. */
  tell(size, found) {
    const all = `${count.format(size)} ${size === 1 ? "span" : "spans"}`;
    this.counted.textContent = found === null ? all : `${count.format(found)} of ${all}`;
  }
}
