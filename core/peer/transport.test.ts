import { request } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../platform/clock.ts";
import { nodeClock } from "../platform/node/clock.ts";
import { Entry, Message, MessageType, Snapshot } from "../proto/gen/raftpb.ts";
import type { LinkEvent } from "./link-events.ts";
import { FakeMember, faults, startMembers, until } from "./transport-fixture.ts";
import { MessageRefused, type TransportOptions } from "./transport.ts";

let members: FakeMember[] = [];
afterEach(async () => {
  await Promise.all(members.map((member) => member.stop()));
  members = [];
});

async function start(count: number, overrides: Partial<TransportOptions> = {}): Promise<[FakeMember, FakeMember, ...FakeMember[]]> {
  members = await startMembers(count, overrides);
  return members as [FakeMember, FakeMember, ...FakeMember[]];
}

const append = (from: bigint, to: bigint, index: number, count = 1, term = 1): Message =>
  Message.create({
    type: MessageType.MsgApp,
    from,
    to,
    term,
    logTerm: term,
    index,
    commit: index,
    entries: Array.from({ length: count }, (_, at) =>
      Entry.create({ term, index: index + at + 1, data: Buffer.from(`entry ${index + at + 1}`) }),
    ),
  });
const heartbeat = (from: bigint, to: bigint, commit: number): Message =>
  Message.create({ type: MessageType.MsgHeartbeat, from, to, term: 1, commit });

describe("two members", () => {
  it("exchange messages in order over both streams, in both directions", async () => {
    const [one, two] = await start(2);
    const appends = Array.from({ length: 200 }, (_, at) => append(1n, 2n, at * 3, 3));
    const beats = Array.from({ length: 200 }, (_, at) => heartbeat(2n, 1n, at));
    for (let at = 0; at < 200; at++) {
      one.transport.send([appends[at] as Message]);
      two.transport.send([beats[at] as Message]);
    }
    await until(() => one.received.length === 200 && two.received.length === 200);
    expect(two.received).toEqual(appends);
    expect(one.received).toEqual(beats);
    expect(one.unreachable).toEqual([]);
  });

  it("carry messages of several mebibytes", async () => {
    const [one, two] = await start(2);
    const message = append(1n, 2n, 0);
    (message.entries[0] as Entry).data = Buffer.alloc(6 * 1024 * 1024, "large");
    one.transport.send([message, heartbeat(1n, 2n, 5)]);
    await until(() => two.received.length === 2);
    const arrived = two.received.find(({ type }) => type === MessageType.MsgApp) as Message;
    expect(Message.encode(arrived).equals(Message.encode(message))).toBe(true);
  });

  it("send by POST while there is no stream yet, and to members known by URL only", async () => {
    const one = new FakeMember(1n);
    const two = new FakeMember(2n);
    members = [one, two];
    await one.listen();
    await two.listen();
    one.transport.addRemote(2n, [two.url]);
    one.transport.send([append(1n, 2n, 0), heartbeat(1n, 2n, 1)]);
    await until(() => two.received.length === 2);
    // the POST told the receiver where the sender is
    two.transport.send([heartbeat(2n, 1n, 7)]);
    await until(() => one.received.length === 1);
    expect(one.transport.activeSince(2n)).toBeUndefined();
  });

  it("notice that the other is gone and find it again", async () => {
    const [one, two] = await start(2);
    const port = Number(new URL(two.url).port);
    await two.stop();
    await until(() => one.transport.activeSince(2n) === undefined);
    one.transport.send([heartbeat(1n, 2n, 1)]);
    await until(() => one.unreachable.includes(2n));
    const again = new FakeMember(2n);
    await again.listen(port);
    again.transport.addPeer(1n, [one.url]);
    members = [one, again];
    await until(() => one.transport.activeSince(2n) !== undefined && again.transport.activeSince(1n) !== undefined);
    await until(() => {
      one.transport.send([heartbeat(1n, 2n, 2)]);
      return again.received.length > 0;
    });
  });

  it("hand over a database behind MsgSnap, and tell both outcomes", async () => {
    const [one, two] = await start(2);
    const snapshot = Snapshot.create({
      metadata: { index: 9, term: 2, confState: { voters: [1n], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false } },
    });
    const message = Message.create({ type: MessageType.MsgSnap, from: 1n, to: 2n, term: 2, snapshot });
    const pages = Array.from({ length: 300 }, (_, at) => Buffer.alloc(4096, at));
    let released = 0;
    const source = {
      size: 300 * 4096,
      async *read() {
        yield* pages;
      },
      release: () => released++,
    };
    one.transport.sendSnapshot(message, source);
    await until(() => one.snapshots.length === 1);
    expect([one.lines.at(-1), one.snapshots]).toEqual(["sent database snapshot ", [[2n, true]]]);
    expect(two.databases.get(9)?.equals(Buffer.concat(pages))).toBe(true);
    expect(two.received).toEqual([message]);
    two.process = () => Promise.reject(new Error("no"));
    one.transport.sendSnapshot(message, source);
    await until(() => one.snapshots.length === 2);
    expect(one.snapshots[1]).toEqual([2n, false]);
    expect(one.unreachable).toEqual([2n]);
    // a source that ends early must not look complete
    one.transport.sendSnapshot(message, { ...source, size: 300 * 4096 + 1 });
    await until(() => one.snapshots.length === 3);
    expect(one.snapshots[2]).toEqual([2n, false]);
    expect(released).toBe(3);
  });

  it("drop and report what does not fit the buffer of a slow peer", async () => {
    const [one, two] = await start(2);
    const big = append(1n, 2n, 0);
    (big.entries[0] as Entry).data = Buffer.alloc(64 * 1024);
    two.server.on("connection", () => undefined);
    for (let at = 0; at < 4200; at++) one.transport.send([big]);
    expect(one.unreachable.length).toBeGreaterThan(0);
    await until(() => two.received.length >= 4000);
  });
});

describe("removal", () => {
  it("410 on a stream and 403 on a POST tell a member that it was removed", async () => {
    const [one, two] = await start(2);
    two.removedIds.add(1n);
    two.transport.removePeer(1n);
    await until(() => one.removedNotices > 0);
    const before = one.removedNotices;
    two.process = () => Promise.reject(new MessageRefused("cannot process message from removed member"));
    await until(() => {
      one.transport.send([Message.create({ type: MessageType.MsgSnap, from: 1n, to: 2n, term: 1 })]);
      return one.removedNotices > before + 1 && one.snapshots.some(([id, ok]) => id === 2n && !ok);
    });
  });
});

describe("refusals", () => {
  interface Answer {
    status: number;
    body: string;
    headers: Record<string, string | string[] | undefined>;
  }
  const ask = (member: FakeMember, method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${member.url}${path}`, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: response.headers }),
        );
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  const good = {
    "X-Server-From": "1",
    "X-Server-Version": "3.6.0",
    "X-Min-Cluster-Version": "3.0.0",
    "X-Etcd-Cluster-ID": "c1",
    "X-Raft-To": "2",
  };

  it("answer in etcd's order with etcd's codes and texts", async () => {
    const [, two] = await start(2);
    const stream = "/raft/stream/message/1";
    const cases: [string, string, Record<string, string>, number, string][] = [
      ["POST", stream, good, 405, "Method Not Allowed\n"],
      ["GET", stream, { ...good, "X-Server-Version": "2.3.0", "X-Etcd-Cluster-ID": "bad" }, 412, "incompatible version\n"],
      ["GET", stream, { ...good, "X-Min-Cluster-Version": "3.7.0" }, 412, "incompatible version\n"],
      ["GET", "/raft/stream/other/1", { ...good, "X-Etcd-Cluster-ID": "bad" }, 412, "cluster ID mismatch\n"],
      ["GET", "/raft/stream/other/1", good, 404, "invalid path\n"],
      ["GET", "/raft/stream/message/xyz", good, 404, "invalid from\n"],
      ["GET", "/raft/stream/message/9", { ...good, "X-Raft-To": "5" }, 404, "error sender not found\n"],
      ["GET", stream, { ...good, "X-Raft-To": "5" }, 412, "to field mismatch\n"],
      ["GET", "/raft/unknown", good, 404, "404 page not found\n"],
      ["GET", "/raft", good, 405, "Method Not Allowed\n"],
      ["POST", "/raft", { ...good, "X-Etcd-Cluster-ID": "bad" }, 412, "cluster ID mismatch\n"],
      ["POST", "/raft/snapshot", good, 400, "failed to decode raft message (EOF)\n"],
    ];
    for (const [method, path, headers, status, body] of cases) {
      const answer = await ask(two, method, path, headers);
      expect([path, answer.status, answer.body]).toEqual([path, status, body]);
      if (path !== "/raft/unknown" && status !== 405) expect(answer.headers["x-etcd-cluster-id"]).toBe("c1");
    }
    expect((await ask(two, "GET", stream, { ...good, "X-Raft-To": "5" })).headers["x-server-version"]).toBe("3.6.14");
    expect(await ask(two, "POST", "/raft", good, Buffer.from("ffff", "hex"))).toMatchObject({
      status: 400,
      body: "error unmarshalling raft message\n",
    });
    const wrong = Message.encode(heartbeat(1n, 2n, 1));
    const framed = Buffer.concat([Buffer.alloc(7), Buffer.from([wrong.length]), wrong]);
    expect(await ask(two, "POST", "/raft/snapshot", good, framed)).toMatchObject({ status: 400, body: "wrong raft message type\n" });
    const probing = await ask(two, "GET", "/raft/probing", {});
    expect(probing.status).toBe(200);
    expect(JSON.parse(probing.body)).toMatchObject({ OK: true });
    expect((await ask(two, "GET", "/members", {})).status).toBe(404);
  });

  it("answer a POST only when raft has taken the message, 500 when it does not, and drop that connection", async () => {
    const [, two] = await start(2);
    let release: () => void = () => undefined;
    two.process = () => new Promise<void>((resolve) => (release = resolve));
    const body = Message.encode(heartbeat(1n, 2n, 1));
    let answered = false;
    const pending = ask(two, "POST", "/raft", good, body).then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => two.received.length === 1);
    expect(answered).toBe(false);
    release();
    expect((await pending).status).toBe(204);
    two.process = () => Promise.reject(new Error("stopped"));
    expect(await ask(two, "POST", "/raft", good, body)).toMatchObject({ status: 500, body: "error processing raft message\n" });
  });
});

describe("faults", () => {
  it("a cut loses messages of one direction, and heals", async () => {
    const [one, two] = await start(2);
    one.transport.setFaults(faults([[2n, { cut: true }]]));
    one.transport.send([heartbeat(1n, 2n, 1)]);
    two.transport.send([heartbeat(2n, 1n, 2)]);
    await until(() => one.received.length === 1);
    expect(two.received).toEqual([]);
    expect(one.transport.isCut(2n)).toBe(true);
    one.transport.setFaults(faults([]));
    one.transport.send([heartbeat(1n, 2n, 3)]);
    await until(() => two.received.length === 1);
    expect(two.received[0]?.commit).toBe(3);
  });

  it("a cut fails a snapshot at once and refuses the peer's requests", async () => {
    const [one, two] = await start(2);
    one.transport.setFaults(faults([[2n, { cut: true }]]));
    let released = false;
    one.transport.sendSnapshot(Message.create({ type: MessageType.MsgSnap, to: 2n, from: 1n }), {
      size: 0,
      async *read() {
        /* empty */
      },
      release: () => (released = true),
    });
    await until(() => one.snapshots.length === 1);
    expect([one.snapshots, released]).toEqual([[[2n, false]], true]);
    two.transport.send([Message.create({ type: MessageType.MsgSnap, from: 2n, to: 1n, term: 1 })]);
    await until(() => two.snapshots.length === 1);
    expect(two.snapshots[0]).toEqual([1n, false]);
    expect(one.received).toEqual([]);
  });

  it("incoming cuts and losses drop what comes without telling raft, and keep the append stream in step", async () => {
    let dropped = 0;
    const [one, two] = await start(2, { observe: (event) => (dropped += event.kind === "dropped" ? 1 : 0) });
    two.transport.setFaults(faults([], [[1n, { cut: true }]]));
    one.transport.send([append(1n, 2n, 0), append(1n, 2n, 1), append(1n, 2n, 2)]);
    one.transport.send([heartbeat(1n, 2n, 1)]);
    await until(() => dropped === 4);
    expect(two.received).toEqual([]);
    two.transport.setFaults(faults([]));
    one.transport.send([append(1n, 2n, 3)]);
    await until(() => two.received.length > 0);
    expect(two.received).toEqual([append(1n, 2n, 3)]);
  });

  it("what comes in can be late, doubled or overtaken too", async () => {
    const [one, two] = await start(2);
    two.transport.setFaults(faults([], [[1n, { delayMs: 60, duplicate: 1 }]]));
    const sent = performance.now();
    one.transport.send([append(1n, 2n, 0)]);
    await until(() => two.received.length === 2);
    expect(two.received).toEqual([append(1n, 2n, 0), append(1n, 2n, 0)]);
    expect(performance.now() - sent).toBeGreaterThan(50);
  });

  it("tells each message to who observes", async () => {
    const events: LinkEvent[] = [];
    const [one, two] = await start(2, { observe: (event) => events.push(event) });
    one.transport.send([append(1n, 2n, 0), heartbeat(1n, 7n, 0)]);
    await until(() => two.received.length === 1);
    expect(events.filter(({ kind }) => kind === "active").length).toBe(2);
    const messages = events.flatMap((event) => ("channel" in event ? [[event.kind, event.channel, event.reason]] : []));
    expect(messages).toEqual([
      ["dropped", "message", "unknown peer"],
      ["sent", "msgapp", undefined],
      ["received", "msgapp", undefined],
    ]);
  });

  it("the mail room holds what it wants until it is let go", async () => {
    const held: (() => void)[] = [];
    const [one, two] = await start(2, {
      mailRoom: { hold: (message, deliver) => message.type === MessageType.MsgApp && held.push(deliver) > 0 },
    });
    one.transport.send([append(1n, 2n, 0), append(1n, 2n, 1), heartbeat(1n, 2n, 0)]);
    await until(() => two.received.length === 1);
    expect(two.received[0]?.type).toBe(MessageType.MsgHeartbeat);
    for (const deliver of held.reverse()) deliver();
    await until(() => two.received.length === 3);
    expect(two.received.slice(1).map(({ index }) => index)).toEqual([1, 0]);
  });
});

/** Runs everything that waits eight times as fast. */
const hurried: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now() * 8,
  after: (delayMs, fire) => nodeClock.after(delayMs / 8, fire),
};

describe("a link over a long time", () => {
  it("that is cut is given up by both ends within the streams' patience, and is back when healed", async () => {
    const [one, two] = await start(2, { clock: hurried });
    one.transport.setFaults(faults([[2n, { cut: true }]]));
    await until(() => one.transport.activePeers() === 0 && two.transport.activePeers() === 0);
    one.transport.setFaults(faults([]));
    await until(() => one.transport.activePeers() === 1 && two.transport.activePeers() === 1);
    await until(() => {
      one.transport.send([heartbeat(1n, 2n, 3)]);
      two.transport.send([heartbeat(2n, 1n, 3)]);
      return one.received.length > 0 && two.received.length > 0;
    });
    expect(one.transport.counters().disconnected.get("2")).toBe(1);
  });

  it("that is idle stays up by its own heartbeats, and its round trip is measured", async () => {
    const [one, two] = await start(2, { clock: hurried });
    const since = one.transport.activeSince(2n);
    await until(() => hurried.monotonic() - (since as number) > 15_000 && one.transport.counters().roundTripSeconds.has("2"));
    expect(one.transport.activeSince(2n)).toBe(since);
    expect(two.received).toEqual([]);
    expect(one.transport.counters().disconnected.size).toBe(0);
  });

  it("whose other end answers nothing at all is dialled again and again, and reported as down", async () => {
    const one = new FakeMember(1n, { clock: hurried });
    const mute = createServer((socket) => sockets.push(socket));
    const sockets: Socket[] = [];
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    members = [one];
    await one.listen();
    one.transport.addPeer(2n, [`http://127.0.0.1:${(mute.address() as AddressInfo).port}`]);
    await until(() => sockets.length >= 6);
    expect(one.transport.activePeers()).toBe(0);
    await one.transport.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => mute.close(() => resolve()));
  });
});

describe("three members", () => {
  it("all see each other, and one that is stopped no longer", async () => {
    const [one, two, three] = await start(3);
    expect([one, two, three as FakeMember].map((member) => member.transport.activePeers())).toEqual([2, 2, 2]);
    await two.stop();
    await until(() => one.transport.activePeers() === 1 && three?.transport.activePeers() === 1);
    expect(one.transport.activeSince(3n)).toBeDefined();
    one.transport.removeAllPeers();
    expect(one.transport.activePeers()).toBe(0);
  });
});
