// The tree as a whole: what is open, found, selected and zoomed to, and what the mouse does.

import { part, targetOf } from "../dom.js";
import { laneParts } from "./bars.js";
import { FilterBar } from "./filter_bar.js";
import { hitsOf } from "./filter.js";
import { Folding } from "./folding.js";
import { icon } from "./icons.js";
import { Jumps } from "./jumps.js";
import { actOf } from "./keys.js";
import { OnPage } from "./on_page.js";
import { RowWindow } from "./row_window.js";
import { makeRow } from "./rows.js";
import { count } from "./texts.js";
import { TimeView } from "./time_view.js";
import { Tree } from "./tree.js";

/** @import { Answer, Find, TreeData } from "./trace_tree.js" */

// With less, names and models would be cut to make room for the figures beside them.
const STACKED_WIDTH = 700;
// A tree that one can see at once needs no tools; `/` brings them back.
const FEW_ROWS = 8;

export class TreeView {
  /** @type {Uint8Array | null} */
  #hits = null;
  /** @type {number | undefined} */
  #told;
  /** @type {string | null} */
  #selected = null;
  /** @type {string | null} */
  #toReveal = null;
  #movesPage = false;
  #mostPixels = 0;
  /** @type {(answer: Answer) => void} */
  #report = () => {};

  /**
   * @param {HTMLElement} root
   * @param {TreeData} data
   */
  constructor(root, data) {
    this.root = root;
    /** @type {Find} */
    const find = (name) => part(root, `.${name}`);
    this.find = find;
    this.tree = new Tree(data);
    this.folding = new Folding(this.tree);
    this.time = new TimeView(find, this.tree, () => this.drawBars());
    this.bar = new FilterBar(find, {
      changed: () => this.filtered(),
      opened: () => this.fit(),
      kept: () => this.focus(),
      left: () => this.leaveFilter(),
    });
    this.jumps = new Jumps(find, (row) => this.jump(row));
    this.window = new RowWindow(find, {
      make: (row) => this.make(row),
      isSelected: (row) => this.tree.data.id[row] === this.#selected,
      painted: (seen, below) => this.painted(seen, below),
    });
    this.onPage = new OnPage(root);
    this.observer = new ResizeObserver(() => this.fit());
    find("expand").append(icon("expand"));
    find("collapse").append(icon("collapse"));
    find("below button").prepend(icon("down"));
    this.listen();
    this.adopt(this.tree, false);
  }

  /** Take part in the page. Streamlit may take a tree out of it and put the same one back. */
  open() {
    this.time.open();
    this.observer.observe(this.root);
  }

  close() {
    this.time.close();
    this.observer.disconnect();
    this.onPage.close();
    this.window.close();
  }

  listen() {
    const { find } = this;
    find("rows").onclick = (event) => this.clicked(event);
    find("rows").ondblclick = (event) => {
      if (targetOf(event)?.closest(".lane")) this.time.zoomTo(rowAt(event) ?? this.window.active);
    };
    find("scroll").onkeydown = (event) => {
      const act = this.tree.size ? actOf(event, this.bar.isOn || this.isSearching) : undefined;
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act(this);
    };
    find("expand").onclick = () => this.refold(() => this.folding.setAll(false));
    find("collapse").onclick = () => this.refold(() => this.folding.setAll(true));
    find("below button").onclick = () => {
      this.window.scroll.scrollTop += this.window.page * this.window.rowHeight;
    };
    find("ask").onclick = () => this.toggleHelp();
  }

  /**
   * Draw `data`; the same trace keeps what is open, selected and in sight.
   *
   * @param {TreeData} data
   * @param {(answer: Answer) => void} report
   */
  update(data, report) {
    this.#report = report;
    this.#mostPixels = data.most_pixels;
    const { trace, version } = this.tree.data;
    const isSame = trace === data.trace;
    if (!isSame || version !== data.version) this.adopt(new Tree(data), isSame);
    if (!isSame || this.#told !== data.told) {
      this.#told = data.told;
      this.#selected = this.#toReveal = data.selected;
      this.#movesPage = data.moves_page;
    }
    this.fit();
  }

  /**
   * @param {Tree} tree
   * @param {boolean} isSame Whether it is of the same trace as the one before.
   */
  adopt(tree, isSame) {
    const { window, tree: before } = this;
    const anchor = window.anchor();
    const moved = (/** @type {number | undefined} */ row) =>
      isSame && row !== undefined ? tree.rowOfId.get(before.data.id[row]) : undefined;
    if (!isSame) window.scroll.scrollTop = 0;
    window.active = moved(window.active) ?? 0;
    this.folding = isSame ? this.folding.carriedTo(tree) : new Folding(tree);
    this.tree = tree;
    this.time.adopt(tree, isSame);
    this.bar.adopt(tree, isSame);
    this.jumps.adopt(tree);
    const { classList } = this.root;
    classList.toggle("empty", tree.size === 0);
    classList.toggle("few", tree.size <= FEW_ROWS);
    classList.toggle("no-tokens", !tree.hasTokens);
    classList.toggle("no-cost", !tree.hasCost);
    classList.toggle("no-first-token", tree.data.first_token.every((us) => us === null));
    classList.toggle("no-path", tree.size < 2);
    this.arrange();
    window.restore({ row: moved(anchor.row), hidden: anchor.hidden });
  }

  /** Work out anew which rows are shown. */
  arrange() {
    const { tree, window } = this;
    this.#hits = this.bar.isOn ? hitsOf(tree, this.bar.filter) : null;
    window.setRows(tree.shown(this.#hits, this.folding.closed), tree.size);
    let row = window.active;
    while (row >= 0 && !window.has(row)) row = tree.data.parent[row] ?? -1;
    window.active = row >= 0 ? row : (window.shown[0] ?? 0);
    this.bar.tell(tree.size, this.#hits);
  }

  /** @param {number} row */
  make(row) {
    return makeRow(this.tree, row, {
      isOpen: this.isOpen(row),
      isHit: !this.#hits || this.#hits[row] === 1,
      wanted: this.bar.filter.text,
      range: this.time.range,
      isStacked: this.window.isStacked,
    });
  }

  /**
   * Say what is in sight, and how many rows follow: scrollbars hide where nobody scrolls.
   *
   * @param {Int32Array} seen
   * @param {number} below
   */
  painted(seen, below) {
    this.time.minimap.see(this.tree, seen);
    this.jumps.tell(this.window.active);
    this.find("below").hidden = below === 0;
    this.find("below span").textContent = `${count.format(below)} more`;
  }

  /** While something is filtered for, every row that is shown is open.
   *
   * @param {number} row
   */
  isOpen(row) {
    return this.#hits !== null || !this.folding.isClosed(row);
  }

  /** Follow the width and the number of rows. */
  fit() {
    const { root, window } = this;
    if (!root.clientWidth) return;
    const isStacked = root.clientWidth <= STACKED_WIDTH;
    if (isStacked !== window.isStacked) {
      const anchor = window.anchor();
      window.isStacked = isStacked;
      root.classList.toggle("stacked", isStacked);
      this.arrange();
      window.restore(anchor);
    }
    const around = root.offsetHeight - window.scroll.offsetHeight;
    window.fit(this.tree.size, this.#mostPixels - around);
    this.time.draw();
    this.revealTold();
    window.paint();
  }

  /** Show the span that the page selected, once there is room to show it in. */
  revealTold() {
    const row = this.#toReveal === null ? undefined : this.tree.rowOfId.get(this.#toReveal);
    this.#toReveal = null;
    if (row === undefined) return;
    this.reveal(row);
    if (this.#movesPage) this.onPage.show(() => this.window.elementOf(row));
  }

  drawBars() {
    this.window.update((row, made) => {
      part(made, ".lane").replaceChildren(...laneParts(this.tree, row, this.time.range));
    });
  }

  select() {
    const span = this.tree.data.id[this.window.active];
    if (span !== undefined && span !== this.#selected) {
      this.#selected = span;
      this.#report({ span, told: this.#told });
    }
    this.window.paint();
  }

  /**
   * Open what hides `row` and put the keyboard on it.
   *
   * @param {number} row
   */
  reveal(row) {
    this.folding.openAncestors(row);
    if (this.#hits && !this.window.has(row)) this.bar.clear();
    if (!this.window.has(row)) this.arrange();
    this.window.go(this.window.placeOf(row) ?? 0, { isFar: true });
  }

  /**
   * Reveal and select `row`, and pan to its bar if that is out of view.
   *
   * @param {number} row
   */
  jump(row) {
    this.reveal(row);
    this.select();
    this.time.panTo(row);
  }

  /**
   * Open or close rows; what is in sight stays where it is.
   *
   * @param {() => void} change
   */
  refold(change) {
    const anchor = this.window.anchor();
    change();
    this.arrange();
    this.window.restore(anchor);
    this.window.paint();
  }

  openSiblings() {
    this.refold(() => this.folding.openSiblings(this.window.active));
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const { window, folding } = this;
    const row = rowAt(event);
    if (row === undefined) return;
    window.active = row;
    if (targetOf(event)?.closest(".twisty") && this.tree.childCount[row] && !this.#hits) {
      this.refold(() => folding.set([row], !folding.isClosed(row)));
      return;
    }
    window.go(window.placeOf(row) ?? 0);
    this.select();
  }

  /** @param {number} rows */
  step(rows) {
    this.window.go(this.window.activePlace + rows);
  }

  goInward() {
    const row = this.window.active;
    if (!this.tree.childCount[row]) return;
    if (this.isOpen(row)) this.step(1);
    else this.refold(() => this.folding.set([row], false));
  }

  goOutward() {
    const { window, tree, folding } = this;
    const row = window.active;
    const parent = tree.data.parent[row];
    if (tree.childCount[row] && !this.#hits && !folding.isClosed(row)) {
      this.refold(() => folding.set([row], true));
    } else if (parent >= 0) window.go(window.placeOf(parent) ?? 0);
  }

  get isSearching() {
    return this.root.classList.contains("searching");
  }

  enterFilter() {
    this.root.classList.add("searching");
    this.fit();
    this.bar.input.focus();
    this.bar.input.select();
  }

  leaveFilter() {
    if (this.bar.isOn) {
      this.bar.clear();
      this.filtered();
    }
    this.root.classList.remove("searching");
    this.fit();
    this.focus();
  }

  filtered() {
    this.arrange();
    const hits = this.#hits;
    const firstHit = hits ? this.window.shown.find((row) => hits[row] === 1) : undefined;
    this.window.go(this.window.placeOf(firstHit) ?? this.window.activePlace);
    this.window.paint();
  }

  focus() {
    this.window.scroll.focus({ preventScroll: true });
  }

  toggleHelp() {
    this.find("help").togglePopover();
  }
}

/**
 * The row that an event is about.
 *
 * @param {Event} event
 */
function rowAt(event) {
  const made = targetOf(event)?.closest(".row");
  return made instanceof HTMLElement ? Number(made.dataset.row) : undefined;
}
