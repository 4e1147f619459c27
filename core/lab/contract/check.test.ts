import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkArgs, checkFrame } from "./check.ts";

describe("arguments of commands", () => {
  test("undeclared fields are dropped and declared ones kept", () => {
    expect(checkArgs("member.kill", { host: "m1", also: 1 })).toEqual({ host: "m1" });
    expect(checkArgs("fault.heal", { anything: 1 })).toEqual({});
  });

  test.each([
    ["member.kill", {}],
    ["member.kill", { host: "" }],
    ["member.kill", { host: "m1/../m2" }],
    ["member.kill", { host: 1 }],
    ["fault.link", { from: "m1", to: "m1", kind: "cut", amount: 0 }],
    ["fault.link", { from: "m1", to: "m2", kind: "loss", amount: 1.5 }],
    ["fault.link", { from: "m1", to: "m2", kind: "delay", amount: Number.NaN }],
    ["fault.link", { from: "m1", to: "m2", kind: "explode", amount: 0 }],
    ["fault.partition", { side: "m1" }],
    ["fault.skew", { host: "m1", amount: 1e15 }],
    ["fault.flip", { host: "m1", file: "../x", region: "start", offset: 0, bit: 0 }],
    ["fault.flip", { host: "m1", file: "x", region: "start", offset: 0, bit: 8 }],
    ["fault.file", { host: "m1", kind: "stolen" }],
    ["keys.list", { prefix: "", after: "", limit: 0, revision: 0 }],
    ["keys.list", { prefix: "not base64!", after: "", limit: 1, revision: 0 }],
    ["keys.get", { key: "", revision: 0 }],
    ["keys.get", { key: "YQ==", revision: -1 }],
    ["keys.put", { key: "YQ==" }],
    ["terminal.open", { host: "m1", columns: 1, rows: 24 }],
    ["terminal.input", { id: "t1", data: 7 }],
    ["terminal.input", { id: "with space", data: "" }],
  ] as const)("%s %j is refused as bad-argument", (name, args) => {
    expect(checkFrame({ type: "command", id: 1, name, args })).toMatchObject({ ok: false, id: 1, code: "bad-argument" });
  });

  test("a prototype's own names are no commands", () => {
    for (const name of ["constructor", "toString", "__proto__", "", 7, null]) {
      expect(checkFrame({ type: "command", id: 1, name, args: {} })).toMatchObject({ ok: false, code: "unknown-command" });
    }
  });

  test("whatever a window sends, the answer is a value and never an exception", () => {
    fc.assert(fc.property(fc.anything(), (value) => void checkFrame(value)));
    fc.assert(
      fc.property(fc.constantFrom("keys.put", "fault.link", "terminal.open", "window.painted"), fc.anything(), (name, args) => {
        checkFrame({ type: "command", id: 0, name, args });
      }),
    );
  });
});
