/** Membership as clients change it (server/etcdserver/server.go: AddMember, RemoveMember, UpdateMember, PromoteMember). */
import { computeMemberId } from "../membership/ids.ts";
import { type Member as ClusterMember, encodeMember, encodePromotion } from "../membership/member.ts";
import { EtcdError } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { ConfChange, ConfChangeType } from "../proto/gen/raftpb.ts";
import type { RequestContext } from "./api.ts";
import { type Log, hex } from "./log.ts";
import type { Member } from "./member.ts";
import { electionTicks, requestTimeoutMs } from "./options.ts";
import { staysHealthyWithOneMore, staysHealthyWithout } from "./quorum-checks.ts";

/** A learner may be promoted when it has so much of the leader's log. */
const readyShare = 0.9;
const retryMs = 50;

/** As the metric of failed promotions names it: two of the errors come from etcd's membership package. */
function promotionReason(error: Error): string {
  const reason = error instanceof EtcdError ? error.reason : undefined;
  if (reason === "MemberNotFound") return "membership: ID not found";
  return reason === "MemberNotLearner" ? "membership: can only promote a learner member" : error.message;
}

export class ClusterRequests {
  constructor(private readonly member: Member) {}

  async add(request: pb.MemberAddRequest, context: RequestContext): Promise<pb.MemberAddResponse> {
    await this.member.parts.gate.requireAdmin(context);
    const { state, clock } = this.member.parts;
    const { peerURLs: peerUrls, isLearner } = request;
    const id = computeMemberId(peerUrls, "", Math.floor(clock.now() / 1000));
    const added: ClusterMember = { id, name: "", peerUrls, clientUrls: [], isLearner };
    this.mayAdd(added);
    const type = isLearner ? ConfChangeType.ConfChangeAddLearnerNode : ConfChangeType.ConfChangeAddNode;
    await this.configure(ConfChange.create({ type, nodeId: id, context: encodeMember(added) }));
    return pb.MemberAddResponse.create({ member: toWire(added), members: state.cluster.members().map(toWire) });
  }

  async remove(request: pb.MemberRemoveRequest, context: RequestContext): Promise<pb.MemberRemoveResponse> {
    await this.member.parts.gate.requireAdmin(context);
    this.mayRemove(request.ID);
    await this.configure(ConfChange.create({ type: ConfChangeType.ConfChangeRemoveNode, nodeId: request.ID }));
    return pb.MemberRemoveResponse.create({ members: this.wireMembers() });
  }

  async update(request: pb.MemberUpdateRequest, context: RequestContext): Promise<pb.MemberUpdateResponse> {
    await this.member.parts.gate.requireAdmin(context);
    const changed = encodeMember({ id: request.ID, peerUrls: request.peerURLs, isLearner: false, name: "", clientUrls: [] });
    await this.configure(ConfChange.create({ type: ConfChangeType.ConfChangeUpdateNode, nodeId: request.ID, context: changed }));
    return pb.MemberUpdateResponse.create({ members: this.wireMembers() });
  }

  /** On the leader, which alone knows how far a learner is; elsewhere it is asked. */
  async promote(request: pb.MemberPromoteRequest, context: RequestContext): Promise<pb.MemberPromoteResponse> {
    const { server } = this.member.parts.meters;
    try {
      await this.promoteHere(request.ID, context);
      server.learnersPromoted++;
    } catch (error) {
      if (!(error instanceof EtcdError) || error.reason !== "NotLeader") {
        server.promotionFailed(promotionReason(error as Error));
        throw error;
      }
      await this.askLeader(request.ID, context.token);
    }
    return pb.MemberPromoteResponse.create({ members: this.wireMembers() });
  }

  /** @throws EtcdError NotLeader, LearnerNotReady, NotEnoughStarted, MemberNotFound, MemberNotLearner */
  async promoteHere(id: bigint, context: RequestContext): Promise<void> {
    await this.member.parts.gate.requireAdmin(context);
    const { state, loop, options, log } = this.member.parts;
    if (!(await this.member.caughtUp(1000))) throw new EtcdError("TimeoutWaitAppliedIndex");
    const { progress } = loop.status();
    if (progress.length === 0) throw new EtcdError("NotLeader");
    const learner = progress.find((one) => one.id === id);
    if (learner === undefined) throw new EtcdError("MemberNotFound");
    const own = progress.find((one) => one.id === this.member.parts.memberId);
    if (own !== undefined && learner.match / own.match < readyShare) {
      log.warn("rejecting promote learner: learner is not ready", { "learner-ready-percent": learner.match / own.match, "ready-percent-threshold": readyShare });
      throw new EtcdError("LearnerNotReady");
    }
    if (options.strictReconfigCheck && !state.cluster.canPromote()) {
      refused(log, "promote", id);
      throw new EtcdError("NotEnoughStarted");
    }
    await this.configure(ConfChange.create({ type: ConfChangeType.ConfChangeAddNode, nodeId: id, context: encodePromotion(id) }));
    this.member.parts.telemetry.happening("member-promoted", this.member.term, `learner ${hex(id)} became a voter`);
  }

  async list(request: pb.MemberListRequest, context: RequestContext): Promise<pb.MemberListResponse> {
    if (request.linearizable) await this.member.parts.reads.wait();
    await this.member.parts.gate.requireUser(context);
    return pb.MemberListResponse.create({ members: this.wireMembers() });
  }

  private wireMembers(): pb.Member[] {
    return this.member.parts.state.cluster.members().map(toWire);
  }

  private mayAdd(added: ClusterMember): void {
    const { options, state, transport, memberId, clock, log } = this.member.parts;
    if (!options.strictReconfigCheck) return;
    if (!added.isLearner && !state.cluster.canAddVoter()) {
      refused(log, "add", added.id);
      throw new EtcdError("NotEnoughStarted");
    }
    if (!staysHealthyWithOneMore(state.cluster.members(), memberId, (id) => transport.activeSince(id), clock.monotonic())) {
      log.warn("rejecting member add request; local member has not been connected to majority peers, reconfigure breaks active quorum");
      throw new EtcdError("Unhealthy");
    }
  }

  private mayRemove(id: bigint): void {
    const { options, state, transport, memberId, clock, log } = this.member.parts;
    if (!options.strictReconfigCheck) return;
    if (state.cluster.member(id)?.isLearner === true) return;
    if (!state.cluster.canRemoveVoter(id)) {
      refused(log, "remove", id);
      throw new EtcdError("NotEnoughStarted");
    }
    if (!staysHealthyWithout(state.cluster.members(), id, memberId, (other) => transport.activeSince(other), clock.monotonic())) {
      log.warn("rejecting member remove request; local member has not been connected to all peers, reconfigure breaks active quorum", { "requested-member-remove": hex(id) });
      throw new EtcdError("Unhealthy");
    }
  }

  private async configure(change: ConfChange): Promise<void> {
    const { error } = await this.member.parts.proposals.proposeConfChange(change);
    if (error !== undefined) throw error;
  }

  private async askLeader(id: bigint, token: string | undefined): Promise<void> {
    const { state, clock, options, calls, transport, log } = this.member.parts;
    const deadline = clock.monotonic() + requestTimeoutMs(options);
    while (clock.monotonic() < deadline && !this.member.stopping.aborted) {
      const leader = state.cluster.member(this.member.lead);
      if (leader === undefined) {
        await this.member.pause(electionTicks(options) * options.heartbeatMs);
        continue;
      }
      for (const url of transport.isCut(leader.id) ? [] : leader.peerUrls) {
        try {
          await calls.promote(url, id, token, Math.max(1, deadline - clock.monotonic()));
          await this.member.caughtUp(1000);
          return;
        } catch (error) {
          if (error instanceof EtcdError && ["LearnerNotReady", "MemberNotFound", "MemberNotLearner"].includes(error.reason)) throw error;
          log.debug("the leader did not promote", { url, error: (error as Error).message });
        }
      }
      await this.member.pause(retryMs);
    }
    throw new EtcdError(this.member.stopping.aborted ? "Stopped" : "Timeout");
  }
}

function refused(log: Log, what: string, id: bigint): void {
  log.warn(`rejecting member ${what} request; not enough healthy members`, { "requested-member": hex(id), error: new EtcdError("NotEnoughStarted").message });
}

function toWire(member: ClusterMember): pb.Member {
  return pb.Member.create({ ID: member.id, name: member.name, peerURLs: [...member.peerUrls], clientURLs: [...member.clientUrls], isLearner: member.isLearner });
}
