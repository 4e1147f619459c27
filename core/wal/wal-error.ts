/** What can be wrong with a write-ahead log. Texts are etcd's (server/storage/wal); the fields say where and what. */

export type WalErrorCode =
  /** the last record was cut short by a crash: repair may drop it */
  | "wal.torn"
  | "wal.crc"
  /** a checked record whose content cannot be decoded */
  | "wal.record"
  | "wal.block_type"
  | "wal.metadata_conflict"
  | "wal.snapshot_mismatch"
  | "wal.snapshot_not_found"
  | "wal.out_of_range"
  | "wal.file_not_found"
  | "wal.sequence"
  | "wal.exists"
  | "wal.locked"
  /** asked for something in the wrong state: save before readAll, readAll twice, anything after close */
  | "wal.state"
  | "wal.snapshot_invalid"
  /** a write or fsync failed earlier; nothing more is accepted */
  | "wal.failed";

export class WalError extends Error {
  override readonly name = "WalError";
  /** file or directory */
  readonly path: string;
  /** byte in the file at which the record in question starts */
  readonly offset: number | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;

  constructor(
    readonly code: WalErrorCode,
    message: string,
    where: { path: string; offset?: number; expected?: string; found?: string; cause?: unknown },
  ) {
    super(message, where.cause === undefined ? undefined : { cause: where.cause });
    this.path = where.path;
    this.offset = where.offset;
    this.expected = where.expected;
    this.found = where.found;
  }
}
