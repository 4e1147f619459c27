import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Entry, EntryType, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { encodedSize } from "./entry-size.ts";
import { InvariantError } from "./errors.ts";
import { RaftLog } from "./log.ts";
import { SILENT_LOGGER } from "./logger.ts";
import { MemoryStorage } from "./memory-storage.ts";

function entries(first: number, ...terms: number[]): Entry[] {
  return terms.map((term, at) => Entry.create({ index: first + at, term, data: Buffer.from("data") }));
}

/** A log of the given terms from index 1, the first `stable` of them in storage. */
function log(terms: readonly number[], stable = 0, maxApplyingSize = Infinity): RaftLog {
  const storage = new MemoryStorage();
  const all = entries(1, ...terms);
  storage.append(all.slice(0, stable));
  const made = new RaftLog(storage, SILENT_LOGGER, maxApplyingSize);
  made.append(all.slice(stable));
  return made;
}

function termsOf(held: RaftLog): number[] {
  return held.slice(held.firstIndex(), held.lastIndex() + 1, Infinity)!.map(({ term }) => term);
}

describe("appending to a follower's log", () => {
  test.each([
    { what: "refused where the logs differ before it", prev: [3, 9], add: [4], commit: 0, last: undefined, terms: [1, 2, 3], committed: 1 },
    { what: "refused behind a hole", prev: [5, 3], add: [4], commit: 0, last: undefined, terms: [1, 2, 3], committed: 1 },
    { what: "taken at the end", prev: [3, 3], add: [4, 4], commit: 4, last: 5, terms: [1, 2, 3, 4, 4], committed: 4 },
    { what: "commits no further than what it brought", prev: [2, 2], add: [3], commit: 9, last: 3, terms: [1, 2, 3], committed: 3 },
    { what: "keeps what comes after an equal part", prev: [1, 1], add: [2], commit: 2, last: 2, terms: [1, 2, 3], committed: 2 },
    { what: "replaces what differs", prev: [1, 1], add: [4, 4], commit: 1, last: 3, terms: [1, 4, 4], committed: 1 },
    { what: "never takes a commit back", prev: [3, 3], add: [], commit: 0, last: 3, terms: [1, 2, 3], committed: 1 },
  ])("is $what", ({ prev, add, commit, last, terms, committed }) => {
    for (const stable of [0, 2, 3]) {
      const held = log([1, 2, 3], stable);
      held.committed = 1;
      expect(held.tryAppend(prev[0]!, prev[1]!, entries(prev[0]! + 1, ...add), commit)).toBe(last);
      expect([termsOf(held), held.committed]).toEqual([terms, committed]);
    }
  });

  test("that would replace a committed entry breaks an invariant, and changes nothing", () => {
    const held = log([1, 2, 3]);
    held.committed = 2;
    expect(() => held.tryAppend(1, 1, entries(2, 4), 2)).toThrow("entry 2 conflict with committed entry [committed(2)]");
    expect(termsOf(held)).toEqual([1, 2, 3]);
  });

  test("leaves a log equal to the leader's up to what it acknowledges, for any two logs", () => {
    const terms = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }).map((list) => list.sort());
    fc.assert(
      fc.property(terms, terms, fc.nat({ max: 8 }), fc.nat({ max: 8 }), fc.nat({ max: 8 }), (own, leaders, at, count, stable) => {
        const held = log(own, Math.min(stable, own.length));
        const prev = Math.min(at, leaders.length);
        const sent = entries(prev + 1, ...leaders.slice(prev, prev + count));
        const prevTerm = prev === 0 ? 0 : leaders[prev - 1]!;
        const acknowledged = held.tryAppend(prev, prevTerm, sent, 0);
        const agrees = prev === 0 || own[prev - 1] === prevTerm;
        expect(acknowledged).toBe(agrees ? prev + sent.length : undefined);
        if (acknowledged === undefined) expect(termsOf(held)).toEqual(own);
        else expect(termsOf(held).slice(prev, acknowledged)).toEqual(leaders.slice(prev, acknowledged));
      }),
    );
  });
});

describe("whose log is up to date", () => {
  test.each([
    { index: 1, term: 4, newer: true },
    { index: 3, term: 3, newer: true },
    { index: 4, term: 3, newer: true },
    { index: 2, term: 3, newer: false },
    { index: 9, term: 2, newer: false },
  ])("one that ends at $term/$index against 3/3: $newer", ({ index, term, newer }) => {
    expect(log([1, 2, 3]).isUpToDate(index, term)).toBe(newer);
  });
});

describe("committing by a quorum", () => {
  test("takes an entry of the given term only, and never goes back", () => {
    const held = log([1, 2, 2]);
    expect(held.tryCommit(1, 2)).toBe(false);
    expect(held.tryCommit(3, 2)).toBe(true);
    expect(held.tryCommit(2, 2)).toBe(false);
    expect(held.tryCommit(Infinity, 2)).toBe(false);
    expect(held.committed).toBe(3);
  });

  test("past the end breaks an invariant", () => {
    const text = "tocommit(2) is out of range [lastIndex(1)]. Was the raft log corrupted, truncated, or lost?";
    expect(() => log([1]).commitTo(2)).toThrow(text);
  });
});

describe("the guess where two logs may match", () => {
  test("skips all entries of later terms, and stops at what is unknown", () => {
    const held = log([1, 3, 3, 5, 5, 5]);
    expect(held.findConflictByTerm(6, 5)).toEqual({ index: 6, term: 5 });
    expect(held.findConflictByTerm(6, 4)).toEqual({ index: 3, term: 3 });
    expect(held.findConflictByTerm(6, 2)).toEqual({ index: 1, term: 1 });
    expect(held.findConflictByTerm(6, 0)).toEqual({ index: 0, term: 0 });
    expect(held.findConflictByTerm(9, 1)).toEqual({ index: 9, term: 0 });
  });
});

describe("a range of the log", () => {
  test("is the same wherever storage ends, and is cut at the same size", () => {
    const size = Entry.size(entries(1, 1)[0]!);
    for (let stable = 0; stable <= 5; stable++) {
      const held = log([1, 1, 1, 1, 1], stable);
      for (const [max, count] of [[0, 1], [size, 1], [2 * size - 1, 1], [2 * size, 2], [4 * size, 4], [Infinity, 5]] as const) {
        expect(held.slice(1, 6, max)!.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5].slice(0, count));
      }
      expect(held.slice(3, 3, Infinity)).toEqual([]);
      expect(held.entriesFrom(6, Infinity)).toEqual([]);
      expect(() => held.slice(1, 7, Infinity)).toThrow(InvariantError);
    }
  });

  test("is not there once compacted, while the term before it is", () => {
    const held = log([1, 2, 3], 3);
    (held.storage as MemoryStorage).compact(2);
    expect([held.slice(2, 4, Infinity), held.term(1), held.term(2), held.term(3)]).toEqual([undefined, undefined, 2, 3]);
  });
});

describe("handing committed entries out", () => {
  test("stops at the size bound until they are applied; one always goes", () => {
    const one = encodedSize(entries(1, 1));
    const held = log([1, 1, 1, 1], 0, 2 * one);
    held.committed = 4;
    const page = held.nextCommitted(true);
    expect(page.map(({ index }) => index)).toEqual([1, 2]);
    held.acceptApplying(2, encodedSize(page), true);
    expect(held.hasNextCommitted(true)).toBe(false);
    held.appliedTo(1, one);
    expect(held.nextCommitted(true).map(({ index }) => index)).toEqual([3]);
  });

  test("waits for storage unless unstable entries may be applied, and for a snapshot in any case", () => {
    const held = log([1, 1, 1], 1);
    held.committed = 3;
    expect(held.nextCommitted(false).map(({ index }) => index)).toEqual([1]);
    expect(held.nextCommitted(true)).toHaveLength(3);
    held.restore(Snapshot.create({ metadata: SnapshotMetadata.create({ index: 9, term: 2 }) }));
    expect(held.hasNextCommitted(true)).toBe(false);
    expect([held.firstIndex(), held.last(), held.committed]).toEqual([10, { term: 2, index: 9 }, 9]);
  });

  test("refuses to go back or past the commit index", () => {
    const held = log([1, 1, 1]);
    held.committed = 2;
    held.appliedTo(2, 0);
    expect(() => held.appliedTo(1, 0)).toThrow("applied(1) is out of range [prevApplied(2), committed(2)]");
    expect(() => held.acceptApplying(3, 0, true)).toThrow(InvariantError);
  });

  test("finds a configuration change among what is committed and not applied, page by page", () => {
    const held = log([1, 1], 0, 1);
    held.append([Entry.create({ index: 3, term: 1, type: EntryType.EntryConfChangeV2 })]);
    held.committed = 2;
    expect(held.hasUnappliedConfChange()).toBe(false);
    held.committed = 3;
    expect(held.hasUnappliedConfChange()).toBe(true);
    held.appliedTo(3, 0);
    expect(held.hasUnappliedConfChange()).toBe(false);
  });
});
