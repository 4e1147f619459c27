/**
 * Puts a member together and starts it (server/etcdserver/bootstrap.go, server.go NewServer). Clock, disk, randomness and
 * transport come from outside, so that a whole member can also run inside a test.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { readFileSync } from "node:fs";
import type { ApplyResult } from "../apply/applier.ts";
import type { Passwords } from "../auth/passwords.ts";
import { tokensOf } from "../auth/token-options.ts";
import type { BackendOptions } from "../backend/backend.ts";
import { encodeMember } from "../membership/member.ts";
import { createTransport } from "../peer/create-transport.ts";
import { MessageRefused, type RaftSink, type Transport, type TransportOptions } from "../peer/transport.ts";
import type { AddressBook } from "../platform/address-book.ts";
import type { Clock } from "../platform/clock.ts";
import type { Disk } from "../platform/disk.ts";
import { secretRandom } from "../platform/node/secret-random.ts";
import { Meters } from "../platform/meters.ts";
import type { Random } from "../platform/random.ts";
import type { LabChannel } from "../probe/channel.ts";
import type { TlsDialer } from "../tls/tls-dial.ts";
import { SteppedMailRoom } from "./mail-room.ts";
import type { MemberFaults } from "../probe/faults.ts";
import { AlarmType } from "../proto/gen/etcdserverpb.ts";
import type { Message } from "../proto/gen/raftpb.ts";
import { Metadata } from "../proto/gen/v2pb.ts";
import { RawNode, type RaftLogger } from "../raft/index.ts";
import type { WalContents } from "../wal/read-records.ts";
import { Wal, type WalOptions } from "../wal/wal.ts";
import { Applying } from "./applying.ts";
import { AuthGate } from "./auth-gate.ts";
import { CorruptionChecker } from "./corruption.ts";
import { FaultyDisk } from "./faulty-disk.ts";
import { BootstrapError, type Discover, type FirstMembers, checkLearners, firstMembers } from "./joining.ts";
import { type Log, hex, peerLog } from "./log.ts";
import { type OpenFiles, openFiles, openWal } from "./member-files.ts";
import { Member } from "./member.ts";
import { MemberServer } from "./etcd-server.ts";
import { type MemberOptions, MIN_CLUSTER_VERSION, SERVER_VERSION, electionTicks, requestTimeoutMs } from "./options.ts";
import { PasswordWorker } from "./password-worker.ts";
import { PeerCalls } from "./peer-calls.ts";
import { memberPeerHttp } from "./peer-host.ts";
import { Proposals } from "./proposals.ts";
import { proposeClusterVersion, publishAttributes } from "./publishing.ts";
import { RaftLoop } from "./raft-loop.ts";
import { ReadIndex } from "./read-index.ts";
import { Remote } from "./remote.ts";
import { RequestIds } from "./request-ids.ts";
import { forceAlone, tellRecovered, whereToGoOn } from "./restarting.ts";
import { migrateSchema } from "./schema-version.ts";
import { Snapshots } from "./snapshots.ts";
import { MemberState } from "./state.ts";
import { SkewedClock } from "./skewed-clock.ts";
import { stateRecord } from "./state-record.ts";
import { metersRecord, watchingRecord } from "./gauge-records.ts";
import { Telemetry } from "./telemetry.ts";
import { VersionMonitor } from "./version-monitor.ts";

export interface MemberEnvironment {
  readonly disk: Disk;
  readonly clock: Clock;
  /** election timeouts and link faults */
  readonly random: Random;
  readonly addressBook: AddressBook;
  readonly log: Log;
  readonly channel: LabChannel | undefined;
  /** for peers at https URLs; absent: the system's authorities, and no certificate of its own */
  readonly peerDialer?: TlsDialer;
  /** address to dial peers from; absent: the system's choice */
  readonly localAddress?: string;
  /** gives the event loop a turn; default setImmediate */
  readonly soon?: (run: () => void) => void;
  /** default: bcrypt in a thread */
  readonly passwords?: Passwords;
  /** where a new cluster's members find each other; undefined: `initialCluster` names them */
  readonly discover?: Discover | undefined;
  /** default: etcd's peer protocol over HTTP */
  readonly createTransport?: (options: TransportOptions) => Transport;
}

export interface RunningMember {
  readonly server: MemberServer;
  /** answers everything on the peer URLs */
  handlePeer(request: IncomingMessage, response: ServerResponse): void;
}

/** etcd's limits of raft: bytes of one message, messages in flight to one peer */
const maxSizePerMsg = 1024 * 1024;
const maxInflightMsgs = 512;

interface Opened {
  readonly files: OpenFiles;
  readonly wal: Wal;
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** what the log says; undefined for a new one */
  readonly contents: WalContents | undefined;
  /** undefined: the member has been here before */
  readonly first: FirstMembers | undefined;
}

/** @throws BootstrapError, MemberFilesError, WalError, SnapError, BboltError, DiskError: the member cannot start */
export async function startMember(options: MemberOptions, environment: MemberEnvironment): Promise<RunningMember> {
  const { log, channel } = environment;
  const clock = new SkewedClock(environment.clock);
  const disk = new FaultyDisk(environment.disk, clock);
  // what the lab is told bears true time, whatever the member believes
  const telemetry = new Telemetry(channel, environment.clock);
  const remote = new Remote(environment.addressBook, environment.peerDialer, environment.localAddress);
  const links: { transport: Transport | undefined } = { transport: undefined };
  const ids: { clusterId: bigint } = { clusterId: 0n };
  const calls = new PeerCalls(remote, () => ids.clusterId, log, (id) => links.transport?.isCut(id) ?? false);
  const meters = new Meters();

  const holder: { member: Member | undefined } = { member: undefined };
  const onSync = (durationMs: number, index: number): void => {
    meters.disk.walSync.observe(durationMs / 1000);
    if (holder.member !== undefined) holder.member.lastFsyncMs = durationMs;
    if (durationMs > 1000) log.warn("slow fdatasync", { took: `${durationMs}ms`, "expected-duration": "1s" });
    if (telemetry.wants()) telemetry.pass({ kind: "fsync", at: telemetry.now(), durationMs, index });
  };
  const walOptions: WalOptions = { clock, meters: meters.disk, onSync, unsafeNoFsync: options.unsafeNoFsync };
  const backendOptions: BackendOptions = {
    meters: meters.disk,
    ...(options.backendBatchIntervalMs > 0 ? { batchIntervalMs: options.backendBatchIntervalMs } : {}),
    ...(options.backendBatchLimit > 0 ? { batchLimit: options.backendBatchLimit } : {}),
  };

  const tokens = tokensOf(options.authToken, {
    clock,
    random: secretRandom,
    ttlSeconds: options.authTokenTtlSeconds,
    readFile: (path) => readFileSync(path),
    log: (level, message, fields) => log[level](message, fields),
  });
  const opened = await open(options, environment, disk, backendOptions, walOptions, { remote, calls });
  const { files, wal, memberId, clusterId, contents, first } = opened;
  ids.clusterId = clusterId;
  const passwords = environment.passwords ?? new PasswordWorker();
  const state = await MemberState.open(
    { member: options, tokens, memberId, clusterId, clock, log, onFailure: (error) => holder.member?.onFailure(error), meters, onCommitted: (seconds) => meters.disk.commit.observe(seconds) },
    files.backend,
  );
  // etcd compares the members of its v2 tree with the database's, and looks whether a snapshot's tree holds anything else
  meters.v2Tree.read("getRecursive", files.snapshot === undefined ? 1 : 3);
  const beginning = whereToGoOn(state, files, contents, log);
  if (options.forceNewCluster && contents !== undefined) await forceAlone(state, beginning, { memberId, clusterId }, contents, wal, log);
  const { storage, hardState, legacy, appliedIndex, confState } = beginning;
  storage.append(beginning.entries);
  storage.setHardState(hardState);
  if (contents !== undefined) tellRecovered(state, { memberId, clusterId }, log);
  checkLearners(options, state.cluster.members());

  const member = new Member({ term: hardState.term, vote: hardState.vote, committed: hardState.commit });
  holder.member = member;
  const requestIds = new RequestIds(memberId, clock);
  const node = new RawNode({
    id: memberId,
    electionTick: electionTicks(options),
    heartbeatTick: 1,
    storage,
    random: (bound) => environment.random.below(bound),
    logger: raftLogger(log),
    applied: appliedIndex,
    asyncStorageWrites: true,
    maxSizePerMsg,
    maxInflightMsgs,
    checkQuorum: true,
    preVote: options.preVote,
  });
  if (first?.isNew === true) node.bootstrap(first.members.map((one) => ({ id: one.id, context: encodeMember(one) })));
  const soon = environment.soon ?? ((run: () => void): void => void setImmediate(run));
  const loop = new RaftLoop({ node, storage, log: wal, clock, heartbeatMs: options.heartbeatMs, soon }, member);

  const timeoutMs = requestTimeoutMs(options);
  const proposals = new Proposals<ApplyResult>({
    ids: requestIds,
    clock,
    telemetry,
    timeoutMs,
    maxRequestBytes: options.maxRequestBytes,
    gap: () => member.committed - member.parts.applying.index,
    timeoutError: (begun) => member.timeoutError(begun),
  });
  const applying = new Applying(
    {
      applier: state.applier,
      alarms: state.alarms,
      cluster: state.cluster,
      consistentIndex: state.consistentIndex,
      proposals,
      applyToRaft: (change) => loop.applyConfChange(change),
      clock,
      log,
      turn: () => new Promise((resolve) => soon(resolve)),
      warningMs: options.warningApplyMs,
      meters: meters.server,
      hashPassword: async (password) => (await passwords.hash(password, state.bcryptCost)).toString("base64"),
    },
    member,
    { index: appliedIndex, term: state.consistentIndex.term, confState, legacy },
  );
  const reads = new ReadIndex({
    ask: (context) => loop.readIndex(context),
    ids: requestIds,
    clock,
    applied: applying.waiters,
    leaderChanged: member.leaderChanged,
    firstCommit: member.firstCommit,
    timeoutMs,
    onSlow: (sinceMs) => {
      meters.server.slowReadIndexes++;
      log.warn("waiting for ReadIndex response took too long, retrying", { "retry-timeout": "500ms", waited: `${Math.round(sinceMs)}ms` });
    },
  });
  const mailRoom = new SteppedMailRoom((id, fate, message) => telemetry.letter(id, fate, message));
  const transport = (environment.createTransport ?? createTransport)({
    localId: memberId,
    clusterId,
    localUrls: () => state.cluster.member(memberId)?.peerUrls ?? options.advertisePeerUrls,
    version: SERVER_VERSION,
    minClusterVersion: MIN_CLUSTER_VERSION,
    clock,
    random: environment.random,
    addressBook: environment.addressBook,
    raft: raftSink(member),
    databases: files.snapshotter,
    ...(channel === undefined ? {} : { observe: (event) => telemetry.link(event, member.term), mailRoom }),
    log: peerLog(log),
    ...(environment.peerDialer === undefined ? {} : { dialer: environment.peerDialer }),
    ...(environment.localAddress === undefined ? {} : { localAddress: environment.localAddress }),
    dialTimeoutMs: 1000 + options.electionMs,
    ...(options.raftReadMs === undefined ? {} : { readTimeoutMs: options.raftReadMs }),
    ...(options.raftWriteMs === undefined ? {} : { writeTimeoutMs: options.raftWriteMs }),
  });
  links.transport = transport;
  const snapshots = new Snapshots(
    {
      meters,
      disk,
      clock,
      names: files.names,
      backendOptions,
      snapshotter: files.snapshotter,
      wal,
      storage,
      state,
      transport,
      telemetry,
      log,
      snapshotCount: options.snapshotCount,
      catchupEntries: options.snapshotCatchupEntries,
      maxWals: options.maxWals,
      maxSnapshots: options.maxSnapshots,
      onFailure: (error) => member.onFailure(error),
      reportFailed: (id) => loop.reportSnapshot(id, false),
    },
    applying,
    files.snapshot?.metadata.index ?? 0,
  );
  const server = new MemberServer(member);
  const serverVersions = async (): Promise<ReadonlyMap<string, string | undefined>> => {
    const asked = state.cluster.members().map(async (one): Promise<[string, string | undefined]> => {
      if (one.id === memberId) return [hex(one.id), SERVER_VERSION];
      return [hex(one.id), (await calls.versions(one, timeoutMs))?.server];
    });
    return new Map(await Promise.all(asked));
  };
  const versions = new VersionMonitor(
    {
      isLeader: () => member.isLeader,
      clusterVersion: () => state.cluster.version(),
      downgrade: () => ({ enabled: state.cluster.downgradeInfo().enabled, target: state.cluster.downgradeInfo().targetVersion }),
      serverVersions,
      proposeClusterVersion: (version) => proposeClusterVersion(member, version),
      storageVersion: () => server.maintenance.storageVersion(),
      setStorageVersion: (version) => migrateSchema(state.backend, version, state.consistentIndex.term > 0, log),
      cancelDowngrade: () => server.maintenance.cancelDowngrade(),
    },
    clock,
    log,
    options.downgradeCheckMs,
  );
  const corruption = new CorruptionChecker(
    {
      memberId,
      isLeader: () => member.isLeader,
      hashKv: (revision) => state.store.hashKv(revision),
      revision: () => state.store.revision(),
      peerHashes: (revision) =>
        Promise.all(
          state.cluster
            .members()
            .filter(({ id, peerUrls }) => id !== memberId && peerUrls.length > 0)
            .map(async (one) => ({ id: one.id, urls: one.peerUrls, answer: await calls.hashKv(one, revision, timeoutMs) })),
        ),
      compactionHashes: () => state.store.compactionHashes(),
      linearizable: () => reads.wait(),
      raiseCorrupt: (id) => void member.raiseAlarm(id, AlarmType.CORRUPT),
    },
    clock,
    log,
  );
  member.parts = {
    options,
    memberId,
    clusterId,
    clock,
    log,
    telemetry,
    ids: requestIds,
    state,
    wal,
    loop,
    applying,
    proposals,
    gate: new AuthGate(member),
    passwords,
    reads,
    transport,
    calls,
    snapshots,
    versions,
    corruption,
    meters,
  };
  for (const peer of first?.remotes ?? []) transport.addRemote(peer.id, peer.peerUrls);
  for (const peer of first?.members ?? state.cluster.members()) if (peer.id !== memberId) transport.addPeer(peer.id, peer.peerUrls);
  if (options.initialCorruptCheck && first === undefined) {
    await corruption.initialCheck().catch((error: Error) => {
      log.error("checkInitialHashKV failed", { error: error.message });
      throw error;
    });
  }
  if (channel !== undefined) listenToLab(channel, { disk, clock, loop, transport, telemetry, mailRoom });
  telemetry.start(() => stateRecord(member), (count) => loop.latestEntries(count));
  telemetry.startGauges(() => metersRecord(member), () => watchingRecord(member));
  channel?.send({ type: "hello", pid: process.pid, id: hex(memberId), clusterId: hex(clusterId) });

  const peers = memberPeerHttp(server);
  log.info("starting etcd server", {
    "local-member-id": hex(memberId),
    "local-server-version": SERVER_VERSION,
    "cluster-id": hex(clusterId),
    "cluster-version": state.cluster.version() ?? "to_be_decided",
  });
  member.start(() => publishAttributes(member));
  return {
    server,
    handlePeer(request, response) {
      if (!transport.handle(request, response)) void peers.handle(request, response);
    },
  };
}

/** Files, and who this member is. */
async function open(
  options: MemberOptions,
  environment: MemberEnvironment,
  disk: Disk,
  backend: BackendOptions,
  walOptions: WalOptions,
  joining: { readonly remote: Remote; readonly calls: PeerCalls },
): Promise<Opened> {
  const { clock, log, addressBook } = environment;
  const files = await openFiles(disk, clock, { dataDir: options.dataDir, walDir: options.walDir, backend }, log);
  try {
    await defragmentAtStart(files, options, log);
    if (files.haveWal) {
      if (environment.discover !== undefined) log.warn("discovery token is ignored since cluster already initialized; valid logs are found", { "wal-dir": files.names.wal });
      return await reopen(files, disk, walOptions, log);
    }
    const first = await firstMembers({ options, addressBook, clock, log, discover: environment.discover, ...joining });
    const metadata = Metadata.encode({ nodeID: first.memberId, clusterID: first.clusterId });
    const wal = await Wal.create(disk, files.names.wal, metadata, walOptions);
    return { files, wal, memberId: first.memberId, clusterId: first.clusterId, contents: undefined, first };
  } catch (error) {
    log.error("bootstrap failed", { error: (error as Error).message });
    await files.backend.close();
    throw error;
  }
}

async function defragmentAtStart({ backend }: OpenFiles, options: MemberOptions, log: Log): Promise<void> {
  const threshold = options.bootstrapDefragThresholdBytes;
  if (threshold === 0) return;
  const freeable = backend.size() - backend.sizeInUse();
  if (freeable < threshold) log.info("Skipping defragmentation", { "current-db-size-bytes": backend.size(), "current-db-size-in-use-bytes": backend.sizeInUse(), "bootstrap-defrag-threshold-bytes": threshold });
  else await backend.defragment();
}

async function reopen(files: OpenFiles, disk: Disk, walOptions: WalOptions, log: Log): Promise<Opened> {
  const { wal, contents } = await openWal(disk, files.names.wal, files.snapshot, walOptions, log);
  if (contents.metadata === undefined) throw new BootstrapError(`the log in ${files.names.wal} does not say whose it is`);
  const { nodeID: memberId, clusterID: clusterId } = Metadata.decode(contents.metadata);
  log.info("restarting local member", { "cluster-id": hex(clusterId), "local-member-id": hex(memberId), "commit-index": contents.hardState.commit });
  return { files, wal, memberId, clusterId, contents, first: undefined };
}

function raftSink(member: Member): RaftSink {
  return {
    process(message: Message): void {
      const { state, memberId, loop } = member.parts;
      if (state.cluster.isRemoved(message.from)) throw new MessageRefused("cannot process message from removed member");
      if (message.to !== memberId) throw new MessageRefused("cannot process message to mismatch member");
      loop.step(message);
    },
    isIdRemoved: (id) => member.parts.state.cluster.isRemoved(id),
    reportUnreachable: (id) => member.parts.loop.reportUnreachable(id),
    reportSnapshot(id, ok) {
      member.parts.snapshots.onSent(ok);
      member.parts.loop.reportSnapshot(id, ok);
    },
    onRemoved: () => member.endAsRemoved(),
  };
}

function raftLogger(log: Log): RaftLogger {
  return {
    enabled: (level) => level === "fatal" || log.enabled(level),
    log(level, text) {
      log[level === "fatal" ? "error" : level](text, { logger: "raft" });
    },
  };
}

function listenToLab(
  channel: LabChannel,
  parts: { readonly disk: FaultyDisk; readonly clock: SkewedClock; readonly loop: RaftLoop; readonly transport: Transport; readonly telemetry: Telemetry; readonly mailRoom: SteppedMailRoom },
): void {
  const inForce = (faults: MemberFaults): void => {
    parts.disk.setFault(faults.disk);
    parts.clock.setSkew(faults.clockSkewMs);
    parts.loop.setSlowdown(faults.slowMotion);
    const byId = (links: MemberFaults["outgoing"]): Map<bigint, MemberFaults["outgoing"][string]> => new Map(Object.entries(links).map(([id, fault]) => [BigInt(`0x${id}`), fault]));
    parts.transport.setFaults({ outgoing: byId(faults.outgoing), incoming: byId(faults.incoming) });
  };
  channel.onWord((word) => {
    switch (word.type) {
      case "faults":
        inForce(word.faults);
        return;
      case "watch":
        parts.telemetry.watch(word.level);
        return;
      case "watching":
        parts.telemetry.tellWatching(word.on);
        return;
      case "step":
        parts.loop.setStepping(word.on);
        parts.mailRoom.setStepping(word.on);
        parts.telemetry.touch();
        return;
      case "letters":
        parts.mailRoom.settle(word.letters, word.fate);
        return;
      case "ticks":
        parts.loop.tick(word.count);
        return;
    }
  });
}
