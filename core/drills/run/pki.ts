/** Certificates for drills: one authority, and for each host a certificate that serves and asks. ECDSA on P-256, written with node:crypto. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ShellHost } from "../../shell/world.ts";
import { der, derBitString, derInteger, derOid, derTime, TAG } from "../../tls/der.ts";

const FOLDER = "/etc/etcd/pki";
const DAY_MS = 86_400_000;
const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  basicConstraints: "2.5.29.19",
  alternativeName: "2.5.29.17",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

const commonName = (name: string): Buffer => der(TAG.sequence, der(TAG.set, der(TAG.sequence, derOid(OID.commonName), der(TAG.utf8String, Buffer.from(name)))));
const critical = der(TAG.boolean, Buffer.from([0xff]));
const extension = (oid: string, isCritical: boolean, value: Buffer): Buffer => der(TAG.sequence, derOid(oid), ...(isCritical ? [critical] : []), der(TAG.octetString, value));

function certificate(subject: Subject, issuer: string, issuerKey: KeyObject, now: Date): string {
  const algorithm = der(TAG.sequence, derOid(OID.ecdsaWithSha256));
  const body = der(
    TAG.sequence,
    der(0xa0, derInteger(Buffer.from([2]))),
    derInteger(randomBytes(16)),
    algorithm,
    commonName(issuer),
    der(TAG.sequence, derTime(new Date(now.getTime() - DAY_MS)), derTime(new Date(now.getTime() + subject.days * DAY_MS))),
    commonName(subject.name),
    subject.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(TAG.sequence, ...subject.extensions)),
  );
  const bytes = der(TAG.sequence, body, algorithm, derBitString(sign("sha256", body, issuerKey)));
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function pair(): { publicKey: KeyObject; privateKey: KeyObject; pem: string } {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...keys, pem: keys.privateKey.export({ type: "sec1", format: "pem" }).toString() };
}

/** ca.crt, server.crt and server.key in /etc/etcd/pki of each host; good for its name, its address, localhost and 127.0.0.1. */
export function writeAuthority(hosts: readonly ShellHost[], now: Date): void {
  const authority = pair();
  const ca = certificate(
    {
      name: "etcd-ca",
      publicKey: authority.publicKey,
      days: 3650,
      // keyCertSign and cRLSign: the bits 5 and 6
      extensions: [extension(OID.basicConstraints, true, der(TAG.sequence, critical)), extension(OID.keyUsage, true, derBitString(Buffer.from([0b0000_0110]), 1))],
    },
    "etcd-ca",
    authority.privateKey,
    now,
  );
  for (const host of hosts) {
    const own = pair();
    const names = [host.name, "localhost"].map((name) => der(0x82, Buffer.from(name)));
    const addresses = [...new Set([host.address, "127.0.0.1"])].map((address) => der(0x87, Buffer.from(address.split(".").map(Number))));
    const leaf = certificate(
      {
        name: host.name,
        publicKey: own.publicKey,
        days: 365,
        extensions: [
          // digitalSignature: bit 0
          extension(OID.keyUsage, true, derBitString(Buffer.from([0b1000_0000]), 7)),
          extension(OID.extendedKeyUsage, false, der(TAG.sequence, derOid(OID.serverAuth), derOid(OID.clientAuth))),
          extension(OID.alternativeName, false, der(TAG.sequence, ...names, ...addresses)),
        ],
      },
      "etcd-ca",
      authority.privateKey,
      now,
    );
    const folder = host.files.real(FOLDER);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "ca.crt"), ca);
    writeFileSync(join(folder, "server.crt"), leaf);
    writeFileSync(join(folder, "server.key"), own.pem, { mode: 0o600 });
  }
}
