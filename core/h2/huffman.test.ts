import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodedBytesMax, decodeHuffman, encodeHuffman, huffmanBytes } from "./huffman.ts";

function encode(text: string): Buffer {
  const bytes = Buffer.alloc(huffmanBytes(text));
  expect(encodeHuffman(text, bytes, 0)).toBe(bytes.length);
  return bytes;
}
function decode(bytes: Buffer): string | undefined {
  const to = Buffer.alloc(decodedBytesMax(bytes.length));
  const length = decodeHuffman(bytes, 0, bytes.length, to);
  return length < 0 ? undefined : to.toString("latin1", 0, length);
}

describe("HPACK's Huffman code", () => {
  it.each([
    ["www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"],
    ["no-cache", "a8eb10649cbf"],
    ["custom-key", "25a849e95ba97d7f"],
    ["custom-value", "25a849e95bb8e8b4bf"],
    ["302", "6402"],
    ["private", "aec3771a4b"],
    ["Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"],
    ["foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1", "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"],
  ])("has RFC 7541's bytes for %s", (text, hex) => {
    expect(encode(text).toString("hex")).toBe(hex);
    expect(decode(Buffer.from(hex, "hex"))).toBe(text);
  });

  it("gives back any string of bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString("latin1");
        expect(decode(encode(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses padding of a whole byte, padding that is not ones, and EOS", () => {
    expect(decode(Buffer.from("1f", "hex"))).toBe("a");
    expect(decode(Buffer.from("1fff", "hex"))).toBeUndefined();
    expect(decode(Buffer.from("18", "hex"))).toBeUndefined();
    expect(decode(Buffer.from("ffffffff", "hex"))).toBeUndefined();
    expect(decode(Buffer.from("ff", "hex"))).toBeUndefined();
    expect(decode(Buffer.alloc(0))).toBe("");
  });

  it("takes any bytes without harm, and what it takes has one spelling", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = decode(Buffer.from(bytes));
        if (text !== undefined) expect(encode(text)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});
