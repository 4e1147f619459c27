/** The certificates that a host's etcd is configured with, and where their authority signs, as the host sees the files. */
import { posix } from "node:path";
import type { HostTree } from "./host-tree.ts";
import { existsSync } from "node:fs";

export interface CertificateFiles {
  readonly certificates: readonly string[];
  readonly authority: string;
  readonly authorityKey: string;
}

/** A section of etcd's config file; its flags have the same names with a prefix of their own. */
const SECTIONS = [["client-transport-security", ""], ["peer-transport-security", "peer-"]] as const;

/**
 * @param settings by flag, as the member was started (`settingsOf`)
 * @returns why there is nothing to expire, as text, where that is so
 */
export function certificateFiles(settings: ReadonlyMap<string, string>, tree: HostTree): CertificateFiles | string {
  if (settings.size === 0) return "start it once: its certificates are not known yet";
  const certificates = new Set<string>();
  let authority = "";
  for (const [section, prefix] of SECTIONS) {
    const nested = JSON.parse(settings.get(section) ?? "{}") as Readonly<Record<string, unknown>>;
    const valueOf = (name: string): string => String(nested[name] ?? settings.get(prefix + name) ?? "");
    if (valueOf("cert-file") !== "") certificates.add(valueOf("cert-file"));
    if (authority === "") authority = valueOf("trusted-ca-file");
  }
  if (certificates.size === 0) return "this member has no certificate: the lab runs without TLS";
  if (authority === "") return "this member trusts no authority whose key is here: its certificate signs itself";
  const authorityKey = keysOf(authority).find((path) => existsSync(tree.real(path)));
  if (authorityKey === undefined) return `the key of ${authority} is not on this host: nothing can be signed`;
  return { certificates: [...certificates], authority, authorityKey };
}

/** Where an authority's key lies by custom: kubeadm, openssl, cfssl. */
function keysOf(authority: string): string[] {
  const folder = posix.dirname(authority);
  return [authority.replace(/\.[a-z]+$/, ".key"), authority.replace(/\.[a-z]+$/, "-key.pem"), `${folder}/ca.key`, `${folder}/ca-key.pem`];
}
