/** zlib on its threads, quick rather than small: recording goes on all the time. */
import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";

const deflateAsync = promisify<Buffer, { level: number }, Buffer>(deflateRaw);
const LEVEL = 1;

export function deflateQuickly(bytes: Buffer): Promise<Buffer> {
  return deflateAsync(bytes, { level: LEVEL });
}
