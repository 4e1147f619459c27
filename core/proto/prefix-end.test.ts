import fc from "fast-check";
import { expect, it } from "vitest";
import { prefixEnd } from "./prefix-end.ts";

it("what lies below the end of a prefix's range, and not below the prefix, begins with the prefix", () => {
  const bytes = fc.uint8Array({ maxLength: 4 }).map((array) => Buffer.from(array.map((byte) => (byte % 3 === 0 ? 0xff : byte))));
  fc.assert(
    fc.property(bytes, bytes, (prefix, key) => {
      const end = prefixEnd(prefix);
      const isOpen = end.equals(Buffer.from([0]));
      const inside = key.compare(prefix) >= 0 && (isOpen || key.compare(end) < 0);
      expect(inside).toBe(key.subarray(0, prefix.length).equals(prefix));
    }),
  );
});
