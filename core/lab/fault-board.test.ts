import { describe, expect, it } from "vitest";
import { noMemberFaults } from "../probe/faults.ts";
import { FaultBoard } from "./fault-board.ts";

const ids = new Map([
  ["m1", "a1"],
  ["m2", "a2"],
  ["m3", "a3"],
]);
const none = new Set<string>();
const board = () => new FaultBoard(["m1", "m2", "m3"], () => 7);

describe("the board of faults", () => {
  it("tells a cut to both its ends, and other link faults to the sender", () => {
    const faults = board();
    faults.link("m1", "m2", "cut", 0);
    faults.link("m1", "m2", "delay", 50);
    expect(faults.membersFaults("m1", ids, none).outgoing).toMatchObject({ a2: { cut: true, delayMs: 50 } });
    expect(faults.membersFaults("m2", ids, none).incoming).toMatchObject({ a1: { cut: true, delayMs: 0 } });
    expect(faults.membersFaults("m3", ids, none)).toEqual(noMemberFaults);
  });
  it("slows raft down on all alike, its messages too, beside what a link has of its own", () => {
    const faults = board();
    faults.slowMotion(10);
    faults.link("m1", "m2", "delay", 50);
    expect(faults.membersFaults("m1", ids, none)).toMatchObject({ slowMotion: 10, outgoing: { a2: { delayMs: 95 }, a3: { delayMs: 45 } } });
    expect(faults.membersFaults("m3", ids, none)).toMatchObject({ slowMotion: 10, outgoing: { a1: { delayMs: 45 }, a2: { delayMs: 45 } } });
    faults.slowMotion(2);
    expect(faults.list()).toHaveLength(2);
    for (const wrong of [0, 1, 101, Number.NaN]) expect(() => faults.slowMotion(wrong)).toThrow("raft goes 1 to 100 times slower");
    faults.heal();
    expect(faults.membersFaults("m1", ids, none)).toEqual(noMemberFaults);
  });
  it("lets the receiver do what a sender without ears cannot", () => {
    const faults = board();
    faults.link("m1", "m2", "loss", 0.5);
    expect(faults.membersFaults("m2", ids, new Set(["m1"])).incoming).toMatchObject({ a1: { loss: 0.5 } });
  });
  it("leaves out peers whose ids are not known yet", () => {
    const faults = board();
    faults.link("m1", "m2", "cut", 0);
    expect(faults.membersFaults("m1", new Map([["m1", "a1"]]), none).outgoing).toEqual({});
  });
  it("replaces a fault that is set again, and undoes one by its id", () => {
    const faults = board();
    faults.link("m1", "m2", "delay", 50);
    const fault = faults.link("m1", "m2", "delay", 80);
    expect(faults.list()).toEqual([fault]);
    faults.undo(fault.id);
    expect(faults.list()).toEqual([]);
    expect(() => faults.undo(fault.id)).toThrow(expect.objectContaining({ code: "unknown-fault" }));
  });
  it("cuts an isolated member off both ways, and heals all at once", () => {
    const faults = board();
    faults.isolate("m2");
    faults.disk("m1", "slow-fsync", 20);
    faults.disk("m1", "disk-full", 0);
    expect(faults.list().map((fault) => fault.id)).toEqual(["cut:m2>m1", "cut:m1>m2", "cut:m2>m3", "cut:m3>m2", "slow-fsync:m1", "disk-full:m1"]);
    expect(faults.membersFaults("m1", ids, none).disk).toEqual({ fsyncDelayMs: 20, fsyncFails: false, full: true });
    expect(faults.heal()).toHaveLength(6);
    expect(faults.membersFaults("m1", ids, none)).toEqual(noMemberFaults);
  });
  it("splits the cluster, and mends what is within the side that is named", () => {
    const faults = new FaultBoard(["m1", "m2", "m3", "m4"], () => 7);
    faults.partition(["m4"]);
    expect(faults.list()).toHaveLength(6);
    const { mended } = faults.partition(["m3", "m4"]);
    expect(mended.map((fault) => fault.id).sort()).toEqual(["cut:m3>m4", "cut:m4>m3"]);
    expect(faults.list().map((fault) => fault.id).sort()).toEqual(["m1", "m2"].flatMap((a) => ["m3", "m4"].flatMap((b) => [`cut:${a}>${b}`, `cut:${b}>${a}`])).sort());
    expect(faults.partition(["m1", "m2", "m3", "m4"]).cut).toEqual([]);
    expect(faults.list()).toEqual([]);
    expect(() => faults.partition(["m9"])).toThrow(expect.objectContaining({ code: "unknown-host" }));
  });
  it("tells a member the skew of its clock, in words that have whole units", () => {
    const faults = board();
    expect(faults.skew("m1", 90_000).text).toBe("the clock of m1 is 90 seconds ahead");
    expect(faults.skew("m1", -3_600_000).text).toBe("the clock of m1 is 1 hour behind");
    expect(faults.membersFaults("m1", ids, none).clockSkewMs).toBe(-3_600_000);
    expect(faults.membersFaults("m2", ids, none).clockSkewMs).toBe(0);
    for (const wrong of [0, Number.NaN, 1e15]) expect(() => faults.skew("m1", wrong)).toThrow("ten years");
  });
  it("refuses links that are none and hosts that are not there", () => {
    expect(() => board().link("m1", "m1", "cut", 0)).toThrow("two ends");
    expect(() => board().link("m1", "m9", "cut", 0)).toThrow(expect.objectContaining({ code: "unknown-host" }));
    expect(() => board().link("m1", "m2", "loss", 0)).toThrow("amount");
  });
});
