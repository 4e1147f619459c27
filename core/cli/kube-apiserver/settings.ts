/** Flags as what they mean, with the files that they name read and checked. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ClusterIps } from "../../kube/server/cluster-ips.ts";
import { noEncryption, parseEncryptionConfig, type TransformerFor } from "../../kube/server/encryption-config.ts";
import { parseTokens, type User } from "../../kube/server/identity.ts";
import { Authority, newPrivateKey, validity } from "../../tls/authority.ts";
import { noTls, readPair, readTlsFile, type TlsInfo } from "../../tls/tls-info.ts";
import { parseDuration } from "../go/duration.ts";
import { FlagError, type FlagName, type FlagValues, isTrue } from "./flags.ts";

export interface Settings {
  readonly etcd: { readonly servers: readonly string[]; readonly tls: TlsInfo | undefined; readonly root: string; readonly compactionMs: number; readonly healthMs: number; readonly readyMs: number; readonly leaseReuseS: number };
  readonly bind: { readonly address: string; readonly port: number };
  readonly advertise: string;
  readonly serving: { readonly cert: Buffer; readonly key: Buffer };
  readonly clientCa: Buffer | undefined;
  readonly tokens: ReadonlyMap<string, User>;
  readonly anonymous: boolean;
  readonly rbac: boolean;
  readonly ips: ClusterIps;
  readonly eventTtlS: number;
  readonly encryption: TransformerFor;
  readonly watchCache: boolean;
  readonly controllers: boolean;
  readonly node: string;
  readonly verbosity: number;
}

/** @param path as typed to a real one. @throws FlagError, TlsError, EncryptionConfigError */
export function settingsOf(flags: FlagValues, path: (name: string) => string): Settings {
  const real = (name: FlagName): string => (flags[name] === "" ? "" : path(flags[name]));
  if (flags["etcd-servers"] === "") throw new FlagError("--etcd-servers must be specified");
  if (flags["storage-backend"] !== "etcd3") throw new FlagError(`--storage-backend invalid, allowed values: etcd3. If not specified, it will default to 'etcd3'`);
  if (flags["storage-media-type"] !== "application/vnd.kubernetes.protobuf") throw new FlagError(`--storage-media-type must be application/vnd.kubernetes.protobuf here`);
  const port = Number(flags["secure-port"]);
  if (port > 65535) throw new FlagError(`--secure-port ${flags["secure-port"]} must be between 0 and 65535, inclusive`);
  const modes = flags["authorization-mode"].split(",");
  for (const mode of modes) if (!["AlwaysAllow", "RBAC", "Node"].includes(mode)) throw new FlagError(`authorization-mode "${mode}" is not a valid mode: AlwaysAllow, RBAC and Node are`);
  if (flags["token-auth-file"] !== "" && isTrue(flags["anonymous-auth"]) && flags["authorization-mode"] === "") throw new FlagError("--authorization-mode must be specified");
  const advertise = flags["advertise-address"] !== "" ? flags["advertise-address"] : flags["bind-address"] === "0.0.0.0" ? "127.0.0.1" : flags["bind-address"];
  let ips: ClusterIps;
  try {
    ips = new ClusterIps(flags["service-cluster-ip-range"]);
  } catch (error) {
    throw new FlagError(`--service-cluster-ip-range: ${(error as Error).message}`, { cause: error });
  }
  const clientCa = real("client-ca-file");
  const encryption = real("encryption-provider-config");
  const tokens = real("token-auth-file");
  return {
    etcd: {
      servers: flags["etcd-servers"].split(",").map((server) => server.trim()),
      tls: etcdTls(real),
      root: `/${flags["etcd-prefix"].replace(/^\/+|\/+$/g, "")}`,
      compactionMs: duration(flags, "etcd-compaction-interval"),
      healthMs: duration(flags, "etcd-healthcheck-timeout"),
      readyMs: duration(flags, "etcd-readycheck-timeout"),
      leaseReuseS: Number(flags["lease-reuse-duration-seconds"]),
    },
    bind: { address: flags["bind-address"], port },
    advertise,
    serving: serving(flags, real, [advertise, flags["bind-address"], "127.0.0.1", "::1", "localhost", ips.first]),
    clientCa: clientCa === "" ? undefined : readTlsFile(clientCa),
    tokens: tokens === "" ? new Map() : parseTokens(readTlsFile(tokens).toString("utf8")),
    anonymous: isTrue(flags["anonymous-auth"]),
    rbac: !modes.includes("AlwaysAllow"),
    ips,
    eventTtlS: Math.floor(duration(flags, "event-ttl") / 1000),
    encryption: encryption === "" ? noEncryption : parseEncryptionConfig(readTlsFile(encryption).toString("utf8")),
    watchCache: isTrue(flags["watch-cache"]),
    controllers: isTrue(flags["quorum-lab-controllers"]),
    node: flags["quorum-lab-node"] === "" ? hostname().toLowerCase() : flags["quorum-lab-node"],
    verbosity: Number(flags.v),
  };
}

/** ms */
function duration(flags: FlagValues, name: FlagName): number {
  try {
    return parseDuration(flags[name]) / 1e6;
  } catch (error) {
    throw new FlagError(`invalid argument "${flags[name]}" for "--${name}" flag: ${(error as Error).message}`, { cause: error });
  }
}

function etcdTls(real: (name: FlagName) => string): TlsInfo | undefined {
  const [certFile, keyFile, trustedCaFile] = [real("etcd-certfile"), real("etcd-keyfile"), real("etcd-cafile")];
  return certFile === "" && keyFile === "" && trustedCaFile === "" ? undefined : { ...noTls, certFile, keyFile, trustedCaFile };
}

/** What the flags name; otherwise a certificate that is made once and kept in --cert-dir, as kube-apiserver does. */
function serving(flags: FlagValues, real: (name: FlagName) => string, hosts: readonly string[]): { cert: Buffer; key: Buffer } {
  if (flags["tls-cert-file"] !== "" || flags["tls-private-key-file"] !== "") return readPair(real("tls-cert-file"), real("tls-private-key-file"));
  const folder = real("cert-dir");
  const [certFile, keyFile] = [join(folder, "apiserver.crt"), join(folder, "apiserver.key")];
  if (!existsSync(certFile) || !existsSync(keyFile)) {
    const now = new Date();
    const authority = Authority.make(`${hosts[0]!}-ca@${randomBytes(4).readUInt32BE()}`, now, 365);
    const own = newPrivateKey();
    const names = hosts.filter((host) => host !== "0.0.0.0" && host !== "::");
    const cert = authority.issue({ name: hosts[0]!, publicKey: own.publicKey, hosts: names, usages: ["server"], ...validity(now, 365) });
    mkdirSync(folder, { recursive: true });
    writeFileSync(certFile, cert + authority.certificate);
    writeFileSync(keyFile, own.pem, { mode: 0o600 });
  }
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}
