/**
 * The members of the cluster as of the applied log (etcd server/etcdserver/api/membership/cluster.go), kept in the
 * backend. Everything that changes it comes through the log, so it is equal on all members; entries that the backend has
 * already (`shouldApplyV3` false) change nothing but are answered alike.
 */
import type { Backend } from "../backend/backend.ts";
import { V2TreeMeters } from "../platform/meters.ts";
import { EtcdError } from "../proto/errors.ts";
import { ConfChangeType, type ConfChange } from "../proto/gen/raftpb.ts";
import {
  readClusterVersion,
  readDowngradeInfo,
  readMembers,
  saveClusterVersion,
  saveDowngradeInfo,
  saveMember,
  saveRemoval,
  type DowngradeInfo,
} from "./cluster-records.ts";
import { decodeContext, decodeMember, formatId, isStarted, type Attributes, type ConfChangeContext, type Member } from "./member.ts";
import { MembershipError } from "./membership-error.ts";
import { encodeV2Snapshot, type ClusterState } from "./v2-snapshot.ts";

export interface ClusterOptions {
  readonly clusterId: bigint;
  readonly localId: bigint;
  /** default 1 */
  readonly maxLearners?: number;
  /** what etcd's member would read and write of its v2 tree for the same log */
  readonly meters?: V2TreeMeters;
}

/** What a conf change did, for transport and log. */
export type MemberChange =
  | { readonly kind: "added" | "updated" | "promoted"; readonly member: Member }
  | { readonly kind: "removed"; readonly id: bigint };

export class Cluster {
  readonly clusterId: bigint;
  readonly localId: bigint;
  private readonly maxLearners: number;
  private readonly meters: V2TreeMeters;
  private byId = new Map<bigint, Member>();
  private removedIds = new Set<bigint>();
  private clusterVersion: string | undefined = undefined;
  private downgrade: DowngradeInfo = { enabled: false, targetVersion: "" };
  private backend: Backend;
  private readonly memberListeners = new Set<(change: MemberChange) => void>();
  private readonly versionListeners = new Set<(version: string, before: string | undefined) => void>();

  /** Starts with what the backend says; empty for a new one. */
  constructor(options: ClusterOptions, backend: Backend) {
    this.clusterId = options.clusterId;
    this.localId = options.localId;
    this.maxLearners = options.maxLearners ?? 1;
    this.meters = options.meters ?? new V2TreeMeters();
    this.backend = backend;
    this.restore(backend);
  }

  /** Reads everything anew, after the backend was replaced; listeners hear what changed. */
  restore(backend: Backend): void {
    this.backend = backend;
    const { members, removed } = readMembers(backend);
    const [before, versionBefore] = [this.byId, this.clusterVersion];
    this.byId = members;
    this.removedIds = removed;
    this.clusterVersion = readClusterVersion(backend);
    this.downgrade = readDowngradeInfo(backend) ?? { enabled: false, targetVersion: "" };
    for (const id of before.keys()) if (!members.has(id)) this.tell({ kind: "removed", id });
    for (const member of members.values()) {
      const known = before.get(member.id);
      if (known === undefined) this.tell({ kind: "added", member });
      else if (known.peerUrls.join() !== member.peerUrls.join()) this.tell({ kind: "updated", member });
    }
    if (this.clusterVersion !== undefined && this.clusterVersion !== versionBefore) this.tellVersion(this.clusterVersion, versionBefore);
  }

  /** Takes over what a `.snap` of 3.4 or 3.5 says, where the backend is older than that: they keep membership there. */
  recoverFromV2(state: ClusterState): void {
    for (const member of state.members.values()) saveMember(this.backend, member);
    for (const id of state.removed) saveRemoval(this.backend, id);
    for (const id of this.byId.keys()) {
      if (!state.members.has(id) && !state.removed.has(id)) this.backend.delete("members", Buffer.from(formatId(id)));
    }
    if (state.version !== undefined) saveClusterVersion(this.backend, state.version);
    this.restore(this.backend);
  }

  /** By id, ascending. */
  members(): Member[] {
    return [...this.byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  member(id: bigint): Member | undefined {
    return this.byId.get(id);
  }

  local(): Member | undefined {
    return this.byId.get(this.localId);
  }

  votingMembers(): Member[] {
    return this.members().filter((member) => !member.isLearner);
  }

  isRemoved(id: bigint): boolean {
    return this.removedIds.has(id);
  }

  removed(): ReadonlySet<bigint> {
    return this.removedIds;
  }

  isLocalLearner(): boolean {
    return this.local()?.isLearner ?? false;
  }

  /** All peer URLs, sorted. */
  peerUrls(): string[] {
    return this.members()
      .flatMap((member) => member.peerUrls)
      .sort();
  }

  /** All client URLs, sorted. */
  clientUrls(): string[] {
    return this.members()
      .flatMap((member) => member.clientUrls)
      .sort();
  }

  /** "3.6.0"; undefined until decided. */
  version(): string | undefined {
    return this.clusterVersion;
  }

  downgradeInfo(): DowngradeInfo {
    return this.downgrade;
  }

  /** What `.snap` and raft snapshots carry. */
  snapshotData(): Buffer {
    // etcd builds the tree anew and looks first that it is empty
    this.meters.read("getRecursive");
    this.meters.write("create", this.byId.size + this.removedIds.size);
    const started = [...this.byId.values()].filter(({ clientUrls }) => clientUrls.length > 0).length;
    this.meters.write("set", started + (this.clusterVersion === undefined ? 0 : 1));
    return encodeV2Snapshot({ members: this.byId, removed: this.removedIds, version: this.clusterVersion });
  }

  /** Adding a voter leaves a quorum of started members; from one to two is always allowed. */
  canAddVoter(): boolean {
    const voters = this.votingMembers();
    const started = voters.filter(isStarted).length;
    const after = voters.length + 1;
    return (started === 1 && after === 2) || started >= quorumOf(after);
  }

  canRemoveVoter(id: bigint): boolean {
    const rest = this.votingMembers().filter((member) => member.id !== id);
    return rest.filter(isStarted).length >= quorumOf(rest.length);
  }

  /** The learner counts as a started voter. */
  canPromote(): boolean {
    const voters = this.votingMembers();
    return voters.filter(isStarted).length + 1 >= quorumOf(voters.length + 1);
  }

  /**
   * Whether a conf change still fits, as it is about to be applied.
   * @throws EtcdError MemberNotFound | MemberExists | PeerUrlExists | MemberNotLearner | TooManyLearners
   * @throws MembershipError its context cannot be read
   */
  validate(change: ConfChange): void {
    const id = change.nodeId;
    if (this.removedIds.has(id)) throw new EtcdError("MemberNotFound");
    switch (change.type) {
      case ConfChangeType.ConfChangeAddNode:
      case ConfChangeType.ConfChangeAddLearnerNode:
        this.validateAddition(change, readContext(change));
        return;
      case ConfChangeType.ConfChangeRemoveNode:
        if (!this.byId.has(id)) throw new EtcdError("MemberNotFound");
        return;
      case ConfChangeType.ConfChangeUpdateNode:
        if (!this.byId.has(id)) throw new EtcdError("MemberNotFound");
        this.checkPeerUrls(readContext(change).member.peerUrls, id);
        return;
      default:
        throw new MembershipError("membership.bad_context", `unknown ConfChange type ${change.type}`);
    }
  }

  /**
   * Applies a conf change that was validated.
   * @returns undefined where it changes nothing here: already in the backend, or the member is gone
   */
  apply(change: ConfChange, shouldApplyV3: boolean): MemberChange | undefined {
    this.count(change);
    if (!shouldApplyV3) return undefined;
    const made = this.make(change);
    if (made !== undefined) this.tell(made);
    return made;
  }

  /**
   * A conf change met again in the log that the backend should have: 3.5 could lose a promotion there (etcd issue 19557), so it is made up
   * for. @returns what became of a promotion; undefined: the change is none
   */
  catchUpPromotion(change: ConfChange): "forced" | "known" | "absent" | undefined {
    if (change.type !== ConfChangeType.ConfChangeAddNode || !readContext(change).isPromote) return undefined;
    const known = this.byId.get(change.nodeId);
    if (known === undefined) return "absent";
    if (!known.isLearner) return "known";
    this.tell({ kind: "promoted", member: this.keep({ ...known, isLearner: false }, true) });
    return "forced";
  }

  /** What a member published of itself. @throws MembershipError a member that never was */
  setAttributes(id: bigint, attributes: Attributes, shouldApplyV3: boolean): void {
    const member = this.byId.get(id);
    if (member === undefined) {
      if (this.removedIds.has(id)) return;
      throw new MembershipError("membership.unknown_member", `failed to update; member unknown: ${formatId(id)}`);
    }
    this.meters.write("set");
    this.keep({ ...member, name: attributes.name, clientUrls: attributes.clientUrls }, shouldApplyV3);
  }

  setVersion(version: string, shouldApplyV3: boolean): void {
    const before = this.clusterVersion;
    this.clusterVersion = version;
    this.meters.write("set");
    if (shouldApplyV3) saveClusterVersion(this.backend, version);
    this.tellVersion(version, before);
  }

  setDowngradeInfo(info: DowngradeInfo, shouldApplyV3: boolean): void {
    this.downgrade = info;
    if (shouldApplyV3) saveDowngradeInfo(this.backend, info);
  }

  /** Members added, removed, moved and promoted; the transport follows it. @returns stops listening */
  onMemberChange(listener: (change: MemberChange) => void): () => void {
    this.memberListeners.add(listener);
    return () => this.memberListeners.delete(listener);
  }

  onVersionChange(listener: (version: string, before: string | undefined) => void): () => void {
    this.versionListeners.add(listener);
    return () => this.versionListeners.delete(listener);
  }

  private validateAddition(change: ConfChange, context: ConfChangeContext): void {
    const known = this.byId.get(change.nodeId);
    if (context.isPromote) {
      if (known === undefined) throw new EtcdError("MemberNotFound");
      if (!known.isLearner) throw new EtcdError("MemberNotLearner");
      return;
    }
    if (known !== undefined) throw new EtcdError("MemberExists");
    this.checkPeerUrls(context.member.peerUrls, undefined);
    if (!context.member.isLearner || change.type !== ConfChangeType.ConfChangeAddLearnerNode) return;
    const learners = this.members().filter((member) => member.isLearner).length;
    if (learners + 1 > this.maxLearners) throw new EtcdError("TooManyLearners");
  }

  private checkPeerUrls(urls: readonly string[], except: bigint | undefined): void {
    for (const member of this.byId.values()) {
      if (member.id !== except && urls.some((url) => member.peerUrls.includes(url))) throw new EtcdError("PeerUrlExists");
    }
  }

  private count(change: ConfChange): void {
    const { meters } = this;
    switch (change.type) {
      case ConfChangeType.ConfChangeRemoveNode:
        meters.write("delete");
        meters.write("create");
        return;
      case ConfChangeType.ConfChangeUpdateNode:
        if (this.byId.has(change.nodeId)) meters.write("update");
        return;
      default:
        if (!readContext(change).isPromote) {
          meters.write("create");
          return;
        }
        // members, and those removed
        meters.read("getRecursive", 2);
        if (this.byId.has(change.nodeId)) meters.write("update");
    }
  }

  private make(change: ConfChange): MemberChange | undefined {
    const known = this.byId.get(change.nodeId);
    switch (change.type) {
      case ConfChangeType.ConfChangeAddNode:
      case ConfChangeType.ConfChangeAddLearnerNode: {
        const context = readContext(change);
        if (!context.isPromote) return { kind: "added", member: this.keep({ ...context.member, id: change.nodeId }, true) };
        if (known === undefined) return undefined;
        return { kind: "promoted", member: this.keep({ ...known, isLearner: false }, true) };
      }
      case ConfChangeType.ConfChangeRemoveNode:
        saveRemoval(this.backend, change.nodeId);
        this.byId.delete(change.nodeId);
        this.removedIds.add(change.nodeId);
        return { kind: "removed", id: change.nodeId };
      case ConfChangeType.ConfChangeUpdateNode: {
        if (known === undefined) return undefined;
        const { peerUrls } = readContext(change).member;
        return { kind: "updated", member: this.keep({ ...known, peerUrls }, true) };
      }
      default:
        throw new MembershipError("membership.bad_context", `unknown ConfChange type ${change.type}`);
    }
  }

  private keep(member: Member, save: boolean): Member {
    this.byId.set(member.id, member);
    if (save) saveMember(this.backend, member);
    return member;
  }

  private tellVersion(version: string, before: string | undefined): void {
    for (const listener of this.versionListeners) listener(version, before);
  }

  private tell(change: MemberChange): void {
    for (const listener of this.memberListeners) listener(change);
  }
}

function quorumOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

function readContext(change: ConfChange): ConfChangeContext {
  try {
    const context = change.context ?? Buffer.alloc(0);
    if (change.type === ConfChangeType.ConfChangeUpdateNode) return { member: decodeMember(context), isPromote: false };
    return decodeContext(context);
  } catch (error) {
    throw new MembershipError("membership.bad_context", `failed to unmarshal confChangeContext of member ${formatId(change.nodeId)}`, {
      cause: error,
    });
  }
}
