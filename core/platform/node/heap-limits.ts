/**
 * How much memory a member's heap takes beside what lives in it. What a member writes lives for a tenth of a second, in the
 * backend's batch and in raft's log, and so dies old: V8 would let a small heap quadruple before it looks for such garbage, and lets
 * the young generation take 32 MB, of which no more than a quarter is of use here. Both are V8's own switches, which it reads as it
 * goes. (`--max-semi-space-size` would do for the second, but is read only from a command line.)
 */
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Growth between two collections of the whole heap. */
const GROWTH_PERCENT = 80;
/** Both halves of the young generation. */
const YOUNG_BYTES = 8 * 1024 * 1024;
/** V8's steps are powers of two; none is larger than this. */
const LARGEST_STEP = 4;
/** A start is not to wait for what watches the heap, ms. */
const LATER_MS = 500;

/** By how much a young generation of so many bytes may be multiplied. */
export function growthFactor(bytes: number): number {
  return Math.min(LARGEST_STEP, Math.max(1, Math.floor(YOUNG_BYTES / Math.max(1, bytes))));
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_size ?? YOUNG_BYTES;
}

/** Of this process, from now on. @returns ends the watching; what was set stays */
export function limitHeap(): () => void {
  let factor = 1;
  const allow = (wanted: number): void => {
    factor = wanted;
    setFlagsFromString(`--semi-space-growth-factor=${wanted}`);
  };
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  allow(1);
  const observer: { current?: PerformanceObserver } = {};
  const later = setTimeout(() => {
    // it may shrink while there is nothing to do, and is to grow again then
    observer.current = new PerformanceObserver(() => {
      const wanted = growthFactor(youngBytes());
      if (wanted !== factor) allow(wanted);
    });
    observer.current.observe({ entryTypes: ["gc"] });
  }, LATER_MS);
  later.unref();
  return () => {
    clearTimeout(later);
    observer.current?.disconnect();
  };
}
