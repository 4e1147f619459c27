/** A range over the database and the writes that are not in it yet, newer ones first. */
import type { Bucket } from "../bbolt/bucket.ts";
import { compareKeys } from "../bbolt/bytes.ts";
import type { KeyValuePair } from "./backend.ts";
import type { BucketBuffer, BufferedWrite } from "./write-buffer.ts";

/**
 * @param stored undefined where the database has no such bucket
 * @param buffers newest first
 * @param end undefined: to the end of the bucket @param limit 0: no limit
 */
export function mergedRange(
  stored: Bucket | undefined,
  buffers: readonly BucketBuffer[],
  start: Buffer,
  end: Buffer | undefined,
  limit: number,
): KeyValuePair[] {
  const result: KeyValuePair[] = [];
  if (end !== undefined && compareKeys(start, end) >= 0) return result;
  const most = limit > 0 ? limit : Infinity;
  const overlay = overlayOf(buffers, start, end);
  const cursor = stored?.cursor();
  let more = cursor !== undefined && (start.length === 0 ? cursor.first() : cursor.seek(start));
  let next = overlay.next();
  while (result.length < most) {
    let key: Buffer | undefined;
    if (more && cursor !== undefined) {
      key = cursor.key;
      if (end !== undefined && compareKeys(key, end) >= 0) {
        more = false;
        key = undefined;
      }
    }
    if (key === undefined && next.done === true) break;
    const order = key === undefined ? 1 : next.done === true ? -1 : compareKeys(key, next.value.key);
    if (order < 0 && cursor !== undefined) {
      if (!cursor.isBucket) result.push({ key: key as Buffer, value: cursor.value });
      more = cursor.next();
      continue;
    }
    const write = next.value as BufferedWrite;
    if (write.value !== undefined) result.push({ key: write.key, value: write.value });
    next = overlay.next();
    if (order === 0 && cursor !== undefined) more = cursor.next();
  }
  return result;
}

/** The buffered writes of a range in byte order; of one key, the one in the newest buffer. */
function* overlayOf(buffers: readonly BucketBuffer[], start: Buffer, end: Buffer | undefined): Generator<BufferedWrite, undefined> {
  const startName = start.toString("latin1");
  const endName = end?.toString("latin1");
  const sources = buffers
    .filter((buffer) => buffer.size > 0)
    .map((buffer) => ({ buffer, names: buffer.sortedNames(), at: buffer.lowerBound(startName) }));
  for (;;) {
    let least: string | undefined;
    let newest: BucketBuffer | undefined;
    for (const source of sources) {
      const name = source.names[source.at];
      if (name === undefined || (endName !== undefined && name >= endName)) continue;
      if (least === undefined || name < least) {
        least = name;
        newest = source.buffer;
      }
    }
    if (least === undefined || newest === undefined) return undefined;
    for (const source of sources) if (source.names[source.at] === least) source.at++;
    yield newest.get(least) as BufferedWrite;
  }
}
