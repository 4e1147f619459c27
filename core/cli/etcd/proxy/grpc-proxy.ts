/** `etcd grpc-proxy start` (etcd server/etcdmain/grpc_proxy.go): flags, their checks, and what they come down to. */
import type { AgentOptions } from "node:https";
import { X509Certificate } from "node:crypto";
import type { SecureVersion } from "node:tls";
import type { ChannelOptions } from "../../../client/index.ts";
import { type MemberOptions, startProxy } from "../../../grpc-proxy/serve-proxy.ts";
import type { AddressBook } from "../../../platform/address-book.ts";
import { cipherSuiteProblem } from "../../../tls/cipher-suites.ts";
import { TlsDialer } from "../../../tls/tls-dial.ts";
import { describe, isEmpty, noTls, readPair, readTlsFile, TlsError, type TlsInfo } from "../../../tls/tls-info.ts";
import type { FlagDefinition, FlagSet } from "../../cobra/flags.ts";
import type { ZapLog } from "../log.ts";
import { notifySystemd } from "../notify-systemd.ts";
import { makeSelfSigned } from "../self-signed-files.ts";
import { systemResolver } from "../srv-discovery.ts";
import { addressOf } from "../values.ts";
import { type ProxyCommand, ProxyFailure } from "./proxy-command.ts";
import { srvClients } from "./srv-clients.ts";

const flags: readonly FlagDefinition[] = [
  { name: "listen-addr", kind: "string", default: "127.0.0.1:23790", usage: "address to listen on" },
  { name: "discovery-srv", kind: "string", default: "", usage: "DNS domain whose SRV records name the members" },
  { name: "discovery-srv-name", kind: "string", default: "", usage: "word behind the service names asked for, after a dash" },
  { name: "metrics-addr", kind: "string", default: "", usage: "URL where metrics and health checks are served too" },
  { name: "insecure-discovery", kind: "bool", default: "false", usage: "take members without TLS that --discovery-srv finds" },
  { name: "endpoints", kind: "strings", default: "127.0.0.1:2379", usage: "members, comma separated" },
  { name: "endpoints-auto-sync-interval", kind: "duration", default: "0s", usage: "how often the cluster is asked who its members are (0: never)" },
  { name: "dial-keepalive-time", kind: "duration", default: "0s", usage: "pause between pings to members (0: none)" },
  { name: "dial-keepalive-timeout", kind: "duration", default: "20s", usage: "wait for a ping's answer before the connection is closed" },
  { name: "permit-without-stream", kind: "bool", default: "false", usage: "ping members also while no call runs" },
  { name: "advertise-client-url", kind: "string", default: "127.0.0.1:23790", usage: "address that clients are told as the member's" },
  { name: "resolver-prefix", kind: "string", default: "", usage: "keys under which proxies that stand for each other are written down" },
  { name: "resolver-ttl", kind: "int", default: "0", usage: "seconds until a proxy that is gone is forgotten there" },
  { name: "namespace", kind: "string", default: "", usage: "prefix of all keys" },
  { name: "enable-pprof", kind: "bool", default: "false", usage: "serve profiles under /debug/pprof/" },
  { name: "data-dir", kind: "string", default: "default.proxy", usage: "folder for certificates made by --auto-tls" },
  { name: "max-send-bytes", kind: "int", default: "1572864", usage: "largest message to a member, bytes" },
  { name: "max-recv-bytes", kind: "int", default: "2147483647", usage: "largest message from a member, bytes" },
  { name: "grpc-keepalive-min-time", kind: "duration", default: "5s", usage: "least pause between pings of a client" },
  { name: "grpc-keepalive-interval", kind: "duration", default: "2h0m0s", usage: "silence after which a client is pinged" },
  { name: "grpc-keepalive-timeout", kind: "duration", default: "20s", usage: "wait for its answer before the connection is closed" },
  { name: "cert", kind: "string", default: "", usage: "certificate to show members" },
  { name: "key", kind: "string", default: "", usage: "its key" },
  { name: "cacert", kind: "string", default: "", usage: "authority of members' certificates" },
  { name: "insecure-skip-tls-verify", kind: "bool", default: "false", usage: "do not verify members' certificates (for tests only)" },
  { name: "cert-file", kind: "string", default: "", usage: "certificate to show clients" },
  { name: "key-file", kind: "string", default: "", usage: "its key" },
  { name: "trusted-ca-file", kind: "string", default: "", usage: "authority of clients' certificates; they must show one then" },
  { name: "listen-cipher-suites", kind: "strings", default: "", usage: "cipher suites for clients, comma separated" },
  { name: "auto-tls", kind: "bool", default: "false", usage: "TLS for clients with a certificate made on the spot" },
  { name: "client-crl-file", kind: "string", default: "", usage: "revoked certificates of clients" },
  { name: "self-signed-cert-validity", kind: "uint", default: "1", usage: "years that a certificate of --auto-tls is good for" },
  { name: "tls-min-version", kind: "string", default: "TLS1.2", usage: "lowest version of TLS: TLS1.2 or TLS1.3" },
  { name: "tls-max-version", kind: "string", default: "", usage: "highest version of TLS: TLS1.2 or TLS1.3 (empty: the highest there is)" },
  { name: "experimental-serializable-ordering", kind: "bool", default: "false", usage: "never answer from an older revision than before" },
  { name: "experimental-leasing-prefix", kind: "string", default: "", usage: "keys under which proxies write down what they own" },
  { name: "experimental-enable-grpc-logging", kind: "bool", default: "false", usage: "log every request and answer" },
  { name: "debug", kind: "bool", default: "false", usage: "log at level debug" },
  { name: "max-concurrent-streams", kind: "uint", default: "4294967295", usage: "calls and streams that a client may have open at a time" },
];

const versions: Readonly<Record<string, SecureVersion | undefined>> = { "": undefined, "TLS1.2": "TLSv1.2", "TLS1.3": "TLSv1.3" };
/** grpc-go's own, where etcd gives it none. */
const PING_MIN_MS = 5 * 60_000;
const PING_INTERVAL_MS = 2 * 3_600_000;
const PING_TIMEOUT_MS = 20_000;
/** Go's client pings no more often. */
const DIAL_PING_MIN_MS = 10_000;
const UINT32_MAX = 4294967295;

/** The checks that come before anything is done (checkArgs). @throws ProxyFailure in etcd's words */
function check(given: FlagSet): void {
  const prefix = given.string("resolver-prefix");
  const ttl = given.int("resolver-ttl");
  if (prefix !== "" && ttl < 1) throw new ProxyFailure(`invalid resolver-ttl ${ttl}`);
  if (prefix === "" && ttl > 0) throw new ProxyFailure(`invalid resolver-prefix ${JSON.stringify(prefix)}`);
  if (prefix !== "" && ttl > 0 && given.string("advertise-client-url") === "") throw new ProxyFailure('invalid advertise-client-url ""');
  if (given.bool("auto-tls") && given.int("self-signed-cert-validity") === 0) throw new ProxyFailure("selfSignedCertValidity is invalid,it should be greater than 0");
  const [min, max] = [given.string("tls-min-version"), given.string("tls-max-version")];
  for (const [name, text] of [
    ["tls-min-version", min],
    ["tls-max-version", max],
  ] as const) {
    if (!(text in versions)) throw new ProxyFailure(`${name} is invalid: unexpected TLS version ${JSON.stringify(text)} (must be one of: TLS1.2, TLS1.3)`);
  }
  if (versions[max] !== undefined && (versions[min] ?? "") > versions[max]) throw new ProxyFailure(`min version (${min}) is greater than max version (${max})`);
  if (versions[min] === "TLSv1.3" && given.strings("listen-cipher-suites").length > 0) throw new ProxyFailure("cipher suites cannot be configured when only TLS1.3 is enabled");
  if (given.int("max-concurrent-streams") > UINT32_MAX) throw new ProxyFailure(`invalid max-concurrent-streams ${given.int("max-concurrent-streams")}`);
}

/** As Go's log package writes what ends a program. */
function logFatal(message: string): ProxyFailure {
  const two = (value: number): string => String(value).padStart(2, "0");
  const now = new Date();
  const day = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())}`;
  return new ProxyFailure(`${day} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())} ${message}`);
}

/** TLS of the listener; undefined: plaintext. @throws ProxyFailure */
function listenerTls(given: FlagSet, log: ZapLog): TlsInfo | undefined {
  const asked = { certFile: given.string("cert-file"), keyFile: given.string("key-file"), trustedCaFile: given.string("trusted-ca-file") };
  let info: TlsInfo | undefined;
  if (Object.values(asked).some((file) => file !== "")) info = { ...noTls, ...asked };
  else if (given.bool("auto-tls")) {
    const host = addressOf(`https://${given.string("listen-addr")}`).host;
    const { certFile, keyFile } = makeSelfSigned(given.string("data-dir"), "proxy", [host], given.int("self-signed-cert-validity"), log);
    info = { ...noTls, certFile, keyFile, clientCertFile: certFile, clientKeyFile: keyFile, selfCert: true };
  }
  if (info === undefined) return undefined;
  const cipherSuites = given.strings("listen-cipher-suites");
  const problem = cipherSuiteProblem(cipherSuites);
  if (problem !== undefined) throw logFatal(problem);
  const [min, max] = [versions[given.string("tls-min-version")], versions[given.string("tls-max-version")]];
  info = { ...info, cipherSuites, minVersion: min ?? "TLSv1.2", maxVersion: max };
  log.info("gRPC proxy server TLS", { "tls-info": describe(info) });
  return { ...info, crlFile: given.string("client-crl-file") };
}

/** TLS to the members; undefined: only where their URL says so. @throws ProxyFailure */
function memberTls(given: FlagSet, log: ZapLog): TlsDialer | undefined {
  const asked = { certFile: given.string("cert"), keyFile: given.string("key"), trustedCaFile: given.string("cacert") };
  const insecureSkipVerify = given.bool("insecure-skip-tls-verify");
  const named = Object.values(asked).some((file) => file !== "");
  if (!named && !insecureSkipVerify) return undefined;
  const info: TlsInfo = { ...noTls, ...asked, insecureSkipVerify };
  try {
    const dialer = new TlsDialer(info, ["h2"]);
    if (named) mustBeNameless(info);
    if (insecureSkipVerify) {
      log.warn("--insecure-skip-tls-verify was given, this grpc proxy process skips authentication of etcd server TLS certificates. This option should be enabled only for testing purposes.");
    }
    log.info("gRPC proxy client TLS", { "tls-info": describe(info) });
    return dialer;
  } catch (error) {
    if (error instanceof TlsError) throw new ProxyFailure(error.message, { cause: error });
    throw error;
  }
}

/**
 * With a common name the proxy itself would be the user of every call that brings no token. etcd looks for the name in the
 * certificate also where none is given, and stops there.
 * @throws TlsError
 */
function mustBeNameless({ certFile, keyFile }: TlsInfo): void {
  const { cert } = readPair(certFile, keyFile);
  const name = /^CN=(.*)$/m.exec(new X509Certificate(cert).subject)?.[1];
  if (name !== undefined && name !== "") throw new TlsError(`cert has non empty Common Name (${name}): ${certFile}`);
}

/** Members' metrics over https; etcd shows its certificate there only with an authority to check theirs. @throws ProxyFailure */
function memberHttps(given: FlagSet): AgentOptions {
  const [cert, key, ca] = [given.string("cert"), given.string("key"), given.string("cacert")];
  if (cert === "" || key === "" || ca === "") return given.bool("insecure-skip-tls-verify") ? { rejectUnauthorized: false } : {};
  return { cert: readTlsFile(cert), key: readTlsFile(key), ca: readTlsFile(ca) };
}

function channelOptions(given: FlagSet, tls: TlsDialer | undefined, book: AddressBook): ChannelOptions {
  const sendBytesMax = given.int("max-send-bytes") > 0 ? given.int("max-send-bytes") : 2 * 1024 * 1024;
  const receiveBytesMax = given.int("max-recv-bytes") > 0 ? given.int("max-recv-bytes") : 2147483647;
  if (receiveBytesMax < sendBytesMax) throw new ProxyFailure(`gRPC message recv limit (${receiveBytesMax} bytes) must be greater than send limit (${sendBytesMax} bytes)`);
  const pingMs = given.durationMs("dial-keepalive-time");
  return {
    ...(tls === undefined ? {} : { tls }),
    addressBook: book,
    sendBytesMax,
    receiveBytesMax,
    keepaliveTimeMs: pingMs > 0 ? Math.max(pingMs, DIAL_PING_MIN_MS) : 0,
    keepaliveTimeoutMs: given.durationMs("dial-keepalive-timeout") > 0 ? given.durationMs("dial-keepalive-timeout") : PING_TIMEOUT_MS,
    keepaliveWithoutCalls: given.bool("permit-without-stream"),
  };
}

function orElse(ms: number, otherwise: number): number {
  return ms > 0 ? ms : otherwise;
}

export function grpcProxyCommand(env: Readonly<Record<string, string | undefined>>, book: AddressBook, log: ZapLog): ProxyCommand {
  return {
    name: "grpc-proxy",
    short: "a proxy for the client API of a cluster",
    startShort: "start the grpc proxy",
    flags,
    async start(given) {
      check(given);
      if (given.bool("debug")) log.setLevel("debug");
      const tls = listenerTls(given, log);
      if (tls !== undefined && isEmpty(tls)) {
        const error = `cannot listen on TLS for ${given.string("listen-addr")}: KeyFile and CertFile are not presented`;
        log.fatal("failed to create TLS listener", { error });
        throw new ProxyFailure("");
      }
      const [prefix, metricsUrl] = [given.string("resolver-prefix"), given.string("metrics-addr")];
      const members = async (): Promise<MemberOptions> => {
        const question = { domain: given.string("discovery-srv"), serviceName: given.string("discovery-srv-name"), caFile: given.string("cacert"), insecure: given.bool("insecure-discovery") };
        const found = (await srvClients(question, systemResolver(book), book, log)).map(({ endpoint }) => endpoint);
        const endpoints = found.length > 0 ? found : given.strings("endpoints");
        if (endpoints.length === 0) throw new ProxyFailure("etcdclient: no available endpoints");
        return { endpoints, channel: channelOptions(given, memberTls(given, log), book), https: memberHttps(given) };
      };
      try {
        await startProxy({
          listenAddress: given.string("listen-addr"),
          ...(tls === undefined ? {} : { tls }),
          ...(metricsUrl === "" ? {} : { metricsUrl }),
          members,
          autoSyncMs: given.durationMs("endpoints-auto-sync-interval"),
          namespace: given.string("namespace"),
          ordering: given.bool("experimental-serializable-ordering"),
          leasingPrefix: given.string("experimental-leasing-prefix"),
          advertisedUrl: given.string("advertise-client-url"),
          ...(prefix === "" ? {} : { resolver: { prefix, ttlSeconds: given.int("resolver-ttl") } }),
          keepalive: {
            minTimeMs: orElse(given.durationMs("grpc-keepalive-min-time"), PING_MIN_MS),
            intervalMs: orElse(given.durationMs("grpc-keepalive-interval"), PING_INTERVAL_MS),
            timeoutMs: orElse(given.durationMs("grpc-keepalive-timeout"), PING_TIMEOUT_MS),
          },
          maxConcurrentStreams: given.int("max-concurrent-streams"),
          pprof: given.bool("enable-pprof"),
          logPayloads: given.bool("experimental-enable-grpc-logging"),
          addressBook: book,
          log,
        });
      } catch (error) {
        if (error instanceof ProxyFailure || !(error instanceof Error)) throw error;
        throw new ProxyFailure(error.message, { cause: error });
      }
      await notifySystemd(env, log);
      // until a signal ends the process
      await new Promise<never>(() => undefined);
    },
  };
}
