// Texts come from models and traces: they are set through textContent only.
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const MODES = [
  ["split", "Side by side"],
  ["unified", "In one"],
];
const TAGS = { "=": "span", "-": "del", "+": "ins" };
const WORDS = { "-": "removed: ", "+": "added: " };
// A line break that differs would not be seen.
const visible = (sign, text) =>
  sign !== "=" && text.trim() === "" ? text.replaceAll("\n", "↵\n") : text;

const filled = (line, hidden) => {
  const row = element("div", "text");
  for (const [sign, text] of line) {
    if (sign === hidden) continue;
    const piece = element(TAGS[sign]);
    if (sign !== "=") piece.append(element("span", "heard", WORDS[sign]));
    piece.append(visible(sign, text));
    row.append(piece);
  }
  return row;
};

const marked = (line, signs) => line.some(([sign]) => signs.includes(sign));

const lineOf = (line, mode) => {
  const row = element("div", "line");
  if (mode === "unified") {
    const sign = marked(line, "-+") ? "±" : "";
    row.append(element("span", "sign", sign), filled(line));
    return row;
  }
  for (const [sign, hidden, shown] of [["−", "+", "-"], ["+", "-", "+"]]) {
    row.append(element("span", "sign", marked(line, shown) ? sign : ""), filled(line, hidden));
  }
  return row;
};

const blockOf = (block, mode, isOpen, open) => {
  const part = element("div", block.changed ? "block changed" : "block");
  if (block.fold && !isOpen) {
    const button = element("button", "fold", `… ${block.fold} …`);
    button.type = "button";
    button.onclick = open;
    part.append(button);
  } else {
    part.append(...block.lines.map((line) => lineOf(line, mode)));
  }
  return part;
};

// What the reader has chosen survives a rerun of the page.
const choices = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".answer-diff");
  const version = JSON.stringify(data);
  let choice = choices.get(root);
  if (choice?.version === version) return;
  choice = { mode: choice?.mode ?? "split", open: new Set(), version };
  choices.set(root, choice);

  const draw = () => {
    const tools = element("div", "tools");
    tools.append(element("span", "similarity", data.similarity));
    const modes = element("div", "modes");
    modes.setAttribute("role", "group");
    modes.setAttribute("aria-label", "How the texts are shown");
    for (const [mode, label] of MODES) {
      const button = element("button", "mode", label);
      button.type = "button";
      button.setAttribute("aria-pressed", String(choice.mode === mode));
      button.onclick = () => {
        choice.mode = mode;
        draw();
        root.querySelector('.mode[aria-pressed="true"]').focus();
      };
      modes.append(button);
    }
    tools.append(modes);
    const heads = element("div", "heads");
    heads.append(
      element("span", "head left", `− ${data.labels[0]}`),
      element("span", "head right", `+ ${data.labels[1]}`),
    );
    const body = element("div", "body");
    body.tabIndex = 0;
    body.setAttribute("role", "region");
    body.setAttribute("aria-label", `${data.labels[0]} against ${data.labels[1]}`);
    body.append(
      ...data.blocks.map((block, place) =>
        blockOf(block, choice.mode, choice.open.has(place), () => {
          choice.open.add(place);
          draw();
          root.querySelector(".body").focus();
        }),
      ),
    );
    const top = root.querySelector(".body")?.scrollTop ?? 0;
    root.dataset.mode = choice.mode;
    root.replaceChildren(tools, heads, body);
    body.scrollTop = top;
  };
  draw();
}
