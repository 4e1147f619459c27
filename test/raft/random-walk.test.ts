/**
 * Groups led through thousands of random steps (ticks, proposals, membership changes, deliveries out of order, twice or never,
 * crashes, restarts), each step checked against Raft's safety properties (figure 3). Seeds are fixed, so runs repeat.
 */
import { describe, expect, test } from "vitest";
import { describeEntry, parseConfChanges, RaftError } from "../../core/raft/index.ts";
import { Group, idsTo, type GroupConfig } from "./group.ts";

/** mulberry32: whole numbers in [0, n). */
function randomFrom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * n);
  };
}

class Walk {
  readonly group: Group;
  /** What anybody ever committed, by index, with the payload. */
  private readonly committed = new Map<number, string>();
  private readonly leaderOf = new Map<number, bigint>();
  private readonly trace: string[] = [];

  constructor(
    private readonly random: (n: number) => number,
    config: GroupConfig,
  ) {
    this.group = new Group(idsTo(5), { ...config, random });
    this.group.writes = false;
  }

  run(steps: number): string {
    for (let at = 0; at < steps; at++) {
      this.step(at);
      this.check();
    }
    return this.trace.join("\n");
  }

  /** Everything works again: one leader, one log, everything applied. */
  recover(): void {
    const { group } = this;
    group.heal();
    group.loses = () => false;
    group.writes = true;
    for (const id of group.ids) if (group.node(id).crashed) group.restart(id);
    for (const member of group.members.values()) while (member.work.length > 0) group.workOff(member);
    group.settle();
    for (let tick = 0; tick < 200; tick++) {
      for (const id of group.ids) group.tick(id);
      group.settle();
    }
    this.check();
  }

  private step(at: number): void {
    const { group, random } = this;
    const member = group.node(BigInt(random(5)) + 1n);
    const choice = random(100);
    if (member.crashed) {
      if (choice < 30) group.restart(member.id);
      return;
    }
    if (choice < 30) group.tick(member.id);
    else if (choice < 45) this.attempt(() => group.propose(group.leaders()[0] ?? member.id, `p${at}`));
    else if (choice < 47) this.attempt(() => this.changeMembership(group.leaders()[0] ?? member.id));
    else if (choice < 60) group.handleReady();
    else if (choice < 70) for (let work = random(3); work >= 0; work--) group.workOff(member);
    else if (choice < 88) {
      const picked = random(3);
      let seen = 0;
      group.deliver(() => seen++ % 3 === picked);
    } else if (choice < 91) {
      const lost = random(4);
      let seen = 0;
      group.loses = () => seen++ % 4 === lost;
    } else if (choice < 94) {
      const again = group.network[random(group.network.length || 1)];
      // Responses of the own storage never come twice.
      if (again !== undefined && again.from !== again.to && again.from < 100n) group.network.push(again);
    } else if (choice < 96) group.cut(member.id, BigInt(random(5)) + 1n);
    else if (choice < 98) group.heal();
    else group.crash(member.id);
    this.trace.push(`${choice} ${member.id} ${group.network.length} ${group.leaders().join()} ${this.committed.size}`);
  }

  private changeMembership(on: bigint): void {
    const kind = ["v", "l", "r"][this.random(3)]!;
    const changes = parseConfChanges(`${kind}${2 + this.random(4)}`);
    this.group.raw(on).proposeConfChange({ transition: this.random(3), changes, context: undefined });
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
    }
  }

  private check(): void {
    for (const { id, raw, storage, crashed } of this.group.members.values()) {
      if (crashed) continue;
      const { hardState, softState, applied } = raw.basicStatus();
      // Election safety: one leader a term.
      if (softState.role === "StateLeader") {
        const known = this.leaderOf.get(hardState.term) ?? id;
        if (known !== id) throw new Error(`term ${hardState.term} has leaders ${known} and ${id}`);
        this.leaderOf.set(hardState.term, id);
      }
      // State machine safety, and with it log matching and leader completeness: one entry an index for good.
      const last = Math.min(applied, storage.lastIndex());
      if (last < storage.firstIndex()) continue;
      for (const entry of storage.entries(storage.firstIndex(), last + 1, Infinity)) {
        const text = describeEntry(entry);
        const known = this.committed.get(entry.index) ?? text;
        if (known !== text) throw new Error(`index ${entry.index} is ${known} and, on ${id}, ${text}`);
        this.committed.set(entry.index, text);
      }
    }
  }
}

const CONFIGS: Readonly<Record<string, GroupConfig>> = {
  plain: {},
  guarded: { preVote: true, checkQuorum: true },
  tight: { maxSizePerMsg: 0, maxInflightMsgs: 2, maxCommittedSizePerReady: 1, maxUncommittedEntriesSize: 50 },
};

for (const asyncStorageWrites of [false, true]) {
  describe(`random walks with ${asyncStorageWrites ? "asynchronous" : "synchronous"} storage writes`, () => {
    test.each(Object.entries(CONFIGS))("(%s) are safe, and every group recovers", (_name, config) => {
      for (let seed = 1; seed <= 12; seed++) {
        const walk = new Walk(randomFrom(seed), { electionTick: 5, ...config, asyncStorageWrites });
        try {
          walk.run(600);
          walk.recover();
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new Error(`seed ${seed}: ${reason}`, { cause: error });
        }
        const voters = walk.group.leaders();
        expect(voters.length, `seed ${seed}`).toBe(1);
        const leader = walk.group.node(voters[0]!);
        const { configuration } = leader.raw.status();
        for (const id of configuration.voters.ids) expect(walk.group.node(id).applied, `seed ${seed}`).toEqual(leader.applied);
      }
    });
  });
}

test("the same calls in the same order give the same results", () => {
  const run = (): string => new Walk(randomFrom(99), { asyncStorageWrites: true, preVote: true }).run(1000);
  expect(run()).toBe(run());
});
