/**
 * What happens to a cluster over the years, in short: limits, quotas, damage, compaction, files that pile up, members that come and go.
 * The same tests hold for real etcd 3.6: `LIFE_OF=real PEER_ETCD=/path/to/etcd npx vitest run test/member/cluster-life.test.ts`.
 * Clusters of several tests run side by side, as most of the time is spent waiting.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { Database } from "../../core/bbolt/database.ts";
import { Client, connect } from "../../core/client/index.ts";
import { nodeDisk } from "../../core/platform/node/disk.ts";
import { KeyValue } from "../../core/proto/gen/mvccpb.ts";
import { RangeRequest, RequestOp, WatchCreateRequest, WatchRequest } from "../../core/proto/gen/etcdserverpb.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import type { MemberProcess } from "./harness/member-process.ts";
import { Writer, missingFrom } from "./harness/writer.ts";

vi.setConfig({ testTimeout: 300_000 });

const real = process.env.LIFE_OF === "real";
const b = (text: string): Buffer => Buffer.from(text);
const range = [RequestOp.create({ requestRange: RangeRequest.create({ key: b("a") }) })];

async function withCluster(work: (cluster: ClusterProcesses) => Promise<void>): Promise<void> {
  const cluster = await ClusterProcesses.create(!real);
  try {
    await work(cluster);
  } finally {
    await cluster.end();
  }
}

async function start(cluster: ClusterProcesses, count: number, ...flags: readonly string[]): Promise<MemberProcess[]> {
  await cluster.startNew(Array.from({ length: count }, () => real), flags);
  await Promise.all(cluster.members.map((member) => member.healthy()));
  return cluster.members;
}

async function withClient<T>(member: MemberProcess, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(connect(member.clientUrl));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

const put = (client: Client, key: string, value: Buffer | string): Promise<unknown> => client.put({ key: b(key), value: Buffer.from(value as string) }, { timeoutMs: 20_000 });
/** What it is refused with; "" when it is not. */
const refusal = (call: Promise<unknown>): Promise<string> => call.then(() => "", (error: Error) => error.message);

async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 100))) if (Date.now() > deadline) throw new Error(`not so: ${what}`);
}

interface Member {
  readonly ID: string;
  readonly name?: string;
}
const membersAt = async (member: MemberProcess): Promise<readonly Member[]> => (await member.call<{ members: Member[] }>("cluster/member/list", {})).members;
const idOf = async (member: MemberProcess): Promise<string> => (await member.call<{ header: { member_id: string } }>("maintenance/status", {})).header.member_id;
/** A change of members is refused until links have been up for five seconds. */
const untilAllowed = (what: string, change: () => Promise<unknown>): Promise<void> => until(what, async () => (await refusal(change())) === "");
async function leaderOf(members: readonly MemberProcess[]): Promise<MemberProcess> {
  let found: MemberProcess | undefined;
  await until("somebody leads", async () => {
    for (const member of members) {
      const { header, leader } = await member.call<{ header: { member_id: string }; leader?: string }>("maintenance/status", {});
      if (header.member_id === leader) found = member;
    }
    return found !== undefined;
  });
  return found!;
}

describe.concurrent(`a cluster's life (${real ? "real etcd" : "ours"})`, () => {
  it("old revisions go by themselves after a period", () =>
    withCluster(async (cluster) => {
      const [member] = await start(cluster, 1, "--auto-compaction-mode=periodic", "--auto-compaction-retention=1s");
      await withClient(member!, async (client) => {
        for (const value of ["1", "2", "3"]) await put(client, "a", value);
        await until("revision 2 is compacted", async () => (await refusal(client.range({ key: b("a"), revision: 2 }))) === "etcdserver: mvcc: required revision has been compacted");
        const { kvs } = await client.range({ key: b("a") });
        expect(kvs[0]!.value.toString()).toBe("3");
      });
      await member!.said(/"msg":"completed auto periodic compaction"|"msg":"finished scheduled compaction"/);
    }));

  it("requests beyond the limits that were set are refused, those below are not", () =>
    withCluster(async (cluster) => {
      const [member] = await start(cluster, 1, "--max-request-bytes=10000", "--max-txn-ops=3", "--max-concurrent-streams=2");
      await withClient(member!, async (client) => {
        expect(await refusal(put(client, "a", Buffer.alloc(9900)))).toBe("");
        expect(await refusal(put(client, "a", Buffer.alloc(10_000)))).toBe("etcdserver: request is too large");
        expect(await refusal(put(client, "a", Buffer.alloc(600_000)))).toMatch(/^grpc: received message larger than max \(6\d{5} vs\. 534288\)$/);
        expect(await refusal(client.txn({ success: [...range, ...range, ...range] }))).toBe("");
        expect(await refusal(client.txn({ success: [...range, ...range, ...range, ...range] }))).toBe("etcdserver: too many operations in txn request");
        // two streams of a connection are open: the third call waits for one to end
        const watches = [client.watch(), client.watch()];
        for (const watch of watches) await watch.write(WatchRequest.create({ createRequest: WatchCreateRequest.create({ key: b("a") }) }));
        for (const watch of watches) await watch.responses[Symbol.asyncIterator]().next();
        const third = put(client, "b", "waits");
        const early = await Promise.race([third.then(() => "answered"), new Promise((resolve) => setTimeout(() => resolve("waiting"), 300))]);
        expect(early).toBe("waiting");
        watches[0]!.cancel();
        await third;
        watches[1]!.cancel();
      });
    }));

  it("a full database refuses writes until it is compacted, defragmented and the alarm is taken back", () =>
    withCluster(async (cluster) => {
      const [member] = await start(cluster, 1, `--quota-backend-bytes=${4 << 20}`);
      await withClient(member!, async (client) => {
        let refused = "";
        for (let count = 0; refused === "" && count < 200; count++) refused = await refusal(put(client, "fills", Buffer.alloc(100_000)));
        expect(refused).toBe("etcdserver: mvcc: database space exceeded");
        const { alarms } = await member!.call<{ alarms: { memberID: string; alarm: string }[] }>("maintenance/alarm", {});
        expect(alarms).toEqual([{ memberID: await idOf(member!), alarm: "NOSPACE" }]);
        expect(await (await fetch(`${member!.clientUrl}/health`)).text()).toContain("ALARM NOSPACE");
        // reading and deleting go on
        expect(await refusal(client.range({ key: b("fills") }))).toBe("");
        expect(await refusal(client.deleteRange({ key: b("none") }))).toBe("");
        const { header } = await client.range({ key: b("fills"), countOnly: true });
        await client.compact({ revision: header!.revision, physical: true });
        await member!.call("maintenance/defragment", {});
        expect(await refusal(put(client, "a", "still refused"))).toBe("etcdserver: mvcc: database space exceeded");
        await member!.call("maintenance/alarm", { action: "DEACTIVATE", alarm: "NOSPACE", memberID: await idOf(member!) });
        expect(await refusal(put(client, "a", "taken"))).toBe("");
        const { dbSize } = await member!.call<{ dbSize: string }>("maintenance/status", {});
        expect(Number(dbSize)).toBeLessThan(2 << 20);
      });
    }));

  it("members are defragmented one after the other while all serve, and nothing acknowledged is lost", () =>
    withCluster(async (cluster) => {
      const members = await start(cluster, 3);
      await withClient(members[0]!, async (client) => {
        for (let count = 0; count < 40; count++) await put(client, `big/${count}`, Buffer.alloc(100_000));
        const { header } = await client.deleteRange({ key: b("big/"), rangeEnd: b("big0") });
        await client.compact({ revision: header!.revision, physical: true });
      });
      const writer = new Writer(cluster.endpoints);
      await writer.more(30);
      for (const member of members) {
        const size = async (): Promise<number> => Number((await member.call<{ dbSize: string }>("maintenance/status", {})).dbSize);
        const before = await size();
        const others = new Writer(members.filter((one) => one !== member).map(({ clientUrl }) => clientUrl));
        await Promise.all([member.call("maintenance/defragment", {}), others.more(20)]);
        await others.stop();
        expect(await size()).toBeLessThan(before / 2);
      }
      await writer.more(30);
      await writer.stop();
      for (const member of members) expect(await missingFrom(member.clientUrl, writer.acknowledged, 60_000)).toEqual([]);
    }));

  it("old log and snapshot files go by themselves under load", () =>
    withCluster(async (cluster) => {
      const [member] = await start(cluster, 1, "--max-wals=2", "--max-snapshots=2", "--snapshot-count=10");
      const files = async (folder: string, ending: string): Promise<string[]> => (await readdir(join(member!.dataDir, "member", folder))).filter((name) => name.endsWith(ending)).sort();
      await withClient(member!, async (client) => {
        // three segments of 64 MiB each, and a bit
        for (let written = 0; written < 220; written++) await put(client, `k${written % 3}`, Buffer.alloc(1_000_000, written));
        expect((await files("wal", ".wal")).at(-1)! > "0000000000000003").toBe(true);
        // every thirty seconds
        await until("two logs and two snapshots are left", async () => (await files("wal", ".wal")).length <= 2 && (await files("snap", ".snap")).length <= 2);
        await put(client, "last", "one");
      });
      await member!.stop("SIGKILL");
      await member!.start(cluster.initialCluster, "new");
      await member!.ready();
      expect(await missingFrom(member!.clientUrl, ["k0", "k1", "k2", "last"])).toEqual([]);
    }));

  it("a member that is stopped in order answers what it has begun, ends streams and goes by the signal", () =>
    withCluster(async (cluster) => {
      const [member] = await start(cluster, 1);
      await withClient(member!, async (client) => {
        const watch = client.watch();
        await watch.write(WatchRequest.create({ createRequest: WatchCreateRequest.create({ key: b("a") }) }));
        const responses = watch.responses[Symbol.asyncIterator]();
        await responses.next();
        const answers = Array.from({ length: 50 }, (_, at) => put(client, `k${at}`, "x").then(() => `k${at}`));
        await answers[0];
        const stopped = member!.stop("SIGTERM");
        const settled = await Promise.allSettled(answers);
        // ours says why at once; real etcd waits for it for seven seconds and then cuts the connection. Both are Unavailable to a client, which
        // resumes its watch after that and not after an end without an error
        expect(await responses.next().then(({ done }) => done, (error: Error) => error.message)).toBe(real ? "error reading from server: EOF" : "etcdserver: server stopped");
        expect(await stopped).toEqual({ code: null, signal: "SIGTERM" });
        const answered = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        await member!.start(cluster.initialCluster, "new");
        await member!.ready();
        expect(await missingFrom(member!.clientUrl, answered)).toEqual([]);
      });
    }));

  it("a database that was changed behind its member's back is found at the start", () =>
    withCluster(async (cluster) => {
      const victim = await damaged(cluster);
      await victim.start(cluster.initialCluster, "new", ["--feature-gates=InitialCorruptCheck=true"]);
      expect(await victim.ended()).toBe(1);
      expect(victim.lastOutput).toContain("found data inconsistency with peers");
      expect(victim.lastOutput).toMatch(/checkInitialHashKV failed/);
    }));

  it("or when hashes of compactions are compared, and the cluster is said to be corrupt", () =>
    withCluster(async (cluster) => {
      const flags = ["--feature-gates=CompactHashCheck=true", "--compact-hash-check-time=1s"];
      const victim = await damaged(cluster, flags);
      await victim.start(cluster.initialCluster, "new", flags);
      await victim.healthy();
      const others = cluster.members.filter((member) => member !== victim);
      const id = await idOf(victim);
      await withClient(others[0]!, async (client) => {
        await put(client, "after", "damage");
        const { header } = await client.range({ key: b("after") });
        await client.compact({ revision: header!.revision });
        await until("the alarm is raised", async () => {
          const { alarms = [] } = await others[0]!.call<{ alarms?: { memberID: string; alarm: string }[] }>("maintenance/alarm", {});
          return alarms.some((alarm) => alarm.alarm === "CORRUPT" && alarm.memberID === id);
        });
        expect(await refusal(put(client, "a", "b"))).toBe("etcdserver: corrupt cluster");
        expect(await refusal(client.range({ key: b("after") }))).toBe("");
      });
    }));

  it("a downgrade is checked, begun and taken back", () =>
    withCluster(async (cluster) => {
      const [member] = await start(cluster, 1);
      await until("the cluster has a version", async () => (await (await fetch(`${member!.clientUrl}/version`)).text()).includes('"etcdcluster":"3.6.0"'));
      const downgrade = (action: string, version = ""): Promise<string> => refusal(member!.call("maintenance/downgrade", { action, version }));
      // there is none, and nobody minds
      expect(await downgrade("CANCEL")).toBe("");
      expect(await downgrade("VALIDATE", "3.4.0")).toContain("etcdserver: invalid downgrade target version");
      expect(await downgrade("VALIDATE", "x")).toContain("etcdserver: wrong downgrade target version format");
      expect(await downgrade("VALIDATE", "3.5.0")).toBe("");
      expect(await downgrade("ENABLE", "3.5.0")).toBe("");
      const status = await member!.call<{ downgradeInfo: object }>("maintenance/status", {});
      expect(status.downgradeInfo).toEqual({ enabled: true, targetVersion: "3.5.0" });
      // it may be at its target by now
      expect(await downgrade("ENABLE", "3.5.0")).toMatch(/etcdserver: (cluster has a downgrade job in progress|invalid downgrade target version)/);
      const versions = async (): Promise<string> => (await fetch(`${member!.clientUrl}/version`)).text();
      await until("cluster and storage are of 3.5", async () => /"etcdcluster":"3\.5\.0","storage":"3\.5\.0"/.test(await versions()));
      expect(await downgrade("CANCEL")).toBe("");
      await until("cluster and storage are of 3.6 again", async () => /"etcdcluster":"3\.6\.0","storage":"3\.6\.0"/.test(await versions()));
      await withClient(member!, (client) => put(client, "after", "all"));
    }));

  it("a member that was removed ends by itself, and when it is started again", () =>
    withCluster(async (cluster) => {
      const members = await start(cluster, 3);
      const leader = await leaderOf(members);
      const gone = members.find((member) => member !== leader)!;
      const id = await idOf(gone);
      await untilAllowed("it is removed", () => leader.call("cluster/member/remove", { ID: id }));
      expect(await gone.ended()).toBe(0);
      expect(gone.output).toContain("the member has been permanently removed from the cluster");
      await gone.start(cluster.initialCluster, "existing");
      // real etcd may also say "listener failed" and exit with 1: it selects between two channels that are both ready
      expect(real ? [0, 1] : [0]).toContain(await gone.ended());
      expect(gone.lastOutput).toContain("the member has been permanently removed from the cluster");
    }));

  it("learners: one by default, promoted when in sync, and what may be changed while members are missing", () =>
    withCluster(async (cluster) => {
      const [first] = await start(cluster, 1);
      await withClient(first!, (client) => put(client, "before", "learner"));
      const learner = await cluster.add("m2", { real });
      const added = await first!.call<{ member: { ID: string } }>("cluster/member/add", { peerURLs: [learner.peerUrl], isLearner: true });
      const change = (path: string, body: object): Promise<string> => refusal(first!.call(`cluster/member/${path}`, body));
      expect(await change("add", { peerURLs: ["http://127.0.0.1:9"], isLearner: true })).toContain("etcdserver: too many learner members in cluster");
      expect(await change("promote", { ID: added.member.ID })).toContain("etcdserver: can only promote a learner member which is in sync with leader");
      expect(await change("promote", { ID: await idOf(first!) })).toContain("etcdserver: can only promote a learner member");
      expect(await change("promote", { ID: "77" })).toContain("etcdserver: member not found");
      await learner.start(cluster.initialCluster, "existing");
      await learner.ready();
      await untilAllowed("the learner is promoted", () => first!.call("cluster/member/promote", { ID: added.member.ID }));
      expect(await membersAt(first!)).toHaveLength(2);
      // a third one is added and never starts: nobody else may come, and it may go
      let third = "";
      await untilAllowed("a third is added", async () => {
        third = (await first!.call<{ member: { ID: string } }>("cluster/member/add", { peerURLs: ["http://127.0.0.1:9"] })).member.ID;
      });
      expect(await change("add", { peerURLs: ["http://127.0.0.1:10"] })).toContain("etcdserver: re-configuration failed due to not enough started members");
      expect(await change("remove", { ID: added.member.ID })).toContain("etcdserver: re-configuration failed due to not enough started members");
      expect(await change("remove", { ID: third })).toBe("");
    }));
});

/** Three members, one of them stopped, whose database has another value than the others'. */
async function damaged(cluster: ClusterProcesses, flags: readonly string[] = []): Promise<MemberProcess> {
  const members = await start(cluster, 3, ...flags);
  await withClient(members[0]!, async (client) => {
    for (let count = 0; count < 5; count++) await put(client, `k${count}`, "sound");
  });
  const leader = await leaderOf(members);
  const victim = members.find((member) => member !== leader)!;
  await until("the victim has all", async () => (await missingFrom(victim.clientUrl, ["k4"])).length === 0);
  await victim.stop("SIGTERM");
  const database = await Database.open(nodeDisk, join(victim.dataDir, "member/snap/db"), {});
  const transaction = database.beginWrite();
  const bucket = transaction.root.bucket(b("key"))!;
  const { key, value } = [...bucket.entries()].find((pair) => KeyValue.decode(pair.value).key.toString() === "k2")!;
  bucket.put(Buffer.from(key), KeyValue.encode({ ...KeyValue.decode(Buffer.from(value)), value: b("SOUND") }));
  await transaction.commit();
  await database.close();
  return victim;
}
