/** Mutual TLS with real etcd at either end: its clients at our member, ours at its, and both as members of one cluster. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ProgramIo } from "../../core/cli/program.ts";
import { etcdctl as ourEtcdctl } from "../../core/cli/etcdctl/index.ts";
import { plainAddressBook } from "../../core/platform/address-book.ts";
import { type Pair, TestAuthority, hasOpenssl, replacePair } from "../../core/tls/testing/authority.ts";
import { MemberProcess } from "./harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { type Outcome, needsPeers, realEtcd, realEtcdctl } from "./harness/programs.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

class Sink {
  text = "";
  readonly isTerminal = false;
  write(data: Buffer | string): void {
    this.text += data.toString();
  }
}

describe.skipIf(realEtcd === undefined || realEtcdctl === undefined || !hasOpenssl)(`TLS with real etcd (${needsPeers} openssl)`, () => {
  let folder: string;
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let server: Pair;
  let client: Pair;
  const members: MemberProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "peers-tls-"));
    authority = new TestAuthority(folder);
    stranger = new TestAuthority(folder, "stranger");
    server = authority.issue("server");
    client = authority.issue("client");
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.stop()));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const mutual = (pair: Pair, prefix = ""): string[] => [`--${prefix}cert-file=${pair.certFile}`, `--${prefix}key-file=${pair.keyFile}`, `--${prefix}trusted-ca-file=${authority.caFile}`, `--${prefix}client-cert-auth`];

  /** Members over TLS on all their ports. @param kinds true: a real etcd */
  async function start(kinds: readonly boolean[], extra: (at: number) => readonly string[]): Promise<string[]> {
    for (const real of kinds) {
      const [clientPort, peerPort] = await freePorts(2);
      const name = `t${members.length}-${peerPort}`;
      members.push(new MemberProcess({ name, folder, clientPort: clientPort!, peerPort: peerPort!, real }));
    }
    const secure = (url: string): string => url.replace("http:", "https:");
    const cluster = members.map(({ plan, peerUrl }) => `${plan.name}=${secure(peerUrl)}`).join(",");
    await Promise.all(
      members.map(({ clientUrl, peerUrl }, at) => {
        const urls = ["listen-client-urls", "advertise-client-urls"].map((flag) => `--${flag}=${secure(clientUrl)}`);
        urls.push(...["listen-peer-urls", "initial-advertise-peer-urls"].map((flag) => `--${flag}=${secure(peerUrl)}`));
        return members[at]!.start(cluster, "new", [...urls, ...extra(at)]);
      }),
    );
    await Promise.all(members.map((member) => member.said(/ready to serve client requests|serving client traffic securely/, 30_000)));
    return members.map(({ clientUrl }) => secure(clientUrl));
  }

  const withCert = (pair: Pair = client): string[] => ["--cacert", authority.caFile, "--cert", pair.certFile, "--key", pair.keyFile];

  function real(endpoints: readonly string[], ...args: readonly string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      execFile(realEtcdctl!, ["--endpoints", endpoints.join(","), "--dial-timeout=2s", "--command-timeout=5s", ...args], { env: { ...process.env, ETCDCTL_API: "3" } }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      );
    });
  }

  async function ours(endpoints: readonly string[], ...args: readonly string[]): Promise<Outcome> {
    const [stdout, stderr] = [new Sink(), new Sink()];
    const io: ProgramIo = {
      argv: ["--endpoints", endpoints.join(","), "--command-timeout=5s", ...args],
      env: {},
      cwd: folder,
      stdin: (async function* (): AsyncGenerator<Buffer> {})(),
      stdinIsTerminal: false,
      stdout,
      stderr,
      path: (name) => name,
      addressBook: plainAddressBook,
      signal: new AbortController().signal,
    };
    return { code: await ourEtcdctl(io), stdout: stdout.text, stderr: stderr.text };
  }

  it.each([
    ["ours", false],
    ["a real etcd", true],
  ])("%s serves both etcdctl with certificates of its authority, and neither without", async (_name, kind) => {
    const [endpoint] = await start([kind], () => [...mutual(server), ...mutual(server, "peer-")]);
    for (const [at, etcdctl] of [real, ours].entries()) {
      expect(await etcdctl([endpoint!], ...withCert(), "put", `k${at}`, "v")).toMatchObject({ code: 0, stdout: "OK\n" });
      expect(await etcdctl([endpoint!.replace("https://", "")], ...withCert(), "get", `k${at}`)).toMatchObject({ code: 0, stdout: `k${at}\nv\n` });
      // each waits for its whole time: side by side
      const refused = [["--cacert", authority.caFile], [...withCert(), "--cacert", stranger.caFile]].map((by) => etcdctl([endpoint!], "--command-timeout=2s", ...by, "get", "k"));
      expect((await Promise.all(refused)).map(({ code }) => code)).toEqual([1, 1]);
      expect(await etcdctl([endpoint!], ...withCert(), "--cacert", stranger.caFile, "--insecure-skip-tls-verify", "get", `k${at}`)).toMatchObject({ code: 0 });
    }
    expect(members[0]!.output).toMatch(/rejected connection(?: on client endpoint)?","remote-addr":"127\.0\.0\.1:\d+","server-name":"","error":"tls: client didn't provide a certificate"/);
    expect(members[0]!.output).toMatch(/"error":"remote error: tls: bad certificate"/);
  });

  it("a certificate that was renewed counts at once, in our member", async () => {
    const pair = authority.issue("renewed");
    const [endpoint] = await start([false], () => [...mutual(pair), ...mutual(server, "peer-")]);
    expect((await real([endpoint!], ...withCert(), "put", "a", "b")).code).toBe(0);
    replacePair(pair, authority.issue("elsewhere", { names: "IP:10.1.2.3" }));
    const refused = await Promise.all([real, ours].map((etcdctl) => etcdctl([endpoint!], "--command-timeout=2s", ...withCert(), "get", "a")));
    expect(refused[0]!.code).toBe(1);
    expect(refused[1]!.stderr).toContain("certificate is valid for 10.1.2.3, not 127.0.0.1");
    expect(members[0]!.output).toContain('"error":"remote error: tls: bad certificate"');
    replacePair(pair, server);
    expect((await real([endpoint!], ...withCert(), "get", "a")).stdout).toBe("a\nb\n");
  });

  it("what is revoked stays out of our member, and so does a host that is not allowed", async () => {
    const [revoked, other] = [authority.issue("revoked"), authority.issue("other", { names: "DNS:other,IP:127.0.0.1" })];
    const list = authority.revoke(revoked);
    const [endpoint] = await start([false], () => [...mutual(server), `--client-crl-file=${list}`, "--client-cert-allowed-hostname=localhost", ...mutual(server, "peer-")]);
    expect((await real([endpoint!], ...withCert(), "put", "a", "b")).code).toBe(0);
    const refused = await Promise.all([
      real([endpoint!], "--command-timeout=2s", ...withCert(revoked), "get", "a"),
      real([endpoint!], "--command-timeout=2s", ...withCert(other), "get", "a"),
      ours([endpoint!], "--command-timeout=2s", ...withCert(other), "get", "a"),
    ]);
    expect(refused.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(refused[2]!.stderr).toContain("remote error: tls: bad certificate");
    expect(members[0]!.output).toMatch(/"error":"transport: certificate serial [0-9a-f]+ revoked"/);
    expect(members[0]!.output).toContain('"error":"client certificate authentication failed"');
  });

  it("one TLS port speaks gRPC, the gateway, health and metrics; metrics have a port of their own too", async () => {
    const [metricsPort] = await freePorts(1);
    const [endpoint] = await start([false], () => [...mutual(server), ...mutual(server, "peer-"), `--listen-metrics-urls=https://127.0.0.1:${metricsPort}`, "--host-whitelist=elsewhere"]);
    const get = async (base: string, path: string, body?: string): Promise<{ status: number; text: string }> => {
      const call = request(`${base}${path}`, {
        method: body === undefined ? "GET" : "POST",
        ca: readFileSync(authority.caFile),
        cert: readFileSync(client.certFile),
        key: readFileSync(client.keyFile),
        agent: false,
      });
      call.end(body);
      const [response] = (await once(call, "response")) as [IncomingMessage];
      let text = "";
      for await (const chunk of response) text += String(chunk);
      return { status: response.statusCode ?? 0, text };
    };
    // the white-list is for plaintext alone
    expect(await get(endpoint!, "/health")).toEqual({ status: 200, text: '{"health":"true","reason":""}' });
    expect((await get(endpoint!, "/v3/kv/put", '{"key":"Zm9v","value":"YmFy"}')).text).toContain('"revision":"2"');
    expect((await real([endpoint!], ...withCert(), "get", "foo")).stdout).toBe("foo\nbar\n");
    await members[0]!.said(/serving metrics/);
    expect((await get(`https://127.0.0.1:${metricsPort}`, "/metrics")).text).toContain("etcd_server_has_leader 1");
    expect((await get(`https://127.0.0.1:${metricsPort}`, "/version")).status).toBe(404);
  });

  it("ours and real ones are one cluster with mutual TLS between them, whoever leads", async () => {
    const allowed = (at: number): string[] => (at === 1 ? [] : ["--peer-cert-allowed-cn=server"]);
    const endpoints = await start([false, true, false], (at) => [...mutual(server), ...mutual(server, "peer-"), ...allowed(at)]);
    for (const [at, endpoint] of endpoints.entries()) {
      const status = (await real([endpoint], ...withCert(), "endpoint", "status", "-w", "fields")).stdout;
      const id = BigInt(/"MemberID" : (\d+)/.exec(status)![1]!).toString(16);
      const leader = BigInt(/"Leader" : (\d+)/.exec(status)![1]!).toString(16);
      const list = (await real(endpoints, ...withCert(), "member", "list")).stdout;
      const leading = new RegExp(`^${leader}, started, [^,]+, [^,]+, ([^,]+)`, "m").exec(list)![1]!;
      if (leader !== id) expect((await real([leading], ...withCert(), "move-leader", id)).stdout).toContain("Leadership transferred");
      expect((await ours([endpoint], ...withCert(), "put", `led-by-${at}`, "v")).stdout).toBe("OK\n");
    }
    for (const endpoint of endpoints) expect((await ours([endpoint], ...withCert(), "get", "led-by", "--prefix", "--keys-only")).stdout.match(/led-by/g)).toHaveLength(3);
    const hashes = await Promise.all(endpoints.map(async (endpoint) => /, (\d+)/.exec((await real([endpoint], ...withCert(), "endpoint", "hashkv")).stdout)?.[1]));
    expect(new Set(hashes).size).toBe(1);
  });

  it("so they are with certificates that each made on the spot", async () => {
    const endpoints = await start([true, false, false], () => ["--auto-tls", "--peer-auto-tls"]);
    for (const etcdctl of [real, ours]) {
      expect(await etcdctl(endpoints, "--insecure-transport=false", "--insecure-skip-tls-verify", "put", "a", "b")).toMatchObject({ code: 0, stdout: "OK\n" });
    }
    expect(members[1]!.output).toContain("automatically generate certificates");
  });

  it("a peer with the wrong common name stays out, and is told why", async () => {
    const wrong = authority.issue("wrong");
    const names = ["a", "b"];
    for (const name of names) {
      const [clientPort, peerPort] = await freePorts(2);
      members.push(new MemberProcess({ name: `${name}${peerPort}`, folder, clientPort: clientPort!, peerPort: peerPort! }));
    }
    const secure = (url: string): string => url.replace("http:", "https:");
    const cluster = members.map(({ plan, peerUrl }) => `${plan.name}=${secure(peerUrl)}`).join(",");
    for (const [at, member] of members.entries()) {
      const urls = ["listen-peer-urls", "initial-advertise-peer-urls"].map((flag) => `--${flag}=${secure(member.peerUrl)}`);
      await member.start(cluster, "new", [...urls, ...mutual(at === 0 ? server : wrong, "peer-"), `--peer-cert-allowed-cn=${at === 0 ? "server" : "wrong"}`]);
    }
    await members[1]!.said(/remote error: tls: bad certificate/, 20_000);
    await members[0]!.said(/rejected connection on peer endpoint.*client certificate authentication failed/, 20_000);
  });
});
