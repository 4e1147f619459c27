/** One member in depth: what it was told to do, what it measures of itself, what it writes to its log. */

export interface Setting {
  readonly name: string;
  readonly value: string;
  /** where it was given: the command line, the config file, the environment */
  readonly source: "command" | "file" | "environment";
}

export interface MemberConfiguration {
  /** the words of the unit's ExecStart */
  readonly command: string;
  /** path on the host; "" where it has none */
  readonly configFile: string;
  readonly given: readonly Setting[];
  /** as the member itself told at its last start, in its words; empty where it has not started since the journal began */
  readonly effective: readonly (readonly [name: string, value: string])[];
  /** wall ms of that start; 0: none */
  readonly effectiveAt: number;
  /** the unit or the config file was changed after the member started */
  readonly stale: boolean;
}

/** What was measured in the time before `at`. Means are over what happened in between; -1 where nothing did. */
export interface MeterSample {
  /** wall ms */
  readonly at: number;
  readonly fsyncMs: number;
  /** backend commit */
  readonly commitMs: number;
  /** entries committed a second */
  readonly committed: number;
  readonly pending: number;
  readonly dbBytes: number;
  readonly dbBytesInUse: number;
  readonly residentBytes: number;
  /** round trips to other members, ms, by hex id */
  readonly roundTripMs: Readonly<Record<string, number>>;
}

/** Samples kept of each member: ten minutes of one a second. */
export const SAMPLES_MAX = 600;

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal" | "other";

export interface LogLineView {
  /** ascending on one host */
  readonly id: number;
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  /** the rest of the line's fields, name=value */
  readonly detail: string;
}

/** Lines that one answer or one change carries at most. */
export const LOG_LINES_MAX = 2000;

export interface MemberPageCommands {
  "member.configuration": { args: { host: string }; reply: MemberConfiguration };
  "member.samples": { args: { host: string }; reply: { samples: readonly MeterSample[] } };
  /** The newest lines of the member's log, oldest first. */
  "member.log": { args: { host: string; limit: number }; reply: { lines: readonly LogLineView[]; more: boolean } };
}
