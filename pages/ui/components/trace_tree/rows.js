// How one row looks. Names and notes come from anywhere: they are set as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

const SHAPES = {
  agent: "M3.5 6.5h9v6.2h-9z M8 6.5V3.6 M6.2 9.2v.9 M9.8 9.2v.9 M1.6 8.6v2 M14.4 8.6v2",
  model: "M8 1.6 9.7 6.3 14.4 8 9.7 9.7 8 14.4 6.3 9.7 1.6 8 6.3 6.3Z",
  tool:
    "M11 2.5a3.5 3.5 0 0 0-4.1 4.6L2.6 11.4a1.4 1.4 0 0 0 2 2l4.3-4.3A3.5 3.5 0 0 0 13.5 5l-2.1 " +
    "2.1-2-.5-.5-2z",
  chain: "M2.5 2.8h4.4v3.4H2.5z M9.1 9.8h4.4v3.4H9.1z M4.7 6.2v5.3h4.4",
  search: "M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8z M10.3 10.3l3.4 3.4",
  grid: "M2.8 2.8h3.6v3.6H2.8z M9.6 2.8h3.6v3.6H9.6z M2.8 9.6h3.6v3.6H2.8z M9.6 9.6h3.6v3.6H9.6z",
  ranks: "M2.8 3.8h10.4 M2.8 8h7 M2.8 12.2h3.6",
  memory:
    "M3 4.4c0-1.3 2.2-2.2 5-2.2s5 .9 5 2.2-2.2 2.2-5 2.2-5-.9-5-2.2z M3 4.4v7.2c0 1.3 2.2 2.2 5 " +
    "2.2s5-.9 5-2.2V4.4",
  braces:
    "M6.2 2.6c-2.4 0-1 5.4-3.6 5.4 2.6 0 1.2 5.4 3.6 5.4 M9.8 2.6c2.4 0 1 5.4 3.6 5.4-2.6 0-1.2 " +
    "5.4-3.6 5.4",
  shield: "M8 2l5 1.9v3.9c0 3-2 5-5 6.2-3-1.2-5-3.2-5-6.2V3.9z",
  check: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2z M5.4 8.2l1.8 1.8 3.4-3.8",
  dot: "M8 4.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8z",
  twisty: "M6 4l4 4-4 4",
  expand: "M4.5 6 8 2.5 11.5 6 M4.5 10 8 13.5l3.5-3.5",
  collapse: "M4.5 2.5 8 6l3.5-3.5 M4.5 13.5 8 10l3.5 3.5",
  pen: "M3 13l.7-2.8 7.1-7.1 2.1 2.1-7.1 7.1z",
  funnel: "M2.5 3.2h11L9.4 8.3v4.4l-2.8-1.5V8.3z",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  warning: "M8 2.6 14.2 13.2H1.8z M8 6.6v3.2 M8 11.4v.2",
};

// Shape and colour both tell the kind, so that colour is never the only sign.
const KINDS = {
  AGENT: ["agent", "violet"],
  LLM: ["model", "blue"],
  CHAT_MODEL: ["model", "blue"],
  TOOL: ["tool", "orange"],
  RETRIEVER: ["search", "green"],
  EMBEDDING: ["grid", "green"],
  RERANKER: ["ranks", "green"],
  MEMORY: ["memory", "green"],
  CHAIN: ["chain", "gray"],
  WORKFLOW: ["chain", "gray"],
  TASK: ["chain", "gray"],
  PARSER: ["braces", "gray"],
  GUARDRAIL: ["shield", "yellow"],
  EVALUATOR: ["check", "yellow"],
};

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function svgElement(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function icon(shape, className = "icon") {
  const svg = svgElement("svg", {
    viewBox: "0 0 16 16",
    class: `${className} shape-${shape}`,
    "aria-hidden": "true",
  });
  svg.append(svgElement("path", { d: SHAPES[shape] }));
  return svg;
}

/** `text` with every occurrence of `wanted` marked. */
function marked(text, wanted) {
  const label = element("span", "label");
  const at = wanted ? text.toLowerCase().indexOf(wanted) : -1;
  if (at < 0) {
    label.textContent = text;
  } else {
    const end = at + wanted.length;
    label.append(text.slice(0, at), element("mark", "", text.slice(at, end)), text.slice(end));
  }
  return label;
}

/**
 * A treeitem for `row`. `look` has: isOpen, wanted (the filter's text), isHit, range (of time), and
 * isStacked, where what is said of the span stands below its name.
 */
function makeRow(tree, row, look) {
  const [shape, colour] = KINDS[tree.kind(row)] ?? ["dot", "gray"];
  const made = element("div", `row colour-${colour}`);
  made.id = `row-${row}`;
  made.dataset.row = row;
  made.dataset.span = tree.data.id[row];
  made.classList.toggle("failed", tree.is(row, FLAG.OWN_ERROR));
  made.classList.toggle("faint", !look.isHit);
  made.setAttribute("role", "treeitem");
  made.setAttribute("aria-level", tree.level[row]);
  made.setAttribute("aria-posinset", tree.position[row]);
  made.setAttribute("aria-setsize", tree.setSize(row));
  if (tree.childCount[row]) made.setAttribute("aria-expanded", look.isOpen);
  // A row is named by its content: its label, and in words what the other cells show.
  made.append(
    nameCell(tree, row, look, shape),
    element("span", "spoken", spokenRow(tree, row)),
    ...(look.isStacked ? [secondLine(tree, row)] : figureCells(tree, row)),
    laneCell(tree, row, look.range),
    cell("duration", durationOf(tree, row)),
  );
  return made;
}

function cell(className, ...contents) {
  const made = element("div", className);
  made.setAttribute("aria-hidden", "true");
  made.append(...contents);
  return made;
}

function figureCell(className, { text, title }) {
  const made = cell(className, text);
  made.title = title;
  made.classList.toggle("missing", text === MISSING);
  return made;
}

function figureCells(tree, row) {
  return [figureCell("tokens", tokensOf(tree, row)), figureCell("cost", costOf(tree, row))];
}

/** What the span is, at full length if there is room, and its figures. */
function secondLine(tree, row) {
  const model = modelBeside(tree, row);
  const what = element("span", "what", model || kindText(tree.kind(row)));
  if (model) what.title = `Model: ${model}`;
  const line = cell("second", what, ...figureCells(tree, row));
  line.style.setProperty("--depth", tree.level[row] - 1);
  return line;
}

/** The model, unless the span carries it in its name already, as many do. */
function modelBeside(tree, row) {
  const model = tree.model(row);
  return tree.name(row).includes(model) ? "" : model;
}

function nameCell(tree, row, look, shape) {
  const made = element("div", "name");
  made.style.setProperty("--depth", tree.level[row] - 1);
  const twisty = element("span", "twisty");
  twisty.setAttribute("aria-hidden", "true");
  if (tree.childCount[row]) {
    twisty.classList.toggle("open", look.isOpen);
    twisty.append(icon("twisty", "chevron"));
    if (!look.isOpen) {
      const hidden = tree.descendants[row];
      twisty.append(element("span", "hidden-count", count.format(hidden)));
      twisty.title = `${count.format(hidden)} spans hidden`;
    }
  }
  const label = marked(tree.name(row), look.wanted);
  label.title = [tree.name(row), tree.note(row)].filter(Boolean).join("\n");
  const kind = element("span", "kind");
  kind.title = tree.kind(row);
  kind.setAttribute("aria-hidden", "true");
  kind.append(icon(shape));
  made.append(twisty, kind, label);
  const model = look.isStacked ? "" : modelBeside(tree, row);
  if (model) {
    const chip = element("span", "chip", model);
    chip.setAttribute("aria-hidden", "true");
    chip.title = `Model: ${model}`;
    made.append(chip);
  }
  made.append(cell("marks", ...stateMarks(tree, row)));
  return made;
}

function stateMarks(tree, row) {
  const marks = [];
  const add = (mark, title) => {
    const holder = element("span", "mark");
    holder.title = title;
    holder.append(mark);
    marks.push(holder);
  };
  if (tree.is(row, FLAG.FILLED)) {
    add(icon("pen"), "Recorded by gwtrace itself, not by MLflow's autolog");
  } else if (tree.is(row, FLAG.CORRECTED)) {
    add(icon("pen"), "Recorded by MLflow's autolog; gwtrace filled in what it leaves out");
  }
  if (tree.is(row, FLAG.DEFECT)) add(icon("warning"), tree.note(row));
  if (tree.is(row, FLAG.STOPPED)) add(element("i", "square"), "Stopped before its end");
  if (tree.is(row, FLAG.OWN_ERROR)) {
    add(element("i", "disc"), tree.note(row) || "Failed; no message was recorded");
  } else if (tree.is(row, FLAG.CHILD_ERROR)) {
    add(element("i", "ring"), "A span below failed");
  }
  return marks;
}
