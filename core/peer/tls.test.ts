/** Peers over TLS with client certificates, made by openssl for the occasion. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TlsDialer } from "../tls/tls-dial.ts";
import { noTls } from "../tls/tls-info.ts";
import { afterAll, describe, expect, it } from "vitest";
import { Message, MessageType } from "../proto/gen/raftpb.ts";
import { FakeMember, until } from "./transport-fixture.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;
const folder = hasOpenssl ? mkdtempSync(join(tmpdir(), "peer-tls-")) : "";
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!hasOpenssl)("peers over TLS (needs openssl: apt-get install openssl)", () => {
  it("exchange messages when both show a certificate of the CA, and a stranger gets nothing", async () => {
    const key = join(folder, "key.pem");
    const cert = join(folder, "cert.pem");
    const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    execFileSync(
      "openssl",
      [
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"],
        ["-keyout", key, "-out", cert, "-subj", "/CN=peer", "-addext", names],
      ].flat(),
      { stdio: "ignore" },
    );
    const material = { key: readFileSync(key), cert: readFileSync(cert), ca: readFileSync(cert) };
    const members = [1n, 2n].map((id) => new FakeMember(id, { dialer: new TlsDialer({ ...noTls, certFile: cert, keyFile: key, trustedCaFile: cert }, []) }));
    const servers = members.map((member) =>
      createServer(
        { ...material, requestCert: true, rejectUnauthorized: true },
        (request, response) => void member.transport.handle(request, response),
      ),
    );
    for (const [at, server] of servers.entries()) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      (members[at] as FakeMember).url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }
    const [one, two] = members as [FakeMember, FakeMember];
    one.transport.addPeer(2n, [two.url]);
    two.transport.addPeer(1n, [one.url]);
    await until(() => one.streams >= 4 && two.streams >= 4);
    one.transport.send([Message.create({ type: MessageType.MsgHeartbeat, from: 1n, to: 2n, term: 1 })]);
    await until(() => two.received.length === 1);
    // a snapshot goes by POST over the pooled agent
    one.transport.send([Message.create({ type: MessageType.MsgSnap, from: 1n, to: 2n, term: 1 })]);
    await until(() => one.snapshots.length === 1);
    expect(one.snapshots).toEqual([[2n, true]]);

    const stranger = new FakeMember(3n, { dialer: new TlsDialer({ ...noTls, trustedCaFile: cert }, []) });
    stranger.transport.addRemote(2n, [two.url]);
    stranger.transport.send([Message.create({ type: MessageType.MsgHeartbeat, from: 3n, to: 2n, term: 1 })]);
    await until(() => stranger.unreachable.length === 1);
    await Promise.all([...members, stranger].map((member) => member.transport.stop()));
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });
});
