// What is said of one row, on screen and to those who hear it. No document in here.

import { count, costText, durationText, kindText, MISSING, tokenText } from "./texts.js";
import { FLAG } from "./tree.js";

/**
 * @import { Tree } from "./tree.js"
 * @typedef {{text: string, title: string}} Said What a cell shows, and what it says on hover.
 */

/**
 * @param {Tree} tree
 * @param {number} row
 */
export function durationOf(tree, row) {
  const us = tree.data.duration[row];
  if (us !== null) return durationText(us);
  return tree.is(row, FLAG.RUNNING) ? "running" : MISSING;
}

/**
 * The tokens' text and what it means; an empty text where a span has nothing to do with tokens.
 *
 * @param {Tree} tree
 * @param {number} row
 * @returns {Said}
 */
export function tokensOf(tree, row) {
  const { in: read, out: written } = tree.data;
  if (read[row] === null && written[row] === null) {
    const isModel = tree.is(row, FLAG.MODEL);
    if (!isModel && !tree.is(row, FLAG.PARTIAL)) return { text: "", title: "" };
    return { text: MISSING, title: isModel ? whyNoUsage(tree, row) : "No call below reported any." };
  }
  const text = `${tokenText(read[row])} → ${tokenText(written[row])}`;
  const exact = [read[row], written[row]].map((tokens) =>
    tokens === null ? MISSING : count.format(tokens),
  );
  const title = `${exact[0]} tokens in, ${exact[1]} out`;
  if (tree.is(row, FLAG.PARTIAL)) {
    return { text: `≥ ${text}`, title: `At least ${title}: a call below reported no usage.` };
  }
  if (!tree.is(row, FLAG.SUM)) return { text, title };
  return { text: `Σ ${text}`, title: `${title}, all calls below together` };
}

/**
 * @param {Tree} tree
 * @param {number} row
 */
function whyNoUsage(tree, row) {
  if (tree.is(row, FLAG.RUNNING)) return "Not known yet: the call is still running.";
  if (tree.is(row, FLAG.STOPPED)) return "Stopped before the provider reported usage.";
  if (tree.is(row, FLAG.OWN_ERROR)) return "The call failed before usage was reported.";
  if (tree.is(row, FLAG.FILLED)) return "The provider reported no usage.";
  return "MLflow's autolog recorded no usage for this call.";
}

/**
 * @param {Tree} tree
 * @param {number} row
 * @returns {Said}
 */
export function costOf(tree, row) {
  const cost = tree.data.cost[row];
  if (cost === null) {
    if (!tree.is(row, FLAG.MODEL)) return { text: "", title: "" };
    return { text: MISSING, title: "No cost was recorded for this call." };
  }
  const sum = tree.childCount[row] > 0 && !tree.is(row, FLAG.MODEL);
  return {
    text: costText(cost),
    title: sum ? "The recorded cost of all calls below together" : "The recorded cost",
  };
}

/**
 * What one reads at the bar.
 *
 * @param {Tree} tree
 * @param {number} row
 */
export function timesOf(tree, row) {
  const { start, first_token: first } = tree.data;
  const words = [`${tree.name(row)}: ${durationOf(tree, row)}`];
  words.push(`starts at ${durationText(Math.max(start[row], 0))}`);
  if (first[row] !== null) words.push(`first token after ${durationText(first[row])}`);
  if (tree.is(row, FLAG.STOPPED)) words.push("stopped");
  if (tree.is(row, FLAG.NEVER_CLOSED)) words.push("never closed, so its end is not known");
  if (tree.is(row, FLAG.CRITICAL)) words.push("underlined: on the critical path");
  return words.join("\n");
}

/**
 * What follows a row's name for those who hear it.
 *
 * @param {Tree} tree
 * @param {number} row
 */
export function spokenRow(tree, row) {
  const what = [kindText(tree.kind(row)), tree.model(row)];
  return [...what, ...spokenFigures(tree, row), ...spokenStates(tree, row)]
    .filter(Boolean)
    .join(", ");
}

/**
 * @param {Tree} tree
 * @param {number} row
 */
function spokenFigures(tree, row) {
  const { duration, first_token: firsts, cost: costs } = tree.data;
  const isLost = duration[row] === null && !tree.is(row, FLAG.RUNNING);
  const [first, cost, tokens] = [firsts[row], costs[row], tokensOf(tree, row)];
  return [
    isLost ? "never closed" : durationOf(tree, row),
    first === null ? "" : `first token after ${durationText(first)}`,
    tokens.text === MISSING ? "tokens not reported" : tokens.title,
    cost === null ? "" : `cost ${costText(cost)}`,
  ];
}

/**
 * @param {Tree} tree
 * @param {number} row
 */
function spokenStates(tree, row) {
  const words = [tree.is(row, FLAG.STOPPED) ? "stopped" : ""];
  if (tree.is(row, FLAG.OWN_ERROR)) words.push("failed");
  else if (tree.is(row, FLAG.CHILD_ERROR)) words.push("a span below failed");
  words.push(tree.note(row));
  if (tree.is(row, FLAG.FILLED)) words.push("recorded by gwtrace");
  else if (tree.is(row, FLAG.CORRECTED)) words.push("corrected by gwtrace");
  return words;
}

/**
 * The model, unless the span carries it in its name already, as many do.
 *
 * @param {Tree} tree
 * @param {number} row
 */
export function modelBeside(tree, row) {
  const model = tree.model(row);
  return tree.name(row).includes(model) ? "" : model;
}
