// Labels and values come from users, models and traces: textContent only.
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

// Shape and colour both tell the verdict.
const SHAPES = {
  recorded: "M3 8.5l3.2 3.2L13 4.8",
  filled: "M3 13l.7-2.8 7.1-7.1 2.1 2.1-7.1 7.1z",
  missing: "M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6z M5.2 8h5.6",
  wrong: "M8 2.6 14.2 13.2H1.8z M8 6.6v3.2 M8 11.4v.2",
};
const LEGEND = [
  ["recorded", "recorded by autolog"],
  ["filled", "filled by gwtrace"],
  ["missing", "missing"],
  ["wrong", "wrong"],
];
const SVG = "http://www.w3.org/2000/svg";

const icon = (look) => {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${look}`);
  if (SHAPES[look]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SHAPES[look]);
    svg.append(path);
  }
  return svg;
};

const detailsOf = (row, cell, label) => {
  const list = element("dl", "details");
  list.append(element("dt", "what", `${row.aspect} · ${label}`), element("dd", "", cell.verdict));
  for (const { name, value } of cell.details) {
    list.append(element("dt", "", name), element("dd", "", value));
  }
  return list;
};

const titleOf = (cell) =>
  [cell.verdict, ...cell.details.map(({ name, value }) => `${name}: ${value}`)].join("\n");

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".parity");
  const version = JSON.stringify(data);
  if (root.dataset.version === version) return;
  root.dataset.version = version;

  const below = element("div", "below");
  below.setAttribute("aria-live", "polite");
  below.append(element("span", "hint", "Select a cell to see what was compared, and why."));
  const table = element("table");
  const head = table.createTHead().insertRow();
  head.append(element("th", "aspect", ""));
  for (const lane of data.lanes) {
    const cell = element("th", "lane");
    cell.scope = "col";
    cell.append(element("span", "label", lane.label), element("span", "summary", lane.summary));
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of data.rows) {
    const line = body.insertRow();
    const name = element("th", "aspect", row.aspect);
    name.scope = "row";
    line.append(name);
    row.cells.forEach((cell, place) => {
      const box = line.insertCell();
      box.className = cell.look;
      if (cell.look === "none") {
        box.append(element("span", "value", cell.value));
        box.title = cell.verdict;
        return;
      }
      const button = element("button");
      button.type = "button";
      button.title = titleOf(cell);
      button.append(
        icon(cell.look),
        element("span", "heard", `${cell.verdict}: `),
        element("span", "value", cell.value),
      );
      button.onclick = () => {
        for (const other of body.querySelectorAll("[aria-pressed]")) {
          other.removeAttribute("aria-pressed");
        }
        button.setAttribute("aria-pressed", "true");
        below.replaceChildren(detailsOf(row, cell, data.lanes[place].label));
      };
      box.append(button);
    });
  }
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Parity of the lanes");
  scroll.append(table);
  const legend = element("div", "legend");
  for (const [look, words] of LEGEND) {
    const entry = element("span", "entry");
    entry.append(icon(look), element("span", "", words));
    legend.append(entry);
  }
  root.replaceChildren(legend, scroll, below);
}
