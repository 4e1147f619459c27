/**
 * Members and proxies that find each other by DNS, with a DNS server of the test's own. Node.js asks the servers of resolv.conf, which only
 * root could change, so a script that the test preloads into the programs (NODE_OPTIONS) names it.
 */
import type { Socket } from "node:dgram";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SrvRecord } from "../../core/cli/etcd/srv-discovery.ts";
import { serveZone } from "../../core/cli/etcd/testing/dns-zone.ts";
import { Client, connect } from "../../core/client/index.ts";
import { freePort } from "../peers/harness/ports.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { ourEtcd } from "./harness/programs.ts";

vi.setConfig({ testTimeout: 180_000 });

describe("discovery by DNS", () => {
  const zone: Record<string, readonly SrvRecord[]> = {};
  let socket: Socket;
  let cluster: ClusterProcesses;

  beforeEach(async () => {
    for (const name of Object.keys(zone)) delete zone[name];
    const served = await serveZone(zone);
    socket = served.socket;
    cluster = await ClusterProcesses.create();
    const preload = join(cluster.folder, "ask-the-test.cjs");
    await writeFile(preload, `for (const name of ["node:dns", "node:dns/promises"]) require(name).setServers(["127.0.0.1:${served.port}"]);\n`);
    vi.stubEnv("NODE_OPTIONS", `--require=${preload}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await cluster.end();
    socket.close();
  });

  const record = (port: number): SrvRecord => ({ name: "localhost", port, priority: 0, weight: 0 });
  const names = async (url: string): Promise<string[]> => {
    const client = new Client(connect(url));
    const { members } = await client.memberList();
    client.close();
    return members.map(({ name }) => name).sort();
  };

  it("three members begin a cluster, each with its own name, and one whom no record names is refused", async () => {
    for (const name of ["a", "b", "c"]) await cluster.add(name);
    zone["_etcd-server-lab._tcp.lab.test"] = cluster.members.map(({ plan }) => record(plan.peerPort));
    const flags = ["--discovery-srv=lab.test", "--discovery-srv-name=lab"];
    // etcd takes localhost for no address, so the members advertise the name that stands in the records
    await Promise.all(cluster.members.map((member) => member.start("", "new", [...flags, `--initial-advertise-peer-urls=http://localhost:${member.plan.peerPort}`])));
    await Promise.all(cluster.members.map((member) => member.ready()));
    expect(cluster.members[0]!.output).toContain("got bootstrap from DNS for etcd-server");
    const deadline = Date.now() + 60_000;
    // names come with what each member publishes of itself
    while ((await names(cluster.members[0]!.clientUrl)).join() !== "a,b,c" && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await names(cluster.members[0]!.clientUrl)).toEqual(["a", "b", "c"]);

    const stranger = await cluster.add("d");
    await stranger.start("", "new", flags);
    expect(await stranger.ended()).toBe(1);
    expect(stranger.output).toContain('cannot find local etcd member \\"d\\" in SRV records');
  });

  it("without records nobody starts", async () => {
    const member = await cluster.add("a");
    await member.start("", "new", ["--discovery-srv=lab.test"]);
    expect(await member.ended()).toBe(1);
    expect(member.output).toContain("error querying DNS SRV records for _etcd-server lookup _etcd-server._tcp.lab.test: no such host");
  });

  it("a gateway finds the members' client ports", async () => {
    await cluster.startNew([false]);
    const [member] = cluster.members;
    zone["_etcd-client._tcp.lab.test"] = [record(member!.plan.clientPort)];
    const address = `127.0.0.1:${await freePort()}`;
    const gateway = spawn(process.execPath, [await ourEtcd(), "gateway", "start", "--discovery-srv=lab.test", "--insecure-discovery", `--listen-addr=${address}`], { stdio: ["ignore", "ignore", "pipe"] });
    try {
      let said = "";
      gateway.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      while (!said.includes("ready to proxy client requests")) {
        if (gateway.exitCode !== null) throw new Error(said);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(said).toContain(`http://localhost:${member!.plan.clientPort}`);
      expect(await names(`http://${address}`)).toEqual(["m1"]);
    } finally {
      const ended = once(gateway, "exit");
      gateway.kill("SIGKILL");
      await ended;
    }
  });
});
