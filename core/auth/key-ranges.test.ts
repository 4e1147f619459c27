import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isValidRange, KeyRanges, rangeOf } from "./key-ranges.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const ranges = (...list: readonly (readonly [string, string])[]): KeyRanges => new KeyRanges(list.map(([key, end]) => rangeOf(bytes(key), bytes(end))));
const covers = (held: KeyRanges, key: string, end: string): boolean => held.covers(rangeOf(bytes(key), bytes(end)));

describe("ranges", () => {
  it("cover what lies within one, or within several that touch", () => {
    const held = ranges(["a", "c"], ["c", "f"], ["h", "j"], ["m", ""]);
    expect([covers(held, "a", "c"), covers(held, "b", "e"), covers(held, "a", "f"), covers(held, "h", "i")]).toEqual([true, true, true, true]);
    expect([covers(held, "a", "g"), covers(held, "e", "h"), covers(held, "0", "b"), covers(held, "a", "j")]).toEqual([false, false, false, false]);
  });

  it("without an end cover everything behind, and only they cover such a one", () => {
    expect(covers(ranges(["k", "\0"]), "k", "\0")).toBe(true);
    expect(covers(ranges(["k", "\0"]), "z", "zz")).toBe(true);
    expect(covers(ranges(["k", "\0"]), "a", "z")).toBe(false);
    expect(covers(ranges(["a", "\xff"]), "a", "\0")).toBe(false);
    expect(covers(ranges(["\0", "\0"]), "\0", "\0")).toBe(true);
  });

  it("of a single key are that key alone", () => {
    const held = ranges(["foo", ""]);
    expect([held.touches(rangeOf(bytes("foo"), bytes(""))), held.touches(rangeOf(bytes("foo2"), bytes(""))), held.touches(rangeOf(bytes("fo"), bytes("")))]).toEqual([true, false, false]);
    expect([covers(held, "foo", "foo\0"), covers(held, "foo", "fop")]).toEqual([true, false]);
  });

  it("that are upside down are held by nobody, unless somebody holds where they stand", () => {
    expect(covers(ranges(["a", "z"]), "m", "b")).toBe(true);
    expect(covers(ranges(["x", "z"]), "m", "b")).toBe(false);
    expect(covers(ranges(), "a", "b")).toBe(false);
  });

  it("say of every key of a small space what the keys one by one say", () => {
    const letter = fc.integer({ min: 0, max: 7 }).map((n) => String.fromCharCode(97 + n));
    const range = fc.tuple(letter, fc.oneof(letter, fc.constant(""), fc.constant("\0"))).filter(([key, end]) => isValidRange(bytes(key), bytes(end)));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), range, (held, [key, end]) => {
        // keys of one letter, and behind all of them "no end"
        const within = (at: number, [k, e]: readonly [string, string]): boolean => {
          const from = k.charCodeAt(0) - 97;
          return e === "" ? at === from : at >= from && (e === "\0" || at < e.charCodeAt(0) - 97);
        };
        const asked = Array.from({ length: 9 }, (_, at) => at).filter((at) => within(at, [key, end]));
        // a single key does not reach to the next letter
        const lengthy = held.filter(([, e]) => e !== "");
        const relevant = end === "" ? held : lengthy;
        const expected = asked.every((at) => relevant.some((one) => within(at, one)));
        const set = ranges(...held);
        const answer = end === "" ? set.touches(rangeOf(bytes(key), bytes(end))) : set.covers(rangeOf(bytes(key), bytes(end)));
        expect(answer).toBe(expected);
      }),
    );
  });

  it("are valid with a key, and an end behind it or none", () => {
    expect([isValidRange(bytes("a"), bytes("")), isValidRange(bytes("a"), bytes("b")), isValidRange(bytes("a"), bytes("\0"))]).toEqual([true, true, true]);
    expect([isValidRange(bytes(""), bytes("")), isValidRange(bytes("b"), bytes("a")), isValidRange(bytes("a"), bytes("a"))]).toEqual([false, false, false]);
  });
});
