// How one row looks. Names and notes come from anywhere: they are set as text, never as HTML.

import { element } from "../dom.js";
import { laneParts } from "./bars.js";
import { icon, lookOf } from "./icons.js";
import { costOf, durationOf, modelBeside, spokenRow, timesOf, tokensOf } from "./row_texts.js";
import { count, kindText, MISSING } from "./texts.js";
import { FLAG } from "./tree.js";

/**
 * @import { Said } from "./row_texts.js"
 * @import { TimeRange } from "./time_range.js"
 * @import { Tree } from "./tree.js"
 *
 * @typedef {object} Look What of a row's looks is not the span's.
 * @property {boolean} isOpen
 * @property {boolean} isHit
 * @property {string} wanted The filter's text, in lower case.
 * @property {TimeRange} range
 * @property {boolean} isStacked Whether what is said of the span stands below its name.
 */

/**
 * A name with what the filter wants marked.
 *
 * @param {string} text
 * @param {string} wanted In lower case.
 */
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
 * A treeitem for a row.
 *
 * @param {Tree} tree
 * @param {number} row
 * @param {Look} look
 */
export function makeRow(tree, row, look) {
  const made = element("div", `row colour-${lookOf(tree.kind(row)).colour}`);
  made.id = `row-${row}`;
  made.dataset.row = String(row);
  made.dataset.span = tree.data.id[row];
  made.classList.toggle("failed", tree.is(row, FLAG.OWN_ERROR));
  made.classList.toggle("faint", !look.isHit);
  made.setAttribute("role", "treeitem");
  made.setAttribute("aria-level", String(tree.level[row]));
  made.setAttribute("aria-posinset", String(tree.position[row]));
  made.setAttribute("aria-setsize", String(tree.setSize(row)));
  if (tree.childCount[row]) made.setAttribute("aria-expanded", String(look.isOpen));
  // A row is named by its content: its label, and in words what the other cells show.
  made.append(
    nameCell(tree, row, look),
    element("span", "spoken", spokenRow(tree, row)),
    ...(look.isStacked ? [secondLine(tree, row)] : figureCells(tree, row)),
    laneCell(tree, row, look),
    cell("duration", durationOf(tree, row)),
  );
  return made;
}

/**
 * Not heard: the row says it in words.
 *
 * @param {string} className
 * @param {...(Node | string)} contents
 */
function cell(className, ...contents) {
  const made = element("div", className);
  made.setAttribute("aria-hidden", "true");
  made.append(...contents);
  return made;
}

/**
 * @param {string} className
 * @param {Said} said
 */
function figureCell(className, { text, title }) {
  const made = cell(className, text);
  made.title = title;
  made.classList.toggle("missing", text === MISSING);
  return made;
}

/**
 * @param {Tree} tree
 * @param {number} row
 */
function figureCells(tree, row) {
  return [figureCell("tokens", tokensOf(tree, row)), figureCell("cost", costOf(tree, row))];
}

/**
 * What the span is, at full length if there is room, and its figures.
 *
 * @param {Tree} tree
 * @param {number} row
 */
function secondLine(tree, row) {
  const model = modelBeside(tree, row);
  const what = element("span", "what", model || kindText(tree.kind(row)));
  if (model) what.title = `Model: ${model}`;
  const line = cell("second", what, ...figureCells(tree, row));
  line.style.setProperty("--depth", String(tree.level[row] - 1));
  return line;
}

/**
 * @param {Tree} tree
 * @param {number} row
 * @param {Look} look
 */
function laneCell(tree, row, { range }) {
  const lane = cell("lane", ...laneParts(tree, row, range));
  lane.title = `${timesOf(tree, row)}\nDouble-click: zoom to this span`;
  return lane;
}

/**
 * @param {Tree} tree
 * @param {number} row
 * @param {Look} look
 */
function nameCell(tree, row, look) {
  const made = element("div", "name");
  made.style.setProperty("--depth", String(tree.level[row] - 1));
  const label = marked(tree.name(row), look.wanted);
  label.title = [tree.name(row), tree.note(row)].filter(Boolean).join("\n");
  const kind = element("span", "kind");
  kind.title = tree.kind(row);
  kind.setAttribute("aria-hidden", "true");
  kind.append(icon(lookOf(tree.kind(row)).shape));
  made.append(twistyOf(tree, row, look), kind, label);
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

/**
 * @param {Tree} tree
 * @param {number} row
 * @param {Look} look
 */
function twistyOf(tree, row, look) {
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
  return twisty;
}

/**
 * What is special about the span.
 *
 * @param {Tree} tree
 * @param {number} row
 */
function stateMarks(tree, row) {
  /** @type {Element[]} */
  const marks = [];
  const add = (/** @type {Element} */ mark, /** @type {string} */ title) => {
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
