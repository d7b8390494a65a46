// Two texts with what differs marked. Texts come from models and traces.

import { element, part } from "../dom.js";
import { sidesOf, visibleText } from "./lines.js";

/**
 * @import { Mount } from "../component.d.ts"
 * @import { Line, Mode, Side } from "./lines.js"
 *
 * @typedef {object} Block
 * @property {string} fold What stands in its place while it is closed; empty: always open.
 * @property {boolean} changed
 * @property {Line[]} lines
 *
 * @typedef {object} Difference
 * @property {[string, string]} labels
 * @property {string} similarity
 * @property {Block[]} blocks
 *
 * @typedef {object} Choice What the reader has chosen.
 * @property {Mode} mode
 * @property {Set<number>} open The blocks that are unfolded.
 * @property {string} version Of the texts.
 */

/** @type {[Mode, string][]} */
const MODES = [
  ["split", "Side by side"],
  ["unified", "In one"],
];
/** @type {{"=": "span", "-": "del", "+": "ins"}} */
const TAGS = { "=": "span", "-": "del", "+": "ins" };
const WORDS = { "-": "removed: ", "+": "added: " };

/** @param {Side} side */
function drawSide({ sign, pieces }) {
  const text = element("div", "text");
  for (const piece of pieces) {
    const drawn = element(TAGS[piece[0]]);
    if (piece[0] !== "=") drawn.append(element("span", "heard", WORDS[piece[0]]));
    drawn.append(visibleText(piece));
    text.append(drawn);
  }
  return [element("span", "sign", sign), text];
}

/**
 * @param {Line} line
 * @param {Mode} mode
 */
function drawLine(line, mode) {
  const row = element("div", "line");
  row.append(...sidesOf(line, mode).flatMap(drawSide));
  return row;
}

/**
 * @param {Block} block
 * @param {Mode} mode
 * @param {(() => void) | null} unfold Null if it is open.
 */
function drawBlock(block, mode, unfold) {
  const drawn = element("div", block.changed ? "block changed" : "block");
  if (unfold) {
    const button = element("button", "fold", `… ${block.fold} …`);
    button.type = "button";
    button.onclick = unfold;
    drawn.append(button);
  } else {
    drawn.append(...block.lines.map((line) => drawLine(line, mode)));
  }
  return drawn;
}

/**
 * @param {Mode} chosen
 * @param {(mode: Mode) => void} choose
 */
function drawModes(chosen, choose) {
  const modes = element("div", "modes");
  modes.setAttribute("role", "group");
  modes.setAttribute("aria-label", "How the texts are shown");
  for (const [mode, label] of MODES) {
    const button = element("button", "mode", label);
    button.type = "button";
    button.setAttribute("aria-pressed", String(mode === chosen));
    button.onclick = () => choose(mode);
    modes.append(button);
  }
  return modes;
}

/**
 * @param {HTMLElement} root
 * @param {Difference} data
 * @param {Choice} choice
 */
function draw(root, data, choice) {
  const tools = element("div", "tools");
  const choose = (/** @type {Mode} */ mode) => {
    choice.mode = mode;
    draw(root, data, choice);
    part(root, '.mode[aria-pressed="true"]').focus();
  };
  tools.append(element("span", "similarity", data.similarity), drawModes(choice.mode, choose));
  const [left, right] = data.labels;
  const heads = element("div", "heads");
  heads.append(
    element("span", "head left", `− ${left}`),
    element("span", "head right", `+ ${right}`),
  );
  const body = element("div", "body");
  body.tabIndex = 0;
  body.setAttribute("role", "region");
  body.setAttribute("aria-label", `${left} against ${right}`);
  const unfold = (/** @type {number} */ place) => () => {
    choice.open.add(place);
    draw(root, data, choice);
    part(root, ".body").focus();
  };
  data.blocks.forEach((block, place) => {
    const isOpen = !block.fold || choice.open.has(place);
    body.append(drawBlock(block, choice.mode, isOpen ? null : unfold(place)));
  });
  const top = root.querySelector(".body")?.scrollTop ?? 0;
  root.dataset.mode = choice.mode;
  root.replaceChildren(tools, heads, body);
  body.scrollTop = top;
}

/**
 * What the reader has chosen survives a rerun of the page.
 *
 * @type {WeakMap<HTMLElement, Choice>}
 */
const choices = new WeakMap();

/** @param {Mount<Difference>} mount */
export default function ({ data, parentElement }) {
  const root = part(parentElement, ".answer-diff");
  const version = JSON.stringify(data);
  const before = choices.get(root);
  if (before?.version === version) return;
  const choice = { mode: before?.mode ?? "split", open: new Set(), version };
  choices.set(root, choice);
  draw(root, data, choice);
}
