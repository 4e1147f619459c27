/** Ids, the members bucket and the v2 store in .snap, held against a real etcd. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBackend } from "../../core/backend/open-backend.ts";
import { Cluster } from "../../core/membership/cluster.ts";
import { computeClusterId, computeMemberId } from "../../core/membership/ids.ts";
import { bootstrapMembers, parseInitialCluster } from "../../core/membership/initial-cluster.ts";
import { parseGoJson } from "../../core/membership/go-json.ts";
import { decodeMember, encodeMember, formatId } from "../../core/membership/member.ts";
import { decodeV2Snapshot, encodeV2Snapshot } from "../../core/membership/v2-snapshot.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import { nodeDisk } from "../../core/platform/node/disk.ts";
import { decodeSnapFile, encodeSnapFile } from "../../core/snap/snap-file.ts";
import { EtcdProcess, hasEtcd, initialCluster, planMembers, type MemberPlan } from "./mvcc-etcd.ts";

describe.skipIf(!hasEtcd())("membership and real etcd (needs etcd and etcdctl: apt-get install etcd-server etcd-client)", () => {
  let root: string;
  let running: EtcdProcess[];

  const start = (plan: MemberPlan, all: readonly MemberPlan[], ...more: string[]): EtcdProcess => {
    const etcd = EtcdProcess.start(root, plan, all, "a token", ...more);
    running.push(etcd);
    return etcd;
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "membership-etcd-"));
    running = [];
  });

  afterEach(async () => {
    for (const etcd of running) await etcd.stop("SIGKILL");
    await rm(root, { recursive: true, force: true });
  });

  it("computes the ids that it computes, at bootstrap and at run time, and reads its buckets", async () => {
    const plans = await planMembers(3);
    const etcds = plans.map((plan) => start(plan, plans, "--strict-reconfig-check=false"));
    await Promise.all(etcds.map((etcd) => etcd.ready()));
    const members = bootstrapMembers(parseInitialCluster(initialCluster(plans)), "a token");
    const listed = await etcds[0]!.ctl("member", "list", "--write-out=simple");
    expect(listed.split("\n").flatMap((line) => (line === "" ? [] : [line.split(", ")[0]!])).sort()).toEqual(
      members.map((member) => formatId(member.id)).sort(),
    );
    const { header } = await etcds[0]!.call<{ header: { cluster_id: string } }>("cluster/member/list", {});
    expect(BigInt(header.cluster_id)).toBe(computeClusterId(members.map((member) => member.id)));

    const before = Math.floor(Date.now() / 1000);
    const { member } = await etcds[0]!.call<{ member: { ID: string } }>("cluster/member/add", { peerURLs: ["http://127.0.0.1:1"], isLearner: true });
    const seconds = Array.from({ length: Math.ceil(Date.now() / 1000) - before + 1 }, (_, index) => before + index);
    expect(seconds.map((second) => computeMemberId(["http://127.0.0.1:1"], "", second))).toContain(BigInt(member.ID));
    // its peer port speaks the same JSON
    const own = await fetch(`${plans[0]!.peerUrl}/members`).then((response) => response.text());
    const entries = parseGoJson(own) as readonly { id: bigint }[];
    expect(entries.map((entry) => entry.id)).toContain(BigInt(member.ID));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const etcd of etcds) await etcd.stop();

    const backend = await openBackend(nodeDisk, nodeClock, join(root, "m1", "member", "snap", "db"));
    try {
      const records = [...backend.entries("members")].map(({ value }) => value.toString());
      expect(records.map((record) => encodeMember(decodeMember(record)).toString())).toEqual(records);
      const cluster = new Cluster({ clusterId: 1n, localId: members[0]!.id }, backend);
      expect(cluster.members().map((each) => each.id)).toContain(BigInt(member.ID));
      expect(cluster.member(BigInt(member.ID))).toMatchObject({ isLearner: true, peerUrls: ["http://127.0.0.1:1"], name: "" });
      expect(cluster.version()).toMatch(/^3\.\d+\.0$/);
    } finally {
      await backend.close();
    }
  }, 60_000);

  it("reads the membership in its .snap, and it starts from the one we write", async () => {
    const plans = await planMembers(1);
    const first = await start(plans[0]!, plans, "--snapshot-count", "10").ready();
    for (let count = 0; count < 25; count++) await first.call("kv/put", { key: "YQ==", value: "YQ==" });
    const added = await first.call<{ member: { ID: string } }>("cluster/member/add", { peerURLs: ["http://127.0.0.1:1"], isLearner: true });
    await first.call("cluster/member/remove", { ID: added.member.ID });
    for (let count = 0; count < 25; count++) await first.call("kv/put", { key: "YQ==", value: "YQ==" });
    await first.stop();

    const folder = join(root, "m1", "member", "snap");
    const names = (await readdir(folder)).filter((name) => name.endsWith(".snap")).sort();
    expect(names.length).toBeGreaterThan(0);
    const path = join(folder, names[names.length - 1]!);
    const snapshot = decodeSnapFile(await readFile(path), path);
    const decoded = decodeV2Snapshot(snapshot.data!);
    const [expected] = bootstrapMembers(parseInitialCluster(initialCluster(plans)), "a token");
    expect([...decoded.members.values()]).toEqual([{ ...expected!, clientUrls: [plans[0]!.clientUrl] }]);
    expect([...decoded.removed]).toEqual([BigInt(added.member.ID)]);
    expect([decoded.version, decoded.hasCustomContent]).toEqual([expect.stringMatching(/^3\.\d+\.0$/), false]);

    // another name and URL, which only our .snap knows of
    const changed = new Map([[expected!.id, { ...expected!, name: "renamed", clientUrls: ["http://127.0.0.1:2"] }]]);
    const data = encodeV2Snapshot({ members: changed, removed: decoded.removed, version: decoded.version });
    await writeFile(path, encodeSnapFile({ ...snapshot, data }));
    const second = await start(plans[0]!, plans).ready();
    const { members } = await second.call<{ members: { ID: string; peerURLs: string[] }[] }>("cluster/member/list", {});
    expect(members.map((each) => [BigInt(each.ID), each.peerURLs])).toEqual([[expected!.id, [plans[0]!.peerUrl]]]);
    await expect(second.call("cluster/member/add", { peerURLs: [plans[0]!.peerUrl] })).rejects.toThrow("Peer URLs already exists");
    const { kvs } = await second.call<{ kvs: { version: string }[] }>("kv/range", { key: "YQ==" });
    expect(kvs[0]!.version).toBe("50");
  }, 60_000);
});
