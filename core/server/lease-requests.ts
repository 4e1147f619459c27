/** Leases as clients ask for them; time is kept by the leader, to whom renewals are sent on (server/etcdserver/v3_server.go). */
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import type { RequestContext } from "./api.ts";
import { checkQuota, throughRaft } from "./kv-requests.ts";
import type { Member } from "./member.ts";
import { electionTicks, requestTimeoutMs } from "./options.ts";
import { NotPrimary } from "./peer-http.ts";

/** wait for what is committed to be applied */
const applyTimeoutMs = 1000;
/** pause before a leader that did not answer is asked again */
const retryMs = 50;

/** etcd has no name for it on the wire. */
function notPrimary(): StatusError {
  return new StatusError(Code.Unknown, "not a primary lessor");
}

export class LeaseRequests {
  constructor(private readonly member: Member) {}

  async grant(request: pb.LeaseGrantRequest, context: RequestContext): Promise<pb.LeaseGrantResponse> {
    await checkQuota(this.member, { put: undefined, txn: undefined, leaseGrant: request });
    const { ids, gate } = this.member.parts;
    let ID = request.ID;
    // only positive ids are made up
    while (ID === 0n) ID = ids.next() & 0x7fff_ffff_ffff_ffffn;
    await gate.requireUser(context);
    return throughRaft(this.member, { leaseGrant: { ...request, ID } }, context);
  }

  async revoke(request: pb.LeaseRevokeRequest, context: RequestContext): Promise<pb.LeaseRevokeResponse> {
    await this.member.parts.gate.requireUser(context);
    return throughRaft(this.member, { leaseRevoke: request }, context);
  }

  /** @returns TTL, seconds. @throws EtcdError LeaseNotFound, a timeout */
  async renew(id: bigint, context: RequestContext): Promise<number> {
    const { gate } = this.member.parts;
    if (this.member.isLeader) {
      if (!(await this.member.ensureLeadership())) throw notPrimary();
      await this.waitApplied();
      if (gate.enabled) await gate.checkRenewal(id, context);
      try {
        return await this.renewHere(id);
      } catch (error) {
        if (!(error instanceof NotPrimary)) throw error;
      }
    }
    if (gate.enabled) await gate.checkRenewal(id, context);
    return this.askLeader((url, timeoutMs) => this.member.parts.calls.renewLease(url, id, timeoutMs));
  }

  /** As the primary lessor. @throws NotPrimary; EtcdError LeaseNotFound */
  async renewHere(id: bigint): Promise<number> {
    try {
      return await this.member.parts.state.lessor.renew(id);
    } catch (error) {
      if (error instanceof EtcdError && error.reason === "NotLeader") throw new NotPrimary();
      throw error;
    }
  }

  async timeToLive(request: pb.LeaseTimeToLiveRequest, context: RequestContext): Promise<pb.LeaseTimeToLiveResponse> {
    const { gate, state } = this.member.parts;
    await gate.requireUser(context);
    const { revision } = state.auth;
    if (request.keys) await gate.checkLeaseKeys([request.ID], context);
    const found = await this.times(request);
    if (request.keys && gate.enabled && revision !== state.auth.revision) throw new EtcdError("AuthOldRevision");
    return found;
  }

  private async times(request: pb.LeaseTimeToLiveRequest): Promise<pb.LeaseTimeToLiveResponse> {
    if (this.member.isLeader) {
      await this.waitApplied();
      try {
        const found = this.timeToLiveHere(request.ID, request.keys);
        if (found === undefined) throw new EtcdError("LeaseNotFound");
        return found;
      } catch (error) {
        if (error instanceof NotPrimary) throw new EtcdError("LeaderChanged", { cause: error });
        throw error;
      }
    }
    return this.askLeader((url, timeoutMs) => this.member.parts.calls.leaseTimeToLive(url, request.ID, request.keys, timeoutMs));
  }

  /** As the primary lessor; undefined where there is no such lease. @throws NotPrimary */
  timeToLiveHere(id: bigint, keys: boolean): pb.LeaseTimeToLiveResponse | undefined {
    const { lessor } = this.member.parts.state;
    if (!lessor.isLeading) throw new NotPrimary();
    const found = lessor.timeToLive(id, keys);
    if (found === undefined) return undefined;
    // an empty header, not none: the follower that asked fills it in, and a real one cannot do without
    return pb.LeaseTimeToLiveResponse.create({ header: pb.ResponseHeader.create(), ID: id, TTL: found.ttlSeconds, grantedTTL: found.grantedTtlSeconds, keys: [...found.keys] });
  }

  async leases(context: RequestContext): Promise<pb.LeaseLeasesResponse> {
    const { gate, state } = this.member.parts;
    const ids = state.lessor.list();
    await gate.checkLeaseKeys(ids, context);
    return pb.LeaseLeasesResponse.create({ leases: ids.map((ID) => pb.LeaseStatus.create({ ID })) });
  }

  private async waitApplied(): Promise<void> {
    if (!(await this.member.caughtUp(applyTimeoutMs))) throw new EtcdError("TimeoutWaitAppliedIndex");
  }

  /** Asks the leader until it answers, an answer that counts, or the time is over. */
  private async askLeader<T>(ask: (url: string, timeoutMs: number) => Promise<T>): Promise<T> {
    const { options, clock, log } = this.member.parts;
    const deadline = clock.monotonic() + requestTimeoutMs(options);
    for (;;) {
      const urls = await this.leaderUrls(deadline);
      for (const url of urls) {
        try {
          return await ask(url, Math.max(1, deadline - clock.monotonic()));
        } catch (error) {
          if (error instanceof EtcdError) throw error;
          log.debug("the leader did not answer about a lease", { url, error: (error as Error).message });
        }
      }
      await this.member.pause(retryMs);
      if (this.member.stopping.aborted) throw new EtcdError("Stopped");
      if (clock.monotonic() >= deadline) throw new EtcdError("Timeout");
    }
  }

  private async leaderUrls(deadline: number): Promise<readonly string[]> {
    const { state, clock, options, transport } = this.member.parts;
    for (;;) {
      const leader = state.cluster.member(this.member.lead);
      if (leader !== undefined) return transport.isCut(leader.id) ? [] : leader.peerUrls;
      if (clock.monotonic() >= deadline) throw new EtcdError("NoLeader");
      await this.member.pause(electionTicks(options) * options.heartbeatMs);
      if (this.member.stopping.aborted) throw new EtcdError("Stopped");
    }
  }
}
