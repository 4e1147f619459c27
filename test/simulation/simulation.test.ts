/** The simulated cluster repeats itself exactly, finds nothing wrong in some seeds, and its checkers find what is broken on purpose. */
import { describe, expect, test } from "vitest";
import type { Entry, Message } from "../../core/proto/gen/raftpb.ts";
import { MessageType } from "../../core/proto/gen/raftpb.ts";
import type { RawNode } from "../../core/raft/index.ts";
import type { Sabotage } from "./replica.ts";
import type { FaultPlan } from "./plan.ts";
import { runSeed } from "./world.ts";

test("the same seed gives the same run, step for step; another seed gives another", () => {
  for (const seed of [11, 12, 13]) {
    const first = runSeed(seed, { verbose: true });
    const second = runSeed(seed);
    expect(second.digest, `seed ${seed}`).toBe(first.digest);
    expect(second.steps).toBe(first.steps);
    expect(first.lines.length).toBeGreaterThan(1000);
  }
  expect(runSeed(11).digest).not.toBe(runSeed(12).digest);
});

test("raft is safe and makes progress in the first seeds", () => {
  for (let seed = 1; seed <= 15; seed++) {
    const { violation, committed } = runSeed(seed);
    expect(violation, `seed ${seed}`).toBeUndefined();
    expect(committed, `seed ${seed}`).toBeGreaterThan(1);
  }
});

/** Runs seeds until one violates something. @returns the properties violated, by how many seeds */
function violatedBy(sabotage: Sabotage, plan: Partial<FaultPlan> = {}, seeds = 40): Map<string, number> {
  const found = new Map<string, number>();
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = runSeed(seed, { sabotage, plan });
    if (violation !== undefined) found.set(violation.property, (found.get(violation.property) ?? 0) + 1);
  }
  return found;
}

/** Puts something before every message that a node takes. */
function onStep(raw: RawNode, before: (message: Message) => void): void {
  const step = raw.step.bind(raw);
  raw.step = (message) => {
    before(message);
    step(message);
  };
}

describe("the checkers bite:", () => {
  test("a snapshot stepped before older configuration changes are applied is found by raft's own invariant", () => {
    for (const seed of [1366, 1591]) {
      expect(runSeed(seed, { sabotage: { hastySnapshots: true } }).violation?.property, `seed ${seed}`).toBe("raft's own invariant");
      expect(runSeed(seed).violation, `seed ${seed}`).toBeUndefined();
    }
  });

  test("a replica that forgets its vote in a crash is found by durability", () => {
    const built = (raw: RawNode, life: number): void => {
      if (life > 1) raw["raft"].vote = 0n;
    };
    expect([...violatedBy({ built }, {}, 15).keys()]).toEqual(["durability"]);
  });

  test("a disk that lies about its syncs is found by durability", () => {
    expect([...violatedBy({ lyingDisk: (id) => id === 2n }, {}, 10).keys()]).toEqual(["durability"]);
  });

  test("a leader that commits entries of older terms by counting is found by leader completeness", () => {
    const built = (raw: RawNode): void => {
      const { log } = raw["raft"];
      log.tryCommit = (index) => {
        if (index <= log.committed) return false;
        log.commitTo(index);
        return true;
      };
    };
    expect([...violatedBy({ built }, {}, 20).keys()]).toEqual(["leader completeness"]);
  });

  test("a replica that votes for all who ask is found by election safety", () => {
    const built = (raw: RawNode): void =>
      onStep(raw, ({ type, term }) => {
        if (type === MessageType.MsgVote && term === raw["raft"].term && raw["raft"].role === "StateFollower") {
          raw["raft"].vote = 0n;
          raw["raft"].lead = 0n;
        }
      });
    expect(violatedBy({ built }, { preVote: false, checkQuorum: false }, 60).has("election safety")).toBe(true);
  });

  test("an entry altered on its way is found by log matching", () => {
    const arriving = (message: Message): Message => {
      if (message.type !== MessageType.MsgApp || message.to !== 2n || message.entries.length === 0) return message;
      return { ...message, entries: message.entries.map((entry) => (entry.type === 0 ? { ...entry, data: Buffer.from("altered") } : entry)) };
    };
    expect([...violatedBy({ arriving }, {}, 10).keys()]).toEqual(["log matching"]);
  });

  test("a replica that leaves out an entry is found by state machine safety", () => {
    const applying = (id: bigint, entries: readonly Entry[]): readonly Entry[] =>
      entries.filter(({ index, type }) => id !== 2n || type !== 0 || index % 7 !== 0);
    expect([...violatedBy({ applying }, {}, 10).keys()]).toEqual(["state machine safety"]);
  });

  test("a replica that applies something else is found by state machine safety", () => {
    const applying = (id: bigint, entries: readonly Entry[]): readonly Entry[] =>
      entries.map((entry) => (id === 2n && entry.type === 0 && entry.index % 7 === 0 ? { ...entry, data: Buffer.from("else") } : entry));
    expect([...violatedBy({ applying }, {}, 10).keys()]).toEqual(["state machine safety"]);
  });

  test("a commit index that goes back is found by commit", () => {
    const built = (raw: RawNode): void =>
      onStep(raw, () => {
        const { log } = raw["raft"];
        if (log.committed > log.applying && log.committed > 5) log.committed = log.applying;
      });
    expect([...violatedBy({ built }, { asyncStorageWrites: false }, 10).keys()]).toEqual(["commit"]);
  });

  test("a replica that answers reads without asking anybody is found by linearizable reads", () => {
    const built = (raw: RawNode): void => {
      raw.readIndex = (context) => void raw["raft"].readStates.push({ index: raw["raft"].log.committed, context });
    };
    expect([...violatedBy({ built }, {}, 5).keys()]).toEqual(["linearizable reads"]);
  });

  test("a replica that answers reads without asking anybody is found by what clients see, too", () => {
    const built = (raw: RawNode): void => {
      raw.readIndex = (context) => void raw["raft"].readStates.push({ index: raw["raft"].log.committed, context });
    };
    const found = Array.from({ length: 4 }, (_, at) => runSeed(at + 1, { sabotage: { built }, only: "linearizability" }).violation?.property);
    expect(new Set(found)).toEqual(new Set(["linearizability"]));
  });

  test("a replica that takes no entries is found by progress", () => {
    const arriving = (message: Message): Message =>
      message.to === 2n && message.type === MessageType.MsgApp ? { ...message, type: MessageType.MsgVoteResp, reject: true } : message;
    expect([...violatedBy({ arriving }, { events: 1000 }, 3).keys()]).toEqual(["progress"]);
  });
});
