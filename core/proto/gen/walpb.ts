/** Records of the write-ahead log (etcd server, walpb). `required` as in raftpb.
 * Generated from schema/walpb.proto by tools/protogen; do not edit. */
import { codec, readDelimited, sizeBytes, sizeDelimited, sizeInt, sizeUint, type Codec } from "../wire.ts";
import * as raftpb from "./raftpb.ts";

export interface Record {
  type: number;
  crc: number;
  data: Buffer | undefined;
}
export const Record: Codec<Record> = codec<Record>({
  name: "walpb.Record",
  fields: [
    { no: 1, name: "type", key: "type", kind: "int64", repeated: false, optional: false, big: false },
    { no: 2, name: "crc", key: "crc", kind: "uint32", repeated: false, optional: false, big: false },
    { no: 3, name: "data", key: "data", kind: "bytes", repeated: false, optional: true, big: false },
  ],
  create: (init) => ({ type: 0, crc: 0, data: undefined, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeInt(message.type);
    size += 1 + sizeUint(message.crc);
    if (message.data !== undefined) size += 1 + sizeBytes(message.data);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.int(message.type);
    writer.uint(16); writer.uint(message.crc);
    if (message.data !== undefined) { writer.uint(26); writer.bytes(message.data); }
  },
  read(reader, end) {
    const message = Record.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.type = reader.int(end);
          break;
        case 16:
          message.crc = reader.uint32(end);
          break;
        case 26:
          message.data = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, Record);
      }
    }
    return message;
  },
});

export interface Snapshot {
  index: number;
  term: number;
  confState: raftpb.ConfState | undefined;
}
export const Snapshot: Codec<Snapshot> = codec<Snapshot>({
  name: "walpb.Snapshot",
  fields: [
    { no: 1, name: "index", key: "index", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 2, name: "term", key: "term", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 3, name: "conf_state", key: "confState", kind: "message", repeated: false, optional: true, big: false, message: () => raftpb.ConfState as Codec<unknown> },
  ],
  create: (init) => ({ index: 0, term: 0, confState: undefined, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeUint(message.index);
    size += 1 + sizeUint(message.term);
    if (message.confState !== undefined) size += 1 + sizeDelimited(raftpb.ConfState.size(message.confState));
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.uint(message.index);
    writer.uint(16); writer.uint(message.term);
    if (message.confState !== undefined) { writer.uint(26); writer.uint(raftpb.ConfState.size(message.confState)); raftpb.ConfState.write(message.confState, writer); }
  },
  read(reader, end) {
    const message = Snapshot.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.index = reader.uint(end);
          break;
        case 16:
          message.term = reader.uint(end);
          break;
        case 26:
          message.confState = readDelimited(raftpb.ConfState, reader, end);
          break;
        default:
          reader.skip(key, end, Snapshot);
      }
    }
    return message;
  },
});
