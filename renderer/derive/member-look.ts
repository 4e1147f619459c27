/** How a member is drawn: one shape a role, a hollow one when its process does not run. */
import type { MemberView } from "../../core/lab/contract/state.ts";
import { text } from "../text.ts";

export type MemberShape = "leader" | "follower" | "candidate" | "learner" | "down" | "paused" | "starting";

export function shapeOf(member: MemberView): MemberShape {
  if (member.process === "stopped" || member.process === "killed" || member.process === "failed") return "down";
  if (member.process === "paused") return "paused";
  if (member.process === "starting" || member.raft === null) return "starting";
  switch (member.raft.role) {
    case "leader":
      return "leader";
    case "learner":
      return "learner";
    case "candidate":
    case "pre-candidate":
      return "candidate";
    case "follower":
      return "follower";
  }
}

/** Its raft facts are of now: the process runs and has spoken. */
export function isLive(member: MemberView): boolean {
  return member.process === "running" && member.raft !== null;
}

/** Its role in raft while it runs; a dead leader leads no more, whatever it said last. */
export function roleOf(member: MemberView): NonNullable<MemberView["raft"]>["role"] | null {
  return isLive(member) && member.raft !== null ? member.raft.role : null;
}

/** In a word: its role while it runs, else what became of its process. */
export function wordFor(member: MemberView): string {
  const role = roleOf(member);
  return role === null ? text.process[member.process] : text.roles[role];
}

/** Colour class of a term. */
export function termClass(term: number): string {
  return `t${((term % 7) + 7) % 7}`;
}
