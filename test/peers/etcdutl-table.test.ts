/**
 * Every command and flag of etcdutl 3.6, judged: against Debian's real 3.4 etcdctl where both have the command, and against what the real
 * etcdutl 3.6.14 printed for files like these (texts and exit codes of the table) for the rest. What is deliberately otherwise: where the
 * real tool crashes on a damaged file (SIGBUS, SIGSEGV, a panic), ours names what is wrong and exits 1.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { etcdutl } from "../../core/cli/etcdutl/index.ts";
import { Database } from "../../core/bbolt/database.ts";
import { bucketNames } from "../../core/backend/backend.ts";
import { encodeRevision } from "../../core/mvcc/revision.ts";
import { KeyValue } from "../../core/proto/gen/mvccpb.ts";
import { nodeDisk } from "../../core/platform/node/disk.ts";
import { needsPeers, realEtcdctl } from "./harness/programs.ts";
import { type ProgramOutcome, runProgram } from "./program-run.ts";

vi.setConfig({ testTimeout: 60_000 });

const execute = promisify(execFile);
let folder: string;

const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

interface Fixture {
  readonly consistentIndex: number;
  /** absent: a file of 3.4 */
  readonly term?: number;
  readonly storageVersion?: string;
}

/** A database with eight keys, two of them deleted, and one revision more than records of keys: 11. */
async function makeDatabase(path: string, { consistentIndex, term, storageVersion }: Fixture): Promise<void> {
  const database = await Database.open(nodeDisk, path);
  const transaction = database.beginWrite();
  for (const name of bucketNames) transaction.root.createBucketIfAbsent(Buffer.from(name));
  const keys = transaction.bucket(Buffer.from("key"))!;
  for (let index = 1; index <= 8; index++) {
    const revision = { createRevision: index + 1, modRevision: index + 1, version: 1 };
    keys.put(encodeRevision(index + 1, 0), KeyValue.encode(KeyValue.create({ key: Buffer.from(`k${index}`), value: Buffer.from(`v${index}`), ...revision })));
  }
  for (const [at, name] of ["k3", "k4"].entries()) keys.put(encodeRevision(10 + at, 0, true), KeyValue.encode(KeyValue.create({ key: Buffer.from(name) })));
  const meta = transaction.bucket(Buffer.from("meta"))!;
  meta.put(Buffer.from("consistent_index"), uint64(consistentIndex));
  if (term !== undefined) meta.put(Buffer.from("term"), uint64(term));
  if (storageVersion !== undefined) meta.put(Buffer.from("storageVersion"), Buffer.from(storageVersion));
  await transaction.commit();
  const { hwm, pageSize } = database.meta;
  await database.close();
  truncateSync(path, hwm * pageSize);
}

function appendDigest(from: string, to: string): void {
  const data = readFileSync(from);
  writeFileSync(to, Buffer.concat([data, createHash("sha256").update(data).digest()]));
}

const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "etcdutl-table-"));
  await makeDatabase(at("plain"), { consistentIndex: 12, term: 2, storageVersion: "3.6.0" });
  await makeDatabase(at("old"), { consistentIndex: 12 });
  await makeDatabase(at("five"), { consistentIndex: 12, term: 2 });
  appendDigest(at("plain"), at("snapshot"));
  appendDigest(at("old"), at("snapshot34"));
  const wrong = readFileSync(at("snapshot"));
  wrong[wrong.length - 5]! ^= 0xff;
  writeFileSync(at("wrong-hash"), wrong);
  writeFileSync(at("truncated"), readFileSync(at("plain")).subarray(0, 9000));
  writeFileSync(at("text"), "hello\n");
  writeFileSync(at("zeros"), Buffer.alloc(32768));
  mkdirSync(at("full"));
  writeFileSync(at("full/x"), "");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Arguments with `@name` for a file of the folder. */
function run(line: string): Promise<ProgramOutcome> {
  return runProgram(etcdutl, line.split(" ").map((word) => word.replace(/@/g, `${folder}/`)));
}

/** Without times and without the folder. */
function told(text: string): string {
  return text.replaceAll(`${folder}/`, "@").replace(/^\d{4}-\d\d-\d\dT\S+\t/gm, "").replace(/"took": "[^"]*"/g, '"took": T');
}

/** A data-dir of one member around a database; with a log where `logged` says so. */
function dataDir(name: string, database: string): void {
  rmSync(at(name), { recursive: true, force: true });
  mkdirSync(at(`${name}/member/snap`), { recursive: true });
  copyFileSync(at(database), at(`${name}/member/snap/db`));
}

describe("etcdutl's table: commands, flags, texts and exit codes of 3.6.14", () => {
  it.each<[string, number, string, string]>([
    ["version", 0, "etcdutl version: 3.6.14\nAPI version: 3.6\n", ""],
    ["snapshot status @snapshot -w protobuf", 4, "", "Error: protobuf not supported as output format\n"],
    ["snapshot status @snapshot -w bogus", 4, "", "Error: unsupported output format\n"],
    ["snapshot status @nope", 1, "", "Error: stat @nope: no such file or directory\n"],
    ["snapshot status", 128, "", "Error: snapshot status requires exactly one argument\n"],
    ["snapshot status a b", 128, "", "Error: snapshot status requires exactly one argument\n"],
    ["snapshot status @full", 1, "", "Error: invalid database\n"],
    ["hashkv @nope", 1, "", "Error: stat @nope: no such file or directory\n"],
    ["hashkv @snapshot -w protobuf", 4, "", "Error: protobuf not supported as output format\n"],
    ["hashkv @snapshot --rev 99", 1, "", "Error: mvcc: required revision is a future revision\n"],
    ["defrag --data-dir @full", 1, "", "Error: Failed to defragment etcd data[@full] (stat @full/member/snap/db: no such file or directory)\n"],
    ["migrate --data-dir @full --target-version 3.6", 1, "", "Error: stat @full/member/snap/db: no such file or directory\n"],
    ["migrate --data-dir @full --target-version 3.4", 128, "", 'Error: target version "3.4" not supported. Minimal "3.5"\n'],
    ["migrate --data-dir @full --target-version 3.6.0", 128, "", 'Error: wrong target version format, expected "X.Y", got "3.6.0"\n'],
    ["snapshot restore", 128, "", "Error: snapshot restore requires exactly one argument\n"],
    ["snapshot restore @snapshot --data-dir @full", 1, "", 'Error: data-dir "@full" not empty or could not be read\n'],
    ["snapshot restore @snapshot --data-dir @out --wal-dir @full", 1, "", 'Error: wal-dir "@full" exists\n'],
    ["snapshot restore @snapshot --data-dir @out --bump-revision 5", 128, "", "Error: --mark-compacted required if --revision-bump > 0\n"],
    ["snapshot restore @snapshot --data-dir @out --mark-compacted", 128, "", "Error: --mark-compacted required if --revision-bump > 0\n"],
    ["snapshot restore @snapshot --data-dir @out --name n1", 1, "", 'Error: couldn\'t find local name "n1" in the initial cluster configuration\n'],
    ["bogus", 1, "", 'Error: unknown command "bogus" for "etcdutl"\nRun \'etcdutl --help\' for usage.\nError: unknown command "bogus" for "etcdutl"\n'],
  ])("%s", async (line, code, stdout, stderr) => {
    const outcome = await run(line);
    expect({ code: outcome.code, stdout: outcome.stdout, stderr: told(outcome.stderr) }).toEqual({ code, stdout, stderr });
  });

  it.each<[string, string, number]>([
    ["defrag", 'Error: required flag(s) "data-dir" not set\nUsage:\n  etcdutl defrag [flags]\n\nFlags:\n      --data-dir string   Required. Defragments a data directory not in use by etcd.\n', 1],
    ["migrate", 'Error: required flag(s) "data-dir", "target-version" not set\nUsage:\n  etcdutl migrate [flags]\n', 1],
    ["hashkv", "Error: accepts 1 arg(s), received 0\nUsage:\n  etcdutl hashkv <filename> [flags]\n", 1],
    ["hashkv a b", "Error: accepts 1 arg(s), received 2\n", 1],
    ["snapshot status --bogus", "Error: unknown flag: --bogus\nUsage:\n  etcdutl snapshot status <filename> [flags]\n", 1],
    ["completion bogus", 'Error: invalid argument "bogus" for "etcdutl completion"\nUsage:\n  etcdutl completion [bash|zsh|fish|powershell]\n', 1],
    ["-w", "Error: flag needs an argument: 'w' in -w\nUsage:\n  etcdutl [command]\n", 1],
  ])("%s: what is wrong, then the usage", async (line, head, code) => {
    const outcome = await run(line);
    expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    expect(outcome.stderr.slice(0, head.length)).toBe(head);
  });

  it("lists its commands and its flag, and nothing else", async () => {
    const usage =
      "Usage:\n  etcdutl [command]\n\nAvailable Commands:\n  completion  Generate completion script\n  defrag      Defragments the storage of the etcd\n" +
      "  hashkv      Prints the KV history hash of a given file\n  help        Help about any command\n" +
      "  migrate     Migrates schema of etcd data dir files to make them compatible with different etcd version\n" +
      "  snapshot    Manages etcd node snapshots\n  version     Prints the version of etcdutl\n\nFlags:\n  -h, --help               help for etcdutl\n" +
      '  -w, --write-out string   set the output format (fields, json, protobuf, simple, table) (default "simple")\n\n' +
      'Use "etcdutl [command] --help" for more information about a command.\n';
    expect(await runProgram(etcdutl, [])).toEqual({ code: 0, stdout: usage, stderr: "" });
    const restore = (await run("snapshot restore -h")).stdout;
    expect([...restore.matchAll(/^ {6}--(\S+)/gm)].map((match) => match[1])).toEqual([
      "bump-revision", "data-dir", "initial-advertise-peer-urls", "initial-cluster", "initial-cluster-token", "initial-memory-map-size", "mark-compacted", "name", "skip-hash-check", "wal-dir",
    ]);
  });

  it.each(["bash", "zsh", "fish", "powershell"])("completion %s names the sub-commands", async (shell) => {
    const { code, stdout } = await run(`completion ${shell}`);
    expect(code).toBe(0);
    for (const word of ["defrag", "restore", "target-version"]) expect(stdout).toContain(word);
  });

  it("snapshot status tells hash, revision, live keys, size and version in every format, and leaves the file as it is", async () => {
    const before = readFileSync(at("snapshot"));
    const { hash } = JSON.parse((await run("snapshot status @snapshot -w json")).stdout) as { hash: number };
    const size = statSync(at("plain")).size;
    expect((await run("snapshot status @snapshot")).stdout).toBe(`${hash.toString(16)}, 11, 6, ${Math.round(size / 1000)} kB, 3.6.0\n`);
    expect((await run("snapshot status @snapshot -w json")).stdout).toBe(`{"hash":${hash},"revision":11,"totalKey":6,"totalSize":${size},"version":"3.6.0"}\n`);
    expect((await run("snapshot status @snapshot -w fields")).stdout).toBe(`"Hash" : ${hash}\n"Revision" : 11\n"Keys" : 6\n"Size" : ${size}\n"Version" : 3.6.0\n`);
    expect((await run("snapshot status @snapshot -w table")).stdout).toContain("|   HASH   | REVISION | TOTAL KEYS | TOTAL SIZE | VERSION |");
    expect((await run("snapshot status @snapshot34")).stdout).toMatch(/, 11, 6, \d+ kB, \n$/);
    expect(readFileSync(at("snapshot")).equals(before)).toBe(true);
  });

  it("hashkv is the same in every format, and at a revision of the past", async () => {
    const [hash, revision, compacted] = (await run("hashkv @snapshot")).stdout.trim().split(", ");
    expect([revision, compacted]).toEqual(["11", "-1"]);
    expect((await run("hashkv @snapshot -w json")).stdout).toBe(`{"hash":${hash},"hashRevision":11,"compactRevision":-1}\n`);
    expect((await run("hashkv @snapshot -w fields")).stdout).toBe(`"Hash" : ${hash}\n"Hash revision" : 11\n"Compact revision" : -1\n`);
    expect((await run("hashkv @snapshot -w table")).stdout.toLowerCase()).toContain("hash revision");
    expect((await run("hashkv @snapshot --rev 5")).stdout).toMatch(/^\d+, 5, -1\n$/);
  });

  it.each(["truncated", "text", "zeros"])("a file that is no sound database is refused by name: %s", async (name) => {
    for (const command of ["snapshot status", "hashkv"]) {
      const { code, stdout, stderr } = await run(`${command} @${name}`);
      expect([code, stdout]).toEqual([1, ""]);
      expect(told(stderr)).toMatch(new RegExp(`^Error: (?:invalid database: )?@${name}\\b`));
    }
  });

  it("restore checks the hash, unless told not to", async () => {
    const decimals = (bytes: Buffer): string => `[${[...bytes].join(" ")}]`;
    const [good, bad] = [readFileSync(at("snapshot")).subarray(-32), readFileSync(at("wrong-hash")).subarray(-32)];
    const refused = await run("snapshot restore @wrong-hash --data-dir @hash1");
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(`Error: expected sha256 ${decimals(bad)}, got ${decimals(good)}\n`);
    expect((await run("snapshot restore @plain --data-dir @hash2")).stderr).toContain("Error: snapshot missing hash but --skip-hash-check=false\n");
    expect((await run("snapshot restore @plain --data-dir @hash3 --skip-hash-check")).code).toBe(0);
    expect((await run("snapshot restore @wrong-hash --data-dir @hash4 --skip-hash-check")).code).toBe(0);
  });

  it("restore logs what it does in etcd's words, on stderr only", async () => {
    const { code, stdout, stderr } = await run("snapshot restore @snapshot --data-dir @logged --bump-revision 100 --mark-compacted");
    expect([code, stdout]).toEqual([0, ""]);
    const fields = '{"path": "@snapshot", "wal-dir": "@logged/member/wal", "data-dir": "@logged", "snap-dir": "@logged/member/snap", "initial-memory-map-size": 10737418240}';
    expect(told(stderr).split("\n")).toEqual([
      `info\trestoring snapshot\t${fields}`,
      "info\tTrimming membership information from the backend...",
      'info\tbumping latest revision\t{"latest-revision": 11, "bump-amount": 100, "new-latest-revision": 111}',
      'info\tmarking revision compacted\t{"revision": 111}',
      'info\tadded member\t{"cluster-id": "cdf818194e3a8c32", "local-member-id": "0", "added-peer-id": "8e9e05c52164694d", "added-peer-peer-urls": ["http://localhost:2380"], "added-peer-is-learner": false}',
      `info\trestored snapshot\t${fields}`,
      "",
    ]);
    expect((await run("snapshot status @logged/member/snap/db")).stdout).toContain(", 111, ");
  });

  it("defrag says sizes before and after", async () => {
    dataDir("defragged", "plain");
    const { code, stdout, stderr } = await run("defrag --data-dir @defragged");
    expect([code, stdout]).toEqual([0, ""]);
    const [begun, done] = told(stderr).split("\n");
    expect(begun).toMatch(/^info\tdefragmenting\t\{"path": "@defragged\/member\/snap\/db", "current-db-size-bytes": \d+, "current-db-size": "\d+ kB", "current-db-size-in-use-bytes": \d+, "current-db-size-in-use": "\d+ kB"\}$/);
    expect(done).toMatch(/^info\tfinished defragmenting directory\t\{"path": "@defragged\/member\/snap\/db", "current-db-size-bytes-diff": -?\d+, .*"took": T\}$/);
    expect((await run("hashkv @defragged/member/snap/db")).stdout).toBe((await run("hashkv @plain")).stdout);
  });

  it("migrate goes down and up again, refuses what it does not know, and can be forced", async () => {
    expect((await run("snapshot restore @snapshot --data-dir @moving")).code).toBe(0);
    const migrate = async (target: string): Promise<[number | null, string]> => {
      const { code, stderr } = await run(`migrate --data-dir @moving --target-version ${target}`);
      return [code, told(stderr)];
    };
    expect(await migrate("3.6")).toEqual([0, 'info\tstorage version up-to-date\t{"storage-version": "3.6"}\n']);
    expect(await migrate("3.5")).toEqual([0, 'info\tupdated storage version\t{"new-storage-version": "3.5.0"}\n']);
    expect(await migrate("3.6")).toEqual([0, 'info\tupdated storage version\t{"new-storage-version": "3.6.0"}\n']);
    expect(await migrate("3.7")).toEqual([1, 'Error: cannot create migration plan: version "3.7.0" is not supported\n']);
    expect((await migrate("4.0"))[1]).toMatch(/Error: cannot create migration plan: changing major storage version is not supported\n$/);
    expect(await migrate("3.7 --force")).toEqual([
      0,
      'info\tnormal migrate failed, trying with force\t{"error": "cannot create migration plan: version \\"3.7.0\\" is not supported"}\nwarn\tforcefully set storage version\t{"storage-version": "3.7"}\n',
    ]);
    dataDir("ancient", "old");
    const { code, stderr } = await run("migrate --data-dir @ancient --target-version 3.6 --force");
    expect(code).toBe(1);
    expect(told(stderr)).toBe("error\tfailed to detect storage version. Please make sure you are using data dir from etcd v3.5 and older\nError: missing term information\n");
  });
});

describe.skipIf(realEtcdctl === undefined)(`etcdutl beside the real 3.4 etcdctl (${realEtcdctl === undefined ? needsPeers : "snapshot status and restore, defrag"})`, () => {
  const real = (...args: string[]): Promise<{ stdout: string; stderr: string; code?: number }> =>
    execute(realEtcdctl!, args, { env: { ...process.env, ETCDCTL_API: "3" } }).catch((error: { stdout: string; stderr: string; code: number }) => error);

  it.each(["snapshot", "snapshot34", "five"])("snapshot status of %s: the same hash, revision and size", async (name) => {
    const pick = (text: string): unknown => {
      const { hash, revision, totalSize } = JSON.parse(text) as Record<string, number>;
      return { hash, revision, totalSize };
    };
    expect(pick((await run(`snapshot status @${name} -w json`)).stdout)).toEqual(pick((await real("snapshot", "status", at(name), "-w", "json")).stdout));
  });

  it("a file with a wrong hash, or none, is refused with the same words", async () => {
    const lastLine = (text: string): string => text.trim().split("\n").at(-1)!;
    for (const [at3, name] of ["wrong-hash", "plain"].entries()) {
      const [ours, theirs] = [await run(`snapshot restore @${name} --data-dir @o${at3}`), await real("snapshot", "restore", at(name), "--data-dir", at(`r${at3}`))];
      expect(lastLine(ours.stderr)).toBe(lastLine(theirs.stderr));
    }
  });

  it("either one's restored database says the same of itself as the other's", async () => {
    expect((await run("snapshot restore @snapshot34 --data-dir @by-ours")).code).toBe(0);
    await real("snapshot", "restore", at("snapshot34"), "--data-dir", at("by-real"));
    const hash = async (name: string): Promise<string> => (await run(`hashkv @${name}/member/snap/db`)).stdout;
    expect(await hash("by-ours")).toBe(await hash("by-real"));
  });

  it("what ours has defragmented, the real one defragments again, and nothing is lost", async () => {
    dataDir("both", "plain");
    await run("defrag --data-dir @both");
    expect((await real("defrag", "--data-dir", at("both"))).code).toBeUndefined();
    expect((await run("hashkv @both/member/snap/db")).stdout).toBe((await run("hashkv @plain")).stdout);
    expect(existsSync(at("both/member/snap/db"))).toBe(true);
  });
});
