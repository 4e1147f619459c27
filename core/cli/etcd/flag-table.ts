/**
 * Every flag of etcd 3.6 (server/embed/config.go, server/etcdmain/config.go), those renamed from `experimental-*`, and
 * the few of 3.4 that old scripts still pass. The table is the one source for parsing, environment, config file and help.
 */

export type FlagKind = "string" | "bool" | "uint" | "int" | "uint32" | "duration" | "urls" | "origins" | "gates" | "v2-stage" | "strings" | "cluster-state" | "fallback" | "ignored";

export interface FlagSpec {
  readonly name: string;
  readonly kind: FlagKind;
  readonly initial: string;
  readonly help: string;
  readonly section: string;
  /** Why this program cannot honour the flag: a value other than those in `harmless` is refused with this. */
  readonly refused?: string;
  /** values that ask for nothing, beside the initial one */
  readonly harmless?: readonly string[];
  /** What is told when the flag is used. */
  readonly deprecated?: string;
  /** For experimental-*: the flag that it means now. */
  readonly means?: string;
}

type Row = readonly [name: string, kind: FlagKind, initial: string, help: string];

const member: readonly Row[] = [
  ["name", "string", "default", "Name of this member; unique in the cluster."],
  ["data-dir", "string", "", "Folder of this member's data; empty means NAME.etcd."],
  ["wal-dir", "string", "", "Folder of the write-ahead log, where it is not inside the data folder."],
  ["snapshot-count", "uint", "10000", "Committed entries between two raft snapshots on disk."],
  ["snapshot-catchup-entries", "uint", "5000", "Entries kept in memory behind a snapshot for slow followers."],
  ["max-wals", "uint", "5", "WAL segments kept (0: all)."],
  ["heartbeat-interval", "uint", "100", "Milliseconds between heartbeats."],
  ["election-timeout", "uint", "1000", "Milliseconds without a leader before an election."],
  ["initial-election-tick-advance", "bool", "true", "Shorten the first wait for an election."],
  ["listen-peer-urls", "urls", "http://localhost:2380", "Where to listen for peers."],
  ["listen-client-urls", "urls", "http://localhost:2379", "Where to listen for clients, gRPC and HTTP."],
  ["listen-client-http-urls", "urls", "", "Where to listen for clients' HTTP; then the client URLs carry gRPC alone."],
  ["quota-backend-bytes", "int", "0", "Size of the database above which NOSPACE is raised (0: 2 GiB, negative: none)."],
  ["backend-batch-interval", "duration", "0s", "Longest time before the database commits a batch (0: 100ms)."],
  ["backend-batch-limit", "int", "0", "Operations after which the database commits a batch (0: 10000)."],
  ["max-txn-ops", "uint", "128", "Operations allowed in one transaction."],
  ["max-request-bytes", "uint", "1572864", "Largest request taken."],
  ["max-concurrent-streams", "uint32", "4294967295", "Streams that one client may have open."],
  ["grpc-keepalive-min-time", "duration", "5s", "Shortest pause that a client must keep between pings."],
  ["grpc-keepalive-interval", "duration", "2h0m0s", "Pause between pings to idle clients (0: none)."],
  ["grpc-keepalive-timeout", "duration", "20s", "Wait for a ping's answer before the connection is closed."],
  ["max-learners", "int", "1", "Learners allowed in the cluster."],
  ["downgrade-check-time", "duration", "5s", "Pause between two checks of a running downgrade."],
];

const clustering: readonly Row[] = [
  ["initial-advertise-peer-urls", "urls", "http://localhost:2380", "This member's peer URLs as the others shall know them."],
  ["initial-cluster", "string", "default=http://localhost:2380", "First members: NAME=URL, comma separated."],
  ["initial-cluster-state", "cluster-state", "new", "\"new\" for a new cluster, \"existing\" to join one."],
  ["initial-cluster-token", "string", "etcd-cluster", "Word that keeps the ids of two clusters apart."],
  ["advertise-client-urls", "urls", "http://localhost:2379", "This member's client URLs as clients shall know them."],
  ["strict-reconfig-check", "bool", "true", "Refuse membership changes that would cost the quorum."],
  ["pre-vote", "bool", "true", "Ask for votes before raising the term."],
  ["auto-compaction-retention", "string", "0", "How much history automatic compaction keeps (0: no automatic compaction)."],
  ["auto-compaction-mode", "string", "periodic", "Unit of the retention: \"periodic\" (time, hours by default) or \"revision\"."],
  ["force-new-cluster", "bool", "false", "Make a cluster of one from this member's data."],
];

const security: readonly Row[] = [
  ["cors", "origins", "*", "Origins allowed for browsers."],
  ["host-whitelist", "string", "*", "Host names that HTTP clients may ask for."],
];

const tls: readonly Row[] = [
  ["cert-file", "string", "", "Server certificate for clients."],
  ["key-file", "string", "", "Its key."],
  ["client-cert-file", "string", "", "Certificate for this member's own client connections."],
  ["client-key-file", "string", "", "Its key."],
  ["client-cert-auth", "bool", "false", "Require certificates of clients."],
  ["client-crl-file", "string", "", "Revoked client certificates."],
  ["client-cert-allowed-hostname", "strings", "", "Host names allowed in client certificates."],
  ["trusted-ca-file", "string", "", "Authority of client certificates."],
  ["auto-tls", "bool", "false", "Client TLS with a certificate made on the spot."],
  ["peer-cert-file", "string", "", "Certificate for peers."],
  ["peer-key-file", "string", "", "Its key."],
  ["peer-client-cert-file", "string", "", "Certificate for dialling peers."],
  ["peer-client-key-file", "string", "", "Its key."],
  ["peer-client-cert-auth", "bool", "false", "Require certificates of peers."],
  ["peer-trusted-ca-file", "string", "", "Authority of peer certificates."],
  ["peer-auto-tls", "bool", "false", "Peer TLS with a certificate made on the spot."],
  ["peer-crl-file", "string", "", "Revoked peer certificates."],
  ["peer-cert-allowed-cn", "strings", "", "Common names allowed for peers."],
  ["peer-cert-allowed-hostname", "strings", "", "Host names allowed for peers."],
  ["peer-skip-client-san-verification", "bool", "false", "Do not compare a peer's address with its certificate."],
  ["self-signed-cert-validity", "uint", "1", "Years that certificates made on the spot are valid."],
  ["cipher-suites", "strings", "", "TLS cipher suites."],
  ["tls-min-version", "string", "TLS1.2", "Lowest TLS version."],
  ["tls-max-version", "string", "", "Highest TLS version."],
];

const auth: readonly Row[] = [
  ["auth-token", "string", "simple", "Kind of auth token."],
  ["bcrypt-cost", "uint", "10", "Cost of hashing passwords."],
  ["auth-token-ttl", "uint", "300", "Seconds that an auth token lives."],
];

const discovery: readonly Row[] = [
  ["discovery-endpoints", "strings", "", "Endpoints of an etcd where the first members find each other."],
  ["discovery-token", "string", "", "Word under which they do."],
  ["discovery-dial-timeout", "duration", "2s", "Longest wait for a connection to it."],
  ["discovery-request-timeout", "duration", "5s", "Longest wait for an answer of it."],
  ["discovery-keepalive-time", "duration", "2s", "Pause between pings to it."],
  ["discovery-keepalive-timeout", "duration", "6s", "Wait for a ping's answer before the connection is closed."],
  ["discovery-insecure-transport", "bool", "true", "Talk to it without TLS where no certificate is given."],
  ["discovery-insecure-skip-tls-verify", "bool", "false", "Do not verify its certificate."],
  ["discovery-cert", "string", "", "Certificate to show it."],
  ["discovery-key", "string", "", "Its key."],
  ["discovery-cacert", "string", "", "Authority of its certificate."],
  ["discovery-user", "string", "", "User name there."],
  ["discovery-password", "string", "", "Password of that user."],
  ["discovery-fallback", "fallback", "exit", "Only \"exit\": there is no proxy to fall back to."],
  ["discovery-srv", "string", "", "DNS domain whose SRV records name the first members."],
  ["discovery-srv-name", "string", "", "Word behind the service names asked for, after a dash."],
];

const v2Discovery: readonly Row[] = [
  ["discovery", "string", "", "URL of a discovery service with the v2 API."],
  ["discovery-proxy", "string", "", "HTTP proxy towards it."],
];

const logging: readonly Row[] = [
  ["logger", "string", "zap", "Kind of logger; only \"zap\"."],
  ["log-outputs", "strings", "default", "Where to log: default, stderr, stdout or files, comma separated."],
  ["log-level", "string", "info", "debug, info, warn, error, panic or fatal."],
  ["log-format", "string", "json", "json or console."],
  ["enable-log-rotation", "bool", "false", "Put the log file aside when it has grown to its size."],
  ["log-rotation-config-json", "string", '{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}', "How: size in MB, age in days, number of files."],
];

const observing: readonly Row[] = [
  ["metrics", "string", "basic", "\"basic\", or \"extensive\" with histograms for each call."],
  ["listen-metrics-urls", "urls", "", "Where else to serve /metrics and /health."],
  ["enable-pprof", "bool", "false", "Serve /debug/pprof on the client URLs."],
  ["enable-grpc-gateway", "bool", "true", "Serve the JSON gateway."],
  ["warning-apply-duration", "duration", "100ms", "Applies that take longer are logged."],
  ["warning-unary-request-duration", "duration", "300ms", "Requests that take longer are logged."],
  ["watch-progress-notify-interval", "duration", "0s", "Pause between progress notices (0: 10m)."],
];

const tracing: readonly Row[] = [
  ["enable-distributed-tracing", "bool", "false", "Tell an OpenTelemetry collector of calls, as spans."],
  ["distributed-tracing-address", "string", "localhost:4317", "Where the collector takes OTLP over gRPC."],
  ["distributed-tracing-service-name", "string", "etcd", "Name of the service there; the same for all members."],
  ["distributed-tracing-instance-id", "string", "", "Name of this member there."],
  ["distributed-tracing-sampling-rate", "int", "0", "Calls in a million that are told of, beside those that their caller traces."],
];

const checking: readonly Row[] = [
  ["corrupt-check-time", "duration", "0s", "Pause between comparisons of all members' hashes (0: none)."],
  ["compact-hash-check-time", "duration", "1m0s", "Pause between comparisons of compaction hashes."],
  ["compaction-batch-limit", "int", "0", "Revisions deleted in one batch of a compaction (0: 1000)."],
  ["compaction-sleep-interval", "duration", "0s", "Pause between batches (0: 10ms)."],
  ["bootstrap-defrag-threshold-megabytes", "uint", "0", "Defragment at start when that many MB would be won."],
  ["feature-gates", "gates", "", "Features to switch: NAME=true or NAME=false, comma separated."],
  ["unsafe-no-fsync", "bool", "false", "Never fsync: data will be lost in a crash."],
];

const general: readonly Row[] = [
  ["config-file", "string", "", "YAML file with these settings; then flags and environment do not count."],
  ["version", "bool", "false", "Print the version and exit."],
];

const section = (title: string, rows: readonly Row[], extra: Partial<FlagSpec> = {}): FlagSpec[] =>
  rows.map(([name, kind, initial, help]) => ({ name, kind, initial, help, section: title, ...extra }));

/** Old spellings, with today's name; the two must not come together. */
export const experimental: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "compact-hash-check-time",
    "corrupt-check-time",
    "compaction-batch-limit",
    "compaction-sleep-interval",
    "watch-progress-notify-interval",
    "downgrade-check-time",
    "warning-apply-duration",
    "bootstrap-defrag-threshold-megabytes",
    "memory-mlock",
    "snapshot-catchup-entries",
    "peer-skip-client-san-verification",
    "enable-distributed-tracing",
    "distributed-tracing-address",
    "distributed-tracing-service-name",
    "distributed-tracing-instance-id",
    "distributed-tracing-sampling-rate",
    // from before 3.6
    "max-learners",
    "backend-bbolt-freelist-type",
  ].map((name) => [`experimental-${name}`, name]),
);

/** etcd's words, which are not quite the same for all. */
function deprecation(name: string, means: string): string | undefined {
  // these two go without a word
  if (name === "experimental-peer-skip-client-san-verification" || name === "experimental-backend-bbolt-freelist-type") return undefined;
  if (name === "experimental-compact-hash-check-time") return `--${name} is deprecated in 3.6 and will be decommissioned in 3.7. Use '--${means}' instead.`;
  if (name.includes("distributed-tracing")) return `--${name} is deprecated in 3.6 and will be decommissioned in 3.7. Use --${means} instead.`;
  const instead = name === "experimental-compaction-sleep-interval" ? means : `--${means}`;
  return `--${name} is deprecated in v3.6 and will be decommissioned in v3.7. Use '${instead}' instead.`;
}

/** Flags that became feature gates: flag -> gate. */
export const gateFlags: Readonly<Record<string, string>> = {
  "experimental-initial-corrupt-check": "InitialCorruptCheck",
  "experimental-compact-hash-check-enabled": "CompactHashCheck",
  "experimental-enable-lease-checkpoint": "LeaseCheckpoint",
  "experimental-enable-lease-checkpoint-persist": "LeaseCheckpointPersist",
  "experimental-stop-grpc-service-on-defrag": "StopGRPCServiceOnDefrag",
  "experimental-txn-mode-write-with-shared-buffer": "TxnModeWriteWithSharedBuffer",
  "experimental-set-member-localaddr": "SetMemberLocalAddr",
};

/** The two of them that etcd warns about. */
const gateDeprecations: Readonly<Record<string, string>> = {
  "experimental-compact-hash-check-enabled": "--experimental-compact-hash-check-enabled is deprecated in 3.6 and will be decommissioned in 3.7. Use '--feature-gates=CompactHashCheck=true' instead.",
  "experimental-txn-mode-write-with-shared-buffer":
    "--experimental-txn-mode-write-with-shared-buffer is deprecated in v3.6 and will be decommissioned in v3.7. Use '--feature-gates=TxnModeWriteWithSharedBuffer=true' instead.",
};

/** All gates with their defaults (server/features/etcd_features.go). */
export const featureGates: Readonly<Record<string, boolean>> = {
  StopGRPCServiceOnDefrag: false,
  InitialCorruptCheck: false,
  CompactHashCheck: false,
  LeaseCheckpoint: false,
  LeaseCheckpointPersist: false,
  SetMemberLocalAddr: false,
  TxnModeWriteWithSharedBuffer: true,
};

/** Flags from before v3 that etcd takes and ignores without a word. */
const ignored = [
  "cluster-active-size",
  "cluster-remove-delay",
  "cluster-sync-interval",
  "config",
  "force",
  "max-result-buffer",
  "max-retry-attempts",
  "peer-heartbeat-interval",
  "peer-election-timeout",
  "retry-interval",
  "snapshot",
  "v",
  "vv",
  "test.coverprofile",
  "test.outputdir",
];

/** What this program cannot do, with the reason; asked for, it is refused. */
const beyond: readonly (readonly [name: string, kind: FlagKind, initial: string, why: string, harmless?: readonly string[]])[] = [
  ["memory-mlock", "bool", "false", "the database is not mapped into memory here, so its pages cannot be locked there"],
  ["proxy", "string", "off", "the v2 proxy is not part of this program", [""]],
  ["experimental-enable-v2v3", "string", "", "v2 keys cannot be put under a prefix of one's choice here"],
  ["log-package-levels", "string", "", "this program has one log level for all of it"],
];

/** Taken, with nothing to do: their effect is there in any case, or they belong to something that is off. */
const idle: readonly Row[] = [
  ["backend-bbolt-freelist-type", "string", "map", "Kind of the free list in memory; there is one kind here."],
  ["socket-reuse-address", "bool", "false", "SO_REUSEADDR; always set here."],
  ["proxy-failure-wait", "uint", "5000", ""],
  ["proxy-refresh-interval", "uint", "30000", ""],
  ["proxy-dial-timeout", "uint", "1000", ""],
  ["proxy-write-timeout", "uint", "5000", ""],
  ["proxy-read-timeout", "uint", "0", ""],
];

/** of node: net's option `reusePort` */
const REUSE_PORT_SINCE = [23, 1] as const;

/** @param version of Node.js, "20.19.0" */
export function canReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [sinceMajor, sinceMinor] = REUSE_PORT_SINCE;
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

function flags(): FlagSpec[] {
  const table = [
    ...section("Member", member),
    ...section("Clustering", clustering),
    ...section("Security", security),
    ...section("Security", tls),
    ...section("Auth", auth),
    ...section("Discovery", discovery),
    ...section("Discovery", v2Discovery),
    ...section("Logging", logging),
    ...section("Observing", observing),
    ...section("Tracing", tracing),
    ...section("Checks and unsafe settings", checking),
    ...section("General", general),
  ];
  for (const [name, kind, initial, why, harmless = []] of beyond) table.push({ name, kind, initial, help: why, section: "", refused: why, harmless });
  table.push({
    name: "socket-reuse-port",
    kind: "bool",
    initial: "false",
    help: "Let other processes listen on the same ports (SO_REUSEPORT).",
    section: "Member",
    ...(canReusePort(process.versions.node) ? {} : { refused: `SO_REUSEPORT can be set from Node.js ${REUSE_PORT_SINCE.join(".")} on, and this is ${process.versions.node}` }),
  });
  table.push(...section("", idle));
  const add = (name: string, kind: FlagKind, initial: string, help: string, deprecated?: string): void => {
    table.push({ name, kind, initial, help, section: "", ...(deprecated === undefined ? {} : { deprecated }) });
  };
  table.push({ name: "max-snapshots", kind: "uint", initial: "5", help: "Snapshot files kept (0: all).", section: "Member", deprecated: "--max-snapshots is deprecated in 3.6 and will be decommissioned in 3.8." });
  add("enable-v2", "bool", "false", "Serves the v2 API, as 3.4 did; it stands on the v3 store.");
  add("v2-deprecation", "v2-stage", "write-only", "Stage of giving up v2.", "--v2-deprecation is deprecated and scheduled for removal in v3.8. The default value is enforced, ignoring user input.");
  add("raft-read-timeout", "duration", "5s", "Longest wait for a read from a peer.");
  add("raft-write-timeout", "duration", "5s", "Longest wait for a write to a peer.");
  add("debug", "bool", "false", "Log level debug.", "'--debug' flag is set. Use '--log-level=debug' instead.");
  add("log-output", "strings", "default", "Old name of --log-outputs.", "'--log-output' is deprecated. Use '--log-outputs' instead.");
  add("experimental-warning-unary-request-duration", "duration", "0s", "Old name of --warning-unary-request-duration.", "--experimental-warning-unary-request-duration is deprecated, and will be decommissioned in v3.7. Use --warning-unary-request-duration instead.");
  const byName = new Map(table.map((spec) => [spec.name, spec]));
  for (const [name, means] of Object.entries(experimental)) {
    const deprecated = deprecation(name, means);
    table.push({ ...byName.get(means)!, name, means, help: `Old name of --${means}.`, section: "", ...(deprecated === undefined ? {} : { deprecated }) });
  }
  for (const [name, gate] of Object.entries(gateFlags)) {
    add(name, "bool", String(featureGates[gate]), `Old form of --feature-gates=${gate}=BOOL.`, gateDeprecations[name]);
  }
  for (const name of ignored) table.push({ name, kind: "ignored", initial: "", help: "", section: "" });
  return table;
}

/** In the order of their names, as Go's flag package visits them. */
export const flagTable: ReadonlyMap<string, FlagSpec> = new Map(
  flags()
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((spec) => [spec.name, spec]),
);
