/**
 * The certificates of a lab with TLS: an authority that belongs to the lab, and for each host, under /etc/etcd/pki, one that
 * serves clients, one that speaks with peers in both directions, and one for clients on that host.
 */
import { createPublicKey, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Authority, newPrivateKey, validity } from "../../tls/authority.ts";
import { type HostAddress, namesOf } from "../addresses.ts";
import type { HostTree } from "../host-tree.ts";

const PKI_FOLDER = "/etc/etcd/pki";
/** paths on every host */
export const PKI = {
  ca: `${PKI_FOLDER}/ca.crt`,
  /** on every host, as kubeadm has it on every control plane node: certificates can be renewed by hand */
  caKey: `${PKI_FOLDER}/ca.key`,
  serverCert: `${PKI_FOLDER}/server.crt`,
  serverKey: `${PKI_FOLDER}/server.key`,
  peerCert: `${PKI_FOLDER}/peer.crt`,
  peerKey: `${PKI_FOLDER}/peer.key`,
  clientCert: `${PKI_FOLDER}/client.crt`,
  clientKey: `${PKI_FOLDER}/client.key`,
} as const;

const AUTHORITY_DAYS = 3650;
const HOST_DAYS = 365;

export class LabPki {
  private constructor(
    private readonly authority: Authority,
    private readonly now: () => number,
  ) {}

  /** The one in the lab's folder; made where there is none yet. */
  static open(labFolder: string, now: () => number): LabPki {
    const folder = join(labFolder, "pki");
    const [cert, key] = [join(folder, "ca.crt"), join(folder, "ca.key")];
    if (existsSync(cert) && existsSync(key)) return new LabPki(Authority.of(readFileSync(cert, "utf8"), readFileSync(key, "utf8")), now);
    const authority = Authority.make("etcd-ca", new Date(now()), AUTHORITY_DAYS);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(key, authority.keyPem, { mode: 0o600 });
    writeFileSync(cert, authority.certificate);
    return new LabPki(authority, now);
  }

  /** Writes a new host's certificates. */
  furnish(tree: HostTree, host: HostAddress): void {
    mkdirSync(tree.real(PKI_FOLDER), { recursive: true });
    writeFileSync(tree.real(PKI.ca), this.authority.certificate);
    writeFileSync(tree.real(PKI.caKey), this.authority.keyPem, { mode: 0o600 });
    const hosts = [...namesOf(host.host), "localhost", host.address, "127.0.0.1"];
    const both = ["server", "client"] as const;
    // the server's certificate asks, too: etcd's gateway dials its own port with it
    this.write(tree, PKI.serverCert, PKI.serverKey, { name: host.host, hosts, usages: both });
    this.write(tree, PKI.peerCert, PKI.peerKey, { name: host.host, hosts, usages: both });
    this.write(tree, PKI.clientCert, PKI.clientKey, { name: "etcd-client", hosts: [], usages: ["client"] });
  }

  /**
   * Makes those certificates of a host that are still this authority's good for an address that it has got since: the
   * same key, the same days, one name more. What the user put in their place stays.
   */
  readdress(tree: HostTree, address: string): void {
    for (const path of [PKI.serverCert, PKI.peerCert]) {
      const known = readCertificate(tree.real(path));
      if (known === undefined || !this.authority.issued(known) || known.checkIP(address) !== undefined) continue;
      const certificate = this.authority.issue({
        name: /^CN=(.*)$/m.exec(known.subject)?.[1] ?? "",
        publicKey: createPublicKey(known.publicKey.export({ type: "spki", format: "pem" })),
        hosts: [...alternativeNames(known), address],
        usages: ["server", "client"],
        notBefore: new Date(known.validFrom),
        notAfter: new Date(known.validTo),
      });
      writeFileSync(tree.real(path), certificate);
    }
  }

  private write(tree: HostTree, certPath: string, keyPath: string, what: { readonly name: string; readonly hosts: readonly string[]; readonly usages: readonly ("server" | "client")[] }): void {
    const own = newPrivateKey();
    writeFileSync(tree.real(certPath), this.authority.issue({ ...what, publicKey: own.publicKey, ...validity(new Date(this.now()), HOST_DAYS) }));
    writeFileSync(tree.real(keyPath), own.pem, { mode: 0o600 });
  }
}

/** undefined: there is none, or what is there is no certificate, which etcd itself will say */
function readCertificate(path: string): X509Certificate | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return new X509Certificate(readFileSync(path));
  } catch {
    return undefined;
  }
}

function alternativeNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(", ").flatMap((one) => /^(?:DNS|IP Address):(.+)$/.exec(one)?.[1] ?? []);
}
