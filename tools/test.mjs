/**
 * `npm test`: every check of the project, in order; `npm run test:NAME` runs one part. A skipped test is told by name. The
 * last line is always `N passed, N failed, N skipped`.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("..", import.meta.url));
const results = join(project, "test", "results");
const bin = (name) => join(project, "node_modules", ".bin", name);
const total = { passed: 0, failed: 0, skipped: [] };

function run(command, args, { quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: project, stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"] });
    let output = "";
    for (const stream of quiet ? [child.stdout, child.stderr] : []) stream.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ code: 127, output: String(error) }));
    child.on("exit", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** A check that has only one outcome. */
async function check(name, command, args) {
  const started = Date.now();
  const { code, output } = await run(command, args, { quiet: true });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (code === 0) total.passed++;
  else total.failed++;
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output);
}

async function vitest(name, paths, extra = []) {
  mkdirSync(results, { recursive: true });
  const report = join(results, `${name}.json`);
  rmSync(report, { force: true });
  console.log(`\n# ${name}`);
  const { code } = await run(bin("vitest"), ["run", ...paths, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...extra]);
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

const parts = {
  async static() {
    console.log("# static");
    await check("codecs are as their schemas generate them", process.execPath, ["tools/protogen/generate.mjs", "--check"]);
    await check("types", bin("tsc"), ["-p", "."]);
    await check("types of the window", bin("svelte-check"), ["--tsconfig", "renderer/tsconfig.json", "--fail-on-warnings"]);
    await check("lint", bin("eslint"), [".", "--max-warnings", "0"]);
    await check("import directions", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "core", "electron", "renderer", "test"]);
    await check("dead code", bin("knip"), ["--no-progress"]);
  },
  unit: () => vitest("unit", ["core/", "electron/", "test/house/", "test/fuzz"]),
  raft: () => vitest("raft", ["test/raft", "core/raft"]),
  async simulation() {
    console.log("\n# simulation");
    const { code, output } = await run(process.execPath, ["tools/run-ts.mjs", "test/simulation/simulate.ts", "--seeds", "60", "--from", "1"], { quiet: true });
    console.log(output.trimEnd());
    const closing = /(\d+) passed, (\d+) failed\s*$/.exec(output);
    total.passed += Number(closing?.[1] ?? 0);
    total.failed += closing === null ? 1 : Number(closing[2]) + (code !== 0 && closing[2] === "0" ? 1 : 0);
  },
  member: () => vitest("member", ["test/member", "test/hostile"], ["--no-file-parallelism"]),
  peers: () => vitest("peers", ["test/peers"], ["--no-file-parallelism"]),
  shell: () => vitest("shell", ["test/shell"], ["--no-file-parallelism"]),
  window: () => vitest("window", ["test/window"], ["--no-file-parallelism", "--exclude", "test/window/electron.test.ts"]),
  electron: () => vitest("electron", ["test/window/electron.test.ts"]),
};
const needsBuild = new Set(["member", "peers", "shell", "window", "electron"]);

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!(name in parts)) {
    console.error(`no such part: ${name}; there are ${Object.keys(parts).join(", ")}`);
    process.exit(2);
  }
}
const chosen = wanted.length > 0 ? wanted : Object.keys(parts);
const started = Date.now();
if (chosen.some((name) => needsBuild.has(name))) await check("build", process.execPath, ["tools/build.mjs", "--if-stale"]);
for (const name of chosen) {
  const partStarted = Date.now();
  // `core/raft` belongs to two parts; in a whole run its tests count once
  if (name === "raft" && wanted.length === 0) await vitest("raft", ["test/raft"]);
  else await parts[name]();
  console.log(`(${name}: ${((Date.now() - partStarted) / 1000).toFixed(0)} s)`);
}
console.log(`\nall of it took ${((Date.now() - started) / 1000).toFixed(0)} s`);
for (const name of total.skipped) console.log(`skipped: ${name}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
