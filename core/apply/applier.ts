/**
 * Puts one entry of the log through the replicated state, in one step (etcd server/etcdserver/apply). Everything here
 * must come out the same on every member: no clock, no chance, no view of anything but the state itself.
 * Order of the checks as in etcd: CORRUPT alarm, NOSPACE alarm, then who asks, then the request, then the quota, which
 * answers an error for a write that was done.
 */
import type { AuthStore } from "../auth/auth-store.ts";
import type { AuthInfo } from "../auth/tokens.ts";
import type { Backend } from "../backend/backend.ts";
import type { Lessor } from "../lease/lessor.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Store } from "../mvcc/api.ts";
import { EtcdError, StatusError } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import type { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { checkEntryAuth } from "./auth-checks.ts";
import { applyAuth, type AuthResponse } from "./auth-requests.ts";
import { executeRange } from "./execute-range.ts";
import { executeDeleteRange, executePut, executeReadOnlyTxn, executeTxn, isReadOnlyTxn } from "./execute-txn.ts";
import { requestCost, type Quota } from "./quota.ts";

export interface ApplierOptions {
  readonly store: Store;
  readonly lessor: Lessor;
  readonly cluster: Cluster;
  readonly alarms: AlarmStore;
  readonly quota: Quota;
  readonly auth: AuthStore;
  /** the current one: a received snapshot replaces it */
  readonly backend: () => Backend;
}

export type ApplyResponse =
  | pb.RangeResponse
  | pb.PutResponse
  | pb.DeleteRangeResponse
  | pb.TxnResponse
  | pb.CompactionResponse
  | pb.LeaseGrantResponse
  | pb.LeaseRevokeResponse
  | pb.LeaseCheckpointResponse
  | pb.AlarmResponse
  | AuthResponse;

/** What the waiter of a request gets: one of response and error, or neither for changes of membership. */
export interface ApplyResult {
  readonly response?: ApplyResponse;
  readonly error?: StatusError;
  /** Compaction: resolves when the records are deleted; rejects when the store is closed before. */
  readonly compacted?: Promise<void>;
}

export interface Applier {
  /**
   * @param index of the entry
   * @param term of the entry
   * @param shouldApplyV3 false when the backend has this entry already: only what is not in the backend is applied
   * @returns undefined when there was nothing to apply
   * @throws anything but StatusError: the member must stop
   */
  apply(request: InternalRaftRequest, index: number, term: number, shouldApplyV3: boolean): ApplyResult | undefined;
}

export function createApplier(options: ApplierOptions): Applier {
  return new StateApplier(options);
}

class StateApplier implements Applier {
  constructor(private readonly options: ApplierOptions) {}

  apply(request: InternalRaftRequest, index: number, term: number, shouldApplyV3: boolean): ApplyResult | undefined {
    if (this.applyMembership(request, shouldApplyV3)) return {};
    if (!shouldApplyV3) return undefined;
    try {
      return this.applyState(request, index, term);
    } catch (error) {
      // what etcd has a text for is an answer; anything else would let members diverge
      if (error instanceof StatusError) return { error };
      throw error;
    }
  }

  /** Requests that also change what is in memory only. */
  private applyMembership(request: InternalRaftRequest, shouldApplyV3: boolean): boolean {
    const { cluster } = this.options;
    const { clusterVersionSet, clusterMemberAttrSet, downgradeInfoSet, downgradeVersionTest } = request;
    if (clusterVersionSet !== undefined) cluster.setVersion(clusterVersionSet.ver, shouldApplyV3);
    else if (clusterMemberAttrSet !== undefined) {
      const { name = "", clientUrls = [] } = clusterMemberAttrSet.memberAttributes ?? {};
      cluster.setAttributes(clusterMemberAttrSet.memberID, { name, clientUrls }, shouldApplyV3);
    } else if (downgradeInfoSet !== undefined) {
      const { enabled, ver } = downgradeInfoSet;
      cluster.setDowngradeInfo({ enabled, targetVersion: enabled ? ver : "" }, shouldApplyV3);
    } else return downgradeVersionTest !== undefined;
    return true;
  }

  private applyState(request: InternalRaftRequest, index: number, term: number): ApplyResult {
    const { alarms, quota, backend } = this.options;
    if (alarms.isRaised(pb.AlarmType.CORRUPT) && touchesKeys(request)) throw new EtcdError("Corrupt");
    const cost = requestCost(request);
    if (cost > 0 && alarms.isRaised(pb.AlarmType.NOSPACE)) throw new EtcdError("NoSpace");
    const { auth, lessor } = this.options;
    if (auth.enabled) checkEntryAuth(auth, authInfoOf(request), lessor, request);
    const fits = cost === 0 || quota.fits(backend(), request);
    const result = this.execute(request, index, term);
    // past the quota it is done all the same, as on every other member, but the client is told
    return fits ? result : { error: new EtcdError("NoSpace") };
  }

  private execute(request: InternalRaftRequest, index: number, term: number): ApplyResult {
    const { store, lessor } = this.options;
    if (request.put !== undefined) return { response: this.put(request.put) };
    if (request.txn !== undefined) {
      const { txn } = request;
      if (isReadOnlyTxn(txn)) return { response: executeReadOnlyTxn(store, txn) };
      return { response: executeTxn(store, () => store.write(), lessor, txn) };
    }
    if (request.range !== undefined) return { response: executeRange(store, request.range) };
    if (request.deleteRange !== undefined) return { response: this.deleteRange(request.deleteRange) };
    if (request.compaction !== undefined) return this.compact(request.compaction);
    if (request.leaseGrant !== undefined) return { response: this.grant(request.leaseGrant, term) };
    if (request.leaseRevoke !== undefined) {
      lessor.revoke(request.leaseRevoke.ID, store);
      return { response: pb.LeaseRevokeResponse.create({ header: this.header(term) }) };
    }
    if (request.leaseCheckpoint !== undefined) {
      for (const { ID, remainingTTL } of request.leaseCheckpoint.checkpoints) lessor.checkpoint(ID, remainingTTL);
      return { response: pb.LeaseCheckpointResponse.create({ header: this.header(term) }) };
    }
    if (request.alarm !== undefined) return { response: this.alarm(request.alarm) };
    const auth = applyAuth(this.options.auth, request, { info: authInfoOf(request), header: () => this.header(term), tokenIndex: this.tokenIndex(index) });
    if (auth !== undefined) return { response: auth };
    throw new Error(`apply: entry ${index} of term ${term} carries no request that this version knows`);
  }

  private put(request: pb.PutRequest): pb.PutResponse {
    const { store, lessor } = this.options;
    const transaction = store.write();
    try {
      return executePut(transaction, lessor, request);
    } finally {
      transaction.end();
    }
  }

  private deleteRange(request: pb.DeleteRangeRequest): pb.DeleteRangeResponse {
    const transaction = this.options.store.write();
    const response = executeDeleteRange(transaction, request);
    transaction.end();
    return response;
  }

  private compact(request: pb.CompactionRequest): ApplyResult {
    const { store } = this.options;
    const compacted = store.compact(request.revision);
    // without `physical` nobody waits for it; a failure shows at the next start, which resumes it
    compacted.catch(() => undefined);
    const header = pb.ResponseHeader.create({ revision: store.revision() });
    return { response: pb.CompactionResponse.create({ header }), compacted };
  }

  private grant(request: pb.LeaseGrantRequest, term: number): pb.LeaseGrantResponse {
    const lease = this.options.lessor.grant(request.ID, request.TTL);
    return pb.LeaseGrantResponse.create({ header: this.header(term), ID: lease.id, TTL: lease.ttlSeconds });
  }

  private alarm(request: pb.AlarmRequest): pb.AlarmResponse {
    const { alarms } = this.options;
    const { action, memberID, alarm: type } = request;
    if (action === pb.AlarmRequest_AlarmAction.GET) return pb.AlarmResponse.create({ alarms: alarms.list(type) });
    if (action === pb.AlarmRequest_AlarmAction.ACTIVATE) {
      return pb.AlarmResponse.create({ alarms: type === pb.AlarmType.NONE ? [] : [alarms.activate(memberID, type)] });
    }
    const lifted = alarms.deactivate(memberID, type);
    return pb.AlarmResponse.create({ alarms: lifted === undefined ? [] : [lifted] });
  }

  /** 3.5 and later name the entry before in a token, as they count an entry only once it is applied. */
  private tokenIndex(index: number): number {
    const version = this.options.cluster.version();
    return version === undefined || !/^3\.[0-4]\./.test(version) ? index - 1 : index;
  }

  private header(term: number): pb.ResponseHeader {
    const { cluster, store } = this.options;
    return { clusterId: cluster.clusterId, memberId: cluster.localId, revision: store.revision(), raftTerm: term };
  }
}

/** Who proposed an entry; undefined where that was the member itself, or before auth was switched on. */
function authInfoOf({ header }: InternalRaftRequest): AuthInfo | undefined {
  return header === undefined ? undefined : { username: header.username, revision: header.authRevision };
}

/** What the CORRUPT alarm stops. */
function touchesKeys(request: InternalRaftRequest): boolean {
  return (
    request.put !== undefined ||
    request.range !== undefined ||
    request.deleteRange !== undefined ||
    request.txn !== undefined ||
    request.compaction !== undefined ||
    request.leaseGrant !== undefined ||
    request.leaseRevoke !== undefined
  );
}
