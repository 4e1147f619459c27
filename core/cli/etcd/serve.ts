/** A member with its listeners (etcd server/embed): peer ports first, then the member, then its clients once it is ready. */
import { isIP } from "node:net";
import { type ClientListenOptions, type ClientListener, bindClients } from "../../rpc/client-listeners.ts";
import { Tracing } from "../../rpc/tracing.ts";
import { type ClientService, type ServeOptions, serveClients } from "../../rpc/serve-clients.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { limitHeap } from "../../platform/node/heap-limits.ts";
import type { AddressBook } from "../../platform/address-book.ts";
import type { LabChannel } from "../../probe/channel.ts";
import { printInitialCluster } from "../../membership/initial-cluster.ts";
import { MemberFailure } from "../../server/member.ts";
import { SERVER_VERSION, electionTicks } from "../../server/options.ts";
import { PeerPort } from "../../server/peer-port.ts";
import { type RunningMember, startMember } from "../../server/start-member.ts";
import { TlsDialer } from "../../tls/tls-dial.ts";
import type { ZapLog } from "./log.ts";
import { discoverWith, namedMembers } from "./named-members.ts";
import { notifySystemd } from "./notify-systemd.ts";
import type { Settings } from "./settings.ts";
import { systemResolver } from "./srv-discovery.ts";
import { prepareClientTls, preparePeerTls, tellClientTls } from "./tls-settings.ts";
import { TraceExporter } from "./trace-exporter.ts";
import { addressOf, printDuration } from "./values.ts";

export interface ServeEnvironment {
  readonly log: ZapLog;
  readonly addressBook: AddressBook;
  readonly channel: LabChannel | undefined;
  /** aborted to stop the member in order */
  readonly stop: AbortSignal;
}

/**
 * Runs the member until it is stopped or removed.
 * @throws what kept it from starting; MemberFailure when it could not go on
 */
export async function serve(settings: Settings, environment: ServeEnvironment): Promise<void> {
  const { log, addressBook, channel, stop } = environment;
  const freeHeap = limitHeap();
  const peerPort = new PeerPort();
  let options = settings.member;
  let running: RunningMember | undefined;
  let bound: readonly ClientListener[] = [];
  let clients: ClientService | undefined;
  const { reusePort } = settings.service;
  const traces = tracesOf(settings, environment);
  try {
    log.info("configuring peer listeners", { "listen-peer-urls": options.listenPeerUrls });
    const peerTls = preparePeerTls(settings.tls, options.listenPeerUrls, options.dataDir, log);
    await peerPort.listen(options.listenPeerUrls, addressBook, { tls: peerTls, log, reusePort });
    const peerDialer = new TlsDialer(peerTls, []);
    log.info("configuring client listeners", { "listen-client-urls": options.listenClientUrls });
    const clientTls = prepareClientTls(settings.tls, [...options.listenClientUrls, ...settings.service.listenClientHttpUrls], options.dataDir, log);
    const listening = { listenUrls: options.listenClientUrls, listenHttpUrls: settings.service.listenClientHttpUrls, tls: clientTls, addressBook, log, reusePort };
    bound = await bindClients(listening);
    if (settings.failure !== undefined) throw settings.failure;
    options = { ...options, initialCluster: await namedMembers(settings, systemResolver(addressBook), log) };
    tellSettings({ ...settings, member: options }, log);
    const random = { float: Math.random, below: (bound: number) => Math.floor(Math.random() * bound) };
    running = await startMember(options, { disk: nodeDisk, clock: nodeClock, random, addressBook, log, channel, peerDialer, ...localAddress(settings, log), discover: discoverWith(settings, addressBook, log, stop) });
    const { member } = running.server;
    const { handlePeer } = running;
    peerPort.serve(handlePeer);
    log.info("now serving peer/client/metrics", {
      "local-member-id": member.parts.memberId.toString(16),
      "initial-advertise-peer-urls": options.advertisePeerUrls,
      "listen-peer-urls": options.listenPeerUrls,
      "advertise-client-urls": options.advertiseClientUrls,
      "listen-client-urls": options.listenClientUrls,
      "listen-metrics-urls": settings.service.listenMetricsUrls,
    });
    for (const url of options.listenPeerUrls) log.info("serving peer traffic", { address: url.replace(/^https?:\/\//, "") });
    const stopped = stop.aborted ? Promise.resolve() : new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
    const first = await Promise.race([member.published.then(() => "ready" as const), stopped.then(() => "stopped" as const), member.end]);
    if (first === "ready") {
      tellClientTls(clientTls, settings.tls.cipherSuites, log);
      clients = await serveClients(running.server, { ...listening, ...serviceOptions(settings), ...(traces === undefined ? {} : { traced: (table) => traces.tracing.trace(table) }), setLogLevel: (level) => log.setLevel(level), bound });
      log.info("ready to serve client requests");
      await notifySystemd(process.env, log);
      for (const { traffic, secure, address } of clients.served) {
        if (traffic === "metrics") log.info("serving metrics", { address });
        else log.info(secure ? "serving client traffic securely" : "serving client traffic insecurely; this is strongly discouraged!", { traffic, address });
      }
    }
    const end = typeof first === "object" ? first : await Promise.race([stopped.then(() => undefined), member.end]);
    log.info("closing etcd server", { name: options.name, "data-dir": options.dataDir, "advertise-peer-urls": options.advertisePeerUrls, "advertise-client-urls": options.advertiseClientUrls });
    if (end?.kind === "failed") throw end.error;
    // a leader hands over while it still answers
    await member.shutDown(end === undefined);
    log.info("closed etcd server", { name: options.name, "data-dir": options.dataDir, "advertise-peer-urls": options.advertisePeerUrls, "advertise-client-urls": options.advertiseClientUrls });
  } finally {
    freeHeap();
    await clients?.close();
    await Promise.all(bound.map((listener) => listener.close()));
    peerPort.close();
    await traces?.exporter.close();
  }
}

/** Spans of clients' calls and who sends them away; undefined: nobody asked for it. */
function tracesOf({ service }: Settings, { log, addressBook }: ServeEnvironment): { readonly tracing: Tracing; readonly exporter: TraceExporter } | undefined {
  const plan = service.tracing;
  if (plan === undefined) return undefined;
  const fields = { address: plan.address, "service-name": plan.serviceName, "service-instance-id": plan.instanceId, "sampling-rate": plan.samplingPerMillion };
  log.debug("distributed tracing enabled", fields);
  const exporter = new TraceExporter(plan, SERVER_VERSION, addressBook, nodeClock, log);
  log.info("distributed tracing setup enabled");
  return { exporter, tracing: new Tracing(plan.samplingPerMillion, (span) => exporter.add(span)) };
}

/** The gate SetMemberLocalAddr: peers see this member under the first address that it advertises and that is not loopback. */
function localAddress({ member, gates }: Settings, log: ZapLog): { readonly localAddress?: string } {
  if (gates.SetMemberLocalAddr !== true) return {};
  const urls = { "advertise-peer-urls": member.advertisePeerUrls };
  log.info("searching for a suitable member local address in AdvertisePeerURLs", urls);
  const address = member.advertisePeerUrls.map((url) => addressOf(url).host).find((host) => isIP(host) !== 0 && !/^(127\.|::1$|0\.0\.0\.0$|::$)/.test(host));
  if (address === undefined) {
    log.warn("unable to set a member local address due to lack of suitable local addresses", urls);
    return {};
  }
  log.info("setting member local address", { LocalAddr: address });
  return { localAddress: address };
}

function serviceOptions({ member, service, gates }: Settings): Omit<ServeOptions, keyof ClientListenOptions | "bound"> {
  return {
    listenMetricsUrls: service.listenMetricsUrls,
    maxRequestBytes: member.maxRequestBytes,
    maxTxnOps: member.maxTxnOps,
    maxConcurrentStreams: member.maxConcurrentStreams,
    keepalive: { minTimeMs: service.keepaliveMinMs, intervalMs: service.keepaliveIntervalMs, timeoutMs: service.keepaliveTimeoutMs },
    watchProgressNotifyIntervalMs: service.watchProgressNotifyMs,
    electionTimeoutMs: member.electionMs,
    warningUnaryMs: service.warningUnaryMs,
    stopGrpcServiceOnDefrag: gates.StopGRPCServiceOnDefrag === true,
    enableGateway: service.gateway,
    metrics: service.metrics,
    enableV2: service.enableV2,
    enablePprof: service.pprof,
    cors: service.cors,
    hostWhitelist: service.hostWhitelist,
  };
}

/** The line in which etcd tells what it runs with; tools read some of its fields. */
function tellSettings({ member, service, gates }: Settings, log: ZapLog): void {
  log.info("starting an etcd server", {
    "etcd-version": "3.6.14",
    "git-sha": "quorum-lab",
    "go-version": `node${process.version}`,
    "go-os": process.platform,
    "go-arch": process.arch,
    name: member.name,
    "data-dir": member.dataDir,
    "wal-dir": member.walDir ?? "",
    "force-new-cluster": member.forceNewCluster,
    "heartbeat-interval": printDuration(member.heartbeatMs),
    "election-timeout": printDuration(electionTicks(member) * member.heartbeatMs),
    "initial-election-tick-advance": member.initialElectionTickAdvance,
    "snapshot-count": member.snapshotCount,
    "max-wals": member.maxWals,
    "max-snapshots": member.maxSnapshots,
    "snapshot-catchup-entries": member.snapshotCatchupEntries,
    "initial-advertise-peer-urls": member.advertisePeerUrls,
    "listen-peer-urls": member.listenPeerUrls,
    "advertise-client-urls": member.advertiseClientUrls,
    "listen-client-urls": member.listenClientUrls,
    "listen-metrics-urls": service.listenMetricsUrls,
    "initial-cluster": printInitialCluster(member.initialCluster),
    "initial-cluster-state": member.newCluster ? "new" : "existing",
    "initial-cluster-token": member.initialClusterToken,
    "quota-backend-bytes": member.quotaBackendBytes,
    "max-request-bytes": member.maxRequestBytes,
    "max-concurrent-streams": member.maxConcurrentStreams,
    "pre-vote": member.preVote,
    "feature-gates": Object.entries(gates)
      .filter(([, on]) => on)
      .map(([name]) => `${name}=true`)
      .join(","),
    "initial-corrupt-check": member.initialCorruptCheck,
    "corrupt-check-time-interval": printDuration(member.corruptCheckMs),
    "auto-compaction-mode": member.autoCompaction?.mode ?? "periodic",
    "v2-deprecation": "write-only",
    "max-learners": member.maxLearners,
  });
}

export { MemberFailure };
