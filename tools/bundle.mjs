/** How code for node is bundled. */
import { build } from "esbuild";
import { lazyModules } from "./lazy-modules.mjs";

export const common = { bundle: true, platform: "node", target: "node20", minifySyntax: true, legalComments: "none", logLevel: "warning" };

/**
 * A program, or a part of one, as a script whose value is the function that node's own loader would make of the module: what
 * tools/launcher.mjs starts.
 * - `import()` becomes a require, because in a script that came from a code cache V8 knows nobody to ask for a module.
 * - All is ASCII, so that a script is read without being decoded and takes one byte a letter in memory.
 * @param {import("esbuild").BuildOptions} entry
 * @param {{ external?: readonly string[], rare?: readonly string[] }} options `rare`: modules to load when they are first used
 */
export async function bundleScript(entry, { external = [], rare = [] } = {}) {
  const made = await build({
    ...common,
    ...entry,
    format: "cjs",
    minifyWhitespace: true,
    supported: { "dynamic-import": false },
    write: false,
    external: [...external],
    plugins: [lazyModules(rare)],
    define: { "import.meta.url": "__scriptUrl" },
  });
  const { text } = made.outputFiles[0];
  const url = text.includes("__scriptUrl") ? 'const __scriptUrl=require("node:url").pathToFileURL(__filename).href;' : "";
  // esbuild writes strings in ASCII; what is left stands in regular expressions, which take the same escapes
  return `(function(exports,require,module,__filename,__dirname){${url}${text}\n})`.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
