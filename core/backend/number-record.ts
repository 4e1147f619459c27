/** A record of eight bytes, big endian, as etcd keeps indexes, terms and revisions; and the error of a record that cannot be read. */
import type { BackendReader, BucketName } from "./backend.ts";

/** A record of a sound database file that says what it cannot say. */
export class RecordError extends Error {
  override readonly name = "RecordError";
  readonly code = "backend.bad_record";
  constructor(bucket: BucketName, key: Buffer, what: string, options?: ErrorOptions) {
    super(`bucket ${bucket}, key ${/^[\x20-\x7e]*$/.test(key.toString("latin1")) ? key.toString() : key.toString("hex")}: ${what}`, options);
  }
}

/** @returns undefined where there is none. @throws RecordError */
export function readNumber64(backend: BackendReader, bucket: BucketName, key: Buffer): number | undefined {
  const value = backend.get(bucket, key);
  if (value === undefined) return undefined;
  if (value.length !== 8) throw new RecordError(bucket, key, `${value.length} bytes, expected 8`);
  const number = value.readBigUInt64BE(0);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw new RecordError(bucket, key, `${number} is more than can be`);
  return Number(number);
}
