/** A lab on three real members: what they tell is what the lab shows, and what the lab does to them works. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Change, Commands } from "../../core/lab/contract/protocol.ts";
import { reduce } from "../../core/lab/contract/reduce.ts";
import type { LabState, MemberView } from "../../core/lab/contract/state.ts";
import { createLab, type Lab, spawnNodeMember } from "../../core/lab/index.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import { labPrograms } from "../../core/shell/programs.ts";
import { missing, needs } from "./quorum-lab.ts";

const WAIT = { timeout: 40_000, interval: 50 };

describe.skipIf(missing.length > 0)(`a lab on real members${needs}`, { timeout: 90_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "quorum-lab-real-"));
  const changes: Change[] = [];
  let lab: Lab;
  let state: LabState;

  beforeAll(async () => {
    lab = await createLab({
      folder,
      name: "real",
      members: 3,
      version: "0",
      clock: nodeClock,
      spawnMember: spawnNodeMember,
      etcdProgram: join(import.meta.dirname, "../../dist/bin/etcd"),
      programs: labPrograms,
    });
    state = lab.snapshot().state;
    lab.subscribe((frame) => {
      for (const change of frame.changes) {
        state = reduce(state, change);
        changes.push(change);
      }
    });
    lab.start();
    expect(await lab.waitForLeader(40_000)).toBe(true);
  }, 60_000);
  afterAll(async () => {
    await lab?.close("discard");
    rmSync(folder, { recursive: true, force: true });
  });

  const leader = (): MemberView | undefined =>
    state.members.filter((member) => member.process === "running" && member.raft?.role === "leader").sort((a, b) => b.raft!.term - a.raft!.term)[0];
  const run = <K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> => lab.execute(name, args) as Promise<Commands[K]["reply"]>;
  const base64 = (text: string): string => Buffer.from(text).toString("base64");

  it("shows three members, one leader, its progress, and messages that arrived", async () => {
    await expect.poll(() => leader()?.raft?.progress.length, WAIT).toBeGreaterThanOrEqual(2);
    // a leader may stand before the others are ready to serve
    await expect.poll(() => state.members.map((member) => member.process), WAIT).toEqual(["running", "running", "running"]);
    expect(new Set(state.members.map((member) => member.id)).size).toBe(3);
    await expect
      .poll(() => changes.some((change) => change.type === "messages" && change.marks.some((mark) => mark.outcome === "delivered")), WAIT)
      .toBe(true);
    await expect.poll(() => state.timeline.some((event) => event.kind === "leader"), WAIT).toBe(true);
  });

  it("puts, lists, reads and remembers keys, and tells when they change", async () => {
    const key = base64("history");
    // the watch of all keys says that it stands: what was before is to be asked for
    await expect.poll(() => changes.some((change) => change.type === "keys" && change.keys.length === 0), WAIT).toBe(true);
    for (const value of ["one", "two"]) await run("keys.put", { key, value: base64(value) });
    await run("keys.delete", { key });
    const { revision } = await run("keys.put", { key, value: base64("three") });
    const history = await run("keys.history", { key, limit: 10 });
    expect(history.revisions.map((one) => (one.deleted ? "deleted" : Buffer.from(one.value, "base64").toString()))).toEqual(["three", "deleted", "two", "one"]);
    expect((await run("keys.history", { key, limit: 2 })).revisions).toHaveLength(2);
    expect((await run("keys.get", { key, revision: 0 })).found).toMatchObject({ modRevision: revision, version: 1, value: base64("three") });
    expect((await run("keys.get", { key, revision: revision - 1 })).found).toBeNull();
    for (let at = 0; at < 5; at++) await run("keys.put", { key: base64(`list/${at}`), value: "" });
    const page = await run("keys.list", { prefix: base64("list/"), after: base64("list/1"), limit: 2, revision: 0 });
    expect(page.keys.map((one) => Buffer.from(one.key, "base64").toString())).toEqual(["list/2", "list/3"]);
    expect(page).toMatchObject({ more: true });
    await expect.poll(() => changes.some((change) => change.type === "keys" && change.keys.includes(key)), WAIT).toBe(true);
    await expect.poll(() => state.logs.every((log) => log.entries.some((entry) => entry.operation === "put" && entry.key === "list/4")), WAIT).toBe(true);
  });

  it("finds a new leader when the old one is isolated, and one cluster again when it is healed", async () => {
    await expect.poll(leader, WAIT).toBeDefined();
    const old = leader()!;
    await run("fault.isolate", { host: old.host });
    await expect.poll(() => leader()?.host !== old.host && leader()!.raft!.term > old.raft!.term, WAIT).toBe(true);
    expect(state.faults).toHaveLength(4);
    await expect
      .poll(() => changes.some((change) => change.type === "messages" && change.marks.some((mark) => mark.outcome === "dropped" && mark.reason === "cut")), WAIT)
      .toBe(true);
    await run("fault.heal", {});
    await expect.poll(() => new Set(state.members.map((member) => member.raft?.lead)).size === 1 && leader() !== undefined, WAIT).toBe(true);
  });

  it("goes on without a killed leader, and takes it back", async () => {
    const old = leader()!;
    await run("member.kill", { host: old.host });
    await expect.poll(() => state.members.find((member) => member.host === old.host)?.process, WAIT).toBe("killed");
    await expect.poll(() => leader() !== undefined && leader()!.host !== old.host, WAIT).toBe(true);
    await run("keys.put", { key: base64("after"), value: base64("kill") });
    await run("member.start", { host: old.host });
    await expect.poll(() => state.members.find((member) => member.host === old.host)?.process, WAIT).toBe("running");
    await expect
      .poll(() => {
        const back = state.members.find((member) => member.host === old.host)?.raft;
        return back !== undefined && back !== null && back.applied >= leader()!.raft!.commit - 2 && back.role === "follower";
      }, WAIT)
      .toBe(true);
  });

  it("shows a stopped member as paused until it goes on", async () => {
    const follower = state.members.find((member) => member.raft?.role === "follower")!;
    await run("member.pause", { host: follower.host });
    await expect.poll(() => state.members.find((member) => member.host === follower.host)?.process, WAIT).toBe("paused");
    await run("member.resume", { host: follower.host });
    await expect.poll(() => state.members.find((member) => member.host === follower.host)?.process, WAIT).toBe("running");
    expect(state.faults).toEqual([]);
  });

  it("slows a disk down, which its fsyncs show", async () => {
    const { host } = leader()!;
    await run("fault.disk", { host, kind: "slow-fsync", amount: 60 });
    for (let at = 0; at < 3; at++) await run("keys.put", { key: base64("slow"), value: base64(String(at)) });
    await expect.poll(() => state.members.find((member) => member.host === host)!.raft!.fsyncMs, WAIT).toBeGreaterThanOrEqual(50);
    await run("fault.heal", {});
  });
});
