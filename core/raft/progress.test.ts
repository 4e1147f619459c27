import { describe, expect, test } from "vitest";
import { InvariantError } from "./errors.ts";
import { describeProgress } from "./format.ts";
import { Progress } from "./progress.ts";

function replicating(match: number, next: number): Progress {
  const progress = Progress.create(match + 1, { maxMessages: 3, maxBytes: 0 }, false);
  progress.match = match;
  progress.becomeReplicate();
  progress.next = next;
  return progress;
}

describe("progress of a follower", () => {
  test("probing sends one message with entries, then waits", () => {
    const progress = Progress.create(5, { maxMessages: 3, maxBytes: 0 }, false);
    progress.sentEntries(0, 0);
    expect(progress.paused).toBe(false);
    progress.sentEntries(2, 20);
    expect(progress.paused).toBe(true);
    expect(progress.next).toBe(5);
  });

  test("replicating moves on optimistically until the window is full", () => {
    const progress = replicating(4, 5);
    for (let sent = 0; sent < 3; sent++) progress.sentEntries(2, 20);
    expect(progress.next).toBe(11);
    expect(progress.paused).toBe(true);
    expect(describeProgress(progress)).toBe("StateReplicate match=4 next=11 paused inactive inflight=3[full]");
    progress.acknowledge(6);
    progress.inflights.freeUpTo(6);
    expect(progress.paused).toBe(false);
  });

  test("an acknowledgement past what was thought sent moves next along, an old one changes nothing", () => {
    const progress = replicating(4, 5);
    expect(progress.acknowledge(9)).toBe(true);
    expect([progress.match, progress.next]).toEqual([9, 10]);
    expect(progress.acknowledge(9)).toBe(false);
    expect(progress.acknowledge(3)).toBe(false);
    expect([progress.match, progress.next]).toEqual([9, 10]);
  });

  test("a refusal while replicating goes back to match, unless it is about something acknowledged", () => {
    const progress = replicating(5, 10);
    expect(progress.stepBack(5, 5)).toBe(false);
    expect(progress.stepBack(9, 7)).toBe(true);
    expect(progress.next).toBe(6);
  });

  test.each([
    { rejected: 8, hint: 8, changed: false, next: 10 },
    { rejected: 9, hint: 20, changed: true, next: 9 },
    { rejected: 9, hint: 3, changed: true, next: 4 },
    { rejected: 9, hint: 0, changed: true, next: 3 },
  ])("a refusal of $rejected with hint $hint while probing at 10 gives next $next", ({ rejected, hint, changed, next }) => {
    const progress = Progress.create(10, { maxMessages: 3, maxBytes: 0 }, false);
    progress.match = 2;
    progress.flowPaused = true;
    expect(progress.stepBack(rejected, hint)).toBe(changed);
    expect(progress.next).toBe(next);
    expect(progress.flowPaused).toBe(!changed);
  });

  test("a pending snapshot pauses; its delivery lets probing go on behind it, its failure behind match", () => {
    for (const failed of [false, true]) {
      const progress = replicating(3, 8);
      progress.becomeSnapshot(20);
      expect([progress.paused, progress.next, progress.pendingSnapshot]).toEqual([true, 21, 20]);
      expect(() => progress.sentEntries(1, 1)).toThrow(InvariantError);
      if (failed) progress.pendingSnapshot = 0;
      progress.becomeProbe();
      expect([progress.state, progress.next, progress.pendingSnapshot]).toEqual(["StateProbe", failed ? 4 : 21, 0]);
    }
  });

  test("a commit index is worth telling only while the follower could use it and has not been told", () => {
    const progress = replicating(4, 8);
    expect(progress.canBumpCommit(5)).toBe(true);
    progress.sentCommit(5);
    expect(progress.canBumpCommit(5)).toBe(false);
    expect(progress.canBumpCommit(6)).toBe(true);
    progress.sentCommit(7);
    expect(progress.canBumpCommit(9)).toBe(false);
  });

  test("a new role keeps what is known and under way", () => {
    const progress = replicating(4, 5);
    progress.sentEntries(2, 20);
    const learner = progress.withLearner(true);
    expect(describeProgress(learner)).toBe("StateReplicate match=4 next=7 learner inactive inflight=1");
    expect(progress.isLearner).toBe(false);
  });
});
