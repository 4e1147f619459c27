/**
 * `npm test`: every check of the project; `npm run test:NAME` runs one part. A skipped test is told by name. The last line is
 * always `N passed, N failed, N skipped`.
 *
 * A whole run has two lanes side by side: one for what computes (checks, unit tests, simulation, the window), one for what mostly
 * waits for processes (members, real peers, the shell), two files at a time. Each part's output is printed when it ends.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("..", import.meta.url));
const results = join(project, "test", "results");
const cache = join(project, "node_modules", ".cache");
const bin = (name) => join(project, "node_modules", ".bin", name);
const total = { passed: 0, failed: 0, skipped: [] };

/** The programs are built before any part that starts them: no test file needs to bundle them again. */
const env = { ...process.env, OUR_ETCD: process.env.OUR_ETCD ?? join(project, "dist", "bin", "etcd") };

function run(command, args, { quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: project, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"] });
    let output = "";
    for (const stream of quiet ? [child.stdout, child.stderr] : []) {
      stream.setEncoding("utf8");
      stream.on("data", (chunk) => (output += chunk));
    }
    child.on("error", (error) => resolve({ code: 127, output: String(error) }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Seconds since it was made, as text. */
function stopwatch() {
  const started = Date.now();
  return () => ((Date.now() - started) / 1000).toFixed(1);
}

/** A check that has only one outcome. */
async function check(name, command, args) {
  const seconds = stopwatch();
  const { code, output } = await run(command, args, { quiet: true });
  if (code === 0) total.passed++;
  else total.failed++;
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds()} s)`);
  if (code !== 0) console.log(output);
}

async function vitest(name, paths, extra, beside) {
  mkdirSync(results, { recursive: true });
  const report = join(results, `${name}.json`);
  rmSync(report, { force: true });
  if (!beside) console.log(`\n# ${name}`);
  const { code, output } = await run(bin("vitest"), ["run", ...paths, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...extra], { quiet: beside });
  if (beside) console.log(`\n# ${name}\n${output.trimEnd()}`);
  if (!existsSync(report)) {
    total.failed++;
    console.log(`FAIL ${name}: vitest ended with ${code} and wrote no report`);
    return;
  }
  const summary = JSON.parse(readFileSync(report, "utf8"));
  total.passed += summary.numPassedTests;
  total.failed += summary.numFailedTests;
  let brokenFiles = 0;
  for (const file of summary.testResults) {
    if (file.status === "failed" && !file.assertionResults.some((one) => one.status === "failed")) brokenFiles++;
    for (const one of file.assertionResults) if (one.status === "pending" || one.status === "skipped" || one.status === "todo") total.skipped.push(one.fullName);
  }
  // a file that could not be loaded, or an error outside any test, has no failed test of its own
  total.failed += brokenFiles;
  if (code !== 0 && summary.numFailedTests + brokenFiles === 0) total.failed++;
}

const staticChecks = [
  ["codecs are as their schemas generate them", process.execPath, ["tools/protogen/generate.mjs", "--check"]],
  ["types and lint", process.execPath, ["tools/types-and-lint.mjs"]],
  ["types of the window", bin("svelte-check"), ["--tsconfig", "renderer/tsconfig.json", "--fail-on-warnings"]],
  ["import directions", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "core", "electron", "renderer", "test"]],
  ["dead code", bin("knip"), ["--no-progress"]],
];

/** What each part runs. `beside`: another lane runs too, so it is to be content with one core and to keep its output together. */
const parts = {
  async static(beside) {
    console.log("\n# static");
    const left = [...staticChecks];
    const worker = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await check(...next);
    };
    await Promise.all(Array.from({ length: beside ? 1 : 2 }, worker));
  },
  unit: (beside) => vitest("unit", ["core/", "electron/", "test/house/", "test/fuzz"], [`--maxWorkers=${beside ? 1 : 2}`], beside),
  // `core/raft` belongs to two parts; in a whole run its tests count once
  raft: (beside) => vitest("raft", beside ? ["test/raft"] : ["test/raft", "core/raft"], ["--maxWorkers=1"], beside),
  async simulation(beside) {
    await vitest("simulation", ["test/simulation"], ["--maxWorkers=1"], beside);
    const { code, output } = await run(process.execPath, ["tools/run-ts.mjs", "test/simulation/simulate.ts", "--seeds", "60", "--from", "1"], { quiet: true });
    console.log(output.trimEnd());
    const closing = /(\d+) passed, (\d+) failed\s*$/.exec(output);
    total.passed += Number(closing?.[1] ?? 0);
    total.failed += closing === null ? 1 : Number(closing[2]) + (code !== 0 && closing[2] === "0" ? 1 : 0);
  },
  member: (beside) => vitest("member", ["test/member", "test/hostile"], ["--maxWorkers=2"], beside),
  peers: (beside) => vitest("peers", ["test/peers", "test/kube"], ["--maxWorkers=2"], beside),
  shell: (beside) => vitest("shell", ["test/shell"], ["--maxWorkers=2"], beside),
  /** some short ones in a whole run; by itself every drill with three seeds */
  async drills(beside) {
    if (!beside) {
      process.env.DRILLS ??= "all";
      process.env.DRILL_SEEDS ??= "1,2,3";
    }
    await vitest("drills", ["test/drills"], ["--maxWorkers=1"], beside);
  },
  window: (beside) => vitest("window", ["test/window"], ["--no-file-parallelism", "--exclude", "test/window/electron.test.ts"], beside),
  electron: (beside) => vitest("electron", ["test/window/electron.test.ts"], [], beside),
};
const lanes = [
  ["static", "unit", "raft", "simulation", "window", "electron", "shell"],
  ["peers", "member", "drills"],
];
const needsBuild = new Set(["member", "peers", "shell", "drills", "window", "electron"]);

async function runParts(names, beside) {
  for (const name of names) {
    const seconds = stopwatch();
    await parts[name](beside);
    console.log(`(${name}: ${Number(seconds()).toFixed(0)} s)`);
  }
}

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!(name in parts)) {
    console.error(`no such part: ${name}; there are ${Object.keys(parts).join(", ")}`);
    process.exit(2);
  }
}
const seconds = stopwatch();
mkdirSync(cache, { recursive: true });
if (wanted.length === 0 || wanted.some((name) => needsBuild.has(name))) await check("build", process.execPath, ["tools/build.mjs", "--if-stale"]);
if (wanted.length > 0) await runParts(wanted, false);
else await Promise.all(lanes.map((names) => runParts(names, true)));
console.log(`\nall of it took ${Number(seconds()).toFixed(0)} s`);
for (const name of total.skipped) console.log(`skipped: ${name}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
