/**
 * `etcd grpc-proxy` beside the real one: ours before a real etcd, the real one before ours, and the same lines of the real
 * etcdctl through both, with the same output.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Client, connect } from "../../core/client/index.ts";
import { PutRequest, RequestOp } from "../../core/proto/gen/etcdserverpb.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { freePorts } from "./harness/ports.ts";
import { etcdctl, etcdctlWith, havePeers, needsPeers, ourEtcd, realEtcd, realEtcdctl } from "./harness/programs.ts";

const running: ChildProcess[] = [];
const clusters: ClusterProcesses[] = [];
const folders: string[] = [];

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(ended));
  await Promise.all(clusters.splice(0).map((cluster) => cluster.end()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** @returns where the proxy listens, once it answers for the cluster */
async function proxyOf(real: boolean, endpoints: readonly string[], ...flags: readonly string[]): Promise<string> {
  const [port] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), "quorum-lab-proxy-"));
  folders.push(folder);
  const args = ["grpc-proxy", "start", `--listen-addr=127.0.0.1:${port!}`, `--advertise-client-url=127.0.0.1:${port!}`, `--endpoints=${endpoints.join(",")}`, ...flags];
  const child = real ? spawn(realEtcd!, args, { cwd: folder }) : spawn(process.execPath, [await ourEtcd(), ...args], { cwd: folder });
  running.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  for (const deadline = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const health = await fetch(`http://127.0.0.1:${port!}/health`).then(
      (response) => response.text(),
      () => "",
    );
    if (health.includes('"true"')) return `127.0.0.1:${port!}`;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the proxy does not serve:\n${output}`);
  }
}

async function clusterOf(real: boolean): Promise<ClusterProcesses> {
  const cluster = await ClusterProcesses.create();
  clusters.push(cluster);
  await cluster.startNew([real]);
  return cluster;
}

/** One line and its input; an empty one where there is none. */
const LINES: readonly (readonly [line: string, input?: string])[] = [
  ["put foo bar"],
  ["get foo"],
  ["get foo --consistency=s"],
  ["put foo baz --prev-kv"],
  ["get foo --consistency=s -w json"],
  ["put a/1 x"],
  ["put a/2 y"],
  ["get a/ --prefix --keys-only"],
  ["get a/ --prefix --sort-by=KEY --order=DESCEND"],
  ["get --prefix --from-key x"],
  ["txn", 'version("foo") = "2"\n\nput foo new\nget foo\n\nget a/1\n\n'],
  ["get foo --consistency=s"],
  ["del a/ --prefix --prev-kv"],
  ["get a/1 --consistency=s"],
  ["get foo --rev=100"],
  ["compact 4"],
  ["get foo --rev=2"],
  ["get foo --rev=2 --consistency=s"],
  ["lease timetolive 1234"],
  ["lease revoke 1234"],
  ["lease keep-alive --once 1234"],
  ["member promote 1234"],
  ["alarm list"],
  ["user add root:pw"],
  ["role add root"],
  ["user grant-role root root"],
  ["user add u:pw"],
  ["role add r"],
  ["role grant-permission r readwrite k --prefix"],
  ["user grant-role u r"],
  ["auth enable"],
  ["--user u:pw put k1 v"],
  ["--user u:pw get k1 --consistency=s"],
  ["--user u:pw get foo"],
  ["--user u:pw watch foo"],
  ["--user u:no get k1"],
  ["get k1"],
  ["--user root:pw role get r"],
  ["--user root:pw auth disable"],
];

/** What differs from run to run: ids, times, addresses. */
function settled(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("{") || line.includes('"header"'))
    .join("\n")
    .replace(/"(cluster_id|member_id|raft_term)":\d+/g, '"$1":0')
    .replace(/127\.0\.0\.1:\d+/g, "ADDRESS");
}

async function outputs(endpoint: string): Promise<string[]> {
  const told: string[] = [];
  for (const [line, input = ""] of LINES) {
    const { code, stdout, stderr } = await etcdctlWith(input, [endpoint], ...line.split(" "));
    told.push(`$ ${line}\n${settled(stdout)}${settled(stderr)}= ${code}`);
  }
  return told;
}

describe.skipIf(!havePeers)(`grpc-proxy (${needsPeers})`, () => {
  it("of ours before a real etcd says what the real one says", { timeout: 180_000 }, async () => {
    const [mine, theirs] = [await clusterOf(true), await clusterOf(true)];
    const ours = await outputs(await proxyOf(false, mine.endpoints));
    const real = await outputs(await proxyOf(true, theirs.endpoints));
    expect(ours).toEqual(real);
  });

  it("of etcd serves our members, as ours does", { timeout: 180_000 }, async () => {
    const [mine, theirs] = [await clusterOf(false), await clusterOf(false)];
    const real = await outputs(await proxyOf(true, theirs.endpoints));
    const ours = await outputs(await proxyOf(false, mine.endpoints));
    expect(ours).toEqual(real);
  });

  it("shares watches of the real etcdctl, under a namespace, and goes on when the member is killed and comes back", { timeout: 120_000 }, async () => {
    const cluster = await clusterOf(true);
    const member = cluster.members[0]!;
    const endpoint = await proxyOf(false, cluster.endpoints, "--namespace=/ns/");
    const watches = Array.from({ length: 4 }, () => {
      const child = spawn(realEtcdctl!, ["--endpoints", endpoint, "watch", "--prefix", "k"], { env: { ...process.env, ETCDCTL_API: "3" } });
      running.push(child);
      const watch = { text: "" };
      child.stdout.on("data", (chunk: Buffer) => (watch.text += chunk.toString()));
      return watch;
    });
    const seen = async (text: string): Promise<void> => {
      for (const deadline = Date.now() + 30_000; !watches.every((watch) => watch.text.includes(text)); await new Promise((resolve) => setTimeout(resolve, 50))) {
        if (Date.now() > deadline) throw new Error(`not all saw ${text}: ${JSON.stringify(watches)}`);
      }
    };
    // a watch may begin after any of these: the first that all have seen is where they all are
    for (let round = 0; !watches.every(({ text }) => text !== ""); round++) {
      await member.ctl("put", "/ns/k/begin", String(round));
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (round > 300) throw new Error("the watches do not begin");
    }
    await etcdctl([endpoint], "put", "k/1", "one");
    await seen("k/1\none\n");
    await member.stop();
    await member.start(cluster.initialCluster, "existing");
    await member.healthy();
    for (;;) {
      const { code } = await etcdctl([endpoint], "put", "k/2", "two");
      if (code === 0) break;
    }
    await seen("k/2\ntwo\n");
    for (const { text } of watches) expect(text.match(/k\/1\none\n/g)).toHaveLength(1);
  });

  it.each([
    ["our members", false],
    ["a real member", true],
  ])("two proxies that own keys, ours and a real one, before %s: nobody reads what is old", { timeout: 180_000 }, async (_whose, real) => {
    const cluster = await clusterOf(real);
    const flags = ["--experimental-leasing-prefix=own/"];
    const endpoints = [await proxyOf(false, cluster.endpoints, ...flags), await proxyOf(true, cluster.endpoints, ...flags)];
    const clients = endpoints.map((endpoint) => new Client(connect(endpoint)));
    const [key, other] = [Buffer.from("a"), Buffer.from("b")];
    try {
      for (let round = 0; round < 24; round++) {
        const [writer, reader] = [clients[round % 2]!, clients[(round >> 1) % 2]!];
        const value = Buffer.from(String(round));
        if (round % 6 === 5) await writer.deleteRange({ key, rangeEnd: Buffer.from("c") });
        else if (round % 3 === 2) await writer.txn({ success: [key, other].map((one) => RequestOp.create({ requestPut: PutRequest.create({ key: one, value }) })) });
        else await writer.put({ key, value });
        const expected = round % 6 === 5 ? undefined : String(round);
        for (const client of [reader, ...clients, reader]) expect((await client.range({ key })).kvs[0]?.value.toString(), `round ${round}`).toBe(expected);
      }
      // whoever has given it back leaves it alone for two seconds; then somebody owns it, and says so where both look
      for (const deadline = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
        for (const client of clients) await client.range({ key });
        const records = (await cluster.members[0]!.ctl("get", "own/", "--prefix", "--keys-only")).split("\n").filter((line) => line !== "");
        if (records.join() === "own/a") break;
        if (Date.now() > deadline) throw new Error(`nobody owns the key: ${records.join()}`);
      }
    } finally {
      for (const client of clients) client.close();
    }
  });
});
