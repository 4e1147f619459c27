/**
 * `npm run build`: makes dist/bin/{etcd,etcdctl,etcdutl,quorum-lab}, dist/window and dist/electron.
 * `--if-stale`: only when a source changed since the last build. `--only bin|window|electron`: a part of it.
 * The programs are launchers in dist/bin with a script each in dist/lib, and need nothing but `node`; through a symlink node
 * finds the real file, so they run from anywhere.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { bundleScript, common } from "./bundle.mjs";
import { makeCaches } from "./code-cache.mjs";
import { dist, isFresh, noteBuilt, project } from "./freshness.mjs";
import { launcherText } from "./launcher.mjs";

const OPTIONAL = ["node-liblzma", "@mongodb-js/zstd", "bufferutil", "utf-8-validate"];

/** Modules that a start does not need: node's own take milliseconds each, however small their use. */
const RARE = [
  "node:child_process", "node:dgram", "node:dns/promises", "node:http2", "node:https", "node:inspector", "node:inspector/promises",
  "node:perf_hooks", "node:timers/promises", "node:worker_threads", "ws", "yaml",
];
/** What most commands of the tools never use: TLS, HTTP, digests, names. */
const TOOL_RARE = ["node:crypto", "node:fs/promises", "node:http", "node:os", "node:tls"];
/** just-bash is kept apart: half the lab's code, needed when a terminal is opened. */
const SHELL_LANGUAGE = "just-bash";

/**
 * Flags of V8 for a program. A member runs the same few hundred functions for days, and its first seconds count too: code that
 * is called often is compiled after half the usual number of calls. That is a tenth to a sixth less CPU for each put in the first
 * minute. None stands on a member's command line: node's own caches of its modules hold only without.
 */
const MEMBER_FLAGS = "--interrupt-budget=30000";
/** What of node a member uses from its first second on. */
const MEMBER_EARLY = ["https", "cluster", "dns/promises", "fs/promises", "os"];
const PROGRAMS = { etcd: { flags: MEMBER_FLAGS, early: MEMBER_EARLY }, etcdctl: { rare: TOOL_RARE, signals: true }, etcdutl: { rare: TOOL_RARE, signals: true }, "kube-apiserver": {}, "quorum-lab": { parts: [SHELL_LANGUAGE] } };

async function buildPrograms() {
  for (const folder of ["bin", "lib"]) mkdirSync(join(dist, folder), { recursive: true });
  writeFileSync(join(dist, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  const shellLanguage = { stdin: { contents: `export * from "${SHELL_LANGUAGE}";`, resolveDir: project, sourcefile: "shell-language.js" } };
  const scripts = [
    ...Object.entries(PROGRAMS).map(([name, { parts = [], rare = [] }]) => [name, { entryPoints: [join(project, `core/cli/${name}/main.ts`)] }, { external: [...OPTIONAL, ...parts], rare: [...RARE, ...rare, ...parts] }]),
    [SHELL_LANGUAGE, shellLanguage, { external: OPTIONAL }],
  ];
  await Promise.all(
    scripts.map(async ([name, entry, options]) => {
      // in one step: a program that starts meanwhile finds the old one or the new one
      const path = join(dist, "lib", `${name}.js`);
      writeFileSync(`${path}.new`, await bundleScript(entry, options));
      renameSync(`${path}.new`, path);
    }),
  );
  // what earlier builds left, other names and caches of other scripts, would stay
  const names = new Set(scripts.map(([name]) => `${name}.js`));
  for (const name of readdirSync(join(dist, "lib"))) if (!names.has(name)) rmSync(join(dist, "lib", name), { recursive: true });
  for (const [name, options] of Object.entries(PROGRAMS)) {
    writeFileSync(join(dist, "bin", name), launcherText(name, options));
    chmodSync(join(dist, "bin", name), 0o755);
  }
  rmSync(join(dist, "drills"), { recursive: true, force: true });
  if (existsSync(join(project, "resources/drills"))) cpSync(join(project, "resources/drills"), join(dist, "drills"), { recursive: true, filter: (path) => !path.endsWith("README.md") });
  await makeCaches(dist, PROGRAMS);
}

async function buildWindow() {
  if (!existsSync(join(project, "renderer/vite.config.ts"))) return;
  const vite = await import("vite");
  await vite.build({ configFile: join(project, "renderer/vite.config.ts"), logLevel: "warn" });
}

async function buildElectron() {
  if (!existsSync(join(project, "electron/main.ts"))) return;
  const shared = { ...common, external: ["electron", ...OPTIONAL] };
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
