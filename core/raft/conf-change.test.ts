import { describe, expect, test } from "vitest";
import { ConfChange, ConfChangeTransition, ConfChangeType, ConfChangeV2, EntryType } from "../proto/gen/raftpb.ts";
import {
  asConfChangeV2,
  confChangeEntry,
  decodeConfChange,
  formatConfChanges,
  parseConfChanges,
  planOf,
  sameConfState,
} from "./conf-change.ts";

describe("a configuration change", () => {
  test("reads and writes the short notation", () => {
    const text = "v1 l2 r3 u18446744073709551615";
    expect(formatConfChanges(parseConfChanges(text))).toBe(text);
    expect(parseConfChanges("  ")).toEqual([]);
    expect(() => parseConfChanges("x1")).toThrow("unknown input: x1");
    expect(() => parseConfChanges("v")).toThrow("unknown token v");
    expect(() => parseConfChanges("v-1")).toThrow("invalid id in v-1");
  });

  test("comes back from a log entry in the form in which it was proposed", () => {
    const v1 = ConfChange.create({ type: ConfChangeType.ConfChangeAddLearnerNode, nodeId: 7n, context: Buffer.from("member") });
    const v2 = ConfChangeV2.create({ changes: parseConfChanges("v1 r2") });
    expect(decodeConfChange(confChangeEntry(v1))).toEqual(v1);
    expect(decodeConfChange(confChangeEntry(v2))).toEqual(v2);
    expect(asConfChangeV2(v1)).toEqual({ transition: 0, changes: [{ type: 3, nodeId: 7n }], context: Buffer.from("member") });
    expect(decodeConfChange({ term: 1, index: 1, type: EntryType.EntryNormal, data: Buffer.from("x") })).toBeUndefined();
  });

  test("that leaves a joint configuration has no payload, so that no quota refuses it", () => {
    const entry = confChangeEntry(undefined);
    expect(entry).toMatchObject({ type: EntryType.EntryConfChangeV2, data: undefined });
    expect(planOf(asConfChangeV2(decodeConfChange(entry)!))).toBe("leave-joint");
  });

  test.each([
    ["Auto", "v1", "simple"],
    ["Auto", "v1 v2", "joint-auto-leave"],
    ["Auto", "", "leave-joint"],
    ["JointImplicit", "v1", "joint-auto-leave"],
    ["JointExplicit", "v1 v2", "joint-explicit-leave"],
    ["JointExplicit", "", "joint-explicit-leave"],
  ] as const)("with transition %s and changes '%s' is carried out as %s", (transition, changes, plan) => {
    const value = ConfChangeTransition[`ConfChangeTransition${transition}`];
    expect(planOf(ConfChangeV2.create({ transition: value, changes: parseConfChanges(changes) }))).toBe(plan);
  });

  test("an unknown transition is refused", () => {
    expect(() => planOf(ConfChangeV2.create({ transition: 9 }))).toThrow("unknown transition: 9");
  });

  test("states are the same whatever the order of ids", () => {
    const state = { voters: [10n, 9n], learners: [3n], votersOutgoing: [], learnersNext: [], autoLeave: false };
    expect(sameConfState(state, { ...state, voters: [9n, 10n] })).toBe(true);
    expect(sameConfState(state, { ...state, voters: [9n] })).toBe(false);
    expect(sameConfState(state, { ...state, learners: [], learnersNext: [3n] })).toBe(false);
    expect(sameConfState(state, { ...state, autoLeave: true })).toBe(false);
  });
});
