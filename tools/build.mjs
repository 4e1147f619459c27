/**
 * `npm run build`: makes dist/bin/{etcd,etcdctl,etcdutl,quorum-lab}, dist/window and dist/electron.
 * `--if-stale`: only when a source changed since the last build. `--only bin|window|electron`: a part of it.
 * The programs are one bundled file each and need nothing but `node`; through a symlink node finds the real file, so they
 * run from anywhere.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { dist, isFresh, noteBuilt, project } from "./freshness.mjs";

const common = { bundle: true, platform: "node", target: "node20", minifySyntax: true, legalComments: "none", logLevel: "warning" };

/**
 * Programs that people start many times are CommonJS: node reads one file and starts it, without the module loader.
 * The lab itself is an ES module, because its shell library is one.
 */
async function buildPrograms() {
  mkdirSync(join(dist, "bin"), { recursive: true });
  writeFileSync(join(dist, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  const programs = ["etcd", "etcdctl", "etcdutl"].filter((name) => existsSync(join(project, `core/cli/${name}/main.ts`)));
  await Promise.all(
    programs.map((name) =>
      build({
        ...common,
        entryPoints: [join(project, `core/cli/${name}/main.ts`)],
        outfile: join(dist, "bin", name),
        format: "cjs",
        banner: { js: "#!/usr/bin/env node" },
      }),
    ),
  );
  if (existsSync(join(project, "core/cli/quorum-lab/main.ts"))) {
    // chunks are named by their content: old ones would stay
    rmSync(join(dist, "lib"), { recursive: true, force: true });
    await build({
      ...common,
      entryPoints: [join(project, "core/cli/quorum-lab/main.ts")],
      outdir: join(dist, "lib"),
      entryNames: "quorum-lab",
      outExtension: { ".js": ".mjs" },
      format: "esm",
      splitting: true,
      // libraries written as CommonJS call require for node's own modules
      banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
      external: ["node-liblzma", "@mongodb-js/zstd", "bufferutil", "utf-8-validate"],
    });
    writeFileSync(
      join(dist, "bin", "quorum-lab"),
      '#!/usr/bin/env node\nimport("../lib/quorum-lab.mjs").catch((error) => {\n  console.error(error);\n  process.exitCode = 1;\n});\n',
    );
    programs.push("quorum-lab");
  }
  rmSync(join(dist, "drills"), { recursive: true, force: true });
  if (existsSync(join(project, "resources/drills"))) cpSync(join(project, "resources/drills"), join(dist, "drills"), { recursive: true, filter: (path) => !path.endsWith("README.md") });
  for (const name of programs) chmodSync(join(dist, "bin", name), 0o755);
}

async function buildWindow() {
  if (!existsSync(join(project, "renderer/vite.config.ts"))) return;
  const vite = await import("vite");
  await vite.build({ configFile: join(project, "renderer/vite.config.ts"), logLevel: "warn" });
}

async function buildElectron() {
  if (!existsSync(join(project, "electron/main.ts"))) return;
  const shared = { ...common, external: ["electron", "node-liblzma", "@mongodb-js/zstd", "bufferutil", "utf-8-validate"] };
  await build({
    ...shared,
    entryPoints: [join(project, "electron/main.ts")],
    outdir: join(dist, "electron"),
    outExtension: { ".js": ".mjs" },
    format: "esm",
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  });
  // a sandboxed preload must be one CommonJS file
  await build({ ...shared, entryPoints: [join(project, "electron/preload.ts")], outfile: join(dist, "electron/preload.cjs"), format: "cjs" });
}

const parts = { bin: buildPrograms, window: buildWindow, electron: buildElectron };
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
if (only !== undefined) {
  if (!(only in parts)) throw new Error(`--only takes one of ${Object.keys(parts).join(", ")}`);
  await parts[only]();
} else {
  if (!process.argv.includes("--if-stale") || !isFresh()) {
    await Promise.all(Object.values(parts).map((part) => part()));
    noteBuilt();
  }
}
