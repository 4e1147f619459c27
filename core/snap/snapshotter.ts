/**
 * The snapshots of one member (member/snap): .snap files written by it, and databases received from peers
 * (etcd server/etcdserver/api/snap). What is no longer readable is set aside as *.broken, never deleted.
 */
import { join } from "node:path";
import type { Clock } from "../platform/clock.ts";
import type { Disk } from "../platform/disk.ts";
import type { DiskMeters } from "../platform/meters.ts";
import type { Snapshot } from "../proto/gen/raftpb.ts";
import { SnapError } from "./snap-error.ts";
import { databaseIndex, databaseName, decodeSnapFile, encodeSnapFile, snapName } from "./snap-file.ts";

export interface SnapshotterOptions {
  /** with a clock to measure by */
  readonly meters?: DiskMeters;
  readonly clock?: Clock;
  /** told about each file set aside or left over, for the log */
  readonly onWarning?: (message: string, path: string, error?: Error) => void;
}

const suffix = ".snap";

export class Snapshotter {
  private received = 0;

  constructor(
    private readonly disk: Disk,
    /** absolute path of member/snap */
    readonly directory: string,
    private readonly options: SnapshotterOptions = {},
  ) {}

  /**
   * Writes `<term>-<index>.snap` durably; a partial file is removed. The WAL's snapshot record comes after this.
   * An empty snapshot (index 0) is not written.
   * @returns the path, undefined for an empty snapshot
   * @throws DiskError
   */
  async save(snapshot: Snapshot): Promise<string | undefined> {
    if (snapshot.metadata.index === 0) return undefined;
    const path = join(this.directory, snapName(snapshot.metadata.term, snapshot.metadata.index));
    const begun = this.now();
    const { meters } = this.options;
    try {
      const encoded = encodeSnapFile(snapshot);
      meters?.snapMarshalling.observe(this.now() - begun);
      const writing = this.now();
      await this.writeWhole(path, encoded);
      meters?.snapSync.observe(this.now() - writing);
      meters?.snapSave.observe(this.now() - begun);
    } catch (error) {
      await this.disk.remove(path).catch((second: Error) => this.warn("failed to remove a broken snap file", path, second));
      throw error;
    }
    return path;
  }

  /**
   * The newest readable snapshot that `matches`. Unreadable ones are renamed to *.broken on the way.
   * @returns undefined when there is none (etcd: `snap: no available snapshot`)
   */
  async load(matches: (snapshot: Snapshot) => boolean = () => true): Promise<Snapshot | undefined> {
    for (const name of await this.names()) {
      const path = join(this.directory, name);
      const snapshot = await this.readOrSetAside(path);
      if (snapshot && matches(snapshot)) return snapshot;
    }
    return undefined;
  }

  /** The newest readable snapshot of those the WAL has recorded and committed. */
  loadNewest(recorded: readonly { readonly index: number; readonly term: number }[]): Promise<Snapshot | undefined> {
    return this.load(({ metadata }) => recorded.some((each) => each.term === metadata.term && each.index === metadata.index));
  }

  /** @throws SnapError, DiskError */
  async read(path: string): Promise<Snapshot> {
    const file = await this.disk.open(path, "read");
    try {
      const bytes = Buffer.alloc(file.size());
      const count = await file.read(bytes, 0);
      return decodeSnapFile(bytes.subarray(0, count), path);
    } finally {
      await file.close();
    }
  }

  /** Where the database for a snapshot at `index` stands. @throws SnapError snap.no_database */
  async databasePath(index: number): Promise<string> {
    const path = join(this.directory, databaseName(index));
    if (await this.disk.exists(path)) return path;
    throw new SnapError("snap.no_database", "snap: snapshot file doesn't exist", { path });
  }

  /**
   * Stores a peer's database durably as `<index>.snap.db`; one that is there already is kept.
   * @returns bytes received
   * @throws DiskError, or what `chunks` throws; the partial file is removed
   */
  async receiveDatabase(chunks: AsyncIterable<Buffer>, index: number): Promise<number> {
    const temporary = join(this.directory, `tmp${this.received++}`);
    let bytes = 0;
    const begun = this.now();
    try {
      await this.disk.remove(temporary);
      const file = await this.disk.open(temporary, "create");
      try {
        for await (const chunk of chunks) {
          await file.write([chunk], bytes);
          bytes += chunk.length;
        }
        const syncing = this.now();
        await file.datasync();
        this.options.meters?.receivedSync.observe(this.now() - syncing);
      } finally {
        await file.close();
      }
      const path = join(this.directory, databaseName(index));
      if (await this.disk.exists(path)) await this.disk.remove(temporary);
      else {
        await this.disk.rename(temporary, path);
        await this.disk.syncDirectory(this.directory);
      }
    } catch (error) {
      await this.disk.remove(temporary).catch((second: Error) => this.warn("failed to remove a partial database", temporary, second));
      throw error;
    }
    this.options.meters?.receivedSave.observe(this.now() - begun);
    return bytes;
  }

  /** Seconds, for the meters. */
  private now(): number {
    return (this.options.clock?.monotonic() ?? 0) / 1000;
  }

  /** Deletes received databases older than a snapshot at `index`. @returns paths */
  async releaseDatabases(index: number): Promise<string[]> {
    return this.removeAll((name) => {
      const at = databaseIndex(name);
      return at !== undefined && at < index;
    });
  }

  /** Deletes what a crash left of receiving and of defragmentation; for the start of a member. @returns paths */
  async removeLeftovers(): Promise<string[]> {
    return this.removeAll((name) => name.startsWith("tmp") || name.startsWith("db.tmp"));
  }

  /**
   * Keeps the `keep` newest .snap files, and as many received databases (--max-snapshots); 0 keeps all.
   * @returns paths removed
   */
  async purge(keep: number): Promise<string[]> {
    if (keep <= 0) return [];
    const names = await this.disk.list(this.directory);
    const surplus = (ending: string): string[] => names.filter((name) => name.endsWith(ending)).slice(0, -keep);
    const doomed = new Set([...surplus(suffix), ...surplus(".snap.db")]);
    return this.removeAll((name) => doomed.has(name));
  }

  /** Names of .snap files, newest first: descending as text, which is by term, then index. */
  private async names(): Promise<string[]> {
    const names: string[] = [];
    for (const name of await this.disk.list(this.directory)) {
      const path = join(this.directory, name);
      if (name.startsWith("db.tmp")) {
        this.warn("found orphaned defragmentation file; deleting", path);
        await this.disk.remove(path);
      } else if (name.endsWith(suffix)) names.push(name);
      else if (name !== "db") this.warn("found unexpected non-snap file; skipping", path);
    }
    return names.sort().reverse();
  }

  private async readOrSetAside(path: string): Promise<Snapshot | undefined> {
    try {
      return await this.read(path);
    } catch (error) {
      this.warn("failed to read a snap file", path, error as Error);
      const broken = `${path}.broken`;
      await this.disk.rename(path, broken).catch((second: Error) => this.warn("failed to rename a broken snap file", broken, second));
      return undefined;
    }
  }

  private async writeWhole(path: string, bytes: Buffer): Promise<void> {
    const file = await this.disk.open(path, "create");
    try {
      await file.truncate(0);
      await file.write([bytes], 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    // beyond what etcd does: the WAL is going to name this file, so its name must survive as surely as its bytes
    await this.disk.syncDirectory(this.directory);
  }

  private async removeAll(isDoomed: (name: string) => boolean): Promise<string[]> {
    const paths = (await this.disk.list(this.directory)).filter(isDoomed).map((name) => join(this.directory, name));
    for (const path of paths) await this.disk.remove(path);
    return paths;
  }

  private warn(message: string, path: string, error?: Error): void {
    this.options.onWarning?.(message, path, error);
  }
}
