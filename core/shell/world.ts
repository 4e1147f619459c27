/**
 * What a shell needs of the lab around it: hosts with files, services and a journal, programs, faults. The lab implements
 * it; tests make small ones.
 */
import type { Program, ProgramIo } from "../cli/program.ts";
import type { AddressBook } from "../platform/address-book.ts";

export interface ShellWorld {
  /** m1, m2, ... */
  hostNames(): readonly string[];
  /** by name, alias (host1, etcd-m1) or address; undefined when there is none */
  host(name: string): ShellHost | undefined;
  /** etcdctl, etcdutl, and what else the lab brings: programs that run inside the shell's own process */
  readonly programs: Readonly<Record<string, Program>>;
  /** told of every whole command line that was given to a shell of the lab, after it ended; not of those that commands run */
  readonly onCommand?: (host: string, line: string, status: number) => void;
  readonly faults: FaultDesk;
  readonly steps: StepDesk;
  readonly keys: KeyLookup;
  /** shared by all shells of the lab */
  readonly memory: LabMemory;
}

/** What the remarks must know from one line to the next. */
export interface LabMemory {
  /** keys that were last written with a v2 command */
  readonly v2Keys: Set<string>;
  /** a restored cluster that waits for the restart of etcd */
  stagedRestore: StagedRestore | undefined;
}

export interface StagedRestore {
  /** per host: the folder that `snapshot restore` made, as that host sees it */
  readonly folders: Readonly<Record<string, string>>;
}

export interface KeyLookup {
  /** some keys that start with `prefix`, for completion; empty when nobody answers in time */
  under(prefix: string, limit: number): Promise<readonly string[]>;
}

export interface ShellHost {
  readonly name: string;
  readonly address: string;
  /** as a user outside the lab would type it */
  readonly clientUrl: string;
  readonly files: HostFiles;
  readonly addressBook: AddressBook;
  readonly services: ServiceDesk;
  readonly journal: JournalDesk;
  /** `etcd` typed as a command: its own process, until it ends or `io.signal` aborts */
  runEtcd(io: ProgramIo): Promise<number>;
  processes(): readonly ProcessRow[];
  /** false when this host has no such process */
  signal(pid: number, signal: NodeJS.Signals): boolean;
  /** where etcd keeps its data on this host, as its service is configured */
  dataDirectory(): string;
}

/** A host's file tree: a real folder that nothing leads out of. */
export interface HostFiles {
  /** the real folder */
  readonly root: string;
  /**
   * The real path of `name`, absolute or relative to `cwd` as the host sees them, with links followed inside the tree.
   * @throws HostPathError (EACCES) when a link leads out of the tree
   */
  real(name: string, cwd?: string): string;
  /** the host's path of a real one, where it lies inside; otherwise the path itself */
  shown(real: string): string;
}

export interface ProcessRow {
  readonly pid: number;
  readonly user: string;
  readonly state: string;
  readonly startedAt: number;
  readonly command: string;
}

export type UnitActivity = "active" | "inactive" | "failed" | "activating" | "deactivating";

export interface UnitStatus {
  /** with its suffix: etcd.service */
  readonly name: string;
  readonly description: string;
  /** as the host sees it */
  readonly file: string;
  readonly enabled: boolean;
  readonly activity: UnitActivity;
  readonly substate: string;
  /** wall ms of the last change of activity */
  readonly since: number;
  readonly pid: number | null;
  readonly command: string;
  /** what a service says about itself (systemd's Status:); "" when it says nothing */
  readonly statusText: string;
  /** exit code or signal of the last run, "" while none has ended */
  readonly result: string;
  /** the unit file has changed on disk since it was loaded */
  readonly stale: boolean;
}

/** Operations take a unit's name with or without `.service`. @throws UnitError */
export interface ServiceDesk {
  list(): readonly UnitStatus[];
  status(name: string): UnitStatus;
  start(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  restart(name: string): Promise<void>;
  kill(name: string, signal: NodeJS.Signals): void;
  setEnabled(name: string, enabled: boolean): void;
  /** reads the unit files again */
  reload(): void;
  resetFailed(name?: string): void;
  /** the unit's text */
  text(name: string): string;
}

export class UnitError extends Error {
  /** as systemctl exits: 1 failed to do it, 4 or 5 no such unit */
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = "UnitError";
  }
}

export interface JournalLine {
  /** wall ms */
  readonly at: number;
  readonly unit: string;
  readonly pid: number;
  readonly text: string;
}

export interface JournalDesk {
  /** oldest first */
  read(unit?: string): Promise<readonly JournalLine[]>;
  /** returns the way to stop */
  follow(listener: (line: JournalLine) => void): () => void;
}

export type LinkFaultKind = "cut" | "delay" | "loss" | "duplicate" | "reorder" | "bandwidth";
export type DiskFaultKind = "slow-fsync" | "failing-fsync" | "disk-full";
export type FileFaultKind = "torn-write" | "data-deleted" | "certificate-expired";

/** Where in a file: its guarded beginning, its middle, its end, or the byte that is named. */
export interface BitPlace {
  /** below the data-dir */
  readonly file: string;
  readonly region: "start" | "middle" | "end" | "offset";
  readonly offset: number;
  readonly bit: number;
}

export interface FaultRow {
  readonly id: string;
  readonly text: string;
  readonly since: number;
}

/** Step mode. @throws Error with a plain sentence */
export interface StepDesk {
  set(on: boolean): void;
  letters(): readonly { readonly id: string; readonly text: string }[];
  settle(ids: readonly string[], fate: "delivered" | "dropped"): void;
  /** @param host "" for all. @param count 0: until the host's own timer fires */
  ticks(host: string, count: number): void;
}

/** @throws Error with a plain sentence */
export interface FaultDesk {
  link(from: string, to: string, kind: LinkFaultKind, amount: number): FaultRow;
  disk(host: string, kind: DiskFaultKind, amount: number): FaultRow;
  /** raft so many times slower on all members; 1 is real time */
  pace(slowdown: number): void;
  isolate(host: string): void;
  /** these on one side, all others on the other */
  partition(side: readonly string[]): void;
  /** what a member believes the time of day to be: ms ahead of true time, below 0 behind, 0 true */
  skew(host: string, skewMs: number): void;
  flip(host: string, place: BitPlace): Promise<FaultRow>;
  damage(host: string, kind: FileFaultKind): Promise<FaultRow>;
  kill(host: string): void;
  pause(host: string): void;
  resume(host: string): void;
  list(): readonly FaultRow[];
  undo(id: string): void;
  heal(): void;
}
