/**
 * Ours and real etcd as one cluster, of three and of five, with every combination of who leads and who follows: under load
 * and with kills, with a follower so far behind that it gets the database, with members added and removed. In the end all
 * hold the same. Two of the combinations by themselves; `MIXED=all` runs all of them, `MIXED=3,7` these.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Churn } from "./harness/churn.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { keptHashes } from "./harness/kept-hashes.ts";
import type { MemberProcess } from "./harness/member-process.ts";
import { type Outcome, etcdctl, havePeers, needsPeers, realMinor } from "./harness/programs.ts";
import { Writer, missingFrom } from "./harness/writer.ts";

vi.setConfig({ testTimeout: 180_000 });

type Kind = "ours" | "real";

interface Combination {
  readonly leader: Kind;
  readonly followers: readonly Kind[];
}

const other = (kind: Kind): Kind => (kind === "ours" ? "real" : "ours");

/** All of a size that have members of both kinds. */
function combinationsOf(size: number): Combination[] {
  return (["ours", "real"] as const).flatMap((leader) =>
    Array.from({ length: size - 1 }, (_, at) => at + 1).map((others) => ({
      leader,
      followers: Array.from({ length: size - 1 }, (_, at) => (at < others ? other(leader) : leader)),
    })),
  );
}

const all = [...combinationsOf(3), ...combinationsOf(5)];

function chosen(): Combination[] {
  const wanted = process.env.MIXED ?? "";
  if (wanted === "all") return all;
  if (wanted !== "") return wanted.split(",").map((at) => all[Number(at)]!);
  // one of three members and one of five
  return [all[1]!, all[5]!];
}

/** Below that many entries a follower is sent entries; above, the database. 3.4 has no flag for it. */
const catchUp = realMinor === "3.4" ? 5000 : 500;
const flags = (real: boolean): string[] => [
  "--snapshot-count=200",
  "--heartbeat-interval=100",
  "--election-timeout=1000",
  // off by default in 3.4: a member that comes back would unseat the leader
  "--pre-vote=true",
  ...(real && realMinor === "3.4" ? [] : [`--snapshot-catchup-entries=${catchUp}`]),
];

describe.skipIf(!havePeers)(`ours and real etcd in one cluster (${needsPeers})`, () => {
  let cluster: ClusterProcesses;
  let writer: Writer | undefined;
  let churn: Churn | undefined;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create();
  });
  afterEach(async () => {
    await churn?.stop();
    await writer?.stop();
    await cluster.end();
  });

  const idOf = async (member: MemberProcess): Promise<string> => {
    const { stdout } = await etcdctl([member.clientUrl], "endpoint", "status", "-w", "fields");
    return BigInt(/"MemberID" : (\d+)/.exec(stdout)?.[1] ?? "0").toString(16);
  };
  /** Membership changes are refused until links have been up for five seconds, as etcd does it. */
  const untilDone = async (change: () => Promise<Outcome>): Promise<void> => {
    let outcome = await change();
    for (let tries = 0; outcome.code !== 0 && tries < 60; tries++) {
      expect(outcome.stderr).toMatch(/unhealthy cluster|leader changed|request timed out|no leader/);
      await new Promise((resolve) => setTimeout(resolve, 250));
      outcome = await change();
    }
    expect(outcome.code, outcome.stderr).toBe(0);
  };
  const lead = async (wanted: MemberProcess): Promise<void> => {
    for (let tries = 0; tries < 20; tries++) {
      const leader = await cluster.leader();
      if (leader === wanted) return;
      await etcdctl([leader.clientUrl], "move-leader", await idOf(wanted));
    }
    throw new Error(`${wanted.plan.name} does not come to lead`);
  };
  const restart = async (member: MemberProcess, state: "new" | "existing" = "new"): Promise<void> => {
    await member.start(cluster.initialCluster, state, flags(member.plan.real === true));
    await member.ready(60_000);
  };
  const endpoints = (): string[] => cluster.members.map(({ clientUrl }) => clientUrl);

  it.each(chosen().map((one) => [all.indexOf(one), one.leader, one.followers.join(", "), one] as const))(
    "combination %i: %s leads, followers are %s",
    async (_number, _leader, _followers, combination) => {
      const kinds = [combination.leader, ...combination.followers];
      for (const [at, kind] of kinds.entries()) await cluster.add(`m${at + 1}`, { real: kind === "real" });
      await Promise.all(cluster.members.map((member) => member.start(cluster.initialCluster, "new", flags(member.plan.real === true))));
      await Promise.all(cluster.members.map((member) => member.ready(60_000)));
      const [leader, ...followers] = cluster.members;
      await lead(leader!);

      // a follower of the other kind misses more than the leader keeps for it
      const behind = followers.find(({ plan }) => plan.real !== leader!.plan.real)!;
      writer = new Writer(endpoints().filter((url) => url !== behind.clientUrl), 32);
      churn = new Churn(endpoints().filter((url) => url !== behind.clientUrl), 7);
      await writer.more(100);
      await behind.stop("SIGKILL");
      await writer.more(catchUp + 700, 90_000);
      await lead(leader!);
      await restart(behind);
      await behind.said(/"msg":"applied snapshot/, 60_000);
      expect(leader!.output).toMatch(/sending merged snapshot|sent merged snapshot|sent database snapshot/);

      // the leader dies, another of any kind takes over, and it comes back as a follower
      await leader!.stop("SIGKILL");
      await writer.more(200, 60_000);
      await restart(leader!);
      await writer.more(100, 60_000);

      // one of each kind is added by whoever leads, and the first follower goes
      const [name, real] = [`m${kinds.length + 1}`, leader!.plan.real !== true];
      const added = await cluster.add(name, { real });
      await untilDone(() => etcdctl(endpoints().slice(0, kinds.length), "member", "add", name, `--peer-urls=${added.peerUrl}`));
      await restart(added, "existing");
      await writer.more(50, 60_000);
      await churn.stop();
      await writer.stop();

      expect(churn.done).toBeGreaterThan(50);
      for (const member of cluster.members) expect(await missingFrom(member.clientUrl, writer.acknowledged, 30_000)).toEqual([]);
      expect(new Set(await keptHashes(cluster.members)).size).toBe(1);
      const gone = followers.find((member) => member !== behind)!;
      const goneId = await idOf(gone);
      await untilDone(() => etcdctl([behind.clientUrl], "member", "remove", goneId));
      await gone.ended();
      cluster.members.splice(cluster.members.indexOf(gone), 1);
      await untilDone(() => etcdctl([added.clientUrl], "put", "last", "one"));
      expect(new Set(await keptHashes(cluster.members)).size).toBe(1);
      for (const { output } of cluster.members) expect(output).not.toMatch(/panic|"level":"(fatal|panic)"/);
    },
  );
});
