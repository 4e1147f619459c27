import { describe, expect, it } from "vitest";
import { decodeMetaPage, encodeMetaPage, fnv1a64, isBadMeta, type Meta } from "./meta.ts";

const fresh: Meta = { pageSize: 4096, root: 3, rootSequence: 0, freelist: 2, hwm: 4, txid: 0 };

/** As the definition says, with BigInt. */
function fnvByDefinition(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

describe("meta page", () => {
  it("has the checksums that bbolt gives a new file", () => {
    expect(encodeMetaPage(fresh).readBigUInt64LE(72)).toBe(0x07516e114689fdeen);
    expect(encodeMetaPage({ ...fresh, txid: 1 }).readBigUInt64LE(72)).toBe(0x264c351a5179480fn);
  });

  it("hashes as FNV-1a is defined", () => {
    for (const text of ["", "a", "foobar", "\xff\xff\xff\xff", "the quick brown fox jumps over the lazy dog".repeat(5)]) {
      const bytes = Buffer.from(text, "latin1");
      const { high, low } = fnv1a64(bytes);
      expect((BigInt(high) << 32n) | BigInt(low)).toBe(fnvByDefinition(bytes));
    }
  });

  it("comes back as it was written, freelist stored or not", () => {
    for (const meta of [fresh, { ...fresh, freelist: undefined, hwm: 2 ** 33, txid: 2 ** 40 + 1, root: 2 ** 32 + 5, rootSequence: 9 }])
      expect(decodeMetaPage(encodeMetaPage(meta))).toEqual(meta);
  });

  it("lies on the page whose turn it is", () => {
    expect(encodeMetaPage({ ...fresh, txid: 7 }).readUInt32LE(0)).toBe(1);
    expect(encodeMetaPage({ ...fresh, txid: 8 }).readUInt32LE(0)).toBe(0);
  });

  it("is refused, with bbolt's words, for any flipped bit of its body", () => {
    const page = encodeMetaPage(fresh);
    for (let bit = 0; bit < 64 * 8; bit++) {
      const bent = Buffer.from(page);
      const at = 16 + (bit >>> 3);
      bent[at] = (bent[at] as number) ^ (1 << (bit & 7));
      const decoded = decodeMetaPage(bent);
      expect(isBadMeta(decoded)).toBe(true);
      const problem = bit < 32 ? "invalid database" : bit < 64 ? "version mismatch" : "checksum error";
      expect(decoded).toMatchObject({ problem });
    }
  });

  it("is refused when its checksum is right but its values cannot be", () => {
    for (const wrong of [{ pageSize: 1000 }, { root: 4 }, { root: 0 }, { freelist: 4 }, { hwm: 2 }])
      expect(decodeMetaPage(encodeMetaPage({ ...fresh, pageSize: 4096, ...wrong } as Meta))).toMatchObject({ problem: "invalid database" });
  });

  it("is refused when it is cut short", () => {
    expect(decodeMetaPage(encodeMetaPage(fresh).subarray(0, 79))).toMatchObject({ problem: "invalid database" });
  });
});
