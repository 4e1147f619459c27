/** How clients reach a host's member: its URL, and the files that its own configuration names for TLS. */
import { dirname } from "node:path/posix";
import { existsSync } from "node:fs";
import { TlsDialer } from "../tls/tls-dial.ts";
import { noTls } from "../tls/tls-info.ts";
import type { HostAddress } from "./addresses.ts";
import type { HostTree } from "./host-tree.ts";
import { clientUrlOf } from "./labs/member-files.ts";

/** Paths as the host sees them; "" where there is none. */
export interface AccessFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface ClientAccess {
  /** as a user outside the lab would type it */
  readonly url: string;
  /** absent: plaintext */
  readonly tls: AccessFiles | undefined;
}

/**
 * What a member that runs with these settings asks of its clients. The lab shows it the certificate that lies beside the
 * member's for clients, or else the member's own, as somebody on that host would.
 * @param settings flags by name, sections of a configuration file as JSON
 */
export function accessOf(own: HostAddress, settings: ReadonlyMap<string, string>, tree: HostTree): ClientAccess {
  const urls = (settings.get("listen-client-urls") ?? "").split(",").map((url) => url.trim());
  if (!urls.some((url) => url.startsWith("https://")) || urls.some((url) => url.startsWith("http://"))) return { url: clientUrlOf(own), tls: undefined };
  const section = sectionOf(settings.get("client-transport-security"));
  const file = (name: string): string => section[name] ?? settings.get(name) ?? "";
  const [cert, key] = [file("cert-file"), file("key-file")];
  const beside = dirname(cert);
  const ownPair = { cert: `${beside}/client.crt`, key: `${beside}/client.key` };
  const pair = cert !== "" && existsSync(tree.real(ownPair.cert)) && existsSync(tree.real(ownPair.key)) ? ownPair : { cert, key };
  return { url: clientUrlOf(own, true), tls: { ca: file("trusted-ca-file"), ...pair } };
}

function sectionOf(json: string | undefined): Partial<Record<string, string>> {
  if (json === undefined) return {};
  try {
    const value: unknown = JSON.parse(json);
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch (error) {
    // a section that is no section: etcd refuses the file
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/**
 * Dials as `access` says; undefined where that is plaintext.
 * @throws TlsError where the files are not such that one could
 */
export function dialerOf(access: ClientAccess, tree: HostTree, protocols: readonly string[]): TlsDialer | undefined {
  if (access.tls === undefined) return undefined;
  const { ca, cert, key } = access.tls;
  const real = (path: string): string => (path === "" ? "" : tree.real(path));
  // without an authority to ask, as with --auto-tls, the lab believes its own host
  return new TlsDialer({ ...noTls, certFile: real(cert), keyFile: real(key), trustedCaFile: real(ca), insecureSkipVerify: ca === "" }, protocols);
}

/** etcdctl's flags for this access, but for the endpoint. */
export function accessFlags({ tls }: ClientAccess): string[] {
  if (tls === undefined) return [];
  const verify = tls.ca === "" ? ["--insecure-skip-tls-verify"] : ["--cacert", tls.ca];
  return tls.cert === "" ? verify : [...verify, "--cert", tls.cert, "--key", tls.key];
}
