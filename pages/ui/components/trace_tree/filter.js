// What narrows a tree down: a text, kinds, errors. No document in here.

import { count, plural } from "./texts.js";
import { FLAG } from "./tree.js";

/**
 * @import { Tree } from "./tree.js"
 *
 * @typedef {object} Filter
 * @property {string} text In lower case.
 * @property {ReadonlySet<string>} kinds Those that are wanted; all if there are none.
 * @property {boolean} isErrorsOnly
 */

const MOST_KINDS = 12;

/** @param {Filter} filter */
export function narrowsDown({ text, kinds, isErrorsOnly }) {
  return text !== "" || kinds.size > 0 || isErrorsOnly;
}

/**
 * The rows that contain the filter's text in name, kind, model or note, are of one of its kinds,
 * and failed if it wants errors only; 1 for each of them.
 *
 * @param {Tree} tree
 * @param {Filter} filter
 */
export function hitsOf(tree, { text, kinds, isErrorsOnly }) {
  const { data } = tree;
  // Each text is looked at once, not once for every row that has it.
  const [names, kindNames, models, notes] = [data.names, data.kinds, data.models, data.notes].map(
    (list) => list.map((entry) => !text || entry.toLowerCase().includes(text)),
  );
  const isWanted = data.kinds.map((kind) => kinds.size === 0 || kinds.has(kind));
  const hits = new Uint8Array(tree.size);
  for (let row = 0; row < tree.size; row++) {
    const isHit =
      isWanted[data.kind[row]] &&
      (!isErrorsOnly || tree.is(row, FLAG.OWN_ERROR)) &&
      (names[data.name[row]] ||
        kindNames[data.kind[row]] ||
        models[data.model[row]] ||
        notes[data.note[row]]);
    hits[row] = isHit ? 1 : 0;
  }
  return hits;
}

/**
 * The kinds to choose from and how often each occurs, the most frequent first; none where there is
 * no choice.
 *
 * @param {Tree} tree
 * @returns {[string, number][]}
 */
export function kindsOffered(tree) {
  const counts = new Uint32Array(tree.data.kinds.length);
  for (const kind of tree.data.kind) counts[kind]++;
  /** @type {[string, number][]} */
  const kinds = tree.data.kinds.map((kind, code) => [kind, counts[code]]);
  return kinds.length > 1 ? kinds.sort((a, b) => b[1] - a[1]).slice(0, MOST_KINDS) : [];
}

/**
 * How many spans there are, and how many of them were found.
 *
 * @param {number} size
 * @param {Uint8Array | null} hits Null when nothing is looked for.
 */
export function foundText(size, hits) {
  const all = plural(size, "span");
  return hits ? `${count.format(hits.reduce((sum, hit) => sum + hit, 0))} of ${all}` : all;
}
