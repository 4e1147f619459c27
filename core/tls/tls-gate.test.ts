/** Both ends of TLS: who is let in, who is not, and what either end is told. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Server, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { TestAuthority, hasOpenssl, needsOpenssl, replacePair } from "./testing/authority.ts";
import { TlsDialer } from "./tls-dial.ts";
import { type Rejection, TlsGate, verifiedCommonName } from "./tls-gate.ts";
import { type TlsInfo, noTls } from "./tls-info.ts";
import { tlsErrorText } from "./tls-words.ts";

describe.skipIf(!hasOpenssl)(`TLS (${needsOpenssl})`, () => {
  const folder = hasOpenssl ? mkdtempSync(join(tmpdir(), "tls-gate-")) : "";
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const make = <T>(value: () => T): T => (hasOpenssl ? value() : (undefined as T));
  const authority = make(() => new TestAuthority(folder));
  const stranger = make(() => new TestAuthority(folder, "stranger"));
  const [one, two, expired, foreign, elsewhere] = make(() => [
    authority.issue("one"),
    authority.issue("two"),
    authority.issue("expired", { days: -1 }),
    stranger.issue("foreign"),
    authority.issue("elsewhere", { names: "IP:10.1.2.3" }),
  ])!;
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  interface Outcome {
    readonly rejections: Rejection[];
    readonly accepted: { readonly protocol: string | false | null; readonly commonName: string | undefined }[];
    dial(info: Partial<TlsInfo>, host?: string, protocols?: readonly string[]): Promise<string>;
    port: number;
  }

  async function serve(info: Partial<TlsInfo>, checkSan = false): Promise<Outcome> {
    const outcome: Outcome = {
      rejections: [],
      accepted: [],
      port: 0,
      /** what the client saw: the server's greeting, or why there is none */
      async dial(client, host = "localhost", protocols = ["h2"]) {
        const raw = connect(this.port, "127.0.0.1");
        await once(raw, "connect");
        try {
          const socket = await new TlsDialer({ ...noTls, trustedCaFile: authority.caFile, ...client }, protocols).handshake(raw, host);
          return await new Promise<string>((resolve) => {
            socket.once("data", (data: Buffer) => resolve(data.toString()));
            socket.once("error", (error) => resolve(tlsErrorText(error) ?? error.message));
            socket.once("close", () => resolve("closed"));
          });
        } catch (error) {
          return (error as Error).message;
        } finally {
          raw.destroy();
        }
      },
    };
    const gate = new TlsGate({
      info: { ...noTls, ...one, ...info },
      checkSan,
      protocols: ["h2", "http/1.1"],
      accepted: (socket) => {
        outcome.accepted.push({ protocol: socket.alpnProtocol, commonName: verifiedCommonName(socket) });
        socket.on("error", () => socket.destroy());
        socket.end("hello");
      },
      rejected: (rejection) => outcome.rejections.push(rejection),
    });
    const server = createServer((socket) => gate.accept(socket));
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    outcome.port = (server.address() as AddressInfo).port;
    return outcome;
  }

  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const mutual = (): Partial<TlsInfo> => ({ trustedCaFile: authority.caFile, clientCertAuth: true });

  it("lets in whoever trusts it; what is spoken is agreed on", async () => {
    const gate = await serve({});
    expect(await gate.dial({})).toBe("hello");
    expect(await gate.dial({}, "127.0.0.1", ["http/1.1"])).toBe("hello");
    expect(await gate.dial({}, "localhost", [])).toBe("hello");
    expect(gate.accepted.map(({ protocol }) => protocol)).toEqual(["h2", "http/1.1", false]);
    expect(await gate.dial({}, "localhost", ["spdy/3"])).toBe("remote error: tls: no application protocol");
  });

  it("a client that does not trust it says so to both ends", async () => {
    const gate = await serve({});
    expect(await gate.dial({ trustedCaFile: stranger.caFile })).toBe("tls: failed to verify certificate: x509: certificate signed by unknown authority");
    expect(await gate.dial({}, "other")).toBe("tls: failed to verify certificate: x509: certificate is valid for localhost, not other");
    await until(() => gate.rejections.length === 2);
    expect(gate.rejections.map(({ error }) => error)).toEqual(["remote error: tls: bad certificate", "remote error: tls: bad certificate"]);
    expect(await gate.dial({ trustedCaFile: stranger.caFile, insecureSkipVerify: true })).toBe("hello");
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("asks clients for a certificate of its authority, and tells those without why they stay out (%s)", async (maxVersion) => {
    const gate = await serve(mutual());
    expect(await gate.dial({ ...two, maxVersion })).toBe("hello");
    expect(gate.accepted).toEqual([{ protocol: "h2", commonName: "two" }]);
    expect(await gate.dial({ maxVersion })).toBe(`remote error: tls: ${maxVersion === "TLSv1.3" ? "certificate required" : "bad certificate"}`);
    expect(await gate.dial({ ...foreign, maxVersion })).toBe("remote error: tls: unknown certificate authority");
    expect(await gate.dial({ ...expired, maxVersion })).toBe("remote error: tls: expired certificate");
    expect(gate.rejections.map(({ error }) => error)).toEqual([
      "tls: client didn't provide a certificate",
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      expect.stringMatching(/^tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time \S+Z is after \S+Z$/),
    ]);
    expect(gate.rejections[1]).toMatchObject({ serverName: "localhost", names: { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] }, remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string });
    expect(gate.accepted).toHaveLength(1);
  });

  it("allows certain common names, or certain hosts, but not both", async () => {
    const byName = await serve({ ...mutual(), allowedCns: ["two", "three"] });
    expect(await byName.dial(two)).toBe("hello");
    expect(await byName.dial(one)).toBe("remote error: tls: bad certificate");
    const byHost = await serve({ ...mutual(), allowedHostnames: ["10.1.2.3"] });
    expect(await byHost.dial(elsewhere)).toBe("hello");
    expect(await byHost.dial(one)).toBe("remote error: tls: bad certificate");
    expect([...byName.rejections, ...byHost.rejections].map(({ error }) => error)).toEqual(["client certificate authentication failed", "client certificate authentication failed"]);
    await expect(serve({ ...mutual(), allowedCns: ["a"], allowedHostnames: ["b"] })).rejects.toThrow('AllowedCNs and AllowedHostnames are mutually exclusive (cns=["a"], hostnames=["b"])');
  });

  it("compares the address with the certificate where asked, and hangs up", async () => {
    const gate = await serve(mutual(), true);
    expect(await gate.dial(two)).toBe("hello");
    expect(await gate.dial(elsewhere)).toMatch(/^(closed|EOF)$/);
    await until(() => gate.rejections.length === 1);
    expect(gate.rejections[0]!.error).toBe("x509: certificate is valid for 10.1.2.3, not 127.0.0.1");
    const lenient = await serve({ ...mutual(), skipClientSanVerify: true }, true);
    expect(await lenient.dial(elsewhere)).toBe("hello");
  });

  it("keeps out what is revoked, by the list as it stands at each handshake", async () => {
    const gate = await serve({ ...mutual(), crlFile: authority.revoke(two) });
    expect(await gate.dial(one)).toBe("hello");
    expect(await gate.dial(two)).toMatch(/^(closed|EOF)$/);
    await until(() => gate.rejections.length === 1);
    expect(gate.rejections[0]!.error).toMatch(/^transport: certificate serial [0-9a-f]+ revoked$/);
    writeFileSync(join(folder, "ca-revoked.crl"), "no list");
    expect(await gate.dial(one)).toMatch(/^(closed|EOF)$/);
    await until(() => gate.rejections.length === 2);
    expect(gate.rejections[1]!.error).toBe("x509: malformed crl");
  });

  it("shows a renewed certificate from the next handshake on, and none while the files are not well", async () => {
    const pair = authority.issue("renewed");
    const gate = await serve(pair);
    expect(await gate.dial({}, "127.0.0.1")).toBe("hello");
    replacePair(pair, elsewhere);
    expect(await gate.dial({}, "127.0.0.1")).toContain("x509: certificate is valid for 10.1.2.3, not 127.0.0.1");
    writeFileSync(pair.keyFile, "no key");
    expect(await gate.dial({}, "10.1.2.3")).toBe("remote error: tls: internal error");
    expect(gate.rejections.at(-1)!.error).toBe("tls: failed to find any PEM data in key input");
    rmSync(pair.certFile);
    expect(await gate.dial({}, "10.1.2.3")).toBe("remote error: tls: internal error");
    expect(gate.rejections.at(-1)!.error).toBe(`open ${pair.certFile}: no such file or directory`);
    replacePair(pair, one);
    expect(await gate.dial({}, "127.0.0.1")).toBe("hello");
  });

  it("a client's own certificate is read for each handshake too", async () => {
    const pair = authority.issue("client");
    const gate = await serve(mutual());
    const dialer = new TlsDialer({ ...noTls, ...pair, trustedCaFile: authority.caFile }, []);
    const names: (string | undefined)[] = [];
    for (const next of [pair, two]) {
      replacePair(pair, next);
      const raw = connect(gate.port, "127.0.0.1");
      await once(raw, "connect");
      const socket = await dialer.handshake(raw, "localhost");
      await once(socket, "data");
      names.push(gate.accepted.at(-1)!.commonName);
      socket.destroy();
    }
    expect(names).toEqual(["client", "two"]);
  });

  it("agrees on versions and suites, or says why not", async () => {
    const only13 = await serve({ minVersion: "TLSv1.3" });
    expect(await only13.dial({ maxVersion: "TLSv1.2" })).toBe("remote error: tls: protocol version not supported");
    const suites = await serve({ maxVersion: "TLSv1.2", cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] });
    expect(await suites.dial({ cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] })).toBe("hello");
    expect(await suites.dial({ cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] })).toBe("remote error: tls: handshake failure");
    expect([...only13.rejections, ...suites.rejections].map(({ error }) => error)).toEqual(["tls: client offered only unsupported versions", "tls: no cipher suite supported by both client and server"]);
  });

  it("whoever speaks no TLS, or goes away, is told apart", async () => {
    const gate = await serve({});
    const plain = connect(gate.port, "127.0.0.1", () => plain.write("GET /health HTTP/1.1\r\n\r\n"));
    plain.on("error", () => undefined);
    await until(() => gate.rejections.length === 1);
    const gone = connect(gate.port, "127.0.0.1", () => gone.end());
    await until(() => gate.rejections.length === 2);
    expect(gate.rejections.map(({ error }) => error)).toEqual(["tls: first record does not look like a TLS handshake", "EOF"]);
    plain.destroy();
  });

  it("files that could never do are refused at once, in Go's words", () => {
    const dial = (info: Partial<TlsInfo>) => (): TlsDialer => new TlsDialer({ ...noTls, ...info }, []);
    expect(dial({ certFile: one.certFile })).toThrow(`KeyFile and CertFile must both be present[key: , cert: ${one.certFile}]`);
    expect(dial({ certFile: one.certFile, keyFile: two.keyFile })).toThrow("tls: private key does not match public key");
    expect(dial({ certFile: one.keyFile, keyFile: one.certFile })).toThrow("PEM inputs may have been switched");
    expect(dial({ certFile: one.certFile, keyFile: one.certFile })).toThrow("tls: found a certificate rather than a key in the PEM for the private key");
    expect(dial({ certFile: "/none.crt", keyFile: "/none.key" })).toThrow("open /none.crt: no such file or directory");
    expect(dial({ trustedCaFile: "/none.crt" })).toThrow("open /none.crt: no such file or directory");
    expect(dial({ ...one, clientCertFile: one.certFile })).toThrow("ClientKeyFile and ClientCertFile must both be present or both absent");
  });
});
