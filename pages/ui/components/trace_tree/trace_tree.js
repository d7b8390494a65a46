// The tree as a whole: what is open, found, selected and zoomed to, and what mouse and keyboard do.

// With less, names and models would be cut to make room for the figures beside them.
const STACKED_WIDTH = 700;
// A tree that one can see at once needs no tools; `/` brings them back.
const FEW_ROWS = 8;
const ZOOM_MARGIN = 0.05;

// Those that are on the page: trees on one time axis zoom together.
const openViews = new Set();

class TreeView {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.scroll = this.find("scroll");
    this.closed = new Uint8Array(0);
    this.hits = null;
    this.selected = null;
    this.range = new TimeRange(() => this.zoomed());
    this.axis = new TimeAxis(this.find, this.range);
    this.minimap = new Minimap(this.find, this.range);
    this.bar = new FilterBar(this.find, {
      changed: () => this.filtered(),
      left: ({ keep = false } = {}) => (keep ? this.focus() : this.leaveFilter()),
    });
    this.jumps = new Jumps(this.find, (row) => this.jump(row));
    const make = (row) => makeRow(this.tree, row, this.look(row));
    this.window = new RowWindow(this.scroll, this.find("rows"), this.find("axis"), make);
    this.window.isSelected = (row) => this.tree.data.id[row] === this.selected;
    this.window.painted = (inSight, below) => {
      this.minimap.see(inSight);
      this.jumps.tell(this.window.active);
      this.tellBelow(below);
    };
    this.find("expand").append(icon("expand"));
    this.find("collapse").append(icon("collapse"));
    this.find("below button").prepend(icon("down"));
    this.listen();
    this.onPage = new OnPage(root);
    this.observer = new ResizeObserver(() => this.fit());
  }

  /** Take part in the page. Streamlit may take a tree out of it and put the same one back. */
  open() {
    if (openViews.has(this)) return;
    openViews.add(this);
    this.observer.observe(this.root);
  }

  listen() {
    this.find("rows").onclick = (event) => this.clicked(event);
    this.find("rows").ondblclick = (event) => {
      const lane = event.target.closest(".lane");
      if (lane) this.zoomTo(Number(lane.parentElement.dataset.row));
    };
    this.scroll.onkeydown = (event) => this.keyed(event);
    this.bar.opened = () => this.fit();
    this.find("expand").onclick = () => this.closeAll(false);
    this.find("collapse").onclick = () => this.closeAll(true);
    this.find("below button").onclick = () => this.scrollOn();
    this.find("ask").onclick = () => this.find("help").togglePopover();
  }

  /** Say how many rows follow those in sight; scrollbars hide where nobody scrolls. */
  tellBelow(rows) {
    this.find("below").hidden = rows <= 0;
    this.find("below span").textContent = `${count.format(Math.max(rows, 0))} more`;
  }

  scrollOn() {
    this.scroll.scrollTop += this.window.page * this.window.rowHeight;
  }

  /** Draw `data`; the same trace keeps what is open, selected and in sight. */
  update(data, report) {
    this.report = report;
    this.mostPixels = data.most_pixels;
    const isSame = this.tree?.data.trace === data.trace;
    if (!isSame || this.tree.data.version !== data.version) this.adopt(new Tree(data), isSame);
    if (!isSame || this.told !== data.told) {
      this.told = data.told;
      this.selected = data.selected;
      this.toReveal = data.selected;
      this.movesPage = data.moves_page;
    }
    this.fit();
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
      this.scroll.scrollTop = 0;
    }
    this.window.active = (isSame && moved(this.window.active)) || 0;
    anchor.row = moved(anchor.row);
    this.tree = tree;
    this.closed = closed;
    this.range.adopt(tree.axis, isSame);
    this.minimap.adopt(tree);
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
    this.window.restore(anchor);
  }

  /** Work out anew which rows are shown. */
  arrange() {
    const { tree } = this;
    this.hits = this.bar.isOn ? tree.matches(this.bar) : null;
    this.window.setRows(tree.visible(this.hits, this.closed), tree.size);
    let row = this.window.active;
    while (row >= 0 && !this.window.has(row)) row = tree.data.parent[row];
    this.window.active = row >= 0 ? row : (this.window.shown[0] ?? 0);
    this.bar.tell(tree.size, this.hits?.reduce((sum, hit) => sum + hit, 0) ?? null);
  }

  look(row) {
    return {
      isOpen: this.isOpen(row),
      wanted: this.bar.text,
      isHit: !this.hits || this.hits[row] === 1,
      range: this.range,
      isStacked: this.window.isStacked,
    };
  }

  isOpen(row) {
    return this.hits !== null || !this.closed[row];
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
    this.axis.draw();
    this.minimap.draw();
    this.revealTold();
    this.window.paint();
  }

  /** Show the span that the page selected, once there is room to show it in. */
  revealTold() {
    const row = this.toReveal && this.tree.rowOfId.get(this.toReveal);
    this.toReveal = null;
    if (row === undefined || row === null) return;
    this.reveal(row);
    if (this.movesPage) this.onPage.show(() => this.window.elementOf(row));
  }

  /** The range was changed by hand: draw it with the next frame, in all trees on the same axis. */
  zoomed() {
    const { start, end } = this.range;
    for (const view of openViews) {
      const isTogether = view === this || (this.tree.data.shared && view.isOnAxisOf(this.tree));
      if (!isTogether) continue;
      view.range.put(start, end);
      view.zoomFrame ??= requestAnimationFrame(() => view.drawRange());
    }
  }

  isOnAxisOf(tree) {
    return this.tree !== undefined && this.tree.data.shared && this.tree.axis === tree.axis;
  }

  drawRange() {
    this.zoomFrame = undefined;
    this.axis.draw();
    this.minimap.draw();
    this.window.update((row, made) => {
      made.querySelector(".lane").replaceChildren(...laneParts(this.tree, row, this.range));
    });
  }

  zoomTo(row) {
    const start = this.tree.data.start[row];
    const lasts = this.tree.lasts(row);
    this.range.to(start - ZOOM_MARGIN * lasts, start + (1 + ZOOM_MARGIN) * lasts);
  }

  /** Zoom around the active row's bar if that is in view, else around the middle. */
  zoomBy(factor) {
    const start = this.tree.data.start[this.window.active];
    const from = Math.max(start, this.range.start);
    const to = Math.min(start + this.tree.lasts(this.window.active), this.range.end);
    this.range.zoom(factor, from <= to ? (from + to) / 2 : this.range.middle);
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
    if (this.hits && !this.window.has(row)) this.bar.clear();
    if (!this.window.has(row)) this.arrange();
    this.window.go(this.window.placeOf(row), { isFar: true });
  }

  /** Reveal and select `row`, and pan to its bar if that is out of view. */
  jump(row) {
    this.reveal(row);
    this.select();
    const start = this.tree.data.start[row];
    const end = start + this.tree.lasts(row);
    const { range } = this;
    if (end < range.start || start > range.end) range.pan((start + end) / 2 - range.middle);
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
    this.window.go(this.window.placeOf(row));
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
      n: () => this.jumps.nextError(1),
      p: () => this.jumps.nextError(-1),
      "+": () => this.zoomBy(1 / ZOOM_STEP),
      "=": () => this.zoomBy(1 / ZOOM_STEP),
      "-": () => this.zoomBy(ZOOM_STEP),
      0: () => this.range.reset(),
      z: () => this.zoomTo(window.active),
      "Shift+ArrowLeft": () => this.range.pan(-PAN_SHARE * this.range.length),
      "Shift+ArrowRight": () => this.range.pan(PAN_SHARE * this.range.length),
      "?": () => this.find("help").togglePopover(),
      ...(this.bar.isOn || this.isSearching ? { Escape: () => this.leaveFilter() } : {}),
    };
    const isAcross = event.key === "ArrowLeft" || event.key === "ArrowRight";
    const key = event.shiftKey && isAcross ? `Shift+${event.key}` : event.key;
    if (!Object.hasOwn(acts, key)) return;
    event.preventDefault();
    event.stopPropagation();
    acts[key]();
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
    else if (parent >= 0) this.window.go(this.window.placeOf(parent));
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
    const firstHit = this.hits && this.window.shown.find((row) => this.hits[row]);
    this.window.go(this.window.placeOf(firstHit) ?? this.window.activePlace);
    this.window.paint();
  }

  focus() {
    this.scroll.focus({ preventScroll: true });
  }

  close() {
    openViews.delete(this);
    cancelAnimationFrame(this.zoomFrame);
    this.zoomFrame = undefined;
    this.observer.disconnect();
    this.onPage.close();
    this.axis.close();
    this.minimap.close();
    this.window.close();
  }
}

const views = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".trace-tree");
  if (!views.has(root)) views.set(root, new TreeView(root));
  const view = views.get(root);
  view.open();
  view.update(data, setStateValue);
  return () => view.close();
}
