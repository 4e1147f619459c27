/** Ours and real etcd 3.4 members in one cluster: the truth test of the peer protocol and of what goes into the log. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "../member/harness/cluster-processes.ts";
import type { MemberProcess } from "../member/harness/member-process.ts";
import { type Outcome, etcdctl, needsPeers, realEtcd, realEtcdctl } from "../member/harness/programs.ts";
import { Writer, missingFrom } from "../member/harness/writer.ts";

vi.setConfig({ testTimeout: 180_000 });

describe.skipIf(realEtcd === undefined || realEtcdctl === undefined)(`mixed clusters (${needsPeers})`, () => {
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create();
  });
  afterEach(() => cluster.end());

  const statusOf = async (member: MemberProcess): Promise<{ id: string; leads: boolean }> => {
    const { stdout } = await etcdctl([member.clientUrl], "endpoint", "status", "-w", "fields");
    const id = /"MemberID" : (\d+)/.exec(stdout)?.[1] ?? "";
    return { id: BigInt(id).toString(16), leads: /"Leader" : (\d+)/.exec(stdout)?.[1] === id };
  };
  /** Membership changes are refused until links have been up for five seconds, as etcd does it. */
  const untilDone = async (change: () => Promise<Outcome>): Promise<void> => {
    let outcome = await change();
    for (let tries = 0; outcome.code !== 0 && tries < 30; tries++) {
      expect(outcome.stderr).toContain("unhealthy cluster");
      await new Promise((resolve) => setTimeout(resolve, 500));
      outcome = await change();
    }
    expect(outcome.code).toBe(0);
  };
  const hashes = (): Promise<(string | undefined)[]> =>
    Promise.all(cluster.members.map(async ({ clientUrl }) => /, (\d+)/.exec((await etcdctl([clientUrl], "endpoint", "hashkv")).stdout)?.[1]));

  it("two of ours and a real one begin a cluster together; each in turn leads and takes writes", async () => {
    await cluster.startNew([false, true, false]);
    const writer = new Writer(cluster.endpoints);
    await writer.more(50);
    for (const next of cluster.members) {
      const leader = await cluster.leader();
      if (next !== leader) {
        const { id } = await statusOf(next);
        const moved = await etcdctl([leader.clientUrl], "move-leader", id);
        expect(moved.stdout + moved.stderr).toContain("Leadership transferred");
      }
      await writer.more(50);
    }
    await writer.stop();
    for (const member of cluster.members) expect(await missingFrom(member.clientUrl, writer.acknowledged)).toEqual([]);
    expect(new Set(await hashes()).size).toBe(1);
    const { stdout } = await etcdctl(cluster.endpoints, "member", "list");
    for (const member of cluster.members) expect(stdout).toContain(`started, ${member.plan.name}, ${member.peerUrl}, ${member.clientUrl}`);
  });

  it("ours joins a real cluster and leads it, a real one joins ours, and the first real one is removed", async () => {
    await cluster.startNew([true]);
    const real = cluster.members[0]!;
    await etcdctl([real.clientUrl], "put", "from", "real");
    const ours = await cluster.add("m2");
    expect((await etcdctl([real.clientUrl], "member", "add", "m2", `--peer-urls=${ours.peerUrl}`)).stdout).toMatch(/added to cluster/);
    await ours.start(cluster.initialCluster, "existing");
    await ours.ready();
    expect((await etcdctl([ours.clientUrl], "get", "from")).stdout).toBe("from\nreal\n");
    await etcdctl([real.clientUrl], "move-leader", (await statusOf(ours)).id);
    expect(await cluster.leader()).toBe(ours);

    const again = await cluster.add("m3", { real: true });
    await untilDone(() => etcdctl([ours.clientUrl], "member", "add", "m3", `--peer-urls=${again.peerUrl}`));
    await again.start(cluster.initialCluster, "existing");
    await again.ready();
    expect((await etcdctl([ours.clientUrl], "put", "from", "ours")).stdout).toBe("OK\n");
    expect((await etcdctl([again.clientUrl], "get", "from")).stdout).toBe("from\nours\n");
    expect(new Set(await hashes()).size).toBe(1);

    const { id } = await statusOf(real);
    await untilDone(() => etcdctl([ours.clientUrl], "member", "remove", id));
    await real.ended();
    cluster.members.shift();
    expect((await etcdctl([again.clientUrl], "put", "from", "both")).stdout).toBe("OK\n");
    expect((await etcdctl([ours.clientUrl], "get", "from")).stdout).toBe("from\nboth\n");
    expect(new Set(await hashes()).size).toBe(1);
  });

  it.each([
    ["ours", true],
    ["a real one", false],
  ])("a far-behind follower gets the database when the sender is %s", async (_who, followerIsReal) => {
    const extra = ["--snapshot-count=100"];
    // one of the other kind than the two that stay
    await cluster.startNew([!followerIsReal, !followerIsReal, followerIsReal], extra);
    const [first, second, follower] = cluster.members;
    if ((await cluster.leader()) === follower) {
      const { id } = await statusOf(first!);
      await etcdctl([follower!.clientUrl], "move-leader", id);
    }
    await follower!.stop("SIGKILL");
    const writer = new Writer([first!.clientUrl, second!.clientUrl], 32);
    // both keep 5000 entries for slow followers
    await writer.more(5600, 45_000);
    await follower!.start(cluster.initialCluster, "new", extra);
    await follower!.ready();
    await writer.more(50);
    await writer.stop();
    expect(await missingFrom(follower!.clientUrl, writer.acknowledged)).toEqual([]);
    expect(new Set(await hashes()).size).toBe(1);
    expect(follower!.output).toMatch(/applied snapshot/);
    // and starts again from what it got
    await follower!.stop("SIGKILL");
    await follower!.start(cluster.initialCluster, "new", extra);
    await follower!.ready();
    expect(await missingFrom(follower!.clientUrl, writer.acknowledged)).toEqual([]);
  });
});
