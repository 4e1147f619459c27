/** The figures and rules of the Raft paper ("In Search of an Understandable Consensus Algorithm", extended version), played out. */
import { describe, expect, test } from "vitest";
import { MessageType } from "../../core/proto/gen/raftpb.ts";
import { Group, idsTo, type Disk } from "./group.ts";

const [S1, S2, S3, S4, S5] = [1n, 2n, 3n, 4n, 5n] as const;

/** Disks with the given logs, all at `term`. */
function disks(term: number, logs: Readonly<Record<string, readonly number[]>>): Map<bigint, Disk> {
  return new Map(Object.entries(logs).map(([id, terms]) => [BigInt(id), { terms, hardState: { term, vote: 0n, commit: 0 } }]));
}

for (const asyncStorageWrites of [false, true]) {
  const storage = asyncStorageWrites ? "asynchronous" : "synchronous";

  describe(`with ${storage} storage writes`, () => {
    describe("figure 7: a leader of term 8 finds a follower's log", () => {
      const LEADER = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
      const FOLLOWERS = {
        a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
        b: [1, 1, 1, 4],
        c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
        d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
        e: [1, 1, 1, 4, 4, 4, 4],
        f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
      };

      test("in all six forms at once, and makes each equal to its own", () => {
        const logs = Object.fromEntries([LEADER, ...Object.values(FOLLOWERS)].map((terms, at) => [at + 1, terms]));
        const group = new Group(idsTo(7), { asyncStorageWrites }, disks(7, logs));
        group.elect(S1);
        expect(group.leaders()).toEqual([S1]);
        for (const id of group.ids) expect(group.terms(id)).toEqual([...LEADER, 8]);
      });

      test.each(Object.entries(FOLLOWERS))("in form (%s), alone against it", (_form, terms) => {
        const group = new Group(idsTo(3), { asyncStorageWrites }, disks(7, { 1: LEADER, 2: terms, 3: [] }));
        group.elect(S1);
        expect(group.terms(S2)).toEqual([...LEADER, 8]);
        expect(group.commit(S2)).toBe(11);
      });
    });

    describe("figure 8: an entry of an earlier term on a majority", () => {
      /** Up to (c): S1, back as leader of term 4, has brought its entry of term 2 to S3, but nothing of term 4 to anyone. */
      function untilC(): Group {
        const group = new Group(idsTo(5), { asyncStorageWrites, maxSizePerMsg: 0 }, disks(1, { 1: [1], 2: [1], 3: [1], 4: [1], 5: [1] }));
        // (a) S1 leads term 2 and reaches only S2 with its entry.
        group.raw(S1).campaign();
        group.loses = ({ type, to }) => type === MessageType.MsgApp && to !== S2;
        group.settle();
        expect([group.terms(S1), group.terms(S2), group.commit(S1)]).toEqual([[1, 2], [1, 2], 0]);
        // (b) S1 crashes; S5 is elected for term 3 by S3 and S4 and takes another entry, which reaches nobody.
        group.crash(S1);
        group.raw(S5).campaign();
        group.loses = ({ type }) => type === MessageType.MsgApp;
        group.settle();
        expect([group.leaders(), group.terms(S5), group.terms(S3)]).toEqual([[S5], [1, 3], [1]]);
        // (c) S5 crashes; S1 comes back, is elected for term 4 and sends on its entry of term 2.
        group.crash(S5);
        group.restart(S1);
        // Its first probe of S3 carries term 4 and is refused; what matters is what S3 takes.
        group.loses = ({ type, entries, to }) =>
          type === MessageType.MsgApp &&
          (to === S4 || (entries.some(({ term }) => term === 4) && !(to === S3 && group.terms(S3).length < 2)));
        group.elect(S1);
        group.elect(S1);
        expect([group.leaders(), group.term(S1)]).toEqual([[S1], 4]);
        expect([S1, S2, S3].map((id) => group.terms(id)[1])).toEqual([2, 2, 2]);
        return group;
      }

      test("(c) is not committed by counting", () => {
        const group = untilC();
        group.tick(S1);
        group.settle();
        expect(group.commit(S1)).toBeLessThan(2);
      });

      test("(d) can still be replaced by a later leader that never had it", () => {
        const group = untilC();
        group.crash(S1);
        group.restart(S5);
        group.loses = () => false;
        group.elect(S5);
        if (group.leaders().length === 0) group.elect(S5);
        expect(group.leaders()).toEqual([S5]);
        for (const id of [S2, S3, S4, S5]) expect(group.terms(id).slice(0, 2)).toEqual([1, 3]);
      });

      test("(e) is committed with an entry of the leader's own term, and then S5 cannot win", () => {
        const group = untilC();
        group.loses = ({ to }) => to === S4;
        group.tick(S1);
        group.settle();
        expect(group.commit(S1)).toBe(3);
        group.crash(S1);
        group.restart(S5);
        group.loses = () => false;
        for (let attempt = 0; attempt < 3; attempt++) group.elect(S5);
        expect(group.leaders()).toEqual([]);
        group.elect(S2);
        expect(group.leaders()).toEqual([S2]);
        for (const id of [S2, S3, S4, S5]) expect(group.terms(id).slice(0, 3)).toEqual([1, 2, 4]);
      });
    });

    describe("5.2: elections", () => {
      test("a member votes once in a term, for the first who asks, also after a restart", () => {
        const group = new Group(idsTo(3), { asyncStorageWrites });
        group.isolate(S3);
        group.raw(S1).campaign();
        group.loses = ({ type }) => type === MessageType.MsgVoteResp;
        group.settle();
        group.crash(S2);
        group.restart(S2);
        group.heal();
        group.loses = () => false;
        group.crash(S1);
        group.elect(S3);
        expect([group.leaders(), group.term(S3)]).toEqual([[], 1]);
        group.elect(S3);
        expect([group.leaders(), group.term(S3)]).toEqual([[S3], 2]);
      });

      test("a split vote ends in no leader, and in one when somebody asks again", () => {
        const group = new Group(idsTo(4), { asyncStorageWrites });
        group.cut(S1, 4n);
        group.cut(S3, S2);
        group.raw(S1).campaign();
        group.raw(S3).campaign();
        group.settle();
        expect(group.leaders()).toEqual([]);
        group.heal();
        group.elect(S1);
        expect(group.leaders()).toEqual([S1]);
      });

      test("a candidate that hears of a leader of its term follows it", () => {
        const group = new Group(idsTo(3), { asyncStorageWrites });
        group.isolate(S3);
        group.elect(S1);
        group.elect(S3);
        expect([group.role(S3), group.term(S3)]).toEqual(["StateCandidate", 1]);
        group.heal();
        group.tick(S1);
        group.settle();
        expect([group.role(S3), group.term(S3), group.terms(S3)]).toEqual(["StateFollower", 1, [1]]);
      });

      test("a leader that hears of a later term steps down", () => {
        const group = new Group(idsTo(3), { asyncStorageWrites });
        group.elect(S1);
        group.isolate(S1);
        group.elect(S2);
        group.propose(S1, "lost");
        group.settle();
        group.heal();
        group.tick(S2);
        group.settle();
        expect([group.leaders(), group.term(S1), group.terms(S1)]).toEqual([[S2], 2, [1, 2]]);
      });
    });

    describe("5.4.1: who may be elected", () => {
      test.each([
        { candidate: [1, 1], voter: [1], wins: true, why: "a longer log of the same term" },
        { candidate: [1], voter: [1, 1], wins: false, why: "a shorter log of the same term" },
        { candidate: [2], voter: [1, 1, 1], wins: true, why: "a shorter log of a later term" },
        { candidate: [1, 1, 1], voter: [2], wins: false, why: "a longer log of an earlier term" },
        { candidate: [1, 2], voter: [1, 2], wins: true, why: "an equal log" },
      ])("one with $why: $wins", ({ candidate, voter, wins }) => {
        for (const preVote of [false, true]) {
          const group = new Group(idsTo(2), { asyncStorageWrites, preVote }, disks(3, { 1: candidate, 2: voter }));
          group.elect(S1);
          expect(group.leaders()).toEqual(wins ? [S1] : []);
        }
      });
    });

    test("5.4.3: every later leader has every committed entry, whoever is elected after whatever crash", () => {
      const group = new Group(idsTo(5), { asyncStorageWrites });
      const acknowledged: string[] = [];
      for (let round = 0; round < 12; round++) {
        group.heal();
        for (const id of group.ids) if (group.node(id).crashed) group.restart(id);
        for (const id of group.leaders()) group.tick(id);
        group.settle();
        const [dead, alone, ...able] = group.ids.map((_, at) => BigInt(((round * 2 + at * 3) % 5) + 1));
        group.crash(dead!);
        group.isolate(alone!);
        // Who was away longest may lack an entry and lose; somebody able can always win.
        for (const id of [...able, ...able]) if (!group.leaders().some((leader) => able.includes(leader))) group.elect(id);
        for (const leader of group.leaders()) {
          const text = `entry ${round} of ${leader}`;
          group.propose(leader, text);
          group.settle();
          if (group.node(leader).applied.includes(text)) acknowledged.push(text);
        }
      }
      group.heal();
      for (const id of group.ids) if (group.node(id).crashed) group.restart(id);
      for (const id of group.ids) {
        group.elect(id);
        if (group.leaders().length === 1) group.propose(group.leaders()[0]!, "end");
        group.settle();
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(12);
      for (const id of group.ids) expect(group.node(id).applied).toEqual(expect.arrayContaining(acknowledged));
      const longest = group.node(S1).applied;
      for (const id of group.ids) expect(group.node(id).applied).toEqual(longest);
    });

    test("6: a member that rejoins with a later term unseats a leader once, and the group goes on", () => {
      const group = new Group(idsTo(3), { asyncStorageWrites });
      group.elect(S1);
      group.isolate(S3);
      for (let attempt = 0; attempt < 5; attempt++) group.elect(S3);
      group.propose(S1, "kept");
      group.settle();
      group.heal();
      group.tick(S1);
      group.settle();
      group.elect(S3);
      group.elect(S1);
      group.elect(S1);
      expect(group.leaders()).toEqual([S1]);
      expect(group.node(S3).applied).toEqual(["kept"]);
    });

    test("7: a follower that lags behind the leader's compacted log gets a snapshot, then the rest", () => {
      const group = new Group(idsTo(3), { asyncStorageWrites });
      group.elect(S1);
      group.isolate(S3);
      for (const text of ["a", "b", "c"]) group.propose(S1, text);
      group.settle();
      const { storage, applied } = group.node(S1);
      storage.createSnapshot(4, undefined, Buffer.from(applied.join(",")));
      storage.compact(4);
      group.propose(S1, "d");
      group.settle();
      group.heal();
      group.tick(S1);
      group.settle();
      expect(group.node(S3).applied).toEqual(["a", "b", "c", "d"]);
      expect([group.node(S3).storage.firstIndex(), group.commit(S3)]).toEqual([5, 5]);
      expect(group.raw(S1).status().progress[2]).toMatchObject({ state: "StateReplicate", match: 5 });
    });
  });
}
