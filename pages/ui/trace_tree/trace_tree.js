// The tree as a whole: what is open, found and selected, and what mouse and keyboard do.

const STACKED_WIDTH = 480;
const TICK_WIDTH = 72;
// A tree that one can see at once needs no tools; `/` brings them back.
const FEW_ROWS = 8;

class TreeView {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.scroll = this.find("scroll");
    this.input = this.find("filter");
    this.closed = new Uint8Array(0);
    this.filter = "";
    this.selected = null;
    const make = (row) => makeRow(this.tree, row, this.look(row));
    this.window = new RowWindow(this.scroll, this.find("rows"), this.find("axis"), make);
    this.window.isSelected = (row) => this.tree.data.id[row] === this.selected;
    this.find("expand").append(icon("expand"));
    this.find("collapse").append(icon("collapse"));
    this.find("next-defect").prepend(icon("warning"));
    this.listen();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(root);
  }

  listen() {
    this.find("rows").onclick = (event) => this.clicked(event);
    this.scroll.onkeydown = (event) => this.keyed(event);
    this.input.oninput = () => this.filtered(this.input.value);
    this.input.onkeydown = (event) => {
      // Streamlit's own shortcuts do not see that one types inside a component.
      event.stopPropagation();
      if (event.key === "Escape") this.leaveFilter();
      if (event.key === "Enter" || event.key === "ArrowDown") this.focus();
    };
    this.find("expand").onclick = () => this.closeAll(false);
    this.find("collapse").onclick = () => this.closeAll(true);
    this.find("next-error").onclick = () => this.jump(FLAG.OWN_ERROR);
    this.find("next-defect").onclick = () => this.jump(FLAG.DEFECT);
  }

  /** Draw `data`; the same trace keeps what is open, selected and in sight. */
  update(data, report) {
    this.report = report;
    this.mostPixels = data.most_pixels;
    const isSame = this.tree?.data.trace === data.trace;
    if (!isSame || this.tree.data.version !== data.version) this.adopt(new Tree(data), isSame);
    this.fit();
    if (isSame && this.told === data.told) return;
    this.told = data.told;
    this.selected = data.selected;
    const row = this.tree.rowOfId.get(data.selected);
    if (row === undefined) this.window.paint();
    else this.reveal(row);
  }

  adopt(tree, isSame) {
    const before = this.tree;
    const anchor = isSame ? this.window.anchor() : {};
    const moved = (row) => (before ? tree.rowOfId.get(before.data.id[row]) : undefined);
    const closed = new Uint8Array(tree.size);
    if (isSame) {
      this.closed.forEach((isClosed, row) => {
        if (isClosed && moved(row) !== undefined) closed[moved(row)] = 1;
      });
    } else {
      this.filter = this.input.value = "";
      this.scroll.scrollTop = 0;
    }
    this.window.active = (isSame && moved(this.window.active)) || 0;
    anchor.row = moved(anchor.row);
    this.tree = tree;
    this.closed = closed;
    const { classList } = this.root;
    classList.toggle("empty", tree.size === 0);
    classList.toggle("few", tree.size <= FEW_ROWS);
    classList.toggle("no-tokens", !tree.hasTokens);
    classList.toggle("no-cost", !tree.hasCost);
    classList.toggle("no-first-token", tree.data.first_token.every((us) => us === null));
    classList.toggle("no-path", tree.size < 2);
    this.arrange();
    this.window.restore(anchor);
  }

  /** Work out anew which rows are shown. */
  arrange() {
    const { tree } = this;
    this.hits = tree.matches(this.filter);
    this.window.setRows(tree.visible(this.hits, this.closed));
    let row = this.window.active;
    while (row >= 0 && !this.window.has(row)) row = tree.data.parent[row];
    this.window.active = row >= 0 ? row : (this.window.shown[0] ?? 0);
    this.tellCounts();
  }

  look(row) {
    return {
      isOpen: this.isOpen(row),
      wanted: this.filter.trim().toLowerCase(),
      isHit: !this.hits || this.hits[row] === 1,
    };
  }

  isOpen(row) {
    return this.hits !== null || !this.closed[row];
  }

  tellCounts() {
    const { tree } = this;
    const all = `${count.format(tree.size)} ${tree.size === 1 ? "span" : "spans"}`;
    const found = this.hits?.reduce((sum, hit) => sum + hit, 0);
    this.find("count").textContent = this.hits ? `${count.format(found)} of ${all}` : all;
    const tell = (name, total, what) => {
      const button = this.find(name);
      button.hidden = total === 0;
      button.lastElementChild.textContent = `${count.format(total)} ${what}${total > 1 ? "s" : ""}`;
      button.title = `Go to the next ${what}`;
    };
    tell("next-error", tree.count(FLAG.OWN_ERROR), "error");
    tell("next-defect", tree.count(FLAG.DEFECT), "defect");
  }

  /** Follow the width and the number of rows. */
  fit() {
    if (!this.tree || !this.root.clientWidth) return;
    const isStacked = this.root.clientWidth <= STACKED_WIDTH;
    if (isStacked !== this.window.isStacked) {
      const anchor = this.window.anchor();
      this.window.isStacked = isStacked;
      this.root.classList.toggle("stacked", isStacked);
      this.arrange();
      this.window.restore(anchor);
    }
    const around = this.root.offsetHeight - this.scroll.offsetHeight;
    this.window.fit(this.tree.size, this.mostPixels - around);
    this.drawAxis();
    this.window.paint();
  }

  drawAxis() {
    const ticks = this.find("ticks");
    const { axis } = this.tree;
    const step = tickStep(axis, Math.floor(ticks.clientWidth / TICK_WIDTH));
    this.root.style.setProperty("--tick", `${(100 * step) / axis}%`);
    const made = [];
    for (let us = 0; us <= axis; us += step) {
      const tick = element("span", us / axis > 0.9 ? "last" : "", tickText(us, step));
      tick.style.left = `${(100 * us) / axis}%`;
      made.push(tick);
    }
    ticks.replaceChildren(...made);
  }

  select() {
    const span = this.tree.data.id[this.window.active];
    if (span !== undefined && span !== this.selected) {
      this.selected = span;
      this.report("selected", { span, told: this.told });
    }
    this.window.paint();
  }

  /** Open what hides `row` and put the keyboard on it. */
  reveal(row) {
    const { parent } = this.tree.data;
    for (let up = parent[row]; up >= 0; up = parent[up]) this.closed[up] = 0;
    if (this.hits && !this.window.has(row)) this.filter = this.input.value = "";
    if (!this.window.has(row)) this.arrange();
    this.window.go(this.window.places.get(row));
  }

  jump(flag) {
    const { size } = this.tree;
    for (let step = 1; step <= size; step++) {
      const row = (this.window.active + step) % size;
      if (!this.tree.is(row, flag)) continue;
      this.reveal(row);
      this.select();
      return;
    }
  }

  /** Open or close rows; what is in sight stays where it is. */
  setClosed(rows, isClosed) {
    const anchor = this.window.anchor();
    for (const row of rows) this.closed[row] = isClosed && this.tree.childCount[row] ? 1 : 0;
    this.arrange();
    this.window.restore(anchor);
    this.window.paint();
  }

  closeAll(isClosed) {
    const rows = [...this.tree.data.id.keys()];
    // The roots stay open: a collapsed tree should still show what it is made of.
    this.setClosed(isClosed ? rows.filter((row) => this.tree.level[row] > 1) : rows, isClosed);
  }

  openSiblings() {
    const { parent } = this.tree.data;
    const siblings = [...parent.keys()].filter((row) => parent[row] === parent[this.window.active]);
    // A second press opens the whole tree.
    if (siblings.every((row) => !this.closed[row])) this.closeAll(false);
    else this.setClosed(siblings, false);
  }

  clicked(event) {
    const made = event.target.closest(".row");
    if (!made) return;
    const row = Number(made.dataset.row);
    this.window.active = row;
    if (event.target.closest(".twisty") && this.tree.childCount[row] && !this.hits) {
      this.setClosed([row], !this.closed[row]);
      return;
    }
    this.window.go(this.window.places.get(row));
    this.select();
  }

  keyed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.tree.size) return;
    const { window } = this;
    const step = (rows) => () => window.go(window.activePlace + rows);
    const acts = {
      ArrowDown: step(1),
      ArrowUp: step(-1),
      PageDown: step(window.page),
      PageUp: step(-window.page),
      Home: step(-Infinity),
      End: step(Infinity),
      ArrowRight: () => this.inward(),
      ArrowLeft: () => this.outward(),
      Enter: () => this.select(),
      " ": () => this.select(),
      "*": () => this.openSiblings(),
      "/": () => this.enterFilter(),
      Escape: () => this.filter && this.leaveFilter(),
    };
    if (!Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  inward() {
    const row = this.window.active;
    if (!this.tree.childCount[row]) return;
    if (this.isOpen(row)) this.window.go(this.window.activePlace + 1);
    else this.setClosed([row], false);
  }

  outward() {
    const row = this.window.active;
    const parent = this.tree.data.parent[row];
    if (this.tree.childCount[row] && !this.hits && !this.closed[row]) this.setClosed([row], true);
    else if (parent >= 0) this.window.go(this.window.places.get(parent));
  }

  enterFilter() {
    this.root.classList.add("searching");
    this.fit();
    this.input.focus();
    this.input.select();
  }

  leaveFilter() {
    this.input.value = "";
    this.filtered("");
    this.root.classList.remove("searching");
    this.fit();
    this.focus();
  }

  filtered(text) {
    this.filter = text;
    this.arrange();
    const firstHit = this.hits && this.window.shown.find((row) => this.hits[row]);
    this.window.go(this.window.places.get(firstHit) ?? this.window.activePlace);
    this.window.paint();
  }

  focus() {
    this.scroll.focus({ preventScroll: true });
  }

  close() {
    this.observer.disconnect();
    this.window.close();
  }
}

const views = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".trace-tree");
  if (!views.has(root)) views.set(root, new TreeView(root));
  views.get(root).update(data, setStateValue);
  return () => {
    views.get(root)?.close();
    views.delete(root);
  };
}
