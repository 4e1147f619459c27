/**
 * What a lab's faults do beside standing on the board: members are told, files are damaged and mended, processes are stopped, and
 * the timeline says so. This is the desk that shells and windows have in front of them.
 */
import type { BitPlace, DiskFaultKind, FaultDesk, FileFaultKind, LinkFaultKind } from "../shell/world.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { CommandError } from "./contract/host.ts";
import { type ActiveFault, ALL_PEERS, type FaultKind, type TimelineEvent } from "./contract/state.ts";
import { FaultBoard, SLOW_MOTION, STEP_MODE } from "./fault-board.ts";
import { FileFaults } from "./file-faults.ts";
import type { LabHostMachine } from "./lab-host.ts";
import type { Mail } from "./mail.ts";

const BAD_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>(["cut", "failing-fsync", "disk-full", "flipped-bit", "torn-write", "data-deleted", "certificate-expired"]);
const DISK_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>(["slow-fsync", "failing-fsync", "disk-full", "flipped-bit", "torn-write", "data-deleted"]);

/** What happened, for the timeline. */
export type Note = Pick<TimelineEvent, "host" | "kind" | "text" | "tone"> & Partial<Pick<TimelineEvent, "what" | "peer">>;

export interface FaultParts {
  readonly folder: string;
  readonly names: readonly string[];
  readonly now: () => number;
  hosts(): readonly LabHostMachine[];
  /** @throws CommandError where no host has this name */
  machine(host: string): LabHostMachine;
  readonly mail: Mail;
  readonly feed: ChangeFeed;
  note(what: Note): void;
  /** files of a data-dir are not what they were */
  filesChanged(): void;
}

export class LabFaults implements FaultDesk {
  private readonly board: FaultBoard;
  private readonly files: FileFaults;

  constructor(private readonly parts: FaultParts) {
    this.board = new FaultBoard(parts.names, parts.now);
    this.files = new FileFaults(parts.folder, parts.now);
    for (const fault of this.files.list()) this.board.keep(fault);
    parts.feed.setFaults(this.board.list());
  }

  list(): readonly ActiveFault[] {
    return this.board.list();
  }

  link(from: string, to: string, kind: LinkFaultKind, amount: number): ActiveFault {
    return this.faulted(this.board.link(from, to, kind, amount));
  }

  disk(host: string, kind: DiskFaultKind, amount: number): ActiveFault {
    this.checkPossible(host, kind);
    return this.faulted(this.board.disk(host, kind, amount));
  }

  /** @param skewMs ahead of true time, below 0 behind, 0 true again */
  skew(host: string, skewMs: number): void {
    this.checkPossible(host, "clock-skew");
    if (skewMs !== 0) this.faulted(this.board.skew(host, skewMs));
    else if (this.board.find(`clock-skew:${host}`) !== undefined) this.undo(`clock-skew:${host}`);
  }

  async flip(host: string, place: BitPlace): Promise<ActiveFault> {
    return this.fileFaulted(this.files.flip(this.parts.machine(host), place));
  }

  async damage(host: string, kind: FileFaultKind): Promise<ActiveFault> {
    this.checkPossible(host, kind);
    return this.fileFaulted(this.files.damage(this.parts.machine(host), kind));
  }

  private async fileFaulted(done: Promise<ActiveFault>): Promise<ActiveFault> {
    const fault = this.board.keep(await done);
    this.parts.filesChanged();
    return this.faulted(fault);
  }

  /** @throws CommandError with the reason */
  private checkPossible(host: string, kind: FaultKind): void {
    const reason = this.parts.machine(host).impossibleFaults[kind];
    if (reason !== undefined) throw new CommandError("failed", `${host}: ${reason}`);
  }

  /** 1: real time. */
  pace(slowdown: number): void {
    if (slowdown === 1) {
      if (this.board.find(SLOW_MOTION) !== undefined) this.undo(SLOW_MOTION);
    } else this.faulted(this.board.slowMotion(slowdown));
  }

  /** Step mode, on or off. */
  step(on: boolean): void {
    if (on === this.parts.mail.view().stepping) return;
    this.parts.mail.step(on);
    if (on) this.board.stepMode();
    else this.board.drop(STEP_MODE);
    this.changed();
    this.parts.note({ host: "", kind: "fault", text: on ? "step mode: raft's clocks stand still, its messages wait" : "step mode is off: what waited has gone", tone: on ? "warn" : "good" });
  }

  /** @param count 0: until the host's own timer fires */
  ticks(host: string, count: number): void {
    if (host !== "") this.parts.machine(host);
    this.parts.mail.ticks(host, count === 0 ? "timer" : count);
  }

  isolate(host: string): void {
    this.board.isolate(host);
    this.parts.note({ host, kind: "fault", text: `${host} is cut off from all others`, tone: "bad", what: "link-fault", peer: ALL_PEERS });
    this.changed();
  }

  /** These on one side, all others on the other, both directions. */
  partition(side: readonly string[]): void {
    const { cut, mended } = this.board.partition(side);
    const names = side.length < 2 ? (side[0] ?? "") : `${side.slice(0, -1).join(", ")} and ${side.at(-1)!}`;
    const verb = side.length === 1 ? "is" : "are";
    if (cut.length > 0) for (const host of side) this.parts.note({ host, kind: "fault", text: `${names} ${verb} cut off from all others`, tone: "bad", what: "link-fault", peer: ALL_PEERS });
    else if (mended.length > 0) this.parts.note({ host: "", kind: "fault", text: "nobody is cut off any more", tone: "good" });
    this.changed();
  }

  undo(id: string): void {
    if (id === STEP_MODE && this.board.find(id) !== undefined) return this.step(false);
    const fault = this.board.undo(id);
    if (fault.kind === "paused") this.parts.machine(fault.host).signalMember("SIGCONT");
    const left = this.mend(fault);
    this.parts.note({ host: fault.host, kind: "fault", text: left === "" ? `no longer: ${fault.text}` : `${fault.text}: ${left}`, tone: left === "" ? "good" : "warn" });
    this.changed();
  }

  /** What a fault of files needs to be undone. @returns why something stays as it is; "" when nothing does */
  private mend(fault: ActiveFault): string {
    if (!this.files.has(fault.id)) return "";
    this.parts.filesChanged();
    return this.files.undo(fault.id);
  }

  heal(): void {
    this.step(false);
    const undone = this.board.heal();
    for (const fault of undone) {
      if (fault.kind === "paused") this.parts.machine(fault.host).signalMember("SIGCONT");
      const left = this.mend(fault);
      if (left !== "") this.parts.note({ host: fault.host, kind: "fault", text: `${fault.text}: ${left}`, tone: "warn" });
    }
    if (undone.length > 0) this.parts.note({ host: "", kind: "fault", text: undone.length === 1 ? "the fault is healed" : `all ${undone.length} faults are healed`, tone: "good" });
    this.changed();
  }

  kill(host: string): void {
    this.signalled(host, "SIGKILL");
  }
  pause(host: string): void {
    this.checkPossible(host, "paused");
    this.signalled(host, "SIGSTOP");
  }
  resume(host: string): void {
    this.signalled(host, "SIGCONT");
  }

  private signalled(host: string, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    if (!this.parts.machine(host).signalMember(signal)) throw new CommandError("failed", `no etcd runs on ${host}`);
  }

  /** A process stands still, or does no longer: a fault like others, which is listed and which healing ends. */
  processTurned(host: string, paused: boolean): void {
    if (paused) this.board.paused(host);
    else if (!this.board.drop(`paused:${host}`)) return;
    this.changed();
  }

  private faulted(fault: ActiveFault): ActiveFault {
    const what = fault.to !== "" ? "link-fault" : DISK_FAULTS.has(fault.kind) ? "disk-fault" : "";
    this.parts.note({ host: fault.host, kind: "fault", text: fault.text, tone: BAD_FAULTS.has(fault.kind) ? "bad" : "warn", what, peer: fault.to });
    this.changed();
    return fault;
  }

  private changed(): void {
    this.parts.feed.setFaults(this.board.list());
    this.tell();
  }

  /** Every member is told all that is in force for it. */
  tell(): void {
    const ids = new Map(this.parts.hosts().filter((host) => host.memberId !== "").map((host) => [host.name, host.memberId]));
    const deaf = new Set(this.parts.hosts().filter((host) => !host.hears).map((host) => host.name));
    for (const host of this.parts.hosts()) {
      host.send({ type: "faults", faults: this.board.membersFaults(host.name, ids, deaf) });
      host.send({ type: "watch", level: this.parts.feed.watched ? "on" : "off" });
    }
  }
}
