import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { ProgramIo } from "../program.ts";
import { type Command, runCommand } from "./command.ts";

/** Runs a small tree on `argv`; what was run is the command's name and its arguments. */
async function ran(argv: readonly string[]): Promise<string | undefined> {
  let seen: string | undefined;
  const leaf = (use: string, flags: Command["flags"] = []): Command => ({
    use,
    short: use,
    flags,
    run: (parsed) => {
      seen = [use.split(" ")[0], ...parsed.args].join(" ");
      return Promise.resolve(0);
    },
  });
  const root: Command = {
    use: "ctl",
    short: "a tree",
    inherited: [
      { name: "write-out", shorthand: "w", kind: "string", default: "simple", usage: "" },
      { name: "hex", kind: "bool", default: "false", usage: "" },
    ],
    commands: [leaf("get <key>", [{ name: "consistency", kind: "string", default: "l", usage: "" }]), leaf("snapshot"), leaf("version")],
  };
  const io = { argv, env: {}, cwd: "/", stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() } as unknown as ProgramIo;
  await runCommand(root, io, { help: () => "help\n", usage: "stdout" });
  return seen;
}

describe("finding the command among its flags", () => {
  test("a flag of the command may stand before its name, with its value", async () => {
    expect(await ran(["--consistency", "s", "get", "a"])).toBe("get a");
    expect(await ran(["--consistency=s", "get", "a"])).toBe("get a");
  });
  test("a switch of the root takes no value", async () => {
    expect(await ran(["--hex", "version"])).toBe("version");
    expect(await ran(["-w", "json", "version"])).toBe("version");
    expect(await ran(["-wjson", "version"])).toBe("version");
  });
  test("a name may be cut short where only one command begins so", async () => {
    expect(await ran(["sn"])).toBe("snapshot");
  });
  test("words after the command are its arguments, a lone dash too", async () => {
    expect(await ran(["get", "-", "b"])).toBe("get - b");
  });
});
