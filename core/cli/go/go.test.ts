import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";
import { goQuote, goUnquote } from "./quote.ts";
import { asciiTable, humanBytes, tabwrite } from "./text.ts";

describe("durations", () => {
  test.each([
    ["5s", 5e9, "5s"],
    ["1.5h", 5400e9, "1h30m0s"],
    ["2m3.5s", 123.5e9, "2m3.5s"],
    ["100ms", 1e8, "100ms"],
    ["4.11ms", 4.11e6, "4.11ms"],
    ["-1us", -1e3, "-1µs"],
    ["0", 0, "0s"],
  ])("%s", (text, nanoseconds, printed) => {
    expect(parseDuration(text)).toBe(nanoseconds);
    expect(formatDuration(nanoseconds)).toBe(printed);
  });
  test.each([
    ["", 'time: invalid duration ""'],
    ["5", 'time: missing unit in duration "5"'],
    ["5x", 'time: unknown unit "x" in duration "5x"'],
  ])("%j is refused in Go's words", (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });
});

describe("quoting", () => {
  test("bytes come back from their literal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(goUnquote(goQuote(bytes)).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });
  test.each([
    ["a b", '"a b"'],
    ['q"\\\n', '"q\\"\\\\\\n"'],
    ["é世", '"é世"'],
    ["\u0001\u007f", '"\\x01\\x7f"'],
  ])("%j", (text, literal) => expect(goQuote(text)).toBe(literal));
  test.each(["a", '"a', '"\\q"', '"a"b"'])("%s is no literal", (text) => expect(() => goUnquote(text)).toThrow("invalid syntax"));
});

describe("text", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [20480, "20 kB"],
    [1500000, "1.5 MB"],
    [2147483648, "2.1 GB"],
  ])("%i bytes are %s", (bytes, text) => expect(humanBytes(bytes)).toBe(text));
  test("a table has etcdctl's borders", () => {
    expect(asciiTable(["id", "is learner"], [["8e9e", "false"]])).toBe("+------+------------+\n|  ID  | IS LEARNER |\n+------+------------+\n| 8e9e |      false |\n+------+------------+\n");
  });
  test("tabs line up cells of neighbouring lines", () => {
    expect(tabwrite("\ta\tb\n\tlonger than eight\tc")).toBe("\ta\t\t\tb\n\tlonger than eight\tc");
  });
});
