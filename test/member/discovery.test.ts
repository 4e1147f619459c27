/** Members that find each other by way of another etcd (--discovery-endpoints, and --discovery with v2 keys), ours and a real one as that service. */
import { rm } from "node:fs/promises";
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

describe.skipIf(!havePeers)(`v2 discovery (${needsPeers})`, () => {
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
    ["our members meet at a real etcd", true, [false, false]],
    ["our members meet at ours", false, [false, false]],
    ["our member and a real one meet at ours", false, [false, true]],
    ["real members meet at ours", false, [true, true]],
  ] as const)("%s, and one too many is refused", async (_what, real, kinds) => {
    await service.startNew([real], ["--enable-v2=true"]);
    const at = service.members[0]!;
    const size = await fetch(`${at.clientUrl}/v2/keys/meeting/_config/size`, { method: "PUT", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "value=2" });
    expect(size.status).toBe(201);
    const flags = [`--discovery=${at.clientUrl}/v2/keys/meeting`];
    for (const [place, isReal] of kinds.entries()) await cluster.add(["a", "b"][place]!, { real: isReal });
    await Promise.all(cluster.members.map((member) => member.start("", "new", flags)));
    await Promise.all(cluster.members.map((member) => member.ready(60_000)));
    expect((await etcdctl(cluster.endpoints, "put", "found", "each other")).stdout).toBe("OK\n");
    expect((await cluster.members[0]!.ctl("member", "list")).match(/started, [ab], /g)?.sort()).toEqual(["started, a, ", "started, b, "]);

    const third = await cluster.add("c");
    await third.start("", "new", flags);
    expect(await third.ended()).toBe(1);
    expect(third.output).toContain("V2 discovery is deprecated!");
    expect(third.output).toContain(`"msg":"failed to bootstrap; discovery token was already used","discovery-token":"${at.clientUrl}/v2/keys/meeting","error":"failed to join discovery cluster (discovery: cluster is full)"`);
  });

  it("one whose data is lost is told that its id is taken, and what to do about it", async () => {
    await service.startNew([false], ["--enable-v2=true"]);
    const at = service.members[0]!;
    await fetch(`${at.clientUrl}/v2/keys/meeting/_config/size`, { method: "PUT", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "value=1" });
    const member = await cluster.add("a");
    const flags = [`--discovery=${at.clientUrl}/v2/keys/meeting`];
    await member.start("", "new", flags);
    await member.ready(60_000);
    await member.stop("SIGKILL");
    await rm(member.dataDir, { recursive: true });
    await member.start("", "new", flags);
    expect(await member.ended()).toBe(1);
    expect(member.lastOutput).toContain(`"msg":"member has been registered with discovery service","name":"a","discovery-token":"${at.clientUrl}/v2/keys/meeting","error":"discovery: found duplicate id"`);
    expect(member.lastOutput).toContain("or use a new discovery token if previous bootstrap failed");
  });
});
