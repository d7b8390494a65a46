// What the rows say and which of them are shown. No DOM in here.

// The same numbers as `Flag` in gwtrace_core/trace/columns.py.
const FLAG = {
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
};

const MISSING = "n/a";
const count = new Intl.NumberFormat("en-US");
const milliseconds = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

// Ticks of long traces and of broken clocks, in microseconds.
const LONG_UNITS = [
  { name: "years", size: 8766 * 3600e6 },
  { name: "d", size: 24 * 3600e6 },
  { name: "h", size: 3600e6 },
  { name: "min", size: 60e6 },
];

const twoDigits = (number) => String(number).padStart(2, "0");

/** By the rule of `duration_text` in gwtrace_core/values/text.py, for one duration reads alike there. */
function durationText(us) {
  if (us < 0) return `−${durationText(-us)}`;
  if (us > 0 && us < 50) return "< 0.1 ms";
  if (us < 1000) return `${(Math.floor(us / 100 + 0.5) / 10).toFixed(1)} ms`;
  const ms = Math.floor(us / 1000);
  if (ms < 1000) return `${ms} ms`;
  if (ms < 59_995) {
    const hundredths = Math.floor((ms + 5) / 10);
    return `${Math.floor(hundredths / 100)}.${twoDigits(hundredths % 100)} s`;
  }
  const seconds = Math.floor((ms + 500) / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.floor((seconds + 30) / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.floor((minutes + 30) / 60);
  if (hours < 365 * 24) return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
  const tenths = Math.floor((hours * 10 + 4383) / 8766);
  return `${Math.floor(tenths / 10)}.${tenths % 10} years`;
}

function tokenText(tokens) {
  if (tokens === null) return MISSING;
  if (tokens < 10_000) return count.format(tokens);
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 99_950 ? 1 : 0)}k`;
  return `${(tokens / 1e6).toFixed(1)}M`;
}

function costText(nanoUsd) {
  const usd = nanoUsd / 1e9;
  if (usd === 0) return "$0";
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  if (usd >= 0.001) return `$${usd.toFixed(4)}`;
  return nanoUsd >= 1000 ? `$${usd.toFixed(6)}` : "< $0.000001";
}

/** Distance of round ticks: 1, 2 or 5 of a power of ten, at most `most` of them on the axis. */
function tickStep(axis, most) {
  const rough = axis / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

function plural(number, what) {
  return `${count.format(number)} ${what}${number === 1 ? "" : "s"}`;
}

function kindText(kind) {
  return kind.toLowerCase().replaceAll("_", " ");
}

function tickText(us, step) {
  if (us === 0) return "0";
  const unit = LONG_UNITS.find(({ size }) => step >= size);
  if (unit) return `${count.format(Math.round((10 * us) / unit.size) / 10)} ${unit.name}`;
  if (step >= 10_000 && us >= 1e6) return `${Number((us / 1e6).toFixed(2))} s`;
  if (step >= 1) return `${milliseconds.format(us / 1000)} ms`;
  return "";
}

/** The payload's columns with what follows from them. Rows are depth-first, parents before. */
class Tree {
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
    this.path = new Map();
    data.path.row.forEach((row, section) => {
      if (!this.path.has(row)) this.path.set(row, []);
      this.path.get(row).push([data.path.start[section], data.path.end[section]]);
    });
    this.errors = this.rowsWith(FLAG.OWN_ERROR);
    this.hasTokens =
      data.flags.some((flags) => flags & FLAG.MODEL) || data.in.some((tokens) => tokens !== null);
    this.hasCost = data.cost.some((cost) => cost !== null);
  }

  /** Made when it is first asked for: of many spans the first picture does not wait for it. */
  get rowOfId() {
    return (this.rowsById ??= new Map(this.data.id.map((id, row) => [id, row])));
  }

  name(row) {
    return this.data.names[this.data.name[row]] || "(no name)";
  }

  kind(row) {
    return this.data.kinds[this.data.kind[row]];
  }

  model(row) {
    return this.data.models[this.data.model[row]] ?? "";
  }

  note(row) {
    return this.data.notes[this.data.note[row]] ?? "";
  }

  /** How long the span lasts, in µs; as far as the axis goes if it has no end. */
  lasts(row) {
    return this.data.duration[row] ?? Math.max(this.axis - this.data.start[row], 0);
  }

  rowsWith(flag) {
    const rows = [];
    this.data.flags.forEach((flags, row) => {
      if (flags & flag) rows.push(row);
    });
    return rows;
  }

  /** Each kind that occurs and how often. */
  kindCounts() {
    const counts = new Uint32Array(this.data.kinds.length);
    for (const kind of this.data.kind) counts[kind]++;
    return this.data.kinds.map((kind, code) => [kind, counts[code]]);
  }

  setSize(row) {
    const parent = this.data.parent[row];
    return parent < 0 ? this.roots : this.childCount[parent];
  }

  is(row, flag) {
    return (this.data.flags[row] & flag) !== 0;
  }

  /**
   * The rows that contain `text` (in lower case) in name, kind, model or note, are of one of
   * `kinds` if it names any, and failed if `isErrorsOnly`; 1 for each of them.
   */
  matches({ text, kinds, isErrorsOnly }) {
    const { data } = this;
    const hits = (list) => list.map((entry) => entry.toLowerCase().includes(text));
    const [names, kindNames, models, notes] = [data.names, data.kinds, data.models, data.notes].map(
      text ? hits : (list) => list.map(() => true),
    );
    const isWanted = data.kinds.map((kind) => kinds.size === 0 || kinds.has(kind));
    const found = new Uint8Array(this.size);
    for (let row = 0; row < this.size; row++) {
      found[row] =
        isWanted[data.kind[row]] &&
        (!isErrorsOnly || this.is(row, FLAG.OWN_ERROR)) &&
        (names[data.name[row]] ||
          kindNames[data.kind[row]] ||
          Boolean(models[data.model[row]]) ||
          Boolean(notes[data.note[row]]));
    }
    return found;
  }

  /** The rows to show in order: matches with their ancestors, or all but what is closed. */
  visible(matches, closed) {
    const rows = new Int32Array(this.size);
    let shown = 0;
    const keep = matches && Uint8Array.from(matches);
    if (keep) {
      for (let row = this.size - 1; row >= 0; row--) {
        const parent = this.data.parent[row];
        if (keep[row] && parent >= 0) keep[parent] = 1;
      }
    }
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
}

function durationOf(tree, row) {
  const us = tree.data.duration[row];
  if (us !== null) return durationText(us);
  return tree.is(row, FLAG.RUNNING) ? "running" : MISSING;
}

/** The tokens' text and what it means; an empty text where tokens are nobody's business. */
function tokensOf(tree, row) {
  const { in: read, out: written } = tree.data;
  if (read[row] === null && written[row] === null) {
    const isModel = tree.is(row, FLAG.MODEL);
    if (!isModel && !tree.is(row, FLAG.PARTIAL)) return { text: "", title: "" };
    return { text: MISSING, title: isModel ? whyNoUsage(tree, row) : "No call below reported any." };
  }
  const text = `${tokenText(read[row])} → ${tokenText(written[row])}`;
  const exact = [read[row], written[row]].map((tokens) =>
    tokens === null ? MISSING : count.format(tokens),
  );
  const title = `${exact[0]} tokens in, ${exact[1]} out`;
  if (tree.is(row, FLAG.PARTIAL)) {
    return { text: `≥ ${text}`, title: `At least ${title}: a call below reported no usage.` };
  }
  if (!tree.is(row, FLAG.SUM)) return { text, title };
  return { text: `Σ ${text}`, title: `${title}, all calls below together` };
}

function whyNoUsage(tree, row) {
  if (tree.is(row, FLAG.RUNNING)) return "Not known yet: the call is still running.";
  if (tree.is(row, FLAG.STOPPED)) return "Stopped before the provider reported usage.";
  if (tree.is(row, FLAG.OWN_ERROR)) return "The call failed before usage was reported.";
  if (tree.is(row, FLAG.FILLED)) return "The provider reported no usage.";
  return "MLflow's autolog recorded no usage for this call.";
}

function costOf(tree, row) {
  const cost = tree.data.cost[row];
  if (cost === null) {
    if (!tree.is(row, FLAG.MODEL)) return { text: "", title: "" };
    return { text: MISSING, title: "No cost was recorded for this call." };
  }
  const sum = tree.childCount[row] > 0 && !tree.is(row, FLAG.MODEL);
  return {
    text: costText(cost),
    title: sum ? "The recorded cost of all calls below together" : "The recorded cost",
  };
}

function timesOf(tree, row) {
  const { start, first_token: first } = tree.data;
  const words = [`${tree.name(row)}: ${durationOf(tree, row)}`];
  words.push(`starts at ${durationText(Math.max(start[row], 0))}`);
  if (first[row] !== null) words.push(`first token after ${durationText(first[row])}`);
  if (tree.is(row, FLAG.STOPPED)) words.push("stopped");
  if (tree.is(row, FLAG.NEVER_CLOSED)) words.push("never closed, so its end is not known");
  if (tree.is(row, FLAG.CRITICAL)) words.push("underlined: on the critical path");
  return words.join("\n");
}

/** What follows a row's name for those who hear it. */
function spokenRow(tree, row) {
  const words = [kindText(tree.kind(row))];
  if (tree.model(row)) words.push(tree.model(row));
  const us = tree.data.duration[row];
  words.push(us === null && !tree.is(row, FLAG.RUNNING) ? "never closed" : durationOf(tree, row));
  const first = tree.data.first_token[row];
  if (first !== null) words.push(`first token after ${durationText(first)}`);
  const tokens = tokensOf(tree, row);
  if (tokens.text) words.push(tokens.text === MISSING ? "tokens not reported" : tokens.title);
  if (tree.data.cost[row] !== null) words.push(`cost ${costText(tree.data.cost[row])}`);
  if (tree.is(row, FLAG.STOPPED)) words.push("stopped");
  if (tree.is(row, FLAG.OWN_ERROR)) words.push("failed");
  else if (tree.is(row, FLAG.CHILD_ERROR)) words.push("a span below failed");
  if (tree.note(row)) words.push(tree.note(row));
  if (tree.is(row, FLAG.FILLED)) words.push("recorded by gwtrace");
  else if (tree.is(row, FLAG.CORRECTED)) words.push("corrected by gwtrace");
  return words.join(", ");
}
