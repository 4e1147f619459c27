/** Data-dirs and snapshots with users in them, opened and restored by the other kind of member, in both directions. */
import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Client, connect } from "../../core/client/index.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import type { MemberProcess } from "./harness/member-process.ts";
import { etcdctl, havePeers, needsPeers, realEtcdctl, realMinor } from "./harness/programs.ts";

vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);
const ourTool = resolve("dist/bin/etcdutl");

describe.skipIf(!havePeers)(`files with users (${needsPeers})`, () => {
  const clusters: ClusterProcesses[] = [];
  const make = async (): Promise<ClusterProcesses> => {
    const cluster = await ClusterProcesses.create();
    clusters.push(cluster);
    return cluster;
  };
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map((cluster) => cluster.end()));
  });

  const ask = async (member: MemberProcess, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await etcdctl([member.clientUrl], ...args);
    return code === 0 ? stdout.trim() : (/Error: (.*)/.exec(stderr)?.[1] ?? stderr);
  };
  const root = ["--user", "root:rootpw"] as const;
  const alice = ["--user", "alice:alicepw"] as const;

  const fill = async (member: MemberProcess): Promise<void> => {
    await ask(member, "user", "add", "root:rootpw");
    await ask(member, "user", "add", "alice:alicepw");
    await ask(member, "user", "add", "cn", "--no-password");
    await ask(member, "role", "add", "r");
    await ask(member, "role", "grant-permission", "r", "readwrite", "a/", "--prefix");
    await ask(member, "role", "grant-permission", "r", "read", "z", "--from-key");
    await ask(member, "user", "grant-role", "alice", "r");
    expect(await ask(member, "auth", "enable")).toBe("Authentication Enabled");
    expect(await ask(member, ...alice, "put", "a/1", "one")).toBe("OK");
  };
  const judge = async (member: MemberProcess): Promise<void> => {
    expect(await ask(member, "get", "a/1")).toBe("etcdserver: user name is empty");
    expect(await ask(member, ...alice, "get", "a/1", "--print-value-only")).toBe("one");
    expect(await ask(member, ...alice, "put", "a/2", "two")).toBe("OK");
    expect(await ask(member, ...alice, "put", "z", "x")).toBe("etcdserver: permission denied");
    expect(await ask(member, ...alice, "get", "z")).toBe("");
    expect(await ask(member, ...root, "user", "list")).toBe("alice\ncn\nroot");
    expect(await ask(member, ...root, "role", "get", "r")).toBe("Role r\nKV Read:\n\t[a/, a0) (prefix a/)\n\t[z, <open ended>\nKV Write:\n\t[a/, a0) (prefix a/)");
    expect(await ask(member, ...root, "user", "add", "late:latepw")).toBe("User late created");
    expect(await ask(member, "--user", "late:latepw", "user", "get", "late")).toContain("User: late");
  };

  // what 3.6 has written 3.4 does not open: there the way is from the older to the newer only
  it.each([...(realMinor === "3.4" ? [] : ([["ours, opened by a real member", false]] as const)), ["a real one's, opened by ours", true] as const])("a data-dir of %s", async (_, writtenByReal) => {
    const source = await make();
    await source.startNew([writtenByReal], ["--bcrypt-cost=4"]);
    const writer = source.members[0]!;
    await fill(writer);
    await writer.stop("SIGTERM");
    const target = await make();
    const reader = await target.add("m1", { real: !writtenByReal });
    await cp(writer.dataDir, reader.dataDir, { recursive: true });
    await reader.start(target.initialCluster, "existing", ["--bcrypt-cost=4"]);
    await reader.healthy();
    await judge(reader);
  });

  const restoreWith = {
    ours: async (...args: string[]) => run(process.execPath, [ourTool, ...args]),
    real: async (...args: string[]) => run(realEtcdctl!, args, { env: { ...process.env, ETCDCTL_API: "3" } }),
  };

  it.skipIf(!existsSync(ourTool)).each([
    // 3.6 has the tool elsewhere
    ...(realMinor === "3.4" ? ([["ours", false, "real", true]] as const) : []),
    ["ours", false, "ours", false],
    ["a real member's", true, "ours", false],
  ] as const)("a snapshot of %s (real: %s), restored with the tool of %s", async (_, takenFromReal, tool, startedReal) => {
    const source = await make();
    await source.startNew([takenFromReal], ["--bcrypt-cost=4"]);
    await fill(source.members[0]!);
    const file = join(source.folder, "backup.db");
    expect(await ask(source.members[0]!, ...alice, "snapshot", "save", file)).toContain("permission denied");
    expect(await ask(source.members[0]!, ...root, "snapshot", "save", file)).toContain("Snapshot saved");
    const target = await make();
    const member = await target.add("m1", { real: startedReal });
    await restoreWith[tool]("snapshot", "restore", file, "--name=m1", `--data-dir=${member.dataDir}`, `--initial-cluster=${target.initialCluster}`, `--initial-advertise-peer-urls=${member.peerUrl}`);
    await member.start(target.initialCluster, "existing", ["--bcrypt-cost=4"]);
    await member.healthy();
    await judge(member);
  });

  it("a member that is far behind gets users and roles with the leader's database", async () => {
    const cluster = await make();
    await cluster.startNew([false, false, false], ["--bcrypt-cost=4", "--snapshot-count=20", "--snapshot-catchup-entries=5"]);
    const [first, late] = cluster.members as [MemberProcess, MemberProcess];
    await late.stop("SIGKILL");
    await cluster.leader();
    await fill(first);
    // the log in memory is cut after a hundred entries
    const { token } = await first.call<{ token: string }>("auth/authenticate", { name: "alice", password: "alicepw" });
    const client = new Client(connect(first.clientUrl, { metadata: { token } }));
    await Promise.all(Array.from({ length: 130 }, (_, at) => client.put({ key: Buffer.from(`a/${at}`), value: Buffer.from(String(at)) })));
    client.close();
    await first.call("auth/authenticate", { name: "root", password: "rootpw" });
    await late.start(cluster.initialCluster, "existing", ["--bcrypt-cost=4"]);
    await late.ready();
    await expect.poll(() => ask(late, ...alice, "get", "a/129", "--print-value-only"), { timeout: 90_000, interval: 200 }).toBe("129");
    expect(late.lastOutput).toContain("applied snapshot");
    expect(await ask(late, ...root, "user", "list")).toBe("alice\ncn\nroot");
  });
});
