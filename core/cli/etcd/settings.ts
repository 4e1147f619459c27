/** From flag values to what a member and its services are started with, with etcd's checks and words (server/embed/config.go). */
import { isIP } from "node:net";
import type { AutoCompaction, MemberOptions } from "../../server/options.ts";
import { gatesOf } from "./feature-gates.ts";
import { experimental, flagTable } from "./flag-table.ts";
import { type TlsSettings, tlsSettings } from "./tls-settings.ts";
import type { TracePlan } from "./trace-exporter.ts";
import { type TlsInfo, noTls } from "../../tls/tls-info.ts";
import type { V2DiscoveryPlan } from "./v2-discovery.ts";
import type { V3DiscoveryPlan } from "./v3-discovery.ts";
import { ValueError, addressOf, parseBool, parseDuration, parseInteger, parseUrls } from "./values.ts";

/** A setting that cannot be, in etcd's words. Exit 1 after `failed to verify flags`. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

export const UNSET_ADVERTISE = "--advertise-client-urls is required when --listen-client-urls is set explicitly";

/** What the client side needs beyond the member's options. */
interface ServiceSettings {
  readonly listenClientHttpUrls: readonly string[];
  readonly listenMetricsUrls: readonly string[];
  readonly cors: readonly string[];
  readonly hostWhitelist: readonly string[];
  readonly gateway: boolean;
  readonly pprof: boolean;
  readonly metrics: "basic" | "extensive";
  readonly enableV2: boolean;
  readonly keepaliveMinMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly warningUnaryMs: number;
  readonly watchProgressNotifyMs: number;
  /** SO_REUSEPORT on all listeners */
  readonly reusePort: boolean;
  /** --enable-distributed-tracing; undefined: off */
  readonly tracing: TracePlan | undefined;
}

/** `--discovery-*`: where the first members are named, if not on the command line. */
type DiscoverySettings =
  | { readonly kind: "srv"; readonly domain: string; readonly serviceName: string }
  | { readonly kind: "v2"; readonly plan: V2DiscoveryPlan }
  | {
      readonly kind: "v3";
      readonly plan: V3DiscoveryPlan;
      /** undefined: without TLS where the endpoint is no https one */
      readonly tls: TlsInfo | undefined;
      readonly dialTimeoutMs: number;
      readonly keepaliveTimeMs: number;
      readonly keepaliveTimeoutMs: number;
    };

export interface Settings {
  /** its `initialCluster` follows from `initialCluster` or `discovery` when it starts for the first time */
  readonly member: MemberOptions;
  /** `--initial-cluster` as text; "": discovery names the members */
  readonly initialCluster: string;
  readonly discovery: DiscoverySettings | undefined;
  readonly service: ServiceSettings;
  readonly tls: TlsSettings;
  /** why the member cannot start, although its flags are well */
  readonly failure: RetentionError | undefined;
  readonly gates: Readonly<Record<string, boolean>>;
}

/** Values by flag name, as text; defaults filled in. */
export class FlagValues {
  /** @param fromFile a config file does not turn off the default of --advertise-client-urls */
  constructor(
    private readonly given: ReadonlyMap<string, string>,
    readonly fromFile = false,
  ) {}

  isSet(name: string): boolean {
    return this.given.has(name);
  }

  /** of this very flag, not of an old name of it */
  own(name: string): string {
    return this.given.get(name) ?? flagTable.get(name)!.initial;
  }

  text(name: string): string {
    const old = `experimental-${name}`;
    const spec = flagTable.get(name);
    if (spec === undefined) throw new Error(`no flag --${name}`);
    return this.given.get(name) ?? (flagTable.has(old) ? this.given.get(old) : undefined) ?? spec.initial;
  }

  bool = (name: string): boolean => parseBool(this.text(name));
  number = (name: string): number => parseInteger(this.text(name), true);
  duration = (name: string): number => parseDuration(this.text(name));
  urls = (name: string): string[] => parseUrls(this.text(name));
  list(name: string): string[] {
    const text = this.text(name);
    return text === "" ? [] : [...new Set(text.split(","))].sort();
  }

  names(): IterableIterator<string> {
    return this.given.keys();
  }
}

function checkBind(urls: readonly string[]): void {
  for (const url of urls) {
    if (url.startsWith("unix")) continue;
    const { host } = addressOf(url);
    // etcd listens on addresses and localhost only, not on names
    if (host !== "localhost" && isIP(host) === 0) throw new SettingsError(`expected IP in URL for binding (${url})`);
  }
}

function checkHosts(flag: string, urls: readonly string[]): void {
  for (const url of urls) {
    if (!url.startsWith("unix") && addressOf(url).host === "") {
      throw new SettingsError(`--${flag} ${JSON.stringify(urls.join(","))} must be "host:port" (unexpected empty host (${url}))`);
    }
  }
}

/** @throws SettingsError for the mode; a retention that is none is told when the member starts, as etcd does it */
function autoCompaction(values: FlagValues): AutoCompaction | RetentionError | undefined {
  const mode = values.text("auto-compaction-mode");
  const retention = values.text("auto-compaction-retention");
  if (mode === "") throw new SettingsError("undefined auto-compaction-mode");
  if (mode !== "periodic" && mode !== "revision") throw new SettingsError(`unknown auto-compaction-mode ${JSON.stringify(mode)}`);
  const plain = /^\+?\d+$/.test(retention) ? Number(retention) : undefined;
  let ms = 0;
  try {
    // a bare number means hours, or revisions
    ms = plain === undefined ? parseDuration(retention) : plain * 3_600_000;
  } catch (error) {
    if (error instanceof ValueError) return new RetentionError(`error parsing CompactionRetention: time: invalid duration ${JSON.stringify(retention)}`);
    throw error;
  }
  if (ms <= 0) return undefined;
  // a duration counts its nanoseconds as revisions: that is what etcd makes of it
  return mode === "periodic" ? { mode, retentionMs: ms } : { mode, retention: plain ?? ms * 1e6 };
}

/** `--auto-compaction-retention` is no number and no duration. */
class RetentionError extends Error {
  override readonly name = "RetentionError";
  readonly code = "etcd.retention";
}

/** @throws SettingsError for what is asked twice */
function refuseTwice(values: FlagValues): void {
  for (const [old, name] of Object.entries(experimental)) {
    if (values.isSet(old) && values.isSet(name)) throw new SettingsError(`cannot set --${old} and --${name} at the same time, please use --${name} only`);
  }
  if (values.isSet("experimental-warning-unary-request-duration") && values.isSet("warning-unary-request-duration")) {
    throw new SettingsError("both --experimental-warning-unary-request-duration and --warning-unary-request-duration flags are set. Use only --warning-unary-request-duration");
  }
}

/** @throws SettingsError for what this program cannot do */
function refuseBeyond(values: FlagValues): void {
  for (const name of values.names()) {
    const { refused, initial, harmless = [], kind } = flagTable.get(name)!;
    if (refused === undefined || values.own(name) === initial || harmless.includes(values.own(name))) continue;
    if (kind !== "bool" || parseBool(values.own(name)) !== parseBool(initial)) throw new SettingsError(`--${name} is not supported by this program: ${refused}`);
  }
}

/** @throws SettingsError a share below none or above all */
function tracing(values: FlagValues): TracePlan | undefined {
  if (!values.bool("enable-distributed-tracing")) return undefined;
  const samplingPerMillion = values.number("distributed-tracing-sampling-rate");
  const problem = samplingPerMillion < 0 ? "must be positive" : samplingPerMillion > 1_000_000 ? "must be less than 1000000" : undefined;
  if (problem !== undefined) throw new SettingsError(`distributed tracing configurition is not valid: (tracing sampling rate ${problem})`);
  const [address, serviceName, instanceId] = ["address", "service-name", "instance-id"].map((name) => values.text(`distributed-tracing-${name}`));
  return { address: address!, serviceName: serviceName!, instanceId: instanceId!, samplingPerMillion };
}

/** etcd's least. */
const PEER_TIMEOUT_MS = 5000;

/** @throws SettingsError more than one way to find the members, or half of one */
function discoverySettings(values: FlagValues): DiscoverySettings | undefined {
  const text = (name: string): string => values.text(`discovery-${name}`);
  const endpoints = values.list("discovery-endpoints");
  const ways = [values.text("discovery") !== "", values.isSet("initial-cluster") && values.text("initial-cluster") !== "", text("srv") !== "", endpoints.length > 0];
  if (ways.filter(Boolean).length > 1) {
    throw new SettingsError('multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery", "discovery-endpoints" or "discovery-srv"');
  }
  const usesV3 = endpoints.length > 0 || ["token", "cert", "key", "cacert", "user", "password"].some((name) => text(name) !== "");
  if (text("proxy") !== "" && usesV3) {
    throw new SettingsError(
      "both v2 discovery settings (discovery, discovery-proxy) and v3 discovery settings (discovery-token, discovery-endpoints, discovery-cert, discovery-key, discovery-cacert, discovery-user, discovery-password) are set",
    );
  }
  if ((text("token") !== "") !== endpoints.length > 0) throw new SettingsError("both --discovery-token and --discovery-endpoints must be set");
  if (endpoints.some((endpoint) => endpoint.trim() === "")) throw new SettingsError("--discovery-endpoints must not contain empty endpoints");
  if (text("fallback") === "proxy") throw new SettingsError('v2 proxy is deprecated, and --discovery-fallback can\'t be configured as "proxy"');
  const url = values.text("discovery");
  if (url !== "") return { kind: "v2", plan: { url, proxy: text("proxy") } };
  if (text("srv") !== "") return { kind: "srv", domain: text("srv"), serviceName: text("srv-name") };
  if (endpoints.length === 0) return undefined;
  const tls: TlsInfo = { ...noTls, certFile: text("cert"), keyFile: text("key"), trustedCaFile: text("cacert"), insecureSkipVerify: values.bool("discovery-insecure-skip-tls-verify") };
  const secure = ["cert", "key", "cacert"].some((name) => text(name) !== "") || !values.bool("discovery-insecure-transport") || tls.insecureSkipVerify;
  return {
    kind: "v3",
    tls: secure ? tls : undefined,
    plan: {
      token: text("token"),
      endpoints,
      requestTimeoutMs: values.duration("discovery-request-timeout"),
      user: text("user"),
      password: text("password"),
    },
    dialTimeoutMs: values.duration("discovery-dial-timeout"),
    keepaliveTimeMs: values.duration("discovery-keepalive-time"),
    keepaliveTimeoutMs: values.duration("discovery-keepalive-timeout"),
  };
}

/**
 * Checks the values and makes the settings of them.
 * @throws SettingsError, ValueError
 */
export function settingsOf(values: FlagValues): Settings {
  refuseTwice(values);
  const listenPeerUrls = values.urls("listen-peer-urls");
  const listenClientUrls = values.urls("listen-client-urls");
  const listenClientHttpUrls = values.urls("listen-client-http-urls");
  const listenMetricsUrls = values.urls("listen-metrics-urls");
  for (const urls of [listenPeerUrls, listenClientUrls, listenClientHttpUrls, listenMetricsUrls]) checkBind(urls);
  const advertisePeerUrls = values.urls("initial-advertise-peer-urls");
  const advertiseClientUrls = !values.fromFile && values.isSet("listen-client-urls") && !values.isSet("advertise-client-urls") ? [] : values.urls("advertise-client-urls");
  checkHosts("initial-advertise-peer-urls", advertisePeerUrls);
  checkHosts("advertise-client-urls", advertiseClientUrls);
  const discovery = discoverySettings(values);

  const heartbeatMs = values.number("heartbeat-interval");
  const electionMs = values.number("election-timeout");
  if (heartbeatMs === 0) throw new SettingsError(`--heartbeat-interval must be >0 (set to ${heartbeatMs}ms)`);
  if (electionMs === 0) throw new SettingsError(`--election-timeout must be >0 (set to ${electionMs}ms)`);
  if (5 * heartbeatMs > electionMs) {
    throw new SettingsError(`--election-timeout[${electionMs}ms] should be at least as 5 times as --heartbeat-interval[${heartbeatMs}ms]`);
  }
  if (electionMs > 50_000) throw new SettingsError(`--election-timeout[${electionMs}ms] is too long, and should be set less than 50000ms`);
  if (advertiseClientUrls.length === 0) throw new SettingsError(UNSET_ADVERTISE);
  const compaction = autoCompaction(values);
  refuseBeyond(values);
  const gates = gatesOf(values);
  if (values.duration("compact-hash-check-time") <= 0) {
    const name = values.isSet("experimental-compact-hash-check-time") ? "experimental-compact-hash-check-time" : "compact-hash-check-time";
    throw new SettingsError(`--${name} must be >0 (set to ${values.text("compact-hash-check-time")})`);
  }

  const name = values.text("name");
  const initial = values.text("initial-cluster");
  const fromName = (): string => advertisePeerUrls.map((url) => `${name === "" ? "default" : name}=${url}`).join(",");
  const untouched = initial === flagTable.get("initial-cluster")!.initial && name !== "default";
  const initialCluster = discovery === undefined ? (untouched ? fromName() : initial) : "";
  const gateway = values.bool("enable-grpc-gateway");
  const metrics = values.text("metrics");
  return {
    gates,
    initialCluster,
    discovery,
    tls: tlsSettings(values),
    failure: compaction instanceof RetentionError ? compaction : undefined,
    service: {
      listenClientHttpUrls,
      listenMetricsUrls,
      cors: values.list("cors"),
      hostWhitelist: values.list("host-whitelist"),
      gateway,
      pprof: values.bool("enable-pprof") || values.text("log-level") === "debug",
      metrics: metrics === "extensive" ? "extensive" : "basic",
      enableV2: values.bool("enable-v2"),
      keepaliveMinMs: values.duration("grpc-keepalive-min-time"),
      keepaliveIntervalMs: values.duration("grpc-keepalive-interval"),
      keepaliveTimeoutMs: values.duration("grpc-keepalive-timeout"),
      warningUnaryMs: values.duration("warning-unary-request-duration"),
      watchProgressNotifyMs: values.duration("watch-progress-notify-interval") || 600_000,
      reusePort: values.bool("socket-reuse-port"),
      tracing: tracing(values),
    },
    member: {
      name,
      dataDir: values.text("data-dir") === "" ? `${name}.etcd` : values.text("data-dir"),
      walDir: values.text("wal-dir") === "" ? undefined : values.text("wal-dir"),
      listenPeerUrls,
      listenClientUrls,
      advertisePeerUrls,
      advertiseClientUrls,
      initialCluster: new Map(),
      initialClusterToken: discovery?.kind === "v3" ? discovery.plan.token : discovery?.kind === "v2" ? discovery.plan.url : values.text("initial-cluster-token"),
      newCluster: values.text("initial-cluster-state") === "new",
      forceNewCluster: values.bool("force-new-cluster"),
      heartbeatMs,
      electionMs,
      raftReadMs: Math.max(PEER_TIMEOUT_MS, values.duration("raft-read-timeout")),
      raftWriteMs: Math.max(PEER_TIMEOUT_MS, values.duration("raft-write-timeout")),
      initialElectionTickAdvance: values.bool("initial-election-tick-advance"),
      preVote: values.bool("pre-vote"),
      strictReconfigCheck: values.bool("strict-reconfig-check"),
      maxLearners: values.number("max-learners"),
      snapshotCount: values.number("snapshot-count") || 10_000,
      snapshotCatchupEntries: values.number("snapshot-catchup-entries") || 5000,
      maxSnapshots: values.number("max-snapshots"),
      maxWals: values.number("max-wals"),
      unsafeNoFsync: values.bool("unsafe-no-fsync"),
      quotaBackendBytes: values.number("quota-backend-bytes"),
      backendBatchIntervalMs: values.duration("backend-batch-interval"),
      backendBatchLimit: values.number("backend-batch-limit"),
      maxTxnOps: values.number("max-txn-ops"),
      maxRequestBytes: values.number("max-request-bytes"),
      maxConcurrentStreams: values.number("max-concurrent-streams"),
      autoCompaction: compaction instanceof RetentionError ? undefined : compaction,
      compactionBatchLimit: values.number("compaction-batch-limit"),
      compactionSleepMs: values.duration("compaction-sleep-interval"),
      initialCorruptCheck: gates.InitialCorruptCheck === true,
      corruptCheckMs: values.duration("corrupt-check-time"),
      compactHashCheckMs: gates.CompactHashCheck ? values.duration("compact-hash-check-time") : undefined,
      downgradeCheckMs: values.duration("downgrade-check-time"),
      authToken: values.text("auth-token"),
      bcryptCost: values.number("bcrypt-cost"),
      authTokenTtlSeconds: values.number("auth-token-ttl"),
      warningApplyMs: values.duration("warning-apply-duration"),
      gates,
      bootstrapDefragThresholdBytes: values.number("bootstrap-defrag-threshold-megabytes") * 1024 * 1024,
    },
  };
}
