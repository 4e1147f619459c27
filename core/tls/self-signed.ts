/**
 * The certificate of --auto-tls and --peer-auto-tls (client/pkg/transport/listener.go, SelfCert): ECDSA on P-521, its own
 * authority, organization "etcd", valid for the hosts of the listen URLs. Written with node:crypto alone.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import { TAG, der, derBitString, derInteger, derOid, derTime } from "./der.ts";

interface SelfSigned {
  /** PEM */
  readonly certificate: string;
  /** PEM, "EC PRIVATE KEY" */
  readonly key: string;
  readonly notAfter: Date;
}

const OID = {
  ecdsaWithSha512: "1.2.840.10045.4.3.4",
  organization: "2.5.4.10",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  basicConstraints: "2.5.29.19",
  subjectKeyId: "2.5.29.14",
  alternativeName: "2.5.29.17",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

const DAY_MS = 24 * 3600 * 1000;

/** @param hosts addresses and names without ports. @param years of 365 days */
export function selfSigned(hosts: readonly string[], years: number, now: Date): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-521" });
  const notAfter = new Date(now.getTime() + years * 365 * DAY_MS);
  const algorithm = der(TAG.sequence, derOid(OID.ecdsaWithSha512));
  const name = der(TAG.sequence, der(TAG.set, der(TAG.sequence, derOid(OID.organization), der(TAG.printableString, Buffer.from("etcd")))));
  const extension = (oid: string, critical: boolean, value: Buffer): Buffer =>
    der(TAG.sequence, derOid(oid), ...(critical ? [der(TAG.boolean, Buffer.from([0xff]))] : []), der(TAG.octetString, value));
  const serial = randomBytes(16);
  const extensions = [
    // digitalSignature, keyEncipherment, cRLSign: the bits 0, 2 and 6
    extension(OID.keyUsage, true, derBitString(Buffer.from([0b1010_0010]), 1)),
    extension(OID.extendedKeyUsage, false, der(TAG.sequence, derOid(OID.serverAuth))),
    extension(OID.basicConstraints, true, der(TAG.sequence, der(TAG.boolean, Buffer.from([0xff])))),
    extension(OID.subjectKeyId, false, der(TAG.octetString, randomBytes(20))),
    ...(hosts.length === 0 ? [] : [extension(OID.alternativeName, false, der(TAG.sequence, ...[...new Set(hosts)].map(generalName)))]),
  ];
  const body = der(
    TAG.sequence,
    der(0xa0, derInteger(Buffer.from([2]))),
    derInteger(serial),
    algorithm,
    name,
    der(TAG.sequence, derTime(now), derTime(notAfter)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(TAG.sequence, ...extensions)),
  );
  const certificate = der(TAG.sequence, body, algorithm, derBitString(sign("sha512", body, privateKey)));
  return { certificate: pem("CERTIFICATE", certificate), key: privateKey.export({ type: "sec1", format: "pem" }).toString(), notAfter };
}

/** A subjectAltName: an address or a name. */
export function generalName(host: string): Buffer {
  const kind = isIP(host);
  return kind === 0 ? der(0x82, Buffer.from(host)) : der(0x87, addressBytes(host));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // the URL parser writes an IPv6 address in its shortest form, without dotted quads
  const [head = "", tail] = new URL(`http://[${address.split("%")[0]!}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").map((group) => parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

export function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END ${label}-----\n`;
}
