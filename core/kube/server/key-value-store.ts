/**
 * What an API server needs of etcd, and no more: keys and values at revisions, transactions on one key, watches. etcd itself
 * is behind it (etcd-store.ts), and a map in tests.
 */

export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly modRevision: number;
}

export interface Page {
  readonly items: readonly KeyValue[];
  /** of the whole range */
  readonly count: number;
  /** there are more keys behind the last */
  readonly more: boolean;
  /** the store's, when it answered */
  readonly revision: number;
}

export type Written =
  | { readonly done: true; readonly revision: number }
  /** the key was at another revision: what stands there now */
  | { readonly done: false; readonly current: KeyValue | undefined; readonly revision: number };

export interface KeyEvent {
  readonly type: "put" | "delete";
  readonly key: string;
  /** of a delete: empty */
  readonly value: Buffer;
  /** before this event; undefined where there was none */
  readonly previous: KeyValue | undefined;
  readonly created: boolean;
  readonly revision: number;
}

export interface KeyWatchListener {
  /** all events of one answer, in order */
  events(events: readonly KeyEvent[]): void;
  /** nothing has happened up to this revision that was not told */
  progress(revision: number): void;
  /** it is over */
  failed(error: StoreError): void;
}

/** Why the store did not do it. "compacted" and "future" are about the revision that was asked for. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    readonly code: "compacted" | "future" | "unavailable" | "other",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface KeyValueStore {
  /** One key, linearizable. @throws StoreError */
  get(key: string): Promise<{ readonly found: KeyValue | undefined; readonly revision: number }>;
  /** Keys from `start` up to `end`, ordered. @param limit 0: all. @param revision 0: now. @throws StoreError */
  range(start: string, end: string, limit: number, revision: number): Promise<Page>;
  /** Puts if the key is at that revision, 0 meaning that it is not there. @param ttl s; 0: none. @throws StoreError */
  put(key: string, atRevision: number, value: Buffer, ttl: number): Promise<Written>;
  /** Deletes if the key is at that revision. @throws StoreError */
  delete(key: string, atRevision: number): Promise<Written>;
  /** Events of all keys with this prefix, from that revision on. */
  watch(prefix: string, fromRevision: number, listener: KeyWatchListener): { cancel(): void };
  /** Has all watches tell their progress. */
  askProgress(): void;
}

/** The first string behind all that begin with this prefix, for prefixes that end in "/". */
export function endOf(prefix: string): string {
  return `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
}
