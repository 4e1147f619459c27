import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { namesOf } from "./certificate-names.ts";
import { selfSigned } from "./self-signed.ts";
import { hasOpenssl, needsOpenssl, openssl } from "./testing/authority.ts";

const now = new Date("2026-11-24T09:30:00.123Z");

describe("a certificate made on the spot", () => {
  it("is for the hosts, names and addresses of both kinds, and belongs to its key", () => {
    const { certificate, key, notAfter } = selfSigned(["127.0.0.1", "localhost", "::1", "2001:db8::7", "127.0.0.1"], 2, now);
    const parsed = new X509Certificate(certificate);
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(namesOf(parsed)).toMatchObject({ commonName: "", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", "::1", "2001:db8::7"] });
    expect([parsed.validFrom, parsed.validTo].map((text) => new Date(text).toISOString())).toEqual(["2026-11-24T09:30:00.000Z", "2028-11-23T09:30:00.000Z"]);
    expect(notAfter.toISOString()).toBe("2028-11-23T09:30:00.123Z");
    expect(key).toContain("BEGIN EC PRIVATE KEY");
  });
  it("that ends after 2049 has its time in the longer form; one without hosts has no names", () => {
    const parsed = new X509Certificate(selfSigned([], 30, now).certificate);
    expect(new Date(parsed.validTo).getUTCFullYear()).toBe(2056);
    expect(parsed.subjectAltName).toBeUndefined();
  });
});

describe.skipIf(!hasOpenssl)(`openssl's judgement (${needsOpenssl})`, () => {
  const folder = hasOpenssl ? mkdtempSync(join(tmpdir(), "self-signed-")) : "";
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  it("it is well formed, verifies against itself, and says what etcd's says", () => {
    const file = join(folder, "cert.pem");
    writeFileSync(file, selfSigned(["127.0.0.1", "localhost"], 1, new Date()).certificate);
    expect(openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", file, file)).toContain("OK");
    const text = openssl("x509", "-in", file, "-noout", "-text");
    for (const wanted of ["Version: 3", "ecdsa-with-SHA512", "Issuer: O = etcd", "NIST CURVE: P-521", "Digital Signature, Key Encipherment, CRL Sign", "TLS Web Server Authentication", "CA:TRUE", "IP Address:127.0.0.1, DNS:localhost"]) {
      expect(text).toContain(wanted);
    }
  });
});
