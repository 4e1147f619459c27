import { describe, expect, it } from "vitest";
import { mendAuthority } from "./hpack-authority.ts";
import { Http2Greeting, PREFACE } from "./http2-greeting.ts";

/** "https://www.example.com" in Huffman code, from RFC 7541 C.6.1. */
const LOCATION_VALUE = Buffer.from("9d29ad171863c78f0b97c8e9ae82ae43d3", "hex");
const raw = (name: number, value: string): Buffer => Buffer.concat([Buffer.from([name, value.length]), Buffer.from(value)]);

function frame(type: number, flags: number, payload: Buffer, stream = 0): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const SETTINGS = frame(4, 0, Buffer.alloc(0));
const ACK = frame(4, 1, Buffer.alloc(0));

describe("an authority that is a URL", () => {
  it("loses its scheme and path, plain or Huffman-coded, and keeps its kind of indexing", () => {
    expect(mendAuthority(Buffer.concat([Buffer.from([0x83]), raw(0x41, "http://127.0.0.1:2379"), Buffer.from([0x86])]))).toEqual(
      Buffer.concat([Buffer.from([0x83]), raw(0x41, "127.0.0.1:2379"), Buffer.from([0x86])]),
    );
    const coded = Buffer.concat([Buffer.from([0x01, 0x80 | LOCATION_VALUE.length]), LOCATION_VALUE]);
    expect(mendAuthority(coded)).toEqual(raw(0x01, "www.example.com"));
  });

  it("is left alone when it is none, and other headers are passed over", () => {
    for (const block of [
      raw(0x41, "127.0.0.1:2379"),
      Buffer.from([0x82, 0x86]),
      Buffer.concat([Buffer.from([0x3f, 0xe1, 0x1f, 0x40, 1, 0x61, 3]), Buffer.from("://"), Buffer.from([0x82])]),
      Buffer.from([0x41, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0x41, 50, 1]),
    ])
      expect(mendAuthority(block)).toBeUndefined();
  });
});

describe("the first frames of a connection", () => {
  const headers = frame(1, 4, raw(0x41, "http://a:1"), 1);
  const mended = frame(1, 4, raw(0x41, "a:1"), 1);
  const rest = frame(0, 1, Buffer.from("body"), 1);

  it.each([
    ["the acknowledgement first", [PREFACE, SETTINGS, ACK, headers, rest]],
    ["the request first", [PREFACE, SETTINGS, headers, rest, ACK]],
  ])("reach the server mended and without the acknowledgement: %s", (_title, frames) => {
    const bytes = Buffer.concat(frames);
    for (const size of [1, 7, bytes.length]) {
      const greeting = new Http2Greeting();
      let out: Buffer | undefined;
      for (let at = 0; at < bytes.length; at += size) {
        const chunk = bytes.subarray(at, at + size);
        if (out !== undefined) {
          out = Buffer.concat([out, chunk]);
          continue;
        }
        const step = greeting.push(chunk);
        if (step.kind === "done") out = step.bytes;
      }
      expect(out).toEqual(Buffer.concat([PREFACE, SETTINGS, mended, rest]));
    }
  });

  it("a later acknowledgement is the server's own", () => {
    const greeting = new Http2Greeting();
    const step = greeting.push(Buffer.concat([PREFACE, SETTINGS, ACK, headers, ACK]));
    expect(step).toEqual({ kind: "done", bytes: Buffer.concat([PREFACE, SETTINGS, mended, ACK]) });
  });

  it("a ping is handed on at once, and a flood refused", () => {
    const ping = frame(6, 0, Buffer.alloc(8));
    expect(new Http2Greeting().push(Buffer.concat([PREFACE, SETTINGS, ACK, ping])).kind).toBe("done");
    expect(new Http2Greeting().push(Buffer.concat([PREFACE, SETTINGS, Buffer.alloc(300_000)])).kind).toBe("refuse");
  });
});
