/** Database files in both directions: what real etcd wrote, also when killed in the middle of it, and what real etcd reads of ours. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../core/backend/open-backend.ts";
import { problemsOf } from "../../core/bbolt/check.ts";
import { Database } from "../../core/bbolt/database.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import { nodeDisk } from "../../core/platform/node/disk.ts";
import { KeyValue } from "../../core/proto/gen/mvccpb.ts";
import { etcdctl, hasEtcd, startEtcd } from "./bbolt-etcd.ts";

const title = "bbolt files and real etcd (needs etcd and etcdctl: apt-get install etcd-server etcd-client)";

interface SnapshotStatus {
  readonly hash: number;
  readonly revision: number;
  readonly totalKey: number;
  readonly totalSize: number;
}

async function statusOf(path: string): Promise<SnapshotStatus> {
  return JSON.parse(await etcdctl(["snapshot", "status", path, "-w", "json"])) as SnapshotStatus;
}

interface Contents {
  readonly problems: string[];
  /** live keys */
  readonly pairs: Map<string, KeyValue>;
  readonly lastRevision: number;
  readonly hash: number;
  /** pairs of all buckets */
  readonly total: number;
}

async function checkedReadOnly(path: string): Promise<Contents> {
  const database = await Database.open(nodeDisk, path, { readOnly: true });
  const problems = problemsOf(database);
  await database.close();
  const backend = await openBackend(nodeDisk, nodeClock, path, { readOnly: true });
  const pairs = new Map<string, KeyValue>();
  let lastRevision = 1;
  let total = 0;
  for (const { key, value } of backend.entries("key")) {
    total++;
    lastRevision = Number(key.readBigInt64BE(0));
    const pair = KeyValue.decode(value);
    const name = pair.key.toString();
    if (key.length === 18) pairs.delete(name);
    else pairs.set(name, pair);
  }
  for (const bucket of ["alarm", "auth", "authRoles", "authUsers", "cluster", "lease", "members", "members_removed", "meta"] as const)
    total += [...backend.entries(bucket)].length;
  const hash = await backend.hash(() => false);
  await backend.close();
  return { problems, pairs, lastRevision, hash, total };
}

/** A transaction of puts (and some deletes), as etcdctl reads it. */
function transactionText(round: number): string {
  const valueOf = (i: number): string => `value ${round} `.repeat(1 + ((i * 7) % 60));
  const puts = Array.from({ length: 90 }, (_, i) => `put key/${(round * 37 + i * 11) % 1500} "${valueOf(i)}"`);
  const deletes = Array.from({ length: 10 }, (_, i) => `del gone/${round}-${i}`);
  return `\n${[...puts, ...deletes].join("\n")}\n\n\n`;
}

describe.skipIf(!hasEtcd())(title, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bbolt-files-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("reads what etcd wrote: hot copies to the same hash, and files of a killed etcd without a problem", { timeout: 180_000 }, async () => {
    for (let life = 0; life < 2; life++) {
      const dataDir = join(folder, "real");
      const etcd = await startEtcd(dataDir);
      const copy = join(folder, `copy-${life}`);
      try {
        for (let round = 0; round < 12; round++) await etcd.ctl(["txn"], transactionText(life * 100 + round));
        const revision = (JSON.parse(await etcd.ctl(["get", "nothing", "-w", "json"])) as { header: { revision: number } }).header.revision;
        await etcd.ctl(["compact", String(revision - 5)]);
        await etcd.ctl(["snapshot", "save", copy]);
        const writing = Promise.allSettled(
          Array.from({ length: 10 }, (_, i) => etcd.ctl(["txn"], transactionText(life * 100 + 50 + i), 1000)),
        );
        await new Promise((resolve) => setTimeout(resolve, 60 + life * 45));
        await etcd.stop();
        await writing;
      } finally {
        await etcd.stop();
      }
      const snapshot = await checkedReadOnly(copy);
      const status = await statusOf(copy);
      expect(snapshot.problems).toEqual([]);
      expect(snapshot.hash).toBe(status.hash);
      expect(snapshot.lastRevision).toBe(status.revision);
      expect(snapshot.total).toBe(status.totalKey);

      const killed = join(folder, `killed-${life}`);
      copyFileSync(join(dataDir, "member", "snap", "db"), killed);
      const left = await checkedReadOnly(killed);
      expect(left.problems).toEqual([]);
      expect(left.pairs.size).toBeGreaterThan(500);
      // and as a base to write on
      const backend = await openBackend(nodeDisk, nodeClock, killed);
      backend.put("meta", Buffer.from("ours"), Buffer.from("1"));
      await backend.commit();
      await backend.defragment();
      await backend.close();
      const after = await checkedReadOnly(killed);
      expect(after.problems).toEqual([]);
      expect([...after.pairs.keys()].sort()).toEqual([...left.pairs.keys()].sort());
    }
  });

  it("writes what etcd reads: status to the same hash, restored and served, and written on by etcd", { timeout: 180_000 }, async () => {
    const path = join(folder, "ours");
    const backend = await openBackend(nodeDisk, nodeClock, path);
    const revisionKey = (main: number): Buffer => {
      const key = Buffer.alloc(17);
      key.writeBigInt64BE(BigInt(main), 0);
      key[8] = 0x5f;
      return key;
    };
    const live = new Map<string, string>();
    const versions = new Map<string, { created: number; version: number }>();
    for (let main = 2; main < 6000; main++) {
      const name = `name/${(main * 7919) % 3000}`;
      if (main % 13 === 0 && versions.has(name)) {
        const tombstone = Buffer.concat([revisionKey(main), Buffer.from("t")]);
        backend.put("key", tombstone, KeyValue.encode(KeyValue.create({ key: Buffer.from(name) })));
        versions.delete(name);
        live.delete(name);
        continue;
      }
      const before = versions.get(name);
      const now = { created: before?.created ?? main, version: (before?.version ?? 0) + 1 };
      versions.set(name, now);
      const value = `value of ${main} `.repeat(1 + (main % 40));
      live.set(name, value);
      backend.put(
        "key",
        revisionKey(main),
        KeyValue.encode(
          KeyValue.create({
            key: Buffer.from(name),
            createRevision: now.created,
            modRevision: main,
            version: now.version,
            value: Buffer.from(value),
          }),
        ),
      );
      if (main % 700 === 0) await backend.commit();
    }
    for (let i = 0; i < 400; i++) backend.put("authUsers", Buffer.from(`user${i}`), Buffer.alloc(3000, i));
    await backend.commit();
    for (let i = 0; i < 400; i++) backend.delete("authUsers", Buffer.from(`user${i}`));
    const snapshot = await backend.snapshot();
    const chunks: Buffer[] = [];
    for await (const chunk of snapshot.read()) chunks.push(chunk);
    snapshot.release();
    const hash = await backend.hash(() => false);
    const size = backend.size();
    await backend.close();
    const hotCopy = Buffer.concat(chunks);
    const file = join(folder, "snapshot.db");
    writeFileSync(file, Buffer.concat([hotCopy, createHash("sha256").update(hotCopy).digest()]));

    const status = await statusOf(file);
    expect(status.hash).toBe(hash);
    expect(status.revision).toBe(5999);
    expect(status.totalSize).toBe(size);

    const dataDir = join(folder, "restored");
    const peer = "http://127.0.0.1:2380";
    const member = ["--name", "m1", "--initial-cluster", `m1=${peer}`, "--initial-advertise-peer-urls", peer];
    await etcdctl(["snapshot", "restore", file, "--data-dir", dataDir, ...member]);
    const etcd = await startEtcd(dataDir);
    try {
      const got = (await etcd.ctl(["get", "name/", "--prefix"])).split("\n");
      const served = new Map<string, string>();
      for (let i = 0; i + 1 < got.length; i += 2) served.set(got[i] as string, got[i + 1] as string);
      expect(served).toEqual(live);
      for (let round = 0; round < 5; round++) await etcd.ctl(["txn"], transactionText(round));
      await etcd.ctl(["defrag"]);
      await etcd.ctl(["txn"], transactionText(9));
      await etcd.stop("SIGTERM");
    } finally {
      await etcd.stop();
    }
    const db = join(dataDir, "member", "snap", "db");
    expect(readFileSync(db).length).toBeGreaterThan(0);
    const writtenOn = await checkedReadOnly(db);
    expect(writtenOn.problems).toEqual([]);
    for (const [name, value] of live) expect(writtenOn.pairs.get(name)?.value.toString()).toBe(value);
    expect(writtenOn.pairs.get("key/0")?.value.toString()).toMatch(/^value /);
  });
});
