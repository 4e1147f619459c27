import { describe, expect, it } from "vitest";
import { type FirstWaitParts, shortenFirstWait } from "./first-wait.ts";

/** A member's first seconds on a clock that only pauses move. What happens is told as "word@ms". */
async function firstSeconds(parts: Partial<Omit<FirstWaitParts, "waiting">> & { waiting?: (now: number) => boolean; reach?: (id: bigint, now: number) => boolean }): Promise<string[]> {
  let now = 0;
  const told: string[] = [];
  const { reach = () => true, waiting = () => true, ...others } = parts;
  await shortenFirstWait({
    localId: 1n,
    preVote: true,
    electionTicks: 10,
    heartbeatMs: 100,
    silenceMs: 0,
    now: () => now,
    pause: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    voters: () => [1n, 2n, 3n],
    inReach: (id) => reach(id, now),
    activePeers: () => 0,
    campaign: () => told.push(`asks@${now}`),
    advanceTicks: (ticks) => told.push(`+${ticks}@${now}`),
    ...others,
    waiting: () => waiting(now),
  });
  return told;
}

describe("the first wait for a leader", () => {
  it("the smallest id asks as soon as it reaches a quorum", async () => {
    const told = await firstSeconds({ reach: (id, now) => id === 3n && now >= 200, waiting: (now) => now < 250 });
    expect(told).toEqual(["asks@200"]);
  });

  it("asks again after a heartbeat where nobody won, and not for ever", async () => {
    const told = await firstSeconds({});
    expect(told.slice(0, 3)).toEqual(["asks@10", "asks@120", "asks@230"]);
    expect(told.at(-1)).toBe("asks@4960");
  });

  it("a member that reaches a smaller id leaves it to that one", async () => {
    expect(await firstSeconds({ localId: 2n })).toEqual([]);
    expect(await firstSeconds({ localId: 3n })).toEqual([]);
  });

  it("it is the smallest of those in reach that asks: one that is down does not keep the others waiting", async () => {
    expect((await firstSeconds({ localId: 2n, reach: (id) => id !== 1n })).length).toBeGreaterThan(0);
    expect(await firstSeconds({ localId: 3n, reach: (id) => id !== 1n })).toEqual([]);
  });

  it("nobody asks without a quorum in reach", async () => {
    expect(await firstSeconds({ reach: () => false })).toEqual([]);
    expect(await firstSeconds({ voters: () => [1n, 2n, 3n, 4n], reach: (id) => id === 2n })).toEqual([]);
    expect((await firstSeconds({ voters: () => [1n, 2n, 3n, 4n], reach: (id) => id <= 3n })).length).toBeGreaterThan(0);
  });

  it("a lone voter, and one that is no voter, have nobody to ask", async () => {
    expect(await firstSeconds({ voters: () => [1n] })).toEqual([]);
    expect(await firstSeconds({ localId: 1n, voters: () => [2n, 3n] })).toEqual([]);
  });

  it("without pre-vote it stays with chance: a vote asked for would cost a living leader its term", async () => {
    expect(await firstSeconds({ preVote: false })).toEqual([]);
  });

  it("whoever comes back listens for a heartbeat first, from when the quorum is in reach", async () => {
    const told = await firstSeconds({ silenceMs: 150, reach: (_, now) => now >= 300, waiting: (now) => now < 500 });
    expect(told).toEqual(["asks@450"]);
  });

  it("a quorum that goes out of reach begins that silence anew", async () => {
    const told = await firstSeconds({ silenceMs: 150, reach: (_, now) => now !== 100, waiting: (now) => now < 300 });
    expect(told).toEqual(["asks@260"]);
  });

  it("who hears of a leader asks nothing any more", async () => {
    expect(await firstSeconds({ silenceMs: 150, waiting: (now) => now < 160 })).toEqual([]);
  });

  it("with several peers in reach the first election timeout is shortened, once", async () => {
    const told = await firstSeconds({ localId: 3n, activePeers: () => 2 });
    expect(told).toEqual(["+8@10"]);
    expect(await firstSeconds({ localId: 3n, activePeers: () => 1 })).toEqual([]);
  });
});
