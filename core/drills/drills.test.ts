/** The pure parts of drills: format, variables, ledger, dangerous acts, score, debrief. */
import { describe, expect, it } from "vitest";
import { readBytes, readDuration } from "./checks/vocabulary.ts";
import { evaluate } from "./checks/evaluate.ts";
import type { Eyes } from "./checks/eyes.ts";
import { type DrillFiles, readDrill } from "./format/read-drill.ts";
import { draw, readVariables, substitute } from "./format/variables.ts";
import { attemptOf, best, overviewCsv, overviewMarkdown } from "./progress.ts";
import { DangerWatch, type HostSight, type Sight } from "./run/dangers.ts";
import { toHtml, toMarkdown } from "./run/debrief.ts";
import { Ledger } from "./run/ledger.ts";
import type { Report } from "./run/report.ts";
import { score } from "./run/score.ts";

const DRILL = `---
title: A drill
level: 2
minutes: 4
vars:
  victim: [m2, m3]
  other: {of: [m2, m3], except: [victim]}
---
## Why
Because.
## Task
Do something on {{victim}} at {{{{victim}}.peer}}.
## Hints
1. One.
2. Two
   lines.
## Debrief
So.
## Links
- https://etcd.io/
`;
const CHECKS = `- id: good
  name: It is good
  key: {key: /a, value: "{{victim}}"}
`;
const WRONG = "# title: Do nothing\n# fails: good because /not there/\n# costs: time\n:\n";

function files(changes: Readonly<Record<string, string | undefined>> = {}): DrillFiles {
  const texts = { "drill.md": DRILL, "checks.yaml": CHECKS, "setup.sh": "drill mark start\n", "reference.sh": "etcdctl put /a {{victim}}\n", "wrong-1.sh": WRONG, ...changes };
  return { name: "a", texts: new Map(Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined)) };
}
const said = (changes: Readonly<Record<string, string | undefined>>): string[] => readDrill(files(changes), 1).problems.map((one) => `${one.file}:${one.line}: ${one.message}`);

describe("a drill's folder", () => {
  it("is read with its seed's values everywhere", () => {
    const { drill, problems } = readDrill(files(), 1);
    expect(problems).toEqual([]);
    const { victim, other } = drill!.values;
    expect([victim, other].sort()).toEqual(["m2", "m3"]);
    expect(drill!.task).toBe(`Do something on ${victim} at http://127.0.1.${victim!.slice(1)}:2380.`);
    expect(drill!.hints).toEqual(["One.", "Two\n   lines."]);
    expect(drill!.checks[0]!.args.text("value")).toBe(victim);
    expect(drill!.solutions.map((one) => one.name)).toEqual(["reference", "wrong-1"]);
    expect(readDrill(files(), 1).drill).toEqual(drill);
  });

  it.each([
    [{ "reference.sh": undefined }, "reference.sh:0: is missing"],
    [{ "wrong-1.sh": undefined }, "wrong-1.sh:0: is missing: a drill has at least one tempting wrong solution"],
    [{ "checks.yaml": undefined }, "checks.yaml:0: is missing"],
    [{ "notes.txt": "" }, "notes.txt:0: is no file of a drill: drill.md, checks.yaml, before.sh, setup.sh, reference.sh, wrong-1.sh, ..."],
    [{ "drill.md": DRILL.replace("level: 2", "level: 9") }, "drill.md:1: level is a whole number from 1 to 5"],
    [{ "drill.md": DRILL.replace("## Links", "## Lnks") }, "drill.md:19: there is no section Lnks; there are Why, Task, Hints, Debrief, Links"],
    [{ "drill.md": DRILL.replace("{{victim}} at", "{{victm}} at") }, "drill.md:12: {{victm}} has no value: it is neither in vars nor a place of the lab"],
    [{ "drill.md": DRILL.replace("title", "titel") }, "drill.md:1: front matter has no titel; it has title, level, minutes, flavour, needs, host, writes, allow, keep, vars"],
    [{ "checks.yaml": CHECKS.replace("value", "valeu") }, "checks.yaml:1: check good: key has no argument valeu; it takes key, value, matches, absent, revision-at-least, leased"],
    [{ "checks.yaml": CHECKS.replace("key: {", "kee: {") }, "checks.yaml:1: check good: there is no kind kee; kinds are key, keys, members, leader, healthy, cluster, same-data, writes, outage, snapshot, service, file, flag, alarm, db, certificate, command, never"],
    [{ "checks.yaml": `${CHECKS}- id: good\n  name: Again\n  leader: {is: m9}\n` }, "checks.yaml:4: check good: this id is taken"],
    [{ "checks.yaml": `${CHECKS}- id: lead\n  name: Again\n  leader: {is: m9}\n` }, "checks.yaml:4: check lead: leader: is is one of m1, m2, m3"],
    [{ "checks.yaml": `${CHECKS}- id: kept\n  name: Kept\n  writes: {before: snapshot}\n` }, "checks.yaml:0: check kept names the mark snapshot, which setup.sh does not set with: drill mark snapshot"],
    [{ "wrong-1.sh": WRONG.replace("good because", "god because") }, "wrong-1.sh:1: fails names the check god, which checks.yaml does not have"],
    [{ "wrong-1.sh": "# title: x\n# fails: good because /[/\n# costs: y\n" }, "wrong-1.sh:1: /[/ is no regular expression: Invalid regular expression: /[/: Unterminated character class"],
  ])("says what is wrong in it: %#", (changes, message) => {
    expect(said(changes)).toContain(message);
  });
});

describe("variables", () => {
  const table = readVariables({ n: { from: 3, to: 5 }, w: { word: 6 }, c: ["a", "b", "c"], d: { of: ["a", "b", "c"], except: ["c"] } }, (_name, message) => expect.unreachable(message));
  it("are the same for one seed and differ between seeds", () => {
    expect(draw(table, 7)).toEqual(draw(table, 7));
    const many = Array.from({ length: 40 }, (_, seed) => draw(table, seed));
    for (const values of many) {
      expect(["3", "4", "5"]).toContain(values.n);
      expect(values.w).toMatch(/^[a-z]{6}$/);
      expect(values.c).not.toBe(values.d);
    }
    expect(new Set(many.map((values) => values.w)).size).toBeGreaterThan(30);
  });
  it("tell which name has no value, and where", () => {
    const unknown: [string, number][] = [];
    expect(substitute("a\n{{x}} {{y}}", { x: "1" }, (name, line) => unknown.push([name, line]))).toBe("a\n1 {{y}}");
    expect(unknown).toEqual([["y", 2]]);
  });
  it("read sizes and times", () => {
    expect([readBytes("20MB"), readBytes("1KiB"), readBytes("x")]).toEqual([20e6, 1024, undefined]);
    expect([readDuration("500ms"), readDuration("30d"), readDuration("5")]).toEqual([500, 2_592_000_000, undefined]);
  });
});

function ledgerOf(pattern: string): Ledger {
  const ledger = new Ledger();
  [...pattern].forEach((letter, at) => {
    const number = at + 1;
    const acknowledged = letter === "a";
    ledger.add({ number, key: Ledger.keyOf(number), startedAt: at * 100, endedAt: at * 100 + 10, acknowledged, revision: acknowledged ? number : 0, cluster: acknowledged ? "c" : "", error: acknowledged ? "" : "down" });
  });
  return ledger;
}

describe("the ledger", () => {
  it("names the acknowledged writes that are lost, and no others", () => {
    const ledger = ledgerOf("aaxa");
    const present = new Map([[Ledger.keyOf(1), Ledger.valueOf(1)], [Ledger.keyOf(4), "something else"]]);
    expect(ledger.lost(present).map((write) => write.number)).toEqual([2, 4]);
    expect(ledger.lost(present, 0, 150).map((write) => write.number)).toEqual([2]);
  });
  it("measures time without service from the last acknowledgement to the next one", () => {
    const ledger = ledgerOf("aaxxaaxa");
    expect(ledger.outages(0)).toEqual([
      { from: 110, to: 410, failedWrites: 2, error: "down" },
      { from: 510, to: 710, failedWrites: 1, error: "down" },
    ]);
    expect(ledger.downtime(0, 1000)).toEqual({ longestMs: 300, totalMs: 500 });
    expect(ledger.downtime(300, 1000)).toEqual({ longestMs: 200, totalMs: 310 });
  });
  it("lets an outage last that has not ended", () => {
    expect(ledgerOf("axx").downtime(0, 5000)).toEqual({ longestMs: 4990, totalMs: 4990 });
    expect(ledgerOf("xx").downtime(0, 300)).toEqual({ longestMs: 300, totalMs: 300 });
  });
});

const on = (host: string, change: Partial<HostSight> = {}): HostSight => ({ host, running: true, pid: Number(host.slice(1)), member: `${host}id`, cluster: "c1", flags: new Map(), hasData: true, databases: [`/${host}/db`], ...change });
const off = (host: string, change: Partial<HostSight> = {}): HostSight => on(host, { running: false, pid: undefined, member: "", cluster: "", ...change });
const sight = (at: number, hosts: readonly HostSight[], voters: readonly string[] | undefined = ["m1id", "m2id", "m3id"], kept: ReadonlyMap<string, string | undefined> = new Map()): Sight => ({ at, hosts, voters, kept });
const three = [on("m1"), on("m2"), on("m3")];

/** Names of what was told over these moments. */
function told(...sights: readonly Sight[]): string[] {
  const watch = new DangerWatch();
  for (const one of sights) watch.look(one);
  return watch.dangers.map((danger) => `${danger.name} ${danger.host}`.trim());
}

describe("dangerous acts", () => {
  it("are not told of a cluster that nobody touches, nor of one restart", () => {
    expect(told(sight(0, three), sight(1, three), sight(2, [off("m1"), on("m2"), on("m3")]), sight(3, [on("m1", { pid: 9 }), on("m2"), on("m3")]))).toEqual([]);
  });
  it("--force-new-cluster while the others have a quorum", () => {
    const forced = on("m1", { pid: 9, member: "new", cluster: "c2", flags: new Map([["force-new-cluster", "true"]]) });
    expect(told(sight(0, three), sight(1, [forced, on("m2"), on("m3")]))).toEqual(["force-new-cluster-with-quorum m1", "second-cluster m1"]);
    expect(told(sight(0, [on("m1"), off("m2"), off("m3")]), sight(1, [forced, off("m2"), off("m3")]))).toEqual([]);
  });
  it("--force-new-cluster on two members", () => {
    const flags = new Map([["force-new-cluster", "true"]]);
    const down = [off("m1"), off("m2"), off("m3")];
    expect(told(sight(0, down), sight(1, [on("m1", { flags }), off("m2"), off("m3")], ["m1id"]), sight(2, [on("m1", { flags }), on("m2", { flags, cluster: "c3" }), off("m3")], ["m1id"]))).toContain("force-new-cluster-twice");
  });
  it("one member of another cluster beside a quorum of the first", () => {
    expect(told(sight(0, three), sight(1, [on("m1"), on("m2"), on("m3", { pid: 9, member: "else", cluster: "c2" })]))).toEqual(["second-cluster m3"]);
  });
  it("the quorum lost, when it stays lost for two looks", () => {
    const one = [on("m1"), off("m2"), off("m3")];
    expect(told(sight(0, three), sight(1, one), sight(2, three))).toEqual([]);
    expect(told(sight(0, three), sight(1, one), sight(2, one))).toEqual(["quorum-lost"]);
    // where there was none at the beginning, none was lost
    expect(told(sight(0, one), sight(1, one), sight(2, one))).toEqual([]);
  });
  it("a data folder deleted under a running member, and the last copy of all", () => {
    expect(told(sight(0, three), sight(1, [on("m1", { hasData: false, databases: [] }), on("m2"), on("m3")]))).toEqual(["running-data-deleted m1"]);
    expect(told(sight(0, [off("m1"), off("m2", { databases: [] })]), sight(1, [off("m1", { databases: [] }), off("m2", { databases: [] })]))).toEqual(["last-data-deleted"]);
  });
  it("a healthy member removed while a dead one stays", () => {
    const down = [on("m1"), on("m2"), off("m3")];
    expect(told(sight(0, down), sight(1, down, ["m1id", "m3id"]))).toEqual(["healthy-member-removed m2"]);
    expect(told(sight(0, down), sight(1, down, ["m1id", "m2id"]))).toEqual([]);
  });
  it("the only backup changed or deleted", () => {
    const kept = (digest: string | undefined): ReadonlyMap<string, string | undefined> => new Map([["m1:/root/a.db", digest]]);
    expect(told(sight(0, three, undefined, kept("x")), sight(1, three, undefined, kept("x")))).toEqual([]);
    expect(told(sight(0, three, undefined, kept("x")), sight(1, three, undefined, kept(undefined)))).toEqual(["backup-overwritten m1"]);
  });
  it("a member started without fsync", () => {
    expect(told(sight(0, three), sight(1, [on("m1", { pid: 9, flags: new Map([["unsafe-no-fsync", "true"]]) }), on("m2"), on("m3")]))).toEqual(["unsafe-no-fsync m1"]);
  });
});

const check = (id: string, passed: boolean) => ({ id, name: id, passed, reason: "so", greenAt: undefined });
const danger = { name: "quorum-lost" as const, at: 5, host: "", text: "the quorum is lost" };

describe("the score", () => {
  it("counts checks, hints and dangerous acts", () => {
    expect(score([check("a", true), check("b", true)], 0, [], [])).toMatchObject({ passed: true, points: 100 });
    expect(score([check("a", true), check("b", false)], 1, [], [])).toMatchObject({ passed: false, points: 45 });
    expect(score([check("a", true)], 0, [danger], [])).toMatchObject({ passed: true, points: 85 });
    expect(score([check("a", true)], 0, [danger], ["quorum-lost"])).toMatchObject({ passed: true, points: 100 });
    expect(score([check("a", false)], 9, [danger], [])).toMatchObject({ passed: false, points: 0 });
    expect(score([], 0, [], [])).toMatchObject({ passed: false });
  });
});

const report: Report = {
  drill: "a",
  title: "A <drill>",
  level: 1,
  seed: 4,
  solution: "",
  passed: false,
  points: 40,
  account: ["1 of 2 checks: 50 points"],
  startedAt: 1000,
  endedAt: 91_000,
  atHandover: [],
  checks: [check("one", true), check("two", false)],
  rpo: { acknowledged: 10, lost: 1, names: ["/ledger/000007"], known: true },
  rto: { longestMs: 61_000, totalMs: 62_000, outages: [] },
  clusters: {},
  commands: [{ at: 2000, host: "m1", line: "echo '<b>'", status: 0 }],
  dangers: [{ ...danger, counts: true, words: "That is bad." }],
  hints: [{ at: 3000, text: "Look." }],
  timeline: [{ at: 2000, kind: "command", host: "m1", text: "echo '<b>'" }],
  allow: [],
  debrief: "Some `code`.\n\n- a list",
  links: ["https://etcd.io/"],
  wrongWays: [{ title: "Do nothing", costs: "Time." }],
};

describe("the debrief", () => {
  it("as Markdown tells result, numbers, losses by name, acts and what happened", () => {
    const text = toMarkdown(report);
    for (const part of ["| Acknowledged writes lost (RPO) | 1 of 10 |", "1 min 1 s at the longest", "- [ ] two: so", "Lost: /ledger/000007.", "+00:01.0 $ m1: echo '<b>'", "Do nothing. Time."]) expect(text).toContain(part);
  });
  it("as HTML says the same, and nothing of it is markup of somebody else", () => {
    const text = toHtml(report);
    expect(text).toContain("<title>A &lt;drill&gt;</title>");
    expect(text).toContain("echo '&lt;b&gt;'");
    expect(text).not.toContain("echo '<b>'");
    expect(text).toContain("<code>code</code>");
  });
});

describe("the record of a learner", () => {
  it("keeps the best attempt, and an overview over many learners", () => {
    const attempts = [attemptOf(report), { ...attemptOf(report), points: 90, passed: true, seconds: 20 }];
    const all = [{ version: 1 as const, learner: "ada", attempts }, { version: 1 as const, learner: "bob, jr", attempts: [] }];
    expect(best(all[0]!, "a")).toMatchObject({ points: 90 });
    expect(overviewCsv(all)).toContain("ada,a,2,yes,90,20,1,quorum-lost,1,61.0\n");
    expect(overviewMarkdown(all, ["a", "b"])).toContain("| ada | 90 | 1 |\n| bob, jr |  | 0 |\n");
  });
});

/** Eyes that see what a test says. */
function eyes(change: Partial<Eyes>): Eyes {
  const blind = (): never => {
    throw new Error("no member answers: no etcd runs");
  };
  return {
    hosts: ["m1", "m2"],
    ledger: ledgerOf("aaa"),
    now: () => 1000,
    handedOverAt: 0,
    firstCluster: "c1",
    range: blind,
    members: blind,
    status: () => Promise.resolve(undefined),
    serves: () => Promise.resolve(false),
    alarms: blind,
    hash: blind,
    file: () => undefined,
    snapshot: blind,
    unit: () => undefined,
    settings: () => undefined,
    run: blind,
    dangers: () => [],
    ...change,
  };
}

describe("checks", () => {
  const verdict = (yaml: string, change: Partial<Eyes>) => {
    const { drill, problems } = readDrill(files({ "checks.yaml": `- id: good\n  name: x\n  ${yaml}\n` }), 1);
    expect(problems).toEqual([]);
    return evaluate(drill!.checks[0]!, eyes(change));
  };
  const status = { id: "a", cluster: "c1", leader: "a", revision: 5, dbSize: 10_000_000, dbSizeInUse: 1_000_000, learner: false };

  it("say why nothing can be seen", async () => {
    expect(await verdict("key: {key: /a}", {})).toEqual({ passed: false, reason: "no member answers: no etcd runs" });
    expect(await verdict("healthy: {hosts: all}", {})).toEqual({ passed: false, reason: "m1 and m2 do not serve" });
    expect(await verdict("flag: {host: m1, flag: quota-backend-bytes}", {})).toEqual({ passed: false, reason: "no etcd runs on m1" });
  });
  it("see two clusters, different data and a database that is too big", async () => {
    const two = { status: (host: string) => Promise.resolve({ ...status, cluster: host }), hash: (host: string) => Promise.resolve(host === "m1" ? 1 : 2) };
    expect(await verdict("cluster: {hosts: all}", two)).toMatchObject({ passed: false, reason: "more than one cluster: m1 is in m1, m2 is in m2" });
    expect(await verdict("same-data: {hosts: all}", two)).toMatchObject({ passed: false, reason: "different data at revision 5: m1 1; m2 2" });
    expect(await verdict("db: {hosts: all, below: 5MB}", two)).toMatchObject({ passed: false, reason: "the database of m1 has 10.0 MB; below 5MB is wanted" });
    expect(await verdict("db: {hosts: all, in-use-at-least: 0.5}", two)).toMatchObject({ passed: false });
    expect(await verdict("leader: {not: m2}", two)).toMatchObject({ passed: true, reason: "m1 leads" });
  });
  it("count lost writes before a mark", async () => {
    const ledger = ledgerOf("aaa");
    ledger.marks.set("start", { name: "start", at: 120, revision: 3 });
    const kv = (number: number) => ({ key: Buffer.from(Ledger.keyOf(number)), value: Buffer.from(Ledger.valueOf(number)), createRevision: 1, modRevision: 1, version: 1, lease: 0n });
    const range = () => Promise.resolve({ kvs: [kv(1), kv(2)], revision: 3 });
    expect(await verdict("writes: {before: start}", { ledger, range })).toEqual({ passed: true, reason: "all 2 acknowledged writes before the start are there" });
    expect(await verdict("writes: {}", { ledger, range })).toEqual({ passed: false, reason: "1 of 3 acknowledged writes are lost: /ledger/000003" });
    expect(await verdict("writes: {lost-at-most: 1}", { ledger, range })).toMatchObject({ passed: true });
  });
  it("compare what a command prints, and its exit", async () => {
    const run = () => Promise.resolve({ status: 3, out: "inactive\n", err: "" });
    expect(await verdict("command: {host: m1, run: x}", { run })).toEqual({ passed: false, reason: "it exits with 3: inactive" });
    expect(await verdict("command: {host: m1, run: x, exit: 3, prints: inactive}", { run })).toMatchObject({ passed: true });
    expect(await verdict("command: {host: m1, run: x, fails: true}", { run })).toEqual({ passed: true, reason: "it is refused" });
  });
});
