import { describe, expect, test } from "vitest";
import { readArguments, UsageError } from "./arguments.ts";

describe("opening a recording", () => {
  test("by a command of its own, and by an option of start", () => {
    expect(readArguments(["open", "a.qrec", "--no-open"])).toEqual({ command: "open", file: "a.qrec", port: 0, open: false });
    expect(readArguments(["start", "--open", "a.qrec", "--port=8080"])).toEqual({ command: "open", file: "a.qrec", port: 8080, open: true });
    expect(readArguments(["--open=a.qrec"])).toMatchObject({ command: "open", file: "a.qrec" });
  });

  test.each([[["open"]], [["open", "a.qrec", "b.qrec"]], [["--open"]]])("%j is no way to do it", (argv) => {
    expect(() => readArguments(argv)).toThrow(UsageError);
  });
});
