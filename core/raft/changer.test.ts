import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfChangeType, ConfState, type ConfChangeSingle } from "../proto/gen/raftpb.ts";
import { changeSimply, enterJoint, leaveJoint, restoreMembership, type ChangeContext } from "./changer.ts";
import { parseConfChanges, sameConfState } from "./conf-change.ts";
import { RaftError } from "./errors.ts";
import { describeConfiguration } from "./format.ts";
import { confStateOf, EMPTY_CONFIGURATION, type Membership } from "./tracker.ts";

const CONTEXT: ChangeContext = { lastIndex: 7, limits: { maxMessages: 10, maxBytes: 0 } };
const EMPTY: Membership = { configuration: EMPTY_CONFIGURATION, progress: new Map() };

const changes = fc.array(
  fc.record<ConfChangeSingle>({ type: fc.constantFrom(...Object.values(ConfChangeType)), nodeId: fc.bigInt({ min: 0n, max: 6n }) }),
  { minLength: 1, maxLength: 6 },
);

/** Undefined where the change is refused. */
function attempt(action: () => Membership): Membership | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof RaftError && error.code === "raft.conf_change_invalid") return undefined;
    throw error;
  }
}

/** Any membership that a run of simple and joint changes leads to. */
const walks = fc.array(fc.tuple(fc.constantFrom("simple", "enter", "leave"), changes, fc.boolean()), { maxLength: 12 });
const memberships = walks.map((steps) => {
  let membership = changeSimply(EMPTY, CONTEXT, parseConfChanges("v1"));
  for (const [kind, list, autoLeave] of steps) {
    const base = membership;
    const next = attempt(() => {
      if (kind === "simple") return changeSimply(base, CONTEXT, list.slice(0, 1));
      return kind === "enter" ? enterJoint(base, CONTEXT, autoLeave, list) : leaveJoint(base, CONTEXT);
    });
    membership = next ?? membership;
  }
  return membership;
});

function snapshotOf({ configuration, progress }: Membership): unknown {
  return {
    configuration: describeConfiguration(configuration),
    progress: [...progress].map(([id, { isLearner }]) => [id, isLearner]).sort(([left], [right]) => (left! < right! ? -1 : 1)),
  };
}

describe("changes of membership", () => {
  test("always leave voters, and everyone tracked in exactly the roles of the configuration", () => {
    fc.assert(
      fc.property(memberships, ({ configuration, progress }) => {
        const { voters, outgoing, learners, learnersNext } = configuration;
        expect(voters.size).toBeGreaterThan(0);
        const tracked = new Set([...voters.ids, ...outgoing.ids, ...learners.ids]);
        expect(new Set(progress.keys())).toEqual(tracked);
        for (const [id, { isLearner }] of progress) expect(isLearner).toBe(learners.has(id));
        for (const id of learners.ids) expect(voters.has(id) || outgoing.has(id)).toBe(false);
        for (const id of learnersNext.ids) expect([outgoing.has(id), voters.has(id)]).toEqual([true, false]);
      }),
      { numRuns: 300 },
    );
  });

  test("a refused change leaves everything as it was", () => {
    fc.assert(
      fc.property(memberships, changes, (membership, list) => {
        const before = snapshotOf(membership);
        attempt(() => changeSimply(membership, CONTEXT, list));
        attempt(() => enterJoint(membership, CONTEXT, true, list));
        expect(snapshotOf(membership)).toEqual(before);
      }),
    );
  });

  test("a membership restored from its ConfState is the same, in any order of ids", () => {
    fc.assert(
      fc.property(memberships, fc.boolean(), (membership, reversed) => {
        const state = confStateOf(membership.configuration);
        if (reversed) for (const list of [state.voters, state.votersOutgoing, state.learners, state.learnersNext]) list.reverse();
        const restored = restoreMembership(state, CONTEXT);
        expect(sameConfState(confStateOf(restored.configuration), state)).toBe(true);
        expect(snapshotOf(restored)).toEqual(snapshotOf(membership));
      }),
      { numRuns: 300 },
    );
  });

  test("through a joint configuration leads where the same simple changes lead one by one", () => {
    fc.assert(
      fc.property(memberships, changes, (start, list) => {
        fc.pre(start.configuration.outgoing.size === 0);
        const joint = attempt(() => leaveJoint(enterJoint(start, CONTEXT, true, list), CONTEXT));
        const simple = attempt(() => list.reduce((base, change) => changeSimply(base, CONTEXT, [change]), start));
        // One by one is refused where a step in between would leave no voter; the joint way sees only the end.
        if (joint !== undefined && simple !== undefined) expect(snapshotOf(joint)).toEqual(snapshotOf(simple));
        if (simple !== undefined) expect(joint).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test("a demoted voter keeps voting in the outgoing majority and turns learner when that goes", () => {
    const three = restoreMembership(ConfState.create({ voters: [1n, 2n, 3n] }), CONTEXT);
    const joint = enterJoint(three, CONTEXT, false, parseConfChanges("l3 v4"));
    expect(describeConfiguration(joint.configuration)).toBe("voters=(1 2 4)&&(1 2 3) learners_next=(3)");
    expect(describeConfiguration(leaveJoint(joint, CONTEXT).configuration)).toBe("voters=(1 2 4) learners=(3)");
  });

  const simply = (base: Membership, text: string): Membership => changeSimply(base, CONTEXT, parseConfChanges(text));

  test.each([
    ["more than one voter at a time", () => simply(EMPTY, "v1 v2"), "more than one voter changed without entering joint config"],
    ["the last voter", () => simply(simply(EMPTY, "v1"), "r1"), "removed all voters"],
    ["a joint step from nothing", () => enterJoint(EMPTY, CONTEXT, true, parseConfChanges("v1")), "can't make a zero-voter config joint"],
    ["leaving what is not joint", () => leaveJoint(EMPTY, CONTEXT), "can't leave a non-joint config"],
  ])("refuses %s", (_what, action, text) => {
    expect(action).toThrow(text);
  });

  test("a newcomer is probed from the log's end and counts as heard of", () => {
    const { progress } = changeSimply(EMPTY, CONTEXT, parseConfChanges("v9"));
    expect(progress.get(9n)).toMatchObject({ match: 0, next: 7, state: "StateProbe", recentActive: true, isLearner: false });
  });
});
