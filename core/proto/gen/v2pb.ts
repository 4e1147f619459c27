/** The v2 request (etcd 3.4 api, etcdserverpb/etcdserver.proto). 3.4 and 3.5 put it bare into an entry to publish a
 * member's attributes and the cluster version. `required` as in raftpb.
 * Generated from schema/v2pb.proto by tools/protogen; do not edit. */
import { codec, sizeBig, sizeInt, sizeString, sizeUint, type Codec } from "../wire.ts";

export interface Request {
  ID: bigint;
  method: string;
  path: string;
  val: string;
  dir: boolean;
  prevValue: string;
  prevIndex: number;
  prevExist: boolean | undefined;
  expiration: number;
  wait: boolean;
  since: number;
  recursive: boolean;
  sorted: boolean;
  quorum: boolean;
  time: number;
  stream: boolean;
  refresh: boolean | undefined;
}
export const Request: Codec<Request> = codec<Request>({
  name: "etcdserverpb.Request",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "Method", key: "method", kind: "string", repeated: false, optional: false, big: false },
    { no: 3, name: "Path", key: "path", kind: "string", repeated: false, optional: false, big: false },
    { no: 4, name: "Val", key: "val", kind: "string", repeated: false, optional: false, big: false },
    { no: 5, name: "Dir", key: "dir", kind: "bool", repeated: false, optional: false, big: false },
    { no: 6, name: "PrevValue", key: "prevValue", kind: "string", repeated: false, optional: false, big: false },
    { no: 7, name: "PrevIndex", key: "prevIndex", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 8, name: "PrevExist", key: "prevExist", kind: "bool", repeated: false, optional: true, big: false },
    { no: 9, name: "Expiration", key: "expiration", kind: "int64", repeated: false, optional: false, big: false },
    { no: 10, name: "Wait", key: "wait", kind: "bool", repeated: false, optional: false, big: false },
    { no: 11, name: "Since", key: "since", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 12, name: "Recursive", key: "recursive", kind: "bool", repeated: false, optional: false, big: false },
    { no: 13, name: "Sorted", key: "sorted", kind: "bool", repeated: false, optional: false, big: false },
    { no: 14, name: "Quorum", key: "quorum", kind: "bool", repeated: false, optional: false, big: false },
    { no: 15, name: "Time", key: "time", kind: "int64", repeated: false, optional: false, big: false },
    { no: 16, name: "Stream", key: "stream", kind: "bool", repeated: false, optional: false, big: false },
    { no: 17, name: "Refresh", key: "refresh", kind: "bool", repeated: false, optional: true, big: false },
  ],
  create: (init) => ({ ID: 0n, method: "", path: "", val: "", dir: false, prevValue: "", prevIndex: 0, prevExist: undefined, expiration: 0, wait: false, since: 0, recursive: false, sorted: false, quorum: false, time: 0, stream: false, refresh: undefined, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeBig(message.ID);
    size += 1 + sizeString(message.method);
    size += 1 + sizeString(message.path);
    size += 1 + sizeString(message.val);
    size += 1 + 1;
    size += 1 + sizeString(message.prevValue);
    size += 1 + sizeUint(message.prevIndex);
    if (message.prevExist !== undefined) size += 1 + 1;
    size += 1 + sizeInt(message.expiration);
    size += 1 + 1;
    size += 1 + sizeUint(message.since);
    size += 1 + 1;
    size += 1 + 1;
    size += 1 + 1;
    size += 1 + sizeInt(message.time);
    size += 2 + 1;
    if (message.refresh !== undefined) size += 2 + 1;
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.big(message.ID);
    writer.uint(18); writer.string(message.method);
    writer.uint(26); writer.string(message.path);
    writer.uint(34); writer.string(message.val);
    writer.uint(40); writer.bool(message.dir);
    writer.uint(50); writer.string(message.prevValue);
    writer.uint(56); writer.uint(message.prevIndex);
    if (message.prevExist !== undefined) { writer.uint(64); writer.bool(message.prevExist); }
    writer.uint(72); writer.int(message.expiration);
    writer.uint(80); writer.bool(message.wait);
    writer.uint(88); writer.uint(message.since);
    writer.uint(96); writer.bool(message.recursive);
    writer.uint(104); writer.bool(message.sorted);
    writer.uint(112); writer.bool(message.quorum);
    writer.uint(120); writer.int(message.time);
    writer.uint(128); writer.bool(message.stream);
    if (message.refresh !== undefined) { writer.uint(136); writer.bool(message.refresh); }
  },
  read(reader, end) {
    const message = Request.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = reader.big(end);
          break;
        case 18:
          message.method = reader.string(end);
          break;
        case 26:
          message.path = reader.string(end);
          break;
        case 34:
          message.val = reader.string(end);
          break;
        case 40:
          message.dir = reader.bool(end);
          break;
        case 50:
          message.prevValue = reader.string(end);
          break;
        case 56:
          message.prevIndex = reader.uint(end);
          break;
        case 64:
          message.prevExist = reader.bool(end);
          break;
        case 72:
          message.expiration = reader.int(end);
          break;
        case 80:
          message.wait = reader.bool(end);
          break;
        case 88:
          message.since = reader.uint(end);
          break;
        case 96:
          message.recursive = reader.bool(end);
          break;
        case 104:
          message.sorted = reader.bool(end);
          break;
        case 112:
          message.quorum = reader.bool(end);
          break;
        case 120:
          message.time = reader.int(end);
          break;
        case 128:
          message.stream = reader.bool(end);
          break;
        case 136:
          message.refresh = reader.bool(end);
          break;
        default:
          reader.skip(key, end, Request);
      }
    }
    return message;
  },
});

export interface Metadata {
  nodeID: bigint;
  clusterID: bigint;
}
export const Metadata: Codec<Metadata> = codec<Metadata>({
  name: "etcdserverpb.Metadata",
  fields: [
    { no: 1, name: "NodeID", key: "nodeID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "ClusterID", key: "clusterID", kind: "uint64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ nodeID: 0n, clusterID: 0n, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeBig(message.nodeID);
    size += 1 + sizeBig(message.clusterID);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.big(message.nodeID);
    writer.uint(16); writer.big(message.clusterID);
  },
  read(reader, end) {
    const message = Metadata.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.nodeID = reader.big(end);
          break;
        case 16:
          message.clusterID = reader.big(end);
          break;
        default:
          reader.skip(key, end, Metadata);
      }
    }
    return message;
  },
});
