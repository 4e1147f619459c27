import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { etcdctl, needsPeers, realEtcdctl } from "./harness/programs.ts";
import { Writer, missingFrom } from "./harness/writer.ts";

/** generous, for machines that are busy with other things */
vi.setConfig({ testTimeout: 180_000 });

describe.skipIf(realEtcdctl === undefined)(`members as processes, seen by the real etcdctl (${needsPeers})`, () => {
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create();
  });
  afterEach(() => cluster.end());

  it("a single member elects itself and serves put, get, delete, txn, lease and watch history", async () => {
    await cluster.startNew([false]);
    const e = cluster.endpoints;
    expect((await etcdctl(e, "put", "a", "1")).stdout).toBe("OK\n");
    expect((await etcdctl(e, "put", "a", "2")).stdout).toBe("OK\n");
    expect((await etcdctl(e, "get", "a")).stdout).toBe("a\n2\n");
    expect((await etcdctl(e, "get", "a", "--rev=2")).stdout).toBe("a\n1\n");
    expect((await etcdctl(e, "del", "a")).stdout).toBe("1\n");
    expect((await etcdctl(e, "get", "a")).stdout).toBe("");
    const granted = await etcdctl(e, "lease", "grant", "60");
    const lease = /lease (\S+) granted with TTL\(60s\)/.exec(granted.stdout)?.[1];
    expect((await etcdctl(e, "put", "b", "x", `--lease=${lease}`)).stdout).toBe("OK\n");
    expect((await etcdctl(e, "lease", "keep-alive", "--once", lease!)).stdout).toContain("keepalived with TTL(60)");
    expect((await etcdctl(e, "lease", "revoke", lease!)).stdout).toBe(`lease ${lease} revoked\n`);
    expect((await etcdctl(e, "get", "b")).stdout).toBe("");
    expect((await etcdctl(e, "compaction", "4")).stdout).toBe("compacted revision 4\n");
    expect((await etcdctl(e, "get", "a", "--rev=2")).stderr).toContain("required revision has been compacted");
    expect((await etcdctl(e, "defrag")).code).toBe(0);
    expect((await etcdctl(e, "endpoint", "health")).code).toBe(0);
  });

  it("a member that is stopped in order ends by the signal and has everything when it starts again", async () => {
    await cluster.startNew([false]);
    const member = cluster.members[0]!;
    await etcdctl(cluster.endpoints, "put", "kept", "yes");
    expect(await member.stop("SIGTERM")).toEqual({ code: null, signal: "SIGTERM" });
    await member.start(cluster.initialCluster, "new");
    await member.ready();
    expect((await etcdctl(cluster.endpoints, "get", "kept")).stdout).toBe("kept\nyes\n");
  });

  it("no acknowledged write is lost when the leader is killed under load, nor when all are", async () => {
    await cluster.startNew([false, false, false]);
    const writer = new Writer(cluster.endpoints);
    await writer.more(100);
    const leader = await cluster.leader();
    await leader.stop("SIGKILL");
    await writer.more(100);
    await leader.start(cluster.initialCluster, "new");
    await leader.ready();
    await writer.more(100);
    await Promise.all(cluster.members.map((member) => member.stop("SIGKILL")));
    await writer.stop();
    await Promise.all(cluster.members.map((member) => member.start(cluster.initialCluster, "new")));
    await Promise.all(cluster.members.map((member) => member.ready()));
    for (const member of cluster.members) expect(await missingFrom(member.clientUrl, writer.acknowledged)).toEqual([]);
    const hashes = await Promise.all(
      cluster.members.map(async ({ clientUrl }) => /, (\d+)/.exec((await etcdctl([clientUrl], "endpoint", "hashkv")).stdout)?.[1]),
    );
    expect(new Set(hashes).size).toBe(1);
  });

  it("a follower sends renewals of leases to the leader, and expired leases take their keys along everywhere", async () => {
    await cluster.startNew([false, false, false]);
    const leader = await cluster.leader();
    const follower = cluster.members.find((member) => member !== leader)!;
    const granted = await etcdctl([follower.clientUrl], "lease", "grant", "2");
    const lease = /lease (\S+) granted/.exec(granted.stdout)![1]!;
    await etcdctl([follower.clientUrl], "put", "short", "lived", `--lease=${lease}`);
    expect((await etcdctl([follower.clientUrl], "lease", "keep-alive", "--once", lease)).stdout).toContain("keepalived");
    expect((await etcdctl([follower.clientUrl], "lease", "timetolive", lease, "--keys")).stdout).toContain("short");
    for (let waited = 0; waited < 100; waited++) {
      if ((await etcdctl([follower.clientUrl], "get", "short")).stdout === "") break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await etcdctl([follower.clientUrl], "get", "short")).stdout).toBe("");
    expect((await etcdctl([follower.clientUrl], "lease", "keep-alive", "--once", lease)).stderr).toContain("requested lease not found");
  });

  it("leadership moves when it is asked to, and when a leader stops in order", async () => {
    await cluster.startNew([false, false, false]);
    const leader = await cluster.leader();
    const other = cluster.members.find((member) => member !== leader)!;
    const { stdout } = await etcdctl([other.clientUrl], "endpoint", "status", "-w", "fields");
    const id = BigInt(/"MemberID" : (\d+)/.exec(stdout)![1]!).toString(16);
    expect((await etcdctl([leader.clientUrl], "move-leader", id)).stdout).toContain("Leadership transferred");
    expect(await cluster.leader()).toBe(other);
    await other.stop("SIGTERM");
    await other.said(/leadership transfer finished/, 1000).catch(() => undefined);
    expect(other.output).toContain("leadership transfer finished");
  });
});
