import { describe, expect, it } from "vitest";
import { Code, StatusError } from "../proto/errors.ts";
import type { BidirectionalCall, Call, Handler, Metadata } from "./service.ts";
import { type Span, Tracing } from "./tracing.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const parentId = "b7ad6b7169203331";

function callOf(metadata: Metadata, peer = "127.0.0.1:4711", signal = new AbortController().signal): Call {
  return { path: "/etcdserverpb.KV/Put", metadata, peer, deadline: undefined, signal };
}

/** Handles one call of each kind through a tracing of its own. */
async function spansOf(perMillion: number, handler: Handler, call: Call, times = 1): Promise<Span[]> {
  const spans: Span[] = [];
  const traced = new Tracing(perMillion, (span) => spans.push(span)).trace(new Map([[call.path, handler]])).get(call.path)!;
  for (let at = 0; at < times; at++) {
    try {
      if (traced.kind === "unary") await traced.handle(Buffer.from("ask"), call);
      else if (traced.kind === "bidirectional") await traced.handle(call as BidirectionalCall);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return spans;
}

const answers: Handler = { kind: "unary", handle: () => Buffer.from("answer") };
const throws = (error: Error): Handler => ({ kind: "unary", handle: () => Promise.reject(error) });

describe("spans of calls", () => {
  it("carry method, service, caller and status", async () => {
    const [span] = await spansOf(1_000_000, answers, callOf({}));
    expect(span).toMatchObject({
      name: "etcdserverpb.KV/Put",
      parentId: undefined,
      traceState: "",
      failure: undefined,
      attributes: [
        ["rpc.service", "etcdserverpb.KV"],
        ["rpc.method", "Put"],
        ["rpc.system", "grpc"],
        ["net.sock.peer.addr", "127.0.0.1"],
        ["net.sock.peer.port", 4711],
        ["rpc.grpc.status_code", 0],
      ],
    });
    expect([span!.traceId.length, span!.spanId.length]).toEqual([16, 8]);
    expect(span!.ended >= span!.begun).toBe(true);
    expect(span!.begun > 1_600_000_000_000_000_000n).toBe(true);
  });

  it.each([
    ["::1", "[::1]:1", [["net.sock.peer.addr", "::1"], ["net.sock.peer.port", 1]]],
    ["a name", "host:1", [["net.peer.name", "host"], ["net.peer.port", 1]]],
    ["a unix socket", "@", []],
  ])("the caller's address may be %s", async (_what, peer, expected) => {
    const [span] = await spansOf(1_000_000, answers, callOf({}, peer));
    expect(span!.attributes.slice(3, -1)).toEqual(expected);
  });

  it("what is this side's fault is a failure, what is the caller's is only a status", async () => {
    const [ours] = await spansOf(1_000_000, throws(new StatusError(Code.Unavailable, "no leader")), callOf({}));
    expect([ours!.failure, ours!.attributes.at(-1)]).toEqual(["no leader", ["rpc.grpc.status_code", 14]]);
    const [theirs] = await spansOf(1_000_000, throws(new StatusError(Code.InvalidArgument, "key is not provided")), callOf({}));
    expect([theirs!.failure, theirs!.attributes.at(-1)]).toEqual([undefined, ["rpc.grpc.status_code", 3]]);
    expect(theirs!.attributes).toHaveLength(4);
    const [defect] = await spansOf(1_000_000, throws(new TypeError("x")), callOf({}));
    expect([defect!.failure, defect!.attributes.at(-1)]).toEqual(["x", ["rpc.grpc.status_code", 2]]);
  });

  it("a stream that its client has left is canceled", async () => {
    const left = new AbortController();
    const stream: Handler = {
      kind: "bidirectional",
      handle: () => {
        left.abort();
        return Promise.resolve();
      },
    };
    const [span] = await spansOf(1_000_000, stream, callOf({}, "127.0.0.1:1", left.signal));
    expect([span!.failure, span!.attributes.at(-1)]).toEqual([undefined, ["rpc.grpc.status_code", 1]]);
  });

  it("of the caller's span they are children, and it decides whether they are kept", async () => {
    const [span] = await spansOf(0, answers, callOf({ traceparent: `00-${traceId}-${parentId}-01`, tracestate: "a=1" }));
    expect([span!.traceId.toString("hex"), span!.parentId!.toString("hex"), span!.traceState]).toEqual([traceId, parentId, "a=1"]);
    expect(await spansOf(1_000_000, answers, callOf({ traceparent: `00-${traceId}-${parentId}-00` }))).toEqual([]);
    // a later version may have more to say
    expect(await spansOf(0, answers, callOf({ traceparent: `01-${traceId}-${parentId}-01-more` }))).toHaveLength(1);
  });

  it.each(["", "x", `00-${traceId}-${parentId}`, `ff-${traceId}-${parentId}-01`, `00-${traceId}-${parentId}-01-more`, `00-${"0".repeat(32)}-${parentId}-01`, `00-${traceId}-${"0".repeat(16)}-01`, `00-${traceId.toUpperCase()}-${parentId}-01`])(
    "a traceparent that is none counts as absent: %j",
    async (traceparent) => {
      expect(await spansOf(0, answers, callOf({ traceparent }))).toEqual([]);
      expect((await spansOf(1_000_000, answers, callOf({ traceparent })))[0]!.parentId).toBeUndefined();
    },
  );

  it("a share is kept: none, about half, all", async () => {
    expect(await spansOf(0, answers, callOf({}), 500)).toHaveLength(0);
    expect(await spansOf(1_000_000, answers, callOf({}), 500)).toHaveLength(500);
    const { length } = await spansOf(500_000, answers, callOf({}), 2000);
    expect(length).toBeGreaterThan(800);
    expect(length).toBeLessThan(1200);
  });
});
