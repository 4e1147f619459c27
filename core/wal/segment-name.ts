/** Names of segments: `<sequence>-<first raft index>.wal`, 16 hex digits each (etcd server/storage/wal/util.go). */
import { WalError } from "./wal-error.ts";

export interface SegmentName {
  readonly name: string;
  readonly sequence: number;
  /** first raft index the segment may hold */
  readonly index: number;
}

const pattern = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/;

const hex16 = (value: number): string => value.toString(16).padStart(16, "0");

export function segmentName(sequence: number, index: number): SegmentName {
  return { name: `${hex16(sequence)}-${hex16(index)}.wal`, sequence, index };
}

/** @returns undefined for every other file of the directory: N.tmp, *.broken, strangers */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = pattern.exec(name);
  if (!match) return undefined;
  const sequence = Number.parseInt(match[1] as string, 16);
  const index = Number.parseInt(match[2] as string, 16);
  if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(index)) return undefined;
  return { name, sequence, index };
}

/** The segments among `names`, in order. @throws WalError wal.file_not_found when there is none */
export function segmentsOf(names: readonly string[], directory: string): SegmentName[] {
  const segments = names.map(parseSegmentName).filter((segment) => segment !== undefined);
  if (segments.length === 0) throw new WalError("wal.file_not_found", "wal: file not found", { path: directory });
  return segments.sort((left, right) => left.sequence - right.sequence || left.index - right.index);
}

/**
 * The segments needed to read on from `index`: the last one whose name is not past it, and all after.
 * @throws WalError wal.file_not_found, wal.sequence
 */
export function selectSegments(names: readonly string[], directory: string, index: number): SegmentName[] {
  const all = segmentsOf(names, directory);
  const first = all.findLastIndex((segment) => segment.index <= index);
  if (first < 0) {
    throw new WalError("wal.file_not_found", `wal: file not found which matches the snapshot index '${index}'`, { path: directory });
  }
  const selected = all.slice(first);
  for (const [position, segment] of selected.entries()) {
    const before = selected[position - 1];
    if (before && segment.sequence !== before.sequence + 1) {
      throw new WalError("wal.sequence", `wal: file sequence numbers (starting from ${first}) do not increase continuously`, {
        path: directory,
        expected: segmentName(before.sequence + 1, segment.index).name,
        found: segment.name,
      });
    }
  }
  return selected;
}
