import { describe, expect, test } from "vitest";
import { MessageType } from "../proto/gen/raftpb.ts";
import { IdSet } from "./id-set.ts";
import { ReadOnlyQueue } from "./read-only.ts";
import { newMessage } from "./types.ts";

const VOTERS = { voters: IdSet.of([1n, 2n, 3n]), outgoing: IdSet.EMPTY };

/** Queues a read at the given commit index and takes the context of the heartbeats that follow. */
function ask(queue: ReadOnlyQueue, commit: number): Buffer {
  queue.add(newMessage(MessageType.MsgReadIndex, 0n), commit);
  queue.acknowledgeSelf(1n);
  return queue.heartbeatContext()!;
}

function confirmed(queue: ReadOnlyQueue): number[] {
  return queue.takeConfirmed(VOTERS).map(({ index }) => index);
}

describe("reads waiting for a proof of leadership", () => {
  test("a quorum's echo confirms a read and all before it, once", () => {
    const queue = new ReadOnlyQueue();
    ask(queue, 5);
    const second = ask(queue, 6);
    ask(queue, 7);
    expect(confirmed(queue)).toEqual([]);
    queue.acknowledge(2n, second);
    expect(confirmed(queue)).toEqual([5, 6]);
    queue.acknowledge(3n, second);
    expect(confirmed(queue)).toEqual([]);
    expect(queue.pending).toBe(1);
  });

  test("echoes of different rounds add up to the older one", () => {
    const queue = new ReadOnlyQueue();
    const five = { voters: IdSet.of([1n, 2n, 3n, 4n, 5n]), outgoing: IdSet.EMPTY };
    const first = ask(queue, 5);
    const second = ask(queue, 6);
    queue.acknowledge(2n, second);
    queue.acknowledge(3n, first);
    expect(queue.takeConfirmed(five).map(({ index }) => index)).toEqual([5]);
  });

  test("both majorities of a joint configuration must echo", () => {
    const queue = new ReadOnlyQueue();
    const joint = { voters: IdSet.of([1n, 2n]), outgoing: IdSet.of([1n, 3n]) };
    const context = ask(queue, 5);
    queue.acknowledge(2n, context);
    expect(queue.takeConfirmed(joint)).toEqual([]);
    queue.acknowledge(3n, context);
    expect(queue.takeConfirmed(joint)).toHaveLength(1);
  });

  test("an echo that was never sent, or is of another kind, counts for nothing", () => {
    const queue = new ReadOnlyQueue();
    ask(queue, 5);
    queue.acknowledge(2n, Buffer.from("ffffffffffffff7f", "hex"));
    queue.acknowledge(3n, Buffer.from("request"));
    expect(confirmed(queue)).toEqual([]);
  });

  test("heartbeats carry nothing when nothing waits, else the count as eight bytes", () => {
    const queue = new ReadOnlyQueue();
    expect(queue.heartbeatContext()).toBeUndefined();
    ask(queue, 5);
    expect(ask(queue, 6)).toEqual(Buffer.from("0200000000000000", "hex"));
    queue.reset();
    expect(queue.heartbeatContext()).toBeUndefined();
  });
});
