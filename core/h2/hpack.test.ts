import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HpackDecoder } from "./hpack-decoder.ts";
import { HpackEncoder } from "./hpack-encoder.ts";
import { STATIC_TABLE } from "./hpack-table.ts";
import { encodeHuffman, huffmanBytes } from "./huffman.ts";
import { ConnectionFault } from "./protocol.ts";

type Pair = readonly [name: string, value: string];

function decode(decoder: HpackDecoder, hex: string): Pair[] {
  const block = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return decoder.decode(block, 0, block.length).fields.map(({ name, value }): Pair => [name, value]);
}

const FIRST: Pair[] = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "www.example.com"],
];
const SECOND: Pair[] = [...FIRST, ["cache-control", "no-cache"]];
const THIRD: Pair[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/index.html"],
  [":authority", "www.example.com"],
  ["custom-key", "custom-value"],
];
const ANSWERS: Pair[][] = [
  [
    [":status", "302"],
    ["cache-control", "private"],
    ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["location", "https://www.example.com"],
  ],
  [
    [":status", "307"],
    ["cache-control", "private"],
    ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["location", "https://www.example.com"],
  ],
  [
    [":status", "200"],
    ["cache-control", "private"],
    ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
    ["location", "https://www.example.com"],
    ["content-encoding", "gzip"],
    ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
  ],
];
/** a table of 256 bytes, as C.5 and C.6 have it */
const SIZE_256 = "3fe101";

describe("RFC 7541 appendix C", () => {
  it("C.2: each representation", () => {
    expect(decode(new HpackDecoder(4096), "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572")).toEqual([["custom-key", "custom-header"]]);
    expect(decode(new HpackDecoder(4096), "040c 2f73 616d 706c 652f 7061 7468")).toEqual([[":path", "/sample/path"]]);
    expect(decode(new HpackDecoder(4096), "1008 7061 7373 776f 7264 0673 6563 7265 74")).toEqual([["password", "secret"]]);
    expect(decode(new HpackDecoder(4096), "82")).toEqual([[":method", "GET"]]);
  });

  it.each([
    ["C.3", ["8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", "8286 84be 5808 6e6f 2d63 6163 6865", "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65"]],
    ["C.4", ["8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "8286 84be 5886 a8eb 1064 9cbf", "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"]],
  ])("%s: requests are read", (_section, blocks) => {
    const decoder = new HpackDecoder(4096);
    expect(blocks.map((block) => decode(decoder, block))).toEqual([FIRST, SECOND, THIRD]);
  });

  it("C.4: requests are written in the same bytes", () => {
    const encoder = new HpackEncoder();
    expect([FIRST, SECOND, THIRD].map((pairs) => encoder.encode(pairs.flat()).toString("hex"))).toEqual([
      "828684418cf1e3c2e5f23a6ba0ab90f4ff",
      "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ]);
  });

  it.each([
    [
      "C.5",
      [
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "4803 3330 37c1 c0bf",
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
      ],
    ],
    [
      "C.6",
      [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
      ],
    ],
  ])("%s: answers are read with a table that evicts", (_section, blocks) => {
    const decoder = new HpackDecoder(4096);
    expect(blocks.map((block, index) => decode(decoder, index === 0 ? SIZE_256 + block : block))).toEqual(ANSWERS);
  });
});

function integer(pattern: number, bits: number, value: number): number[] {
  const limit = 2 ** bits - 1;
  if (value < limit) return [pattern | value];
  const bytes = [pattern | limit];
  let left = value - limit;
  for (; left >= 128; left = left >> 7) bytes.push((left & 127) | 128);
  return [...bytes, left];
}

function text(value: string, huffman: boolean): number[] {
  if (!huffman) return [...integer(0, 7, value.length), ...Buffer.from(value, "latin1")];
  const coded = Buffer.alloc(huffmanBytes(value));
  encodeHuffman(value, coded, 0);
  return [...integer(0x80, 7, coded.length), ...coded];
}

/** One representation of RFC 7541 section 6, chosen by numbers that the model makes valid. */
const step = fc.record({
  kind: fc.constantFrom("indexed", "indexing", "without", "never", "resize"),
  index: fc.nat(200),
  name: fc.stringMatching(/^[a-z-]{1,20}$/),
  value: fc.string({ maxLength: 60 }).map((value) => value.replace(/[^\x20-\x7e]/g, "x")),
  named: fc.boolean(),
  huffman: fc.boolean(),
  size: fc.nat(4096),
});

describe("the decoder", () => {
  it("agrees with a plain model on any sequence of representations", () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 12 }), (blocks) => {
        const decoder = new HpackDecoder(1 << 20);
        let table: Pair[] = [];
        let limit = 4096;
        const shrink = (): void => {
          while (table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0) > limit) table = table.slice(0, -1);
        };
        for (const steps of blocks) {
          const bytes: number[] = [];
          const expected: Pair[] = [];
          for (const one of steps) {
            const all: Pair[] = [...STATIC_TABLE.map(({ name, value }): Pair => [name, value]), ...table];
            const index = one.index % all.length;
            if (one.kind === "resize") {
              if (expected.length > 0) continue;
              limit = one.size;
              bytes.push(...integer(0x20, 5, limit));
              shrink();
            } else if (one.kind === "indexed") {
              bytes.push(...integer(0x80, 7, index + 1));
              expected.push(all[index]!);
            } else {
              const pair: Pair = [one.named ? one.name : all[index]![0], one.value];
              const [pattern, bits] = one.kind === "indexing" ? [0x40, 6] : one.kind === "never" ? [0x10, 4] : [0, 4];
              bytes.push(...integer(pattern, bits, one.named ? 0 : index + 1));
              if (one.named) bytes.push(...text(one.name, one.huffman));
              bytes.push(...text(one.value, one.huffman));
              expected.push(pair);
              if (one.kind === "indexing") {
                table = [pair, ...table];
                shrink();
              }
            }
          }
          const block = Buffer.from(bytes);
          expect(decoder.decode(block, 0, block.length).fields.map(({ name, value }): Pair => [name, value])).toEqual(expected);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("reads any bytes to a list or a compression error, within its bounds", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 }), (blocks) => {
        const decoder = new HpackDecoder(500);
        for (const bytes of blocks) {
          try {
            const list = decoder.decode(Buffer.from(bytes), 0, bytes.length);
            expect(list.fields.reduce((sum, field) => sum + field.size, 0)).toBeLessThanOrEqual(500);
          } catch (error) {
            expect(error).toBeInstanceOf(ConnectionFault);
            return;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps no more than its limit of a block that repeats a large entry (header bomb)", () => {
    const decoder = new HpackDecoder(8192);
    decode(decoder, `4001617f811e${"62".repeat(3968)}`);
    const bomb = Buffer.alloc(16000, 0xbe);
    const list = decoder.decode(bomb, 0, bomb.length);
    expect(list.truncated).toBe(true);
    expect(list.fields.length).toBeLessThan(4);
  });

  it.each([
    ["an index that is not there", "c0"],
    ["index 0", "80"],
    ["a size update above 4096", "3fe21f"],
    ["a size update after a field", "8220"],
    ["an integer that never ends", "ffffffffffffffff"],
    ["a string cut short", "400a6375"],
    ["a string that ends before its length", "40"],
  ])("refuses %s", (_what, hex) => {
    expect(() => decode(new HpackDecoder(4096), hex)).toThrow(ConnectionFault);
  });

  it("gives a repeated block the same list while the table stands, and a new one when it moved", () => {
    const decoder = new HpackDecoder(4096);
    const block = Buffer.from("828684", "hex");
    const list = decoder.decode(block, 0, 3);
    expect(decoder.decode(block, 0, 3)).toBe(list);
    decode(decoder, "4001610162");
    expect(decoder.decode(block, 0, 3)).not.toBe(list);
    const dynamic = Buffer.from("be", "hex");
    expect(decoder.decode(dynamic, 0, 1).fields[0]?.name).toBe("a");
    decode(decoder, "4001630164");
    expect(decoder.decode(dynamic, 0, 1).fields[0]?.name).toBe("c");
  });
});

const pair = fc.tuple(fc.constantFrom("a", "bb", "grpc-status", "grpc-timeout", "token", ":path", "x-long"), fc.string({ maxLength: 80 }).map((value) => value.replace(/[^\x20-\x7e]/g, "x")));

describe("the encoder", () => {
  it("is understood by the decoder, whatever the fields and table sizes", () => {
    const blocks = fc.array(fc.record({ fields: fc.array(pair, { maxLength: 10 }), size: fc.option(fc.nat(5000), { nil: undefined }), constant: fc.boolean() }), { maxLength: 30 });
    fc.assert(
      fc.property(blocks, (many) => {
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder(1 << 20);
        for (const { fields, size, constant } of many) {
          if (size !== undefined) encoder.limitTable(size);
          const flat = fields.flat();
          for (let round = 0; round < (constant ? 3 : 1); round++) {
            const changing = round === 1 ? ["grpc-timeout", "5S"] : [];
            const block = Buffer.from(constant ? encoder.encodeConstant(flat, changing) : encoder.encode(flat));
            expect(decoder.decode(block, 0, block.length).fields.flatMap(({ name, value }) => [name, value])).toEqual([...flat, ...(constant ? changing : [])]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("writes repeated constant fields as indices alone", () => {
    const encoder = new HpackEncoder();
    const fields = [":status", "200", "content-type", "application/grpc"];
    encoder.encodeConstant(fields);
    expect(encoder.encodeConstant(fields)).toHaveLength(2);
    expect(encoder.encodeConstant(fields)).toHaveLength(2);
  });

  it("keeps secrets out of every table", () => {
    const encoder = new HpackEncoder();
    expect(encoder.encode(["token", "abc"])[0]! & 0xf0).toBe(0x10);
    expect(encoder.encode(["token", "abc"])[0]! & 0xf0).toBe(0x10);
  });

  it("tells both sizes where the limit fell and rose between two blocks", () => {
    const encoder = new HpackEncoder();
    encoder.limitTable(0);
    encoder.limitTable(4096);
    expect(encoder.encode([":method", "GET"]).toString("hex")).toBe("203fe11f82");
  });
});
