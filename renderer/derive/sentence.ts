/** The one sentence on top: what the cluster can do now, from what was observed and nothing else. */
import type { DisconnectReason } from "../../core/lab/contract/protocol.ts";
import type { LabState, MemberView } from "../../core/lab/contract/state.ts";
import { text } from "../text.ts";
import { clock } from "./format.ts";
import { isLive } from "./member-look.ts";

export interface Sentence {
  readonly first: string;
  readonly rest: string;
  readonly tone: "good" | "warn" | "bad" | "plain";
}

export interface Standing {
  readonly members: number;
  readonly voters: number;
  readonly majority: number;
  /** voters whose process runs and whose records arrive */
  readonly running: readonly MemberView[];
  /** the leader of the highest term that at least a majority (itself counted) follows */
  readonly leader: MemberView | null;
  /** members, learners too, that follow it */
  readonly serving: number;
  readonly followingVoters: number;
  readonly term: number;
}

/** What stands, from the members' own records: who says it leads, and who says it follows that one in that term. */
export function standingOf(state: LabState): Standing {
  const members = state.members.filter((member) => member.spare !== true);
  const voters = members.filter((member) => member.raft?.role !== "learner");
  const majority = Math.floor(voters.length / 2) + 1;
  const running = voters.filter(isLive);
  const claims = running
    .filter((member) => member.raft?.role === "leader")
    .sort((a, b) => (b.raft?.term ?? 0) - (a.raft?.term ?? 0));
  const follows = (member: MemberView, leader: MemberView): boolean =>
    isLive(member) && (member === leader || (member.raft?.lead === leader.id && member.raft.term === leader.raft?.term));
  const leader = claims.find((claim) => voters.filter((voter) => follows(voter, claim)).length >= majority) ?? null;
  return {
    members: members.length,
    voters: voters.length,
    majority,
    running,
    leader,
    serving: leader === null ? 0 : state.members.filter((member) => follows(member, leader)).length,
    followingVoters: leader === null ? 0 : voters.filter((voter) => follows(voter, leader)).length,
    term: state.members.reduce((highest, member) => Math.max(highest, member.raft?.term ?? 0), 0),
  };
}

/** The most hosts that one of them reaches in both directions, itself among them, by the cuts in force. */
function largestGroup(names: readonly string[], state: LabState): readonly string[] {
  const cuts = new Set(state.faults.filter((fault) => fault.kind === "cut").map((fault) => `${fault.host}>${fault.to}`));
  const groups = names.map((one) => names.filter((other) => !cuts.has(`${one}>${other}`) && !cuts.has(`${other}>${one}`)));
  return groups.reduce((best, group) => (group.length > best.length ? group : best), [] as string[]);
}

export function sentenceOf(state: LabState | null, connected: boolean, reason: DisconnectReason, seenAt: number): Sentence {
  const t = text.sentence;
  if (!connected) {
    if (reason === "refused") return { first: t.refused, rest: t.refusedRest, tone: "bad" };
    if (state === null) return reason === "" ? { first: t.connecting, rest: t.connectingRest, tone: "plain" } : { first: t.away, rest: t.awayNever, tone: "bad" };
    return { first: t.away, rest: t.awayRest(clock(seenAt)), tone: "bad" };
  }
  if (state === null) return { first: t.connecting, rest: t.connectingRest, tone: "plain" };
  if (state.members.length === 0) return { first: t.empty, rest: t.emptyRest, tone: "plain" };
  const standing = standingOf(state);
  if (standing.members === 0) return { first: t.bare, rest: t.bareRest(state.members.length), tone: "plain" };
  if (standing.leader !== null) {
    const raft = standing.leader.raft;
    const full = state.members.find((member) => isLive(member) && member.raft?.alarms.includes("NOSPACE"));
    const spare = standing.followingVoters - standing.majority;
    const term = raft?.term ?? 0;
    const leads = full === undefined ? t.leads(standing.leader.host, term) : t.readOnly(standing.leader.host, term, full.host);
    const whole = standing.serving === standing.members && full === undefined;
    return { first: t.serve(standing.serving, standing.members), rest: `${leads} ${t.spare(spare)}`, tone: whole ? "good" : "warn" };
  }
  const names = standing.running.map((member) => member.host);
  const coming = state.members.filter((member) => member.process === "starting" || (member.process === "running" && member.raft === null)).length;
  if (standing.term <= 1 && names.length + coming >= standing.majority) {
    return { first: t.starting, rest: t.startingRest(names.length, standing.members), tone: "plain" };
  }
  if (names.length === 0 && coming === 0) return { first: t.allDown, rest: t.allDownRest, tone: "bad" };
  if (names.length < standing.majority) {
    return { first: t.quorumLost(names.length, standing.members), rest: t.quorumLostRest(standing.majority), tone: "bad" };
  }
  const able = largestGroup(names, state);
  return able.length < standing.majority
    ? { first: t.cutOff, rest: t.cutOffRest(names, standing.majority), tone: "bad" }
    : { first: t.noLeader, rest: t.noLeaderRest(able, standing.term), tone: "warn" };
}
