/**
 * Applies committed entries to the state of this member, in order (etcd server/etcdserver/server.go: apply,
 * applyEntryNormal, applyConfChange). One entry is one step of the event loop, together with the consistent index; many
 * entries give the loop its turns in between.
 */
import type { AlarmStore } from "../apply/alarm-store.ts";
import type { Applier, ApplyResult } from "../apply/applier.ts";
import type { ConsistentIndex } from "../apply/consistent-index.ts";
import type { Cluster } from "../membership/cluster.ts";
import { applyV2Request } from "../membership/v2-request.ts";
import type { Clock } from "../platform/clock.ts";
import type { ServerMeters } from "../platform/meters.ts";
import { EtcdError } from "../proto/errors.ts";
import { AlarmType } from "../proto/gen/etcdserverpb.ts";
import { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import { ConfChange, ConfChangeType, type ConfState, type Entry, EntryType } from "../proto/gen/raftpb.ts";
import { Request } from "../proto/gen/v2pb.ts";
import { WireError } from "../proto/wire.ts";
import { NONE } from "../raft/index.ts";
import { type Log, hex } from "./log.ts";
import type { Proposals } from "./proposals.ts";
import { IndexWaiters } from "./signals.ts";

export interface ApplyingParts {
  readonly applier: Applier;
  readonly alarms: AlarmStore;
  readonly cluster: Cluster;
  readonly consistentIndex: ConsistentIndex;
  readonly proposals: Proposals<ApplyResult>;
  readonly applyToRaft: (change: ConfChange) => ConfState;
  readonly clock: Clock;
  readonly log: Log;
  /** gives the event loop a turn */
  readonly turn: () => Promise<void>;
  readonly warningMs: number;
  readonly meters: ServerMeters;
  /** a password's hash, in base 64: entries of 3.4 carry the password itself */
  readonly hashPassword: (password: string) => Promise<string>;
}

export interface ApplyingListener {
  /** the empty entry with which a leader begins its term */
  onFirstEntryOfTerm(): void;
  onBatch(index: number): void;
  /** the quota was exceeded by what was just applied; resolves when the alarm is raised or could not be */
  raiseNoSpace(): Promise<void>;
  onSelfRemoved(): void;
  /** a request that was waited for, or a configuration change, was applied */
  onConfChange(change: ConfChange): void;
}

/** Longest stretch of applying without a turn for the event loop, ms. */
const stretchMs = 8;

export class Applying {
  index: number;
  term: number;
  confState: ConfState;
  readonly waiters: IndexWaiters;
  /** answers to configuration changes, held until raft allows the next one */
  private changed: { readonly id: bigint; readonly result: ApplyResult }[] = [];
  /** payload applied since the start */
  bytes = 0;
  /** batches that took longer than the warning allows, for metrics */
  slow = 0;

  /**
   * @param legacy the backend was written by 3.4 or older, whose index does not count configuration changes: those are
   * taken up again from the snapshot on
   */
  constructor(
    private readonly parts: ApplyingParts,
    private readonly listener: ApplyingListener,
    start: { readonly index: number; readonly term: number; readonly confState: ConfState; readonly legacy: boolean },
  ) {
    this.index = start.index;
    this.term = start.term;
    this.confState = start.confState;
    this.legacy = start.legacy;
    this.waiters = new IndexWaiters(start.index);
  }

  private readonly legacy: boolean;

  /** The state was replaced by a received snapshot. */
  restored(index: number, term: number, confState: ConfState): void {
    this.index = index;
    this.term = term;
    this.confState = confState;
    this.waiters.reach(index);
  }

  /** @throws anything that makes going on impossible */
  async apply(entries: readonly Entry[]): Promise<void> {
    const { clock } = this.parts;
    const begun = clock.monotonic();
    let stretch = begun;
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at]!;
      if (entry.index <= this.index) continue;
      if (entry.index > this.index + 1) throw new Error(`unexpected committed entry index ${entry.index}; applied is ${this.index}`);
      const hashing = this.applyOne(entry);
      if (hashing !== undefined) await hashing;
      // the clock is not asked for every small entry
      if ((at & 15) === 15 && clock.monotonic() - stretch > stretchMs) {
        this.reached();
        await this.parts.turn();
        stretch = clock.monotonic();
      }
    }
    this.reached();
    const took = clock.monotonic() - begun;
    if (took > this.parts.warningMs) {
      this.slow++;
      this.parts.log.warn("apply request took too long", { took: `${took.toFixed(3)}ms`, "expected-duration": `${this.parts.warningMs}ms`, entries: entries.length });
    }
  }

  /** Raft has heard of everything applied so far: configuration changes are answered now. */
  settle(): void {
    if (this.changed.length === 0) return;
    const changed = this.changed;
    this.changed = [];
    for (const { id, result } of changed) this.parts.proposals.answer(id, result);
  }

  private reached(): void {
    this.waiters.reach(this.index);
    this.listener.onBatch(this.index);
  }

  /** @returns undefined where it is applied already, which is nearly always */
  private applyOne(entry: Entry): Promise<void> | undefined {
    const fresh = entry.index > this.parts.consistentIndex.index;
    if (entry.type === EntryType.EntryNormal) {
      const hashing = this.applyNormal(entry, fresh);
      if (hashing !== undefined) return hashing.then(() => this.passed(entry, fresh));
    } else if (entry.type === EntryType.EntryConfChange) this.applyConfChange(entry, fresh);
    else throw new Error(`unknown entry type ${entry.type} at index ${entry.index}; must be either EntryNormal or EntryConfChange`);
    this.passed(entry, fresh);
    return undefined;
  }

  private passed(entry: Entry, fresh: boolean): void {
    const { consistentIndex } = this.parts;
    if (fresh) consistentIndex.advance(entry.index, entry.term);
    this.index = entry.index;
    this.term = entry.term;
    this.bytes += entry.data?.length ?? 0;
  }

  private applyNormal(entry: Entry, fresh: boolean): Promise<void> | undefined {
    const { proposals } = this.parts;
    if (entry.data === undefined || entry.data.length === 0) {
      this.listener.onFirstEntryOfTerm();
      return undefined;
    }
    const request = decodeRequest(entry.data);
    if (request === undefined) {
      const old = Request.decode(entry.data);
      applyV2Request(this.parts.cluster, old, fresh || this.legacy);
      proposals.answer(old.ID, {});
      return undefined;
    }
    const unhashed = fresh ? passwordIn(request) : undefined;
    if (unhashed === undefined) return this.applyRequest(request, entry, fresh);
    return this.parts.hashPassword(unhashed.password).then((hash) => {
      unhashed.hashedPassword = hash;
      this.applyRequest(request, entry, fresh);
    });
  }

  private applyRequest(request: InternalRaftRequest, entry: Entry, fresh: boolean): undefined {
    const { applier, proposals } = this.parts;
    const id = request.ID !== 0n ? request.ID : (request.header?.ID ?? 0n);
    const begun = this.parts.clock.monotonic();
    const result = applier.apply(request, entry.index, entry.term, fresh);
    if (fresh) {
      const error = result?.error;
      const success = error === undefined || (error instanceof EtcdError && error.reason === "Compacted");
      this.parts.meters.observeApply(operationOf(request), success, (this.parts.clock.monotonic() - begun) / 1000);
    }
    if (!fresh || result === undefined) return;
    if (result.error instanceof EtcdError && result.error.reason === "NoSpace" && !this.parts.alarms.isRaised(AlarmType.NOSPACE)) {
      this.parts.log.warn("message exceeded backend quota; raising alarm", { error: result.error.message });
      void this.listener.raiseNoSpace().then(() => proposals.answer(id, result));
      return;
    }
    proposals.answer(id, result);
  }

  private applyConfChange(entry: Entry, fresh: boolean): void {
    const { cluster, consistentIndex, applyToRaft, log } = this.parts;
    const change = ConfChange.decode(entry.data ?? Buffer.alloc(0));
    if (!fresh && !this.legacy) {
      cluster.apply(change, false);
      return;
    }
    try {
      if (fresh) cluster.validate(change);
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      log.warn("Validation on configuration change failed", { error: error.message, "node-id": hex(change.nodeId) });
      // raft must hear that the change is over, but nothing changes
      applyToRaft({ ...change, nodeId: NONE });
      this.changed.push({ id: change.id, result: { error } });
      return;
    }
    this.confState = applyToRaft(change);
    consistentIndex.setConfState(this.confState);
    cluster.apply(change, true);
    log.info("applied a configuration change through raft", { "raft-conf-change-node-id": hex(change.nodeId), index: entry.index });
    this.changed.push({ id: change.id, result: {} });
    this.listener.onConfChange(change);
    if (change.type === ConfChangeType.ConfChangeRemoveNode && change.nodeId === cluster.localId) this.listener.onSelfRemoved();
  }
}

/** The part of a request that holds a password and no hash of it. */
function passwordIn({ authUserAdd, authUserChangePassword }: InternalRaftRequest): { readonly password: string; hashedPassword: string } | undefined {
  const part = authUserAdd ?? authUserChangePassword;
  if (part === undefined || part.password === "" || part.hashedPassword !== "" || authUserAdd?.options?.noPassword === true) return undefined;
  return part;
}

/** Operations by the field of the request that asks for them, as etcd's metric of applies names them. */
const operations = Object.entries({
  put: "Put",
  txn: "Txn",
  deleteRange: "DeleteRange",
  range: "Range",
  compaction: "Compaction",
  leaseGrant: "LeaseGrant",
  leaseRevoke: "LeaseRevoke",
  leaseCheckpoint: "LeaseCheckpoint",
  alarm: "Alarm",
  authenticate: "Authenticate",
  authEnable: "AuthEnable",
  authDisable: "AuthDisable",
  authUserAdd: "AuthUserAdd",
  authUserDelete: "AuthUserDelete",
  authUserChangePassword: "AuthUserChangePassword",
  authUserGrantRole: "AuthUserGrantRole",
  authUserGet: "AuthUserGet",
  authUserRevokeRole: "AuthUserRevokeRole",
  authRoleAdd: "AuthRoleAdd",
  authRoleGrantPermission: "AuthRoleGrantPermission",
  authRoleGet: "AuthRoleGet",
  authRoleRevokePermission: "AuthRoleRevokePermission",
  authRoleDelete: "AuthRoleDelete",
  authUserList: "AuthUserList",
  authRoleList: "AuthRoleList",
  clusterVersionSet: "ClusterVersionSet",
  clusterMemberAttrSet: "ClusterMemberAttrSet",
  downgradeInfoSet: "DowngradeInfoSet",
} satisfies Partial<Record<keyof InternalRaftRequest, string>>) as [keyof InternalRaftRequest, string][];

function operationOf(request: InternalRaftRequest): string {
  for (const [field, name] of operations) if (request[field] !== undefined) return name;
  return "unknown";
}

/** undefined: a bare v2 request, as 3.4 and 3.5 write attributes and version. */
export function decodeRequest(data: Buffer): InternalRaftRequest | undefined {
  try {
    return InternalRaftRequest.decode(data);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
