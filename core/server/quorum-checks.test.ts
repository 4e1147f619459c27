import { describe, expect, it } from "vitest";
import type { Member } from "../membership/member.ts";
import { longestConnected, staysHealthyWithOneMore, staysHealthyWithout } from "./quorum-checks.ts";

const member = (id: number, started = true, isLearner = false): Member => ({
  id: BigInt(id),
  name: started ? `m${id}` : "",
  peerUrls: [`http://127.0.0.1:${id}`],
  clientUrls: [],
  isLearner,
});

describe("strict reconfiguration check", () => {
  it("a link must have been up for five seconds to count", () => {
    const members = [member(1), member(2), member(3)];
    const up = (since: number) => (id: bigint) => (id === 3n ? undefined : since);
    expect(staysHealthyWithOneMore(members, 1n, up(0), 10_000)).toBe(false);
    expect(staysHealthyWithOneMore(members, 1n, () => 0, 10_000)).toBe(true);
    expect(staysHealthyWithOneMore(members, 1n, () => 6000, 10_000)).toBe(false);
  });
  it("a member that is down may be removed, one that is up only while enough others are", () => {
    const members = [member(1), member(2), member(3)];
    const third = (id: bigint): number | undefined => (id === 3n ? undefined : 0);
    expect(staysHealthyWithout(members, 3n, 1n, third, 10_000)).toBe(true);
    expect(staysHealthyWithout(members, 2n, 1n, third, 10_000)).toBe(false);
    expect(staysHealthyWithout(members, 2n, 1n, () => 0, 10_000)).toBe(true);
  });
  it("leadership goes to the voter connected longest", () => {
    const since = (id: bigint): number | undefined => ({ 2: 50, 3: 20, 4: 10 })[Number(id)];
    expect(longestConnected([member(1), member(2), member(3), member(4, true, true)], 1n, since)).toBe(3n);
    expect(longestConnected([member(1)], 1n, () => undefined)).toBeUndefined();
  });
});
