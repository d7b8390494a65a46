import js from "@eslint/js";

export default [
  { ignores: ["**/*.bundle.js", ".venv/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // TypeScript knows what a browser and Node.js have.
      "no-undef": "off",
      // Names and texts come from anywhere: they are set as text, never as HTML.
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe"].map((property) => ({ property })),
        { object: "document", property: "write" },
      ],
      "no-implied-eval": "error",
      "no-new-func": "error",
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "object-shorthand": "error",
      "no-else-return": "error",
      "no-console": "error",
      "no-warning-comments": "error",
      "func-style": ["error", "declaration", { allowArrowFunctions: true }],
      "max-lines": ["error", { max: 300, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipComments: true }],
      complexity: ["error", 12],
    },
  },
  { files: ["pages/ui/components/bundle.js"], rules: { "no-console": "off" } },
  {
    files: ["tests/js/**"],
    rules: { "max-lines-per-function": "off" },
  },
];
