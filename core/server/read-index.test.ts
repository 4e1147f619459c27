import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { ReadIndex } from "./read-index.ts";
import { RequestIds } from "./request-ids.ts";
import { IndexWaiters, Signal } from "./signals.ts";

describe("linearizable reads", () => {
  let clock: ManualClock;
  let asked: Buffer[];
  let applied: IndexWaiters;
  let leaderChanged: Signal;
  let firstCommit: Signal;
  let reads: ReadIndex;
  const done: string[] = [];
  const read = (name: string): void => {
    reads.wait().then(
      () => done.push(name),
      (error: Error) => done.push(`${name}: ${error.message}`),
    );
  };

  beforeEach(() => {
    clock = new ManualClock();
    asked = [];
    done.length = 0;
    applied = new IndexWaiters(5);
    leaderChanged = new Signal();
    firstCommit = new Signal();
    reads = new ReadIndex({
      ask: (context) => asked.push(context),
      ids: new RequestIds(7n, clock),
      clock,
      applied,
      leaderChanged,
      firstCommit,
      timeoutMs: 7000,
      onSlow: () => undefined,
    });
  });

  it("reads that come during a round wait for the next one, all together", async () => {
    read("first");
    read("second");
    read("third");
    expect(asked).toHaveLength(1);
    reads.onReadState({ index: 5, context: asked[0]! });
    await clock.advance(0);
    expect(done).toEqual(["first"]);
    expect(asked).toHaveLength(2);
    reads.onReadState({ index: 5, context: asked[1]! });
    await clock.advance(0);
    expect(done).toEqual(["first", "second", "third"]);
  });
  it("a read waits until the leader's index is applied here", async () => {
    read("a");
    reads.onReadState({ index: 9, context: asked[0]! });
    await clock.advance(0);
    expect(done).toEqual([]);
    applied.reach(8);
    await clock.advance(0);
    expect(done).toEqual([]);
    applied.reach(9);
    await clock.advance(0);
    expect(done).toEqual(["a"]);
  });
  it("an answer to something else does not count", async () => {
    read("a");
    reads.onReadState({ index: 5, context: Buffer.alloc(8) });
    await clock.advance(0);
    expect(done).toEqual([]);
  });
  it("asks again every half second and after a leader's first commit, and gives up in the end", async () => {
    read("a");
    await clock.advance(499);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    firstCommit.notify();
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map((context) => context.toString("hex"))).size).toBe(1);
    await clock.advance(7000);
    expect(done).toEqual(["a: etcdserver: request timed out"]);
    expect(clock.pending).toBe(0);
  });
  it("a change of leader fails the round, but not one that is confirmed already", async () => {
    read("a");
    leaderChanged.notify();
    await clock.advance(0);
    expect(done).toEqual(["a: etcdserver: leader changed"]);
    read("b");
    reads.onReadState({ index: 6, context: asked.at(-1)! });
    leaderChanged.notify();
    applied.reach(6);
    await clock.advance(0);
    expect(done.at(-1)).toBe("b");
  });
  it("a member that stops lets nobody wait", async () => {
    read("a");
    read("b");
    reads.stop();
    read("c");
    await clock.advance(0);
    expect(done).toEqual(["a: etcdserver: server stopped", "b: etcdserver: server stopped", "c: etcdserver: server stopped"]);
  });
});
