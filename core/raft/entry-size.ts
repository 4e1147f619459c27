/** Sizes of entries: encoded bytes bound messages and pages, payload bytes bound the uncommitted tail and the flow to a follower. */
import { Entry } from "../proto/gen/raftpb.ts";

/** Encoded bytes (protobuf, as etcd 3.6 writes them). */
export function encodedSize(entries: readonly Entry[]): number {
  let size = 0;
  for (const entry of entries) size += Entry.size(entry);
  return size;
}

/** Bytes of data alone. An empty entry (a new leader's, or one that leaves a joint configuration) counts nothing. */
export function payloadSize(entries: readonly Entry[]): number {
  let size = 0;
  for (const entry of entries) if (entry.data !== undefined) size += entry.data.length;
  return size;
}

/** Entries of `source` from position `from` to `to`, cut so that they take at most `maxSize` encoded bytes, but at least one. */
export function sliceWithin(source: readonly Entry[], from: number, to: number, maxSize: number): Entry[] {
  if (maxSize === Infinity || to - from <= 1) return source.slice(from, to);
  let size = Entry.size(source[from]!);
  let end = from + 1;
  for (; end < to; end++) {
    size += Entry.size(source[end]!);
    if (size > maxSize) break;
  }
  return source.slice(from, end);
}
