import { connect as connectHttp2, constants, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { createServer } from "node:http";
import { connect as connectTcp, createServer as createTcp } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../client/index.ts";
import { Code, EtcdError, StatusError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { frame } from "../../proto/grpc.ts";
import type { MethodInfo } from "../../proto/wire.ts";
import { ClientPort } from "../client-port.ts";
import type { Handler } from "../service.ts";
import { newCarrier } from "../h2/new-carrier.ts";
import type { Carrier } from "./carrier.ts";
import { routesOf, type Routes } from "./route.ts";

const RECEIVE_MAX = 1000;
const put: MethodInfo<pb.PutRequest, pb.PutRequest> = { ...pb.KVService.Put, service: "t.T", name: "Echo", response: pb.PutRequest };
const method = (name: string): MethodInfo<pb.PutRequest, pb.PutRequest> => ({ ...put, name });
const request = (value: string): pb.PutRequest => pb.PutRequest.create({ value: Buffer.from(value) });

/** What the handlers saw, for the tests to look at. */
let seen: { aborted: unknown[]; deadline: (number | undefined)[]; started: number; sent: number };

const handlers: Readonly<Record<string, Handler>> = {
  Echo: { kind: "unary", handle: (message) => message },
  Later: { kind: "unary", handle: (message) => new Promise((resolve) => setImmediate(() => resolve(message))) },
  Fails: { kind: "unary", handle: () => Promise.reject(new EtcdError("NoLeader")) },
  Throws: {
    kind: "unary",
    handle: () => {
      throw new Error("100% broken\n");
    },
  },
  Hangs: {
    kind: "unary",
    handle: (_message, call) => {
      seen.deadline.push(call.deadline);
      seen.started++;
      return new Promise(() => call.signal.addEventListener("abort", () => seen.aborted.push((call.signal.reason as StatusError).code)));
    },
  },
  Counts: {
    kind: "server-stream",
    handle: async (message, call) => {
      for (let index = 0; index < 5; index++) await call.send(message);
    },
  },
  CountsThenFails: {
    kind: "server-stream",
    handle: async (message, call) => {
      await call.send(message);
      throw new StatusError(Code.DataLoss, "gone");
    },
  },
  Floods: {
    kind: "server-stream",
    handle: async (_message, call) => {
      const chunk = Buffer.alloc(4 * 1024);
      for (;;) {
        await call.send(chunk);
        seen.sent++;
      }
    },
  },
  Chat: {
    kind: "bidirectional",
    handle: async (call) => {
      for await (const message of call.messages) await call.send(message);
    },
  },
  Deaf: { kind: "bidirectional", handle: () => new Promise(() => undefined) },
};

let routes: Routes;
let carrier: Carrier;
let port: ClientPort;
let http: ReturnType<typeof createServer>;
let url: string;

describe.each(["own", "node"] as const)("the carrier %s", (kind) => {
beforeEach(async () => {
  seen = { aborted: [], deadline: [], started: 0, sent: 0 };
  routes = routesOf(new Map(Object.entries(handlers).map(([name, handler]) => [`/t.T/${name}`, handler])));
  carrier = await newCarrier(kind, routes, {
    limits: { receiveBytesMax: RECEIVE_MAX, sendBytesMax: 2147483647, concurrentStreamsMax: 100 },
    keepalive: { minTimeMs: 60_000, intervalMs: 0, timeoutMs: 1000 },
  });
  http = createServer((incoming, response) => response.end(`1.1 ${incoming.url ?? ""}`));
  port = new ClientPort({ http2: (socket) => carrier.accept(socket), http1: (socket) => http.emit("connection", socket) });
  await port.listen({ host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${port.port}`;
});
afterEach(async () => {
  await port.close();
  await carrier.close(new EtcdError("Stopped"));
});

async function drain(responses: AsyncIterable<unknown>): Promise<void> {
  const iterator = responses[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

async function eventually(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}

interface RawAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly rst: number;
}

/** A call made by hand: chunks as they are given, headers over the usual ones. */
async function raw(path: string, chunks: readonly Buffer[], headers: Readonly<Record<string, string>> = {}, end = true): Promise<RawAnswer> {
  const session: ClientHttp2Session = connectHttp2(url);
  try {
    return await new Promise((resolve, reject) => {
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
      const body: Buffer[] = [];
      let answered: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders = {};
      stream.on("response", (received) => (answered = received));
      stream.on("trailers", (received) => (trailers = received));
      stream.on("data", (chunk: Buffer) => body.push(chunk));
      stream.on("error", reject);
      stream.on("close", () => resolve({ headers: answered, trailers, body: Buffer.concat(body), rst: stream.rstCode ?? 0 }));
      for (const chunk of chunks) stream.write(chunk);
      if (end) stream.end();
    });
  } finally {
    session.destroy();
  }
}

describe("unary calls", () => {
  it("are answered with headers, one message and trailers", async () => {
    const answer = await raw("/t.T/Echo", [frame(Buffer.from("abc"))]);
    expect(answer.headers).toMatchObject({ ":status": 200, "content-type": "application/grpc" });
    expect(answer.body).toEqual(frame(Buffer.from("abc")));
    expect(answer.trailers).toMatchObject({ "grpc-status": "0" });
  });

  it("take a message split over many DATA frames", async () => {
    const message = frame(Buffer.from("0123456789"));
    const pieces = [...message].map((byte) => Buffer.from([byte]));
    expect((await raw("/t.T/Later", pieces)).body).toEqual(message);
  });

  it("are answered although the client leaves its side open", async () => {
    const answer = await raw("/t.T/Echo", [frame(Buffer.from("abc"))], {}, false);
    expect(answer.body).toEqual(frame(Buffer.from("abc")));
    expect(answer.trailers["grpc-status"]).toBe("0");
  });

  it("take gzip, and refuse encodings they do not know", async () => {
    const packed = frame(gzipSync(Buffer.from("abc")));
    packed[0] = 1;
    const answer = await raw("/t.T/Echo", [packed], { "grpc-encoding": "gzip" });
    // grpc-go answers in the encoding of the request
    expect(answer.headers["grpc-encoding"]).toBe("gzip");
    expect(answer.body[0]).toBe(1);
    expect(gunzipSync(answer.body.subarray(5)).toString()).toBe("abc");
    expect((await raw("/t.T/Echo", [packed], { "grpc-encoding": "snappy" })).headers).toMatchObject({
      "grpc-status": "12",
      "grpc-message": 'grpc: Decompressor is not installed for grpc-encoding "snappy"',
    });
    expect((await raw("/t.T/Echo", [packed])).headers["grpc-status"]).toBe("13");
    const broken = frame(Buffer.from("no gzip"));
    broken[0] = 1;
    expect((await raw("/t.T/Echo", [broken], { "grpc-encoding": "gzip" })).headers["grpc-status"]).toBe("13");
  });

  it("refuse a small message that unpacks to a large one", async () => {
    const bomb = frame(gzipSync(Buffer.alloc(1_000_000)));
    bomb[0] = 1;
    expect(bomb.length).toBeLessThanOrEqual(RECEIVE_MAX + 100);
    const limited = await raw("/t.T/Echo", [bomb], { "grpc-encoding": "gzip" });
    expect(limited.headers["grpc-status"]).toBe("8");
  });

  it("refuse a message above the limit with grpc-go's text", async () => {
    const answer = await raw("/t.T/Echo", [frame(Buffer.alloc(RECEIVE_MAX + 1))]);
    expect(answer.headers).toMatchObject({ "grpc-status": "8", "grpc-message": `grpc: received message larger than max (${RECEIVE_MAX + 1} vs. ${RECEIVE_MAX})` });
  });

  it("tell errors as trailers alone: etcd's by their code, others as Unknown, percent-encoded", async () => {
    expect((await raw("/t.T/Fails", [frame(Buffer.alloc(0))])).headers).toMatchObject({ "grpc-status": "14", "grpc-message": "etcdserver: no leader" });
    expect((await raw("/t.T/Throws", [frame(Buffer.alloc(0))])).headers).toMatchObject({ "grpc-status": "2", "grpc-message": "100%25 broken%0A" });
  });

  it("are refused without a message, or with half of one", async () => {
    expect((await raw("/t.T/Echo", [])).headers).toMatchObject({ "grpc-status": "2", "grpc-message": "EOF" });
    expect((await raw("/t.T/Echo", [Buffer.from([0, 0, 0, 0, 9, 1])])).headers).toMatchObject({ "grpc-status": "2", "grpc-message": "unexpected EOF" });
  });

  it("unknown methods and services are Unimplemented", async () => {
    expect((await raw("/t.T/Nope", [])).headers).toMatchObject({ "grpc-status": "12", "grpc-message": "unknown method Nope for service t.T" });
    expect((await raw("/t.U/Echo", [])).headers).toMatchObject({ "grpc-status": "12", "grpc-message": "unknown service t.U" });
    expect((await raw("/nothing", [])).headers).toMatchObject({ "grpc-status": "12", "grpc-message": 'malformed method name: "/nothing"' });
  });

  it("what is not gRPC is told so", async () => {
    expect((await raw("/t.T/Echo", [], { "content-type": "text/plain" })).headers[":status"]).toBe(415);
    expect((await raw("/t.T/Echo", [], { ":method": "PUT" })).headers[":status"]).toBe(405);
  });

  it("a deadline ends the call and tells the handler", async () => {
    const answer = await raw("/t.T/Hangs", [frame(Buffer.alloc(0))], { "grpc-timeout": "30m" });
    expect(answer.headers).toMatchObject({ "grpc-status": "4", "grpc-message": "context deadline exceeded" });
    expect(seen.aborted).toEqual([Code.DeadlineExceeded]);
    expect(seen.deadline[0]).toBeTypeOf("number");
    expect((await raw("/t.T/Echo", [frame(Buffer.alloc(0))], { "grpc-timeout": "soon" })).headers["grpc-status"]).toBe("13");
  });

  it("a reset by the client reaches the handler", async () => {
    const channel = connect(url);
    const stop = new AbortController();
    const call = channel.unary(method("Hangs"), request("x"), { signal: stop.signal });
    await eventually(() => seen.started === 1);
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: Code.Canceled, message: "context canceled" });
    await eventually(() => seen.aborted.length === 1);
    expect(seen.aborted).toEqual([Code.Canceled]);
    channel.close();
  });

  it("a lost connection reaches the handler", async () => {
    const channel = connect(url);
    const call = channel.unary(method("Hangs"), request("x"));
    const refused = expect(call).rejects.toMatchObject({ code: Code.Unavailable });
    await eventually(() => seen.started === 1);
    channel.close();
    await refused;
    await eventually(() => seen.aborted.length === 1);
  });

  it("are counted by method and code", async () => {
    await raw("/t.T/Echo", [frame(Buffer.from("abc"))]);
    await raw("/t.T/Fails", [frame(Buffer.from("abc"))]);
    expect(routes.get("/t.T/Echo")!.counters).toMatchObject({ service: "t.T", method: "Echo", type: "unary", started: 1, received: 1, sent: 1, sentBytes: 3 });
    expect(routes.get("/t.T/Fails")!.counters).toMatchObject({ started: 1, received: 1, sent: 0 });
    expect(routes.get("/t.T/Fails")!.counters.handled[Code.Unavailable]).toBe(1);
  });
});

describe("streams", () => {
  it("server streams send all, then the status", async () => {
    const answer = await raw("/t.T/Counts", [frame(Buffer.from("x"))]);
    expect(answer.body).toEqual(Buffer.concat(Array(5).fill(frame(Buffer.from("x")))));
    expect(answer.trailers["grpc-status"]).toBe("0");
    const failed = await raw("/t.T/CountsThenFails", [frame(Buffer.from("x"))]);
    expect(failed.trailers).toMatchObject({ "grpc-status": "15", "grpc-message": "gone" });
  });

  it("bidirectional streams answer while they are read, and end with the client's side", async () => {
    const channel = connect(url);
    const stream = channel.stream(method("Chat"));
    const heard: string[] = [];
    await stream.write(request("one"));
    for await (const response of stream.responses) {
      heard.push(response.value.toString());
      if (heard.length === 1) await stream.write(request("two"));
      else stream.closeWrite();
    }
    expect(heard).toEqual(["one", "two"]);
    channel.close();
  });

  it("a client that does not read holds the handler back", async () => {
    const session = connectHttp2(url);
    const stream = session.request({ ":method": "POST", ":path": "/t.T/Floods", "content-type": "application/grpc", te: "trailers" });
    stream.on("error", () => undefined);
    stream.end(frame(Buffer.alloc(0)));
    await eventually(() => seen.sent > 0);
    let before = -1;
    await eventually(() => {
      const settled = seen.sent === before;
      before = seen.sent;
      return settled;
    });
    expect(seen.sent).toBeLessThan(200);
    stream.close(constants.NGHTTP2_CANCEL);
    session.destroy();
  });

  it("a handler that does not read holds the client back", async () => {
    const channel = connect(url);
    const stream = channel.stream(method("Deaf"));
    const ended = drain(stream.responses);
    const big = request("x".repeat(900));
    let written = 0;
    const writing = (async () => {
      for (; written < 20_000; written++) await stream.write(big);
    })();
    let before = -1;
    await eventually(() => {
      const settled = written > 0 && written === before;
      before = written;
      return settled;
    });
    expect(written).toBeLessThan(20_000);
    stream.cancel();
    await Promise.allSettled([ended, writing]);
    channel.close();
  });
});

describe("connections", () => {
  it("HTTP/1.1 on the same port reaches the other server", async () => {
    expect(await (await fetch(`${url}/hello`)).text()).toBe("1.1 /hello");
  });

  it("a preface that arrives byte by byte is recognised", async () => {
    const socket = connectTcp(port.port, "127.0.0.1");
    const preface = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]);
    for (const byte of preface) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const settings = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    expect(settings[3]).toBe(4);
    socket.destroy();
  });

  it("what is not gRPC goes to the HTTP server where there is one for it, as on TLS", async () => {
    const seenBodies: string[] = [];
    const pages = createServer((incoming, response) => {
      incoming.on("data", (chunk: Buffer) => seenBodies.push(chunk.toString()));
      incoming.on("end", () => {
        response.setHeader("x-path", `${incoming.method ?? ""} ${incoming.url ?? ""} ${incoming.headers.host ?? ""}`);
        response.write("one ");
        response.end("x".repeat(200_000));
      });
    });
    const secure = createTcp((socket) => carrier.accept(socket, (bridged) => pages.emit("connection", bridged)));
    await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(secure.address() as { port: number }).port}`;
    const answer = await raw("/version", [Buffer.from("body")], { "content-type": "application/json" });
    expect(answer.headers).toMatchObject({ ":status": 200, "x-path": `POST /version ${url.slice(7)}` });
    expect(answer.body.toString()).toBe(`one ${"x".repeat(200_000)}`);
    expect(seenBodies).toEqual(["body"]);
    expect((await raw("/t.T/Echo", [frame(Buffer.from("abc"))])).trailers["grpc-status"]).toBe("0");
    secure.close();
  });

  it("a client that pings too often is sent away", async () => {
    const session = connectHttp2(url);
    await new Promise((resolve) => session.once("connect", resolve));
    const gone = new Promise<{ code: number; data: string }>((resolve) =>
      session.once("goaway", (code: number, _last: number, data?: Buffer) => resolve({ code, data: String(data) })),
    );
    session.on("error", () => undefined);
    for (let count = 0; count < 5; count++) session.ping(() => undefined);
    expect(await gone).toEqual({ code: constants.NGHTTP2_ENHANCE_YOUR_CALM, data: "too_many_pings" });
    session.destroy();
  });

  it("closing finishes what is in flight, ends streams with the reason, and says GOAWAY", async () => {
    const channel = connect(url);
    const slow = channel.unary(method("Later"), request("slow"));
    const stream = channel.stream(method("Chat"));
    await stream.write(request("one"));
    await stream.responses[Symbol.asyncIterator]().next();
    const ended = drain(stream.responses);
    const refused = expect(ended).rejects.toMatchObject({ code: Code.Unavailable, message: "etcdserver: server stopped" });
    await Promise.all([port.close(), carrier.close(new EtcdError("Stopped"))]);
    await refused;
    expect((await slow).value.toString()).toBe("slow");
    await expect(channel.unary(method("Echo"), request("x"))).rejects.toMatchObject({ code: Code.Unavailable });
    channel.close();
  });

  it("garbage does not hurt the others", async () => {
    const socket = connectTcp(port.port, "127.0.0.1");
    socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.alloc(1000, 0xee)]));
    await new Promise((resolve) => socket.once("close", resolve).resume());
    const channel = connect(url);
    expect((await channel.unary(put, request("fine"))).value.toString()).toBe("fine");
    channel.close();
  });
});
});
