import { describe, expect, test } from "vitest";
import { parseCases } from "./data-driven.ts";

describe("a data-driven file", () => {
  test("has directives with arguments, input, and output up to a blank line", () => {
    const text = "# remark\n\nadd-nodes 3 voters=(1,2, 3) flag=true empty=()\nv1 l2\n----\none\n  two\n\nstatus 1\n----\nok\n";
    expect(parseCases("f", text)).toMatchObject([
      {
        line: 3,
        command: "add-nodes",
        args: [
          { key: "3", values: [] },
          { key: "voters", values: ["1", "2", "3"] },
          { key: "flag", values: ["true"] },
          { key: "empty", values: [] },
        ],
        input: "v1 l2",
        expected: "one\n  two\n",
      },
      { line: 9, command: "status", input: "", expected: "ok\n" },
    ]);
  });

  test("continues a directive that ends in a backslash, and keeps blank lines between pairs of ----", () => {
    const text = "add \\\n  key=v\n----\n----\none\n\ntwo\n----\n----\n\nnext\n----\n";
    expect(parseCases("f", text)).toMatchObject([
      { command: "add", args: [{ key: "key", values: ["v"] }], expected: "one\n\ntwo\n" },
      { command: "next", expected: "" },
    ]);
  });

  test("is refused by file and line where it has no output, or one that does not end", () => {
    expect(() => parseCases("f", "a\nb\n")).toThrow("f:1: no ---- after the directive");
    expect(() => parseCases("f", "\na\n----\n----\nb\n")).toThrow("f:2: output is not closed by a pair of ----");
  });
});
