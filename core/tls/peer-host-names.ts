/** Whether an address is one that a certificate speaks of, asking DNS where it names hosts (listener_tls.go, checkCertSAN). */
import { lookup, reverse } from "node:dns/promises";
import { type CertificateNames, hostnameProblem } from "./certificate-names.ts";

/** @returns undefined where it is, else etcd's words */
export async function hostProblem(names: CertificateNames, remoteAddress: string): Promise<string | undefined> {
  const { dnsNames, ipAddresses } = names;
  if (ipAddresses.length === 0 && dnsNames.length === 0) return undefined;
  const address = /^::ffff:([\d.]+)$/i.exec(remoteAddress)?.[1] ?? remoteAddress;
  if (ipAddresses.length > 0) {
    const problem = hostnameProblem(names, address);
    if (problem === undefined) return undefined;
    if (dnsNames.length === 0) return problem;
  }
  const { found, error } = await isAmong(address, dnsNames);
  if (found) return undefined;
  return `tls: ${JSON.stringify(address)} does not match any of DNSNames [${dnsNames.map((name) => JSON.stringify(name)).join(" ")}]${error === undefined ? "" : ` (${error})`}`;
}

async function isAmong(address: string, dnsNames: readonly string[]): Promise<{ readonly found: boolean; readonly error: string | undefined }> {
  const wildcards = dnsNames.filter((name) => name.startsWith("*.")).map((name) => name.slice(1));
  const names = dnsNames.filter((name) => !name.startsWith("*."));
  let error: string | undefined;
  // names first: they need no reverse zone, which on many machines is asked for in vain
  for (const name of names) {
    try {
      if ((await lookup(name, { all: true })).some((one) => one.address === address)) return { found: true, error: undefined };
    } catch (failure) {
      error = `lookup ${name}: ${(failure as NodeJS.ErrnoException).code === "ENOTFOUND" ? "no such host" : (failure as Error).message}`;
    }
  }
  try {
    for (const name of (await reverse(address)).map((one) => one.replace(/\.$/, ""))) {
      if (names.includes(name) || wildcards.some((wildcard) => name.endsWith(wildcard))) return { found: true, error: undefined };
    }
  } catch (failure) {
    error ??= `lookup ${address}: ${(failure as NodeJS.ErrnoException).code === "ENOTFOUND" ? "no such host" : (failure as Error).message}`;
  }
  return { found: false, error };
}
