import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RevisionSet, checkRevision, encodeRevision, isTombstone, mainOf, packRevision, subOf, unpackMain, unpackSub } from "./revision.ts";

const count = fc.maxSafeNat();

describe("revision", () => {
  it("stands in 17 bytes, and in 18 with a t for a tombstone", () => {
    expect(encodeRevision(2, 0).toString("hex")).toBe("00000000000000025f0000000000000000");
    expect(encodeRevision(0x1_0000_0001, 3, true).toString("hex")).toBe("00000001000000015f000000000000000374");
  });

  it("reads back what was written, up to 2^53 - 1", () => {
    fc.assert(
      fc.property(count, count, fc.boolean(), (main, sub, dead) => {
        const key = encodeRevision(main, sub, dead);
        checkRevision(key);
        expect([mainOf(key), subOf(key), isTombstone(key)]).toEqual([main, sub, dead]);
      }),
    );
  });

  it("sorts as bytes the way it sorts as numbers", () => {
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        expect(Math.sign(encodeRevision(a, b).compare(encodeRevision(c, d)))).toBe(Math.sign(a - c || b - d));
      }),
    );
  });

  it.each(["", "00", "00000000000000025f000000000000000000", "00000000000000026f0000000000000000", "ffffffffffffffff5f0000000000000000"])(
    "is not what %s says",
    (hex) => {
      expect(() => checkRevision(Buffer.from(hex, "hex"))).toThrow("not a revision");
    },
  );

  it("packs into a number while that is exact, and goes into a set either way", () => {
    fc.assert(
      fc.property(count, fc.nat(10_000), (main, sub) => {
        const packed = packRevision(main, sub);
        if (packed !== undefined) expect([unpackMain(packed), unpackSub(packed)]).toEqual([main, sub]);
        const set = new RevisionSet();
        set.add(main, sub);
        expect([set.has(main, sub), set.has(main, sub + 1), set.size]).toEqual([true, false, 1]);
      }),
    );
  });
});
