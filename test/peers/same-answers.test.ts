/**
 * The same script against a member of ours and a real one, with real etcdctl (v3 and v2) and the etcd3 npm client: what
 * they print and return is equal, but for ids, times and sizes.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Etcd3, type IOptions } from "etcd3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemberProcess } from "../member/harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { hasRealEtcd, type RealEtcd, startRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

interface Side {
  readonly url: string;
  /** lease ids as they were granted, by the name the script uses for them */
  readonly leases: Map<string, string>;
}

interface Line {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** remembers the lease granted under this name; `@name` stands for it in later lines */
  readonly lease?: string;
  /** ends it with SIGINT after it has printed so much */
  readonly until?: RegExp;
}

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
const line = (text: string, more: Omit<Line, "args"> = {}): Line => ({ args: words(text), ...more });

const V3: Readonly<Record<string, readonly Line[]>> = {
  "put, get, del": [
    line("put a 1"),
    line("put a 2 --prev-kv"),
    line("put b", { stdin: "from stdin\n" }),
    line("put c 3 -w json"),
    line("put a x --prev-kv -w json"),
    line("put a --ignore-value -w json"),
    line("put missing --ignore-value"),
    line("put nolease 1 --lease 1234"),
    line("get a"),
    line("get missing"),
    line("get a -w json"),
    line("get a -w fields"),
    line("get a --hex"),
    line("get a c"),
    line("get a --from-key"),
    line("get a --prefix --keys-only"),
    line("get a --prefix -w json --limit 1"),
    line("get a z -w json --limit 2"),
    line("get a z --order DESCEND --sort-by MODIFY -w json"),
    line("get a z --order ASCEND --sort-by VALUE -w json"),
    line("get a z --sort-by VERSION --order DESCEND --limit 1 -w json"),
    line("get a --rev 2 -w json"),
    line("get a --rev 3 --print-value-only"),
    line("get a --rev 1000"),
    line("get a --consistency s -w json"),
    line("del missing"),
    line("del a --prev-kv -w json"),
    line("del b z --prev-kv"),
    line("del a --from-key"),
    { args: ["put", ""], stdin: "x" },
    line("put big", { stdin: "v".repeat(1_600_000) }),
  ],
  transactions: [
    line("put t 1"),
    line("txn", { stdin: 'value("t") = "1"\n\nput t 2\nget t\ndel none\n\nput t 3\n\n' }),
    line("txn -w json", { stdin: 'mod("t") > "1"\nversion("t") = "2"\ncreate("none") = "0"\n\nget t\nput t2 x\ndel t2\n\nget t\n\n' }),
    line("txn", { stdin: '\n\nput d 1\nput d 2\n\n\n' }),
    line("txn -w json", { stdin: 'value("none") = ""\n\nget t\n\nget t --limit 1\nput f y --prev-kv\n\n' }),
    line("txn", { stdin: "\n\n\n" }),
    line("get t --prefix -w json"),
  ],
  leases: [
    line("lease grant 600", { lease: "one" }),
    line("put l1 x --lease @one"),
    line("put l2 y --lease @one"),
    line("get l1 -w json"),
    line("lease timetolive @one --keys"),
    line("lease timetolive @one --keys -w json"),
    line("lease timetolive 1234"),
    line("lease keep-alive @one --once"),
    line("put l2 y"),
    line("lease list"),
    line("lease revoke @one"),
    line("lease revoke @one"),
    line("get l --prefix --keys-only"),
    line("lease grant 0"),
    line("lease grant 9999999999"),
    line("lease grant 1", { lease: "short" }),
    line("lease keep-alive --once 1234"),
  ],
  watches: [
    line("put w 1"),
    line("put w 2"),
    line("del w"),
    line("watch w --rev 2 --prev-kv", { until: /DELETE\nw\n/ }),
    line("watch w --rev 2 -w json", { until: /"type":1/ }),
    line("watch w z --rev 2 --prefix=false", { until: /DELETE\nw\n/ }),
    line("compaction 5"),
    line("watch w --rev 2"),
    line("get w --rev 2"),
    line("compaction 5"),
    line("compaction 100000"),
    line("compaction 6 --physical"),
  ],
  "cluster and maintenance": [
    line("member list"),
    line("member list -w json"),
    line("member remove 1234"),
    line("member update 1234 --peer-urls=http://127.0.0.1:1"),
    line("member promote 1234"),
    line("member add x --peer-urls=nonsense"),
    line("alarm list"),
    line("alarm disarm"),
    line("endpoint health"),
    line("defrag"),
    line("move-leader 1234"),
    line("user get nobody"),
    line("role get nobody"),
    line("role list"),
    line("user list"),
    line("auth disable"),
    line("auth enable", { stdin: "" }),
    line("elect e v", { until: /v\n/ }),
    line("lock k", { until: /k\// }),
    line("get e --prefix"),
  ],
};

const V2: readonly Line[] = [
  line("set /a 1"),
  line("set /a 2 --ttl 100"),
  line("get /a"),
  line("get /none"),
  line("-o extended get /a"),
  line("-o json get /a"),
  line("set /a 3 --swap-with-value 2"),
  line("set /a 3 --swap-with-value 2"),
  line("set /a 4 --swap-with-index 999"),
  line("mk /a 1"),
  line("mk /b 1"),
  line("mk --in-order /q x"),
  line("update /b 2"),
  line("update /none 2"),
  line("mkdir /d"),
  line("mkdir /d"),
  line("setdir /d2"),
  line("updatedir /d2 --ttl 50"),
  line("set /d/x 1"),
  line("set /d/e/f 1"),
  line("set /_hidden 1"),
  line("set /a/b 1"),
  line("ls --sort /"),
  line("ls -r -p --sort /d"),
  line("ls /none"),
  line("get /d"),
  line("rm /d"),
  line("rmdir /d"),
  line("rm --with-value 9 /b"),
  line("rm --with-value 2 /b"),
  line("rm -r /d"),
  line("rm /none"),
  line("-o json set /j v"),
  line("-o json rm /j"),
  line("watch --after-index 1 /b", { until: /\n/ }),
  line("watch -r --after-index 1 /d", { until: /\n/ }),
  line("member list"),
  line("cluster-health"),
  line("user list"),
  line("role list"),
  line("user get nobody"),
  line("auth enable"),
];

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(side: Side, api: "2" | "3", { args, stdin, until }: Line): Promise<Outcome> {
  const resolved = args.map((arg) => (arg.startsWith("@") ? side.leases.get(arg.slice(1))! : arg));
  return new Promise((resolve) => {
    const child = spawn("etcdctl", ["--endpoints", side.url, ...resolved], { env: { ...process.env, ETCDCTL_API: api }, stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (until?.test(stdout) === true) child.kill("SIGINT");
    });
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => undefined); // a child that does not read its input
    child.stdin.end(stdin ?? "");
  });
}

/** Ids, times, addresses and sizes by their kind; v2 indexes as distance from the side's first. */
function comparable({ code, stdout, stderr }: Outcome, firstIndex: number): Outcome {
  const relative = (index: string): string => (Number(index) <= 1 ? index : String(Number(index) - firstIndex));
  const settle = (text: string): string =>
    text
      .split("\n")
      .filter((entry) => !entry.startsWith('{"level":')) // log lines of the client
      .join("\n")
      .replace(/http:\/\/127\.0\.0\.1:\d+|127\.0\.0\.1:\d+/g, "URL")
      .replace(/"(cluster_id|member_id|ID|id|lease|raft_term|memberID)":\d+/g, '"$1":N')
      .replace(/"(ClusterID|MemberID|RaftTerm|Lease)" : \d+/g, '"$1" : N')
      .replace(/\b[0-9a-f]{14,16}\b/g, "ID")
      .replace(/took [=]? ?[\d.]+[mµn]?s/g, "took T")
      .replace(/remaining\(\d+s\)/g, "remaining(T)")
      .replace(/"ttl":(?:59\d|600)/g, '"ttl":T')
      // real etcd tells a lease's keys in the order of a Go map, which changes from run to run
      .replace(/"keys":\[([^\]]*)\]/g, (_, keys: string) => `"keys":[${keys.split(",").sort().join(",")}]`)
      .replace(/attached keys\(\[([^\]]*)\]\)/g, (_, keys: string) => `attached keys([${keys.split(" ").sort().join(" ")}])`)
      .replace(/"(modifiedIndex|createdIndex)":(\d+)/g, (_, name: string, index: string) => `"${name}":${relative(index)}`)
      .replace(/\b(Created-Index|Modified-Index|Index)([:=] ?)(\d+)/g, (_, name: string, sign: string, index: string) => name + sign + relative(index))
      .replace(/\[(\d+)\]$/gm, (_, index: string) => `[${relative(index)}]`)
      .replace(/\[999 != (\d+)\]/g, (_, index: string) => `[999 != ${relative(index)}]`)
      .replace(/"expiration":"[^"]*"/g, '"expiration":"T"')
      .replace(/TTL: (?:9\d|100)/g, "TTL: T")
      .replace(/"ttl":(?:9\d|100)/g, '"ttl":T');
  return { code, stdout: settle(stdout), stderr: settle(stderr) };
}

describe.skipIf(!hasRealEtcd)(`the same script, the same answers (${WHERE_FROM})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "same-answers-"));
  let real: RealEtcd;
  let member: MemberProcess;
  let sides: readonly [theirs: Side, ours: Side];

  beforeAll(async () => {
    const [clientPort, peerPort] = (await freePorts(2)) as [number, number];
    member = new MemberProcess({ name: "m1", folder, clientPort, peerPort });
    real = await startRealEtcd(["--enable-v2"]);
    await member.start(`m1=${member.peerUrl}`, "new", ["--enable-v2"]);
    await member.ready();
    sides = [
      { url: real.url, leases: new Map() },
      { url: member.clientUrl, leases: new Map() },
    ];
  });
  afterAll(async () => {
    await member.stop();
    await real.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function both(api: "2" | "3", each: Line, firsts: readonly [number, number] = [0, 0]): Promise<void> {
    const outcomes = await Promise.all(sides.map((side) => run(side, api, each)));
    if (each.lease !== undefined)
      sides.forEach((side, index) => side.leases.set(each.lease!, /^lease ([0-9a-f]{16})/.exec(outcomes[index]!.stdout)?.[1] ?? "0"));
    const said = each.args.join(" ").slice(0, 100);
    expect({ said, ...comparable(outcomes[1]!, firsts[1]) }).toEqual({ said, ...comparable(outcomes[0]!, firsts[0]) });
  }

  for (const [title, lines] of Object.entries(V3))
    it(`etcdctl: ${title}`, { timeout: 180_000 }, async () => {
      for (const each of lines) await both("3", each);
    });

  it("etcdctl: status and hash name the same things, and a snapshot is whole", { timeout: 180_000 }, async () => {
    for (const side of sides) {
      const { stdout } = await run(side, "3", line("endpoint status -w json"));
      const [{ Status }] = JSON.parse(stdout) as [{ Status: Record<string, unknown> }];
      for (const name of ["header", "version", "dbSize", "leader", "raftIndex", "raftTerm", "raftAppliedIndex", "dbSizeInUse"]) expect(Status).toHaveProperty(name);
      expect((await run(side, "3", line("endpoint hashkv"))).stdout).toMatch(/, \d+\n$/);
      const file = join(folder, "snapshot.db");
      expect(await run(side, "3", { args: ["snapshot", "save", file] })).toMatchObject({ code: 0, stdout: `Snapshot saved at ${file}\n` });
      expect((await run(side, "3", { args: ["snapshot", "status", file, "-w", "json"] })).stdout).toContain('"revision":');
      rmSync(file);
    }
  });

  it("etcdctl with API 2", { timeout: 180_000 }, async () => {
    // written to first: etcdctl takes --after-index 0 for "from now on"
    const first = async (side: Side): Promise<number> =>
      Number((await fetch(`${side.url}/v2/keys/_begin?value=1`, { method: "PUT" })).headers.get("x-etcd-index"));
    const firsts = [await first(sides[0]), await first(sides[1])] as const;
    for (const each of V2) {
      const counted = each.args.map((arg, index) => (each.args[index - 1] === "--after-index" ? "FIRST" : arg));
      const outcomes = await Promise.all(
        sides.map((side, index) => run(side, "2", { ...each, args: counted.map((arg) => (arg === "FIRST" ? String(firsts[index]!) : arg)) })),
      );
      const said = each.args.join(" ");
      expect({ said, ...comparable(outcomes[1]!, firsts[1]) }).toEqual({ said, ...comparable(outcomes[0]!, firsts[0]) });
    }
  });

  it("the etcd3 npm client", { timeout: 180_000 }, async () => {
    const transcripts = await Promise.all(sides.map((side) => withEtcd3({ hosts: side.url })));
    expect(transcripts[1]).toEqual(transcripts[0]);
  });
});

/** What the npm client sees, step by step; revisions counted from the first. */
async function withEtcd3(options: IOptions): Promise<unknown[]> {
  const client = new Etcd3(options);
  const seen: unknown[] = [];
  const failed = async (work: Promise<unknown>): Promise<unknown> => {
    try {
      return await work;
    } catch (error) {
      return `${(error as Error).constructor.name}: ${(error as Error).message}`;
    }
  };
  const first = Number((await client.put("n/first").value("1")).header.revision);
  const after = (revision: string): number => Number(revision) - first;

  await client.put("n/a").value("0");
  const previous = await client.put("n/a").value("1").getPrevious();
  seen.push([previous.key.toString(), previous.value.toString(), after(previous.mod_revision)]);
  const range = await client.getAll().prefix("n/").sort("Mod", "Descend").exec();
  seen.push(range.kvs.map((kv) => [kv.key.toString(), kv.value.toString(), after(kv.create_revision), after(kv.mod_revision), kv.version, kv.lease]), range.count, range.more);
  seen.push(await client.get("n/a").string(), await client.get("n/none").string(), await client.getAll().prefix("n/").strings());

  const watcher = await client.watch().prefix("n/w").withPreviousKV().create();
  const events: unknown[] = [];
  const enough = new Promise<void>((resolve) => {
    watcher.on("put", (kv, previous) => events.push(["put", kv.key.toString(), kv.value.toString(), previous?.value.toString()]));
    watcher.on("delete", (kv, previous) => {
      events.push(["delete", kv.key.toString(), previous?.value.toString()]);
      resolve();
    });
  });
  await client.put("n/w1").value("x");
  await client.put("n/w1").value("y");
  await client.delete().key("n/w1");
  await enough;
  await watcher.cancel();
  seen.push(events);

  const txn = await client.if("n/a", "Value", "==", "1").and("n/none", "Create", "==", 0).then(client.put("n/a").value("2"), client.get("n/a")).else(client.get("n/a")).commit();
  seen.push(txn.succeeded, txn.responses.map((response) => Object.keys(response)));
  seen.push((await client.if("n/a", "Version", ">", 10).then().else(client.get("n/a")).commit()).succeeded);

  const lease = client.lease(120);
  await lease.put("n/leased").value("here");
  seen.push(await client.get("n/leased").string(), (await client.leaseClient.leaseTimeToLive({ ID: await lease.grant(), keys: true })).keys.map(String));
  await lease.keepaliveOnce();
  await lease.revoke();
  seen.push(await client.get("n/leased").string());

  const lock = client.lock("n/lock").ttl(20);
  await lock.acquire();
  seen.push(await failed(client.lock("n/lock").ttl(20).acquire()));
  await lock.release();
  seen.push(await failed(client.stm().transact(async (tx) => tx.put("n/stm").value(String(await tx.get("n/a").string())))));
  seen.push(await client.get("n/stm").string());

  const election = client.election("n/election", 20);
  const campaign = election.campaign("me");
  await new Promise<void>((resolve, reject) => {
    campaign.on("elected", resolve);
    campaign.on("error", reject);
  });
  seen.push(await election.leader());
  await campaign.resign();
  seen.push(await election.leader());

  seen.push(await failed(client.put("").value("x").exec()));
  seen.push(await failed(client.get("n/a").revision(1_000_000).string()));
  seen.push(await failed(client.leaseClient.leaseRevoke({ ID: "77" })));
  seen.push(await failed(client.auth.authenticate({ name: "a", password: "b" }) as Promise<unknown>));
  seen.push(await failed(client.put("n/big").value("v".repeat(1_600_000)).exec()));
  seen.push((await client.cluster.memberList({})).members.map((member) => [member.name, member.clientURLs.length]));
  seen.push(Object.keys(await client.maintenance.status()).sort());
  const compacted = await failed(client.kv.compact({ revision: String(first + 3), physical: true }).then(() => "compacted"));
  seen.push(compacted, await failed(client.get("n/a").revision(first).string()));
  seen.push(Number((await client.delete().prefix("n/")).deleted));
  client.close();
  return seen;
}

