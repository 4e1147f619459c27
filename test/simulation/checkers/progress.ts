/**
 * After all is mended there is progress: one leader, joint configurations are left, a proposal is committed, and all members apply the
 * same. Those who are no members any more are turned off as an operator would, once the leader can do without them.
 */
import { confStateOf } from "../../../core/raft/tracker.ts";
import type { World } from "../world.ts";
import { Violation } from "./checker.ts";

const ROUND_MS = 100;
const ROUNDS = 150;

/** @throws Violation */
export function checkProgress(world: World): void {
  let proposedAt = 0;
  let reason = "";
  for (let round = 0; round < ROUNDS; round++) {
    world.runFor(ROUND_MS);
    mend(world);
    const { leader } = world;
    if (leader === undefined) {
      reason = "there is no leader";
      continue;
    }
    if (proposedAt === 0 || proposedAt <= round - 30) {
      const committed = world.commits.highest;
      if (leader.tell((raw) => raw.propose(Buffer.from(`calm ${round} ${committed}`)))) proposedAt = round;
      reason = "no proposal is taken";
      continue;
    }
    reason = lackOf(world);
    if (reason === "") return;
  }
  throw new Violation("progress", `${(ROUNDS * ROUND_MS) / 1000} s after everything was mended ${reason}`);
}

/** What an operator does: leaves a joint configuration that waits for that, has a voter lead, turns off whoever is no member. */
function mend(world: World): void {
  const { leader } = world;
  if (leader === undefined || !leader.raft.hasCommittedInTerm()) return;
  const { autoLeave, voters, votersOutgoing } = confStateOf(leader.raft.tracker.configuration);
  if (votersOutgoing.length > 0 && !autoLeave) leader.tell((raw) => raw.proposeConfChange(undefined));
  // A leader that was made a learner goes on leading until it hands over.
  else if (votersOutgoing.length === 0 && !voters.includes(leader.id)) leader.tell((raw) => raw.transferLeader(voters[0]!));
  const members = world.membersOf(leader);
  const others = world.replicas.filter((replica) => replica.running && members.has(replica.id) && replica !== leader);
  const informed = others.every((replica) => replica.machine.index >= leader.raft.log.applied);
  for (const replica of world.replicas) {
    // Turned off before a change that was still in the log made it a member again.
    if (!replica.running && members.has(replica.id)) replica.start();
    if (!replica.running || members.has(replica.id)) continue;
    if (replica === leader ? informed && leader.raft.log.committed === leader.raft.log.applied : informed) replica.crash();
  }
}

/** @returns what is not as it should be, empty when all is */
function lackOf(world: World): string {
  const { leader, leaders } = world;
  if (leader === undefined) return "there is no leader";
  if (leaders.length > 1) return `${leaders.map(({ id }) => id).join()} all lead`;
  const { log } = leader.raft;
  if (log.applied < log.lastIndex()) return `the leader, ${leader.id}, applied ${log.applied} of ${log.lastIndex()} entries`;
  for (const id of world.membersOf(leader)) {
    const { machine, running } = world.replica(id);
    if (!running) return `replica ${id} does not run`;
    if (machine.index !== leader.machine.index) return `replica ${id} applied ${machine.index}, the leader, ${leader.id}, ${leader.machine.index}`;
    if (machine.digest !== leader.machine.digest) return `replica ${id} has another state than the leader, ${leader.id}`;
  }
  const { voters, votersOutgoing } = confStateOf(leader.raft.tracker.configuration);
  if (votersOutgoing.length > 0) return `the configuration stays joint`;
  return voters.includes(leader.id) ? "" : `the leader, ${leader.id}, is no voter`;
}
