// Where one narrows the tree down, and reads how many spans are left.

import { element, part } from "../dom.js";
import { foundText, kindsOffered, narrowsDown } from "./filter.js";
import { icon, lookOf } from "./icons.js";
import { count, kindText, tokenText } from "./texts.js";

/**
 * @import { Filter } from "./filter.js"
 * @import { Find } from "./trace_tree.js"
 * @import { Tree } from "./tree.js"
 *
 * @typedef {object} Listeners
 * @property {() => void} changed Called after each change by hand.
 * @property {() => void} opened Called when the chips were shown or hidden.
 * @property {() => void} kept The user goes on to what was found.
 * @property {() => void} left The user wants to see everything again.
 */

export class FilterBar {
  /** @type {Set<string>} */
  #kinds = new Set();
  #isErrorsOnly = false;

  /**
   * @param {Find} find
   * @param {Listeners} on
   */
  constructor(find, on) {
    this.root = find("tools");
    this.input = part(this.root, ".filter", HTMLInputElement);
    this.chips = find("chips");
    this.more = find("more");
    this.counted = find("count");
    this.on = on;
    this.more.append(icon("funnel"));
    this.more.onclick = () => this.open(this.more.getAttribute("aria-expanded") !== "true");
    this.input.oninput = () => on.changed();
    this.root.onkeydown = (event) => {
      // Streamlit's own shortcuts do not see that one types inside a component.
      event.stopPropagation();
      if (event.key === "Escape") on.left();
      const goesOn = event.key === "Enter" || event.key === "ArrowDown";
      if (goesOn && event.target === this.input) on.kept();
    };
  }

  /** @returns {Filter} */
  get filter() {
    const text = this.input.value.trim().toLowerCase();
    return { text, kinds: this.#kinds, isErrorsOnly: this.#isErrorsOnly };
  }

  get isOn() {
    return narrowsDown(this.filter);
  }

  /**
   * Offer what `tree` has; what is chosen stays so if it `isSame`.
   *
   * @param {Tree} tree
   * @param {boolean} isSame
   */
  adopt(tree, isSame) {
    if (!isSame) this.clear();
    const made = kindsOffered(tree).map(([kind, total]) => this.kindChip(kind, total));
    if (tree.errors.length) made.unshift(this.errorsChip(tree.errors.length));
    this.chips.replaceChildren(...made);
    this.chips.hidden = this.more.hidden = made.length === 0;
    this.mark();
  }

  /**
   * @param {string} kind
   * @param {number} total
   */
  kindChip(kind, total) {
    const { shape, colour } = lookOf(kind);
    const words = kindText(kind);
    const chip = this.chip(icon(shape), words, total, () => {
      if (!this.#kinds.delete(kind)) this.#kinds.add(kind);
    });
    chip.classList.add(`colour-${colour}`);
    chip.dataset.kind = kind;
    chip.title = `Show only ${words} spans (${count.format(total)})`;
    return chip;
  }

  /** @param {number} total */
  errorsChip(total) {
    const chip = this.chip(element("i", "disc"), "errors only", total, () => {
      this.#isErrorsOnly = !this.#isErrorsOnly;
    });
    chip.classList.add("errors-only");
    chip.title = `Show only failed spans (${count.format(total)})`;
    return chip;
  }

  /**
   * @param {Element} sign
   * @param {string} words
   * @param {number} total
   * @param {() => void} toggle
   */
  chip(sign, words, total, toggle) {
    const made = element("button", "kind-chip");
    made.type = "button";
    made.setAttribute("aria-label", `${words}, ${count.format(total)}`);
    made.append(sign, element("span", "words", words), element("span", "total", tokenText(total)));
    made.onclick = () => {
      toggle();
      this.mark();
      this.on.changed();
    };
    return made;
  }

  /** Show on the chips what is chosen. */
  mark() {
    for (const chip of /** @type {Iterable<HTMLElement>} */ (this.chips.children)) {
      const { kind } = chip.dataset;
      const isChosen = kind === undefined ? this.#isErrorsOnly : this.#kinds.has(kind);
      chip.setAttribute("aria-pressed", String(isChosen));
    }
    this.more.classList.toggle("on", this.#kinds.size > 0 || this.#isErrorsOnly);
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.more.setAttribute("aria-expanded", String(isOpen));
    this.root.classList.toggle("with-chips", isOpen);
    this.on.opened();
  }

  clear() {
    this.input.value = "";
    this.#kinds.clear();
    this.#isErrorsOnly = false;
    this.mark();
  }

  /**
   * @param {number} size
   * @param {Uint8Array | null} hits
   */
  tell(size, hits) {
    this.counted.textContent = foundText(size, hits);
  }
}
