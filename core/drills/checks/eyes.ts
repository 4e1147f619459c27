/** What checks look through: the cluster as any client sees it, and the hosts' files and services. Nothing of what was typed. */
import type { SnapshotStatus } from "../../cli/etcdutl/status.ts";
import type { KeyValue } from "../../proto/gen/mvccpb.ts";
import type { UnitStatus } from "../../shell/world.ts";
import type { DangerName } from "../format/drill.ts";
import type { Ledger } from "../run/ledger.ts";

export interface MemberRow {
  /** hex */
  readonly id: string;
  readonly name: string;
  readonly learner: boolean;
  readonly peerUrls: readonly string[];
}

export interface MemberStatus {
  /** hex */
  readonly id: string;
  readonly cluster: string;
  /** hex; "0" where it knows none */
  readonly leader: string;
  readonly revision: number;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly learner: boolean;
}

export interface CommandResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Whoever asks for what cannot be had gets undefined, or an error with a plain sentence. */
export interface Eyes {
  readonly hosts: readonly string[];
  readonly ledger: Ledger;
  /** wall ms */
  now(): number;
  /** when the learner began */
  readonly handedOverAt: number;
  /** hex; the cluster that was there when the learner began, "" where there was none */
  readonly firstCluster: string;
  /** a linearizable read of whoever serves. @throws Error when nobody does */
  range(key: string, prefix: boolean): Promise<{ readonly kvs: readonly KeyValue[]; readonly revision: number }>;
  /** @throws Error when nobody serves */
  members(): Promise<readonly MemberRow[]>;
  /** of the member on this host */
  status(host: string): Promise<MemberStatus | undefined>;
  /** whether that member answers a linearizable read */
  serves(host: string): Promise<boolean>;
  /** "NOSPACE" and others with the member's id. @throws Error */
  alarms(): Promise<readonly { readonly alarm: string; readonly member: string }[]>;
  /** at a revision. @throws Error */
  hash(host: string, revision: number): Promise<number>;
  file(host: string, path: string): Buffer | undefined;
  /** @throws Error when it is not sound */
  snapshot(host: string, path: string): Promise<SnapshotStatus>;
  unit(host: string, name: string): UnitStatus | undefined;
  /** flags of the etcd that runs there */
  settings(host: string): ReadonlyMap<string, string> | undefined;
  run(host: string, line: string): Promise<CommandResult>;
  /** dangerous acts seen so far */
  dangers(): readonly DangerName[];
}
