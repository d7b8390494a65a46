// Makes one file of each component's modules, and one of the report's, which Python sends as text.
// With `--check` it writes nothing and fails where a file is not what its sources give.

import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const COMPONENTS = "pages/ui/components";

const components = readdirSync(new URL(".", import.meta.url), { withFileTypes: true })
  .filter((each) => each.isDirectory() && each.name !== "__pycache__")
  .map(({ name }) => `${COMPONENTS}/${name}/${name}.js`);

const { outputFiles } = await build({
  entryPoints: [...components, "gwtrace_core/report/report.js"],
  absWorkingDir: ROOT,
  outbase: ROOT,
  outdir: ROOT,
  entryNames: "[dir]/[name].bundle",
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  // Names stay as they are: what a browser says of an error can be found in the modules.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 100,
  banner: { js: "// Made by `npm run build` from the modules beside it." },
  write: false,
});

const stale = outputFiles.filter(
  ({ path, text }) => !existsSync(path) || readFileSync(path, "utf8") !== text,
);
if (!process.argv.includes("--check")) {
  for (const { path, text } of stale) writeFileSync(path, text);
} else if (stale.length) {
  const names = stale.map(({ path }) => relative(ROOT, path));
  console.error(`Run \`npm run build\`. Not what their sources give:\n  ${names.join("\n  ")}`);
  process.exitCode = 1;
}
