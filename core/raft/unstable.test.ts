import { describe, expect, test } from "vitest";
import { Entry, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { InvariantError } from "./errors.ts";
import { SILENT_LOGGER } from "./logger.ts";
import { Unstable } from "./unstable.ts";

/** Entries from `first` on with the given terms. */
function entries(first: number, ...terms: number[]): Entry[] {
  return terms.map((term, at) => Entry.create({ index: first + at, term }));
}

function snapshot(index: number, term: number): Snapshot {
  return Snapshot.create({ metadata: SnapshotMetadata.create({ index, term }) });
}

function unstable(offset: number, ...terms: number[]): Unstable {
  const tail = new Unstable(offset, SILENT_LOGGER);
  if (terms.length > 0) tail.truncateAndAppend(entries(offset, ...terms));
  return tail;
}

function termsOf(tail: Unstable): number[] {
  return tail.entries.map(({ term }) => term);
}

describe("the unstable tail", () => {
  test("knows its ends and terms from entries, from a snapshot, or not at all", () => {
    const empty = unstable(5);
    expect([empty.firstIndex(), empty.lastIndex(), empty.term(5)]).toEqual([undefined, undefined, undefined]);
    const tail = unstable(5, 1, 2);
    expect([tail.firstIndex(), tail.lastIndex(), tail.term(4), tail.term(5), tail.term(6), tail.term(7)]).toEqual([
      undefined,
      6,
      undefined,
      1,
      2,
      undefined,
    ]);
    tail.restore(snapshot(9, 3));
    expect([tail.firstIndex(), tail.lastIndex(), tail.term(8), tail.term(9), tail.term(10)]).toEqual([
      10,
      9,
      undefined,
      3,
      undefined,
    ]);
  });

  test("hands entries out once, later ones in a later turn", () => {
    const tail = unstable(5, 1, 1);
    expect(tail.nextEntries().map(({ index }) => index)).toEqual([5, 6]);
    tail.acceptInProgress();
    expect(tail.hasNextEntries()).toBe(false);
    tail.truncateAndAppend(entries(7, 1));
    expect(tail.nextEntries().map(({ index }) => index)).toEqual([7]);
  });

  test("what was handed out does not change when the tail does", () => {
    const tail = unstable(5, 1, 1, 1);
    const handedOut = tail.nextEntries();
    tail.acceptInProgress();
    tail.truncateAndAppend(entries(6, 2));
    tail.truncateAndAppend(entries(5, 3));
    expect(handedOut.map(({ term }) => term)).toEqual([1, 1, 1]);
  });

  test.each([
    { what: "directly behind the end", from: 8, offset: 5, terms: [1, 1, 1, 2], inProgress: 8 },
    { what: "in the middle", from: 6, offset: 5, terms: [1, 2], inProgress: 6 },
    { what: "at the start", from: 5, offset: 5, terms: [2], inProgress: 5 },
    { what: "before the start", from: 3, offset: 3, terms: [2], inProgress: 3 },
  ])("appending $what keeps what comes before and takes the rest back from the writer", ({ from, offset, terms, inProgress }) => {
    const tail = unstable(5, 1, 1, 1);
    tail.acceptInProgress();
    tail.truncateAndAppend(entries(from, 2));
    expect([tail.offset, termsOf(tail), tail.offsetInProgress]).toEqual([offset, terms, inProgress]);
  });

  test("refuses a gap", () => {
    expect(() => unstable(5, 1).truncateAndAppend(entries(7, 1))).toThrow(InvariantError);
  });

  test("lets go of what is stable, and of nothing when the entry is another, is gone, or is a snapshot's", () => {
    const tail = unstable(5, 1, 1, 2);
    tail.stableTo(6, 2);
    tail.stableTo(4, 1);
    tail.stableTo(8, 2);
    expect(tail.offset).toBe(5);
    tail.stableTo(6, 1);
    expect([tail.offset, termsOf(tail), tail.offsetInProgress]).toEqual([7, [2], 7]);
    tail.restore(snapshot(9, 3));
    tail.stableTo(9, 3);
    expect(tail.offset).toBe(10);
  });

  test("a snapshot replaces everything, is handed out once, and goes when storage has it", () => {
    const tail = unstable(5, 1, 1);
    tail.acceptInProgress();
    tail.restore(snapshot(9, 3));
    expect([tail.offset, tail.offsetInProgress, termsOf(tail)]).toEqual([10, 10, []]);
    expect(tail.nextSnapshot()?.metadata.index).toBe(9);
    tail.acceptInProgress();
    expect(tail.nextSnapshot()).toBeUndefined();
    tail.stableSnapshotTo(8);
    expect(tail.snapshot).toBeDefined();
    tail.stableSnapshotTo(9);
    expect(tail.snapshot).toBeUndefined();
  });
});
