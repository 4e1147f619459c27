/**
 * Locks and elections kept by a member of ours and by a real one at once: the npm client and etcdctl contend through a real
 * 3.4 member and ours in one cluster, and what one side takes the other side waits for.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, connect } from "../../core/client/index.ts";
import { ElectionService } from "../../core/proto/gen/v3electionpb.ts";
import { LockService } from "../../core/proto/gen/v3lockpb.ts";
import { MemberProcess } from "./harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { hasRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

const b = (text: string): Buffer => Buffer.from(text);

describe.skipIf(!hasRealEtcd)(`locks and elections across members (${WHERE_FROM})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "locks-"));
  let members: MemberProcess[] = [];
  let ours: Client;
  let theirs: Client;

  beforeAll(async () => {
    const ports = await freePorts(6);
    members = [false, true, false].map((real, at) => new MemberProcess({ name: `m${at}`, folder, clientPort: ports[2 * at]!, peerPort: ports[2 * at + 1]!, real }));
    const initial = members.map((member) => `${member.plan.name}=${member.peerUrl}`).join(",");
    await Promise.all(members.map((member) => member.start(initial, "new")));
    await Promise.all(members.map((member) => member.ready()));
    ours = new Client(connect(members[0]!.clientUrl));
    theirs = new Client(connect(members[1]!.clientUrl));
  }, 180_000);
  afterAll(async () => {
    ours.close();
    theirs.close();
    await Promise.all(members.map((member) => member.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it("a lock is held by one at a time, in the order of asking", { timeout: 180_000 }, async () => {
    const order: string[] = [];
    const lock = async (client: Client, who: string): Promise<Buffer> => {
      const { key } = await client.call(LockService.Lock, { name: b("lock"), lease: 0n });
      order.push(who);
      return key;
    };
    const first = await lock(ours, "ours");
    const second = lock(theirs, "theirs");
    await waiters(2);
    const third = lock(ours, "ours again");
    await waiters(3);
    expect(order).toEqual(["ours"]);
    await theirs.call(LockService.Unlock, { key: first });
    const secondKey = await second;
    expect(order).toEqual(["ours", "theirs"]);
    await ours.call(LockService.Unlock, { key: secondKey });
    await ours.call(LockService.Unlock, { key: await third });
    expect(order).toEqual(["ours", "theirs", "ours again"]);
  });

  it("who stops waiting leaves the queue", { timeout: 180_000 }, async () => {
    const { key } = await theirs.call(LockService.Lock, { name: b("lock"), lease: 0n });
    const stop = new AbortController();
    const waiting = ours.call(LockService.Lock, { name: b("lock"), lease: 0n }, { signal: stop.signal });
    await waiters(2);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 1 });
    await waiters(1);
    await theirs.call(LockService.Unlock, { key });
  });

  it("etcdctl waits for a lock of ours", { timeout: 180_000 }, async () => {
    const { key } = await ours.call(LockService.Lock, { name: b("lock"), lease: 0n });
    const child = spawn("etcdctl", ["--endpoints", members[1]!.clientUrl, "lock", "lock", "echo", "got it"], { env: { ...process.env, ETCDCTL_API: "3" } });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await waiters(2);
    expect(said).toBe("");
    await ours.call(LockService.Unlock, { key });
    await ended;
    expect(said).toContain("got it");
  });

  it("an election is won in order, proclaimed, observed from the other side, and resigned", { timeout: 180_000 }, async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    const observing = (async () => {
      const stream = theirs.channel.stream(ElectionService.Observe, { signal: stop.signal });
      await stream.write({ name: b("election") });
      stream.closeWrite();
      for await (const { kv } of stream.responses) {
        seen.push(kv!.value.toString());
        if (seen.length === 3) return;
      }
    })();
    const first = await ours.call(ElectionService.Campaign, { name: b("election"), lease: 0n, value: b("one") });
    const second = theirs.call(ElectionService.Campaign, { name: b("election"), lease: 0n, value: b("two") });
    await until(() => seen.length >= 1);
    await ours.call(ElectionService.Proclaim, { leader: first.leader, value: b("one, again") });
    await until(() => seen.length >= 2);
    expect((await theirs.call(ElectionService.Leader, { name: b("election") })).kv?.value.toString()).toBe("one, again");
    await theirs.call(ElectionService.Resign, { leader: first.leader });
    const { leader } = await second;
    await observing;
    expect(seen).toEqual(["one", "one, again", "two"]);
    await expect(ours.call(ElectionService.Proclaim, { leader: first.leader, value: b("x") })).rejects.toMatchObject({ code: 2, message: "election: not leader" });
    await ours.call(ElectionService.Resign, { leader });
    await expect(ours.call(ElectionService.Leader, { name: b("election") })).rejects.toMatchObject({ code: 2, message: "election: no leader" });
    stop.abort();
  });

  it("a lock's keys go with its lease, and the next in line has it", { timeout: 180_000 }, async () => {
    const { ID } = await theirs.leaseGrant({ TTL: 60, ID: 0n });
    await ours.call(LockService.Lock, { name: b("lock"), lease: ID });
    const next = theirs.call(LockService.Lock, { name: b("lock"), lease: 0n });
    await waiters(2);
    await ours.leaseRevoke({ ID });
    await ours.call(LockService.Unlock, { key: (await next).key });
  });

  async function waiters(count: number): Promise<void> {
    await until(async () => (await ours.range({ key: b("lock/"), rangeEnd: b("lock0"), countOnly: true })).count === count);
  }
});

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
