/** Leases in a cluster of ours and real members: renewed and asked about through followers, counted on by a new leader. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, connect } from "../../core/client/index.ts";
import * as pb from "../../core/proto/gen/etcdserverpb.ts";
import { MemberProcess } from "./harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { hasRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

const b = (text: string): Buffer => Buffer.from(text);

describe.skipIf(!hasRealEtcd)(`leases across members (${WHERE_FROM})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "leases-"));
  let members: MemberProcess[] = [];
  let clients: Client[] = [];

  beforeAll(async () => {
    const ports = await freePorts(6);
    members = [false, true, false].map((real, at) => new MemberProcess({ name: `m${at}`, folder, clientPort: ports[2 * at]!, peerPort: ports[2 * at + 1]!, real }));
    const initial = members.map((member) => `${member.plan.name}=${member.peerUrl}`).join(",");
    await Promise.all(members.map((member) => member.start(initial, "new")));
    await Promise.all(members.map((member) => member.ready()));
    clients = members.map((member) => new Client(connect(member.clientUrl)));
  }, 180_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(members.map((member) => member.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  async function lead(at: number): Promise<void> {
    const { member } = await identity(at);
    for (;;) {
      const { leader } = await clients[at]!.status();
      if (leader === member) return;
      for (const client of clients) await client.moveLeader(member).catch(() => undefined);
    }
  }

  async function identity(at: number): Promise<{ readonly member: bigint }> {
    return { member: (await clients[at]!.status()).header!.memberId };
  }

  async function renew(client: Client, id: bigint): Promise<number> {
    const stream = client.leaseKeepAlive();
    await stream.write(pb.LeaseKeepAliveRequest.create({ ID: id }));
    for await (const { TTL } of stream.responses) {
      stream.cancel();
      return TTL;
    }
    throw new Error("the stream ended without an answer");
  }

  for (const [title, leader] of [
    ["ours leads", 0],
    ["a real one leads", 1],
  ] as const)
    it(`are the same through every member while ${title}`, { timeout: 180_000 }, async () => {
      await lead(leader);
      const id = BigInt(1000 + leader);
      await clients[2]!.leaseGrant({ TTL: 500, ID: id });
      for (const key of ["b", "a"]) await clients[0]!.put({ key: b(`${title}/${key}`), lease: id });
      for (const client of clients) {
        expect(await renew(client, id)).toBe(500);
        expect(await renew(client, 424242n)).toBe(0);
        const told = await client.leaseTimeToLive({ ID: id, keys: true });
        expect([told.grantedTTL, told.TTL > 490, told.keys.map(String).sort()]).toEqual([500, true, [`${title}/a`, `${title}/b`]]);
        expect((await client.leaseTimeToLive({ ID: 424242n, keys: true })).TTL).toBe(-1);
        await until(async () => (await client.leaseLeases()).leases.some(({ ID }) => ID === id));
      }
      await clients[1]!.leaseRevoke({ ID: id });
      for (const client of clients) {
        expect((await client.range({ key: b(`${title}/`), rangeEnd: b(`${title}0`), countOnly: true })).count).toBe(0);
        expect(await renew(client, id)).toBe(0);
      }
    });

  it("run out on whoever leads, and are gone everywhere", { timeout: 180_000 }, async () => {
    for (const leader of [1, 0]) {
      await lead(leader);
      const { ID } = await clients[2]!.leaseGrant({ TTL: 2, ID: 0n });
      await clients[2]!.put({ key: b("short"), lease: ID });
      await until(async () => (await clients[0]!.range({ key: b("short"), countOnly: true })).count === 0);
      for (const client of clients) await until(async () => (await client.leaseTimeToLive({ ID })).TTL === -1);
    }
  });

  it("outlive their leader", { timeout: 180_000 }, async () => {
    await lead(1);
    const { ID } = await clients[0]!.leaseGrant({ TTL: 600, ID: 0n });
    await clients[0]!.put({ key: b("kept"), lease: ID });
    await lead(0);
    const told = await clients[1]!.leaseTimeToLive({ ID, keys: true });
    expect([told.TTL > 590, told.keys.map(String)]).toEqual([true, ["kept"]]);
    expect(await renew(clients[1]!, ID)).toBe(600);
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}
