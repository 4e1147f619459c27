/**
 * The same command lines with real etcdctl 3.4 and with ours: stdout, stderr and exit code are equal but for ids and times, against
 * a real member and against one of ours. Where 3.6 decided otherwise than 3.4, its text stands here as real 3.6 printed it.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { etcdctl } from "../../core/cli/etcdctl/index.ts";
import { MemberProcess } from "../member/harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { type ProgramOutcome, runProgram } from "./program-run.ts";
import { hasRealEtcd, type RealEtcd, startRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

type Line = string | { readonly line: string; readonly stdin: string };

/** Answered alike by 3.4 and 3.6; in this order, since each finds what the ones before it left. */
const ALIKE: Readonly<Record<string, readonly Line[]>> = {
  "keys and values": [
    "put a 1",
    "put a 2 --prev-kv",
    { line: "put b", stdin: "from stdin\n" },
    "put b",
    "put",
    "put a --ignore-value",
    "put a b --ignore-value",
    "put a b --lease zz",
    "put a b --lease 12345",
    "put k -- -v",
    "put a 3 -w json",
    "put a 4 -w fields --prev-kv",
    "put a 5 -w table",
    "put a 5 -w bogus",
    "put a 6 --hex --prev-kv",
    "get a",
    "get a -w json",
    "get a -w fields",
    "get a -w table",
    "get a --hex",
    "get a --hex -w json",
    "get missing",
    "get missing -w json",
    "get a z --limit 1 -w json",
    "get a --keys-only",
    "get a --prefix --from-key",
    "get a b --prefix",
    "get a --order x",
    "get a --sort-by x",
    "get a --print-value-only",
    "get a --print-value-only -w json",
    "get a --rev 10000",
    "get a --prefix -w json -w fields",
    "-w json get a",
    "get a -wjson",
    "del",
    "del a b c",
    "del missing",
    "del a --prev-kv",
    "del a -w json",
    "del a -w fields",
    "del a -w table",
    "compaction",
    "compaction x",
    "compaction 3",
    "compaction 3",
    "compaction 5000",
    "compaction 4 --physical",
    "get a --rev 2",
  ],
  transactions: [
    "txn x",
    "txn",
    { line: "txn", stdin: "\n\n\n" },
    { line: "txn -i", stdin: "\n\n\n" },
    { line: "txn", stdin: "bogus\n\n\n\n" },
    { line: "txn", stdin: 'foo("a") = "b"\n\n\n\n' },
    { line: "txn", stdin: 'mod("a") = b\n\n\n\n' },
    { line: "txn", stdin: 'mod("a") = "x"\n\n\n\n' },
    { line: "txn", stdin: 'mod(a) = "1"\n\n\n\n' },
    { line: "txn", stdin: 'mod("a")= "1"\n\n\n\n' },
    { line: "txn", stdin: "\nget\n\n\n" },
    { line: "txn", stdin: "\nbogus a\n\n\n" },
    { line: "txn", stdin: "\nput a \"x y\"\nget a\nput \"key \\\"with\\\" space\" \"value \\x23\"\n\n\n" },
    { line: "txn -w json", stdin: '\nget b\nput c d\n\n\n' },
    { line: "txn -w fields", stdin: 'mod("a") > "1"\n\nget a\ndel b\nput c d\n\n\n' },
    { line: "txn", stdin: 'val("a") = "x y"\nver("a") != "0"\nc("none") = "0"\nm("a") < "100"\n\nget a --keys-only\nget --prefix a\n\nput a f\n\n' },
    { line: "txn", stdin: "\nput d 1\nput d 2\n\n\n" },
    { line: "txn", stdin: '  mod("a")  >  "1"  \n\n\tget a\n\n\n' },
  ],
  leases: [
    "lease grant",
    "lease grant x",
    "lease grant 0",
    "lease grant -- -1",
    "lease grant 9999999999",
    "lease grant 100",
    "lease grant 100 -w fields",
    "lease grant 100 -w table",
    "lease timetolive",
    "lease timetolive zz",
    "lease timetolive 1234",
    "lease timetolive 1234 -w fields",
    "lease keep-alive",
    "lease keep-alive zz",
    "lease keep-alive --once 1234",
    "lease keep-alive 1234",
    "lease revoke",
    "lease revoke zz",
    "lease revoke 1234",
  ],
  "members and maintenance": [
    "member list",
    "member list -w table",
    "member list -w json",
    "member add",
    "member add x",
    "member add x http://1.2.3.4:1",
    "member remove",
    "member remove zz",
    "member remove 1234",
    "member update 1234",
    "member update 1234 --peer-urls=http://127.0.0.1:1",
    "member promote",
    "member promote 1234",
    "alarm list",
    "alarm list x",
    "alarm disarm x",
    "alarm disarm",
    "move-leader",
    "move-leader zz",
    "move-leader 1234",
    "lock",
    "elect",
    "elect a",
    "elect -l a b",
    "make-mirror",
    "make-mirror a b",
    "watch",
    "watch a --",
    "get a --cert=",
  ],
};

/** What real 3.6.14 printed, compared by hand; 3.4 prints something else. Standard error, after its log lines, and exit code. */
const NEWER: readonly (readonly [line: Line, code: number, stdout: string, stderr: string])[] = [
  // 3.4 says it twice
  ["gett a", 1, "", 'Error: unknown command "gett" for "etcdctl"\n\nDid you mean this?\n\tget\n\nRun \'etcdctl --help\' for usage.\n'],
  ["get a --count-only", 128, "", "Error: --count-only is only for `--write-out=fields`\n"],
  ["get a --count-only --keys-only", 128, "", "Error: `--keys-only` and `--count-only` cannot be set at the same time, choose one\n"],
  ["get a --min-mod-rev 5 --max-mod-rev 3", 4, "", "Error: getMinModRev(=5) > getMaxModRev(=3)\n"],
  ["member list --consistency x", 4, "", 'Error: unknown consistency flag "x"\n'],
  ["downgrade validate", 128, "", "Error: TARGET_VERSION not provided\n"],
  ["downgrade validate a b", 128, "", "Error: too many arguments\n"],
  ["watch a b --prefix", 128, "", "Error: `range_end` and `--prefix` are mutually exclusive\n"],
  ["completion", 1, "HELP", "Error: accepts 1 arg(s), received 0\n\n"],
  ["completion tcsh", 1, "HELP", 'Error: invalid argument "tcsh" for "etcdctl completion"\n\n'],
  ["get a --bogus", 1, "HELP", "Error: unknown flag: --bogus\n\n"],
  ["get a --rev x", 1, "HELP", 'Error: invalid argument "x" for "--rev" flag: strconv.ParseInt: parsing "x": invalid syntax\n\n'],
  ["lease bogus", 0, "HELP", ""],
  ["help bogus", 0, "HELP", "Unknown help topic [`bogus`]\n"],
  ["snapshot save a b", 128, "", "Error: snapshot save expects one argument <filename>\n"],
  ["version", 0, "etcdctl version: 3.6.14\nAPI version: 3.6\n", ""],
  [{ line: "watch -i", stdin: "foo\n\nwatch\n" }, 3, "", "Invalid command foo (only support watch)\nInvalid command:  (watch and progress supported)\nInvalid command watch (command type or key is not provided)\nError: error reading watch request line: EOF\n"],
  [{ line: "watch -i", stdin: "watch --bogus\n" }, 128, "", "Error: unknown flag: --bogus\n"],
];

const wordsOf = (line: string): string[] => line.split(" ");

function theirs(url: string, line: Line): Promise<ProgramOutcome> {
  const { line: text, stdin } = typeof line === "string" ? { line, stdin: "" } : line;
  return new Promise((resolve) => {
    const child = spawn("etcdctl", ["--endpoints", url, ...wordsOf(text)], { env: { PATH: process.env.PATH, ETCDCTL_API: "3" }, stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("latin1")));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("latin1")));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => undefined); // it need not read its input
    child.stdin.end(stdin);
  });
}

function ours(url: string, line: Line): Promise<ProgramOutcome> {
  const { line: text, stdin } = typeof line === "string" ? { line, stdin: "" } : line;
  return runProgram(etcdctl, ["--endpoints", url, ...wordsOf(text)], stdin);
}

function masked({ code, stdout, stderr }: ProgramOutcome): ProgramOutcome {
  const settle = (text: string): string =>
    text
      .split("\n")
      .filter((entry) => !entry.startsWith('{"level":')) // log lines carry times and places in etcd's source
      .join("\n")
      .replace(/127\.0\.0\.1:\d{4,5}/g, "ADDRESS")
      // 3.6 names the answers of a transaction as the schema does
      .replace(/"Response(Range|Put|DeleteRange)":/g, (_, name: string) => `"response${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`)
      .replace(/"(cluster_id|member_id|ID|raft_term)":\d+/g, '"$1":N')
      .replace(/"(ClusterID|MemberID|RaftTerm|ID)" : \d+/g, '"$1" : N')
      .replace(/\b[0-9a-f]{14,16}\b/g, "ID")
      .replace(/-{8,}|(?<=\|) +| +(?=\|)/g, "-")
      .replace(/took = [\d.]+[mµn]?s|took = [\d.]+\S+s/g, "took = T");
  return { code, stdout: settle(stdout), stderr: settle(stderr) };
}

describe.skipIf(!hasRealEtcd)(`etcdctl prints what real etcdctl prints (${WHERE_FROM})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "etcdctl-"));
  const real: RealEtcd[] = [];
  const members: MemberProcess[] = [];

  beforeAll(async () => {
    real.push(await startRealEtcd(), await startRealEtcd());
    for (const name of ["m1", "m2"]) {
      const [clientPort, peerPort] = (await freePorts(2)) as [number, number];
      const member = new MemberProcess({ name, folder, clientPort, peerPort });
      await member.start(`${name}=${member.peerUrl}`, "new");
      await member.ready();
      members.push(member);
    }
  });
  afterAll(async () => {
    await Promise.all([...real, ...members].map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [title, lines] of Object.entries(ALIKE)) {
    it(`asking a real member: ${title}`, { timeout: 180_000 }, async () => {
      for (const line of lines) expect({ line, ...masked(await ours(real[1]!.url, line)) }).toEqual({ line, ...masked(await theirs(real[0]!.url, line)) });
    });
    it(`asking a member of ours: ${title}`, { timeout: 180_000 }, async () => {
      const settle = (outcome: ProgramOutcome): ProgramOutcome => ({ ...masked(outcome), stdout: masked(outcome).stdout.replaceAll(/\bm[12]\b/g, "NAME") });
      for (const line of lines) expect({ line, ...settle(await ours(members[1]!.clientUrl, line)) }).toEqual({ line, ...settle(await theirs(members[0]!.clientUrl, line)) });
    });
  }

  it.each(NEWER)("as 3.6 does: %o", async (line, code, stdout, stderr) => {
    const outcome = masked(await ours(members[0]!.clientUrl, line));
    expect({ code: outcome.code, stdout: stdout === "HELP" && outcome.stdout.startsWith("NAME:") ? "HELP" : outcome.stdout, stderr: outcome.stderr }).toEqual({ code, stdout, stderr });
  });
});
