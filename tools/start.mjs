/**
 * `npm start`: builds what is stale and opens the lab. In Electron where its runtime is there or arrives in bounded time,
 * else (or with --browser) as the same app on loopback. All other options go to the lab: --port, --lab, --members, --no-open.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import { isFresh, project } from "./freshness.mjs";

const electronFolder = join(project, "node_modules", "electron");
const args = process.argv.slice(2);

/** The download is given up when nothing arrived for this long, or when it takes longer than this in all. */
const SILENCE_MS = 8_000;
const DOWNLOAD_MS = 240_000;

function electronRuntime() {
  const pathFile = join(electronFolder, "path.txt");
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) return join(process.env.ELECTRON_OVERRIDE_DIST_PATH, "electron");
  if (!existsSync(pathFile)) return undefined;
  const path = join(electronFolder, "dist", readFileSync(pathFile, "utf8"));
  return existsSync(path) ? path : undefined;
}

function bytesUnder(folder) {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += bytesUnder(path);
    // a file may vanish between the listing and the look: it was moved to its place
    else sum += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}

async function downloadRuntime() {
  const cache = join(project, "node_modules", ".cache", "electron");
  mkdirSync(join(cache, "tmp"), { recursive: true });
  console.log("Fetching the Electron runtime (once, about 100 MB). --browser starts without it.");
  const child = spawn(process.execPath, [join(electronFolder, "install.js")], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, electron_config_cache: cache, TMPDIR: join(cache, "tmp"), TEMP: join(cache, "tmp"), TMP: join(cache, "tmp") },
  });
  let reason = "";
  child.stderr.on("data", (chunk) => (reason = `${reason}${chunk}`.slice(-2000)));
  const started = Date.now();
  let bytes = -1;
  let moved = started;
  const watch = setInterval(() => {
    const now = bytesUnder(cache);
    if (now !== bytes) {
      bytes = now;
      moved = Date.now();
    }
    if (Date.now() - moved > SILENCE_MS || Date.now() - started > DOWNLOAD_MS) {
      reason = "nothing arrived any more";
      child.kill("SIGKILL");
    }
  }, 500);
  const code = await new Promise((resolve) => child.on("exit", resolve));
  clearInterval(watch);
  if (code !== 0) console.log(`The Electron runtime could not be had (${reason.trim().split("\n")[0] || `exit ${code}`}); opening in the browser instead.`);
}

if (!isFresh()) {
  const built = spawnSync(process.execPath, [join(project, "tools/build.mjs")], { stdio: "inherit" });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

const rest = args.filter((arg) => arg !== "--browser");
const hasDisplay = process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
let runtime;
if (!args.includes("--browser")) {
  if (!hasDisplay) console.log("No display: opening in the browser instead of Electron.");
  else {
    if (electronRuntime() === undefined && existsSync(electronFolder)) await downloadRuntime();
    runtime = electronRuntime();
  }
}

if (runtime === undefined) {
  // in this very process: one less to start and to keep
  const program = join(project, "dist/bin/quorum-lab");
  process.argv = [process.execPath, program, "start", ...rest];
  createRequire(import.meta.url)(program);
} else {
  const child = spawn(runtime, [project, ...rest], { stdio: "inherit" });
  // the terminal sends Ctrl-C to the whole group: the child ends its own processes, we wait for it
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}
