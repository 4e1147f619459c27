/** Random bytes, and valid ones changed at a few places: what the decoders are to take without harm. */
import { type Random, seededRandom } from "../../core/platform/random.ts";

/** Cases of each target; `FUZZ_CASES=100000` for the long form, `FUZZ_SEED` for other ones. */
export const CASES = Number(process.env.FUZZ_CASES ?? 2000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Long runs need their time. */
export const FUZZ_TIMEOUT_MS = 30_000 + CASES * 20;

/** What one case may leave allocated outside the heap: far above any input here, far below what a lying length asks for. */
const ALLOCATION_BYTES_MAX = 128 * 1024 * 1024;

export interface Case {
  readonly random: Random;
  readonly input: Buffer;
}

/**
 * Runs `take` with inputs made from `samples`.
 * @throws Error naming the case, with its input, where `take` throws what `declared` does not know, or allocates without bound
 */
export async function fuzz(
  samples: readonly Buffer[],
  take: (input: Buffer, random: Random) => unknown,
  declared: (error: unknown) => boolean,
  cases = CASES,
): Promise<void> {
  for (let index = 0; index < cases; index++) {
    const random = seededRandom(SEED * 1_000_003 + index);
    const input = index % 8 === 0 || samples.length === 0 ? randomBytes(random, random.below(300)) : mutated(samples[random.below(samples.length)]!, random);
    const before = process.memoryUsage.rss();
    try {
      await take(input, random);
    } catch (error) {
      if (!declared(error)) throw new Error(`case ${index} of seed ${SEED}: ${String(error)}\ninput ${shown(input)}`, { cause: error });
    }
    const grown = process.memoryUsage.rss() - before;
    if (grown > ALLOCATION_BYTES_MAX) throw new Error(`case ${index} of seed ${SEED} took ${grown} bytes\ninput ${shown(input)}`);
  }
}

const shown = (input: Buffer): string => input.subarray(0, 400).toString("base64");

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

const EDGES: readonly Buffer[] = ["00", "ff", "7f", "80", "ffffffff", "7fffffff", "ffffffffffffffff", "ffffffffffffff7f", "ffffffffffffffffff01", "8080808080808080808001", "0000000000000000", "feffffff0f"].map((hex) =>
  Buffer.from(hex, "hex"),
);

export function mutated(sample: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(sample);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(bytes.length + 1);
    const length = random.below(Math.min(64, bytes.length - at + 1));
    switch (random.below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random.below(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), randomBytes(random, random.below(20)), bytes.subarray(at)]);
        break;
      default: {
        const edge = EDGES[random.below(EDGES.length)]!;
        edge.copy(bytes, at, 0, Math.min(edge.length, bytes.length - at));
      }
    }
  }
  return Buffer.from(bytes);
}
