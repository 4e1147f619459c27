/**
 * Whether all members hold the same data (server/etcdserver/corrupt.go): before serving, from time to time on the leader,
 * and by the hashes that compactions leave behind. What differs raises the alarm CORRUPT.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import { EtcdError } from "../proto/errors.ts";
import type { KvHash } from "../mvcc/api.ts";
import { type Log, hex } from "./log.ts";
import type { PeerHashKv } from "./peer-http.ts";

export interface PeerHash {
  readonly id: bigint;
  readonly urls: readonly string[];
  /** what it answered, or why it did not */
  readonly answer: PeerHashKv | Error;
}

export interface CorruptionHost {
  readonly memberId: bigint;
  isLeader(): boolean;
  /** @param revision 0: now */
  hashKv(revision: number): Promise<KvHash>;
  revision(): number;
  peerHashes(revision: number): Promise<readonly PeerHash[]>;
  /** hashes that the last compactions left, by revision */
  compactionHashes(): readonly KvHash[];
  linearizable(): Promise<void>;
  /** @param member 0n: nobody knows which */
  raiseCorrupt(member: bigint): void;
}

export class CorruptionChecker {
  private periodic: Timer | undefined;
  private compaction: Timer | undefined;
  private checkedRevision = 0;
  private stopped = false;

  constructor(
    private readonly host: CorruptionHost,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @param periodicMs 0: none. @param compactionMs undefined: none */
  start(periodicMs: number, compactionMs: number | undefined): void {
    if (periodicMs > 0) {
      this.log.info("enabled corruption checking", { "local-member-id": hex(this.host.memberId), interval: `${periodicMs / 1000}s` });
      this.every(periodicMs, () => this.checkNow(), (timer) => (this.periodic = timer));
    }
    if (compactionMs !== undefined) this.every(compactionMs, () => this.checkCompactions(), (timer) => (this.compaction = timer));
  }

  stop(): void {
    this.stopped = true;
    this.periodic?.cancel();
    this.compaction?.cancel();
  }

  /** Before anything is served. @throws Error when peers hold other data for the same revision */
  async initialCheck(): Promise<void> {
    const { log, host } = this;
    log.info("starting initial corruption check", { "local-member-id": hex(host.memberId) });
    const own = await host.hashKv(0);
    let mismatches = 0;
    for (const peer of await host.peerHashes(own.revision)) {
      const fields = { ...fieldsOf(host.memberId, own), "remote-peer-id": hex(peer.id), "remote-peer-endpoints": peer.urls };
      if (peer.answer instanceof Error) {
        const reason = peer.answer instanceof EtcdError ? peer.answer.reason : undefined;
        if (reason === "FutureRevision") log.warn("cannot fetch hash from slow remote peer", fields);
        else if (reason === "Compacted") log.warn("cannot fetch hash from remote peer; local member is behind", fields);
        else if (reason === "ClusterIdMismatch") log.warn("cluster ID mismatch", fields);
        continue;
      }
      if (peer.answer.hash === own.hash) continue;
      const found = { ...fields, "remote-peer-revision": peer.answer.revision, "remote-peer-compact-revision": peer.answer.compactRevision, "remote-peer-hash": peer.answer.hash };
      if (peer.answer.compactRevision === own.compactRevision) {
        log.warn("found different hash values from remote peer", found);
        mismatches++;
      } else log.warn("found different compact revision values from remote peer", found);
    }
    if (mismatches > 0) throw new Error(`${hex(host.memberId)} found data inconsistency with peers`);
    log.info("initial corruption checking passed; no corruption", { "local-member-id": hex(host.memberId) });
  }

  /** One comparison by the leader of everything, now. */
  async checkNow(): Promise<void> {
    const { log, host } = this;
    const before = await host.hashKv(0);
    const peers = await host.peerHashes(before.revision);
    await host.linearizable();
    const after = await host.hashKv(0);
    const revision = host.revision();
    let alarmed = false;
    const mismatch = (id: bigint, text: string, fields: Readonly<Record<string, unknown>>): void => {
      log.warn(text, fields);
      if (alarmed) return;
      alarmed = true;
      host.raiseCorrupt(id);
    };
    if (after.hash !== before.hash && after.revision === before.revision && after.compactRevision === before.compactRevision) {
      mismatch(host.memberId, "found hash mismatch", { "revision-1": before.revision, "hash-1": before.hash, "revision-2": after.revision, "hash-2": after.hash });
    }
    let checked = 0;
    for (const { id, answer } of peers) {
      if (answer instanceof Error) continue;
      checked++;
      const peer = { "follower-peer-id": hex(id) };
      if (answer.revision > revision) {
        mismatch(id, "revision from follower must be less than or equal to leader's", { ...peer, "leader-revision": revision, "follower-revision": answer.revision });
      }
      if (answer.compactRevision > after.compactRevision) {
        const fields = { ...peer, "leader-compact-revision": after.compactRevision, "follower-compact-revision": answer.compactRevision };
        mismatch(id, "compact revision from follower must be less than or equal to leader's", fields);
      }
      if (answer.compactRevision === before.compactRevision && answer.hash !== before.hash) {
        mismatch(id, "same compact revision then hashes must match", { ...peer, "leader-hash": before.hash, "follower-hash": answer.hash });
      }
    }
    log.info("finished peer corruption check", { "number-of-peers-checked": checked });
  }

  /** Compares hashes of compactions, newest first, until one could be compared with every member. */
  async checkCompactions(): Promise<void> {
    this.log.info("starting compact hash check", { "local-member-id": hex(this.host.memberId) });
    const hashes = [...this.host.compactionHashes()].filter(({ revision }) => revision > this.checkedRevision).sort((a, b) => b.revision - a.revision);
    let count = 0;
    for (const hash of hashes) {
      count++;
      const peers = await this.host.peerHashes(hash.revision);
      if (peers.length > 0 && this.compare(hash, peers)) break;
    }
    this.log.info("finished compaction hash check", { "number-of-hashes-checked": count });
  }

  /** @returns true when nothing older need be looked at */
  private compare(own: KvHash, peers: readonly PeerHash[]): boolean {
    const { log, host } = this;
    const holders = new Map<number, bigint[]>([[own.hash, [host.memberId]]]);
    let checked = 0;
    for (const { id, answer } of peers) {
      if (answer instanceof Error || answer.compactRevision !== own.compactRevision) {
        const reason = answer instanceof Error ? "no response" : `the peer's CompactRevision ${answer.compactRevision} doesn't match leader's CompactRevision ${own.compactRevision}`;
        log.warn("Skipped peer's hash", { "number-of-peers": peers.length, "leader-id": hex(host.memberId), "peer-id": hex(id), reason });
        continue;
      }
      checked++;
      holders.set(answer.hash, [...(holders.get(answer.hash) ?? []), id]);
    }
    const fields = { "number-of-peers-checked": checked, revision: own.revision, compactRevision: own.compactRevision };
    if (holders.size === 1) {
      if (checked < peers.length) {
        log.warn("skipped revision in compaction hash check; was not able to check all peers", { ...fields, "number-of-peers": peers.length });
        return false;
      }
      log.info("successfully checked hash on whole cluster", fields);
      this.checkedRevision = Math.max(this.checkedRevision, own.revision);
      return true;
    }
    const quorum = Math.floor((peers.length + 1) / 2) + 1;
    const majority = [...holders].find(([, ids]) => ids.length >= quorum);
    if (majority === undefined) {
      log.error("Detected compaction hash mismatch but cannot identify the corrupted members, so intentionally set the memberID as 0", fields);
      host.raiseCorrupt(0n);
    }
    for (const [hash, ids] of holders) {
      if (hash === majority?.[0]) continue;
      log.error("Detected compaction hash mismatch", { ...fields, "leader-hash": own.hash, "peer-hash": hash, "peer-ids": ids.map(hex).join(", "), "quorum-exist": majority !== undefined });
      if (majority !== undefined) for (const id of ids) host.raiseCorrupt(id);
    }
    return true;
  }

  private every(pauseMs: number, check: () => Promise<void>, keep: (timer: Timer) => void): void {
    keep(
      this.clock.after(pauseMs, () => {
        const run = this.host.isLeader() ? check() : Promise.resolve();
        void run
          .catch((error: Error) => {
            if (!this.stopped) this.log.warn("failed to check hash KV", { error: error.message });
          })
          .finally(() => {
            if (!this.stopped) this.every(pauseMs, check, keep);
          });
      }),
    );
  }
}

function fieldsOf(memberId: bigint, hash: KvHash): Readonly<Record<string, unknown>> {
  return {
    "local-member-id": hex(memberId),
    "local-member-revision": hash.revision,
    "local-member-compact-revision": hash.compactRevision,
    "local-member-hash": hash.hash,
  };
}
