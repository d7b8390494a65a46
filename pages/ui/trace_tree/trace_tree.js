// The tree as a whole: what is open, where the keyboard stands, which rows are in the document.

const ROW_HEIGHT = 30;
const STACKED_ROW_HEIGHT = 44;
const STACKED_WIDTH = 480;
const MOST_ROWS = 60;
const SPARE_ROWS = 8;
// A tree that one can see at once needs no tools; `/` brings them back.
const FEW_ROWS = 8;
const TICK_WIDTH = 72;

class TreeView {
  constructor(root) {
    this.root = root;
    this.mounted = new Map();
    this.closed = new Uint8Array(0);
    this.filter = "";
    this.active = 0;
    this.selected = null;
    this.find = (name) => root.querySelector(`.${name}`);
    this.scroll = this.find("scroll");
    this.rows = this.find("rows");
    this.input = this.find("filter");
    for (const [name, shape] of [
      ["expand", "expand"],
      ["collapse", "collapse"],
      ["next-defect", "warning"],
    ]) {
      this.find(name).prepend(icon(shape));
    }
    this.listen();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(root);
  }

  listen() {
    this.scroll.onscroll = () => {
      this.frame ??= requestAnimationFrame(() => {
        this.frame = undefined;
        this.paint();
      });
    };
    this.rows.onclick = (event) => this.clicked(event);
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
    const isSame = this.tree?.data.trace === data.trace;
    if (!isSame || this.tree.data.version !== data.version) this.adopt(new Tree(data), isSame);
    if (!isSame || this.told !== data.told) {
      this.told = data.told;
      this.selected = data.selected;
      this.mostPixels = data.most_pixels;
      const row = this.tree.rowOfId.get(data.selected);
      this.fit();
      if (row !== undefined) this.reveal(row);
    } else if (this.mostPixels !== data.most_pixels) {
      this.mostPixels = data.most_pixels;
    }
    this.fit();
  }

  adopt(tree, isSame) {
    const anchor = isSame ? this.anchor() : null;
    const idAt = (row) => this.tree.data.id[row];
    const closed = new Uint8Array(tree.size);
    if (isSame) {
      this.closed.forEach((isClosed, row) => {
        const kept = isClosed ? tree.rowOfId.get(idAt(row)) : undefined;
        if (kept !== undefined) closed[kept] = 1;
      });
      this.active = tree.rowOfId.get(idAt(this.active)) ?? 0;
    } else {
      this.active = 0;
      this.filter = this.input.value = "";
      this.scroll.scrollTop = 0;
    }
    this.tree = tree;
    this.closed = closed;
    this.root.classList.toggle("empty", tree.size === 0);
    this.root.classList.toggle("no-tokens", !tree.hasTokens);
    this.root.classList.toggle("no-cost", !tree.hasCost);
    this.root.classList.toggle("no-first-token", tree.data.first_token.every((us) => us === null));
    this.root.classList.toggle("no-path", tree.size < 2);
    this.root.classList.toggle("few", tree.size <= FEW_ROWS);
    this.arrange();
    if (anchor) this.restore(anchor);
  }

  /** Work out anew which rows are shown; drops the rows in the document. */
  arrange() {
    const { tree } = this;
    this.hits = tree.matches(this.filter);
    this.visible = tree.visible(this.hits, this.closed);
    this.place = new Map(this.visible.map((row, place) => [row, place]));
    if (!this.place.has(this.active)) this.active = this.nearest(this.active);
    this.mounted.forEach((made) => made.remove());
    this.mounted.clear();
    this.rows.style.height = `${this.visible.length * this.rowHeight()}px`;
    this.tellCounts();
  }

  /** The closest ancestor that is shown, else the first row. */
  nearest(row) {
    let found = row;
    while (found >= 0 && !this.place.has(found)) found = this.tree.data.parent[found];
    return found >= 0 ? found : (this.visible[0] ?? 0);
  }

  tellCounts() {
    const { tree } = this;
    const shown = this.hits ? this.hits.reduce((sum, hit) => sum + hit, 0) : tree.size;
    const noun = tree.size === 1 ? "span" : "spans";
    const all = `${count.format(tree.size)} ${noun}`;
    this.find("count").textContent = this.hits ? `${count.format(shown)} of ${all}` : all;
    const tell = (name, total, what) => {
      const button = this.find(name);
      button.hidden = total === 0;
      button.lastElementChild.textContent = `${count.format(total)} ${what}${total > 1 ? "s" : ""}`;
      button.title = `Go to the next ${what}`;
    };
    const failed = tree.data.flags.filter((flags) => flags & FLAG.OWN_ERROR).length;
    tell("next-error", failed, "error");
    tell("next-defect", tree.data.defects, "defect");
  }

  rowHeight() {
    return this.root.classList.contains("stacked") ? STACKED_ROW_HEIGHT : ROW_HEIGHT;
  }

  /** Follow the width and the number of rows. */
  fit() {
    if (!this.tree || !this.root.clientWidth) return;
    const isStacked = this.root.clientWidth <= STACKED_WIDTH;
    if (isStacked !== this.root.classList.contains("stacked")) {
      const anchor = this.anchor();
      this.root.classList.toggle("stacked", isStacked);
      this.arrange();
      this.restore(anchor);
    }
    const rest = this.root.offsetHeight - this.scroll.offsetHeight;
    const wanted = this.axisHeight() + Math.max(this.tree.size, 1) * this.rowHeight();
    const most = Math.min(this.mostPixels - rest, (MOST_ROWS - 4) * this.rowHeight());
    this.scroll.style.height = `${Math.max(Math.min(wanted, most), 3 * this.rowHeight())}px`;
    this.drawAxis();
    this.paint();
  }

  axisHeight() {
    return this.find("axis").offsetHeight;
  }

  drawAxis() {
    const ticks = this.find("ticks");
    const { axis } = this.tree;
    const step = tickStep(axis, Math.floor(ticks.clientWidth / TICK_WIDTH));
    this.root.style.setProperty("--tick", `${(100 * step) / axis}%`);
    const made = [];
    for (let us = 0; us <= axis; us += step) {
      const share = us / axis;
      const tick = element("span", share > 0.9 ? "last" : "", tickText(us, step));
      tick.style.left = `${100 * share}%`;
      made.push(tick);
    }
    ticks.replaceChildren(...made);
  }

  /** Put the rows in sight into the document and take the others out. */
  paint() {
    const height = this.rowHeight();
    const top = this.scroll.scrollTop;
    const inSight = Math.ceil(this.scroll.clientHeight / height) + 1;
    const spare = Math.max(0, Math.min(SPARE_ROWS, Math.floor((MOST_ROWS - inSight) / 2)));
    const first = Math.max(0, Math.floor(top / height) - spare);
    const end = Math.min(this.visible.length, first + inSight + 2 * spare, first + MOST_ROWS);
    const wanted = new Set(this.visible.slice(first, end));
    for (const [row, made] of this.mounted) {
      if (wanted.has(row)) continue;
      made.remove();
      this.mounted.delete(row);
    }
    for (let place = first; place < end; place++) this.show(this.visible[place], place * height);
    const active = this.mounted.get(this.active);
    if (active) this.scroll.setAttribute("aria-activedescendant", active.id);
    else this.scroll.removeAttribute("aria-activedescendant");
  }

  show(row, top) {
    let made = this.mounted.get(row);
    if (!made) {
      made = makeRow(this.tree, row, {
        isOpen: this.isOpen(row),
        wanted: this.filter.trim().toLowerCase(),
        isHit: !this.hits || this.hits[row] === 1,
      });
      this.mounted.set(row, made);
      this.rows.append(made);
    }
    made.style.transform = `translateY(${top}px)`;
    made.classList.toggle("active", row === this.active);
    made.setAttribute("aria-selected", this.tree.data.id[row] === this.selected);
  }

  isOpen(row) {
    return this.hits !== null || !this.closed[row];
  }

  /** The first row in sight and how far it is scrolled, to come back to after a change. */
  anchor() {
    const place = Math.floor(this.scroll.scrollTop / this.rowHeight());
    const row = this.visible?.[place];
    if (row === undefined) return null;
    const hidden = this.scroll.scrollTop - place * this.rowHeight();
    return { id: this.tree.data.id[row], hidden };
  }

  restore(anchor) {
    const place = anchor && this.place.get(this.tree.rowOfId.get(anchor.id));
    if (place !== undefined && place !== null) {
      this.scroll.scrollTop = place * this.rowHeight() + anchor.hidden;
    }
  }

  go(place) {
    if (!this.visible.length) return;
    this.active = this.visible[Math.max(0, Math.min(this.visible.length - 1, place))];
    const height = this.rowHeight();
    const top = this.place.get(this.active) * height;
    const room = this.scroll.clientHeight - this.axisHeight();
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    else if (top + height > this.scroll.scrollTop + room) {
      this.scroll.scrollTop = top + height - room;
    }
    this.paint();
  }

  select() {
    const span = this.tree.data.id[this.active];
    if (span === undefined) return;
    if (span !== this.selected) {
      this.selected = span;
      this.report("selected", { span, told: this.told });
    }
    this.paint();
  }

  /** Open what hides `row` and put the keyboard on it. */
  reveal(row) {
    let changed = false;
    for (let up = this.tree.data.parent[row]; up >= 0; up = this.tree.data.parent[up]) {
      changed ||= this.closed[up] === 1;
      this.closed[up] = 0;
    }
    if (this.hits && !this.place.has(row)) {
      this.filter = this.input.value = "";
      changed = true;
    }
    if (changed) this.arrange();
    this.active = row;
    this.go(this.place.get(row));
  }

  jump(flag) {
    const { tree } = this;
    for (let step = 1; step <= tree.size; step++) {
      const row = (this.active + step) % tree.size;
      if (!tree.is(row, flag)) continue;
      this.reveal(row);
      this.select();
      return;
    }
  }

  /** Open or close rows; the first of them that is shown stays where it is. */
  setClosed(rows, isClosed) {
    const anchor = this.anchor();
    for (const row of rows) this.closed[row] = isClosed && this.tree.childCount[row] ? 1 : 0;
    this.arrange();
    this.restore(anchor);
    this.paint();
  }

  closeAll(isClosed) {
    const rows = this.tree.data.id.map((_, row) => row);
    this.setClosed(isClosed ? rows.filter((row) => this.tree.level[row] > 1) : rows, isClosed);
  }

  openSiblings() {
    const parent = this.tree.data.parent[this.active];
    const rows = this.tree.data.parent.flatMap((found, row) => (found === parent ? [row] : []));
    // A second press opens the whole tree.
    if (rows.every((row) => !this.closed[row])) this.closeAll(false);
    else this.setClosed(rows, false);
  }

  clicked(event) {
    const made = event.target.closest(".row");
    if (!made) return;
    const row = Number(made.dataset.row);
    this.active = row;
    if (event.target.closest(".twisty") && this.tree.childCount[row] && !this.hits) {
      this.setClosed([row], !this.closed[row]);
      return;
    }
    this.go(this.place.get(row));
    this.select();
  }

  keyed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = this.place.get(this.active) ?? 0;
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / this.rowHeight()) - 2);
    const acts = {
      ArrowDown: () => this.go(place + 1),
      ArrowUp: () => this.go(place - 1),
      PageDown: () => this.go(place + page),
      PageUp: () => this.go(place - page),
      Home: () => this.go(0),
      End: () => this.go(this.visible.length - 1),
      ArrowRight: () => this.inward(place),
      ArrowLeft: () => this.outward(),
      Enter: () => this.select(),
      " ": () => this.select(),
      "*": () => this.openSiblings(),
      "/": () => this.enterFilter(),
      Escape: () => this.filter && this.leaveFilter(),
    };
    if (!acts[event.key] || !this.tree.size) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  inward(place) {
    if (!this.tree.childCount[this.active]) return;
    if (this.isOpen(this.active)) this.go(place + 1);
    else this.setClosed([this.active], false);
  }

  outward() {
    const parent = this.tree.data.parent[this.active];
    if (this.tree.childCount[this.active] && !this.hits && !this.closed[this.active]) {
      this.setClosed([this.active], true);
    } else if (parent >= 0) {
      this.go(this.place.get(parent));
    }
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
    const firstHit = this.hits ? this.visible.find((row) => this.hits[row]) : this.active;
    this.active = firstHit ?? this.active;
    this.go(this.place.get(this.active) ?? 0);
    this.paint();
  }

  focus() {
    this.scroll.focus({ preventScroll: true });
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
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
