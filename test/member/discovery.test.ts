/** Members that find each other by way of another etcd (--discovery-endpoints), ours and a real one as that service. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "../peers/harness/cluster-processes.ts";
import { etcdctl, havePeers, needsPeers } from "../peers/harness/programs.ts";

/** generous, for machines that are busy with other things */
vi.setConfig({ testTimeout: 180_000 });

describe.skipIf(!havePeers)(`v3 discovery (${needsPeers})`, () => {
  let service: ClusterProcesses;
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    service = await ClusterProcesses.create();
    cluster = await ClusterProcesses.create();
  });
  afterEach(async () => {
    await cluster.end();
    await service.end();
  });

  it.each([
    ["a real etcd", true],
    ["ours", false],
  ])("members meet at %s, and one too many is refused", async (_what, real) => {
    await service.startNew([real]);
    const at = service.members[0]!;
    await at.ctl("put", "/_etcd/registry/token/_config/size", "2");
    const flags = [`--discovery-endpoints=${at.clientUrl}`, "--discovery-token=token"];
    for (const name of ["a", "b"]) await cluster.add(name);
    await Promise.all(cluster.members.map((member) => member.start("", "new", flags)));
    await Promise.all(cluster.members.map((member) => member.ready(60_000)));
    expect((await etcdctl(cluster.endpoints, "put", "found", "each other")).stdout).toBe("OK\n");
    expect((await cluster.members[0]!.ctl("member", "list")).match(/started, [ab], /g)?.sort()).toEqual(["started, a, ", "started, b, "]);

    const third = await cluster.add("c");
    await third.start("", "new", flags);
    expect(await third.ended()).toBe(1);
    expect(third.output).toContain('"error":"failed to join discovery cluster (discovery: cluster is full)"');
    // who has been here before asks nobody
    const [first] = cluster.members;
    await first!.stop("SIGKILL");
    await at.stop("SIGKILL");
    await first!.start("", "new", flags);
    await first!.ready(60_000);
    expect(first!.lastOutput).toContain("discovery token is ignored since cluster already initialized; valid logs are found");
  });
});
