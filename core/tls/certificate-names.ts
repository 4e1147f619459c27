/** Names in a certificate, and whether it is valid for a host, with Go's rules and words (crypto/x509, verify.go). */
import type { X509Certificate } from "node:crypto";
import { isIP, isIPv6 } from "node:net";

export interface CertificateNames {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  /** in their shortest form */
  readonly ipAddresses: readonly string[];
  /** lower-case hex, two digits a byte */
  readonly serial: string;
}

export function namesOf(certificate: X509Certificate): CertificateNames {
  const dnsNames: string[] = [];
  const ipAddresses: string[] = [];
  for (const item of (certificate.subjectAltName ?? "").split(", ")) {
    if (item.startsWith("DNS:")) dnsNames.push(item.slice(4));
    else if (item.startsWith("IP Address:")) ipAddresses.push(shortest(item.slice("IP Address:".length)));
  }
  const subject = certificate.toLegacyObject().subject as { readonly CN?: string | readonly string[] } | undefined;
  const name = subject?.CN ?? "";
  return { commonName: typeof name === "string" ? name : (name.at(-1) ?? ""), dnsNames, ipAddresses, serial: certificate.serialNumber.toLowerCase() };
}

/** An address as Go prints it. */
function shortest(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/** @returns undefined where the certificate is valid for `host`, else what Go says about it */
export function hostnameProblem(names: CertificateNames, host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, "$1").split("%")[0]!;
  if (isIP(bare) !== 0) {
    const wanted = shortest(bare);
    if (names.ipAddresses.includes(wanted)) return undefined;
    if (names.ipAddresses.length === 0) return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
    return `x509: certificate is valid for ${names.ipAddresses.join(", ")}, not ${host}`;
  }
  if (names.dnsNames.some((pattern) => matches(pattern, bare))) return undefined;
  if (names.dnsNames.length === 0 && names.ipAddresses.length === 0 && matches(names.commonName, bare)) {
    return "x509: certificate relies on legacy Common Name field, use SANs instead";
  }
  if (names.dnsNames.length === 0) return `x509: certificate is not valid for any names, but wanted to match ${host}`;
  return `x509: certificate is valid for ${names.dnsNames.join(", ")}, not ${host}`;
}

/** A star stands for the whole leftmost label and for nothing else. */
function matches(pattern: string, host: string): boolean {
  const labels = pattern.toLowerCase().split(".");
  const wanted = host.toLowerCase().replace(/\.$/, "").split(".");
  if (pattern === "" || labels.length !== wanted.length) return false;
  return labels.every((label, at) => label === wanted[at] || (at === 0 && label === "*" && labels.length > 1));
}
