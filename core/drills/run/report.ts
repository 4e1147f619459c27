/** What is left of a drill when it is over: the debrief's contents, as data. */
import type { DangerName } from "../format/drill.ts";
import type { Danger } from "./dangers.ts";
import type { Outage } from "./ledger.ts";
import type { CheckOutcome } from "./score.ts";

export interface CommandLine {
  readonly at: number;
  readonly host: string;
  readonly line: string;
  readonly status: number;
}

export interface TimelineLine {
  readonly at: number;
  readonly kind: "command" | "check" | "danger" | "hint" | "outage" | "lab" | "drill";
  readonly host: string;
  readonly text: string;
}

export interface Report {
  readonly drill: string;
  readonly title: string;
  readonly level: number;
  readonly seed: number;
  /** "" where somebody worked by hand */
  readonly solution: string;
  readonly passed: boolean;
  readonly points: number;
  readonly account: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number;
  /** as they stood when the learner began */
  readonly atHandover: readonly CheckOutcome[];
  readonly checks: readonly CheckOutcome[];
  /** undefined: no workload */
  readonly rpo: { readonly acknowledged: number; readonly lost: number; readonly names: readonly string[]; readonly known: boolean } | undefined;
  readonly rto: { readonly longestMs: number; readonly totalMs: number; readonly outages: readonly Outage[] } | undefined;
  /** by cluster id: how many writes it acknowledged */
  readonly clusters: Readonly<Record<string, number>>;
  readonly commands: readonly CommandLine[];
  readonly dangers: readonly (Danger & { readonly counts: boolean; readonly words: string })[];
  readonly hints: readonly { readonly at: number; readonly text: string }[];
  readonly timeline: readonly TimelineLine[];
  readonly allow: readonly DangerName[];
  readonly debrief: string;
  readonly links: readonly string[];
  /** tempting wrong ways, and what they cost */
  readonly wrongWays: readonly { readonly title: string; readonly costs: string }[];
}
