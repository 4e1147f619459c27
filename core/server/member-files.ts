/**
 * The folder of a member, and how its parts are brought together at a start (etcd server/storage/datadir,
 * server/etcdserver/bootstrap.go, server/storage/backend.go): which snapshot counts, which database belongs to it, and
 * what must be refused because files contradict each other.
 */
import { join } from "node:path";
import { openBackend } from "../backend/open-backend.ts";
import type { Backend, BackendOptions } from "../backend/backend.ts";
import { decodeV2Snapshot } from "../membership/v2-snapshot.ts";
import type { Clock } from "../platform/clock.ts";
import type { Disk } from "../platform/disk.ts";
import type { Snapshot } from "../proto/gen/raftpb.ts";
import { Snapshotter } from "../snap/snapshotter.ts";
import { SnapError } from "../snap/snap-error.ts";
import { type WalContents, validSnapshotEntries, walExists } from "../wal/read-records.ts";
import { repairWal } from "../wal/repair.ts";
import { Wal, type WalOptions } from "../wal/wal.ts";
import { WalError } from "../wal/wal-error.ts";
import { CONSISTENT_INDEX_KEY, consistentIndexOf } from "./database-marks.ts";
import type { Log } from "./log.ts";
import { validateSchema } from "./schema-version.ts";

/** Files that contradict each other. The text is etcd's where it has one. */
class MemberFilesError extends Error {
  override readonly name = "MemberFilesError";
  readonly code = "server.files";
}

export interface FolderNames {
  readonly member: string;
  readonly snap: string;
  readonly wal: string;
  readonly database: string;
}

function folderNames(dataDir: string, walDir: string | undefined): FolderNames {
  const member = join(dataDir, "member");
  return { member, snap: join(member, "snap"), wal: walDir ?? join(member, "wal"), database: join(member, "snap", "db") };
}

export interface OpenFiles {
  readonly names: FolderNames;
  readonly snapshotter: Snapshotter;
  readonly backend: Backend;
  readonly haveWal: boolean;
  /** the database file was there before */
  readonly hadDatabase: boolean;
  /** newest snapshot that the WAL knows as committed */
  readonly snapshot: Snapshot | undefined;
}

export interface FilesOptions {
  readonly dataDir: string;
  readonly walDir: string | undefined;
  readonly backend: BackendOptions;
}

/** Proves that a folder can be written, as etcd does. @throws DiskError */
async function touch(disk: Disk, directory: string): Promise<void> {
  await disk.makeDirectory(directory);
  const probe = join(directory, ".touch");
  const file = await disk.open(probe, "create");
  await file.close();
  await disk.remove(probe);
}

/** Opens database and snapshots. @throws DiskError, SnapError, WalError, MemberFilesError */
export async function openFiles(disk: Disk, clock: Clock, options: FilesOptions, log: Log): Promise<OpenFiles> {
  const names = folderNames(options.dataDir, options.walDir);
  await touch(disk, options.dataDir);
  await touch(disk, names.member);
  await touch(disk, names.snap);
  const snapshotter = new Snapshotter(disk, names.snap, {
    clock,
    ...(options.backend.meters === undefined ? {} : { meters: options.backend.meters }),
    onWarning: (message, path, error) => log.warn(message, { path, ...(error === undefined ? {} : { error: error.message }) }),
  });
  await snapshotter.removeLeftovers();

  const haveWal = await walExists(disk, names.wal);
  const hadDatabase = await disk.exists(names.database);
  let backend = await openBackend(disk, clock, names.database, options.backend);
  try {
    const index = consistentIndexOf(backend);
    log.info("restore consistentIndex", { index });
    let snapshot: Snapshot | undefined;
    if (haveWal) {
      snapshot = await snapshotter.loadNewest(await validSnapshotEntries(disk, names.wal));
      if (snapshot === undefined) log.info("No snapshot found. Recovering WAL from scratch!");
      else {
        const { metadata } = snapshot;
        refuseV2Keys(snapshot);
        log.info("recovered v2 store from snapshot", { "snapshot-index": metadata.index, "snapshot-size": `${snapshot.data?.length ?? 0} B` });
        if (metadata.index > (hadDatabase ? index : 0)) {
          log.info("Recovering from snapshot backend", { "consistent-index": index, "snapshot-index": metadata.index });
          await backend.close();
          backend = await openReceived(disk, clock, snapshotter, names, metadata, options.backend);
        }
        const found = consistentIndexOf(backend);
        if (hadDatabase && found < metadata.index) {
          if (found !== 0) throw new MemberFilesError(`database file (${names.database} index ${found}) does not match with snapshot (index ${metadata.index})`);
          log.warn("consistent index was never saved", { "snapshot-index": metadata.index });
        }
      }
    }
    if (hadDatabase) {
      log.info("recovered v3 backend", { "backend-size-bytes": backend.size(), "backend-size-in-use-bytes": backend.sizeInUse() });
      validateSchema(backend, log);
    }
    return { names, snapshotter, backend, haveWal, hadDatabase, snapshot };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** User keys of the v2 store: 3.6 has no API for them any more. @throws MemberFilesError */
function refuseV2Keys({ data }: Snapshot): void {
  if (data === undefined || data.length === 0 || !decodeV2Snapshot(data).hasCustomContent) return;
  throw new MemberFilesError("detected disallowed custom content in v2store for stage --v2-deprecation=write-only");
}

/**
 * Puts a database received from a peer in the place of the member's own and opens it.
 * @param at of the snapshot that it came with
 * @throws SnapError
 */
export async function openReceived(
  disk: Disk,
  clock: Clock,
  snapshotter: Snapshotter,
  names: FolderNames,
  at: { readonly index: number },
  options: BackendOptions,
): Promise<Backend> {
  let received: string;
  try {
    received = await snapshotter.databasePath(at.index);
  } catch (error) {
    if (!(error instanceof SnapError)) throw error;
    throw new SnapError(error.code, `failed to find database snapshot file (${error.message})`, { path: error.path, cause: error });
  }
  await raiseIndex(disk, clock, received, at.index, options);
  await disk.rename(received, names.database);
  await disk.syncDirectory(names.snap);
  return openBackend(disk, clock, names.database, options);
}

/**
 * Brings the index in a received database up to its snapshot's, before it takes its name: 3.4 does not count
 * configuration changes there, and a database that lags behind its snapshot would be refused at the next start.
 */
async function raiseIndex(disk: Disk, clock: Clock, path: string, index: number, options: BackendOptions): Promise<void> {
  const reader = await openBackend(disk, clock, path, { ...options, readOnly: true });
  const found = consistentIndexOf(reader);
  await reader.close();
  if (found >= index) return;
  const backend = await openBackend(disk, clock, path, options);
  try {
    const value = Buffer.alloc(8);
    value.writeBigUInt64BE(BigInt(index));
    backend.put("meta", CONSISTENT_INDEX_KEY, value);
    await backend.commit();
  } finally {
    await backend.close();
  }
}

export interface OpenWal {
  readonly wal: Wal;
  readonly contents: WalContents;
}

/** Opens the log at the snapshot, repairing a torn end at most once. @throws WalError what cannot be repaired */
export async function openWal(disk: Disk, directory: string, snapshot: Snapshot | undefined, options: WalOptions, log: Log): Promise<OpenWal> {
  const at = { index: snapshot?.metadata.index ?? 0, term: snapshot?.metadata.term ?? 0 };
  for (let repaired = false; ; repaired = true) {
    const wal = await Wal.open(disk, directory, at, options);
    try {
      return { wal, contents: await wal.readAll() };
    } catch (error) {
      await wal.close();
      if (repaired || !(error instanceof WalError) || error.code !== "wal.torn") throw error;
      const { path, truncatedAt } = await repairWal(disk, directory);
      log.info("repaired WAL", { path, "truncated-at": truncatedAt, error: error.message });
    }
  }
}
