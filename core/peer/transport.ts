/**
 * The peer transport as the member sees it: etcd's rafthttp (server/etcdserver/api/rafthttp). `createTransport` makes the
 * one over HTTP/1.1; a simulation makes its own.
 * Ids are raft member ids. Nothing here blocks, and nothing is promised to arrive: raft repeats what it needs.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressBook } from "../platform/address-book.ts";
import type { Clock } from "../platform/clock.ts";
import type { Histogram } from "../platform/histogram.ts";
import type { Random } from "../platform/random.ts";
import type { LinkFault } from "../probe/faults.ts";
import type { Message } from "../proto/gen/raftpb.ts";
import type { TlsDialer } from "../tls/tls-dial.ts";
import type { LinkEvent } from "./link-events.ts";

/** What the transport needs of the member. */
export interface RaftSink {
  /**
   * Hands a peer's message to raft. Resolves when raft has taken it (a pipeline POST is answered then).
   * Calls for one peer come in the order of arrival; MsgProp goes beside the others, because it may wait for a leader.
   * @throws MessageRefused the message is not for this member, or its sender was removed: answered 403, which stops the sender
   * @throws any other error is answered 500
   */
  process(message: Message): Promise<void> | void;
  isIdRemoved(id: bigint): boolean;
  reportUnreachable(id: bigint): void;
  /** The outcome of a MsgSnap sent to `id`. */
  reportSnapshot(id: bigint, ok: boolean): void;
  /** A peer answered that this member was removed for good: the member must stop. May be called more than once. */
  onRemoved(): void;
}

/** What `RaftSink.process` throws for a message that must be answered 403 with `text`. */
export class MessageRefused extends Error {
  override readonly name = "MessageRefused";
  readonly code = "peer.refused";
}

/** The receiving side of databases: core/snap's Snapshotter is one. */
export interface DatabaseReceiver {
  /** Stores the stream as `<index>.snap.db`, durably; returns its bytes. */
  receiveDatabase(chunks: AsyncIterable<Buffer>, index: number): Promise<number>;
}

/** A database to send after a MsgSnap: core/backend's BackendSnapshot is one. */
export interface DatabaseSource {
  readonly size: number;
  read(): AsyncIterable<Buffer>;
  release(): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export type PeerLog = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;

/** Faults of this member's links, by peer id; what is not named is healthy. Replaces what was in force before. */
export interface LinkFaults {
  /** on what this member sends to the peer */
  readonly outgoing: ReadonlyMap<bigint, LinkFault>;
  /** on what comes from the peer; only `cut` and `loss` mean something here */
  readonly incoming: ReadonlyMap<bigint, LinkFault>;
}

export interface TransportOptions {
  readonly localId: bigint;
  readonly clusterId: bigint;
  /** this member's advertised peer URLs, as they are now */
  localUrls(): readonly string[];
  /** this member's version, such as 3.6.14 */
  readonly version: string;
  /** oldest cluster version it can be in; etcd: 3.0.0 */
  readonly minClusterVersion: string;
  readonly clock: Clock;
  /** draws for the link faults only */
  readonly random: Random;
  readonly addressBook: AddressBook;
  readonly raft: RaftSink;
  readonly databases: DatabaseReceiver;
  /** see LinkEvent; costs nothing when absent */
  readonly observe?: (event: LinkEvent) => void;
  readonly log?: PeerLog;
  /** for https URLs; absent: the system's authorities, and no certificate of its own. The listener belongs to who owns it. */
  readonly dialer?: TlsDialer;
  /** address to dial peers from (gate SetMemberLocalAddr); absent: the system's choice */
  readonly localAddress?: string;
  /** etcd: 1 s + the election timeout. Default 2000 */
  readonly dialTimeoutMs?: number;
  /** --raft-read-timeout, --raft-write-timeout. Default 5000 */
  readonly readTimeoutMs?: number;
  readonly writeTimeoutMs?: number;
  /** Asks whether MsgApp etc. may go at all, one by one: the mail room of step mode. See `post` in create-transport.ts */
  readonly mailRoom?: MailRoom;
}

/** Holds outgoing messages until somebody lets them go. */
export interface MailRoom {
  /** @returns true: the room keeps the message and calls `deliver` when it is let go, or `drop` when it is lost; false: it goes at once */
  hold(message: Message, deliver: () => void, drop: () => void): boolean;
}

/** Counters since the start, for etcd's peer metrics. Keys of the maps are peer ids in lower-case hex. */
export interface PeerCounters {
  readonly sentBytes: ReadonlyMap<string, number>;
  readonly receivedBytes: ReadonlyMap<string, number>;
  readonly sentFailures: ReadonlyMap<string, number>;
  readonly receivedFailures: ReadonlyMap<string, number>;
  readonly snapshotSendSuccess: ReadonlyMap<string, number>;
  readonly snapshotSendFailures: ReadonlyMap<string, number>;
  readonly snapshotReceiveSuccess: ReadonlyMap<string, number>;
  readonly snapshotReceiveFailures: ReadonlyMap<string, number>;
  /** databases on their way, and how long each took */
  readonly snapshotSendInflight: ReadonlyMap<string, number>;
  readonly snapshotSendSeconds: ReadonlyMap<string, Histogram>;
  readonly snapshotReceiveInflight: ReadonlyMap<string, number>;
  readonly snapshotReceiveSeconds: ReadonlyMap<string, Histogram>;
  /** probing round trips */
  readonly roundTripSeconds: ReadonlyMap<string, Histogram>;
  /** 1: the link is up */
  readonly active: ReadonlyMap<string, number>;
  readonly disconnected: ReadonlyMap<string, number>;
}

export interface Transport {
  /**
   * Answers a request on the peer port's HTTP/1.1 server if it is one of /raft, /raft/stream/*, /raft/snapshot, /raft/probing.
   * @returns false when the path is not its own (nothing was done)
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Never blocks. What does not fit a peer's buffer is dropped and reported unreachable. Messages to 0 or to unknown ids are ignored. */
  send(messages: readonly Message[]): void;
  /** Sends MsgSnap with the database behind it; the outcome goes to `raft.reportSnapshot`. Releases `database` in any case. */
  sendSnapshot(message: Message, database: DatabaseSource): void;
  addPeer(id: bigint, urls: readonly string[]): void;
  updatePeer(id: bigint, urls: readonly string[]): void;
  removePeer(id: bigint): void;
  removeAllPeers(): void;
  /** A member known by URL only, while this one catches up: reached by POST alone. */
  addRemote(id: bigint, urls: readonly string[]): void;
  /** Monotonic milliseconds since when the link has been up; undefined while it is down. */
  activeSince(id: bigint): number | undefined;
  activePeers(): number;
  setFaults(faults: LinkFaults): void;
  /** True when a fault cuts HTTP with the peer; for the server's own requests to peers (/members, /leases, hashkv). */
  isCut(id: bigint): boolean;
  counters(): PeerCounters;
  /** Closes all streams and requests; later calls do nothing. */
  stop(): Promise<void>;
}
