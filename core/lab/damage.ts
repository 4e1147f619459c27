/** What the readers of files throw, as damage with the place it is at, in the host's own names. */
import { BboltError } from "../bbolt/errors.ts";
import { DiskError } from "../platform/disk.ts";
import { SnapError } from "../snap/snap-error.ts";
import { WalError } from "../wal/wal-error.ts";
import type { Damage } from "./contract/damage.ts";

/** A whole page holds a record that cannot be what its bucket holds. */
export class UnreadableRecord extends Error {
  override readonly name = "UnreadableRecord";
  constructor(
    readonly bucket: string,
    readonly key: Buffer,
    readonly expected: string,
    readonly found: string,
    options?: ErrorOptions,
  ) {
    super(`bucket ${bucket}, key ${key.toString("hex")}: expected ${expected}, found ${found}`, options);
  }
}

/** @param file as the host sees it. @throws what is no word about a file */
export function damageOf(error: unknown, file: string, real: string): Damage {
  if (error instanceof BboltError || error instanceof WalError || error instanceof SnapError) {
    const { offset, expected = "", found = "" } = error;
    return { file, offset: offset ?? null, expected, found, text: error.message.replaceAll(real, file) };
  }
  if (error instanceof UnreadableRecord) return { file, offset: null, expected: error.expected, found: error.found, text: `${file}: ${error.message}` };
  if (error instanceof DiskError) return { file, offset: null, expected: "", found: error.code, text: error.message.replaceAll(real, file) };
  throw error;
}
