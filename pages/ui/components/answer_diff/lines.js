// What one line of a difference shows. No document in here.

/**
 * @typedef {"=" | "-" | "+"} Sign In both texts, only in the left one, only in the right one.
 * @typedef {[sign: Sign, text: string]} Piece
 * @typedef {Piece[]} Line
 * @typedef {"split" | "unified"} Mode
 *
 * @typedef {object} Side One text's part of a line, or both together.
 * @property {string} sign What stands before it; empty where nothing differs.
 * @property {Piece[]} pieces
 */

/**
 * @param {Line} line
 * @param {Sign[]} signs
 */
const has = (line, signs) => line.some(([sign]) => signs.includes(sign));

/**
 * @param {Line} line
 * @param {Mode} mode
 * @returns {Side[]} Left and right, or one of both.
 */
export function sidesOf(line, mode) {
  if (mode === "unified") return [{ sign: has(line, ["-", "+"]) ? "±" : "", pieces: line }];
  return [
    { sign: has(line, ["-"]) ? "−" : "", pieces: line.filter(([sign]) => sign !== "+") },
    { sign: has(line, ["+"]) ? "+" : "", pieces: line.filter(([sign]) => sign !== "-") },
  ];
}

/**
 * A piece's text; a line break that differs would not be seen by itself.
 *
 * @param {Piece} piece
 */
export function visibleText([sign, text]) {
  return sign !== "=" && text.trim() === "" ? text.replaceAll("\n", "↵\n") : text;
}
