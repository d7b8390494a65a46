// The scrolled list of rows, of which only those in sight (and a few more) are in the document.

const ROW_HEIGHT = 30;
const STACKED_ROW_HEIGHT = 50;
const MOST_ROWS = 60;
const SPARE_ROWS = 8;

class RowWindow {
  /** `make(row)` gives a row's element. Places count the rows that are shown, from 0. */
  constructor(scroll, holder, axis, make) {
    Object.assign(this, { scroll, holder, axis, make });
    this.mounted = new Map();
    this.shown = new Int32Array(0);
    this.places = new Int32Array(0);
    this.active = 0;
    this.isSelected = () => false;
    /** Called with the rows in sight, and how many follow, when they may be others than before. */
    this.painted = () => {};
    this.scroll.onscroll = () => {
      this.frame ??= requestAnimationFrame(() => {
        this.frame = undefined;
        this.paint();
      });
    };
  }

  get rowHeight() {
    return this.isStacked ? STACKED_ROW_HEIGHT : ROW_HEIGHT;
  }

  /** Show these of `size` rows from now on, drawn anew. */
  setRows(shown, size) {
    this.shown = shown;
    this.places = new Int32Array(size).fill(-1);
    shown.forEach((row, place) => {
      this.places[row] = place;
    });
    this.mounted.forEach((made) => made.remove());
    this.mounted.clear();
    this.holder.style.height = `${shown.length * this.rowHeight}px`;
  }

  /** Call `change(row, element)` for each row in the document. */
  update(change) {
    this.mounted.forEach((made, row) => change(row, made));
  }

  has(row) {
    return this.places[row] >= 0;
  }

  /** The place of `row`, or undefined. */
  placeOf(row) {
    return this.has(row) ? this.places[row] : undefined;
  }

  /** The element of `row` while it is in the document. */
  elementOf(row) {
    return this.mounted.get(row);
  }

  /** Take the height that `size` rows need, at most `mostPixels`. */
  fit(size, mostPixels) {
    const wanted = this.axis.offsetHeight + Math.max(size, 1) * this.rowHeight;
    const most = Math.min(mostPixels, (MOST_ROWS - 4) * this.rowHeight);
    this.scroll.style.height = `${Math.max(Math.min(wanted, most), 3 * this.rowHeight)}px`;
  }

  /** Put the rows in sight into the document and take the others out. */
  paint() {
    const height = this.rowHeight;
    const inSight = Math.ceil(this.scroll.clientHeight / height) + 1;
    const spare = Math.max(0, Math.min(SPARE_ROWS, Math.floor((MOST_ROWS - inSight) / 2)));
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / height) - spare);
    const end = Math.min(this.shown.length, first + inSight + 2 * spare, first + MOST_ROWS);
    const wanted = new Set(this.shown.slice(first, end));
    for (const [row, made] of this.mounted) {
      if (wanted.has(row)) continue;
      made.remove();
      this.mounted.delete(row);
    }
    for (let place = first; place < end; place++) this.show(this.shown[place], place * height);
    const active = this.mounted.get(this.active);
    if (active) this.scroll.setAttribute("aria-activedescendant", active.id);
    else this.scroll.removeAttribute("aria-activedescendant");
    const from = Math.floor(this.scroll.scrollTop / height);
    const room = this.scroll.clientHeight - this.axis.offsetHeight;
    const bottom = (this.scroll.scrollTop + room) / height;
    // Parts of a pixel are lost on the way.
    const below = this.shown.length - Math.floor(bottom + 0.05);
    this.painted(this.shown.subarray(from, Math.ceil(bottom)), below);
  }

  show(row, top) {
    let made = this.mounted.get(row);
    if (!made) {
      made = this.make(row);
      this.mounted.set(row, made);
      this.holder.append(made);
    }
    made.style.transform = `translateY(${top}px)`;
    made.classList.toggle("active", row === this.active);
    made.setAttribute("aria-selected", this.isSelected(row));
  }

  /** Make the row at `place` the active one and bring it into sight, to the middle if asked. */
  go(place, { isFar = false } = {}) {
    if (!this.shown.length) return;
    this.active = this.shown[Math.max(0, Math.min(this.shown.length - 1, place))];
    const top = this.places[this.active] * this.rowHeight;
    const room = this.scroll.clientHeight - this.axis.offsetHeight;
    const isAbove = top < this.scroll.scrollTop;
    const isBelow = top + this.rowHeight > this.scroll.scrollTop + room;
    if (isFar && (isAbove || isBelow)) {
      this.scroll.scrollTop = top - (room - this.rowHeight) / 2;
    } else if (isAbove) this.scroll.scrollTop = top;
    else if (isBelow) this.scroll.scrollTop = top + this.rowHeight - room;
    this.paint();
    // Whoever moves by keyboard sees where, even if the page hides a part of the tree.
    if (this.scroll.matches(":focus")) {
      this.mounted.get(this.active)?.scrollIntoView({ block: "nearest" });
    }
  }

  get activePlace() {
    return this.placeOf(this.active) ?? 0;
  }

  /** How many rows a page key moves. */
  get page() {
    return Math.max(1, Math.floor(this.scroll.clientHeight / this.rowHeight) - 2);
  }

  /** The first row in sight and how far it is scrolled, to come back to after a change. */
  anchor() {
    const place = Math.floor(this.scroll.scrollTop / this.rowHeight);
    return { row: this.shown[place], hidden: this.scroll.scrollTop - place * this.rowHeight };
  }

  restore({ row, hidden }) {
    const place = this.placeOf(row);
    if (place !== undefined) this.scroll.scrollTop = place * this.rowHeight + hidden;
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
  }
}
