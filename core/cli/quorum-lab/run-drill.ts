/** quorum-lab drill: drills without a window. */
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { best, DrillFormatError, DrillLibrary, DrillRun, DrillSetupError, keepAttempt, overviewCsv, overviewMarkdown, problemLine, ProgressError, readProgress, type Report, solutionOf, taskText, toHtml, toMarkdown } from "../../drills/index.ts";
import { spawnNodeMember } from "../../lab/index.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { labPrograms } from "../../shell/programs.ts";
import { CapturingTerminal, type ShellTerminal } from "../../shell/terminal.ts";
import { TerminalSession } from "../../shell/terminal-session.ts";
import type { DrillArguments } from "./arguments.ts";
import { dataFolder, drillsFolder, etcdProgram } from "./folders.ts";

const SEEDS = 1_000_000;

/** @returns 0, or 1 where a drill was not passed or a folder is not as it should be */
export async function runDrill(args: DrillArguments, version: string, signal: AbortSignal): Promise<number> {
  try {
    return await perform(args, version, signal);
  } catch (error) {
    if (!(error instanceof DrillFormatError || error instanceof DrillSetupError || error instanceof ProgressError || error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function perform(args: DrillArguments, version: string, signal: AbortSignal): Promise<number> | number {
  const library = new DrillLibrary(args.library ?? drillsFolder());
  switch (args.verb) {
    case "list":
      return list(library, args.json);
    case "lint":
      return lint(library, args.names);
    case "show": {
      const drill = library.read(args.names[0]!, args.seed ?? 1);
      process.stdout.write(`${drill.title}\nlevel ${drill.level}, about ${drill.minutes} minutes, ${drill.hosts} hosts\n\n${drill.why}\n\n${drill.task}\n\n${drill.checks.map((check) => `[ ] ${check.name}\n`).join("")}`);
      return 0;
    }
    case "progress":
      process.stdout.write(args.json ? `${JSON.stringify(progress(), null, 1)}\n` : overviewMarkdown([progress()], library.names()));
      return 0;
    case "overview":
      return overview(library, args);
    case "run":
      return run(library, args, version, signal);
  }
}

const progressFile = (): string => join(dataFolder(), "drills.json");
const progress = () => readProgress(progressFile(), userInfo().username);

function list(library: DrillLibrary, json: boolean): number {
  const known = progress();
  const drills = library.names().map((name) => library.read(name, 1)).sort((a, b) => a.level - b.level || a.minutes - b.minutes || (a.name < b.name ? -1 : 1));
  if (json) {
    process.stdout.write(`${JSON.stringify(drills.map(({ name, title, level, minutes, flavour, hosts, solutions }) => ({ name, title, level, minutes, flavour, hosts, solutions: solutions.map((one) => one.name), best: best(known, name) ?? null })), null, 1)}\n`);
    return 0;
  }
  const width = Math.max(...drills.map((drill) => drill.name.length), 4);
  for (const drill of drills) {
    const top = best(known, drill.name);
    process.stdout.write(`${drill.name.padEnd(width)}  level ${drill.level}  ${String(drill.minutes).padStart(3)} min  ${drill.title}${top === undefined ? "" : ` (${top.passed ? "passed" : "open"}, ${top.points} points)`}\n`);
  }
  return 0;
}

function lint(library: DrillLibrary, names: readonly string[]): number {
  let count = 0;
  const all = names.length > 0 ? names : library.names();
  for (const name of all) {
    for (const problem of library.lint(name)) {
      count++;
      process.stdout.write(`${problemLine(name, problem)}\n`);
    }
  }
  process.stdout.write(count === 0 ? `${all.length} drills are as the format says\n` : `${count} problems\n`);
  return count === 0 ? 0 : 1;
}

function overview(library: DrillLibrary, args: DrillArguments): number {
  const all = args.names.map((file) => readProgress(file, file));
  const name = args.report ?? "";
  const text = args.json || name.endsWith(".json") ? `${JSON.stringify(all, null, 1)}\n` : name.endsWith(".csv") ? overviewCsv(all) : overviewMarkdown(all, library.names());
  if (args.report === undefined) process.stdout.write(text);
  else writeFileSync(args.report, text);
  return 0;
}

async function run(library: DrillLibrary, args: DrillArguments, version: string, signal: AbortSignal): Promise<number> {
  const name = args.names[0]!;
  const seed = args.seed ?? randomInt(1, SEEDS);
  // what cannot be read is told before a lab is made
  const sample = library.read(name, seed);
  const folder = mkdtempSync(join(tmpdir(), "quorum-lab-drill-"));
  let drill: DrillRun | undefined;
  try {
    if (!args.json) process.stdout.write(`${sample.title}: the lab is being made ready (seed ${seed})\n`);
    drill = await DrillRun.prepare({ library, name, seed, folder, version, clock: nodeClock, spawnMember: spawnNodeMember, etcdProgram: etcdProgram(), programs: labPrograms }, signal);
    const report = args.solution === undefined && process.stdin.isTTY === true ? await byHand(drill, signal) : await byScript(drill, args, signal);
    if (report === undefined) return 130;
    if (args.solution === undefined) keepAttempt(progressFile(), userInfo().username, report);
    if (args.report !== undefined) writeFileSync(args.report, page(report, args.report));
    process.stdout.write(args.json ? `${JSON.stringify(report)}\n` : `\n${toMarkdown(report)}`);
    return report.passed ? 0 : 1;
  } finally {
    await drill?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function page(report: Report, file: string): string {
  return file.endsWith(".html") ? toHtml(report) : file.endsWith(".json") ? `${JSON.stringify(report, null, 1)}\n` : toMarkdown(report);
}

/** A solution of the drill by its name, a file, or standard input. */
async function byScript(drill: DrillRun, args: DrillArguments, signal: AbortSignal): Promise<Report | undefined> {
  const { solution } = args;
  const known = solution !== undefined && /^(reference|wrong-\d+)$/.test(solution);
  const script = known ? solutionOf(drill.drill, solution).script : readFileSync(solution === undefined || solution === "-" ? 0 : solution, "utf8");
  const quiet = new CapturingTerminal();
  const terminal: ShellTerminal = args.json ? quiet : { isTerminal: false, columns: 80, input: quiet.input, out: (data) => void process.stdout.write(data), err: (data) => void process.stderr.write(data) };
  await drill.solve(script, terminal, signal);
  return signal.aborted ? undefined : drill.finish(solution ?? "");
}

/** This terminal becomes the shell of the drill's host until `drill finish` or the end of the shell. */
async function byHand(drill: DrillRun, signal: AbortSignal): Promise<Report | undefined> {
  const { stdin, stdout } = process;
  stdout.write(`\n${taskText(drill)}\ndrill check, drill hint and drill finish are commands of this shell; drill alone shows the task again.\n\n`);
  const world = drill.lab.world;
  await new Promise<void>((resolve) => {
    const session = new TerminalSession({
      world,
      host: world.host(drill.drill.host)!,
      columns: stdout.columns,
      rows: stdout.rows,
      onOutput: (data) => {
        stdout.write(data);
        if (drill.state === "over") end();
      },
      onEnd: () => {
        end();
      },
    });
    const onData = (data: Buffer): void => session.write(data.toString("utf8"));
    const onResize = (): void => session.resize(stdout.columns, stdout.rows);
    const end = (): void => {
      stdin.off("data", onData);
      stdout.off("resize", onResize);
      stdin.setRawMode(false);
      stdin.pause();
      void session.close().then(resolve);
    };
    stdin.setRawMode(true);
    stdin.on("data", onData);
    stdout.on("resize", onResize);
    signal.addEventListener("abort", end, { once: true });
    session.start();
  });
  if (signal.aborted) return undefined;
  return drill.finish();
}
