/**
 * Snapshots of a member (server/etcdserver/server.go: snapshot, compactRaftLog, createMergedSnapshotMessage,
 * applySnapshot). On disk: a .snap file with the membership and a WAL record every snapshot-count entries, once the
 * database has what they stand for. In memory: the log is cut behind a catch-up distance, so that slow followers mostly
 * get entries. For those too far behind: the database itself, as of exactly the applied index.
 */
import type { BackendOptions } from "../backend/backend.ts";
import { decodeV2Snapshot } from "../membership/v2-snapshot.ts";
import type { Transport } from "../peer/transport.ts";
import type { Meters } from "../platform/meters.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { Disk } from "../platform/disk.ts";
import { type ConfState, type Message, Snapshot } from "../proto/gen/raftpb.ts";
import { type MemoryStorage, RaftError } from "../raft/index.ts";
import type { Snapshotter } from "../snap/snapshotter.ts";
import type { Wal } from "../wal/wal.ts";
import type { Applying } from "./applying.ts";
import { consistentTermOf } from "./database-marks.ts";
import { type Log, hex } from "./log.ts";
import { type FolderNames, openReceived } from "./member-files.ts";
import type { MemberState } from "./state.ts";
import type { Telemetry } from "./telemetry.ts";

export interface SnapshotsParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly names: FolderNames;
  readonly backendOptions: BackendOptions;
  readonly snapshotter: Snapshotter;
  readonly wal: Wal;
  readonly storage: MemoryStorage;
  readonly state: MemberState;
  readonly transport: Transport;
  readonly telemetry: Telemetry;
  readonly meters: Meters;
  readonly log: Log;
  readonly snapshotCount: number;
  readonly catchupEntries: number;
  readonly maxWals: number;
  readonly maxSnapshots: number;
  readonly onFailure: (error: Error) => void;
  /** the sending of a snapshot that could not be made */
  readonly reportFailed: (id: bigint) => void;
}

/** entries between two cuts of the log in memory */
const memoryEvery = 100;
/** After a snapshot was sent the log is not cut for so long, so that the follower finds what comes next, ms. */
const holdAfterSendMs = 30_000;
const purgeEveryMs = 30_000;
/** payload kept in memory behind the applied index */
const catchupBytesMax = 256 * 1024 * 1024;
/** followers waiting for a snapshot; more are told to ask again */
const waitingMax = 16;

export class Snapshots {
  private diskIndex: number;
  private memoryIndex: number;
  private saving: Promise<void> | undefined;
  private waiting: Message[] = [];
  private sending = 0;
  private readonly holds = new Set<Timer>();
  private purgeTimer: Timer | undefined;
  private stopped = false;
  /** bytes applied in all at each cut, oldest first */
  private readonly marks: { readonly index: number; readonly bytes: number }[] = [];
  private dropped = 0;

  constructor(
    private readonly parts: SnapshotsParts,
    private readonly applying: Applying,
    diskIndex: number,
  ) {
    this.diskIndex = diskIndex;
    this.memoryIndex = diskIndex;
  }

  start(): void {
    this.schedulePurge();
  }

  /** Resolves when a snapshot being written is finished. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.purgeTimer?.cancel();
    for (const hold of this.holds) hold.cancel();
    await this.saving;
  }

  /** After each batch of applied entries. */
  onApplied(): void {
    const { index } = this.applying;
    const toDisk = index - this.diskIndex > this.parts.snapshotCount && this.saving === undefined && !this.stopped;
    if (toDisk || index > this.memoryIndex + memoryEvery) this.cutMemory(index);
    if (toDisk) {
      this.saving = this.saveToDisk()
        .catch((error: Error) => this.parts.onFailure(error))
        .finally(() => {
          this.saving = undefined;
        });
    }
  }

  /** A follower needs the state. @returns false when too many wait already */
  request(message: Message): boolean {
    if (this.waiting.length >= waitingMax) return false;
    this.waiting = [...this.waiting.filter(({ to }) => to !== message.to), message];
    return true;
  }

  /** Sends what was asked for; nothing may be applied meanwhile, so that database and index belong together. */
  async sendWaiting(): Promise<void> {
    for (let message = this.waiting.shift(); message !== undefined; message = this.waiting.shift()) {
      try {
        await this.send(message);
      } catch (error) {
        this.parts.log.warn("failed to make a snapshot for a peer", { to: hex(message.to), error: (error as Error).message });
        this.parts.reportFailed(message.to);
      }
    }
  }

  /** The sending to a peer has ended; the log may be cut again some time later. */
  onSent(ok: boolean): void {
    if (this.sending === 0) return;
    if (!ok) {
      this.sending--;
      return;
    }
    const hold = this.parts.clock.after(holdAfterSendMs, () => {
      this.holds.delete(hold);
      this.sending--;
    });
    this.holds.add(hold);
  }

  /** Makes a received snapshot durable. Its database is already. */
  async saveReceived(snapshot: Snapshot): Promise<void> {
    const { snapshotter, wal } = this.parts;
    const { index, term, confState } = snapshot.metadata;
    await snapshotter.save(snapshot);
    await wal.saveSnapshot({ index, term, confState });
  }

  /** Goes over to the received database. */
  async restore(snapshot: Snapshot): Promise<void> {
    const { log, telemetry } = this.parts;
    const { index, term } = snapshot.metadata;
    const fields = { "current-snapshot-index": this.diskIndex, "current-applied-index": this.applying.index, "incoming-leader-snapshot-index": index, "incoming-leader-snapshot-term": term };
    log.info("applying snapshot", fields);
    const { server } = this.parts.meters;
    server.applyingSnapshots++;
    try {
      await this.goOver(snapshot);
    } finally {
      server.applyingSnapshots--;
    }
    telemetry.happening("snapshot-received", term, `took over the leader's database as of entry ${index}`);
    log.info("applied snapshot", fields);
  }

  private async goOver(snapshot: Snapshot): Promise<void> {
    const { disk, clock, snapshotter, names, backendOptions, state, wal, log } = this.parts;
    const { index, term, confState } = snapshot.metadata;
    if (index <= this.applying.index) throw new Error(`unexpected leader snapshot from outdated index ${index}; applied is ${this.applying.index}`);
    await this.saving;
    const backend = await openReceived(disk, clock, snapshotter, names, { index }, backendOptions);
    log.info("applySnapshot: opened snapshot backend");
    const old = consistentTermOf(backend) === undefined;
    await state.replace(backend, index, term);
    // a 3.4 leader keeps its membership beside the database
    if (old && snapshot.data !== undefined && snapshot.data.length > 0) state.cluster.recoverFromV2(decodeV2Snapshot(snapshot.data));
    state.consistentIndex.setConfState(confState);
    await backend.commit();
    this.applying.restored(index, term, confState);
    this.diskIndex = index;
    this.memoryIndex = index;
    await wal.releaseLockTo(index);
    await snapshotter.releaseDatabases(index);
  }

  private cutMemory(index: number): void {
    const { storage } = this.parts;
    this.createInMemory(index, this.applying.confState);
    if (this.sending > 0) {
      this.parts.log.info("skip compaction since there is an inflight snapshot");
      return;
    }
    const from = Math.max(index - this.parts.catchupEntries, this.boundedFrom(index));
    if (from <= 0) return;
    try {
      storage.compact(from);
    } catch (error) {
      if (!(error instanceof RaftError) || error.code !== "raft.compacted") throw error;
    }
  }

  /** Beyond what etcd does: entries kept for slow followers are also bounded by their bytes. @returns last index to give up */
  private boundedFrom(index: number): number {
    const { bytes } = this.applying;
    this.marks.push({ index, bytes });
    while (this.marks.length > 1 && bytes - this.marks[0]!.bytes > catchupBytesMax) this.dropped = this.marks.shift()!.index;
    const oldest = index - this.parts.catchupEntries;
    while (this.marks.length > 1 && this.marks[0]!.index < oldest) this.marks.shift();
    return this.dropped;
  }

  private createInMemory(index: number, confState: ConfState): void {
    try {
      this.parts.storage.createSnapshot(index, confState, Buffer.alloc(0));
      this.memoryIndex = index;
    } catch (error) {
      // a received snapshot has overtaken it
      if (!(error instanceof RaftError) || error.code !== "raft.snapshot_out_of_date") throw error;
    }
  }

  private async saveToDisk(): Promise<void> {
    const { state, snapshotter, wal, log, telemetry } = this.parts;
    const { index, term, confState } = this.applying;
    const data = state.cluster.snapshotData();
    log.info("triggering snapshot", { "local-member-applied-index": index, "local-member-snapshot-index": this.diskIndex, "local-member-snapshot-count": this.parts.snapshotCount });
    // before the record says so, the database must be at least as far
    await state.backend.commit();
    if (index <= this.diskIndex) return;
    await snapshotter.save(Snapshot.create({ data, metadata: { confState, index, term } }));
    await wal.saveSnapshot({ index, term, confState });
    if (index <= this.diskIndex) return;
    this.diskIndex = index;
    await wal.releaseLockTo(index);
    await snapshotter.releaseDatabases(index);
    telemetry.happening("snapshot-saved", term, `saved a snapshot at entry ${index}`);
    log.info("saved snapshot", { "snapshot-index": index });
  }

  private async send(message: Message): Promise<void> {
    const { state, transport, log, telemetry } = this.parts;
    const { index, term, confState } = this.applying;
    const data = state.cluster.snapshotData();
    const database = await state.backend.snapshot();
    log.info("sending merged snapshot", { to: hex(message.to), index, bytes: database.size });
    this.sending++;
    telemetry.happening("snapshot-sent", term, `sends its database as of entry ${index} (${database.size} bytes) to ${hex(message.to)}, whose next entry is no longer in the log`, message.to);
    transport.sendSnapshot({ ...message, snapshot: Snapshot.create({ data, metadata: { confState, index, term } }) }, database);
  }

  private schedulePurge(): void {
    const { clock, wal, snapshotter, maxWals, maxSnapshots, log } = this.parts;
    this.purgeTimer = clock.after(purgeEveryMs, () => {
      void Promise.all([wal.purge(maxWals), snapshotter.purge(maxSnapshots)])
        .then((removed) => {
          for (const path of removed.flat()) log.info("purged", { path });
        })
        .catch((error: Error) => log.warn("failed to purge", { error: error.message }))
        .finally(() => {
          if (!this.stopped) this.schedulePurge();
        });
    });
  }
}
