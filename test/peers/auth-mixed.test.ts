/** Users and roles in clusters of ours and real etcd 3.4: made through one kind of member, known to the other, tokens and all. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import type { MemberProcess } from "./harness/member-process.ts";
import { etcdctl, havePeers, needsPeers } from "./harness/programs.ts";

vi.setConfig({ testTimeout: 180_000 });

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe.skipIf(!havePeers)(`auth in mixed clusters (${needsPeers})`, () => {
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create();
  });
  afterEach(() => cluster.end());

  const as = (user: string, ...args: readonly string[]): readonly string[] => ["--user", user, ...args];
  /** @returns what it printed; what went wrong where it failed */
  const ask = async (member: MemberProcess, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await etcdctl([member.clientUrl], ...args);
    if (code === 0) return stdout.trim();
    return /Error: (.*)/.exec(stderr)?.[1] ?? stderr;
  };
  const hashes = async (user: string): Promise<Set<string | undefined>> =>
    new Set(await Promise.all(cluster.members.map(async ({ clientUrl }) => /, (\d+)/.exec((await etcdctl([clientUrl], ...as(user, "endpoint", "hashkv"))).stdout)?.[1])));

  it.each([
    ["ours and real ones", [false, true, true]],
    ["real and ours", [true, false, false]],
  ] as const)("%s: users of each are known to all, and nobody may do more on one than on another", async (_, kinds) => {
    await cluster.startNew(kinds, ["--bcrypt-cost=4"]);
    const [first, second, third] = cluster.members as [MemberProcess, MemberProcess, MemberProcess];
    expect(await ask(first, "user", "add", "root:rootpw")).toBe("User root created");
    expect(await ask(second, "auth", "enable")).toBe("Authentication Enabled");
    expect(await ask(third, ...as("root:rootpw", "user", "add", "alice:alicepw"))).toBe("User alice created");
    expect(await ask(first, ...as("root:rootpw", "user", "add", "bob:bobpw"))).toBe("User bob created");
    expect(await ask(second, ...as("root:rootpw", "role", "add", "r"))).toBe("Role r created");
    expect(await ask(third, ...as("root:rootpw", "role", "grant-permission", "r", "readwrite", "a", "c"))).toBe("Role r updated");
    for (const user of ["alice", "bob"]) expect(await ask(first, ...as("root:rootpw", "user", "grant-role", user, "r"))).toContain("is granted");
    for (const member of cluster.members) {
      for (const user of ["alice:alicepw", "bob:bobpw"]) {
        expect(await ask(member, ...as(user, "put", "b", member.plan.name))).toBe("OK");
        expect(await ask(member, ...as(user, "get", "b", "--print-value-only"))).toBe(member.plan.name);
        expect(await ask(member, ...as(user, "put", "d", "x"))).toBe("etcdserver: permission denied");
        expect(await ask(member, ...as(user, "get", "a", "d"))).toBe("etcdserver: permission denied");
      }
      expect(await ask(member, ...as("alice:wrong", "get", "b"))).toContain("authentication failed, invalid user ID or password");
      expect(await ask(member, "get", "b")).toBe("etcdserver: user name is empty");
    }
    // a password changed through each is the password everywhere
    for (const [at, member] of cluster.members.entries()) {
      await ask(member, ...as("root:rootpw", "user", "delete", "bob"));
      expect(await ask(member, ...as("root:rootpw", "user", "add", `bob:pw${at}`))).toBe("User bob created");
      for (const other of cluster.members) expect(await ask(other, ...as(`bob:pw${at}`, "user", "get", "bob"))).toContain("User: bob");
    }
    expect((await hashes("root:rootpw")).size).toBe(1);
    expect(await ask(second, ...as("root:rootpw", "auth", "disable"))).toBe("Authentication Disabled");
    for (const member of cluster.members) expect(await ask(member, "get", "b", "--print-value-only")).not.toContain("Error");
  });

  it("a token of one member is good on the others", async () => {
    await cluster.startNew([false, true, false], ["--bcrypt-cost=4"]);
    const [first] = cluster.members as [MemberProcess];
    await ask(first, "user", "add", "root:rootpw");
    await ask(first, "auth", "enable");
    for (const maker of cluster.members) {
      const { token } = await maker.call<{ token: string }>("auth/authenticate", { name: "root", password: "rootpw" });
      for (const taker of cluster.members) {
        const response = await fetch(`${taker.clientUrl}/v3/kv/put`, { method: "POST", headers: { authorization: token }, body: JSON.stringify({ key: base64("k"), value: base64("v") }) });
        expect([taker.plan.name, response.status]).toEqual([taker.plan.name, 200]);
      }
    }
  });

  it("a lease of somebody's keys runs out, whoever leads", async () => {
    await cluster.startNew([false, true, false], ["--bcrypt-cost=4"]);
    const [first] = cluster.members as [MemberProcess];
    await ask(first, "user", "add", "root:rootpw");
    await ask(first, "auth", "enable");
    const lease = /lease ([0-9a-f]+) granted/.exec(await ask(first, ...as("root:rootpw", "lease", "grant", "2")))![1]!;
    expect(await ask(first, ...as("root:rootpw", "put", "leased", "x", `--lease=${lease}`))).toBe("OK");
    await expect.poll(() => ask(first, ...as("root:rootpw", "get", "leased")), { timeout: 90_000, interval: 300 }).toBe("");
    expect((await hashes("root:rootpw")).size).toBe(1);
  });
});
