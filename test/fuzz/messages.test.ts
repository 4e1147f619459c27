/** Every message of every schema, the gateway's JSON, and the streams between members: any bytes are read or refused. */
import { describe, expect, it } from "vitest";
import { FrameError, MessageStreamDecoder, encodeMessageFrame } from "../../core/peer/message-frames.ts";
import { MsgAppDecoder, MsgAppEncoder } from "../../core/peer/msgapp-frames.ts";
import { Deframer, frame } from "../../core/proto/grpc.ts";
import { StatusError } from "../../core/proto/errors.ts";
import * as etcdserverpb from "../../core/proto/gen/etcdserverpb.ts";
import * as internalpb from "../../core/proto/gen/internalpb.ts";
import * as membershippb from "../../core/proto/gen/membershippb.ts";
import * as mvccpb from "../../core/proto/gen/mvccpb.ts";
import * as raftpb from "../../core/proto/gen/raftpb.ts";
import * as v2pb from "../../core/proto/gen/v2pb.ts";
import { type Codec, WireError } from "../../core/proto/wire.ts";
import { messagesOf } from "../../core/rpc/gateway/json-body.ts";
import { gatewayMethods } from "../../core/rpc/gateway/paths.ts";
import { decodeV2Snapshot } from "../../core/membership/v2-snapshot.ts";
import { parseGoJson, GoJsonError } from "../../core/membership/go-json.ts";
import { encodeValues } from "../peers/differential/values.ts";
import { kvStep } from "../peers/differential/generate-kv.ts";
import { Dice, type Known } from "../peers/differential/step.ts";
import { fuzz, FUZZ_TIMEOUT_MS } from "./mutate.ts";

const known: Known = { target: "3.6", revision: 50, compacted: 10, madeLeases: 0, madeMembers: 0, streams: [], alarms: new Set(), auth: { enabled: false, tokens: [] } };

/** Requests of KV as clients send them. */
const requests = Array.from({ length: 200 }, (_, index) => kvStep(new Dice(1, index), known))
  .flatMap((step) => (step.kind === "call" ? step.requests.map((request) => encodeValues(step.method.request, request)) : []))
  .filter((bytes) => bytes.length < 5000);

const codecs = [etcdserverpb, internalpb, membershippb, mvccpb, raftpb, v2pb].flatMap((schema) =>
  Object.values(schema as Record<string, unknown>).filter((one): one is Codec<unknown> => typeof (one as Codec<unknown>).decode === "function"),
);

const isWire = (error: unknown): boolean => error instanceof WireError;

describe("protobuf", () => {
  it("any bytes are a message, which encodes again to what reads the same, or are refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      requests,
      (input, random) => {
        const codec = codecs[random.below(codecs.length)]!;
        const message = codec.decode(input);
        const again = codec.encode(message);
        expect(again.length).toBe(codec.size(message));
        expect(codec.encode(codec.decode(again)).equals(again)).toBe(true);
      },
      isWire,
    ));

  it("messages nested deeper than any stack are refused", () => {
    const sizes: number[] = [0];
    for (let depth = 0; depth < 20_000; depth++) sizes.push(sizes.at(-1)! + 1 + varint(sizes.at(-1)!).length);
    // an operation that is a transaction, whose success is an operation, and so on: tags 0x22 and 0x12 in turn
    const bytes = Buffer.concat(sizes.slice(0, -1).reverse().map((size, index) => Buffer.concat([Buffer.from([index % 2 === 0 ? 0x12 : 0x22]), varint(size)])));
    expect(() => etcdserverpb.TxnRequest.decode(bytes)).toThrow("exceeded maximum recursion depth");
  });
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

describe("the streams between members", () => {
  const entries = [1, 2].map((index) => raftpb.Entry.create({ index, term: 1, data: Buffer.from("data") }));
  const append = raftpb.Message.create({ type: raftpb.MessageType.MsgApp, to: 1n, from: 2n, term: 1, logTerm: 1, index: 0, entries, commit: 1 });
  const next = raftpb.Message.create({ ...append, index: 2, entries: [raftpb.Entry.create({ index: 3, term: 1 })] });
  const encoder = new MsgAppEncoder();
  const samples = {
    message: [encodeMessageFrame(append), Buffer.concat([encodeMessageFrame(append), encodeMessageFrame(next)])],
    msgappv2: [Buffer.concat([encoder.encode(append), encoder.encode(next), Buffer.from([0])])],
  };
  const decoders = { message: () => new MessageStreamDecoder(), msgappv2: () => new MsgAppDecoder(2n, 1n) };
  for (const name of ["message", "msgappv2"] as const)
    it(`${name}: any bytes, cut anywhere, are messages or end the stream`, { timeout: FUZZ_TIMEOUT_MS }, () =>
      fuzz(
        samples[name],
        (input, random) => {
          const decoder = decoders[name]();
          for (let at = 0; at < input.length; ) {
            const size = 1 + random.below(40);
            decoder.push(input.subarray(at, at + size), () => undefined);
            at += size;
          }
        },
        (error) => isWire(error) || error instanceof FrameError,
      ));
});

describe("gRPC's frames", () => {
  it("any bytes are messages or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      requests.map((request) => frame(request)),
      (input, random) => {
        const deframer = new Deframer(2 * 1024 * 1024, () => undefined);
        for (let at = 0; at < input.length; ) {
          const size = 1 + random.below(40);
          deframer.push(input.subarray(at, at + size));
          at += size;
        }
      },
      (error) => error instanceof StatusError,
    ));
});

describe("JSON", () => {
  const methods = [...gatewayMethods.values()];
  const bodies = [
    '{"key":"YQ==","range_end":"AA==","limit":"5","sort_order":"DESCEND","sort_target":3}',
    '{"compare":[{"key":"YQ==","result":"EQUAL","target":"VALUE","value":"eA=="}],"success":[{"request_put":{"key":"YQ==","value":"eA=="}}],"failure":[{"requestRange":{"key":"YQ=="}}]}',
    '{"create_request":{"key":"Zm9v","filters":["NOPUT",1],"start_revision":-3}}{"cancel_request":{"watch_id":"1"}}',
    '{"TTL":"600","ID":9223372036854775807,"unknown":[1,{"a":null}],"name":"\\u00e4\\ud83d\\ude00"}',
  ].map((text) => Buffer.from(text));

  it("any body of the gateway is messages or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      bodies,
      async (input, random) => {
        const method = methods[random.below(methods.length)]!;
        const text = input.toString(random.below(2) === 0 ? "utf8" : "latin1");
        const cut = random.below(text.length + 1);
        const chunks = async function* (): AsyncGenerator<string> {
          yield text.slice(0, cut);
          yield text.slice(cut);
        };
        const limits = { receiveBytesMax: 100_000, sendBytesMax: 100_000, concurrentStreamsMax: 100 };
        for await (const message of messagesOf(chunks(), method as never, limits)) method.request.decode(message);
      },
      (error) => error instanceof StatusError,
    ));

  it("JSON nested beyond any stack is refused", async () => {
    const deep = async function* (): AsyncGenerator<string> {
      yield "[".repeat(100_000);
      yield "]".repeat(100_000);
    };
    const limits = { receiveBytesMax: 2_000_000, sendBytesMax: 100_000, concurrentStreamsMax: 100 };
    const read = async (): Promise<void> => {
      for await (const _message of messagesOf(deep(), etcdserverpb.KVService.Range as never, limits)) throw new Error("an array is no request");
    };
    await expect(read()).rejects.toBeInstanceOf(StatusError);
  });

  it("any content of a .snap file's members is read or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      [Buffer.from('{"Root":{"Path":"/","CreatedIndex":0,"Children":{"0":{"Path":"/0","Children":{"members":{"Path":"/0/members","Children":{}}}}}},"WatcherHub":{},"CurrentIndex":3,"Stats":{},"CurrentVersion":2}')],
      (input) => {
        parseGoJson(input.toString());
        decodeV2Snapshot(input);
      },
      (error) => error instanceof GoJsonError || (error as { code?: unknown }).code !== undefined,
    ));
});
