// A trace's rows and what follows from them. No document in here.

// The same numbers as `Flag` in gwtrace_core/trace/columns.py.
export const FLAG = Object.freeze({
  OWN_ERROR: 1,
  CHILD_ERROR: 2,
  STOPPED: 4,
  RUNNING: 8,
  FILLED: 16,
  CRITICAL: 32,
  SUM: 64,
  PARTIAL: 128,
  MODEL: 256,
  NEVER_CLOSED: 512,
  DEFECT: 1024,
  CORRECTED: 2048,
});

/**
 * What `columns` in gwtrace_core/trace/columns.py gives, which says what each list means.
 *
 * @typedef {object} Columns
 * @property {string} trace
 * @property {string} version
 * @property {number} axis
 * @property {boolean} shared
 * @property {string[]} id
 * @property {number[]} parent
 * @property {number[]} name
 * @property {number[]} kind
 * @property {number[]} model
 * @property {number[]} note
 * @property {number[]} flags
 * @property {number[]} start
 * @property {(number | null)[]} duration
 * @property {(number | null)[]} first_token
 * @property {(number | null)[]} in
 * @property {(number | null)[]} out
 * @property {(number | null)[]} cost
 * @property {{row: number[], start: number[], end: number[]}} path
 * @property {string[]} names
 * @property {string[]} kinds
 * @property {string[]} models
 * @property {string[]} notes
 */

/** The payload's columns with what follows from them. Rows are depth-first, parents before. */
export class Tree {
  /** @type {Map<string, number> | undefined} */
  #rowOfId;

  /** @param {Columns} data */
  constructor(data) {
    const size = data.id.length;
    this.data = data;
    this.size = size;
    this.axis = Math.max(data.axis, 1);
    this.level = new Int32Array(size);
    this.position = new Int32Array(size);
    this.descendants = new Int32Array(size);
    this.childCount = new Int32Array(size);
    let roots = 0;
    for (let row = 0; row < size; row++) {
      const parent = data.parent[row];
      this.level[row] = parent < 0 ? 1 : this.level[parent] + 1;
      this.position[row] = parent < 0 ? ++roots : ++this.childCount[parent];
    }
    this.roots = roots;
    for (let row = size - 1; row >= 0; row--) {
      const parent = data.parent[row];
      if (parent >= 0) this.descendants[parent] += this.descendants[row] + 1;
    }
    this.path = pathOf(data);
    this.errors = this.rowsWith(FLAG.OWN_ERROR);
    this.hasTokens =
      data.flags.some((flags) => flags & FLAG.MODEL) || data.in.some((tokens) => tokens !== null);
    this.hasCost = data.cost.some((cost) => cost !== null);
  }

  /** Made when it is first asked for: of many spans the first picture does not wait for it. */
  get rowOfId() {
    return (this.#rowOfId ??= new Map(this.data.id.map((id, row) => [id, row])));
  }

  /** @param {number} row */
  name(row) {
    return this.data.names[this.data.name[row]] || "(no name)";
  }

  /** @param {number} row */
  kind(row) {
    return this.data.kinds[this.data.kind[row]];
  }

  /** @param {number} row */
  model(row) {
    return this.data.models[this.data.model[row]] ?? "";
  }

  /** @param {number} row */
  note(row) {
    return this.data.notes[this.data.note[row]] ?? "";
  }

  /**
   * How long the span lasts, in µs; as far as the axis goes if it has no end.
   *
   * @param {number} row
   */
  lasts(row) {
    return this.data.duration[row] ?? Math.max(this.axis - this.data.start[row], 0);
  }

  /** @param {number} flag */
  rowsWith(flag) {
    /** @type {number[]} */
    const rows = [];
    this.data.flags.forEach((flags, row) => {
      if (flags & flag) rows.push(row);
    });
    return rows;
  }

  /**
   * How many siblings the row has, with itself.
   *
   * @param {number} row
   */
  setSize(row) {
    const parent = this.data.parent[row];
    return parent < 0 ? this.roots : this.childCount[parent];
  }

  /**
   * @param {number} row
   * @param {number} flag
   */
  is(row, flag) {
    return (this.data.flags[row] & flag) !== 0;
  }

  /**
   * The rows to show, in order: those of `hits` (1 for each) with their ancestors, or without it
   * all but what lies below a row that is `closed`.
   *
   * @param {Uint8Array | null} hits
   * @param {Uint8Array} closed
   */
  shown(hits, closed) {
    const rows = new Int32Array(this.size);
    let shown = 0;
    const keep = hits && this.#withAncestors(hits);
    for (let row = 0; row < this.size; row++) {
      if (!keep) {
        rows[shown++] = row;
        if (closed[row]) row += this.descendants[row];
      } else if (keep[row]) {
        rows[shown++] = row;
      }
    }
    return rows.subarray(0, shown);
  }

  /** @param {Uint8Array} hits */
  #withAncestors(hits) {
    const keep = Uint8Array.from(hits);
    for (let row = this.size - 1; row >= 0; row--) {
      const parent = this.data.parent[row];
      if (keep[row] && parent >= 0) keep[parent] = 1;
    }
    return keep;
  }
}

/**
 * The sections of the critical path by row, each its start and end in µs.
 *
 * @param {Columns} data
 */
function pathOf({ path }) {
  /** @type {Map<number, [number, number][]>} */
  const sections = new Map();
  path.row.forEach((row, section) => {
    const found = sections.get(row) ?? [];
    if (!found.length) sections.set(row, found);
    found.push([path.start[section], path.end[section]]);
  });
  return sections;
}
