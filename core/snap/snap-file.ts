/** One .snap file: its name and its bytes (etcd server/etcdserver/api/snap/snapshotter.go). Pure. */
import { crc32c } from "../platform/crc32c.ts";
import { Snapshot } from "../proto/gen/raftpb.ts";
import { SnapshotFile } from "../proto/gen/snappb.ts";
import type { Codec } from "../proto/wire.ts";
import { SnapError } from "./snap-error.ts";

const hex16 = (value: number): string => value.toString(16).padStart(16, "0");

/** Term first: the reverse of a WAL segment's name. */
export function snapName(term: number, index: number): string {
  return `${hex16(term)}-${hex16(index)}.snap`;
}

/** Of a database that a peer sent, waiting to become `db`. */
export function databaseName(index: number): string {
  return `${hex16(index)}.snap.db`;
}

/** @returns undefined where the name is not one of `databaseName` */
export function databaseIndex(name: string): number | undefined {
  const match = /^([0-9a-f]+)\.snap\.db$/i.exec(name);
  return match ? Number.parseInt(match[1] as string, 16) : undefined;
}

export function encodeSnapFile(snapshot: Snapshot): Buffer {
  const data = Snapshot.encode(snapshot);
  return SnapshotFile.encode({ crc: crc32c(data), data });
}

/** @throws SnapError snap.empty, snap.crc, snap.record */
export function decodeSnapFile(bytes: Buffer, path: string): Snapshot {
  if (bytes.length === 0)
    throw new SnapError("snap.empty", "snap: empty snapshot", { path, offset: 0, expected: "a snapshot", found: "0 bytes" });
  const file = decodeOr(SnapshotFile, bytes, path, 0);
  const { data } = file;
  const offset = data ? data.byteOffset - bytes.byteOffset : 0;
  if (!data || data.length === 0 || file.crc === 0) {
    throw new SnapError("snap.empty", "snap: empty snapshot", {
      path,
      offset,
      expected: "data and checksum",
      found: data?.length ? "checksum 0" : "no data",
    });
  }
  const computed = crc32c(data);
  if (computed !== file.crc) {
    throw new SnapError("snap.crc", "snap: crc mismatch", { path, offset, expected: file.crc.toString(16), found: computed.toString(16) });
  }
  return decodeOr(Snapshot, data, path, offset);
}

function decodeOr<T>(codec: Codec<T>, bytes: Buffer, path: string, offset: number): T {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    const text = (cause as Error).message;
    throw new SnapError("snap.record", text, { path, offset, expected: `a ${codec.name}`, found: text, cause });
  }
}
