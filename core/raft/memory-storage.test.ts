import { describe, expect, test } from "vitest";
import { ConfState, Entry, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { InvariantError, RaftError } from "./errors.ts";
import { MemoryStorage } from "./memory-storage.ts";

function entry(index: number, term: number, bytes = 0): Entry {
  return Entry.create({ index, term, data: Buffer.alloc(bytes) });
}

/** Begins behind index 3, holds 4 to 6 with these very terms. */
function storage(): MemoryStorage {
  const held = new MemoryStorage();
  held.applySnapshot(Snapshot.create({ metadata: SnapshotMetadata.create({ index: 3, term: 3 }) }));
  held.append([entry(4, 4), entry(5, 5), entry(6, 6)]);
  return held;
}

function terms(held: MemoryStorage): number[] {
  return held.entries(held.firstIndex(), held.lastIndex() + 1, Infinity).map(({ term }) => term);
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof RaftError) return error.code;
    throw error;
  }
  return undefined;
}

describe("storage in memory", () => {
  test("knows the term before its first entry, none earlier and none past its end", () => {
    const held = storage();
    expect([held.firstIndex(), held.lastIndex(), held.term(3), held.term(6)]).toEqual([4, 6, 3, 6]);
    expect(codeOf(() => held.term(2))).toBe("raft.compacted");
    expect(codeOf(() => held.term(7))).toBe("raft.unavailable");
  });

  test("gives entries up to a size, but always one", () => {
    const held = storage();
    const size = Entry.size(entry(4, 4));
    const lengths = [0, size, 2 * size - 1, 2 * size, 3 * size, Infinity].map((max) => held.entries(4, 7, max).length);
    expect(lengths).toEqual([1, 1, 1, 2, 3, 3]);
    expect(codeOf(() => held.entries(3, 5, Infinity))).toBe("raft.compacted");
    expect(() => held.entries(4, 8, Infinity)).toThrow(InvariantError);
    expect(codeOf(() => new MemoryStorage().entries(1, 1, Infinity))).toBe("raft.unavailable");
  });

  test.each([
    { what: "nothing", added: [], left: [4, 5, 6] },
    { what: "what is compacted", added: [entry(2, 9), entry(3, 9)], left: [4, 5, 6] },
    { what: "a part that is compacted", added: [entry(3, 9), entry(4, 9)], left: [9] },
    { what: "the same again", added: [entry(5, 5), entry(6, 6)], left: [4, 5, 6] },
    { what: "a later term in the middle", added: [entry(5, 9)], left: [4, 9] },
    { what: "the next", added: [entry(7, 9)], left: [4, 5, 6, 9] },
  ])("appending $what leaves terms $left", ({ added, left }) => {
    const held = storage();
    held.append(added);
    expect(terms(held)).toEqual(left);
  });

  test("refuses a gap", () => {
    expect(() => storage().append([entry(8, 9)])).toThrow("missing log entry [last: 6, append at: 8]");
  });

  test("entries given out stay as they were when the log is overwritten or compacted", () => {
    const held = storage();
    const given = held.entries(4, 7, Infinity);
    held.append([entry(5, 9)]);
    held.compact(4);
    expect(given.map(({ term }) => term)).toEqual([4, 5, 6]);
  });

  test("compaction keeps the term of the last entry that goes, but not its payload", () => {
    const held = storage();
    held.compact(5);
    expect([held.firstIndex(), held.term(5), terms(held)]).toEqual([6, 5, [6]]);
    expect(codeOf(() => held.compact(5))).toBe("raft.compacted");
    expect(() => held.compact(7)).toThrow(InvariantError);
  });

  test("a snapshot of an index has its term, and the membership given or that of the last one", () => {
    const held = storage();
    const confState = ConfState.create({ voters: [1n, 2n] });
    held.createSnapshot(4, confState, Buffer.from("four"));
    const made = held.createSnapshot(5, undefined, Buffer.from("five"));
    expect(made).toEqual({ data: Buffer.from("five"), metadata: { index: 5, term: 5, confState } });
    expect(held.snapshot()).toEqual(made);
    expect(codeOf(() => held.createSnapshot(5, undefined, Buffer.alloc(0)))).toBe("raft.snapshot_out_of_date");
    expect(() => held.createSnapshot(9, undefined, Buffer.alloc(0))).toThrow(InvariantError);
  });

  test("a received snapshot replaces log and membership, an older one is refused", () => {
    const held = storage();
    const metadata = SnapshotMetadata.create({ index: 9, term: 7, confState: ConfState.create({ voters: [5n] }) });
    held.applySnapshot(Snapshot.create({ metadata }));
    expect([held.firstIndex(), held.lastIndex(), held.term(9)]).toEqual([10, 9, 7]);
    expect(held.initialState().confState.voters).toEqual([5n]);
    expect(codeOf(() => held.applySnapshot(Snapshot.create({ metadata })))).toBe("raft.snapshot_out_of_date");
  });
});
