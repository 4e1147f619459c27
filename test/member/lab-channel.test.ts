/** The member's one private channel: what it tells its lab, and what the lab does to it. No peer program needed. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect } from "../../core/client/index.ts";
import { type MemberFaults, noDiskFault, noLinkFault, noMemberFaults } from "../../core/probe/faults.ts";
import type { StateRecord } from "../../core/probe/records.ts";
import { KVService, PutRequest } from "../../core/proto/gen/etcdserverpb.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import type { MemberProcess } from "./harness/member-process.ts";
import { Writer, missingFrom } from "./harness/writer.ts";

vi.setConfig({ testTimeout: 180_000 });

describe("the channel between a member and its lab", () => {
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create(true);
  });
  afterEach(() => cluster.end());

  const put = async (member: MemberProcess, key: string): Promise<void> => {
    const channel = connect(member.clientUrl);
    try {
      await channel.unary(KVService.Put, PutRequest.create({ key: Buffer.from(key), value: Buffer.from("x") }), { timeoutMs: 10_000 });
    } finally {
      channel.close();
    }
  };
  const lastState = (member: MemberProcess): StateRecord | undefined => member.records.findLast((record): record is StateRecord => record.kind === "state");
  const leading = async (among: readonly MemberProcess[]): Promise<MemberProcess> => {
    for (let waited = 0; waited < 600; waited++) {
      const found = among.find((member) => lastState(member)?.role === "leader");
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("nobody leads");
  };
  const fault = (member: MemberProcess, faults: Partial<MemberFaults>): void => member.tell({ type: "faults", faults: { ...noMemberFaults, ...faults } });

  it("says who it is, its state as it changes, and what happens; passing things only when watched", async () => {
    await cluster.startNew([false]);
    const [member] = cluster.members;
    const hello = member!.words.find((word) => word.type === "hello");
    expect(hello).toMatchObject({ pid: member!.pid });
    await put(member!, "unwatched");
    await member!.told((record) => record.kind === "state" && record.role === "leader" && record.revision === 2);
    expect(new Set(member!.records.map(({ kind }) => kind))).toEqual(new Set(["state", "happening"]));
    expect(member!.records.filter((record) => record.kind === "happening").map(({ what }) => what)).toEqual(expect.arrayContaining(["started", "leader-elected", "ready"]));

    member!.tell({ type: "watch", level: "on" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await put(member!, "watched");
    const entry = await member!.told((record) => record.kind === "entry" && record.key === "watched");
    expect(entry).toMatchObject({ operation: "put", term: 2 });
    for (const kind of ["fsync", "commit", "applied"] as const) await member!.told((record) => record.kind === kind);
    await member!.told((record) => record.kind === "request" && record.step === "answered" && record.key === "watched");
    const steps = member!.records.filter((record) => record.kind === "request" && record.key === "watched").map((record) => (record.kind === "request" ? record.step : ""));
    expect(steps).toEqual(["received", "proposed", "answered"]);
  });

  it("a leader whose links are cut loses the lead, keeps nothing that it acknowledged alone, and comes back when healed", async () => {
    await cluster.startNew([false, false, false]);
    const leader = await leading(cluster.members);
    const others = cluster.members.filter((member) => member !== leader);
    const writer = new Writer(others.map(({ clientUrl }) => clientUrl));
    await writer.more(30);
    const cut = { ...noLinkFault, cut: true };
    const peers = Object.fromEntries(others.map((member) => [member.words.flatMap((word) => (word.type === "hello" ? [word.id] : []))[0]!, cut]));
    fault(leader, { outgoing: peers, incoming: peers });
    const next = await leading(others);
    expect(lastState(next)!.term).toBeGreaterThan(2);
    await writer.more(30);
    await leader.told((record) => record.kind === "happening" && record.what === "stepped-down");
    fault(leader, {});
    await writer.stop();
    expect(await missingFrom(leader.clientUrl, writer.acknowledged, 20_000)).toEqual([]);
  });

  it.each([
    ["a failing fsync", { ...noDiskFault, fsyncFails: true }, "EIO|input/output error"],
    ["a full disk", { ...noDiskFault, full: true }, "ENOSPC|no space left"],
  ])("%s stops the member with a clear error, and nothing acknowledged is lost", async (_what, disk, text) => {
    await cluster.startNew([false]);
    const [member] = cluster.members;
    const writer = new Writer([member!.clientUrl]);
    await writer.more(50);
    fault(member!, { disk });
    expect(await member!.ended()).toBe(1);
    expect(member!.output).toMatch(new RegExp(`"level":"fatal".*(${text})`));
    await writer.stop();
    await member!.start(cluster.initialCluster, "new");
    await member!.said(/ready to serve client requests[^]*ready to serve client requests/);
    expect(await missingFrom(member!.clientUrl, writer.acknowledged)).toEqual([]);
  });

  it("a slow disk slows writes down and is told in fsync times", async () => {
    await cluster.startNew([false]);
    const [member] = cluster.members;
    member!.tell({ type: "watch", level: "on" });
    fault(member!, { disk: { ...noDiskFault, fsyncDelayMs: 150 } });
    await put(member!, "slow");
    await member!.told((record) => record.kind === "fsync" && record.durationMs >= 150);
  });

  it("slow motion stretches the ticks", async () => {
    await cluster.startNew([false]);
    const [member] = cluster.members;
    fault(member!, { slowMotion: 10 });
    await member!.told((record) => record.kind === "state" && record.tickMs === 1000);
  });

  it("a member does not outlive its lab", async () => {
    await cluster.startNew([false]);
    const [member] = cluster.members;
    member!.hangUp();
    expect(await member!.ended()).toBe(1);
  });
});
