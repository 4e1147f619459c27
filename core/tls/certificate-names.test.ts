import { describe, expect, it } from "vitest";
import { type CertificateNames, hostnameProblem } from "./certificate-names.ts";
import { cipherList, cipherSuiteProblem } from "./cipher-suites.ts";
import { DerError, TAG, der, derInteger, derTime, readDer } from "./der.ts";
import { hostProblem } from "./peer-host-names.ts";
import { revokedSerials } from "./revocation-list.ts";
import { tlsErrorText } from "./tls-words.ts";

const names = (dnsNames: string[], ipAddresses: string[], commonName = ""): CertificateNames => ({ dnsNames, ipAddresses, commonName, serial: "01" });

describe("whether a certificate is valid for a host, in Go's words", () => {
  it.each([
    [names(["localhost"], ["127.0.0.1"]), "localhost", undefined],
    [names(["localhost"], ["127.0.0.1"]), "127.0.0.1", undefined],
    [names([], ["::1"]), "[0:0::1]", undefined],
    [names(["*.example.com"], []), "m1.EXAMPLE.com.", undefined],
    [names(["*.example.com"], []), "a.b.example.com", "x509: certificate is valid for *.example.com, not a.b.example.com"],
    [names(["a", "b"], []), "c", "x509: certificate is valid for a, b, not c"],
    [names(["a"], []), "10.0.0.1", "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs"],
    [names(["a"], ["10.0.0.2", "10.0.0.3"]), "10.0.0.1", "x509: certificate is valid for 10.0.0.2, 10.0.0.3, not 10.0.0.1"],
    [names([], [], "m1"), "m1", "x509: certificate relies on legacy Common Name field, use SANs instead"],
    [names([], ["10.0.0.1"]), "m1", "x509: certificate is not valid for any names, but wanted to match m1"],
  ])("%j and %s", (certificate, host, problem) => expect(hostnameProblem(certificate, host)).toBe(problem));

  it("an address is looked for among the names by asking for theirs", async () => {
    expect(await hostProblem(names([], []), "10.9.8.7")).toBeUndefined();
    expect(await hostProblem(names(["localhost"], ["10.0.0.1"]), "::ffff:127.0.0.1")).toBeUndefined();
    expect(await hostProblem(names([], ["10.0.0.1"]), "127.0.0.1")).toBe("x509: certificate is valid for 10.0.0.1, not 127.0.0.1");
  });
});

describe("DER", () => {
  it("what is written is read", () => {
    const long = Buffer.alloc(300, 7);
    const [outer] = readDer(der(TAG.sequence, derInteger(Buffer.from([0, 0x80])), der(TAG.octetString, long)));
    expect(readDer(outer!.content)).toEqual([
      { tag: TAG.integer, content: Buffer.from([0, 0x80]) },
      { tag: TAG.octetString, content: long },
    ]);
    expect(derTime(new Date("2049-12-31T23:59:59Z")).subarray(2).toString()).toBe("491231235959Z");
    expect(derTime(new Date("2050-01-01T00:00:00Z")).subarray(2).toString()).toBe("20500101000000Z");
  });
  it.each(["30", "3005", "30840000ffff00", "3080", "30ff"])("%s is refused", (hex) => expect(() => readDer(Buffer.from(hex, "hex"))).toThrow(DerError));
  it("a list of revoked certificates that is none is refused, and so is one in PEM", () => {
    for (const text of ["", "0", "-----BEGIN X509 CRL-----\n", "\x30\x03\x02\x01\x01"]) expect(() => revokedSerials(Buffer.from(text, "latin1"))).toThrow("x509: malformed crl");
  });
});

describe("cipher suites by Go's names", () => {
  it("are told apart: known, unknown, and too weak for this library", () => {
    expect(cipherSuiteProblem(["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_AES_128_GCM_SHA256"])).toBeUndefined();
    expect(cipherSuiteProblem(["not_existing"])).toBe('unexpected TLS cipher suite "not_existing"');
    expect(cipherSuiteProblem(["TLS_ECDHE_RSA_WITH_RC4_128_SHA"])).toContain("too weak");
  });
  it("become the library's list; TLS 1.3 has all of its own in any case", () => {
    expect(cipherList(["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"])).toBe("TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES256-GCM-SHA384");
    expect(cipherSuiteProblem([])).toBeUndefined();
    expect(cipherList([])).toContain("ECDHE-ECDSA-CHACHA20-POLY1305");
  });
});

describe("errors of the TLS library in Go's words", () => {
  it.each([
    [{ code: "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", message: "...:SSL alert number 42" }, "remote error: tls: bad certificate"],
    [{ code: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", message: "...:SSL alert number 48" }, "remote error: tls: unknown certificate authority"],
    [{ code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", message: "...:SSL alert number 116" }, "remote error: tls: certificate required"],
    [{ code: "ERR_SSL_WRONG_VERSION_NUMBER", message: "wrong version number" }, "tls: first record does not look like a TLS handshake"],
    [{ code: "ECONNRESET", message: "socket hang up" }, "EOF"],
    [{ code: "ECONNREFUSED", message: "connect ECONNREFUSED" }, undefined],
  ])("%j", ({ code, message }, words) => expect(tlsErrorText(Object.assign(new Error(message), { code }))).toBe(words));
});
