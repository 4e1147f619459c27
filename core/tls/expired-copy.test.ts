import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expiredCopy } from "./expired-copy.ts";
import { hasOpenssl, needsOpenssl, TestAuthority } from "./testing/authority.ts";

describe.skipIf(!hasOpenssl)(`an expired copy of a certificate (${needsOpenssl})`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "quorum-lab-expired-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is the same certificate of the same authority, but it ended yesterday", () => {
    const authority = new TestAuthority(folder);
    const pair = authority.issue("m1");
    const before = readFileSync(pair.certFile);
    const ca = readFileSync(authority.caFile);
    const now = new Date("2030-05-06T07:08:09Z");
    const copy = new X509Certificate(expiredCopy(before, ca, readFileSync(join(folder, "ca.key")), now));
    const original = new X509Certificate(before);
    expect(copy.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(new Date(copy.validTo).toISOString()).toBe("2030-05-05T07:08:09.000Z");
    for (const name of ["subject", "issuer", "serialNumber", "subjectAltName"] as const) expect(copy[name]).toBe(original[name]);
    expect(copy.publicKey.equals(original.publicKey)).toBe(true);
    const other = new TestAuthority(folder, "other");
    expect(() => expiredCopy(before, readFileSync(other.caFile), readFileSync(join(folder, "other.key")), now)).toThrow("not signed by this authority");
  });
});
