// The parity table, lanes side by side. Labels and values come from users, models and traces.

import { element, part, svgElement } from "../dom.js";
import { titleOf } from "./cells.js";

/**
 * @import { Mount } from "../component.d.ts"
 * @import { Cell } from "./cells.js"
 *
 * @typedef {{aspect: string, cells: Cell[]}} Row
 *
 * @typedef {object} Parity
 * @property {{label: string, summary: string}[]} lanes
 * @property {Row[]} rows
 */

/**
 * Shape and colour both tell the verdict.
 *
 * @type {Record<Cell["look"], string>}
 */
const SHAPES = {
  recorded: "M3 8.5l3.2 3.2L13 4.8",
  filled: "M3 13l.7-2.8 7.1-7.1 2.1 2.1-7.1 7.1z",
  missing: "M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6z M5.2 8h5.6",
  wrong: "M8 2.6 14.2 13.2H1.8z M8 6.6v3.2 M8 11.4v.2",
  none: "",
};
/** @type {[Cell["look"], string][]} */
const LEGEND = [
  ["recorded", "recorded by autolog"],
  ["filled", "filled by gwtrace"],
  ["missing", "missing"],
  ["wrong", "wrong"],
];

/** @param {Cell["look"]} look */
function drawIcon(look) {
  const svg = svgElement("svg", {
    viewBox: "0 0 16 16",
    "aria-hidden": "true",
    class: `icon ${look}`,
  });
  if (SHAPES[look]) svg.append(svgElement("path", { d: SHAPES[look] }));
  return svg;
}

function drawLegend() {
  const legend = element("div", "legend");
  for (const [look, words] of LEGEND) {
    const entry = element("span", "entry");
    entry.append(drawIcon(look), element("span", "", words));
    legend.append(entry);
  }
  return legend;
}

/**
 * @param {string} aspect
 * @param {Cell} cell
 * @param {string} label The lane's.
 */
function drawDetails(aspect, cell, label) {
  const list = element("dl", "details");
  list.append(element("dt", "what", `${aspect} · ${label}`), element("dd", "", cell.verdict));
  for (const { name, value } of cell.details) {
    list.append(element("dt", "", name), element("dd", "", value));
  }
  return list;
}

/** @param {Cell} cell One that says something. */
function drawButton(cell) {
  const button = element("button");
  button.type = "button";
  button.title = titleOf(cell);
  button.append(
    drawIcon(cell.look),
    element("span", "heard", `${cell.verdict}: `),
    element("span", "value", cell.value),
  );
  return button;
}

/**
 * @param {Parity} data
 * @param {(details: HTMLElement) => void} show Shows what was compared in a cell, and why.
 */
function drawTable({ lanes, rows }, show) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  head.append(element("th", "aspect"));
  for (const lane of lanes) {
    const cell = element("th", "lane");
    cell.scope = "col";
    cell.append(element("span", "label", lane.label), element("span", "summary", lane.summary));
    head.append(cell);
  }
  const body = table.createTBody();
  for (const { aspect, cells } of rows) {
    const line = body.insertRow();
    const name = element("th", "aspect", aspect);
    name.scope = "row";
    line.append(name);
    cells.forEach((cell, place) => {
      const box = line.insertCell();
      box.className = cell.look;
      if (cell.look === "none") {
        box.append(element("span", "value", cell.value));
        box.title = cell.verdict;
        return;
      }
      const button = drawButton(cell);
      button.onclick = () => {
        body.querySelector("[aria-pressed]")?.removeAttribute("aria-pressed");
        button.setAttribute("aria-pressed", "true");
        show(drawDetails(aspect, cell, lanes[place].label));
      };
      box.append(button);
    });
  }
  return table;
}

/** @param {Mount<Parity>} mount */
export default function ({ data, parentElement }) {
  const root = part(parentElement, ".parity");
  const version = JSON.stringify(data);
  if (root.dataset.version === version) return;
  root.dataset.version = version;

  const below = element("div", "below");
  below.setAttribute("aria-live", "polite");
  below.append(element("span", "hint", "Select a cell to see what was compared, and why."));
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Parity of the lanes");
  scroll.append(drawTable(data, (details) => below.replaceChildren(details)));
  root.replaceChildren(drawLegend(), scroll, below);
}
