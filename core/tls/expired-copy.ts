/**
 * A certificate again, the same in all but its time: it ended yesterday. Signed anew by its authority, so that it fails for the one
 * reason that it is meant to fail for (RFC 5280 4.1: tbsCertificate, signatureAlgorithm, signatureValue).
 */
import { X509Certificate, createPrivateKey, sign, type KeyObject } from "node:crypto";
import { DerError, TAG, der, derBitString, derOid, derTime, readDer, type DerValue } from "./der.ts";

const DAY_MS = 24 * 3600 * 1000;
const SHA_256 = { ec: "1.2.840.10045.4.3.2", rsa: "1.2.840.113549.1.1.11" } as const;

/**
 * @param certificate PEM; certificates that follow the first are kept
 * @param authority PEM. @param authorityKey PEM
 * @throws DerError when it is no certificate, or the key not its authority's
 */
export function expiredCopy(certificate: Buffer, authority: Buffer, authorityKey: Buffer, now: Date): Buffer {
  const text = certificate.toString("latin1");
  const end = text.indexOf("-----END CERTIFICATE-----");
  if (end < 0) throw new DerError("there is no certificate in the file");
  const first = new X509Certificate(text.slice(0, end) + "-----END CERTIFICATE-----\n");
  const key = createPrivateKey(authorityKey);
  if (!first.verify(new X509Certificate(authority).publicKey) || !new X509Certificate(authority).checkPrivateKey(key)) throw new DerError("the certificate is not signed by this authority's key");
  const { algorithm, hash } = signatureOf(key);
  const parts = valuesOf(valuesOf(first.raw, 0), 0);
  const at = parts[0]?.tag === 0xa0 ? 1 : 0;
  // version?, serial, signature, issuer, validity, ...
  const ended = new Date(now.getTime() - DAY_MS);
  const validity = der(TAG.sequence, derTime(new Date(ended.getTime() - 365 * DAY_MS)), derTime(ended));
  const body = der(TAG.sequence, ...parts.map((part, place) => (place === at + 1 ? algorithm : place === at + 3 ? validity : der(part.tag, part.content))));
  const copy = der(TAG.sequence, body, algorithm, derBitString(sign(hash, body, key)));
  const pem = `-----BEGIN CERTIFICATE-----\n${copy.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
  return Buffer.from(pem + text.slice(end + "-----END CERTIFICATE-----\n".length), "latin1");
}

function valuesOf(from: Buffer | readonly DerValue[], at: number): readonly DerValue[] {
  const values = Buffer.isBuffer(from) ? readDer(from) : from;
  const value = values[at];
  if (value?.tag !== TAG.sequence) throw new DerError("a certificate is a sequence");
  return readDer(value.content);
}

function signatureOf(key: KeyObject): { readonly algorithm: Buffer; readonly hash: string | null } {
  switch (key.asymmetricKeyType) {
    case "ec":
      return { algorithm: der(TAG.sequence, derOid(SHA_256.ec)), hash: "sha256" };
    case "rsa":
      return { algorithm: der(TAG.sequence, derOid(SHA_256.rsa), der(0x05)), hash: "sha256" };
    case "ed25519":
      return { algorithm: der(TAG.sequence, derOid("1.3.101.112")), hash: null };
    default:
      throw new DerError(`an authority with a key of type ${String(key.asymmetricKeyType)}`);
  }
}
