/** Certificates for drills: one authority, and for each host a certificate that serves and asks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ShellHost } from "../../shell/world.ts";
import { Authority, newPrivateKey, validity } from "../../tls/authority.ts";

const FOLDER = "/etc/etcd/pki";
const AUTHORITY_DAYS = 3650;
const HOST_DAYS = 365;

/** ca.crt, server.crt and server.key in /etc/etcd/pki of each host; good for its name, its address, localhost and 127.0.0.1. */
export function writeAuthority(hosts: readonly ShellHost[], now: Date): void {
  const authority = Authority.make("etcd-ca", now, AUTHORITY_DAYS);
  for (const host of hosts) {
    const own = newPrivateKey();
    const names = [host.name, "localhost", host.address, "127.0.0.1"];
    const leaf = authority.issue({ name: host.name, publicKey: own.publicKey, hosts: names, usages: ["server", "client"], ...validity(now, HOST_DAYS) });
    const folder = host.files.real(FOLDER);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "ca.crt"), authority.certificate);
    writeFileSync(join(folder, "server.crt"), leaf);
    writeFileSync(join(folder, "server.key"), own.pem, { mode: 0o600 });
  }
}
