/** A member with its listeners (etcd server/embed): peer ports first, then the member, then its clients once it is ready. */
import { serveClients, type ClientService } from "../../rpc/serve-clients.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import type { AddressBook } from "../../platform/address-book.ts";
import type { LabChannel } from "../../probe/channel.ts";
import { printCluster } from "../../server/joining.ts";
import { MemberFailure } from "../../server/member.ts";
import { electionTicks } from "../../server/options.ts";
import { PeerPort } from "../../server/peer-port.ts";
import { type RunningMember, startMember } from "../../server/start-member.ts";
import type { ZapLog } from "./log.ts";
import type { Settings } from "./settings.ts";
import { printDuration } from "./values.ts";

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
  const { member: options } = settings;
  const { log, addressBook, channel, stop } = environment;
  tellSettings(settings, log);
  const peerPort = new PeerPort();
  let running: RunningMember | undefined;
  let clients: ClientService | undefined;
  try {
    log.info("configuring peer listeners", { "listen-peer-urls": options.listenPeerUrls });
    await peerPort.listen(options.listenPeerUrls, addressBook);
    log.info("configuring client listeners", { "listen-client-urls": options.listenClientUrls });
    const random = { float: Math.random, below: (bound: number) => Math.floor(Math.random() * bound) };
    running = await startMember(options, { disk: nodeDisk, clock: nodeClock, random, addressBook, log, channel });
    const { member } = running.server;
    const { handlePeer } = running;
    peerPort.serve(handlePeer);
    for (const address of options.listenPeerUrls) log.info("serving peer traffic", { address });
    const stopped = stop.aborted ? Promise.resolve() : new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
    const first = await Promise.race([member.published.then(() => "ready" as const), stopped.then(() => "stopped" as const), member.end]);
    if (first === "ready") {
      clients = await listenToClients(settings, environment, running);
      log.info("ready to serve client requests");
      for (const address of clients.addresses) log.info("serving client traffic insecurely; this is strongly discouraged!", { traffic: settings.service.listenClientHttpUrls.length > 0 ? "grpc" : "grpc+http", address });
    }
    const end = typeof first === "object" ? first : await Promise.race([stopped.then(() => undefined), member.end]);
    log.info("closing etcd server", { name: options.name, "data-dir": options.dataDir, "advertise-peer-urls": options.advertisePeerUrls, "advertise-client-urls": options.advertiseClientUrls });
    if (end?.kind === "failed") throw end.error;
    // a leader hands over while it still answers
    await member.shutDown(end === undefined);
    log.info("closed etcd server", { name: options.name, "data-dir": options.dataDir });
  } finally {
    await clients?.close();
    peerPort.close();
  }
}

function listenToClients({ member, service, gates }: Settings, { log, addressBook }: ServeEnvironment, { server }: RunningMember): Promise<ClientService> {
  return serveClients(server, {
    listenUrls: member.listenClientUrls,
    listenHttpUrls: service.listenClientHttpUrls,
    listenMetricsUrls: service.listenMetricsUrls,
    maxRequestBytes: member.maxRequestBytes,
    maxTxnOps: member.maxTxnOps,
    maxConcurrentStreams: member.maxConcurrentStreams,
    keepalive: { minTimeMs: service.keepaliveMinMs, intervalMs: service.keepaliveIntervalMs, timeoutMs: service.keepaliveTimeoutMs },
    watchProgressNotifyIntervalMs: service.watchProgressNotifyMs,
    electionTimeoutMs: member.electionMs,
    stopGrpcServiceOnDefrag: gates.StopGRPCServiceOnDefrag === true,
    enableGateway: service.gateway,
    cors: service.cors,
    hostWhitelist: service.hostWhitelist,
    addressBook,
    log,
  });
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
    "initial-cluster": printCluster(member.initialCluster),
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
