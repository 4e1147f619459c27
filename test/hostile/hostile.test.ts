/**
 * What strangers may send to a member: it answers as etcd does or lets go of them, goes on serving everybody else, and its
 * memory stays bounded. Whatever the carrier. `HOSTILE_SCALE=10` for ten times as many connections and watchers.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../core/platform/random.ts";
import { encodeMessageFrame } from "../../core/peer/message-frames.ts";
import { Message, MessageType } from "../../core/proto/gen/raftpb.ts";
import { Connection, framed, Unframer } from "../peers/differential/grpc-wire.ts";
import { MemberProcess } from "../peers/harness/member-process.ts";
import { freePorts } from "../peers/harness/ports.ts";
import { randomBytes } from "../fuzz/mutate.ts";
import { CALL_HEADERS, dial, headerBlock, http2Frame, PREFACE, residentMiB, stillServes, throwAt } from "./hostile-client.ts";

const SCALE = Number(process.env.HOSTILE_SCALE ?? 1);
/** More than any of this should ever need, less than one unbounded queue takes. */
const MEMORY_MIB_MAX = 500 * SCALE ** 0.5;

const folder = mkdtempSync(join(tmpdir(), "hostile-"));
let member: MemberProcess;
let metricsPort = 0;
const random = seededRandom(7);
const open: Socket[] = [];

beforeAll(async () => {
  const [clientPort, peerPort, metrics] = (await freePorts(3)) as [number, number, number];
  metricsPort = metrics;
  member = new MemberProcess({ name: "m1", folder, clientPort, peerPort });
  await member.start(`m1=${member.peerUrl}`, "new", [`--listen-metrics-urls=http://127.0.0.1:${metrics}`, "--log-level=error"]);
  for (;;) {
    const up = await fetch(`${member.clientUrl}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (!member.running) throw new Error(member.output);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  const answer = await stillServes(member.clientUrl);
  expect(`${answer.status} ${answer.message}`).toBe("0 ");
  expect(member.running).toBe(true);
  expect(residentMiB(member.pid)).toBeLessThan(MEMORY_MIB_MAX);
});
afterAll(async () => {
  await member.stop();
  rmSync(folder, { recursive: true, force: true });
});

const settings = http2Frame(4, 0, 0);
const begin = Buffer.concat([PREFACE, settings]);
const block = headerBlock(CALL_HEADERS);

describe("garbage", () => {
  it("random bytes on every port", async () => {
    for (const port of [member.plan.clientPort, member.plan.peerPort, metricsPort])
      await Promise.all(Array.from({ length: 30 }, () => throwAt(port, randomBytes(random, 1 + random.below(2000)))));
  });

  it("HTTP/2 that is cut at any byte, and random frames behind a good beginning", async () => {
    const call = Buffer.concat([begin, http2Frame(1, 4, 1, block), http2Frame(0, 1, 1, framed(Buffer.from("0a0161", "hex")))]);
    const cuts = Array.from({ length: call.length }, (_, length) => call.subarray(0, length)).filter((_, index) => index % 3 === 0);
    await Promise.all(cuts.map((cut) => throwAt(member.plan.clientPort, cut, 50)));
    const frames = (): Buffer => Buffer.concat(Array.from({ length: 20 }, () => http2Frame(random.below(12), random.below(256), random.below(6), randomBytes(random, random.below(60)))));
    await Promise.all(Array.from({ length: 40 }, () => throwAt(member.plan.clientPort, Buffer.concat([begin, frames()]), 100)));
  });

  it("lengths that lie: frames of 16 MiB, messages of 4 GiB", async () => {
    await throwAt(member.plan.clientPort, Buffer.concat([begin, http2Frame(0, 0, 1, Buffer.alloc(100), 0xffffff)]));
    const connection = new Connection(member.clientUrl);
    const answer = await connection.call("/etcdserverpb.KV/Put", Buffer.from("00ffffffff", "hex"));
    connection.close();
    expect(`${answer.status} ${answer.message}`).toBe("8 grpc: received message larger than max (4294967295 vs. 2097152)");
  });

  it("HTTP/1 with headers that do not end, on every port", async () => {
    const endless = Buffer.from(`GET /health HTTP/1.1\r\n${Array.from({ length: 3000 }, (_, index) => `x-${index}: ${"y".repeat(100)}\r\n`).join("")}`);
    for (const port of [member.plan.clientPort, member.plan.peerPort, metricsPort]) await throwAt(port, endless);
  });
});

describe("floods", () => {
  it("header fields without end", async () => {
    const many = headerBlock([...CALL_HEADERS, ...Array.from({ length: 100 }, (_, index): [string, string] => [`x-${index}`, "y".repeat(100)])]);
    const frames = [begin, http2Frame(1, 0, 1, many.subarray(0, 16_000)), ...Array.from({ length: 500 }, () => http2Frame(9, 0, 1, Buffer.alloc(8000, 0x10)))];
    await Promise.all(Array.from({ length: 5 }, () => throwAt(member.plan.clientPort, Buffer.concat(frames), 300)));
  });

  it("streams that are reset as soon as they are opened", async () => {
    const resets = Array.from({ length: 20_000 }, (_, index) => Buffer.concat([http2Frame(1, 4, 2 * index + 1, block), http2Frame(3, 0, 2 * index + 1, Buffer.from([0, 0, 0, 8]))]));
    await Promise.all(Array.from({ length: 2 }, () => throwAt(member.plan.clientPort, Buffer.concat([begin, ...resets]), 1000)));
  });

  it("settings and pings without end, whose answers nobody reads", async () => {
    const flood = Buffer.concat(Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? settings : http2Frame(6, 0, 0, Buffer.alloc(8)))));
    const socket = await dial(member.plan.clientPort, { pauses: true });
    open.push(socket);
    socket.write(Buffer.concat([begin, flood]));
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
});

describe("slowness", () => {
  it("readers that never read what they asked for", async () => {
    const connection = new Connection(member.clientUrl);
    const value = Buffer.alloc(1_000_000, 1);
    const put = Buffer.concat([Buffer.from([0x0a, 3, 98, 105, 103, 0x12, 0xc0, 0x84, 0x3d]), value]);
    expect((await connection.call("/etcdserverpb.KV/Put", framed(put))).status).toBe("0");
    connection.close();
    // a window as large as it may be, and nobody who takes what comes
    const wide = http2Frame(4, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]));
    const window = http2Frame(8, 0, 0, Buffer.from([0x7f, 0, 0, 0]));
    const asks = Array.from({ length: 100 }, (_, index) => Buffer.concat([http2Frame(1, 4, 2 * index + 1, block), http2Frame(0, 1, 2 * index + 1, framed(Buffer.from("0a03626967", "hex")))]));
    for (let count = 0; count < 3; count++) {
      const socket = await dial(member.plan.clientPort, { pauses: true });
      open.push(socket);
      socket.write(Buffer.concat([PREFACE, wide, window, ...asks]));
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  });

  it("writers that send one byte and wait, and connections that say nothing", { timeout: 180_000 }, async () => {
    for (let count = 0; count < 1000 * SCALE; count += 100) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => dial(member.plan.clientPort)));
      sockets.forEach((socket, index) => index % 2 === 0 && socket.write("P"));
      open.push(...sockets);
    }
    const answer = await stillServes(member.clientUrl);
    expect(answer.status).toBe("0");
  });
});

describe("too much of what is allowed", () => {
  it("many watchers on one key all hear of it", { timeout: 120_000 }, async () => {
    const count = 10_000;
    const connection = new Connection(member.clientUrl);
    const stream = connection.open("/etcdserverpb.Watch/Watch");
    const unframer = new Unframer();
    let responses = 0;
    stream.on("data", (chunk: Buffer) => (responses += unframer.push(chunk).length));
    stream.on("error", () => undefined);
    const create = framed(Buffer.from("0a030a0177", "hex"));
    stream.write(Buffer.concat(Array.from({ length: count }, () => create)));
    const heard = async (wanted: number): Promise<void> => {
      for (const deadline = Date.now() + 45_000; responses < wanted; await new Promise((resolve) => setTimeout(resolve, 50)))
        if (Date.now() > deadline) throw new Error(`only ${responses} of ${wanted} responses came`);
    };
    await heard(count);
    expect((await connection.call("/etcdserverpb.KV/Put", framed(Buffer.from("0a0177120178", "hex")))).status).toBe("0");
    await heard(2 * count);
    stream.close();
    connection.close();
  });

  it("a request of 1.5 MiB and one byte, and a transaction of 129 operations", async () => {
    const connection = new Connection(member.clientUrl);
    const size = 1_572_864 + 1;
    const value = Buffer.alloc(size - 7, 1);
    const put = Buffer.concat([Buffer.from([0x0a, 1, 97, 0x12, (value.length & 127) | 128, ((value.length >> 7) & 127) | 128, value.length >> 14]), value]);
    const large = await connection.call("/etcdserverpb.KV/Put", framed(put));
    expect(`${large.status} ${large.message}`).toBe("3 etcdserver: request is too large");
    const operation = Buffer.from("12050a030a0161", "hex");
    const many = await connection.call("/etcdserverpb.KV/Txn", framed(Buffer.concat(Array.from({ length: 129 }, () => operation))));
    expect(`${many.status} ${many.message}`).toBe("3 etcdserver: too many operations in txn request");
    connection.close();
  });

  it("a transaction nested deeper than any stack", async () => {
    let bytes: Buffer = Buffer.alloc(0);
    for (let depth = 0; depth < 3000; depth++) {
      const size = bytes.length;
      const length = size < 128 ? Buffer.from([size]) : size < 16_384 ? Buffer.from([(size & 127) | 128, size >> 7]) : Buffer.from([(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14]);
      bytes = Buffer.concat([Buffer.from([depth % 2 === 0 ? 0x22 : 0x12]), length, bytes]);
    }
    const connection = new Connection(member.clientUrl);
    expect(["3", "13"]).toContain((await connection.call("/etcdserverpb.KV/Txn", framed(bytes))).status);
    connection.close();
  });
});

describe("strangers on the peer port", () => {
  const headers = { "X-Etcd-Cluster-ID": "1234", "X-Server-From": "8e9e05c52164694d", "X-Server-Version": "3.6.0", "X-Min-Cluster-Version": "3.0.0", "X-Raft-To": "1" };

  it("another cluster, and versions too low, are told so", async () => {
    const post = (more: Record<string, string>): Promise<Response> => fetch(`${member.peerUrl}/raft`, { method: "POST", headers: { ...headers, ...more }, body: "x" });
    expect((await post({})).status).toBe(412);
    expect((await post({ "X-Server-Version": "2.0.0" })).status).toBe(412);
    expect((await fetch(`${member.peerUrl}/raft/stream/msgapp/8e9e05c52164694d`, { headers })).status).toBe(412);
    expect((await fetch(`${member.peerUrl}/raft/snapshot`, { method: "POST", headers, body: "x" })).status).toBe(412);
  });

  it("forged and broken messages with the right cluster change nothing", async () => {
    const id = (await fetch(`${member.peerUrl}/members`)).headers.get("x-etcd-cluster-id")!;
    const own = (JSON.parse(await (await fetch(`${member.peerUrl}/members`)).text().then((text) => text.replace(/"id":(\d+)/g, '"id":"$1"'))) as [{ id: string }])[0].id;
    const right = { ...headers, "X-Etcd-Cluster-ID": id };
    const post = async (path: string, body: Buffer): Promise<number> => (await fetch(`${member.peerUrl}${path}`, { method: "POST", headers: right, body: new Uint8Array(body) })).status;
    for (const type of [MessageType.MsgApp, MessageType.MsgVote, MessageType.MsgHeartbeat, MessageType.MsgSnap, MessageType.MsgTimeoutNow]) {
      const forged = Message.create({ type, to: BigInt(own), from: 77n, term: 1, logTerm: 1, index: 1, commit: 1 });
      await post("/raft", Message.encode(forged));
    }
    expect(await post("/raft", randomBytes(random, 200))).toBe(400);
    // a snapshot whose database never comes, and a length without bytes
    await post("/raft/snapshot", encodeMessageFrame(Message.create({ type: MessageType.MsgSnap, to: BigInt(own), from: 77n, term: 1 })));
    await post("/raft/snapshot", Buffer.from("7fffffffffffffff", "hex"));
    await post("/raft/snapshot", Buffer.from("0000000000000010", "hex"));
    const status = (await (await fetch(`${member.clientUrl}/v3/maintenance/status`, { method: "POST", body: "{}" })).json()) as { raftTerm: string };
    expect(status.raftTerm).toBe("2");
  });

  it("an upload that ends in the middle", async () => {
    const socket = await dial(member.plan.peerPort);
    socket.write("POST /raft/snapshot HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nX-Etcd-Cluster-ID: 1\r\n\r\n0123");
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    if (!socket.closed) await once(socket, "close");
  });
});
