/** The envelope of a .snap file (etcd server, snappb).
 * Generated from schema/snappb.proto by tools/protogen; do not edit. */
import { codec, sizeBytes, sizeUint, type Codec } from "../wire.ts";

export interface SnapshotFile {
  crc: number;
  data: Buffer | undefined;
}
export const SnapshotFile: Codec<SnapshotFile> = codec<SnapshotFile>({
  name: "snappb.SnapshotFile",
  fields: [
    { no: 1, name: "crc", key: "crc", kind: "uint32", repeated: false, optional: false, big: false },
    { no: 2, name: "data", key: "data", kind: "bytes", repeated: false, optional: true, big: false },
  ],
  create: (init) => ({ crc: 0, data: undefined, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeUint(message.crc);
    if (message.data !== undefined) size += 1 + sizeBytes(message.data);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.uint(message.crc);
    if (message.data !== undefined) { writer.uint(18); writer.bytes(message.data); }
  },
  read(reader, end) {
    const message = SnapshotFile.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.crc = reader.uint32(end);
          break;
        case 18:
          message.data = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, SnapshotFile);
      }
    }
    return message;
  },
});
