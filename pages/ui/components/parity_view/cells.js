// What is said of one cell of the table. No document in here.

/**
 * @typedef {object} Cell
 * @property {string} verdict
 * @property {"recorded" | "filled" | "missing" | "wrong" | "none"} look
 * @property {string} value
 * @property {{name: string, value: string}[]} details
 */

/**
 * The verdict and why, a line each.
 *
 * @param {Cell} cell
 */
export function titleOf({ verdict, details }) {
  return [verdict, ...details.map(({ name, value }) => `${name}: ${value}`)].join("\n");
}
