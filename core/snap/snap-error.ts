/** What can be wrong with a .snap file or a received database; texts are etcd's (server/etcdserver/api/snap). */

export type SnapErrorCode = "snap.empty" | "snap.crc" | "snap.record" | "snap.none" | "snap.no_database" | "snap.short_database";

export class SnapError extends Error {
  override readonly name = "SnapError";
  readonly path: string;
  /** byte at which the checked data begins */
  readonly offset: number | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;

  constructor(
    readonly code: SnapErrorCode,
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
