/**
 * A host's service manager: units read from their files, started, watched and restarted as their policy says. What
 * systemd would write to the journal stands there too.
 */
import { existsSync, readdirSync, readFileSync, symlinkSync, mkdirSync, rmSync, lstatSync } from "node:fs";
import type { Clock, Timer } from "../platform/clock.ts";
import { type ServiceDesk, type UnitActivity, UnitError, type UnitStatus } from "../shell/world.ts";
import { UNIT_FOLDER } from "./host-files.ts";
import type { HostTree } from "./host-tree.ts";
import type { Journal } from "./journal.ts";
import type { RunningService, ServiceEnd, StartProgram } from "./service-runner.ts";
import { parseUnit, type UnitFile, UnitFileError } from "./unit-file.ts";

/** A start returns at the latest after this long; a member that has no quorum goes on trying. */
const START_WAIT_MS = 15_000;
const STOP_GRACE_MS = 10_000;
/** systemd gives up after so many starts within so long */
const START_LIMIT = { count: 5, withinMs: 10_000 } as const;
const WANTS = `${UNIT_FOLDER}/multi-user.target.wants`;

interface Unit {
  readonly name: string;
  file: UnitFile;
  text: string;
  problem: string;
  activity: UnitActivity;
  substate: string;
  since: number;
  running: RunningService | undefined;
  /** the last end, as words: code=exited, status=1/FAILURE */
  result: string;
  /** a stop was asked for: its end is no failure */
  stopping: boolean;
  restartTimer: Timer | undefined;
  starts: number[];
}

export interface ServiceManagerOptions {
  readonly tree: HostTree;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly startProgram: StartProgram;
  /** told after every change of any unit */
  readonly onChange: (unit: UnitStatus, previous: UnitActivity) => void;
}

export class ServiceManager implements ServiceDesk {
  private readonly units = new Map<string, Unit>();

  constructor(private readonly options: ServiceManagerOptions) {
    this.reload();
  }

  list(): readonly UnitStatus[] {
    return [...this.units.values()].map((unit) => this.describe(unit));
  }

  status(name: string): UnitStatus {
    return this.describe(this.find(name));
  }

  text(name: string): string {
    const unit = this.find(name);
    return this.read(unit.name) ?? unit.text;
  }

  async start(name: string): Promise<void> {
    const unit = this.find(name);
    if (unit.activity === "active") return;
    if (unit.running === undefined) {
      this.launch(unit);
      if (unit.activity === "failed") throw this.failure(unit);
    }
    await this.settled(unit);
    if ((unit.activity as UnitActivity) === "failed") throw this.failure(unit);
  }

  async stop(name: string): Promise<void> {
    const unit = this.find(name);
    unit.restartTimer?.cancel();
    unit.restartTimer = undefined;
    const { running } = unit;
    if (running === undefined) {
      if (unit.activity !== "failed") this.turn(unit, "inactive", "dead");
      return;
    }
    unit.stopping = true;
    this.turn(unit, "deactivating", "stop-sigterm");
    this.note(unit, `Stopping ${unit.name} - ${unit.file.description}...`);
    running.stop(STOP_GRACE_MS);
    await running.ended;
    // its own watcher has seen the end by now or sees it in this turn
    await Promise.resolve();
  }

  async restart(name: string): Promise<void> {
    this.find(name);
    await this.stop(name);
    await this.start(name);
  }

  kill(name: string, signal: NodeJS.Signals): void {
    const unit = this.find(name);
    if (unit.running?.signal(signal) !== true) throw new UnitError(1, `Failed to kill unit ${unit.name}: No main process to kill`);
  }

  setEnabled(name: string, enabled: boolean): void {
    const unit = this.find(name);
    const folder = this.options.tree.real(WANTS);
    mkdirSync(folder, { recursive: true });
    const link = `${folder}/${unit.name}`;
    rmSync(link, { force: true });
    if (enabled) symlinkSync(`../${unit.name}`, link);
  }

  reload(): void {
    const folder = this.options.tree.real(UNIT_FOLDER);
    mkdirSync(folder, { recursive: true });
    const names = readdirSync(folder).filter((name) => name.endsWith(".service"));
    for (const name of names) {
      const text = this.read(name);
      if (text === undefined) continue;
      const unit = this.units.get(name);
      const { file, problem } = readUnit(text);
      if (problem !== "") this.options.journal.add("systemd", 1, `${UNIT_FOLDER}/${name}: ${problem}`);
      if (unit !== undefined) Object.assign(unit, { file, text, problem });
      else {
        this.units.set(name, {
          name,
          file,
          text,
          problem,
          activity: "inactive",
          substate: "dead",
          since: this.options.clock.now(),
          running: undefined,
          result: "",
          stopping: false,
          restartTimer: undefined,
          starts: [],
        });
      }
    }
    for (const [name, unit] of this.units) if (!names.includes(name) && unit.running === undefined) this.units.delete(name);
  }

  resetFailed(name?: string): void {
    for (const unit of name === undefined ? this.units.values() : [this.find(name)]) {
      unit.starts = [];
      if (unit.activity === "failed") this.turn(unit, "inactive", "dead");
    }
  }

  /** Starts what is enabled. */
  startEnabled(): Promise<void>[] {
    return [...this.units.values()].filter((unit) => this.enabled(unit)).map((unit) => this.start(unit.name));
  }

  /** Ends everything. @param graceMs how long each may take; 0 kills at once */
  async close(graceMs: number): Promise<void> {
    const ends: Promise<unknown>[] = [];
    for (const unit of this.units.values()) {
      unit.restartTimer?.cancel();
      unit.stopping = true;
      if (unit.running === undefined) continue;
      unit.running.stop(graceMs);
      ends.push(unit.running.ended);
    }
    await Promise.all(ends);
  }

  private launch(unit: Unit): void {
    const now = this.options.clock.now();
    unit.starts = unit.starts.filter((at) => now - at < START_LIMIT.withinMs);
    unit.stopping = false;
    if (unit.problem !== "" || unit.file.command.length === 0) {
      this.note(unit, `${unit.name}: ${unit.problem === "" ? "Service has no ExecStart=. Refusing." : unit.problem}`);
      unit.result = "bad unit file";
      this.turn(unit, "failed", "failed");
      return;
    }
    this.note(unit, `Starting ${unit.name} - ${unit.file.description}...`);
    // a program may write before it is known which it is
    const log = (text: string): void => this.options.journal.add(unit.name, unit.running?.pid ?? 0, this.options.tree.shownText(text));
    const running = this.options.startProgram(unit.file.command, unit.file.environment, unit.file.workingDirectory, log);
    if (running === undefined) {
      this.note(unit, `${unit.name}: Failed to locate executable ${unit.file.command[0]}: No such file or directory`);
      unit.result = "code=exited, status=203/EXEC";
      this.turn(unit, "failed", "failed");
      return;
    }
    unit.starts.push(now);
    unit.running = running;
    this.turn(unit, "activating", "start");
    const started = running;
    void started.ready.then(() => {
      if (unit.running !== started || unit.activity !== "activating") return;
      this.turn(unit, "active", "running");
      this.note(unit, `Started ${unit.name} - ${unit.file.description}.`);
    });
    void started.ended.then((end) => this.sawEnd(unit, end));
  }

  private sawEnd(unit: Unit, end: ServiceEnd): void {
    unit.running = undefined;
    const clean = end.failure === "" && (end.code === 0 || (unit.stopping && (end.signal === "SIGTERM" || end.signal === "SIGINT" || end.code === 0)));
    unit.result = endText(end);
    if (unit.stopping || clean) {
      this.note(unit, `${unit.name}: Deactivated successfully.`);
      if (unit.stopping) this.note(unit, `Stopped ${unit.name} - ${unit.file.description}.`);
      this.turn(unit, "inactive", "dead");
    } else {
      this.note(unit, `${unit.name}: Main process exited, ${unit.result}`);
      this.note(unit, `${unit.name}: Failed with result '${end.signal === null ? "exit-code" : "signal"}'.`);
      this.turn(unit, "failed", "failed");
    }
    if (!unit.stopping && restarts(unit.file, end)) this.scheduleRestart(unit);
  }

  private scheduleRestart(unit: Unit): void {
    if (unit.starts.length >= START_LIMIT.count) {
      this.note(unit, `${unit.name}: Start request repeated too quickly.`);
      return;
    }
    this.turn(unit, "activating", "auto-restart");
    unit.restartTimer = this.options.clock.after(unit.file.restartMs, () => {
      unit.restartTimer = undefined;
      this.note(unit, `${unit.name}: Scheduled restart job.`);
      this.launch(unit);
    });
  }

  /** Until it is ready, has ended, or the wait is over. */
  private async settled(unit: Unit): Promise<void> {
    const { running } = unit;
    if (running === undefined) return;
    let timer: Timer | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = this.options.clock.after(START_WAIT_MS, resolve);
    });
    await Promise.race([running.ready, running.ended, waited]);
    timer?.cancel();
    // the watchers set up in `launch` come first
    await Promise.resolve();
  }

  private failure(unit: Unit): UnitError {
    return new UnitError(
      1,
      `Job for ${unit.name} failed because the control process exited with error code.\n` +
        `See "systemctl status ${unit.name}" and "journalctl -xeu ${unit.name}" for details.`,
    );
  }

  private find(name: string): Unit {
    const full = name.includes(".") ? name : `${name}.service`;
    const unit = this.units.get(full);
    if (unit === undefined) throw new UnitError(5, `Unit ${full} not found.`);
    return unit;
  }

  private turn(unit: Unit, activity: UnitActivity, substate: string): void {
    const previous = unit.activity;
    if (previous !== activity) unit.since = this.options.clock.now();
    unit.activity = activity;
    unit.substate = substate;
    this.options.onChange(this.describe(unit), previous);
  }

  private note(unit: Unit, text: string): void {
    this.options.journal.add(unit.name, 1, text);
  }

  private describe(unit: Unit): UnitStatus {
    return {
      name: unit.name,
      description: unit.file.description,
      file: `${UNIT_FOLDER}/${unit.name}`,
      enabled: this.enabled(unit),
      activity: unit.activity,
      substate: unit.substate,
      since: unit.since,
      pid: unit.running?.pid ?? null,
      command: unit.file.command.join(" "),
      statusText: unit.running?.status() ?? "",
      result: unit.result,
      stale: this.read(unit.name) !== unit.text,
    };
  }

  private enabled(unit: Unit): boolean {
    return lstatSync(this.options.tree.real(WANTS) + `/${unit.name}`, { throwIfNoEntry: false }) !== undefined;
  }

  private read(name: string): string | undefined {
    const path = this.options.tree.real(`${UNIT_FOLDER}/${name}`);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }
}

function readUnit(text: string): { file: UnitFile; problem: string } {
  try {
    return { file: parseUnit(text), problem: "" };
  } catch (error) {
    if (!(error instanceof UnitFileError)) throw error;
    return { file: parseUnit(""), problem: `line ${error.line}: ${error.message}` };
  }
}

function restarts(file: UnitFile, end: ServiceEnd): boolean {
  const clean = end.failure === "" && end.code === 0;
  switch (file.restart) {
    case "always":
      return true;
    case "on-success":
      return clean;
    case "on-failure":
      return !clean;
    case "on-abnormal":
    case "on-abort":
      return end.signal !== null;
    case "no":
      return false;
  }
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

function endText(end: ServiceEnd): string {
  if (end.failure !== "") return `code=exited, status=203/EXEC: ${end.failure}`;
  if (end.signal !== null) return `code=killed, status=${SIGNAL_NUMBERS[end.signal] ?? 0}/${end.signal.replace("SIG", "")}`;
  return `code=exited, status=${end.code ?? 0}/${end.code === 0 ? "SUCCESS" : "FAILURE"}`;
}
