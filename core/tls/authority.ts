/**
 * A certificate authority small enough for a lab: ECDSA on P-256, written with node:crypto alone (RFC 5280). What it issues
 * is accepted by Go's crypto/x509 and by OpenSSL.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { der, derBitString, derInteger, derOid, derTime, TAG } from "./der.ts";
import { generalName, pem } from "./self-signed.ts";

const DAY_MS = 86_400_000;
const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  alternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;
const USAGE = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" } as const;

/** A private key with its PEM. */
export interface PrivateKey {
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  /** "EC PRIVATE KEY" */
  readonly pem: string;
}

export interface CertificateRequest {
  readonly name: string;
  /** O of the subject, which Kubernetes reads as groups; absent: none */
  readonly organizations?: readonly string[];
  readonly publicKey: KeyObject;
  /** names and addresses that it is valid for */
  readonly hosts: readonly string[];
  readonly usages: readonly (keyof typeof USAGE)[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export function newPrivateKey(): PrivateKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { key: privateKey, publicKey, pem: privateKey.export({ type: "sec1", format: "pem" }).toString() };
}

/** From a day before `now`, because clocks differ, for so many days. */
export function validity(now: Date, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(now.getTime() - DAY_MS), notAfter: new Date(now.getTime() + days * DAY_MS) };
}

const critical = der(TAG.boolean, Buffer.from([0xff]));
const attribute = (oid: string, value: string): Buffer => der(TAG.set, der(TAG.sequence, derOid(oid), der(TAG.utf8String, Buffer.from(value))));
const subjectName = (name: string, organizations: readonly string[] = []): Buffer =>
  der(TAG.sequence, ...organizations.map((one) => attribute(OID.organization, one)), attribute(OID.commonName, name));
const extension = (oid: string, isCritical: boolean, value: Buffer): Buffer => der(TAG.sequence, derOid(oid), ...(isCritical ? [critical] : []), der(TAG.octetString, value));
const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
const keyId = (key: KeyObject): Buffer => createHash("sha1").update(spki(key)).digest();

export class Authority {
  private constructor(
    /** PEM */
    readonly certificate: string,
    /** PEM of its private key */
    readonly keyPem: string,
    private readonly key: KeyObject,
    private readonly publicKey: KeyObject,
    private readonly name: string,
  ) {}

  static make(name: string, now: Date, days: number): Authority {
    const own = newPrivateKey();
    const extensions = [
      extension(OID.basicConstraints, true, der(TAG.sequence, critical)),
      // keyCertSign and cRLSign: the bits 5 and 6
      extension(OID.keyUsage, true, derBitString(Buffer.from([0b0000_0110]), 1)),
      extension(OID.subjectKeyId, false, der(TAG.octetString, keyId(own.publicKey))),
    ];
    const certificate = signed({ subject: name, issuer: name, publicKey: own.publicKey, ...validity(now, days), extensions }, own.key);
    return new Authority(certificate, own.pem, own.key, own.publicKey, name);
  }

  /** One that was made before. @throws where the texts are no certificate and key */
  static of(certificate: string, keyPem: string): Authority {
    const known = new X509Certificate(certificate);
    return new Authority(certificate, keyPem, createPrivateKey(keyPem), known.publicKey, /^CN=(.*)$/m.exec(known.subject)?.[1] ?? "");
  }

  /** Whether this authority signed that certificate. */
  issued(certificate: X509Certificate): boolean {
    return certificate.verify(this.publicKey);
  }

  /** @returns PEM */
  issue(request: CertificateRequest): string {
    const extensions = [
      // digitalSignature: bit 0
      extension(OID.keyUsage, true, derBitString(Buffer.from([0b1000_0000]), 7)),
      extension(OID.extendedKeyUsage, false, der(TAG.sequence, ...request.usages.map((usage) => derOid(USAGE[usage])))),
      extension(OID.subjectKeyId, false, der(TAG.octetString, keyId(request.publicKey))),
      extension(OID.authorityKeyId, false, der(TAG.sequence, der(0x80, keyId(this.publicKey)))),
      ...(request.hosts.length === 0 ? [] : [extension(OID.alternativeName, false, der(TAG.sequence, ...[...new Set(request.hosts)].map(generalName)))]),
    ];
    return signed({ ...request, subject: request.name, issuer: this.name, extensions }, this.key);
  }
}

interface ToSign {
  readonly subject: string;
  readonly organizations?: readonly string[];
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
}

function signed(what: ToSign, key: KeyObject): string {
  const algorithm = der(TAG.sequence, derOid(OID.ecdsaWithSha256));
  const body = der(
    TAG.sequence,
    der(0xa0, derInteger(Buffer.from([2]))),
    derInteger(randomBytes(16)),
    algorithm,
    subjectName(what.issuer),
    der(TAG.sequence, derTime(what.notBefore), derTime(what.notAfter)),
    subjectName(what.subject, what.organizations),
    spki(what.publicKey),
    der(0xa3, der(TAG.sequence, ...what.extensions)),
  );
  return pem("CERTIFICATE", der(TAG.sequence, body, algorithm, derBitString(sign("sha256", body, key))));
}
