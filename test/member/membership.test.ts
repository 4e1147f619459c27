import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { etcdctl, needsPeers, realEtcdctl } from "./harness/programs.ts";
import { Writer, missingFrom } from "./harness/writer.ts";

/** generous, for machines that are busy with other things */
vi.setConfig({ testTimeout: 180_000 });

describe.skipIf(realEtcdctl === undefined)(`members that come and go (${needsPeers})`, () => {
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create();
  });
  afterEach(() => cluster.end());

  it("a learner joins, catches up, is promoted and votes", async () => {
    await cluster.startNew([false]);
    const [first] = cluster.members;
    await etcdctl([first!.clientUrl], "put", "before", "learner");
    const learner = await cluster.add("m2");
    const added = await etcdctl([first!.clientUrl], "member", "add", "m2", "--learner", `--peer-urls=${learner.peerUrl}`);
    expect(added.stdout).toMatch(/Member\s+([0-9a-f]+) added/);
    const id = /Member\s+([0-9a-f]+) added/.exec(added.stdout)![1]!;
    await learner.start(cluster.initialCluster, "existing");
    await learner.ready();
    expect(await missingFrom(learner.clientUrl, ["before"])).toEqual([]);
    expect((await etcdctl([learner.clientUrl], "get", "before")).stderr).toContain("rpc not supported for learner");
    let promoted = await etcdctl([first!.clientUrl], "member", "promote", id);
    for (let tries = 0; promoted.code !== 0 && tries < 20; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      promoted = await etcdctl([first!.clientUrl], "member", "promote", id);
    }
    expect(promoted.stdout).toContain("promoted in cluster");
    expect((await etcdctl([learner.clientUrl], "get", "before")).stdout).toBe("before\nlearner\n");
    // a quorum of two now: alone the first one cannot write
    await learner.stop("SIGKILL");
    expect((await etcdctl([first!.clientUrl], "--command-timeout=2s", "put", "alone", "1")).code).not.toBe(0);
  });

  it("a member that is removed stops by itself with exit code 0, and its data is refused afterwards", async () => {
    await cluster.startNew([false, false, false]);
    const leader = await cluster.leader();
    const gone = cluster.members.find((member) => member !== leader)!;
    const { stdout } = await etcdctl([gone.clientUrl], "endpoint", "status", "-w", "fields");
    const id = BigInt(/"MemberID" : (\d+)/.exec(stdout)![1]!).toString(16);
    // connections count as healthy only after five seconds, as in etcd
    let removed = await etcdctl([leader.clientUrl], "member", "remove", id);
    for (let tries = 0; removed.code !== 0 && tries < 20; tries++) {
      expect(removed.stderr).toContain("unhealthy cluster");
      await new Promise((resolve) => setTimeout(resolve, 500));
      removed = await etcdctl([leader.clientUrl], "member", "remove", id);
    }
    expect(removed.stdout).toContain("removed from cluster");
    expect(await gone.ended()).toBe(0);
    expect(gone.output).toContain("the member has been permanently removed from the cluster");
    expect((await etcdctl([leader.clientUrl], "put", "two", "left")).stdout).toBe("OK\n");
    await gone.start(cluster.initialCluster, "existing");
    expect(await gone.ended()).toBe(0);
  });

  it("a follower that is far behind gets the database, and goes on from there", async () => {
    // fewer entries than the log is otherwise cut by: a snapshot on disk cuts it too
    const extra = ["--snapshot-count=20", "--snapshot-catchup-entries=10"];
    await cluster.startNew([false, false, false], extra);
    const leader = await cluster.leader();
    const behind = cluster.members.find((member) => member !== leader)!;
    await behind.stop("SIGKILL");
    const writer = new Writer([leader.clientUrl]);
    await writer.more(60, 40_000);
    await behind.start(cluster.initialCluster, "new", extra);
    await behind.ready();
    await behind.said(/applied snapshot/);
    await writer.more(100);
    await writer.stop();
    expect(leader.output).toContain("sending merged snapshot");
    expect(await missingFrom(behind.clientUrl, writer.acknowledged)).toEqual([]);
    // what it took over is its own now: it starts again from it
    await behind.stop("SIGKILL");
    await behind.start(cluster.initialCluster, "new", extra);
    await behind.ready();
    expect(await missingFrom(behind.clientUrl, writer.acknowledged)).toEqual([]);
  });

  it("one member goes on alone when the others are lost and it is forced to", async () => {
    await cluster.startNew([false, false, false]);
    await etcdctl(cluster.endpoints, "put", "kept", "yes");
    // what a member does not know to be committed it drops: the database must have it, which takes up to 100 ms
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await Promise.all(cluster.members.map((member) => member.stop("SIGKILL")));
    const [survivor] = cluster.members;
    await survivor!.start(cluster.initialCluster, "new", ["--force-new-cluster"]);
    await survivor!.said(/ready to serve client requests[^]*ready to serve client requests/);
    expect((await etcdctl([survivor!.clientUrl], "get", "kept")).stdout).toBe("kept\nyes\n");
    expect((await etcdctl([survivor!.clientUrl], "put", "alone", "1")).stdout).toBe("OK\n");
    expect((await etcdctl([survivor!.clientUrl], "member", "list")).stdout.trim().split("\n")).toHaveLength(1);
    await survivor!.stop("SIGTERM");
    await survivor!.start(cluster.initialCluster, "new");
    await survivor!.said(/(ready to serve client requests[^]*){3}/);
    expect((await etcdctl([survivor!.clientUrl], "get", "alone")).stdout).toBe("alone\n1\n");
  });

  it("peer URLs are updated, and a second member with a used URL is refused", async () => {
    await cluster.startNew([false]);
    const [first] = cluster.members;
    const refused = await etcdctl([first!.clientUrl], "member", "add", "m2", `--peer-urls=${first!.peerUrl}`);
    expect(refused.stderr).toContain("Peer URLs already exists");
    const { stdout } = await etcdctl([first!.clientUrl], "endpoint", "status", "-w", "fields");
    const id = BigInt(/"MemberID" : (\d+)/.exec(stdout)![1]!).toString(16);
    expect((await etcdctl([first!.clientUrl], "member", "update", id, "--peer-urls=http://127.0.0.1:1234")).stdout).toContain("updated in cluster");
    expect((await etcdctl([first!.clientUrl], "member", "list")).stdout).toContain("http://127.0.0.1:1234");
    expect((await etcdctl([first!.clientUrl], "member", "remove", "1234")).stderr).toContain("member not found");
  });
});
