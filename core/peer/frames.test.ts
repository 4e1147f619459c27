import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Entry, Message, MessageType } from "../proto/gen/raftpb.ts";
import { encodeMessageFrame, linkHeartbeat, MessageStreamDecoder, type StreamDecoder } from "./message-frames.ts";
import { MsgAppDecoder, MsgAppEncoder } from "./msgapp-frames.ts";

const local = 2n;
const remote = 1n;
const append = (index: number, logTerm: number, term: number, count: number, commit = 0): Message =>
  Message.create({
    type: MessageType.MsgApp,
    from: remote,
    to: local,
    term,
    logTerm,
    index,
    commit,
    entries: Array.from({ length: count }, (_, at) => Entry.create({ term, index: index + at + 1, data: Buffer.from("ab") })),
  });

/** Feeds bytes in pieces of the given lengths, in turn. */
function feed(decoder: StreamDecoder, bytes: Buffer, pieces: readonly number[]): Message[] {
  const messages: Message[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, pieces[turn % Math.max(1, pieces.length)] ?? bytes.length);
    decoder.push(bytes.subarray(at, at + length), (message) => messages.push(message));
    at += length;
  }
  return messages;
}

describe("the append stream", () => {
  it("has etcd's bytes: a whole message first, then only entries and commit", () => {
    const encoder = new MsgAppEncoder();
    expect(encoder.encode(linkHeartbeat).toString("hex")).toBe("00");
    const first = append(4, 1, 1, 1, 3);
    const body = Message.encode(first);
    expect(encoder.encode(first).toString("hex")).toBe(`02${body.length.toString(16).padStart(16, "0")}${body.toString("hex")}`);
    const u64 = (value: number): string => value.toString(16).padStart(16, "0");
    // Type 0 Term 1 Index 6 Data "ab"
    expect(encoder.encode(append(5, 1, 1, 1, 4)).toString("hex")).toBe(`01${u64(1)}${u64(10)}08001001180622026162${u64(4)}`);
    expect(encoder.encode(append(6, 1, 1, 0, 6)).toString("hex")).toBe(`01${u64(0)}${u64(6)}`);
    // another term of the log before it: whole again
    expect(
      encoder
        .encode(append(6, 1, 2, 1))
        .subarray(0, 1)
        .toString("hex"),
    ).toBe("02");
    expect(
      encoder
        .encode(append(7, 2, 2, 1))
        .subarray(0, 1)
        .toString("hex"),
    ).toBe("01");
    // back in the log: whole
    expect(
      encoder
        .encode(append(3, 2, 2, 1))
        .subarray(0, 1)
        .toString("hex"),
    ).toBe("02");
  });

  it("goes on from the message's own index where it carries no entries", () => {
    const encoder = new MsgAppEncoder();
    encoder.encode(append(9, 3, 3, 0));
    expect(encoder.encode(append(9, 3, 3, 2))[0]).toBe(1);
    expect(encoder.encode(append(11, 3, 3, 1))[0]).toBe(1);
  });

  it("reads back every sequence, in pieces of any length", () => {
    const message = fc.record({
      index: fc.nat(6),
      logTerm: fc.integer({ min: 1, max: 2 }),
      raise: fc.nat(1),
      count: fc.nat(3),
      commit: fc.nat(1000),
      beat: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }), (steps, pieces) => {
        const messages = steps.map(({ index, logTerm, raise, count, commit, beat }) =>
          beat ? linkHeartbeat : append(index, logTerm, logTerm + raise, count, commit),
        );
        const encoder = new MsgAppEncoder();
        const bytes = Buffer.concat(messages.map((each) => encoder.encode(each)));
        expect(feed(new MsgAppDecoder(local, remote), bytes, pieces)).toEqual(messages);
      }),
    );
  });

  it("is lost at an unknown type, at a length past all bounds, and at bytes that are no message", () => {
    const push = (hex: string): void => new MsgAppDecoder(local, remote).push(Buffer.from(hex, "hex"), () => undefined);
    expect(() => push("03")).toThrow("failed to parse type 3 in msgappv2 stream");
    expect(() => push("02ffffffffffffffff")).toThrow("error limit exceeded");
    expect(() => push("020000000000000002ffff")).toThrow();
    expect(() => push("01ffffffffffffffff")).toThrow("error limit exceeded");
  });
});

describe("the message stream", () => {
  it("is a length and a message, and reads back in pieces of any length", () => {
    const beat = Message.create({
      type: MessageType.MsgHeartbeat,
      from: remote,
      to: local,
      term: 3,
      commit: 7,
      context: Buffer.from("ctx"),
    });
    expect(encodeMessageFrame(linkHeartbeat).toString("hex")).toBe("0000000000000014" + "0808100018002000280030004000500058006800");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 6 }), fc.nat(5), (pieces, count) => {
        const messages = Array.from({ length: count }, (_, at) => (at % 2 ? beat : append(at, 1, 1, at)));
        expect(feed(new MessageStreamDecoder(), Buffer.concat(messages.map(encodeMessageFrame)), pieces)).toEqual(messages);
      }),
    );
  });

  it("is lost at a message of more than 512 MiB", () => {
    expect(() => new MessageStreamDecoder().push(Buffer.from("0000000020000001", "hex"), () => undefined)).toThrow("error limit exceeded");
  });
});
