/**
 * The disk as the core sees it: just what WAL, snapshots and bbolt need, so that a simulated disk (with torn and lost
 * writes) and a faulty one (slow, full, failing fsync) can stand in for the real one.
 * Paths are absolute. Every failure is a DiskError; nothing is retried or swallowed here.
 */

export class DiskError extends Error {
  override readonly name = "DiskError";
  constructor(
    /** the call that failed: open, write, fdatasync, ... */
    readonly operation: string,
    readonly path: string,
    /** errno name: ENOSPC, EIO, ENOENT, ... */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface DiskFile {
  readonly path: string;
  /** Current length in bytes. */
  size(): number;
  /** Reads at `position`; returns bytes read, fewer than asked only at the end. Blocks: for reads the page cache serves. */
  readSync(target: Buffer, position: number): number;
  read(target: Buffer, position: number): Promise<number>;
  /** Writes all buffers one after the other from `position`; done means handed to the kernel, not durable. */
  write(buffers: readonly Buffer[], position: number): Promise<void>;
  /** Extends to `size` bytes of zeros where shorter, with space reserved where the platform can. */
  allocate(size: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /**
   * Data and length durable when done. Runs off the event loop, unless `few` says that few bytes are to be written, and the
   * disk has lately been quicker than a change of threads.
   */
  datasync(few?: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** @param mode read: must exist; write: read-write, must exist; create: read-write, made empty where absent (0600) */
  open(path: string, mode: "read" | "write" | "create"): Promise<DiskFile>;
  exists(path: string): Promise<boolean>;
  /** Names in a directory, sorted. */
  list(path: string): Promise<string[]>;
  /** Makes a directory with its parents, mode 0700. */
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all in it; absent is no error. */
  remove(path: string): Promise<void>;
  /** Makes entries of the directory durable (fsync of a directory). */
  syncDirectory(path: string): Promise<void>;
  /**
   * Takes the one lock that members and offline tools of ours hold while they write to `path`.
   * @throws DiskError code EWOULDBLOCK when another process has it
   */
  lock(path: string): Promise<{ release(): Promise<void> }>;
}
