/** How the programs of dist/bin start (tools/launcher.mjs): a code cache makes a start quicker and never changes what runs. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

interface Launchers {
  readonly CACHE_HEAD_BYTES: number;
  launcherText(name: string, options?: { flags?: string; parts?: readonly string[]; signals?: boolean; keeps?: boolean }): string;
}
interface Bundles {
  bundleScript(entry: { readonly stdin: { readonly contents: string; readonly resolveDir: string } }, options?: { readonly rare?: readonly string[] }): Promise<string>;
}

const tool = async (name: string): Promise<unknown> => import(pathToFileURL(join(import.meta.dirname, "../../tools", name)).href);
const { launcherText, CACHE_HEAD_BYTES } = (await tool("launcher.mjs")) as Launchers;
const { bundleScript } = (await tool("bundle.mjs")) as Bundles;

/** The form in which the build writes a program: the function that node's own loader would make of a module. */
const script = (body: string): string => `(function(exports,require,module,__filename,__dirname){${body}\n})`;
const says = (word: string): string => script(`const say=()=>"${word}";process.stdout.write(say()+process.argv.slice(2).join(" "));`);

let folder: string;
const cache = (): string => join(folder, "lib", "p.cache");

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

function run(program = join(folder, "bin", "p"), options: { args?: string[]; nodeArgs?: string[]; cwd?: string } = {}): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...(options.nodeArgs ?? []), program, ...(options.args ?? [])], { encoding: "utf8", cwd: options.cwd });
  return `${stdout}${stderr}${status === 0 ? "" : ` exit ${status}`}`;
}

/** Writes the program, and a cache of it. */
function make(source: string, options: { flags?: string; parts?: readonly string[] } = {}): void {
  write("lib/p.js", source);
  write("bin/p", launcherText("p", { ...options, keeps: true }));
  run();
  write("bin/p", launcherText("p", options));
}

/** The source of `p`, changed to another of the same length, with the cache's checksum of it put right: V8 cannot tell. */
function swapSource(source: string): void {
  expect(source.length).toBe(readFileSync(join(folder, "lib/p.js")).length);
  writeFileSync(join(folder, "lib/p.js"), source);
  const bytes = readFileSync(cache());
  bytes.writeUInt32LE(crc32(Buffer.from(source)), 4);
  writeFileSync(cache(), bytes);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quorum-lab-launcher-"));
  for (const name of ["bin", "lib"]) mkdirSync(join(folder, name));
});
afterEach(() => {
  for (const name of ["bin", "lib"]) chmodSync(join(folder, name), 0o755);
  rmSync(folder, { recursive: true });
});

describe("a program's code cache", () => {
  test("is used where it fits", () => {
    make(says("one"));
    expect(run()).toBe("one");
    // only code that came from the cache can still say what the source no longer says
    swapSource(says("two"));
    expect(run()).toBe("one");
  });

  test("is used with flags of V8 that a program has, and with parts of their own", () => {
    make(script('process.stdout.write(require("part").word+require("part").times);'), { flags: "--interrupt-budget=30000", parts: ["part"] });
    write("lib/part.js", script('globalThis.times=(globalThis.times??0)+1;exports.word="x";exports.times=globalThis.times;'));
    expect(run()).toBe("x1");
    swapSource(script('process.stdout.write(require("part").word+require("part").maybe);'));
    expect(run()).toBe("x1");
  });

  test("of another source is ignored, though it has the same length", () => {
    make(says("one"));
    writeFileSync(join(folder, "lib/p.js"), says("two"));
    expect(run()).toBe("two");
  });

  test("that is damaged anywhere is ignored", () => {
    make(says("one"));
    const whole = readFileSync(cache());
    const step = Math.max(1, Math.floor(whole.length / 4));
    for (let at = 0; at < whole.length; at += step) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x10;
      writeFileSync(cache(), bytes);
      expect([at, run()]).toEqual([at, "one"]);
    }
    for (const length of [0, CACHE_HEAD_BYTES - 1, CACHE_HEAD_BYTES, whole.length - 1]) {
      writeFileSync(cache(), whole.subarray(0, length));
      expect([length, run()]).toEqual([length, "one"]);
    }
  });

  test("with right checksums that is no cache of V8's, or of another V8, is ignored", () => {
    make(says("one"));
    const whole = readFileSync(cache());
    const withData = (data: Buffer): void => {
      const head = Buffer.from(whole.subarray(0, CACHE_HEAD_BYTES));
      head.writeUInt32LE(crc32(data), 8);
      writeFileSync(cache(), Buffer.concat([head, data]));
    };
    const data = whole.subarray(CACHE_HEAD_BYTES);
    // V8's head: magic number, hash of its version, of the source, of the flags
    for (const field of [0, 4, 8, 12]) {
      const foreign = Buffer.from(data);
      foreign.writeUInt32LE((foreign.readUInt32LE(field) ^ 1) >>> 0, field);
      withData(foreign);
      expect([field, run()]).toEqual([field, "one"]);
    }
    withData(Buffer.alloc(4096, 7));
    expect(run()).toBe("one");
    withData(Buffer.alloc(0));
    expect(run()).toBe("one");
  });

  test("may be absent, a folder, or made under other flags than node is started with", () => {
    make(says("one"));
    expect(run(undefined, { nodeArgs: ["--no-opt", "--max-lazy"] })).toBe("one");
    rmSync(cache());
    expect(run()).toBe("one");
    mkdirSync(cache());
    expect(run()).toBe("one");
  });
});

describe("a program", () => {
  test("runs through a symlink, from any folder, out of folders that cannot be written, and leaves nothing there", () => {
    make(says("one "));
    const link = join(folder, "link");
    symlinkSync(join(folder, "bin", "p"), link);
    for (const name of ["bin", "lib"]) chmodSync(join(folder, name), 0o555);
    const before = readFileSync(cache());
    expect(run(link, { args: ["a", "b"], cwd: tmpdir() })).toBe("one a b");
    expect(run("../bin/p", { cwd: join(folder, "lib") })).toBe("one ");
    expect(readFileSync(cache()).equals(before)).toBe(true);
  });

  test("does not keep a signal from a program that is still being loaded", () => {
    write("lib/p.js", script('process.kill(process.pid,"SIGTERM");setTimeout(()=>process.stdout.write(String(globalThis[Symbol.for("quorum-lab.signals")])),20);'));
    write("bin/p", launcherText("p", { signals: true }));
    expect(run()).toBe("SIGTERM");
  });

  test("may load modules while it runs, with a cache and without", async () => {
    const contents = 'import("node:path").then(async ({ sep }) => process.stdout.write(sep + /[ä€]/.exec("x€") + ((await import("node:" + "os")).EOL === "" ? "" : "x")));';
    const source = await bundleScript({ stdin: { contents, resolveDir: folder } });
    make(source);
    const expected = `${join("a", "b")[1]}€x`;
    expect(run()).toBe(expected);
    rmSync(cache());
    expect(run()).toBe(expected);
  });
});

describe("modules that a start does not need", () => {
  test("are loaded when something of theirs is first used", async () => {
    const contents = `import { Worker } from "node:worker_threads"; import * as dgram from "node:dgram"; import { join } from "node:path";
      const has = (name) => process.moduleLoadList.includes("NativeModule " + name);
      const before = [has("worker_threads"), has("dgram")];
      const used = [typeof Worker, typeof dgram.createSocket, join("a")];
      process.stdout.write(JSON.stringify([before, used, has("worker_threads"), has("dgram")]));`;
    write("lib/p.js", await bundleScript({ stdin: { contents, resolveDir: folder } }, { rare: ["node:worker_threads", "node:dgram"] }));
    write("bin/p", launcherText("p"));
    expect(JSON.parse(run())).toEqual([[false, false], ["function", "function", "a"], true, true]);
  });
});
