// The signs of the tree, as SVG.

import { svgElement } from "../dom.js";

const SHAPES = {
  agent: "M3.5 6.5h9v6.2h-9z M8 6.5V3.6 M6.2 9.2v.9 M9.8 9.2v.9 M1.6 8.6v2 M14.4 8.6v2",
  model: "M8 1.6 9.7 6.3 14.4 8 9.7 9.7 8 14.4 6.3 9.7 1.6 8 6.3 6.3Z",
  tool:
    "M11 2.5a3.5 3.5 0 0 0-4.1 4.6L2.6 11.4a1.4 1.4 0 0 0 2 2l4.3-4.3A3.5 3.5 0 0 0 13.5 5l-2.1 " +
    "2.1-2-.5-.5-2z",
  chain: "M2.5 2.8h4.4v3.4H2.5z M9.1 9.8h4.4v3.4H9.1z M4.7 6.2v5.3h4.4",
  search: "M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8z M10.3 10.3l3.4 3.4",
  grid: "M2.8 2.8h3.6v3.6H2.8z M9.6 2.8h3.6v3.6H9.6z M2.8 9.6h3.6v3.6H2.8z M9.6 9.6h3.6v3.6H9.6z",
  ranks: "M2.8 3.8h10.4 M2.8 8h7 M2.8 12.2h3.6",
  memory:
    "M3 4.4c0-1.3 2.2-2.2 5-2.2s5 .9 5 2.2-2.2 2.2-5 2.2-5-.9-5-2.2z M3 4.4v7.2c0 1.3 2.2 2.2 5 " +
    "2.2s5-.9 5-2.2V4.4",
  braces:
    "M6.2 2.6c-2.4 0-1 5.4-3.6 5.4 2.6 0 1.2 5.4 3.6 5.4 M9.8 2.6c2.4 0 1 5.4 3.6 5.4-2.6 0-1.2 " +
    "5.4-3.6 5.4",
  shield: "M8 2l5 1.9v3.9c0 3-2 5-5 6.2-3-1.2-5-3.2-5-6.2V3.9z",
  check: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2z M5.4 8.2l1.8 1.8 3.4-3.8",
  dot: "M8 4.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8z",
  twisty: "M6 4l4 4-4 4",
  expand: "M4.5 6 8 2.5 11.5 6 M4.5 10 8 13.5l3.5-3.5",
  collapse: "M4.5 2.5 8 6l3.5-3.5 M4.5 13.5 8 10l3.5 3.5",
  pen: "M3 13l.7-2.8 7.1-7.1 2.1 2.1-7.1 7.1z",
  funnel: "M2.5 3.2h11L9.4 8.3v4.4l-2.8-1.5V8.3z",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  warning: "M8 2.6 14.2 13.2H1.8z M8 6.6v3.2 M8 11.4v.2",
};

/** @typedef {keyof typeof SHAPES} Shape */

/**
 * Shape and colour both tell the kind, so that colour is never the only sign.
 *
 * @type {Record<string, [Shape, string]>}
 */
const KINDS = {
  AGENT: ["agent", "violet"],
  LLM: ["model", "blue"],
  CHAT_MODEL: ["model", "blue"],
  TOOL: ["tool", "orange"],
  RETRIEVER: ["search", "green"],
  EMBEDDING: ["grid", "green"],
  RERANKER: ["ranks", "green"],
  MEMORY: ["memory", "green"],
  CHAIN: ["chain", "gray"],
  WORKFLOW: ["chain", "gray"],
  TASK: ["chain", "gray"],
  PARSER: ["braces", "gray"],
  GUARDRAIL: ["shield", "yellow"],
  EVALUATOR: ["check", "yellow"],
};

/** @type {[Shape, string]} */
const OTHER_KIND = ["dot", "gray"];

/**
 * A kind of span's shape and colour.
 *
 * @param {string} kind As MLflow writes it; strangers may write anything.
 * @returns {{shape: Shape, colour: string}}
 */
export function lookOf(kind) {
  const [shape, colour] = Object.hasOwn(KINDS, kind) ? KINDS[kind] : OTHER_KIND;
  return { shape, colour };
}

/**
 * @param {Shape} shape
 * @param {string} [className]
 */
export function icon(shape, className = "icon") {
  const svg = svgElement("svg", {
    viewBox: "0 0 16 16",
    class: `${className} shape-${shape}`,
    "aria-hidden": "true",
  });
  svg.append(svgElement("path", { d: SHAPES[shape] }));
  return svg;
}
