/** What really is on a member's disk: its files, the records of its log, the pages of its database. Read only, a page at a time. */
import type { Damage } from "./damage.ts";

export type DataFileKind = "wal" | "snap" | "database" | "other";

export interface DataFile {
  /** below the data-dir */
  readonly name: string;
  readonly kind: DataFileKind;
  readonly bytes: number;
  readonly at: number;
}

/** One record of a WAL segment. */
export interface WalRow {
  /** of its frame in the file */
  readonly offset: number;
  readonly bytes: number;
  readonly type: "metadata" | "entry" | "state" | "crc" | "snapshot";
  /** hex, the running CRC after it */
  readonly crc: string;
  /** 0 where the record has none */
  readonly term: number;
  readonly index: number;
  /** of an entry: put, delete, txn, conf-change, ...; "" otherwise */
  readonly operation: string;
  /** what it says, in one line */
  readonly words: string;
}

export interface DatabaseMeta {
  readonly page: number;
  /** "" where it is valid; otherwise what is wrong with it */
  readonly problem: string;
  readonly txid: number;
  readonly root: number;
  /** page of the stored freelist; 0: not stored */
  readonly freelist: number;
  readonly highWater: number;
}

export interface BucketView {
  readonly name: string;
  readonly keys: number;
  readonly branchPages: number;
  /** overflow pages are counted with their first */
  readonly leafPages: number;
  readonly depth: number;
  /** the bucket lies inside its parent's leaf */
  readonly inline: boolean;
}

export interface DatabaseView {
  readonly pageSize: number;
  readonly bytes: number;
  readonly metas: readonly DatabaseMeta[];
  readonly txid: number;
  readonly pages: number;
  readonly freePages: number;
  readonly buckets: readonly BucketView[];
}

export type PageKind = "meta" | "freelist" | "branch" | "leaf" | "overflow" | "free";

export interface PageRow {
  readonly id: number;
  readonly kind: PageKind;
  /** "" where it belongs to none */
  readonly bucket: string;
  /** elements in it */
  readonly count: number;
  /** further pages that belong to it */
  readonly overflow: number;
  /** share of the page that is in use, 0 to 1 */
  readonly fill: number;
}

/** One pair of a page or bucket, or one child of a branch. */
export interface PairRow {
  /** printable */
  readonly key: string;
  /** base64: to go on after it */
  readonly rawKey: string;
  readonly bytes: number;
  /** what it means, in one line */
  readonly words: string;
  /** of a branch: the child's page; 0 otherwise */
  readonly child: number;
}

export interface PageView extends PageRow {
  /** of the first byte in the file */
  readonly offset: number;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly pairs: readonly PairRow[];
  /** pairs that are not in `pairs` because there are too many */
  readonly more: number;
  /** the page's first bytes, base64 */
  readonly head: string;
}

export interface SnapFileView {
  readonly term: number;
  readonly index: number;
  readonly bytes: number;
  readonly crc: string;
  /** hex ids */
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  /** the members as JSON, cut where long */
  readonly data: string;
  readonly dataBytes: number;
}

interface FileArgs {
  readonly host: string;
  /** below the data-dir, as `disk.files` names it */
  readonly file: string;
}

export interface DataDirCommands {
  "disk.files": { args: { host: string }; reply: { directory: string; files: readonly DataFile[]; more: number } };
  /** Records in file order from the `from`th on. What ends the reading is told: the file's end, unwritten zeros, or damage. */
  "disk.wal": {
    args: FileArgs & { from: number; limit: number };
    reply: { rows: readonly WalRow[]; total: number; end: number; fileBytes: number; damage: Damage | null };
  };
  "disk.snap": { args: FileArgs; reply: { snap: SnapFileView | null; damage: Damage | null } };
  "disk.database": { args: FileArgs; reply: { database: DatabaseView | null; damage: Damage | null } };
  "disk.pages": { args: FileArgs & { from: number; limit: number }; reply: { rows: readonly PageRow[]; total: number; txid: number } };
  "disk.page": { args: FileArgs & { page: number }; reply: { page: PageView | null; damage: Damage | null } };
  /** Pairs of a bucket in key order after a key (base64, "" from the first). */
  "disk.pairs": {
    args: FileArgs & { bucket: string; after: string; limit: number };
    reply: { pairs: readonly PairRow[]; more: boolean; damage: Damage | null };
  };
}
