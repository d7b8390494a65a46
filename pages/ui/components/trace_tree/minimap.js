// The whole trace in a strip: how many spans run at each moment, which failed, what is in view.

// Fewer rows than these one can take in by scrolling a little.
const MANY_ROWS = 60;
const MINIMAP_BINS = 600;

/** How many spans run in each bin of the axis, and the bins in which a failed one ended. */
function densityOf(tree) {
  const change = new Int32Array(MINIMAP_BINS + 1);
  const failed = new Uint8Array(MINIMAP_BINS);
  const binOf = (us) =>
    Math.max(0, Math.min(Math.floor((us * MINIMAP_BINS) / tree.axis), MINIMAP_BINS - 1));
  for (let row = 0; row < tree.size; row++) {
    const start = tree.data.start[row];
    const last = binOf(start + tree.lasts(row));
    change[binOf(start)]++;
    change[last + 1]--;
    if (tree.is(row, FLAG.OWN_ERROR)) failed[last] = 1;
  }
  const running = new Int32Array(MINIMAP_BINS);
  let now = 0;
  for (let bin = 0; bin < MINIMAP_BINS; bin++) running[bin] = now += change[bin];
  return { running, failed };
}

class Minimap {
  constructor(find, range) {
    this.root = find("minimap");
    this.range = range;
    const part = (name) => this.root.querySelector(`.${name}`);
    const viewBox = `0 0 ${MINIMAP_BINS} 100`;
    const svg = svgElement("svg", { viewBox, preserveAspectRatio: "none" });
    this.density = svgElement("path", { class: "density" });
    this.errors = svgElement("path", { class: "errors" });
    svg.append(this.density, this.errors);
    this.root.prepend(svg);
    this.frame = part("frame");
    this.inSight = part("in-sight");
    this.selection = part("selection");
    onDrag(this.root, (event) => this.pressed(event));
    this.root.ondblclick = () => range.reset();
  }

  /** Draw the strip of another tree, or hide it where a tree needs none. */
  adopt(tree) {
    this.tree = tree;
    this.root.hidden = tree.size < MANY_ROWS;
    clearTimeout(this.later);
    // The rows come first.
    if (!this.root.hidden) this.later = setTimeout(() => this.drawDensity());
  }

  drawDensity() {
    const { running, failed } = densityOf(this.tree);
    const most = running.reduce((high, each) => Math.max(high, each), 1);
    const outline = ["M0 100"];
    running.forEach((each, bin) => {
      // By the square root, or a single crowd would press all the rest flat.
      const top = each ? 100 - Math.max(6, 100 * Math.sqrt(each / most)) : 100;
      outline.push(`V${top.toFixed(1)}H${bin + 1}`);
    });
    this.density.setAttribute("d", `${outline.join("")}V100Z`);
    const marks = [...failed.keys()].filter((bin) => failed[bin]);
    this.errors.setAttribute("d", marks.map((bin) => `M${bin + 0.5} 0V100`).join(""));
  }

  /** Show the range in view. */
  draw() {
    if (this.root.hidden) return;
    const { range } = this;
    const percent = (us) => (100 * us) / range.axis;
    this.root.classList.toggle("zoomed", !range.isWhole);
    this.frame.style.left = `${percent(range.start)}%`;
    this.frame.style.width = `${percent(range.length)}%`;
  }

  /** Show where the spans begin whose rows are in sight. */
  see(rows) {
    if (this.root.hidden || !rows.length) return;
    let [from, to] = [Infinity, -Infinity];
    for (const row of rows) {
      from = Math.min(from, this.tree.data.start[row]);
      to = Math.max(to, this.tree.data.start[row]);
    }
    this.inSight.style.left = `${(100 * from) / this.tree.axis}%`;
    this.inSight.style.width = `${(100 * (to - from)) / this.tree.axis}%`;
  }

  usAt(x) {
    const box = this.root.getBoundingClientRect();
    return ((x - box.left) / Math.max(box.width, 1)) * this.range.axis;
  }

  pressed(event) {
    const { range } = this;
    const { start, end } = range;
    const at = this.usAt(event.clientX);
    const isGrip = (name) => event.target.classList.contains(name);
    const follow = (move) => ({ move: (moved) => move(this.usAt(moved.clientX)), end: () => {} });
    if (isGrip("from")) return follow((us) => range.to(Math.min(us, end - LEAST_RANGE_US), end));
    if (isGrip("to")) return follow((us) => range.to(start, Math.max(us, start + LEAST_RANGE_US)));
    if (!range.isWhole && at >= start && at <= end) {
      return follow((us) => range.pan(start + us - at - range.start));
    }
    return markStretch(event, {
      part: this.root,
      selection: this.selection,
      range,
      usAt: (x) => this.usAt(x),
      clicked: (us) => range.pan(us - range.middle),
    });
  }

  close() {
    clearTimeout(this.later);
  }
}
