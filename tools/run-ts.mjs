/** Runs a TypeScript program of the project: `node tools/run-ts.mjs FILE [ARG ...]`. Bundled first, so start-up is quick. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const project = fileURLToPath(new URL("..", import.meta.url));
const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node tools/run-ts.mjs FILE [ARG ...]");
  process.exit(2);
}
const source = resolve(project, file);
const folder = join(project, "node_modules", ".cache", "run-ts");
mkdirSync(folder, { recursive: true });
const outfile = join(folder, `${createHash("sha256").update(source).digest("hex").slice(0, 16)}-${process.pid}.mjs`);
/** In one bundle `import.meta.url` would be the bundle's; every file is to see its own. */
const ownUrl = {
  name: "own-url",
  setup(bundle) {
    bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    }));
  },
};
await build({
  plugins: [ownUrl],
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  packages: "external",
  logLevel: "warning",
});
const child = spawn(process.execPath, ["--enable-source-maps", outfile, ...args], { stdio: "inherit", cwd: process.cwd() });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});
