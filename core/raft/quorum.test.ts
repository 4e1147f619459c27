import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdSet } from "./id-set.ts";
import { committedIndex, jointCommittedIndex, jointVoteResult, voteResult, type VoteOf } from "./quorum.ts";

const ids = fc.uniqueArray(fc.bigInt({ min: 1n, max: 12n }), { maxLength: 9 }).map((members) => IdSet.of(members));
const acks = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 12n }), fc.nat({ max: 30 }))).map((pairs) => new Map(pairs));
const votes = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 12n }), fc.boolean())).map((pairs) => new Map(pairs));

/** By definition: the largest index that more than half of the voters have reached. */
function bruteForceCommitted(voters: IdSet, acked: ReadonlyMap<bigint, number>): number {
  const candidates = [0, ...acked.values()].sort((left, right) => right - left);
  const reached = (index: number): number => voters.ids.filter((id) => (acked.get(id) ?? 0) >= index).length;
  return candidates.find((index) => reached(index) * 2 > voters.size) ?? 0;
}

/** By definition: what follows whatever the missing voters say. */
function bruteForceVote(voters: IdSet, votes: ReadonlyMap<bigint, boolean>): string {
  const outcomes = new Set<boolean>();
  const missing = voters.ids.filter((id) => !votes.has(id));
  for (let bits = 0; bits < 2 ** missing.length; bits++) {
    const granted = voters.ids.filter((id) => votes.get(id) ?? ((bits >> missing.indexOf(id)) & 1) === 1).length;
    outcomes.add(granted * 2 > voters.size);
  }
  return outcomes.size === 2 ? "VotePending" : outcomes.has(true) ? "VoteWon" : "VoteLost";
}

describe("a majority", () => {
  test("commits the largest index that more than half of it holds", () => {
    fc.assert(
      fc.property(ids, acks, (voters, acked) => {
        fc.pre(voters.size > 0);
        expect(committedIndex(voters, (id) => acked.get(id))).toBe(bruteForceCommitted(voters, acked));
      }),
      { numRuns: 500 },
    );
  });

  test("has an outcome as soon as the missing votes cannot change it", () => {
    fc.assert(
      fc.property(ids, votes, (voters, given) => {
        fc.pre(voters.size > 0);
        expect(voteResult(voters, (id) => given.get(id))).toBe(bruteForceVote(voters, given));
      }),
      { numRuns: 500 },
    );
  });

  test("without members commits everything and wins every vote", () => {
    expect(committedIndex(IdSet.EMPTY, () => undefined)).toBe(Infinity);
    expect(voteResult(IdSet.EMPTY, () => undefined)).toBe("VoteWon");
  });
});

describe("a joint pair of majorities", () => {
  test("commits what both commit, in either order", () => {
    fc.assert(
      fc.property(ids, ids, acks, (voters, outgoing, acked) => {
        const lookup = (id: bigint): number | undefined => acked.get(id);
        const index = jointCommittedIndex({ voters, outgoing }, lookup);
        expect(index).toBe(Math.min(committedIndex(voters, lookup), committedIndex(outgoing, lookup)));
        expect(jointCommittedIndex({ voters: outgoing, outgoing: voters }, lookup)).toBe(index);
      }),
    );
  });

  test("is won by winning both, lost by losing one, and neutral towards an empty half", () => {
    fc.assert(
      fc.property(ids, ids, votes, (voters, outgoing, given) => {
        const voteOf: VoteOf = (id) => given.get(id);
        const halves = [voteResult(voters, voteOf), voteResult(outgoing, voteOf)];
        const expected = halves.includes("VoteLost") ? "VoteLost" : halves.includes("VotePending") ? "VotePending" : "VoteWon";
        expect(jointVoteResult({ voters, outgoing }, voteOf)).toBe(expected);
        expect(jointVoteResult({ voters, outgoing: IdSet.EMPTY }, voteOf)).toBe(halves[0]);
      }),
    );
  });
});

describe("a set of ids", () => {
  test("orders by number, not by text, and drops repetitions", () => {
    const big = 0xffff_ffff_ffff_fff0n;
    expect(IdSet.of([10n, 9n, big, 10n]).ids).toEqual([9n, 10n, big]);
    expect(IdSet.of([10n, 9n, big]).toString()).toBe("(9 a fffffffffffffff0)");
  });

  test("counts what is in one of two sets only", () => {
    expect(IdSet.of([1n, 2n]).difference(IdSet.of([2n, 3n]))).toBe(2);
    expect(IdSet.of([1n, 2n]).difference(IdSet.of([2n, 1n]))).toBe(0);
  });
});
