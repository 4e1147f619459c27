/**
 * Everything that can be wrong with a bbolt database or with a call to it. Messages that bbolt itself gives
 * (bbolt errors/errors.go) are word for word the same.
 */

export type BboltErrorCode =
  /** both meta pages are unusable, or the file is not a bbolt database */
  | "bbolt.invalid_database"
  /** the file is shorter than its meta page says */
  | "bbolt.truncated"
  /** a page is not what its place in the file or in the tree demands */
  | "bbolt.page_damaged"
  /** pages are sound by themselves, but the tree that they form is not */
  | "bbolt.tree_damaged"
  | "bbolt.freelist_damaged"
  /** an earlier commit failed on disk: nothing may be written any more */
  | "bbolt.failed"
  | "bbolt.closed"
  | "bbolt.read_only"
  | "bbolt.busy"
  | "bbolt.bucket_not_found"
  | "bbolt.bucket_exists"
  | "bbolt.name_required"
  | "bbolt.key_required"
  | "bbolt.key_too_large"
  | "bbolt.value_too_large"
  | "bbolt.incompatible_value";

export interface BboltErrorDetail {
  readonly path?: string;
  /** byte position in the file */
  readonly offset?: number;
  readonly expected?: string;
  readonly found?: string;
}

export class BboltError extends Error {
  override readonly name = "BboltError";
  readonly path: string | undefined;
  readonly offset: number | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;

  constructor(
    readonly code: BboltErrorCode,
    message: string,
    detail: BboltErrorDetail = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.path = detail.path;
    this.offset = detail.offset;
    this.expected = detail.expected;
    this.found = detail.found;
  }
}

/** Damage at a place in a file, in one sentence that says where, what should be there and what is. */
export function damaged(
  code: BboltErrorCode,
  path: string,
  offset: number,
  what: string,
  expected: string | number,
  found: string | number,
): BboltError {
  const detail = { path, offset, expected: String(expected), found: String(found) };
  return new BboltError(code, `${path} at offset ${offset}: ${what}: expected ${detail.expected}, found ${detail.found}`, detail);
}
