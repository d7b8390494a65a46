// The report's own script: the trees where they stand, and what each span recorded.
// Texts come from anywhere: they are set as text, never as HTML.

import { element, part } from "#components/dom.js";
import { costOf, durationOf, tokensOf } from "#components/trace_tree/row_texts.js";
import { durationText } from "#components/trace_tree/texts.js";
import drawTree from "#components/trace_tree/trace_tree.js";
import { FLAG, Tree } from "#components/trace_tree/tree.js";

/**
 * @import { Columns } from "#components/trace_tree/tree.js"
 *
 * @typedef {number} TextNumber The place of a text in the report's list; negative: none.
 *
 * @typedef {object} Recorded What a tree has besides its columns; a list has one entry per row.
 * @property {string} label
 * @property {number | string} group Trees of one group stand below each other.
 * @property {string[]} status
 * @property {string[]} provider
 * @property {[TextNumber, TextNumber, TextNumber, TextNumber, TextNumber][]} details Message,
 *   inputs, outputs, attributes (a line each: name, tab, value) and events.
 *
 * @typedef {Columns & Recorded} ReportTree
 *
 * @typedef {object} MountedTree
 * @property {HTMLElement} root
 * @property {(pixels: number) => void} draw
 * @property {number | string} group
 */

const MOST_PIXELS = 520;
const PRINT_PIXELS = 5000;

/** @type {{texts: string[], trees: ReportTree[]}} */
const report = JSON.parse(part(document, "#report-data").textContent);
const template = part(document, "#tree", HTMLTemplateElement);

/**
 * @param {string} name
 * @param {string} value
 */
function fact(name, value) {
  if (!value) return [];
  const pair = element("div");
  pair.append(element("dt", "", name), element("dd", "", value));
  return [pair];
}

/** @param {TextNumber} number */
function textOf(number) {
  return number < 0 ? "" : report.texts[number];
}

/**
 * @param {string} title
 * @param {TextNumber} number
 */
function recorded(title, number) {
  const text = textOf(number);
  if (!text) return [];
  const value = element("pre", "", text);
  value.tabIndex = 0;
  value.setAttribute("aria-label", title);
  return [element("h6", "", title), value];
}

/** @param {TextNumber} number */
function attributeTable(number) {
  const text = textOf(number);
  if (!text) return [];
  const body = element("tbody");
  for (const line of text.split("\n")) {
    const at = line.indexOf("\t");
    const row = element("tr");
    const name = element("th", "", at < 0 ? line : line.slice(0, at));
    name.scope = "row";
    row.append(name, element("td", "", at < 0 ? "" : line.slice(at + 1)));
    body.append(row);
  }
  const table = element("table");
  table.append(body);
  const holder = element("div", "wide attributes");
  holder.append(table);
  return [element("h6", "", "Attributes"), holder];
}

/**
 * What the tree's component knows of a row, and what the span recorded.
 *
 * @param {HTMLElement} place
 * @param {ReportTree} data
 * @param {Tree} tree
 * @param {number} row
 */
function showDetails(place, data, tree, row) {
  const [message, inputs, outputs, attributes, events] = data.details[row];
  const first = data.first_token[row];
  const fixed = tree.is(row, FLAG.CORRECTED) ? "MLflow, corrected by gwtrace" : "MLflow";
  const recorder = tree.is(row, FLAG.FILLED) ? "gwtrace" : fixed;
  const head = element("h5", "", tree.name(row));
  head.append(element("span", "badge", tree.kind(row).replaceAll("_", " ").toLowerCase()));
  head.append(element("span", `badge status-${data.status[row].split(" ")[0]}`, data.status[row]));
  const facts = element("dl", "facts");
  facts.append(
    ...fact("Duration", durationOf(tree, row)),
    ...fact("Starts at", durationText(Math.max(data.start[row], 0))),
    ...fact("First token after", first === null ? "" : durationText(first)),
    ...fact("Tokens in → out", tokensOf(tree, row).text),
    ...fact("Cost", costOf(tree, row).text),
    ...fact("Model", [tree.model(row), data.provider[row]].filter(Boolean).join(" · ")),
    ...fact("Recorded by", recorder),
  );
  const parts = [
    ...recorded("Message", message),
    ...recorded("Input", inputs),
    ...recorded("Output", outputs),
    ...recorded("Events", events),
    ...attributeTable(attributes),
  ];
  if (!parts.length) parts.push(element("p", "note", "Nothing more is in this file."));
  place.replaceChildren(head, facts, ...parts);
}

/**
 * Trees below each other have the same columns, or their time axes would not be one.
 *
 * @param {HTMLElement[]} roots
 */
function alignColumns(roots) {
  for (const name of ["no-tokens", "no-cost"]) {
    const isBare = roots.every((root) => root.classList.contains(name));
    for (const root of roots) root.classList.toggle(name, isBare);
  }
}

/**
 * @param {HTMLElement} holder
 * @param {ReportTree} data
 * @param {HTMLElement} place Where the details of a span are shown.
 * @returns {MountedTree}
 */
function mount(holder, data, place) {
  const shadow = holder.attachShadow({ mode: "open" });
  shadow.append(template.content.cloneNode(true));
  const root = part(shadow, ".trace-tree");
  part(root, ".scroll").setAttribute("aria-label", data.label);
  const tree = new Tree(data);
  const draw = (/** @type {number} */ pixels) => {
    drawTree({
      data: { ...data, selected: null, told: 1, most_pixels: pixels, moves_page: false },
      parentElement: shadow,
      setStateValue: (_, { span }) => {
        const row = tree.rowOfId.get(span);
        if (row !== undefined) showDetails(place, data, tree, row);
      },
    });
  };
  draw(MOST_PIXELS);
  return { root, draw, group: data.group };
}

/** @type {MountedTree[]} */
const trees = [];

/**
 * Draws a tree where it stands; in a fold that is not open yet, when it is opened.
 *
 * @param {ReportTree} data
 * @param {number} number
 */
function place(data, number) {
  const holder = part(document, `[data-tree="${number}"]`);
  const draw = () => {
    trees.push(mount(holder, data, part(document, `[data-details="${number}"]`)));
    alignColumns(trees.filter(({ group }) => group === data.group).map(({ root }) => root));
  };
  const fold = holder.closest("details:not([open])");
  if (fold) fold.addEventListener("toggle", draw, { once: true });
  else draw();
}

report.trees.forEach(place);
addEventListener("beforeprint", () => trees.forEach(({ draw }) => draw(PRINT_PIXELS)));
addEventListener("afterprint", () => trees.forEach(({ draw }) => draw(MOST_PIXELS)));

for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const code = button.nextElementSibling;
    if (!code) return;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // A browser may keep files from the clipboard; selected, the text is a key press away.
      getSelection()?.selectAllChildren(code);
      button.textContent = "Selected";
    }
  });
}
