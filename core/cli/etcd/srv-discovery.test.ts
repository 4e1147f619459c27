/** Members by DNS, with a DNS server of our own on loopback that the system's resolver library asks. */
import type { Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ZapLog } from "./log.ts";
import { type SrvRecord, type SrvResolver, SrvError, clusterFromSrv } from "./srv-discovery.ts";
import { serveZone } from "./testing/dns-zone.ts";

const silent = Object.fromEntries(["debug", "info", "warn", "error", "fatal", "panic"].map((level) => [level, () => undefined])) as unknown as ZapLog;

describe("members named by DNS", () => {
  const zone: Record<string, readonly SrvRecord[]> = {};
  let socket: Socket;
  let resolver: SrvResolver;
  beforeEach(async () => {
    for (const name of Object.keys(zone)) delete zone[name];
    const served = await serveZone(zone);
    socket = served.socket;
    const asked = new Resolver({ timeout: 2000, tries: 1 });
    asked.setServers([`127.0.0.1:${served.port}`]);
    const hosts: Readonly<Record<string, string>> = { "m1.example.com": "10.0.0.1", "m2.example.com": "10.0.0.2", "m3.example.com": "10.0.0.3" };
    resolver = {
      srv: (name) => asked.resolveSrv(name),
      address: async (host) => hosts[host] ?? Promise.reject(Object.assign(new Error("unknown"), { code: "ENOTFOUND" })),
    };
  });
  afterEach(() => {
    socket.close();
  });

  const record = (host: string, port: number): SrvRecord => ({ name: host, port, priority: 0, weight: 0 });
  const ask = (name: string, advertised: string, serviceName = ""): Promise<string[]> =>
    clusterFromSrv({ domain: "example.com", serviceName, name, advertisePeerUrls: [advertised] }, resolver, silent);

  it("the record with this member's address has its name, the others are counted", async () => {
    zone["_etcd-server._tcp.example.com"] = [record("m1.example.com", 2380), record("m2.example.com", 2380), record("m3.example.com", 2380)];
    expect((await ask("second", "http://10.0.0.2:2380")).sort()).toEqual([
      "0=http://m1.example.com:2380",
      "1=http://m3.example.com:2380",
      "second=http://m2.example.com:2380",
    ]);
    expect(await ask("second", "http://m2.example.com:2380")).toContain("second=http://m2.example.com:2380");
  });

  it("both kinds of records count, under the service's own name too", async () => {
    zone["_etcd-server-ssl-lab._tcp.example.com"] = [record("m1.example.com", 2380)];
    zone["_etcd-server-lab._tcp.example.com"] = [record("m2.example.com", 2380)];
    expect(await ask("a", "http://10.0.0.2:2380", "lab")).toEqual(["0=https://m1.example.com:2380", "a=http://m2.example.com:2380"]);
  });

  it("a member of the other scheme is left out", async () => {
    zone["_etcd-server-ssl._tcp.example.com"] = [record("m1.example.com", 2380), record("m2.example.com", 2380)];
    expect(await ask("a", "http://10.0.0.1:2380")).toEqual(["0=https://m2.example.com:2380"]);
    zone["_etcd-server-ssl._tcp.example.com"] = [record("m1.example.com", 2380)];
    await expect(ask("a", "http://10.0.0.1:2380")).rejects.toThrow(
      "bootstrap at https://m1.example.com:2380 from DNS for etcd-server-ssl has scheme mismatch with expected peer http://10.0.0.1:2380",
    );
  });

  it("no records, and names that nobody knows, are told as Go tells them", async () => {
    await expect(ask("a", "http://10.0.0.1:2380")).rejects.toThrow(
      new SrvError(
        ["etcd-server-ssl", "etcd-server"].map((service) => `error querying DNS SRV records for _${service} lookup _${service}._tcp.example.com: no such host`).join("\n"),
      ),
    );
    zone["_etcd-server._tcp.example.com"] = [record("gone.example.com", 2380)];
    await expect(ask("a", "http://10.0.0.1:2380")).rejects.toThrow("lookup gone.example.com: no such host");
  });
});
