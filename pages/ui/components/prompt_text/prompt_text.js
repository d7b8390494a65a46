// A template with its variables marked. Texts are a person's or a model's.

import { element, part } from "../dom.js";

/**
 * @import { Mount } from "../component.d.ts"
 *
 * @typedef {"text" | "open" | "filled"} PieceKind
 * @typedef {[kind: PieceKind, text: string, name: string]} Piece
 * @typedef {{role: string, pieces: Piece[]}} Message
 */

const TITLES = {
  open: (/** @type {string} */ name) => `Variable ${name}, no value yet`,
  filled: (/** @type {string} */ name) => `Value of ${name}`,
};

/** @param {Piece} piece */
function drawPiece([kind, text, name]) {
  if (kind === "text") return document.createTextNode(text);
  const piece = element("mark", kind, text);
  piece.title = TITLES[kind](name);
  return piece;
}

/** @param {Message} message */
function drawMessage({ role, pieces }) {
  const message = element("div", "message");
  if (role) message.append(element("div", "role", role));
  const body = element("div", "body");
  body.append(...pieces.map(drawPiece));
  message.append(body);
  return message;
}

/** @param {Mount<{messages: Message[]}>} mount */
export default function ({ data, parentElement }) {
  part(parentElement, ".prompt-text").replaceChildren(...data.messages.map(drawMessage));
}
