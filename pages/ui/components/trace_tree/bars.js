// A row's bar on the time axis, and what of it lies within the range in view.

function laneCell(tree, row, range) {
  const lane = cell("lane", ...laneParts(tree, row, range));
  lane.title = `${timesOf(tree, row)}\nDouble-click: zoom to this span`;
  return lane;
}

function laneParts(tree, row, range) {
  const start = tree.data.start[row];
  const end = start + tree.lasts(row);
  // Both ends are rounded, so that a span may seem to end just behind the trace.
  const slack = range.length / 1000;
  if (end < range.start - slack) return [element("i", "beyond before")];
  if (start > range.end + slack) return [element("i", "beyond after")];
  const bar = element("i", "bar");
  bar.classList.toggle("cut-before", start < range.start - slack);
  bar.classList.toggle("cut-after", end > range.end + slack);
  bar.classList.toggle("open-ended", tree.data.duration[row] === null);
  bar.classList.toggle("stopped", tree.is(row, FLAG.STOPPED));
  const [left, right] = [Math.max(start, range.start), Math.min(end, range.end)];
  bar.style.left = `${range.percent(left)}%`;
  bar.style.width = `${(100 * Math.max(right - left, 0)) / range.length}%`;
  showWaiting(bar, tree, row, left, right);
  return tree.size > 1 ? [bar, ...pathLines(tree, row, range)] : [bar];
}

function showWaiting(bar, tree, row, left, right) {
  const first = tree.data.first_token[row];
  if (first === null || right <= left) return;
  const share = (tree.data.start[row] + first - left) / (right - left);
  if (share <= 0 && first > 0) return;
  bar.classList.add("waited");
  bar.classList.toggle("no-tick", share > 1);
  bar.style.setProperty("--waited", `${Math.min(100 * share, 100)}%`);
}

function pathLines(tree, row, range) {
  // A root with a thousand children has a thousand sections, closer together than one can see;
  // and the moments in which a long span starts a child would be mere dust below its bar.
  const closeBy = range.length / 300;
  const dust = Math.min(closeBy, tree.lasts(row) / 20);
  const merged = [];
  for (const [from, to] of tree.path.get(row) ?? []) {
    const [start, end] = [Math.max(from, range.start), Math.min(to, range.end)];
    if (start > end) continue;
    const last = merged.at(-1);
    if (last && start - last[1] < closeBy) last[1] = end;
    else merged.push([start, end]);
  }
  const lines = merged.filter(([start, end]) => end - start >= dust);
  return lines.map(([start, end]) => {
    const line = element("i", "path");
    line.style.left = `${range.percent(start)}%`;
    line.style.width = `${(100 * (end - start)) / range.length}%`;
    return line;
  });
}
