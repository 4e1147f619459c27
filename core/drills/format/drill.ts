/** What a drill is once its folder has been read: the task, the faults, what is looked at, and the ways to solve it or not. */
import type { CheckSpec } from "../checks/vocabulary.ts";

/** The dangerous acts that are told apart; `run/dangers.ts` says how each is seen. */
export const DANGERS = [
  "force-new-cluster-with-quorum",
  "force-new-cluster-twice",
  "second-cluster",
  "quorum-lost",
  "last-data-deleted",
  "running-data-deleted",
  "healthy-member-removed",
  "backup-overwritten",
  "unsafe-no-fsync",
] as const;

export type DangerName = (typeof DANGERS)[number];

export interface HostPath {
  readonly host: string;
  /** as that host sees it */
  readonly path: string;
}

export interface Solution {
  /** "reference", "wrong-1", ... */
  readonly name: string;
  /** one line: what somebody thinks who does this */
  readonly title: string;
  /** of a wrong one: the checks that must fail, and what their reasons must say */
  readonly fails: readonly { readonly check: string; readonly because: RegExp }[];
  /** of a wrong one: what it costs, in words */
  readonly costs: string;
  /** dangerous acts that it does */
  readonly dangers: readonly DangerName[];
  readonly script: string;
}

export interface Drill {
  /** the folder's name */
  readonly name: string;
  readonly title: string;
  /** 1 easy to 5 expert */
  readonly level: number;
  /** how long a practised person needs */
  readonly minutes: number;
  readonly flavour: "systemd";
  readonly hosts: number;
  /** how many of the hosts form the cluster at the start */
  readonly members: number;
  /** where the learner's shell is */
  readonly host: string;
  /** writes a second of the workload; 0: there is none */
  readonly writes: number;
  /** dangerous acts that belong to this task and cost nothing */
  readonly allow: readonly DangerName[];
  /** files that must stay as they are at the hand-over */
  readonly keep: readonly HostPath[];
  readonly why: string;
  readonly task: string;
  readonly hints: readonly string[];
  readonly debrief: string;
  readonly links: readonly string[];
  /** run before anything is started */
  readonly before: string;
  /** run when the cluster serves and the workload writes */
  readonly setup: string;
  readonly checks: readonly CheckSpec[];
  readonly solutions: readonly Solution[];
  readonly seed: number;
  /** what the seed has drawn */
  readonly values: Readonly<Record<string, string>>;
}

/** Something in a drill's folder that is not as the format says. */
export interface Problem {
  readonly file: string;
  /** from 1; 0 where it is about the whole file */
  readonly line: number;
  readonly message: string;
}

export class DrillFormatError extends Error {
  readonly code = "drill.format";
  constructor(
    readonly drill: string,
    readonly problems: readonly Problem[],
  ) {
    super(problems.map((one) => problemLine(drill, one)).join("\n"));
    this.name = "DrillFormatError";
  }
}

export function problemLine(drill: string, { file, line, message }: Problem): string {
  return `${drill}/${file}${line > 0 ? `:${line}` : ""}: ${message}`;
}
