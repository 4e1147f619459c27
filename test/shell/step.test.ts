/**
 * Figure 8 of the Raft paper, made by hand on five real members: an entry of an old term that lies on a majority is not committed by
 * that, and is overwritten, until a leader has committed an entry of its own term.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commands } from "../../core/lab/contract/protocol.ts";
import { reduce } from "../../core/lab/contract/reduce.ts";
import type { LabState, LogEntryView, LogView, RaftView, WaitingLetter } from "../../core/lab/contract/state.ts";
import { createLab, type Lab, spawnNodeMember } from "../../core/lab/index.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import { labPrograms } from "../../core/shell/programs.ts";
import { missing, needs } from "./quorum-lab.ts";

describe.skipIf(missing.length > 0)(`a lab in step mode${needs}`, { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "quorum-lab-step-"));
  let lab: Lab;
  let state: LabState;

  beforeAll(async () => {
    lab = await createLab({
      folder,
      name: "step",
      members: 5,
      version: "0",
      clock: nodeClock,
      spawnMember: spawnNodeMember,
      etcdProgram: join(import.meta.dirname, "../../dist/bin/etcd"),
      programs: labPrograms,
    });
    state = lab.snapshot().state;
    lab.subscribe((frame) => {
      for (const change of frame.changes) state = reduce(state, change);
    });
    lab.start();
    expect(await lab.waitForLeader(60_000)).toBe(true);
  }, 90_000);
  afterAll(async () => {
    await lab?.close("discard");
    rmSync(folder, { recursive: true, force: true });
  });

  const run = <K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> => lab.execute(name, args) as Promise<Commands[K]["reply"]>;
  const raft = (host: string): RaftView | null => state.members.find((member) => member.host === host)?.raft ?? null;
  const logOf = (host: string): LogView => state.logs.find((log) => log.host === host) ?? { host, entries: [], overwritten: [], durableIndex: 0 };
  const entryOf = (host: string, index: number): LogEntryView | undefined => logOf(host).entries.find((entry) => entry.index === index);
  const hostOf = (id: string): string => state.members.find((member) => member.id === id)?.host ?? id;
  const settled = async (): Promise<void> => new Promise((done) => setTimeout(done, 60));

  /** Lets the messages go for which `goes` says so and loses the others, until `reached`. When nothing waits, `leader`'s heartbeat is due: lost appends are sent again after its answer. */
  async function play(what: string, goes: (letter: WaitingLetter, to: string) => boolean, reached: () => boolean, leader = ""): Promise<void> {
    for (const deadline = Date.now() + 20_000; !reached(); await settled()) {
      if (Date.now() > deadline) throw new Error(`in vain: ${what}\n${JSON.stringify(state.mail.letters.slice(0, 8))}`);
      if (leader !== "" && state.mail.letters.length === 0) await run("step.ticks", { host: leader, count: 0 });
      for (const letter of state.mail.letters) await run("step.settle", { letters: [letter.id], fate: goes(letter, hostOf(letter.to)) ? "delivered" : "dropped" }).catch(() => undefined);
    }
  }

  /** `host` campaigns, and only `voters` hear of it. */
  async function elect(host: string, voters: readonly string[]): Promise<void> {
    // so long that nobody keeps to the leader it had
    for (const one of voters) await run("step.ticks", { host: one, count: 10 });
    const election = (letter: WaitingLetter, to: string): boolean => letter.type.includes("Vote") && ((letter.from === host && voters.includes(to)) || (voters.includes(letter.from) && to === host));
    // a first try may only teach it the others' term
    for (let tries = 0; tries < 3 && raft(host)?.role !== "leader"; tries++) {
      await settled();
      await run("step.ticks", { host, count: 0 });
      let quiet = 0;
      await play(`the election of ${host} is over`, election, () => {
        quiet = state.mail.letters.length === 0 ? quiet + 1 : 0;
        return raft(host)?.role === "leader" || quiet > 6;
      });
    }
    expect(raft(host)?.role).toBe("leader");
  }

  const crash = async (host: string): Promise<void> => {
    await run("member.kill", { host });
    await expect.poll(() => state.members.find((member) => member.host === host)?.process, { timeout: 10_000 }).toBe("killed");
  };
  const restart = async (host: string): Promise<void> => {
    const since = Date.now();
    await run("member.start", { host });
    // it serves nobody without a leader, and so is not ready; it is there when it tells of itself
    await expect.poll(() => (raft(host)?.observedAt ?? 0) > since && raft(host)?.stepping, { timeout: 20_000 }).toBe(true);
  };

  it("shows that a majority alone does not commit an entry of an earlier term (figure 8)", async () => {
    const leader = (): string => state.members.find((member) => member.raft?.role === "leader")?.host ?? "";
    await expect.poll(() => leader() !== "" && new Set(state.members.map((member) => member.raft?.commit)).size === 1 && state.members.every((member) => member.raft?.commit === member.raft?.lastIndex), { timeout: 20_000 }).toBe(true);
    await run("step.set", { on: true });
    await expect.poll(() => state.members.every((member) => member.raft?.stepping === true), { timeout: 10_000 }).toBe(true);
    const s1 = leader();
    const [s2, s3, s4, s5] = state.members.map((member) => member.host).filter((host) => host !== s1) as [string, string, string, string];
    await play("the line is quiet", () => true, () => state.mail.letters.length === 0);

    // (a) S1 leads and brings an entry to S2 alone
    const index = raft(s1)!.lastIndex + 1;
    const old = raft(s1)!.term;
    const commit = raft(s1)!.commit;
    const put = run("keys.put", { key: Buffer.from("figure").toString("base64"), value: Buffer.from("8").toString("base64") }).then(() => "acknowledged", () => "not acknowledged");
    await play("the entry is on S1 and S2", (letter, to) => letter.type === "MsgProp" || (letter.from === s1 && to === s2), () => entryOf(s2, index)?.term === old && logOf(s2).durableIndex >= index);
    expect([s3, s4, s5].map((host) => entryOf(host, index))).toEqual([undefined, undefined, undefined]);

    // (b) S1 crashes; S5 is elected by S3 and S4 and has another entry there
    await crash(s1);
    await elect(s5, [s3, s4]);
    const other = raft(s5)!.term;
    await expect.poll(() => entryOf(s5, index)?.term, { timeout: 10_000 }).toBe(other);

    // (c) S5 crashes; S1 comes back, is elected, and goes on: the old entry is on a majority now, and not committed
    await crash(s5);
    await restart(s1);
    await elect(s1, [s2, s3, s4]);
    const toThird = (letter: WaitingLetter, to: string): boolean => (letter.from === s1 && to === s3 && (letter.type === "MsgApp" || letter.type === "MsgHeartbeat")) || (letter.from === s3 && to === s1);
    await play("the old entry is on S3 too", toThird, () => entryOf(s3, index)?.term === old && logOf(s3).durableIndex >= index, s1);
    await play("S1 knows", toThird, () => (raft(s1)?.progress.find((one) => hostOf(one.id) === s3)?.match ?? 0) >= index, s1);
    expect([s1, s2, s3].map((host) => entryOf(host, index)?.term)).toEqual([old, old, old]);
    expect(raft(s1)!.term).toBeGreaterThan(old);
    for (const host of [s1, s2, s3]) expect(raft(host)!.commit).toBe(commit);

    // (d) S1 crashes; S5 comes back, is elected by S2 and S4, and its entry overwrites the old one everywhere
    await crash(s1);
    await restart(s5);
    await elect(s5, [s2, s4]);
    await play("the old entry is overwritten", (letter, to) => letter.from === s5 || to === s5, () => [s2, s3].every((host) => entryOf(host, index)?.term === other), s5);
    for (const host of [s2, s3]) expect(logOf(host).overwritten.some((entry) => entry.index === index && entry.term === old)).toBe(true);
    expect(await put).toBe("not acknowledged");

    // and by itself again: one cluster, without what was never acknowledged
    await run("step.set", { on: false });
    await run("member.start", { host: s1 });
    await expect.poll(() => state.members.every((member) => member.raft?.lead !== "" && entryOf(member.host, index)?.term === other), { timeout: 30_000 }).toBe(true);
    await expect.poll(() => run("keys.get", { key: Buffer.from("figure").toString("base64"), revision: 0 }).then((reply) => reply.found, () => "unavailable"), { timeout: 20_000 }).toBeNull();
  });
});
