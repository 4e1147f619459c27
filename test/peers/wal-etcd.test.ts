/** WAL and .snap against real etcd 3.4, in both directions. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nodeDisk } from "../../core/platform/node/disk.ts";
import { PutRequest } from "../../core/proto/gen/etcdserverpb.ts";
import { InternalRaftRequest, RequestHeader } from "../../core/proto/gen/internalpb.ts";
import { ConfChange, Entry, EntryType, HardState } from "../../core/proto/gen/raftpb.ts";
import { Metadata } from "../../core/proto/gen/v2pb.ts";
import { WireError } from "../../core/proto/wire.ts";
import { Snapshotter } from "../../core/snap/snapshotter.ts";
import { encodeSnapFile } from "../../core/snap/snap-file.ts";
import { readWal, validSnapshotEntries, verifyWal } from "../../core/wal/read-records.ts";
import { RecordDecoder } from "../../core/wal/record-decoder.ts";
import { RecordEncoder } from "../../core/wal/record-encoder.ts";
import { recordTypes } from "../../core/wal/record.ts";
import { repairWal } from "../../core/wal/repair.ts";
import { Wal, type WalOptions } from "../../core/wal/wal.ts";
import { WalError } from "../../core/wal/wal-error.ts";
import { freePorts } from "./harness/ports.ts";
import { type EtcdProcess, hasEtcd34, runEtcd, whereFrom } from "./wal-etcd-process.ts";

vi.setConfig({ testTimeout: 180_000 });

let folder: string;
let running: EtcdProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wal-etcd-"));
});
afterEach(async () => {
  await Promise.all(running.map((each) => each.kill()));
  running = [];
  await rm(folder, { recursive: true, force: true });
});

async function single(flags: readonly string[]): Promise<EtcdProcess> {
  const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const etcd = await runEtcd({
    name: "m1",
    dataDir: join(folder, "data"),
    client,
    peer,
    flags: ["--initial-cluster", `m1=${peer}`, ...flags],
    waitHealthy: true,
  });
  running.push(etcd);
  return etcd;
}

async function putMany(etcd: EtcdProcess, count: number, value: string): Promise<void> {
  const lanes = Array.from({ length: 16 }, async (_, lane) => {
    for (let at = lane; at < count; at += 16) {
      const body = JSON.stringify({
        key: Buffer.from(`key-${at}`).toString("base64"),
        value: Buffer.from(`${value}-${at}`).toString("base64"),
      });
      const response = await fetch(`${etcd.client}/v3/kv/put`, { method: "POST", body });
      await response.text();
    }
  });
  await Promise.all(lanes);
}

/** 3.4 also logs bare v2 requests, which do not decode as this. */
function putOf(entry: Entry): PutRequest | undefined {
  if (entry.type !== EntryType.EntryNormal || !entry.data) return undefined;
  try {
    return InternalRaftRequest.decode(entry.data).put;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

async function openRepaired(
  walDir: string,
  snapshot: { index: number; term: number },
  options: WalOptions,
): Promise<{ wal: Wal; contents: Awaited<ReturnType<Wal["readAll"]>> }> {
  for (let attempt = 0; ; attempt++) {
    const wal = await Wal.open(nodeDisk, walDir, snapshot, options);
    try {
      return { wal, contents: await wal.readAll() };
    } catch (error) {
      await wal.close();
      if (attempt > 0 || !(error instanceof WalError) || error.code !== "wal.torn") throw error;
      await repairWal(nodeDisk, walDir);
    }
  }
}

describe.skipIf(!hasEtcd34())(`files that real etcd wrote (${whereFrom})`, () => {
  it("under load until kill -9 are read by ours: every acknowledged put, the snapshot, and byte-equal when encoded again", async () => {
    const etcd = await single(["--snapshot-count", "100"]);
    await putMany(etcd, 400, "value");
    const more = putMany(etcd, 2000, "later").catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await etcd.kill();
    await more;

    const walDir = join(folder, "data", "member", "wal");
    const snapDir = join(folder, "data", "member", "snap");
    const recorded = await validSnapshotEntries(nodeDisk, walDir);
    expect(recorded.length).toBeGreaterThan(2);
    const snapshot = await new Snapshotter(nodeDisk, snapDir).loadNewest(recorded);
    if (!snapshot) throw new Error("no snapshot");
    expect(snapshot.metadata.confState.voters.length).toBe(1);
    expect(JSON.parse((snapshot.data as Buffer).toString())).toHaveProperty("Root");
    for (const name of (await readdir(snapDir)).filter((each) => each.endsWith(".snap"))) {
      const bytes = await readFile(join(snapDir, name));
      expect(encodeSnapFile(await new Snapshotter(nodeDisk, snapDir).read(join(snapDir, name))).equals(bytes)).toBe(true);
    }

    const contents = await readWal(nodeDisk, walDir, { index: 0, term: 0 });
    const keys = new Set(
      contents.entries.flatMap((entry) => {
        const put = putOf(entry);
        return put ? [`${put.key.toString()}=${put.value.toString()}`] : [];
      }),
    );
    for (let at = 0; at < 400; at++) expect(keys.has(`key-${at}=value-${at}`)).toBe(true);
    const metadata = Metadata.decode(contents.metadata as Buffer);
    expect(metadata.nodeID).toBe(snapshot.metadata.confState.voters[0]);
    expect((await verifyWal(nodeDisk, walDir, snapshot.metadata)).commit).toBeGreaterThanOrEqual(snapshot.metadata.index);

    // each record through our encoder gives the same file
    const name = (await readdir(walDir)).find((each) => each.endsWith(".wal")) as string;
    const file = await nodeDisk.open(join(walDir, name), "read");
    const decoder = new RecordDecoder([file]);
    const encoder = new RecordEncoder(0);
    for (let record = decoder.next(); record; record = decoder.next()) {
      if (record.type === recordTypes.crc) encoder.encodeCrc();
      else encoder.encodeBytes(record.type, record.data);
    }
    await file.close();
    const bytes = await readFile(join(walDir, name));
    expect(Buffer.concat(encoder.take()).equals(bytes.subarray(0, decoder.lastOffset))).toBe(true);
  });

  it("are taken over by our writer and then by real etcd again", async () => {
    const etcd = await single(["--snapshot-count", "100000"]);
    await putMany(etcd, 50, "value");
    await etcd.kill();
    const walDir = join(folder, "data", "member", "wal");
    const { wal, contents } = await openRepaired(walDir, { index: 0, term: 0 }, {});
    const last = contents.entries.at(-1) as Entry;
    const term = contents.hardState.term;
    const put = (index: number, key: string): Entry =>
      Entry.create({
        term,
        index,
        data: InternalRaftRequest.encode(
          InternalRaftRequest.create({
            header: RequestHeader.create({ ID: BigInt(index) }),
            put: PutRequest.create({ key: Buffer.from(key), value: Buffer.from("ours") }),
          }),
        ),
      });
    await wal.save(undefined, [put(last.index + 1, "from-us-1"), put(last.index + 2, "from-us-2")]);
    await wal.save(HardState.create({ ...contents.hardState, commit: last.index + 2 }), []);
    await wal.close();

    const peer = etcd.peer;
    const again = await runEtcd({
      name: "m1",
      dataDir: join(folder, "data"),
      client: etcd.client,
      peer,
      flags: ["--initial-cluster", `m1=${peer}`],
      waitHealthy: true,
    });
    running.push(again);
    expect(await again.ctl("get", "--prefix", "from-us", "--print-value-only")).toBe("ours\nours\n");
    expect(await again.ctl("get", "key-49", "--print-value-only")).toBe("value-49\n");
  });
});

describe.skipIf(!hasEtcd34())(`a log that ours wrote from the first byte (${whereFrom})`, () => {
  it("with several segments starts a real etcd: same member, same cluster, same keys", async () => {
    const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`) as [string, string];
    const nodeID = 0x1234567890abcdefn;
    const clusterID = 0xfedcba0987654321n;
    const walDir = join(folder, "data", "member", "wal");
    await mkdir(join(folder, "data", "member", "snap"), { recursive: true, mode: 0o700 });
    await mkdir(join(folder, "data", "member"), { recursive: true });
    const wal = await Wal.create(nodeDisk, walDir, Metadata.encode({ nodeID, clusterID }), { segmentBytes: 64 * 1024 });
    const member = `{"id":${nodeID},"peerURLs":["${peer}"],"name":"m1"}`;
    const join1 = ConfChange.encode(ConfChange.create({ type: 0, nodeId: nodeID, context: Buffer.from(member) }));
    await wal.save(HardState.create({ term: 1, vote: nodeID, commit: 1 }), [
      Entry.create({ type: EntryType.EntryConfChange, term: 1, index: 1, data: join1 }),
    ]);
    const count = 500;
    const saves: Promise<void>[] = [];
    for (let at = 0; at < count; at++) {
      const request = InternalRaftRequest.create({
        header: RequestHeader.create({ ID: BigInt(at + 1) }),
        put: PutRequest.create({ key: Buffer.from(`k${String(at).padStart(3, "0")}`), value: Buffer.alloc(300, `v${at} `) }),
      });
      saves.push(
        wal.save(HardState.create({ term: 1, vote: nodeID, commit: at + 1 }), [
          Entry.create({ term: 1, index: at + 2, data: InternalRaftRequest.encode(request) }),
        ]),
      );
    }
    await Promise.all(saves);
    await wal.save(HardState.create({ term: 1, vote: nodeID, commit: count + 1 }), []);
    await wal.close();
    expect((await readdir(walDir)).length).toBeGreaterThan(2);
    // a crash tears the next write: real etcd repairs it as we would
    const lastName = (await readdir(walDir))
      .filter((name) => name.endsWith(".wal"))
      .sort()
      .at(-1) as string;
    const bytes = await readFile(join(walDir, lastName));
    const end = Math.ceil((bytes.findLastIndex((byte) => byte !== 0) + 1) / 8) * 8;
    const torn = Buffer.from(bytes);
    torn.writeUInt32LE(1000, end);
    await writeFile(join(walDir, lastName), torn);

    const etcd = await runEtcd({
      name: "m1",
      dataDir: join(folder, "data"),
      client,
      peer,
      flags: ["--initial-cluster", `m1=${peer}`],
      waitHealthy: true,
    });
    running.push(etcd);
    const status = JSON.parse(await etcd.ctl("endpoint", "status", "-w", "json")) as [{ Status: { raftIndex: number } }];
    expect(status[0].Status.raftIndex).toBeGreaterThan(count);
    const raw = await etcd.ctl("member", "list");
    expect(raw).toContain("1234567890abcdef");
    const got = await etcd.ctl("get", "--prefix", "k", "--keys-only");
    expect(got.split("\n").filter(Boolean).length).toBe(count);
    expect(await etcd.ctl("get", "k499", "--print-value-only")).toBe(`${Buffer.alloc(300, "v499 ").toString()}\n`);
  });
});
