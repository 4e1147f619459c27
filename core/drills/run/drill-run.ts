/**
 * One drill on one lab of its own: made ready, handed over to whoever solves it, looked at all the time, scored at the end.
 */
import type { Program } from "../../cli/program.ts";
import { createLab, type Lab, type SpawnMember } from "../../lab/index.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import { runScript } from "../../shell/script-runner.ts";
import type { ShellTerminal } from "../../shell/terminal.ts";
import { CapturingTerminal } from "../../shell/terminal.ts";
import { evaluate, ledgerKeys } from "../checks/evaluate.ts";
import { SLOW } from "../checks/vocabulary.ts";
import type { Drill, Solution } from "../format/drill.ts";
import type { DrillLibrary } from "../format/library.ts";
import { DANGER_WORDS } from "./dangers.ts";
import { drillProgram } from "./drill-program.ts";
import { LabEyes } from "./lab-eyes.ts";
import { Ledger } from "./ledger.ts";
import type { CommandLine, Report, TimelineLine } from "./report.ts";
import { type CheckOutcome, score } from "./score.ts";
import { Watchman } from "./watchman.ts";
import { Writer } from "./writer.ts";

export interface DrillRunOptions {
  readonly library: DrillLibrary;
  readonly name: string;
  readonly seed: number;
  /** a new folder for the lab */
  readonly folder: string;
  readonly version: string;
  readonly clock: Clock;
  readonly spawnMember: SpawnMember;
  readonly etcdProgram: string;
  readonly programs: Readonly<Record<string, Program>>;
}

/** A set-up that did not come to its end. */
export class DrillSetupError extends Error {
  readonly code = "drill.setup";
  constructor(drill: string, what: string) {
    super(`the set-up of ${drill} failed: ${what}`);
    this.name = "DrillSetupError";
  }
}

export type Phase = "set-up" | "open" | "over";

const LEADER_MS = 180_000;
const SETUP_MS = 600_000;
const LOOK_MS = 1000;
/** slow checks are looked at every so many rounds */
const SLOW_ROUNDS = 3;
/** How long the end waits for what is still on its way to green. */
const SETTLE_MS = 15_000;
const TIMELINE_MAX = 400;
/** How often a set-up asks before it gives up. */
const PATIENCE = 20;

export class DrillRun {
  readonly lab: Lab;
  readonly drill: Drill;
  readonly eyes: LabEyes;
  readonly ledger = new Ledger();
  private readonly watchman: Watchman;
  private writer: Writer | undefined;
  private phase: Phase = "set-up";
  private handover = { at: 0, cluster: "" };
  private atHandover: readonly CheckOutcome[] = [];
  private readonly outcomes = new Map<string, CheckOutcome>();
  private readonly commands: CommandLine[] = [];
  private readonly hintsTaken: { at: number; text: string }[] = [];
  private readonly notes: TimelineLine[] = [];
  private timer: Timer | undefined;
  private round = 0;
  private looking: Promise<void> = Promise.resolve();
  private ending: Promise<Report> | undefined;
  private readonly listeners = new Set<() => void>();

  /** Makes the lab and brings it into the state that the learner finds. @throws DrillFormatError, DrillSetupError, LabFolderError */
  static async prepare(options: DrillRunOptions, signal: AbortSignal): Promise<DrillRun> {
    const { hosts, members } = options.library.needs(options.name);
    let run: DrillRun | undefined;
    const lab = await createLab({
      folder: options.folder,
      name: options.name,
      members: hosts,
      founders: members,
      version: options.version,
      clock: options.clock,
      spawnMember: options.spawnMember,
      etcdProgram: options.etcdProgram,
      programs: { ...options.programs, drill: drillProgram(() => run) },
      onCommand: (host, line, status) => run?.saw(host, line, status),
    });
    try {
      const places = lab.hosts.map((host) => ({ host: host.name, address: host.address, clientUrl: host.clientUrl, peerUrl: host.view().peerUrl }));
      const drill = options.library.read(options.name, options.seed, places);
      run = new DrillRun(options, lab, drill);
      await run.setUp(signal);
      return run;
    } catch (error) {
      if (run === undefined) await lab.close("discard");
      else await run.close();
      throw error;
    }
  }

  private constructor(
    private readonly options: DrillRunOptions,
    lab: Lab,
    drill: Drill,
  ) {
    this.lab = lab;
    this.drill = drill;
    this.eyes = new LabEyes({
      lab,
      ledger: this.ledger,
      now: () => options.clock.now(),
      handover: () => this.handover,
      order: () => this.watchman.order(),
      dangers: () => this.watchman.dangers.map((danger) => danger.name),
    });
    this.watchman = new Watchman({ lab, eyes: this.eyes, clock: options.clock, keep: drill.keep, onDanger: (danger) => this.note(danger.at, "danger", danger.host, danger.text) });
  }

  get state(): Phase {
    return this.phase;
  }
  get startedAt(): number {
    return this.handover.at;
  }
  get hints(): readonly string[] {
    return this.hintsTaken.map((hint) => hint.text);
  }
  /** as they were looked at last */
  get checks(): readonly CheckOutcome[] {
    return this.drill.checks.map((check) => this.outcomes.get(check.id) ?? { id: check.id, name: check.name, passed: false, reason: "not looked at yet", greenAt: undefined });
  }
  /** what the two numbers of a recovery are now, without asking the store */
  get figures(): { acknowledged: number; longestMs: number; totalMs: number; commands: number; dangers: number } {
    const { longestMs, totalMs } = this.ledger.downtime(this.handover.at, this.options.clock.now());
    return { acknowledged: this.ledger.acknowledged().length, longestMs, totalMs, commands: this.commands.length, dangers: this.watchman.dangers.filter((danger) => !this.drill.allow.includes(danger.name)).length };
  }

  /** Told after every look. @returns the way to stop */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Looks at every check now. */
  async check(): Promise<readonly CheckOutcome[]> {
    this.looking = this.looking.then(() => this.lookAt(this.drill.checks.map((check) => check.id)));
    await this.looking;
    return this.checks;
  }

  /** The next hint; undefined when there is none left. */
  hint(): string | undefined {
    const text = this.drill.hints[this.hintsTaken.length];
    if (text === undefined) return undefined;
    const at = this.options.clock.now();
    this.hintsTaken.push({ at, text });
    this.note(at, "hint", "", text);
    return text;
  }

  /** Runs a solution's script as a person would type it. @returns the last exit code */
  async solve(script: string, terminal: ShellTerminal, signal: AbortSignal): Promise<number> {
    return runScript(script, { world: this.lab.world, host: this.lab.world.host(this.drill.host)!, terminal }, signal);
  }

  /** Ends the drill: waits a little for what is still coming up, then looks for the last time. */
  finish(solution = ""): Promise<Report> {
    this.ending ??= this.end(solution);
    return this.ending;
  }

  async close(): Promise<void> {
    this.phase = "over";
    this.timer?.cancel();
    this.watchman.stop();
    await this.writer?.stop();
    this.eyes.close();
    await this.lab.close("discard");
  }

  // for the `drill` program, while the set-up runs

  async mark(name: string): Promise<number> {
    const { revision } = await patiently(() => this.eyes.range("mark", false), () => this.pause(300));
    this.ledger.marks.set(name, { name, at: this.options.clock.now(), revision });
    return revision;
  }

  /** Waits until so many more writes are acknowledged. */
  async awaitWrites(count: number, signal: AbortSignal): Promise<void> {
    const goal = this.ledger.acknowledged().length + count;
    while (this.ledger.acknowledged().length < goal && !signal.aborted) await this.pause(50);
  }

  private async setUp(signal: AbortSignal): Promise<void> {
    const { drill, lab } = this;
    if (drill.before.trim() !== "") await this.script("before.sh", drill.before, signal);
    lab.start();
    if (drill.members > 0 && !(await lab.waitForLeader(LEADER_MS, signal))) throw new DrillSetupError(drill.name, "the cluster does not serve");
    await this.membersUp(signal);
    if (drill.writes > 0) {
      this.writer = new Writer({ endpoints: lab.hosts.map((host) => host.clientUrl), perSecond: drill.writes, clock: this.options.clock, ledger: this.ledger });
      this.writer.start();
    }
    if (drill.setup.trim() !== "") await this.script("setup.sh", drill.setup, signal);
    if (signal.aborted) throw new DrillSetupError(drill.name, "it was interrupted");
    await this.handOver();
  }

  /** A leader may stand before every member is ready; set-ups are written for a whole cluster. */
  private async membersUp(signal: AbortSignal): Promise<void> {
    const founders = this.lab.hosts.slice(0, this.drill.members);
    const deadline = this.options.clock.monotonic() + LEADER_MS;
    while (!signal.aborted && this.options.clock.monotonic() < deadline) {
      const serving = await Promise.all(founders.filter((host) => host.services.status("etcd").enabled).map((host) => this.eyes.serves(host.name)));
      if (serving.every(Boolean)) return;
      await this.pause(100);
    }
  }

  private async script(name: string, text: string, signal: AbortSignal): Promise<void> {
    const terminal = new CapturingTerminal();
    const stop = new AbortController();
    const timer = this.options.clock.after(SETUP_MS, () => stop.abort("SIGTERM"));
    const onAbort = (): void => stop.abort("SIGINT");
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const code = await this.solve(`set -e\n${text}`, terminal, stop.signal);
      if (code !== 0) throw new DrillSetupError(this.drill.name, `${name} ended with ${code}\n${terminal.stdout.toString()}${terminal.stderr.toString()}`.trimEnd());
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  private async handOver(): Promise<void> {
    await this.watchman.start();
    this.handover = { at: this.options.clock.now(), cluster: this.watchman.main };
    this.phase = "open";
    this.note(this.handover.at, "drill", "", "the drill begins");
    this.atHandover = await this.check();
    this.schedule();
  }

  private schedule(): void {
    if (this.phase !== "open") return;
    this.timer = this.options.clock.after(LOOK_MS, () => {
      this.round++;
      const ids = this.drill.checks.filter((check) => !SLOW.has(check.kind) || this.round % SLOW_ROUNDS === 0).map((check) => check.id);
      this.looking = this.looking.then(() => this.lookAt(ids));
      void this.looking.then(() => this.schedule());
    });
  }

  private async lookAt(ids: readonly string[]): Promise<void> {
    for (const check of this.drill.checks) {
      if (!ids.includes(check.id) || this.phase === "over") continue;
      const before = this.outcomes.get(check.id);
      if (check.once && before?.passed === true) continue;
      const { passed, reason } = await evaluate(check, this.eyes);
      const now = this.options.clock.now();
      this.outcomes.set(check.id, { id: check.id, name: check.name, passed, reason, greenAt: before?.greenAt ?? (passed ? now : undefined) });
      if (before !== undefined && before.passed !== passed) this.note(now, "check", "", passed ? `green: ${check.name} (${reason})` : `open again: ${check.name} (${reason})`);
    }
    for (const listener of this.listeners) listener();
  }

  private saw(host: string, line: string, status: number): void {
    if (this.phase !== "open") return;
    const text = line.split("\n").filter((one) => !one.startsWith("#")).join("\n").trim();
    // the drill's own words are not the learner's work
    if (text === "" || /^drill\b/.test(text)) return;
    const at = this.options.clock.now();
    this.commands.push({ at, host, line: text, status });
    this.note(at, "command", host, status === 0 ? text : `${text}   (exit ${status})`);
    this.watchman.look();
  }

  private async end(solution: string): Promise<Report> {
    this.timer?.cancel();
    await this.watchman.lookWell();
    const deadline = this.options.clock.monotonic() + SETTLE_MS;
    // a member that was started just now is given time to come up; the writes go on meanwhile, so that a gap has an end
    let checks = await this.check();
    while (checks.some((check) => !check.passed) && this.options.clock.monotonic() < deadline) {
      await this.pause(500);
      checks = await this.check();
    }
    await this.watchman.lookWell();
    await this.writer?.stop();
    checks = await this.check();
    this.phase = "over";
    this.timer?.cancel();
    this.watchman.stop();
    const endedAt = this.options.clock.now();
    this.note(endedAt, "drill", "", "the drill ends");
    return this.report(solution, checks, endedAt, await this.presentKeys());
  }

  /** undefined when nobody serves */
  private async presentKeys(): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      return await ledgerKeys(this.eyes);
    } catch {
      // the report says that it is not known
      return undefined;
    }
  }

  private report(solution: string, checks: readonly CheckOutcome[], endedAt: number, present: ReadonlyMap<string, string> | undefined): Report {
    const { drill, ledger } = this;
    const { passed, points, account } = score(checks, this.hintsTaken.length, this.watchman.dangers, drill.allow);
    const lost = present === undefined ? [] : ledger.lost(present);
    const outages = ledger.outages(this.handover.at);
    const clusters: Record<string, number> = {};
    for (const write of ledger.acknowledged()) clusters[write.cluster] = (clusters[write.cluster] ?? 0) + 1;
    const hasWrites = drill.writes > 0;
    return {
      drill: drill.name,
      title: drill.title,
      level: drill.level,
      seed: drill.seed,
      solution,
      passed,
      points,
      account,
      startedAt: this.handover.at,
      endedAt,
      atHandover: this.atHandover,
      checks,
      rpo: hasWrites ? { acknowledged: ledger.acknowledged().length, lost: lost.length, names: lost.map((write) => write.key), known: present !== undefined } : undefined,
      rto: hasWrites ? { ...ledger.downtime(this.handover.at, endedAt), outages } : undefined,
      clusters,
      commands: this.commands,
      dangers: this.watchman.dangers.map((danger) => ({ ...danger, counts: !drill.allow.includes(danger.name), words: DANGER_WORDS[danger.name] })),
      hints: this.hintsTaken,
      timeline: this.timeline(outages.map(({ from, to, error }) => ({ from, to, error })), endedAt),
      allow: drill.allow,
      debrief: drill.debrief,
      links: drill.links,
      wrongWays: drill.solutions.filter((one) => one.name !== "reference").map(({ title, costs }) => ({ title, costs })),
    };
  }

  private timeline(outages: readonly { from: number; to: number | undefined; error: string }[], endedAt: number): TimelineLine[] {
    const seen = this.lab
      .snapshot()
      .state.timeline.filter((event) => event.at >= this.handover.at && event.at <= endedAt && event.kind !== "command")
      .map((event): TimelineLine => ({ at: event.at, kind: "lab", host: event.host, text: event.text }));
    const gaps = outages.flatMap(({ from, to, error }): TimelineLine[] => [
      { at: from, kind: "outage", host: "", text: `writes begin to fail: ${error}` },
      ...(to === undefined ? [] : [{ at: to, kind: "outage" as const, host: "", text: `writes are acknowledged again after ${((to - from) / 1000).toFixed(1)} s` }]),
    ]);
    return [...this.notes, ...seen, ...gaps].sort((a, b) => a.at - b.at).slice(0, TIMELINE_MAX);
  }

  private note(at: number, kind: TimelineLine["kind"], host: string, text: string): void {
    if (this.notes.length < TIMELINE_MAX) this.notes.push({ at, kind, host, text });
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.options.clock.after(ms, resolve));
  }
}

/** A set-up on a busy machine meets elections and timeouts. @throws what `ask` threw the last time */
async function patiently<T>(ask: () => Promise<T>, pause: () => Promise<void>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === PATIENCE) throw error;
      await pause();
    }
  }
}

/** @throws RangeError when the drill has no such solution */
export function solutionOf(drill: Drill, name: string): Solution {
  const found = drill.solutions.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`${drill.name} has no solution ${name}; it has ${drill.solutions.map((one) => one.name).join(", ")}`);
  return found;
}
