// The report's own script, in one module behind the trace tree's parts, whose names it shares.
// Texts come from anywhere: they are set as text, never as HTML.

const MOST_PIXELS = 520;
const PRINT_PIXELS = 5000;

const report = JSON.parse(document.getElementById("report-data").textContent);
const template = document.getElementById("tree");

function fact(name, value) {
  if (!value) return [];
  const pair = document.createElement("div");
  pair.append(element("dt", "", name), element("dd", "", value));
  return [pair];
}

function textOf(number) {
  return number < 0 ? "" : report.texts[number];
}

function recorded(title, number) {
  const text = textOf(number);
  if (!text) return [];
  const value = element("pre", "", text);
  value.tabIndex = 0;
  value.setAttribute("aria-label", title);
  return [element("h6", "", title), value];
}

function attributeTable(number) {
  const text = textOf(number);
  if (!text) return [];
  const body = document.createElement("tbody");
  for (const line of text.split("\n")) {
    const at = line.indexOf("\t");
    const row = document.createElement("tr");
    const name = element("th", "", at < 0 ? line : line.slice(0, at));
    name.scope = "row";
    row.append(name, element("td", "", at < 0 ? "" : line.slice(at + 1)));
    body.append(row);
  }
  const table = document.createElement("table");
  table.append(body);
  const holder = element("div", "wide attributes");
  holder.append(table);
  return [element("h6", "", "Attributes"), holder];
}

/** What the tree's component knows of a row, and what the span recorded. */
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

/** Trees below each other have the same columns, or their time axes would not be one. */
function alignColumns(roots) {
  for (const name of ["no-tokens", "no-cost"]) {
    const isBare = roots.every((root) => root.classList.contains(name));
    for (const root of roots) root.classList.toggle(name, isBare);
  }
}

function mount(holder, data, place) {
  const shadow = holder.attachShadow({ mode: "open" });
  shadow.append(template.content.cloneNode(true));
  const root = shadow.querySelector(".trace-tree");
  root.querySelector(".scroll").setAttribute("aria-label", data.label);
  const tree = new Tree(data);
  const draw = (pixels) =>
    drawTree({
      data: { ...data, selected: null, told: 1, most_pixels: pixels },
      parentElement: shadow,
      setStateValue: (_, { span }) => showDetails(place, data, tree, tree.rowOfId.get(span)),
    });
  draw(MOST_PIXELS);
  return { root, draw, group: data.group };
}

const trees = [];

/** Draws a tree where it stands; in a fold that is not open yet, when it is opened. */
function place(number) {
  const holder = document.querySelector(`[data-tree="${number}"]`);
  const draw = () => {
    const details = document.querySelector(`[data-details="${number}"]`);
    trees.push(mount(holder, report.trees[number], details));
    const group = trees.filter((tree) => tree.group === trees.at(-1).group);
    alignColumns(group.map((tree) => tree.root));
  };
  const fold = holder.closest("details:not([open])");
  if (fold) fold.addEventListener("toggle", draw, { once: true });
  else draw();
}

report.trees.forEach((_, number) => place(number));
addEventListener("beforeprint", () => trees.forEach(({ draw }) => draw(PRINT_PIXELS)));
addEventListener("afterprint", () => trees.forEach(({ draw }) => draw(MOST_PIXELS)));

for (const button of document.querySelectorAll("button.copy")) {
  button.onclick = async () => {
    const code = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // A browser may keep files from the clipboard; selected, the text is a key press away.
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
  };
}
