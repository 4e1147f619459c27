/** The client API (etcd api, etcdserverpb/rpc.proto of 3.6).
 * Generated from schema/etcdserverpb.proto by tools/protogen; do not edit. */
import { EMPTY, codec, readDelimited, sizeBig, sizeBytes, sizeDelimited, sizeInt, sizeString, sizeUint, type Codec, type EnumType, type MethodInfo } from "../wire.ts";
import * as mvccpb from "./mvccpb.ts";
import * as authpb from "./authpb.ts";

export const AlarmType = {
  NONE: 0,
  NOSPACE: 1,
  CORRUPT: 2,
} as const;
export const AlarmTypeEnum: EnumType = { name: "etcdserverpb.AlarmType", values: AlarmType };

export interface ResponseHeader {
  clusterId: bigint;
  memberId: bigint;
  revision: number;
  raftTerm: number;
}
export const ResponseHeader: Codec<ResponseHeader> = codec<ResponseHeader>({
  name: "etcdserverpb.ResponseHeader",
  fields: [
    { no: 1, name: "cluster_id", key: "clusterId", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "member_id", key: "memberId", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 3, name: "revision", key: "revision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "raft_term", key: "raftTerm", kind: "uint64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ clusterId: 0n, memberId: 0n, revision: 0, raftTerm: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.clusterId !== 0n) size += 1 + sizeBig(message.clusterId);
    if (message.memberId !== 0n) size += 1 + sizeBig(message.memberId);
    if (message.revision !== 0) size += 1 + sizeInt(message.revision);
    if (message.raftTerm !== 0) size += 1 + sizeUint(message.raftTerm);
    return size;
  },
  write(message, writer) {
    if (message.clusterId !== 0n) { writer.uint(8); writer.big(message.clusterId); }
    if (message.memberId !== 0n) { writer.uint(16); writer.big(message.memberId); }
    if (message.revision !== 0) { writer.uint(24); writer.int(message.revision); }
    if (message.raftTerm !== 0) { writer.uint(32); writer.uint(message.raftTerm); }
  },
  read(reader, end) {
    const message = ResponseHeader.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.clusterId = reader.big(end);
          break;
        case 16:
          message.memberId = reader.big(end);
          break;
        case 24:
          message.revision = reader.int(end);
          break;
        case 32:
          message.raftTerm = reader.uint(end);
          break;
        default:
          reader.skip(key, end, ResponseHeader);
      }
    }
    return message;
  },
});

export const RangeRequest_SortOrder = {
  NONE: 0,
  ASCEND: 1,
  DESCEND: 2,
} as const;
export const RangeRequest_SortOrderEnum: EnumType = { name: "etcdserverpb.RangeRequest.SortOrder", values: RangeRequest_SortOrder };

export const RangeRequest_SortTarget = {
  KEY: 0,
  VERSION: 1,
  CREATE: 2,
  MOD: 3,
  VALUE: 4,
} as const;
export const RangeRequest_SortTargetEnum: EnumType = { name: "etcdserverpb.RangeRequest.SortTarget", values: RangeRequest_SortTarget };

export interface RangeRequest {
  key: Buffer;
  rangeEnd: Buffer;
  limit: number;
  revision: number;
  sortOrder: number;
  sortTarget: number;
  serializable: boolean;
  keysOnly: boolean;
  countOnly: boolean;
  minModRevision: number;
  maxModRevision: number;
  minCreateRevision: number;
  maxCreateRevision: number;
}
export const RangeRequest: Codec<RangeRequest> = codec<RangeRequest>({
  name: "etcdserverpb.RangeRequest",
  fields: [
    { no: 1, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "range_end", key: "rangeEnd", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "limit", key: "limit", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "revision", key: "revision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 5, name: "sort_order", key: "sortOrder", kind: "enum", repeated: false, optional: false, big: false, enumeration: RangeRequest_SortOrderEnum },
    { no: 6, name: "sort_target", key: "sortTarget", kind: "enum", repeated: false, optional: false, big: false, enumeration: RangeRequest_SortTargetEnum },
    { no: 7, name: "serializable", key: "serializable", kind: "bool", repeated: false, optional: false, big: false },
    { no: 8, name: "keys_only", key: "keysOnly", kind: "bool", repeated: false, optional: false, big: false },
    { no: 9, name: "count_only", key: "countOnly", kind: "bool", repeated: false, optional: false, big: false },
    { no: 10, name: "min_mod_revision", key: "minModRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 11, name: "max_mod_revision", key: "maxModRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 12, name: "min_create_revision", key: "minCreateRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 13, name: "max_create_revision", key: "maxCreateRevision", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ key: EMPTY, rangeEnd: EMPTY, limit: 0, revision: 0, sortOrder: 0, sortTarget: 0, serializable: false, keysOnly: false, countOnly: false, minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.rangeEnd.length > 0) size += 1 + sizeBytes(message.rangeEnd);
    if (message.limit !== 0) size += 1 + sizeInt(message.limit);
    if (message.revision !== 0) size += 1 + sizeInt(message.revision);
    if (message.sortOrder !== 0) size += 1 + sizeInt(message.sortOrder);
    if (message.sortTarget !== 0) size += 1 + sizeInt(message.sortTarget);
    if (message.serializable) size += 1 + 1;
    if (message.keysOnly) size += 1 + 1;
    if (message.countOnly) size += 1 + 1;
    if (message.minModRevision !== 0) size += 1 + sizeInt(message.minModRevision);
    if (message.maxModRevision !== 0) size += 1 + sizeInt(message.maxModRevision);
    if (message.minCreateRevision !== 0) size += 1 + sizeInt(message.minCreateRevision);
    if (message.maxCreateRevision !== 0) size += 1 + sizeInt(message.maxCreateRevision);
    return size;
  },
  write(message, writer) {
    if (message.key.length > 0) { writer.uint(10); writer.bytes(message.key); }
    if (message.rangeEnd.length > 0) { writer.uint(18); writer.bytes(message.rangeEnd); }
    if (message.limit !== 0) { writer.uint(24); writer.int(message.limit); }
    if (message.revision !== 0) { writer.uint(32); writer.int(message.revision); }
    if (message.sortOrder !== 0) { writer.uint(40); writer.int(message.sortOrder); }
    if (message.sortTarget !== 0) { writer.uint(48); writer.int(message.sortTarget); }
    if (message.serializable) { writer.uint(56); writer.bool(message.serializable); }
    if (message.keysOnly) { writer.uint(64); writer.bool(message.keysOnly); }
    if (message.countOnly) { writer.uint(72); writer.bool(message.countOnly); }
    if (message.minModRevision !== 0) { writer.uint(80); writer.int(message.minModRevision); }
    if (message.maxModRevision !== 0) { writer.uint(88); writer.int(message.maxModRevision); }
    if (message.minCreateRevision !== 0) { writer.uint(96); writer.int(message.minCreateRevision); }
    if (message.maxCreateRevision !== 0) { writer.uint(104); writer.int(message.maxCreateRevision); }
  },
  read(reader, end) {
    const message = RangeRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.key = reader.bytes(end);
          break;
        case 18:
          message.rangeEnd = reader.bytes(end);
          break;
        case 24:
          message.limit = reader.int(end);
          break;
        case 32:
          message.revision = reader.int(end);
          break;
        case 40:
          message.sortOrder = reader.int(end);
          break;
        case 48:
          message.sortTarget = reader.int(end);
          break;
        case 56:
          message.serializable = reader.bool(end);
          break;
        case 64:
          message.keysOnly = reader.bool(end);
          break;
        case 72:
          message.countOnly = reader.bool(end);
          break;
        case 80:
          message.minModRevision = reader.int(end);
          break;
        case 88:
          message.maxModRevision = reader.int(end);
          break;
        case 96:
          message.minCreateRevision = reader.int(end);
          break;
        case 104:
          message.maxCreateRevision = reader.int(end);
          break;
        default:
          reader.skip(key, end, RangeRequest);
      }
    }
    return message;
  },
});

export interface RangeResponse {
  header: ResponseHeader | undefined;
  kvs: mvccpb.KeyValue[];
  more: boolean;
  count: number;
}
export const RangeResponse: Codec<RangeResponse> = codec<RangeResponse>({
  name: "etcdserverpb.RangeResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "kvs", key: "kvs", kind: "message", repeated: true, optional: false, big: false, message: () => mvccpb.KeyValue as Codec<unknown> },
    { no: 3, name: "more", key: "more", kind: "bool", repeated: false, optional: false, big: false },
    { no: 4, name: "count", key: "count", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, kvs: [], more: false, count: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.kvs) size += 1 + sizeDelimited(mvccpb.KeyValue.size(item));
    if (message.more) size += 1 + 1;
    if (message.count !== 0) size += 1 + sizeInt(message.count);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.kvs) { writer.uint(18); writer.uint(mvccpb.KeyValue.size(item)); mvccpb.KeyValue.write(item, writer); }
    if (message.more) { writer.uint(24); writer.bool(message.more); }
    if (message.count !== 0) { writer.uint(32); writer.int(message.count); }
  },
  read(reader, end) {
    const message = RangeResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.kvs.push(readDelimited(mvccpb.KeyValue, reader, end));
          break;
        case 24:
          message.more = reader.bool(end);
          break;
        case 32:
          message.count = reader.int(end);
          break;
        default:
          reader.skip(key, end, RangeResponse);
      }
    }
    return message;
  },
});

export interface RangeStreamResponse {
  rangeResponse: RangeResponse | undefined;
}
export const RangeStreamResponse: Codec<RangeStreamResponse> = codec<RangeStreamResponse>({
  name: "etcdserverpb.RangeStreamResponse",
  fields: [
    { no: 1, name: "range_response", key: "rangeResponse", kind: "message", repeated: false, optional: true, big: false, message: () => RangeResponse as Codec<unknown> },
  ],
  create: (init) => ({ rangeResponse: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.rangeResponse !== undefined) size += 1 + sizeDelimited(RangeResponse.size(message.rangeResponse));
    return size;
  },
  write(message, writer) {
    if (message.rangeResponse !== undefined) { writer.uint(10); writer.uint(RangeResponse.size(message.rangeResponse)); RangeResponse.write(message.rangeResponse, writer); }
  },
  read(reader, end) {
    const message = RangeStreamResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.rangeResponse = readDelimited(RangeResponse, reader, end);
          break;
        default:
          reader.skip(key, end, RangeStreamResponse);
      }
    }
    return message;
  },
});

export interface PutRequest {
  key: Buffer;
  value: Buffer;
  lease: bigint;
  prevKv: boolean;
  ignoreValue: boolean;
  ignoreLease: boolean;
}
export const PutRequest: Codec<PutRequest> = codec<PutRequest>({
  name: "etcdserverpb.PutRequest",
  fields: [
    { no: 1, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "value", key: "value", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "lease", key: "lease", kind: "int64", repeated: false, optional: false, big: true },
    { no: 4, name: "prev_kv", key: "prevKv", kind: "bool", repeated: false, optional: false, big: false },
    { no: 5, name: "ignore_value", key: "ignoreValue", kind: "bool", repeated: false, optional: false, big: false },
    { no: 6, name: "ignore_lease", key: "ignoreLease", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ key: EMPTY, value: EMPTY, lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false, ...init }),
  size(message) {
    let size = 0;
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.value.length > 0) size += 1 + sizeBytes(message.value);
    if (message.lease !== 0n) size += 1 + sizeBig(message.lease);
    if (message.prevKv) size += 1 + 1;
    if (message.ignoreValue) size += 1 + 1;
    if (message.ignoreLease) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.key.length > 0) { writer.uint(10); writer.bytes(message.key); }
    if (message.value.length > 0) { writer.uint(18); writer.bytes(message.value); }
    if (message.lease !== 0n) { writer.uint(24); writer.big(message.lease); }
    if (message.prevKv) { writer.uint(32); writer.bool(message.prevKv); }
    if (message.ignoreValue) { writer.uint(40); writer.bool(message.ignoreValue); }
    if (message.ignoreLease) { writer.uint(48); writer.bool(message.ignoreLease); }
  },
  read(reader, end) {
    const message = PutRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.key = reader.bytes(end);
          break;
        case 18:
          message.value = reader.bytes(end);
          break;
        case 24:
          message.lease = BigInt.asIntN(64, reader.big(end));
          break;
        case 32:
          message.prevKv = reader.bool(end);
          break;
        case 40:
          message.ignoreValue = reader.bool(end);
          break;
        case 48:
          message.ignoreLease = reader.bool(end);
          break;
        default:
          reader.skip(key, end, PutRequest);
      }
    }
    return message;
  },
});

export interface PutResponse {
  header: ResponseHeader | undefined;
  prevKv: mvccpb.KeyValue | undefined;
}
export const PutResponse: Codec<PutResponse> = codec<PutResponse>({
  name: "etcdserverpb.PutResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "prev_kv", key: "prevKv", kind: "message", repeated: false, optional: true, big: false, message: () => mvccpb.KeyValue as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, prevKv: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.prevKv !== undefined) size += 1 + sizeDelimited(mvccpb.KeyValue.size(message.prevKv));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.prevKv !== undefined) { writer.uint(18); writer.uint(mvccpb.KeyValue.size(message.prevKv)); mvccpb.KeyValue.write(message.prevKv, writer); }
  },
  read(reader, end) {
    const message = PutResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.prevKv = readDelimited(mvccpb.KeyValue, reader, end);
          break;
        default:
          reader.skip(key, end, PutResponse);
      }
    }
    return message;
  },
});

export interface DeleteRangeRequest {
  key: Buffer;
  rangeEnd: Buffer;
  prevKv: boolean;
}
export const DeleteRangeRequest: Codec<DeleteRangeRequest> = codec<DeleteRangeRequest>({
  name: "etcdserverpb.DeleteRangeRequest",
  fields: [
    { no: 1, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "range_end", key: "rangeEnd", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "prev_kv", key: "prevKv", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ key: EMPTY, rangeEnd: EMPTY, prevKv: false, ...init }),
  size(message) {
    let size = 0;
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.rangeEnd.length > 0) size += 1 + sizeBytes(message.rangeEnd);
    if (message.prevKv) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.key.length > 0) { writer.uint(10); writer.bytes(message.key); }
    if (message.rangeEnd.length > 0) { writer.uint(18); writer.bytes(message.rangeEnd); }
    if (message.prevKv) { writer.uint(24); writer.bool(message.prevKv); }
  },
  read(reader, end) {
    const message = DeleteRangeRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.key = reader.bytes(end);
          break;
        case 18:
          message.rangeEnd = reader.bytes(end);
          break;
        case 24:
          message.prevKv = reader.bool(end);
          break;
        default:
          reader.skip(key, end, DeleteRangeRequest);
      }
    }
    return message;
  },
});

export interface DeleteRangeResponse {
  header: ResponseHeader | undefined;
  deleted: number;
  prevKvs: mvccpb.KeyValue[];
}
export const DeleteRangeResponse: Codec<DeleteRangeResponse> = codec<DeleteRangeResponse>({
  name: "etcdserverpb.DeleteRangeResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "deleted", key: "deleted", kind: "int64", repeated: false, optional: false, big: false },
    { no: 3, name: "prev_kvs", key: "prevKvs", kind: "message", repeated: true, optional: false, big: false, message: () => mvccpb.KeyValue as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, deleted: 0, prevKvs: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.deleted !== 0) size += 1 + sizeInt(message.deleted);
    for (const item of message.prevKvs) size += 1 + sizeDelimited(mvccpb.KeyValue.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.deleted !== 0) { writer.uint(16); writer.int(message.deleted); }
    for (const item of message.prevKvs) { writer.uint(26); writer.uint(mvccpb.KeyValue.size(item)); mvccpb.KeyValue.write(item, writer); }
  },
  read(reader, end) {
    const message = DeleteRangeResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.deleted = reader.int(end);
          break;
        case 26:
          message.prevKvs.push(readDelimited(mvccpb.KeyValue, reader, end));
          break;
        default:
          reader.skip(key, end, DeleteRangeResponse);
      }
    }
    return message;
  },
});

export interface RequestOp {
  requestRange: RangeRequest | undefined;
  requestPut: PutRequest | undefined;
  requestDeleteRange: DeleteRangeRequest | undefined;
  requestTxn: TxnRequest | undefined;
}
export const RequestOp: Codec<RequestOp> = codec<RequestOp>({
  name: "etcdserverpb.RequestOp",
  fields: [
    { no: 1, name: "request_range", key: "requestRange", kind: "message", repeated: false, optional: true, big: false, oneof: "request", message: () => RangeRequest as Codec<unknown> },
    { no: 2, name: "request_put", key: "requestPut", kind: "message", repeated: false, optional: true, big: false, oneof: "request", message: () => PutRequest as Codec<unknown> },
    { no: 3, name: "request_delete_range", key: "requestDeleteRange", kind: "message", repeated: false, optional: true, big: false, oneof: "request", message: () => DeleteRangeRequest as Codec<unknown> },
    { no: 4, name: "request_txn", key: "requestTxn", kind: "message", repeated: false, optional: true, big: false, oneof: "request", message: () => TxnRequest as Codec<unknown> },
  ],
  create: (init) => ({ requestRange: undefined, requestPut: undefined, requestDeleteRange: undefined, requestTxn: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.requestRange !== undefined) size += 1 + sizeDelimited(RangeRequest.size(message.requestRange));
    if (message.requestPut !== undefined) size += 1 + sizeDelimited(PutRequest.size(message.requestPut));
    if (message.requestDeleteRange !== undefined) size += 1 + sizeDelimited(DeleteRangeRequest.size(message.requestDeleteRange));
    if (message.requestTxn !== undefined) size += 1 + sizeDelimited(TxnRequest.size(message.requestTxn));
    return size;
  },
  write(message, writer) {
    if (message.requestRange !== undefined) { writer.uint(10); writer.uint(RangeRequest.size(message.requestRange)); RangeRequest.write(message.requestRange, writer); }
    if (message.requestPut !== undefined) { writer.uint(18); writer.uint(PutRequest.size(message.requestPut)); PutRequest.write(message.requestPut, writer); }
    if (message.requestDeleteRange !== undefined) { writer.uint(26); writer.uint(DeleteRangeRequest.size(message.requestDeleteRange)); DeleteRangeRequest.write(message.requestDeleteRange, writer); }
    if (message.requestTxn !== undefined) { writer.uint(34); writer.uint(TxnRequest.size(message.requestTxn)); TxnRequest.write(message.requestTxn, writer); }
  },
  read(reader, end) {
    const message = RequestOp.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.requestPut = undefined;
          message.requestDeleteRange = undefined;
          message.requestTxn = undefined;
          message.requestRange = readDelimited(RangeRequest, reader, end);
          break;
        case 18:
          message.requestRange = undefined;
          message.requestDeleteRange = undefined;
          message.requestTxn = undefined;
          message.requestPut = readDelimited(PutRequest, reader, end);
          break;
        case 26:
          message.requestRange = undefined;
          message.requestPut = undefined;
          message.requestTxn = undefined;
          message.requestDeleteRange = readDelimited(DeleteRangeRequest, reader, end);
          break;
        case 34:
          message.requestRange = undefined;
          message.requestPut = undefined;
          message.requestDeleteRange = undefined;
          message.requestTxn = readDelimited(TxnRequest, reader, end);
          break;
        default:
          reader.skip(key, end, RequestOp);
      }
    }
    return message;
  },
});

export interface ResponseOp {
  responseRange: RangeResponse | undefined;
  responsePut: PutResponse | undefined;
  responseDeleteRange: DeleteRangeResponse | undefined;
  responseTxn: TxnResponse | undefined;
}
export const ResponseOp: Codec<ResponseOp> = codec<ResponseOp>({
  name: "etcdserverpb.ResponseOp",
  fields: [
    { no: 1, name: "response_range", key: "responseRange", kind: "message", repeated: false, optional: true, big: false, oneof: "response", message: () => RangeResponse as Codec<unknown> },
    { no: 2, name: "response_put", key: "responsePut", kind: "message", repeated: false, optional: true, big: false, oneof: "response", message: () => PutResponse as Codec<unknown> },
    { no: 3, name: "response_delete_range", key: "responseDeleteRange", kind: "message", repeated: false, optional: true, big: false, oneof: "response", message: () => DeleteRangeResponse as Codec<unknown> },
    { no: 4, name: "response_txn", key: "responseTxn", kind: "message", repeated: false, optional: true, big: false, oneof: "response", message: () => TxnResponse as Codec<unknown> },
  ],
  create: (init) => ({ responseRange: undefined, responsePut: undefined, responseDeleteRange: undefined, responseTxn: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.responseRange !== undefined) size += 1 + sizeDelimited(RangeResponse.size(message.responseRange));
    if (message.responsePut !== undefined) size += 1 + sizeDelimited(PutResponse.size(message.responsePut));
    if (message.responseDeleteRange !== undefined) size += 1 + sizeDelimited(DeleteRangeResponse.size(message.responseDeleteRange));
    if (message.responseTxn !== undefined) size += 1 + sizeDelimited(TxnResponse.size(message.responseTxn));
    return size;
  },
  write(message, writer) {
    if (message.responseRange !== undefined) { writer.uint(10); writer.uint(RangeResponse.size(message.responseRange)); RangeResponse.write(message.responseRange, writer); }
    if (message.responsePut !== undefined) { writer.uint(18); writer.uint(PutResponse.size(message.responsePut)); PutResponse.write(message.responsePut, writer); }
    if (message.responseDeleteRange !== undefined) { writer.uint(26); writer.uint(DeleteRangeResponse.size(message.responseDeleteRange)); DeleteRangeResponse.write(message.responseDeleteRange, writer); }
    if (message.responseTxn !== undefined) { writer.uint(34); writer.uint(TxnResponse.size(message.responseTxn)); TxnResponse.write(message.responseTxn, writer); }
  },
  read(reader, end) {
    const message = ResponseOp.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.responsePut = undefined;
          message.responseDeleteRange = undefined;
          message.responseTxn = undefined;
          message.responseRange = readDelimited(RangeResponse, reader, end);
          break;
        case 18:
          message.responseRange = undefined;
          message.responseDeleteRange = undefined;
          message.responseTxn = undefined;
          message.responsePut = readDelimited(PutResponse, reader, end);
          break;
        case 26:
          message.responseRange = undefined;
          message.responsePut = undefined;
          message.responseTxn = undefined;
          message.responseDeleteRange = readDelimited(DeleteRangeResponse, reader, end);
          break;
        case 34:
          message.responseRange = undefined;
          message.responsePut = undefined;
          message.responseDeleteRange = undefined;
          message.responseTxn = readDelimited(TxnResponse, reader, end);
          break;
        default:
          reader.skip(key, end, ResponseOp);
      }
    }
    return message;
  },
});

export const Compare_CompareResult = {
  EQUAL: 0,
  GREATER: 1,
  LESS: 2,
  NOT_EQUAL: 3,
} as const;
export const Compare_CompareResultEnum: EnumType = { name: "etcdserverpb.Compare.CompareResult", values: Compare_CompareResult };

export const Compare_CompareTarget = {
  VERSION: 0,
  CREATE: 1,
  MOD: 2,
  VALUE: 3,
  LEASE: 4,
} as const;
export const Compare_CompareTargetEnum: EnumType = { name: "etcdserverpb.Compare.CompareTarget", values: Compare_CompareTarget };

export interface Compare {
  result: number;
  target: number;
  key: Buffer;
  version: number | undefined;
  createRevision: number | undefined;
  modRevision: number | undefined;
  value: Buffer | undefined;
  lease: bigint | undefined;
  rangeEnd: Buffer;
}
export const Compare: Codec<Compare> = codec<Compare>({
  name: "etcdserverpb.Compare",
  fields: [
    { no: 1, name: "result", key: "result", kind: "enum", repeated: false, optional: false, big: false, enumeration: Compare_CompareResultEnum },
    { no: 2, name: "target", key: "target", kind: "enum", repeated: false, optional: false, big: false, enumeration: Compare_CompareTargetEnum },
    { no: 3, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 4, name: "version", key: "version", kind: "int64", repeated: false, optional: true, big: false, oneof: "target_union" },
    { no: 5, name: "create_revision", key: "createRevision", kind: "int64", repeated: false, optional: true, big: false, oneof: "target_union" },
    { no: 6, name: "mod_revision", key: "modRevision", kind: "int64", repeated: false, optional: true, big: false, oneof: "target_union" },
    { no: 7, name: "value", key: "value", kind: "bytes", repeated: false, optional: true, big: false, oneof: "target_union" },
    { no: 8, name: "lease", key: "lease", kind: "int64", repeated: false, optional: true, big: true, oneof: "target_union" },
    { no: 64, name: "range_end", key: "rangeEnd", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ result: 0, target: 0, key: EMPTY, version: undefined, createRevision: undefined, modRevision: undefined, value: undefined, lease: undefined, rangeEnd: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.result !== 0) size += 1 + sizeInt(message.result);
    if (message.target !== 0) size += 1 + sizeInt(message.target);
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.version !== undefined) size += 1 + sizeInt(message.version);
    if (message.createRevision !== undefined) size += 1 + sizeInt(message.createRevision);
    if (message.modRevision !== undefined) size += 1 + sizeInt(message.modRevision);
    if (message.value !== undefined) size += 1 + sizeBytes(message.value);
    if (message.lease !== undefined) size += 1 + sizeBig(message.lease);
    if (message.rangeEnd.length > 0) size += 2 + sizeBytes(message.rangeEnd);
    return size;
  },
  write(message, writer) {
    if (message.result !== 0) { writer.uint(8); writer.int(message.result); }
    if (message.target !== 0) { writer.uint(16); writer.int(message.target); }
    if (message.key.length > 0) { writer.uint(26); writer.bytes(message.key); }
    if (message.version !== undefined) { writer.uint(32); writer.int(message.version); }
    if (message.createRevision !== undefined) { writer.uint(40); writer.int(message.createRevision); }
    if (message.modRevision !== undefined) { writer.uint(48); writer.int(message.modRevision); }
    if (message.value !== undefined) { writer.uint(58); writer.bytes(message.value); }
    if (message.lease !== undefined) { writer.uint(64); writer.big(message.lease); }
    if (message.rangeEnd.length > 0) { writer.uint(514); writer.bytes(message.rangeEnd); }
  },
  read(reader, end) {
    const message = Compare.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.result = reader.int(end);
          break;
        case 16:
          message.target = reader.int(end);
          break;
        case 26:
          message.key = reader.bytes(end);
          break;
        case 32:
          message.createRevision = undefined;
          message.modRevision = undefined;
          message.value = undefined;
          message.lease = undefined;
          message.version = reader.int(end);
          break;
        case 40:
          message.version = undefined;
          message.modRevision = undefined;
          message.value = undefined;
          message.lease = undefined;
          message.createRevision = reader.int(end);
          break;
        case 48:
          message.version = undefined;
          message.createRevision = undefined;
          message.value = undefined;
          message.lease = undefined;
          message.modRevision = reader.int(end);
          break;
        case 58:
          message.version = undefined;
          message.createRevision = undefined;
          message.modRevision = undefined;
          message.lease = undefined;
          message.value = reader.bytes(end);
          break;
        case 64:
          message.version = undefined;
          message.createRevision = undefined;
          message.modRevision = undefined;
          message.value = undefined;
          message.lease = BigInt.asIntN(64, reader.big(end));
          break;
        case 514:
          message.rangeEnd = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, Compare);
      }
    }
    return message;
  },
});

export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}
export const TxnRequest: Codec<TxnRequest> = codec<TxnRequest>({
  name: "etcdserverpb.TxnRequest",
  fields: [
    { no: 1, name: "compare", key: "compare", kind: "message", repeated: true, optional: false, big: false, message: () => Compare as Codec<unknown> },
    { no: 2, name: "success", key: "success", kind: "message", repeated: true, optional: false, big: false, message: () => RequestOp as Codec<unknown> },
    { no: 3, name: "failure", key: "failure", kind: "message", repeated: true, optional: false, big: false, message: () => RequestOp as Codec<unknown> },
  ],
  create: (init) => ({ compare: [], success: [], failure: [], ...init }),
  size(message) {
    let size = 0;
    for (const item of message.compare) size += 1 + sizeDelimited(Compare.size(item));
    for (const item of message.success) size += 1 + sizeDelimited(RequestOp.size(item));
    for (const item of message.failure) size += 1 + sizeDelimited(RequestOp.size(item));
    return size;
  },
  write(message, writer) {
    for (const item of message.compare) { writer.uint(10); writer.uint(Compare.size(item)); Compare.write(item, writer); }
    for (const item of message.success) { writer.uint(18); writer.uint(RequestOp.size(item)); RequestOp.write(item, writer); }
    for (const item of message.failure) { writer.uint(26); writer.uint(RequestOp.size(item)); RequestOp.write(item, writer); }
  },
  read(reader, end) {
    const message = TxnRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.compare.push(readDelimited(Compare, reader, end));
          break;
        case 18:
          message.success.push(readDelimited(RequestOp, reader, end));
          break;
        case 26:
          message.failure.push(readDelimited(RequestOp, reader, end));
          break;
        default:
          reader.skip(key, end, TxnRequest);
      }
    }
    return message;
  },
});

export interface TxnResponse {
  header: ResponseHeader | undefined;
  succeeded: boolean;
  responses: ResponseOp[];
}
export const TxnResponse: Codec<TxnResponse> = codec<TxnResponse>({
  name: "etcdserverpb.TxnResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "succeeded", key: "succeeded", kind: "bool", repeated: false, optional: false, big: false },
    { no: 3, name: "responses", key: "responses", kind: "message", repeated: true, optional: false, big: false, message: () => ResponseOp as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, succeeded: false, responses: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.succeeded) size += 1 + 1;
    for (const item of message.responses) size += 1 + sizeDelimited(ResponseOp.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.succeeded) { writer.uint(16); writer.bool(message.succeeded); }
    for (const item of message.responses) { writer.uint(26); writer.uint(ResponseOp.size(item)); ResponseOp.write(item, writer); }
  },
  read(reader, end) {
    const message = TxnResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.succeeded = reader.bool(end);
          break;
        case 26:
          message.responses.push(readDelimited(ResponseOp, reader, end));
          break;
        default:
          reader.skip(key, end, TxnResponse);
      }
    }
    return message;
  },
});

export interface CompactionRequest {
  revision: number;
  physical: boolean;
}
export const CompactionRequest: Codec<CompactionRequest> = codec<CompactionRequest>({
  name: "etcdserverpb.CompactionRequest",
  fields: [
    { no: 1, name: "revision", key: "revision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 2, name: "physical", key: "physical", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ revision: 0, physical: false, ...init }),
  size(message) {
    let size = 0;
    if (message.revision !== 0) size += 1 + sizeInt(message.revision);
    if (message.physical) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.revision !== 0) { writer.uint(8); writer.int(message.revision); }
    if (message.physical) { writer.uint(16); writer.bool(message.physical); }
  },
  read(reader, end) {
    const message = CompactionRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.revision = reader.int(end);
          break;
        case 16:
          message.physical = reader.bool(end);
          break;
        default:
          reader.skip(key, end, CompactionRequest);
      }
    }
    return message;
  },
});

export interface CompactionResponse {
  header: ResponseHeader | undefined;
}
export const CompactionResponse: Codec<CompactionResponse> = codec<CompactionResponse>({
  name: "etcdserverpb.CompactionResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = CompactionResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, CompactionResponse);
      }
    }
    return message;
  },
});

export interface HashRequest {
}
export const HashRequest: Codec<HashRequest> = codec<HashRequest>({
  name: "etcdserverpb.HashRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = HashRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, HashRequest);
      }
    }
    return message;
  },
});

export interface HashKVRequest {
  revision: number;
}
export const HashKVRequest: Codec<HashKVRequest> = codec<HashKVRequest>({
  name: "etcdserverpb.HashKVRequest",
  fields: [
    { no: 1, name: "revision", key: "revision", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ revision: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.revision !== 0) size += 1 + sizeInt(message.revision);
    return size;
  },
  write(message, writer) {
    if (message.revision !== 0) { writer.uint(8); writer.int(message.revision); }
  },
  read(reader, end) {
    const message = HashKVRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.revision = reader.int(end);
          break;
        default:
          reader.skip(key, end, HashKVRequest);
      }
    }
    return message;
  },
});

export interface HashKVResponse {
  header: ResponseHeader | undefined;
  hash: number;
  compactRevision: number;
  hashRevision: number;
}
export const HashKVResponse: Codec<HashKVResponse> = codec<HashKVResponse>({
  name: "etcdserverpb.HashKVResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "hash", key: "hash", kind: "uint32", repeated: false, optional: false, big: false },
    { no: 3, name: "compact_revision", key: "compactRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "hash_revision", key: "hashRevision", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, hash: 0, compactRevision: 0, hashRevision: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.hash !== 0) size += 1 + sizeUint(message.hash);
    if (message.compactRevision !== 0) size += 1 + sizeInt(message.compactRevision);
    if (message.hashRevision !== 0) size += 1 + sizeInt(message.hashRevision);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.hash !== 0) { writer.uint(16); writer.uint(message.hash); }
    if (message.compactRevision !== 0) { writer.uint(24); writer.int(message.compactRevision); }
    if (message.hashRevision !== 0) { writer.uint(32); writer.int(message.hashRevision); }
  },
  read(reader, end) {
    const message = HashKVResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.hash = reader.uint32(end);
          break;
        case 24:
          message.compactRevision = reader.int(end);
          break;
        case 32:
          message.hashRevision = reader.int(end);
          break;
        default:
          reader.skip(key, end, HashKVResponse);
      }
    }
    return message;
  },
});

export interface HashResponse {
  header: ResponseHeader | undefined;
  hash: number;
}
export const HashResponse: Codec<HashResponse> = codec<HashResponse>({
  name: "etcdserverpb.HashResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "hash", key: "hash", kind: "uint32", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, hash: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.hash !== 0) size += 1 + sizeUint(message.hash);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.hash !== 0) { writer.uint(16); writer.uint(message.hash); }
  },
  read(reader, end) {
    const message = HashResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.hash = reader.uint32(end);
          break;
        default:
          reader.skip(key, end, HashResponse);
      }
    }
    return message;
  },
});

export interface SnapshotRequest {
}
export const SnapshotRequest: Codec<SnapshotRequest> = codec<SnapshotRequest>({
  name: "etcdserverpb.SnapshotRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = SnapshotRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, SnapshotRequest);
      }
    }
    return message;
  },
});

export interface SnapshotResponse {
  header: ResponseHeader | undefined;
  remainingBytes: number;
  blob: Buffer;
  version: string;
}
export const SnapshotResponse: Codec<SnapshotResponse> = codec<SnapshotResponse>({
  name: "etcdserverpb.SnapshotResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "remaining_bytes", key: "remainingBytes", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 3, name: "blob", key: "blob", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 4, name: "version", key: "version", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, remainingBytes: 0, blob: EMPTY, version: "", ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.remainingBytes !== 0) size += 1 + sizeUint(message.remainingBytes);
    if (message.blob.length > 0) size += 1 + sizeBytes(message.blob);
    if (message.version !== "") size += 1 + sizeString(message.version);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.remainingBytes !== 0) { writer.uint(16); writer.uint(message.remainingBytes); }
    if (message.blob.length > 0) { writer.uint(26); writer.bytes(message.blob); }
    if (message.version !== "") { writer.uint(34); writer.string(message.version); }
  },
  read(reader, end) {
    const message = SnapshotResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.remainingBytes = reader.uint(end);
          break;
        case 26:
          message.blob = reader.bytes(end);
          break;
        case 34:
          message.version = reader.string(end);
          break;
        default:
          reader.skip(key, end, SnapshotResponse);
      }
    }
    return message;
  },
});

export interface WatchRequest {
  createRequest: WatchCreateRequest | undefined;
  cancelRequest: WatchCancelRequest | undefined;
  progressRequest: WatchProgressRequest | undefined;
}
export const WatchRequest: Codec<WatchRequest> = codec<WatchRequest>({
  name: "etcdserverpb.WatchRequest",
  fields: [
    { no: 1, name: "create_request", key: "createRequest", kind: "message", repeated: false, optional: true, big: false, oneof: "request_union", message: () => WatchCreateRequest as Codec<unknown> },
    { no: 2, name: "cancel_request", key: "cancelRequest", kind: "message", repeated: false, optional: true, big: false, oneof: "request_union", message: () => WatchCancelRequest as Codec<unknown> },
    { no: 3, name: "progress_request", key: "progressRequest", kind: "message", repeated: false, optional: true, big: false, oneof: "request_union", message: () => WatchProgressRequest as Codec<unknown> },
  ],
  create: (init) => ({ createRequest: undefined, cancelRequest: undefined, progressRequest: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.createRequest !== undefined) size += 1 + sizeDelimited(WatchCreateRequest.size(message.createRequest));
    if (message.cancelRequest !== undefined) size += 1 + sizeDelimited(WatchCancelRequest.size(message.cancelRequest));
    if (message.progressRequest !== undefined) size += 1 + sizeDelimited(WatchProgressRequest.size(message.progressRequest));
    return size;
  },
  write(message, writer) {
    if (message.createRequest !== undefined) { writer.uint(10); writer.uint(WatchCreateRequest.size(message.createRequest)); WatchCreateRequest.write(message.createRequest, writer); }
    if (message.cancelRequest !== undefined) { writer.uint(18); writer.uint(WatchCancelRequest.size(message.cancelRequest)); WatchCancelRequest.write(message.cancelRequest, writer); }
    if (message.progressRequest !== undefined) { writer.uint(26); writer.uint(WatchProgressRequest.size(message.progressRequest)); WatchProgressRequest.write(message.progressRequest, writer); }
  },
  read(reader, end) {
    const message = WatchRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.cancelRequest = undefined;
          message.progressRequest = undefined;
          message.createRequest = readDelimited(WatchCreateRequest, reader, end);
          break;
        case 18:
          message.createRequest = undefined;
          message.progressRequest = undefined;
          message.cancelRequest = readDelimited(WatchCancelRequest, reader, end);
          break;
        case 26:
          message.createRequest = undefined;
          message.cancelRequest = undefined;
          message.progressRequest = readDelimited(WatchProgressRequest, reader, end);
          break;
        default:
          reader.skip(key, end, WatchRequest);
      }
    }
    return message;
  },
});

export const WatchCreateRequest_FilterType = {
  NOPUT: 0,
  NODELETE: 1,
} as const;
export const WatchCreateRequest_FilterTypeEnum: EnumType = { name: "etcdserverpb.WatchCreateRequest.FilterType", values: WatchCreateRequest_FilterType };

export interface WatchCreateRequest {
  key: Buffer;
  rangeEnd: Buffer;
  startRevision: number;
  progressNotify: boolean;
  filters: number[];
  prevKv: boolean;
  watchId: number;
  fragment: boolean;
}
export const WatchCreateRequest: Codec<WatchCreateRequest> = codec<WatchCreateRequest>({
  name: "etcdserverpb.WatchCreateRequest",
  fields: [
    { no: 1, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "range_end", key: "rangeEnd", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "start_revision", key: "startRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "progress_notify", key: "progressNotify", kind: "bool", repeated: false, optional: false, big: false },
    { no: 5, name: "filters", key: "filters", kind: "enum", repeated: true, optional: false, big: false, enumeration: WatchCreateRequest_FilterTypeEnum },
    { no: 6, name: "prev_kv", key: "prevKv", kind: "bool", repeated: false, optional: false, big: false },
    { no: 7, name: "watch_id", key: "watchId", kind: "int64", repeated: false, optional: false, big: false },
    { no: 8, name: "fragment", key: "fragment", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ key: EMPTY, rangeEnd: EMPTY, startRevision: 0, progressNotify: false, filters: [], prevKv: false, watchId: 0, fragment: false, ...init }),
  size(message) {
    let size = 0;
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.rangeEnd.length > 0) size += 1 + sizeBytes(message.rangeEnd);
    if (message.startRevision !== 0) size += 1 + sizeInt(message.startRevision);
    if (message.progressNotify) size += 1 + 1;
    if (message.filters.length > 0) { let inner = 0; for (const item of message.filters) inner += sizeInt(item); size += 1 + sizeDelimited(inner); }
    if (message.prevKv) size += 1 + 1;
    if (message.watchId !== 0) size += 1 + sizeInt(message.watchId);
    if (message.fragment) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.key.length > 0) { writer.uint(10); writer.bytes(message.key); }
    if (message.rangeEnd.length > 0) { writer.uint(18); writer.bytes(message.rangeEnd); }
    if (message.startRevision !== 0) { writer.uint(24); writer.int(message.startRevision); }
    if (message.progressNotify) { writer.uint(32); writer.bool(message.progressNotify); }
    if (message.filters.length > 0) { let inner = 0; for (const item of message.filters) inner += sizeInt(item); writer.uint(42); writer.uint(inner); for (const item of message.filters) writer.int(item); }
    if (message.prevKv) { writer.uint(48); writer.bool(message.prevKv); }
    if (message.watchId !== 0) { writer.uint(56); writer.int(message.watchId); }
    if (message.fragment) { writer.uint(64); writer.bool(message.fragment); }
  },
  read(reader, end) {
    const message = WatchCreateRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.key = reader.bytes(end);
          break;
        case 18:
          message.rangeEnd = reader.bytes(end);
          break;
        case 24:
          message.startRevision = reader.int(end);
          break;
        case 32:
          message.progressNotify = reader.bool(end);
          break;
        case 40:
          message.filters.push(reader.int(end));
          break;
        case 42: {
          const stop = reader.delimited(end);
          while (reader.position < stop) message.filters.push(reader.int(stop));
          break;
        }
        case 48:
          message.prevKv = reader.bool(end);
          break;
        case 56:
          message.watchId = reader.int(end);
          break;
        case 64:
          message.fragment = reader.bool(end);
          break;
        default:
          reader.skip(key, end, WatchCreateRequest);
      }
    }
    return message;
  },
});

export interface WatchCancelRequest {
  watchId: number;
}
export const WatchCancelRequest: Codec<WatchCancelRequest> = codec<WatchCancelRequest>({
  name: "etcdserverpb.WatchCancelRequest",
  fields: [
    { no: 1, name: "watch_id", key: "watchId", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ watchId: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.watchId !== 0) size += 1 + sizeInt(message.watchId);
    return size;
  },
  write(message, writer) {
    if (message.watchId !== 0) { writer.uint(8); writer.int(message.watchId); }
  },
  read(reader, end) {
    const message = WatchCancelRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.watchId = reader.int(end);
          break;
        default:
          reader.skip(key, end, WatchCancelRequest);
      }
    }
    return message;
  },
});

export interface WatchProgressRequest {
}
export const WatchProgressRequest: Codec<WatchProgressRequest> = codec<WatchProgressRequest>({
  name: "etcdserverpb.WatchProgressRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = WatchProgressRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, WatchProgressRequest);
      }
    }
    return message;
  },
});

export interface WatchResponse {
  header: ResponseHeader | undefined;
  watchId: number;
  created: boolean;
  canceled: boolean;
  compactRevision: number;
  cancelReason: string;
  fragment: boolean;
  events: mvccpb.Event[];
}
export const WatchResponse: Codec<WatchResponse> = codec<WatchResponse>({
  name: "etcdserverpb.WatchResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "watch_id", key: "watchId", kind: "int64", repeated: false, optional: false, big: false },
    { no: 3, name: "created", key: "created", kind: "bool", repeated: false, optional: false, big: false },
    { no: 4, name: "canceled", key: "canceled", kind: "bool", repeated: false, optional: false, big: false },
    { no: 5, name: "compact_revision", key: "compactRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 6, name: "cancel_reason", key: "cancelReason", kind: "string", repeated: false, optional: false, big: false },
    { no: 7, name: "fragment", key: "fragment", kind: "bool", repeated: false, optional: false, big: false },
    { no: 11, name: "events", key: "events", kind: "message", repeated: true, optional: false, big: false, message: () => mvccpb.Event as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, watchId: 0, created: false, canceled: false, compactRevision: 0, cancelReason: "", fragment: false, events: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.watchId !== 0) size += 1 + sizeInt(message.watchId);
    if (message.created) size += 1 + 1;
    if (message.canceled) size += 1 + 1;
    if (message.compactRevision !== 0) size += 1 + sizeInt(message.compactRevision);
    if (message.cancelReason !== "") size += 1 + sizeString(message.cancelReason);
    if (message.fragment) size += 1 + 1;
    for (const item of message.events) size += 1 + sizeDelimited(mvccpb.Event.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.watchId !== 0) { writer.uint(16); writer.int(message.watchId); }
    if (message.created) { writer.uint(24); writer.bool(message.created); }
    if (message.canceled) { writer.uint(32); writer.bool(message.canceled); }
    if (message.compactRevision !== 0) { writer.uint(40); writer.int(message.compactRevision); }
    if (message.cancelReason !== "") { writer.uint(50); writer.string(message.cancelReason); }
    if (message.fragment) { writer.uint(56); writer.bool(message.fragment); }
    for (const item of message.events) { writer.uint(90); writer.uint(mvccpb.Event.size(item)); mvccpb.Event.write(item, writer); }
  },
  read(reader, end) {
    const message = WatchResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.watchId = reader.int(end);
          break;
        case 24:
          message.created = reader.bool(end);
          break;
        case 32:
          message.canceled = reader.bool(end);
          break;
        case 40:
          message.compactRevision = reader.int(end);
          break;
        case 50:
          message.cancelReason = reader.string(end);
          break;
        case 56:
          message.fragment = reader.bool(end);
          break;
        case 90:
          message.events.push(readDelimited(mvccpb.Event, reader, end));
          break;
        default:
          reader.skip(key, end, WatchResponse);
      }
    }
    return message;
  },
});

export interface LeaseGrantRequest {
  TTL: number;
  ID: bigint;
}
export const LeaseGrantRequest: Codec<LeaseGrantRequest> = codec<LeaseGrantRequest>({
  name: "etcdserverpb.LeaseGrantRequest",
  fields: [
    { no: 1, name: "TTL", key: "TTL", kind: "int64", repeated: false, optional: false, big: false },
    { no: 2, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ TTL: 0, ID: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.TTL !== 0) size += 1 + sizeInt(message.TTL);
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    return size;
  },
  write(message, writer) {
    if (message.TTL !== 0) { writer.uint(8); writer.int(message.TTL); }
    if (message.ID !== 0n) { writer.uint(16); writer.big(message.ID); }
  },
  read(reader, end) {
    const message = LeaseGrantRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.TTL = reader.int(end);
          break;
        case 16:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, LeaseGrantRequest);
      }
    }
    return message;
  },
});

export interface LeaseGrantResponse {
  header: ResponseHeader | undefined;
  ID: bigint;
  TTL: number;
  error: string;
}
export const LeaseGrantResponse: Codec<LeaseGrantResponse> = codec<LeaseGrantResponse>({
  name: "etcdserverpb.LeaseGrantResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
    { no: 3, name: "TTL", key: "TTL", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "error", key: "error", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, ID: 0n, TTL: 0, error: "", ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.TTL !== 0) size += 1 + sizeInt(message.TTL);
    if (message.error !== "") size += 1 + sizeString(message.error);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.ID !== 0n) { writer.uint(16); writer.big(message.ID); }
    if (message.TTL !== 0) { writer.uint(24); writer.int(message.TTL); }
    if (message.error !== "") { writer.uint(34); writer.string(message.error); }
  },
  read(reader, end) {
    const message = LeaseGrantResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        case 24:
          message.TTL = reader.int(end);
          break;
        case 34:
          message.error = reader.string(end);
          break;
        default:
          reader.skip(key, end, LeaseGrantResponse);
      }
    }
    return message;
  },
});

export interface LeaseRevokeRequest {
  ID: bigint;
}
export const LeaseRevokeRequest: Codec<LeaseRevokeRequest> = codec<LeaseRevokeRequest>({
  name: "etcdserverpb.LeaseRevokeRequest",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ ID: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
  },
  read(reader, end) {
    const message = LeaseRevokeRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, LeaseRevokeRequest);
      }
    }
    return message;
  },
});

export interface LeaseRevokeResponse {
  header: ResponseHeader | undefined;
}
export const LeaseRevokeResponse: Codec<LeaseRevokeResponse> = codec<LeaseRevokeResponse>({
  name: "etcdserverpb.LeaseRevokeResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = LeaseRevokeResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, LeaseRevokeResponse);
      }
    }
    return message;
  },
});

export interface LeaseCheckpoint {
  ID: bigint;
  remainingTTL: number;
}
export const LeaseCheckpoint: Codec<LeaseCheckpoint> = codec<LeaseCheckpoint>({
  name: "etcdserverpb.LeaseCheckpoint",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
    { no: 2, name: "remaining_TTL", key: "remainingTTL", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ ID: 0n, remainingTTL: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.remainingTTL !== 0) size += 1 + sizeInt(message.remainingTTL);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    if (message.remainingTTL !== 0) { writer.uint(16); writer.int(message.remainingTTL); }
  },
  read(reader, end) {
    const message = LeaseCheckpoint.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        case 16:
          message.remainingTTL = reader.int(end);
          break;
        default:
          reader.skip(key, end, LeaseCheckpoint);
      }
    }
    return message;
  },
});

export interface LeaseCheckpointRequest {
  checkpoints: LeaseCheckpoint[];
}
export const LeaseCheckpointRequest: Codec<LeaseCheckpointRequest> = codec<LeaseCheckpointRequest>({
  name: "etcdserverpb.LeaseCheckpointRequest",
  fields: [
    { no: 1, name: "checkpoints", key: "checkpoints", kind: "message", repeated: true, optional: false, big: false, message: () => LeaseCheckpoint as Codec<unknown> },
  ],
  create: (init) => ({ checkpoints: [], ...init }),
  size(message) {
    let size = 0;
    for (const item of message.checkpoints) size += 1 + sizeDelimited(LeaseCheckpoint.size(item));
    return size;
  },
  write(message, writer) {
    for (const item of message.checkpoints) { writer.uint(10); writer.uint(LeaseCheckpoint.size(item)); LeaseCheckpoint.write(item, writer); }
  },
  read(reader, end) {
    const message = LeaseCheckpointRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.checkpoints.push(readDelimited(LeaseCheckpoint, reader, end));
          break;
        default:
          reader.skip(key, end, LeaseCheckpointRequest);
      }
    }
    return message;
  },
});

export interface LeaseCheckpointResponse {
  header: ResponseHeader | undefined;
}
export const LeaseCheckpointResponse: Codec<LeaseCheckpointResponse> = codec<LeaseCheckpointResponse>({
  name: "etcdserverpb.LeaseCheckpointResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = LeaseCheckpointResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, LeaseCheckpointResponse);
      }
    }
    return message;
  },
});

export interface LeaseKeepAliveRequest {
  ID: bigint;
}
export const LeaseKeepAliveRequest: Codec<LeaseKeepAliveRequest> = codec<LeaseKeepAliveRequest>({
  name: "etcdserverpb.LeaseKeepAliveRequest",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ ID: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
  },
  read(reader, end) {
    const message = LeaseKeepAliveRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, LeaseKeepAliveRequest);
      }
    }
    return message;
  },
});

export interface LeaseKeepAliveResponse {
  header: ResponseHeader | undefined;
  ID: bigint;
  TTL: number;
}
export const LeaseKeepAliveResponse: Codec<LeaseKeepAliveResponse> = codec<LeaseKeepAliveResponse>({
  name: "etcdserverpb.LeaseKeepAliveResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
    { no: 3, name: "TTL", key: "TTL", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, ID: 0n, TTL: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.TTL !== 0) size += 1 + sizeInt(message.TTL);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.ID !== 0n) { writer.uint(16); writer.big(message.ID); }
    if (message.TTL !== 0) { writer.uint(24); writer.int(message.TTL); }
  },
  read(reader, end) {
    const message = LeaseKeepAliveResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        case 24:
          message.TTL = reader.int(end);
          break;
        default:
          reader.skip(key, end, LeaseKeepAliveResponse);
      }
    }
    return message;
  },
});

export interface LeaseTimeToLiveRequest {
  ID: bigint;
  keys: boolean;
}
export const LeaseTimeToLiveRequest: Codec<LeaseTimeToLiveRequest> = codec<LeaseTimeToLiveRequest>({
  name: "etcdserverpb.LeaseTimeToLiveRequest",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
    { no: 2, name: "keys", key: "keys", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ ID: 0n, keys: false, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.keys) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    if (message.keys) { writer.uint(16); writer.bool(message.keys); }
  },
  read(reader, end) {
    const message = LeaseTimeToLiveRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        case 16:
          message.keys = reader.bool(end);
          break;
        default:
          reader.skip(key, end, LeaseTimeToLiveRequest);
      }
    }
    return message;
  },
});

export interface LeaseTimeToLiveResponse {
  header: ResponseHeader | undefined;
  ID: bigint;
  TTL: number;
  grantedTTL: number;
  keys: Buffer[];
}
export const LeaseTimeToLiveResponse: Codec<LeaseTimeToLiveResponse> = codec<LeaseTimeToLiveResponse>({
  name: "etcdserverpb.LeaseTimeToLiveResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
    { no: 3, name: "TTL", key: "TTL", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "grantedTTL", key: "grantedTTL", kind: "int64", repeated: false, optional: false, big: false },
    { no: 5, name: "keys", key: "keys", kind: "bytes", repeated: true, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, ID: 0n, TTL: 0, grantedTTL: 0, keys: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.TTL !== 0) size += 1 + sizeInt(message.TTL);
    if (message.grantedTTL !== 0) size += 1 + sizeInt(message.grantedTTL);
    for (const item of message.keys) size += 1 + sizeBytes(item);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.ID !== 0n) { writer.uint(16); writer.big(message.ID); }
    if (message.TTL !== 0) { writer.uint(24); writer.int(message.TTL); }
    if (message.grantedTTL !== 0) { writer.uint(32); writer.int(message.grantedTTL); }
    for (const item of message.keys) { writer.uint(42); writer.bytes(item); }
  },
  read(reader, end) {
    const message = LeaseTimeToLiveResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        case 24:
          message.TTL = reader.int(end);
          break;
        case 32:
          message.grantedTTL = reader.int(end);
          break;
        case 42:
          message.keys.push(reader.bytes(end));
          break;
        default:
          reader.skip(key, end, LeaseTimeToLiveResponse);
      }
    }
    return message;
  },
});

export interface LeaseLeasesRequest {
}
export const LeaseLeasesRequest: Codec<LeaseLeasesRequest> = codec<LeaseLeasesRequest>({
  name: "etcdserverpb.LeaseLeasesRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = LeaseLeasesRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, LeaseLeasesRequest);
      }
    }
    return message;
  },
});

export interface LeaseStatus {
  ID: bigint;
}
export const LeaseStatus: Codec<LeaseStatus> = codec<LeaseStatus>({
  name: "etcdserverpb.LeaseStatus",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ ID: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
  },
  read(reader, end) {
    const message = LeaseStatus.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, LeaseStatus);
      }
    }
    return message;
  },
});

export interface LeaseLeasesResponse {
  header: ResponseHeader | undefined;
  leases: LeaseStatus[];
}
export const LeaseLeasesResponse: Codec<LeaseLeasesResponse> = codec<LeaseLeasesResponse>({
  name: "etcdserverpb.LeaseLeasesResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "leases", key: "leases", kind: "message", repeated: true, optional: false, big: false, message: () => LeaseStatus as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, leases: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.leases) size += 1 + sizeDelimited(LeaseStatus.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.leases) { writer.uint(18); writer.uint(LeaseStatus.size(item)); LeaseStatus.write(item, writer); }
  },
  read(reader, end) {
    const message = LeaseLeasesResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.leases.push(readDelimited(LeaseStatus, reader, end));
          break;
        default:
          reader.skip(key, end, LeaseLeasesResponse);
      }
    }
    return message;
  },
});

export interface Member {
  ID: bigint;
  name: string;
  peerURLs: string[];
  clientURLs: string[];
  isLearner: boolean;
}
export const Member: Codec<Member> = codec<Member>({
  name: "etcdserverpb.Member",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 3, name: "peerURLs", key: "peerURLs", kind: "string", repeated: true, optional: false, big: false },
    { no: 4, name: "clientURLs", key: "clientURLs", kind: "string", repeated: true, optional: false, big: false },
    { no: 5, name: "isLearner", key: "isLearner", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ ID: 0n, name: "", peerURLs: [], clientURLs: [], isLearner: false, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.name !== "") size += 1 + sizeString(message.name);
    for (const item of message.peerURLs) size += 1 + sizeString(item);
    for (const item of message.clientURLs) size += 1 + sizeString(item);
    if (message.isLearner) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    if (message.name !== "") { writer.uint(18); writer.string(message.name); }
    for (const item of message.peerURLs) { writer.uint(26); writer.string(item); }
    for (const item of message.clientURLs) { writer.uint(34); writer.string(item); }
    if (message.isLearner) { writer.uint(40); writer.bool(message.isLearner); }
  },
  read(reader, end) {
    const message = Member.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = reader.big(end);
          break;
        case 18:
          message.name = reader.string(end);
          break;
        case 26:
          message.peerURLs.push(reader.string(end));
          break;
        case 34:
          message.clientURLs.push(reader.string(end));
          break;
        case 40:
          message.isLearner = reader.bool(end);
          break;
        default:
          reader.skip(key, end, Member);
      }
    }
    return message;
  },
});

export interface MemberAddRequest {
  peerURLs: string[];
  isLearner: boolean;
}
export const MemberAddRequest: Codec<MemberAddRequest> = codec<MemberAddRequest>({
  name: "etcdserverpb.MemberAddRequest",
  fields: [
    { no: 1, name: "peerURLs", key: "peerURLs", kind: "string", repeated: true, optional: false, big: false },
    { no: 2, name: "isLearner", key: "isLearner", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ peerURLs: [], isLearner: false, ...init }),
  size(message) {
    let size = 0;
    for (const item of message.peerURLs) size += 1 + sizeString(item);
    if (message.isLearner) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    for (const item of message.peerURLs) { writer.uint(10); writer.string(item); }
    if (message.isLearner) { writer.uint(16); writer.bool(message.isLearner); }
  },
  read(reader, end) {
    const message = MemberAddRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.peerURLs.push(reader.string(end));
          break;
        case 16:
          message.isLearner = reader.bool(end);
          break;
        default:
          reader.skip(key, end, MemberAddRequest);
      }
    }
    return message;
  },
});

export interface MemberAddResponse {
  header: ResponseHeader | undefined;
  member: Member | undefined;
  members: Member[];
}
export const MemberAddResponse: Codec<MemberAddResponse> = codec<MemberAddResponse>({
  name: "etcdserverpb.MemberAddResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "member", key: "member", kind: "message", repeated: false, optional: true, big: false, message: () => Member as Codec<unknown> },
    { no: 3, name: "members", key: "members", kind: "message", repeated: true, optional: false, big: false, message: () => Member as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, member: undefined, members: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.member !== undefined) size += 1 + sizeDelimited(Member.size(message.member));
    for (const item of message.members) size += 1 + sizeDelimited(Member.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.member !== undefined) { writer.uint(18); writer.uint(Member.size(message.member)); Member.write(message.member, writer); }
    for (const item of message.members) { writer.uint(26); writer.uint(Member.size(item)); Member.write(item, writer); }
  },
  read(reader, end) {
    const message = MemberAddResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.member = readDelimited(Member, reader, end);
          break;
        case 26:
          message.members.push(readDelimited(Member, reader, end));
          break;
        default:
          reader.skip(key, end, MemberAddResponse);
      }
    }
    return message;
  },
});

export interface MemberRemoveRequest {
  ID: bigint;
}
export const MemberRemoveRequest: Codec<MemberRemoveRequest> = codec<MemberRemoveRequest>({
  name: "etcdserverpb.MemberRemoveRequest",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ ID: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
  },
  read(reader, end) {
    const message = MemberRemoveRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = reader.big(end);
          break;
        default:
          reader.skip(key, end, MemberRemoveRequest);
      }
    }
    return message;
  },
});

export interface MemberRemoveResponse {
  header: ResponseHeader | undefined;
  members: Member[];
}
export const MemberRemoveResponse: Codec<MemberRemoveResponse> = codec<MemberRemoveResponse>({
  name: "etcdserverpb.MemberRemoveResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "members", key: "members", kind: "message", repeated: true, optional: false, big: false, message: () => Member as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, members: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.members) size += 1 + sizeDelimited(Member.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.members) { writer.uint(18); writer.uint(Member.size(item)); Member.write(item, writer); }
  },
  read(reader, end) {
    const message = MemberRemoveResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.members.push(readDelimited(Member, reader, end));
          break;
        default:
          reader.skip(key, end, MemberRemoveResponse);
      }
    }
    return message;
  },
});

export interface MemberUpdateRequest {
  ID: bigint;
  peerURLs: string[];
}
export const MemberUpdateRequest: Codec<MemberUpdateRequest> = codec<MemberUpdateRequest>({
  name: "etcdserverpb.MemberUpdateRequest",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "peerURLs", key: "peerURLs", kind: "string", repeated: true, optional: false, big: false },
  ],
  create: (init) => ({ ID: 0n, peerURLs: [], ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    for (const item of message.peerURLs) size += 1 + sizeString(item);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    for (const item of message.peerURLs) { writer.uint(18); writer.string(item); }
  },
  read(reader, end) {
    const message = MemberUpdateRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = reader.big(end);
          break;
        case 18:
          message.peerURLs.push(reader.string(end));
          break;
        default:
          reader.skip(key, end, MemberUpdateRequest);
      }
    }
    return message;
  },
});

export interface MemberUpdateResponse {
  header: ResponseHeader | undefined;
  members: Member[];
}
export const MemberUpdateResponse: Codec<MemberUpdateResponse> = codec<MemberUpdateResponse>({
  name: "etcdserverpb.MemberUpdateResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "members", key: "members", kind: "message", repeated: true, optional: false, big: false, message: () => Member as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, members: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.members) size += 1 + sizeDelimited(Member.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.members) { writer.uint(18); writer.uint(Member.size(item)); Member.write(item, writer); }
  },
  read(reader, end) {
    const message = MemberUpdateResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.members.push(readDelimited(Member, reader, end));
          break;
        default:
          reader.skip(key, end, MemberUpdateResponse);
      }
    }
    return message;
  },
});

export interface MemberListRequest {
  linearizable: boolean;
}
export const MemberListRequest: Codec<MemberListRequest> = codec<MemberListRequest>({
  name: "etcdserverpb.MemberListRequest",
  fields: [
    { no: 1, name: "linearizable", key: "linearizable", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ linearizable: false, ...init }),
  size(message) {
    let size = 0;
    if (message.linearizable) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    if (message.linearizable) { writer.uint(8); writer.bool(message.linearizable); }
  },
  read(reader, end) {
    const message = MemberListRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.linearizable = reader.bool(end);
          break;
        default:
          reader.skip(key, end, MemberListRequest);
      }
    }
    return message;
  },
});

export interface MemberListResponse {
  header: ResponseHeader | undefined;
  members: Member[];
}
export const MemberListResponse: Codec<MemberListResponse> = codec<MemberListResponse>({
  name: "etcdserverpb.MemberListResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "members", key: "members", kind: "message", repeated: true, optional: false, big: false, message: () => Member as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, members: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.members) size += 1 + sizeDelimited(Member.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.members) { writer.uint(18); writer.uint(Member.size(item)); Member.write(item, writer); }
  },
  read(reader, end) {
    const message = MemberListResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.members.push(readDelimited(Member, reader, end));
          break;
        default:
          reader.skip(key, end, MemberListResponse);
      }
    }
    return message;
  },
});

export interface MemberPromoteRequest {
  ID: bigint;
}
export const MemberPromoteRequest: Codec<MemberPromoteRequest> = codec<MemberPromoteRequest>({
  name: "etcdserverpb.MemberPromoteRequest",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ ID: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
  },
  read(reader, end) {
    const message = MemberPromoteRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = reader.big(end);
          break;
        default:
          reader.skip(key, end, MemberPromoteRequest);
      }
    }
    return message;
  },
});

export interface MemberPromoteResponse {
  header: ResponseHeader | undefined;
  members: Member[];
}
export const MemberPromoteResponse: Codec<MemberPromoteResponse> = codec<MemberPromoteResponse>({
  name: "etcdserverpb.MemberPromoteResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "members", key: "members", kind: "message", repeated: true, optional: false, big: false, message: () => Member as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, members: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.members) size += 1 + sizeDelimited(Member.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.members) { writer.uint(18); writer.uint(Member.size(item)); Member.write(item, writer); }
  },
  read(reader, end) {
    const message = MemberPromoteResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.members.push(readDelimited(Member, reader, end));
          break;
        default:
          reader.skip(key, end, MemberPromoteResponse);
      }
    }
    return message;
  },
});

export interface DefragmentRequest {
}
export const DefragmentRequest: Codec<DefragmentRequest> = codec<DefragmentRequest>({
  name: "etcdserverpb.DefragmentRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = DefragmentRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, DefragmentRequest);
      }
    }
    return message;
  },
});

export interface DefragmentResponse {
  header: ResponseHeader | undefined;
}
export const DefragmentResponse: Codec<DefragmentResponse> = codec<DefragmentResponse>({
  name: "etcdserverpb.DefragmentResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = DefragmentResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, DefragmentResponse);
      }
    }
    return message;
  },
});

export interface MoveLeaderRequest {
  targetID: bigint;
}
export const MoveLeaderRequest: Codec<MoveLeaderRequest> = codec<MoveLeaderRequest>({
  name: "etcdserverpb.MoveLeaderRequest",
  fields: [
    { no: 1, name: "targetID", key: "targetID", kind: "uint64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ targetID: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.targetID !== 0n) size += 1 + sizeBig(message.targetID);
    return size;
  },
  write(message, writer) {
    if (message.targetID !== 0n) { writer.uint(8); writer.big(message.targetID); }
  },
  read(reader, end) {
    const message = MoveLeaderRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.targetID = reader.big(end);
          break;
        default:
          reader.skip(key, end, MoveLeaderRequest);
      }
    }
    return message;
  },
});

export interface MoveLeaderResponse {
  header: ResponseHeader | undefined;
}
export const MoveLeaderResponse: Codec<MoveLeaderResponse> = codec<MoveLeaderResponse>({
  name: "etcdserverpb.MoveLeaderResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = MoveLeaderResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, MoveLeaderResponse);
      }
    }
    return message;
  },
});

export const AlarmRequest_AlarmAction = {
  GET: 0,
  ACTIVATE: 1,
  DEACTIVATE: 2,
} as const;
export const AlarmRequest_AlarmActionEnum: EnumType = { name: "etcdserverpb.AlarmRequest.AlarmAction", values: AlarmRequest_AlarmAction };

export interface AlarmRequest {
  action: number;
  memberID: bigint;
  alarm: number;
}
export const AlarmRequest: Codec<AlarmRequest> = codec<AlarmRequest>({
  name: "etcdserverpb.AlarmRequest",
  fields: [
    { no: 1, name: "action", key: "action", kind: "enum", repeated: false, optional: false, big: false, enumeration: AlarmRequest_AlarmActionEnum },
    { no: 2, name: "memberID", key: "memberID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 3, name: "alarm", key: "alarm", kind: "enum", repeated: false, optional: false, big: false, enumeration: AlarmTypeEnum },
  ],
  create: (init) => ({ action: 0, memberID: 0n, alarm: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.action !== 0) size += 1 + sizeInt(message.action);
    if (message.memberID !== 0n) size += 1 + sizeBig(message.memberID);
    if (message.alarm !== 0) size += 1 + sizeInt(message.alarm);
    return size;
  },
  write(message, writer) {
    if (message.action !== 0) { writer.uint(8); writer.int(message.action); }
    if (message.memberID !== 0n) { writer.uint(16); writer.big(message.memberID); }
    if (message.alarm !== 0) { writer.uint(24); writer.int(message.alarm); }
  },
  read(reader, end) {
    const message = AlarmRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.action = reader.int(end);
          break;
        case 16:
          message.memberID = reader.big(end);
          break;
        case 24:
          message.alarm = reader.int(end);
          break;
        default:
          reader.skip(key, end, AlarmRequest);
      }
    }
    return message;
  },
});

export interface AlarmMember {
  memberID: bigint;
  alarm: number;
}
export const AlarmMember: Codec<AlarmMember> = codec<AlarmMember>({
  name: "etcdserverpb.AlarmMember",
  fields: [
    { no: 1, name: "memberID", key: "memberID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "alarm", key: "alarm", kind: "enum", repeated: false, optional: false, big: false, enumeration: AlarmTypeEnum },
  ],
  create: (init) => ({ memberID: 0n, alarm: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.memberID !== 0n) size += 1 + sizeBig(message.memberID);
    if (message.alarm !== 0) size += 1 + sizeInt(message.alarm);
    return size;
  },
  write(message, writer) {
    if (message.memberID !== 0n) { writer.uint(8); writer.big(message.memberID); }
    if (message.alarm !== 0) { writer.uint(16); writer.int(message.alarm); }
  },
  read(reader, end) {
    const message = AlarmMember.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.memberID = reader.big(end);
          break;
        case 16:
          message.alarm = reader.int(end);
          break;
        default:
          reader.skip(key, end, AlarmMember);
      }
    }
    return message;
  },
});

export interface AlarmResponse {
  header: ResponseHeader | undefined;
  alarms: AlarmMember[];
}
export const AlarmResponse: Codec<AlarmResponse> = codec<AlarmResponse>({
  name: "etcdserverpb.AlarmResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "alarms", key: "alarms", kind: "message", repeated: true, optional: false, big: false, message: () => AlarmMember as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, alarms: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.alarms) size += 1 + sizeDelimited(AlarmMember.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.alarms) { writer.uint(18); writer.uint(AlarmMember.size(item)); AlarmMember.write(item, writer); }
  },
  read(reader, end) {
    const message = AlarmResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.alarms.push(readDelimited(AlarmMember, reader, end));
          break;
        default:
          reader.skip(key, end, AlarmResponse);
      }
    }
    return message;
  },
});

export const DowngradeRequest_DowngradeAction = {
  VALIDATE: 0,
  ENABLE: 1,
  CANCEL: 2,
} as const;
export const DowngradeRequest_DowngradeActionEnum: EnumType = { name: "etcdserverpb.DowngradeRequest.DowngradeAction", values: DowngradeRequest_DowngradeAction };

export interface DowngradeRequest {
  action: number;
  version: string;
}
export const DowngradeRequest: Codec<DowngradeRequest> = codec<DowngradeRequest>({
  name: "etcdserverpb.DowngradeRequest",
  fields: [
    { no: 1, name: "action", key: "action", kind: "enum", repeated: false, optional: false, big: false, enumeration: DowngradeRequest_DowngradeActionEnum },
    { no: 2, name: "version", key: "version", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ action: 0, version: "", ...init }),
  size(message) {
    let size = 0;
    if (message.action !== 0) size += 1 + sizeInt(message.action);
    if (message.version !== "") size += 1 + sizeString(message.version);
    return size;
  },
  write(message, writer) {
    if (message.action !== 0) { writer.uint(8); writer.int(message.action); }
    if (message.version !== "") { writer.uint(18); writer.string(message.version); }
  },
  read(reader, end) {
    const message = DowngradeRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.action = reader.int(end);
          break;
        case 18:
          message.version = reader.string(end);
          break;
        default:
          reader.skip(key, end, DowngradeRequest);
      }
    }
    return message;
  },
});

export interface DowngradeResponse {
  header: ResponseHeader | undefined;
  version: string;
}
export const DowngradeResponse: Codec<DowngradeResponse> = codec<DowngradeResponse>({
  name: "etcdserverpb.DowngradeResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "version", key: "version", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, version: "", ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.version !== "") size += 1 + sizeString(message.version);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.version !== "") { writer.uint(18); writer.string(message.version); }
  },
  read(reader, end) {
    const message = DowngradeResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.version = reader.string(end);
          break;
        default:
          reader.skip(key, end, DowngradeResponse);
      }
    }
    return message;
  },
});

export interface DowngradeVersionTestRequest {
  ver: string;
}
export const DowngradeVersionTestRequest: Codec<DowngradeVersionTestRequest> = codec<DowngradeVersionTestRequest>({
  name: "etcdserverpb.DowngradeVersionTestRequest",
  fields: [
    { no: 1, name: "ver", key: "ver", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ ver: "", ...init }),
  size(message) {
    let size = 0;
    if (message.ver !== "") size += 1 + sizeString(message.ver);
    return size;
  },
  write(message, writer) {
    if (message.ver !== "") { writer.uint(10); writer.string(message.ver); }
  },
  read(reader, end) {
    const message = DowngradeVersionTestRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.ver = reader.string(end);
          break;
        default:
          reader.skip(key, end, DowngradeVersionTestRequest);
      }
    }
    return message;
  },
});

export interface StatusRequest {
}
export const StatusRequest: Codec<StatusRequest> = codec<StatusRequest>({
  name: "etcdserverpb.StatusRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = StatusRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, StatusRequest);
      }
    }
    return message;
  },
});

export interface StatusResponse {
  header: ResponseHeader | undefined;
  version: string;
  dbSize: number;
  leader: bigint;
  raftIndex: number;
  raftTerm: number;
  raftAppliedIndex: number;
  errors: string[];
  dbSizeInUse: number;
  isLearner: boolean;
  storageVersion: string;
  dbSizeQuota: number;
  downgradeInfo: DowngradeInfo | undefined;
}
export const StatusResponse: Codec<StatusResponse> = codec<StatusResponse>({
  name: "etcdserverpb.StatusResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "version", key: "version", kind: "string", repeated: false, optional: false, big: false },
    { no: 3, name: "dbSize", key: "dbSize", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "leader", key: "leader", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 5, name: "raftIndex", key: "raftIndex", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 6, name: "raftTerm", key: "raftTerm", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 7, name: "raftAppliedIndex", key: "raftAppliedIndex", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 8, name: "errors", key: "errors", kind: "string", repeated: true, optional: false, big: false },
    { no: 9, name: "dbSizeInUse", key: "dbSizeInUse", kind: "int64", repeated: false, optional: false, big: false },
    { no: 10, name: "isLearner", key: "isLearner", kind: "bool", repeated: false, optional: false, big: false },
    { no: 11, name: "storageVersion", key: "storageVersion", kind: "string", repeated: false, optional: false, big: false },
    { no: 12, name: "dbSizeQuota", key: "dbSizeQuota", kind: "int64", repeated: false, optional: false, big: false },
    { no: 13, name: "downgradeInfo", key: "downgradeInfo", kind: "message", repeated: false, optional: true, big: false, message: () => DowngradeInfo as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, version: "", dbSize: 0, leader: 0n, raftIndex: 0, raftTerm: 0, raftAppliedIndex: 0, errors: [], dbSizeInUse: 0, isLearner: false, storageVersion: "", dbSizeQuota: 0, downgradeInfo: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.version !== "") size += 1 + sizeString(message.version);
    if (message.dbSize !== 0) size += 1 + sizeInt(message.dbSize);
    if (message.leader !== 0n) size += 1 + sizeBig(message.leader);
    if (message.raftIndex !== 0) size += 1 + sizeUint(message.raftIndex);
    if (message.raftTerm !== 0) size += 1 + sizeUint(message.raftTerm);
    if (message.raftAppliedIndex !== 0) size += 1 + sizeUint(message.raftAppliedIndex);
    for (const item of message.errors) size += 1 + sizeString(item);
    if (message.dbSizeInUse !== 0) size += 1 + sizeInt(message.dbSizeInUse);
    if (message.isLearner) size += 1 + 1;
    if (message.storageVersion !== "") size += 1 + sizeString(message.storageVersion);
    if (message.dbSizeQuota !== 0) size += 1 + sizeInt(message.dbSizeQuota);
    if (message.downgradeInfo !== undefined) size += 1 + sizeDelimited(DowngradeInfo.size(message.downgradeInfo));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.version !== "") { writer.uint(18); writer.string(message.version); }
    if (message.dbSize !== 0) { writer.uint(24); writer.int(message.dbSize); }
    if (message.leader !== 0n) { writer.uint(32); writer.big(message.leader); }
    if (message.raftIndex !== 0) { writer.uint(40); writer.uint(message.raftIndex); }
    if (message.raftTerm !== 0) { writer.uint(48); writer.uint(message.raftTerm); }
    if (message.raftAppliedIndex !== 0) { writer.uint(56); writer.uint(message.raftAppliedIndex); }
    for (const item of message.errors) { writer.uint(66); writer.string(item); }
    if (message.dbSizeInUse !== 0) { writer.uint(72); writer.int(message.dbSizeInUse); }
    if (message.isLearner) { writer.uint(80); writer.bool(message.isLearner); }
    if (message.storageVersion !== "") { writer.uint(90); writer.string(message.storageVersion); }
    if (message.dbSizeQuota !== 0) { writer.uint(96); writer.int(message.dbSizeQuota); }
    if (message.downgradeInfo !== undefined) { writer.uint(106); writer.uint(DowngradeInfo.size(message.downgradeInfo)); DowngradeInfo.write(message.downgradeInfo, writer); }
  },
  read(reader, end) {
    const message = StatusResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.version = reader.string(end);
          break;
        case 24:
          message.dbSize = reader.int(end);
          break;
        case 32:
          message.leader = reader.big(end);
          break;
        case 40:
          message.raftIndex = reader.uint(end);
          break;
        case 48:
          message.raftTerm = reader.uint(end);
          break;
        case 56:
          message.raftAppliedIndex = reader.uint(end);
          break;
        case 66:
          message.errors.push(reader.string(end));
          break;
        case 72:
          message.dbSizeInUse = reader.int(end);
          break;
        case 80:
          message.isLearner = reader.bool(end);
          break;
        case 90:
          message.storageVersion = reader.string(end);
          break;
        case 96:
          message.dbSizeQuota = reader.int(end);
          break;
        case 106:
          message.downgradeInfo = readDelimited(DowngradeInfo, reader, end);
          break;
        default:
          reader.skip(key, end, StatusResponse);
      }
    }
    return message;
  },
});

export interface DowngradeInfo {
  enabled: boolean;
  targetVersion: string;
}
export const DowngradeInfo: Codec<DowngradeInfo> = codec<DowngradeInfo>({
  name: "etcdserverpb.DowngradeInfo",
  fields: [
    { no: 1, name: "enabled", key: "enabled", kind: "bool", repeated: false, optional: false, big: false },
    { no: 2, name: "targetVersion", key: "targetVersion", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ enabled: false, targetVersion: "", ...init }),
  size(message) {
    let size = 0;
    if (message.enabled) size += 1 + 1;
    if (message.targetVersion !== "") size += 1 + sizeString(message.targetVersion);
    return size;
  },
  write(message, writer) {
    if (message.enabled) { writer.uint(8); writer.bool(message.enabled); }
    if (message.targetVersion !== "") { writer.uint(18); writer.string(message.targetVersion); }
  },
  read(reader, end) {
    const message = DowngradeInfo.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.enabled = reader.bool(end);
          break;
        case 18:
          message.targetVersion = reader.string(end);
          break;
        default:
          reader.skip(key, end, DowngradeInfo);
      }
    }
    return message;
  },
});

export interface AuthEnableRequest {
}
export const AuthEnableRequest: Codec<AuthEnableRequest> = codec<AuthEnableRequest>({
  name: "etcdserverpb.AuthEnableRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = AuthEnableRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, AuthEnableRequest);
      }
    }
    return message;
  },
});

export interface AuthDisableRequest {
}
export const AuthDisableRequest: Codec<AuthDisableRequest> = codec<AuthDisableRequest>({
  name: "etcdserverpb.AuthDisableRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = AuthDisableRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, AuthDisableRequest);
      }
    }
    return message;
  },
});

export interface AuthStatusRequest {
}
export const AuthStatusRequest: Codec<AuthStatusRequest> = codec<AuthStatusRequest>({
  name: "etcdserverpb.AuthStatusRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = AuthStatusRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, AuthStatusRequest);
      }
    }
    return message;
  },
});

export interface AuthenticateRequest {
  name: string;
  password: string;
}
export const AuthenticateRequest: Codec<AuthenticateRequest> = codec<AuthenticateRequest>({
  name: "etcdserverpb.AuthenticateRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "password", key: "password", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", password: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    if (message.password !== "") size += 1 + sizeString(message.password);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
    if (message.password !== "") { writer.uint(18); writer.string(message.password); }
  },
  read(reader, end) {
    const message = AuthenticateRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        case 18:
          message.password = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthenticateRequest);
      }
    }
    return message;
  },
});

export interface AuthUserAddRequest {
  name: string;
  password: string;
  options: authpb.UserAddOptions | undefined;
  hashedPassword: string;
}
export const AuthUserAddRequest: Codec<AuthUserAddRequest> = codec<AuthUserAddRequest>({
  name: "etcdserverpb.AuthUserAddRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "password", key: "password", kind: "string", repeated: false, optional: false, big: false },
    { no: 3, name: "options", key: "options", kind: "message", repeated: false, optional: true, big: false, message: () => authpb.UserAddOptions as Codec<unknown> },
    { no: 4, name: "hashedPassword", key: "hashedPassword", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", password: "", options: undefined, hashedPassword: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    if (message.password !== "") size += 1 + sizeString(message.password);
    if (message.options !== undefined) size += 1 + sizeDelimited(authpb.UserAddOptions.size(message.options));
    if (message.hashedPassword !== "") size += 1 + sizeString(message.hashedPassword);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
    if (message.password !== "") { writer.uint(18); writer.string(message.password); }
    if (message.options !== undefined) { writer.uint(26); writer.uint(authpb.UserAddOptions.size(message.options)); authpb.UserAddOptions.write(message.options, writer); }
    if (message.hashedPassword !== "") { writer.uint(34); writer.string(message.hashedPassword); }
  },
  read(reader, end) {
    const message = AuthUserAddRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        case 18:
          message.password = reader.string(end);
          break;
        case 26:
          message.options = readDelimited(authpb.UserAddOptions, reader, end);
          break;
        case 34:
          message.hashedPassword = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthUserAddRequest);
      }
    }
    return message;
  },
});

export interface AuthUserGetRequest {
  name: string;
}
export const AuthUserGetRequest: Codec<AuthUserGetRequest> = codec<AuthUserGetRequest>({
  name: "etcdserverpb.AuthUserGetRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
  },
  read(reader, end) {
    const message = AuthUserGetRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthUserGetRequest);
      }
    }
    return message;
  },
});

export interface AuthUserDeleteRequest {
  name: string;
}
export const AuthUserDeleteRequest: Codec<AuthUserDeleteRequest> = codec<AuthUserDeleteRequest>({
  name: "etcdserverpb.AuthUserDeleteRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
  },
  read(reader, end) {
    const message = AuthUserDeleteRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthUserDeleteRequest);
      }
    }
    return message;
  },
});

export interface AuthUserChangePasswordRequest {
  name: string;
  password: string;
  hashedPassword: string;
}
export const AuthUserChangePasswordRequest: Codec<AuthUserChangePasswordRequest> = codec<AuthUserChangePasswordRequest>({
  name: "etcdserverpb.AuthUserChangePasswordRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "password", key: "password", kind: "string", repeated: false, optional: false, big: false },
    { no: 3, name: "hashedPassword", key: "hashedPassword", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", password: "", hashedPassword: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    if (message.password !== "") size += 1 + sizeString(message.password);
    if (message.hashedPassword !== "") size += 1 + sizeString(message.hashedPassword);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
    if (message.password !== "") { writer.uint(18); writer.string(message.password); }
    if (message.hashedPassword !== "") { writer.uint(26); writer.string(message.hashedPassword); }
  },
  read(reader, end) {
    const message = AuthUserChangePasswordRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        case 18:
          message.password = reader.string(end);
          break;
        case 26:
          message.hashedPassword = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthUserChangePasswordRequest);
      }
    }
    return message;
  },
});

export interface AuthUserGrantRoleRequest {
  user: string;
  role: string;
}
export const AuthUserGrantRoleRequest: Codec<AuthUserGrantRoleRequest> = codec<AuthUserGrantRoleRequest>({
  name: "etcdserverpb.AuthUserGrantRoleRequest",
  fields: [
    { no: 1, name: "user", key: "user", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "role", key: "role", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ user: "", role: "", ...init }),
  size(message) {
    let size = 0;
    if (message.user !== "") size += 1 + sizeString(message.user);
    if (message.role !== "") size += 1 + sizeString(message.role);
    return size;
  },
  write(message, writer) {
    if (message.user !== "") { writer.uint(10); writer.string(message.user); }
    if (message.role !== "") { writer.uint(18); writer.string(message.role); }
  },
  read(reader, end) {
    const message = AuthUserGrantRoleRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.user = reader.string(end);
          break;
        case 18:
          message.role = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthUserGrantRoleRequest);
      }
    }
    return message;
  },
});

export interface AuthUserRevokeRoleRequest {
  name: string;
  role: string;
}
export const AuthUserRevokeRoleRequest: Codec<AuthUserRevokeRoleRequest> = codec<AuthUserRevokeRoleRequest>({
  name: "etcdserverpb.AuthUserRevokeRoleRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "role", key: "role", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", role: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    if (message.role !== "") size += 1 + sizeString(message.role);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
    if (message.role !== "") { writer.uint(18); writer.string(message.role); }
  },
  read(reader, end) {
    const message = AuthUserRevokeRoleRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        case 18:
          message.role = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthUserRevokeRoleRequest);
      }
    }
    return message;
  },
});

export interface AuthRoleAddRequest {
  name: string;
}
export const AuthRoleAddRequest: Codec<AuthRoleAddRequest> = codec<AuthRoleAddRequest>({
  name: "etcdserverpb.AuthRoleAddRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: "", ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
  },
  read(reader, end) {
    const message = AuthRoleAddRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthRoleAddRequest);
      }
    }
    return message;
  },
});

export interface AuthRoleGetRequest {
  role: string;
}
export const AuthRoleGetRequest: Codec<AuthRoleGetRequest> = codec<AuthRoleGetRequest>({
  name: "etcdserverpb.AuthRoleGetRequest",
  fields: [
    { no: 1, name: "role", key: "role", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ role: "", ...init }),
  size(message) {
    let size = 0;
    if (message.role !== "") size += 1 + sizeString(message.role);
    return size;
  },
  write(message, writer) {
    if (message.role !== "") { writer.uint(10); writer.string(message.role); }
  },
  read(reader, end) {
    const message = AuthRoleGetRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.role = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthRoleGetRequest);
      }
    }
    return message;
  },
});

export interface AuthUserListRequest {
}
export const AuthUserListRequest: Codec<AuthUserListRequest> = codec<AuthUserListRequest>({
  name: "etcdserverpb.AuthUserListRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = AuthUserListRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, AuthUserListRequest);
      }
    }
    return message;
  },
});

export interface AuthRoleListRequest {
}
export const AuthRoleListRequest: Codec<AuthRoleListRequest> = codec<AuthRoleListRequest>({
  name: "etcdserverpb.AuthRoleListRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = AuthRoleListRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, AuthRoleListRequest);
      }
    }
    return message;
  },
});

export interface AuthRoleDeleteRequest {
  role: string;
}
export const AuthRoleDeleteRequest: Codec<AuthRoleDeleteRequest> = codec<AuthRoleDeleteRequest>({
  name: "etcdserverpb.AuthRoleDeleteRequest",
  fields: [
    { no: 1, name: "role", key: "role", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ role: "", ...init }),
  size(message) {
    let size = 0;
    if (message.role !== "") size += 1 + sizeString(message.role);
    return size;
  },
  write(message, writer) {
    if (message.role !== "") { writer.uint(10); writer.string(message.role); }
  },
  read(reader, end) {
    const message = AuthRoleDeleteRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.role = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthRoleDeleteRequest);
      }
    }
    return message;
  },
});

export interface AuthRoleGrantPermissionRequest {
  name: string;
  perm: authpb.Permission | undefined;
}
export const AuthRoleGrantPermissionRequest: Codec<AuthRoleGrantPermissionRequest> = codec<AuthRoleGrantPermissionRequest>({
  name: "etcdserverpb.AuthRoleGrantPermissionRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "perm", key: "perm", kind: "message", repeated: false, optional: true, big: false, message: () => authpb.Permission as Codec<unknown> },
  ],
  create: (init) => ({ name: "", perm: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    if (message.perm !== undefined) size += 1 + sizeDelimited(authpb.Permission.size(message.perm));
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
    if (message.perm !== undefined) { writer.uint(18); writer.uint(authpb.Permission.size(message.perm)); authpb.Permission.write(message.perm, writer); }
  },
  read(reader, end) {
    const message = AuthRoleGrantPermissionRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        case 18:
          message.perm = readDelimited(authpb.Permission, reader, end);
          break;
        default:
          reader.skip(key, end, AuthRoleGrantPermissionRequest);
      }
    }
    return message;
  },
});

export interface AuthRoleRevokePermissionRequest {
  role: string;
  key: Buffer;
  rangeEnd: Buffer;
}
export const AuthRoleRevokePermissionRequest: Codec<AuthRoleRevokePermissionRequest> = codec<AuthRoleRevokePermissionRequest>({
  name: "etcdserverpb.AuthRoleRevokePermissionRequest",
  fields: [
    { no: 1, name: "role", key: "role", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "range_end", key: "rangeEnd", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ role: "", key: EMPTY, rangeEnd: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.role !== "") size += 1 + sizeString(message.role);
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.rangeEnd.length > 0) size += 1 + sizeBytes(message.rangeEnd);
    return size;
  },
  write(message, writer) {
    if (message.role !== "") { writer.uint(10); writer.string(message.role); }
    if (message.key.length > 0) { writer.uint(18); writer.bytes(message.key); }
    if (message.rangeEnd.length > 0) { writer.uint(26); writer.bytes(message.rangeEnd); }
  },
  read(reader, end) {
    const message = AuthRoleRevokePermissionRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.role = reader.string(end);
          break;
        case 18:
          message.key = reader.bytes(end);
          break;
        case 26:
          message.rangeEnd = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, AuthRoleRevokePermissionRequest);
      }
    }
    return message;
  },
});

export interface AuthEnableResponse {
  header: ResponseHeader | undefined;
}
export const AuthEnableResponse: Codec<AuthEnableResponse> = codec<AuthEnableResponse>({
  name: "etcdserverpb.AuthEnableResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthEnableResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthEnableResponse);
      }
    }
    return message;
  },
});

export interface AuthDisableResponse {
  header: ResponseHeader | undefined;
}
export const AuthDisableResponse: Codec<AuthDisableResponse> = codec<AuthDisableResponse>({
  name: "etcdserverpb.AuthDisableResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthDisableResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthDisableResponse);
      }
    }
    return message;
  },
});

export interface AuthStatusResponse {
  header: ResponseHeader | undefined;
  enabled: boolean;
  authRevision: number;
}
export const AuthStatusResponse: Codec<AuthStatusResponse> = codec<AuthStatusResponse>({
  name: "etcdserverpb.AuthStatusResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "enabled", key: "enabled", kind: "bool", repeated: false, optional: false, big: false },
    { no: 3, name: "authRevision", key: "authRevision", kind: "uint64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, enabled: false, authRevision: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.enabled) size += 1 + 1;
    if (message.authRevision !== 0) size += 1 + sizeUint(message.authRevision);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.enabled) { writer.uint(16); writer.bool(message.enabled); }
    if (message.authRevision !== 0) { writer.uint(24); writer.uint(message.authRevision); }
  },
  read(reader, end) {
    const message = AuthStatusResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 16:
          message.enabled = reader.bool(end);
          break;
        case 24:
          message.authRevision = reader.uint(end);
          break;
        default:
          reader.skip(key, end, AuthStatusResponse);
      }
    }
    return message;
  },
});

export interface AuthenticateResponse {
  header: ResponseHeader | undefined;
  token: string;
}
export const AuthenticateResponse: Codec<AuthenticateResponse> = codec<AuthenticateResponse>({
  name: "etcdserverpb.AuthenticateResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "token", key: "token", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, token: "", ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    if (message.token !== "") size += 1 + sizeString(message.token);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    if (message.token !== "") { writer.uint(18); writer.string(message.token); }
  },
  read(reader, end) {
    const message = AuthenticateResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.token = reader.string(end);
          break;
        default:
          reader.skip(key, end, AuthenticateResponse);
      }
    }
    return message;
  },
});

export interface AuthUserAddResponse {
  header: ResponseHeader | undefined;
}
export const AuthUserAddResponse: Codec<AuthUserAddResponse> = codec<AuthUserAddResponse>({
  name: "etcdserverpb.AuthUserAddResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthUserAddResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthUserAddResponse);
      }
    }
    return message;
  },
});

export interface AuthUserGetResponse {
  header: ResponseHeader | undefined;
  roles: string[];
}
export const AuthUserGetResponse: Codec<AuthUserGetResponse> = codec<AuthUserGetResponse>({
  name: "etcdserverpb.AuthUserGetResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "roles", key: "roles", kind: "string", repeated: true, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, roles: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.roles) size += 1 + sizeString(item);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.roles) { writer.uint(18); writer.string(item); }
  },
  read(reader, end) {
    const message = AuthUserGetResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.roles.push(reader.string(end));
          break;
        default:
          reader.skip(key, end, AuthUserGetResponse);
      }
    }
    return message;
  },
});

export interface AuthUserDeleteResponse {
  header: ResponseHeader | undefined;
}
export const AuthUserDeleteResponse: Codec<AuthUserDeleteResponse> = codec<AuthUserDeleteResponse>({
  name: "etcdserverpb.AuthUserDeleteResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthUserDeleteResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthUserDeleteResponse);
      }
    }
    return message;
  },
});

export interface AuthUserChangePasswordResponse {
  header: ResponseHeader | undefined;
}
export const AuthUserChangePasswordResponse: Codec<AuthUserChangePasswordResponse> = codec<AuthUserChangePasswordResponse>({
  name: "etcdserverpb.AuthUserChangePasswordResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthUserChangePasswordResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthUserChangePasswordResponse);
      }
    }
    return message;
  },
});

export interface AuthUserGrantRoleResponse {
  header: ResponseHeader | undefined;
}
export const AuthUserGrantRoleResponse: Codec<AuthUserGrantRoleResponse> = codec<AuthUserGrantRoleResponse>({
  name: "etcdserverpb.AuthUserGrantRoleResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthUserGrantRoleResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthUserGrantRoleResponse);
      }
    }
    return message;
  },
});

export interface AuthUserRevokeRoleResponse {
  header: ResponseHeader | undefined;
}
export const AuthUserRevokeRoleResponse: Codec<AuthUserRevokeRoleResponse> = codec<AuthUserRevokeRoleResponse>({
  name: "etcdserverpb.AuthUserRevokeRoleResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthUserRevokeRoleResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthUserRevokeRoleResponse);
      }
    }
    return message;
  },
});

export interface AuthRoleAddResponse {
  header: ResponseHeader | undefined;
}
export const AuthRoleAddResponse: Codec<AuthRoleAddResponse> = codec<AuthRoleAddResponse>({
  name: "etcdserverpb.AuthRoleAddResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthRoleAddResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthRoleAddResponse);
      }
    }
    return message;
  },
});

export interface AuthRoleGetResponse {
  header: ResponseHeader | undefined;
  perm: authpb.Permission[];
}
export const AuthRoleGetResponse: Codec<AuthRoleGetResponse> = codec<AuthRoleGetResponse>({
  name: "etcdserverpb.AuthRoleGetResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "perm", key: "perm", kind: "message", repeated: true, optional: false, big: false, message: () => authpb.Permission as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, perm: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.perm) size += 1 + sizeDelimited(authpb.Permission.size(item));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.perm) { writer.uint(18); writer.uint(authpb.Permission.size(item)); authpb.Permission.write(item, writer); }
  },
  read(reader, end) {
    const message = AuthRoleGetResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.perm.push(readDelimited(authpb.Permission, reader, end));
          break;
        default:
          reader.skip(key, end, AuthRoleGetResponse);
      }
    }
    return message;
  },
});

export interface AuthRoleListResponse {
  header: ResponseHeader | undefined;
  roles: string[];
}
export const AuthRoleListResponse: Codec<AuthRoleListResponse> = codec<AuthRoleListResponse>({
  name: "etcdserverpb.AuthRoleListResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "roles", key: "roles", kind: "string", repeated: true, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, roles: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.roles) size += 1 + sizeString(item);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.roles) { writer.uint(18); writer.string(item); }
  },
  read(reader, end) {
    const message = AuthRoleListResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.roles.push(reader.string(end));
          break;
        default:
          reader.skip(key, end, AuthRoleListResponse);
      }
    }
    return message;
  },
});

export interface AuthUserListResponse {
  header: ResponseHeader | undefined;
  users: string[];
}
export const AuthUserListResponse: Codec<AuthUserListResponse> = codec<AuthUserListResponse>({
  name: "etcdserverpb.AuthUserListResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
    { no: 2, name: "users", key: "users", kind: "string", repeated: true, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, users: [], ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    for (const item of message.users) size += 1 + sizeString(item);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
    for (const item of message.users) { writer.uint(18); writer.string(item); }
  },
  read(reader, end) {
    const message = AuthUserListResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        case 18:
          message.users.push(reader.string(end));
          break;
        default:
          reader.skip(key, end, AuthUserListResponse);
      }
    }
    return message;
  },
});

export interface AuthRoleDeleteResponse {
  header: ResponseHeader | undefined;
}
export const AuthRoleDeleteResponse: Codec<AuthRoleDeleteResponse> = codec<AuthRoleDeleteResponse>({
  name: "etcdserverpb.AuthRoleDeleteResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthRoleDeleteResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthRoleDeleteResponse);
      }
    }
    return message;
  },
});

export interface AuthRoleGrantPermissionResponse {
  header: ResponseHeader | undefined;
}
export const AuthRoleGrantPermissionResponse: Codec<AuthRoleGrantPermissionResponse> = codec<AuthRoleGrantPermissionResponse>({
  name: "etcdserverpb.AuthRoleGrantPermissionResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthRoleGrantPermissionResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthRoleGrantPermissionResponse);
      }
    }
    return message;
  },
});

export interface AuthRoleRevokePermissionResponse {
  header: ResponseHeader | undefined;
}
export const AuthRoleRevokePermissionResponse: Codec<AuthRoleRevokePermissionResponse> = codec<AuthRoleRevokePermissionResponse>({
  name: "etcdserverpb.AuthRoleRevokePermissionResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(ResponseHeader.size(message.header)); ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = AuthRoleRevokePermissionResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, AuthRoleRevokePermissionResponse);
      }
    }
    return message;
  },
});

export const KVService = {
  Range: { service: "etcdserverpb.KV", name: "Range", request: RangeRequest, response: RangeResponse, requestStream: false, responseStream: false } satisfies MethodInfo<RangeRequest, RangeResponse>,
  RangeStream: { service: "etcdserverpb.KV", name: "RangeStream", request: RangeRequest, response: RangeStreamResponse, requestStream: false, responseStream: true } satisfies MethodInfo<RangeRequest, RangeStreamResponse>,
  Put: { service: "etcdserverpb.KV", name: "Put", request: PutRequest, response: PutResponse, requestStream: false, responseStream: false } satisfies MethodInfo<PutRequest, PutResponse>,
  DeleteRange: { service: "etcdserverpb.KV", name: "DeleteRange", request: DeleteRangeRequest, response: DeleteRangeResponse, requestStream: false, responseStream: false } satisfies MethodInfo<DeleteRangeRequest, DeleteRangeResponse>,
  Txn: { service: "etcdserverpb.KV", name: "Txn", request: TxnRequest, response: TxnResponse, requestStream: false, responseStream: false } satisfies MethodInfo<TxnRequest, TxnResponse>,
  Compact: { service: "etcdserverpb.KV", name: "Compact", request: CompactionRequest, response: CompactionResponse, requestStream: false, responseStream: false } satisfies MethodInfo<CompactionRequest, CompactionResponse>,
} as const;

export const WatchService = {
  Watch: { service: "etcdserverpb.Watch", name: "Watch", request: WatchRequest, response: WatchResponse, requestStream: true, responseStream: true } satisfies MethodInfo<WatchRequest, WatchResponse>,
} as const;

export const LeaseService = {
  LeaseGrant: { service: "etcdserverpb.Lease", name: "LeaseGrant", request: LeaseGrantRequest, response: LeaseGrantResponse, requestStream: false, responseStream: false } satisfies MethodInfo<LeaseGrantRequest, LeaseGrantResponse>,
  LeaseRevoke: { service: "etcdserverpb.Lease", name: "LeaseRevoke", request: LeaseRevokeRequest, response: LeaseRevokeResponse, requestStream: false, responseStream: false } satisfies MethodInfo<LeaseRevokeRequest, LeaseRevokeResponse>,
  LeaseKeepAlive: { service: "etcdserverpb.Lease", name: "LeaseKeepAlive", request: LeaseKeepAliveRequest, response: LeaseKeepAliveResponse, requestStream: true, responseStream: true } satisfies MethodInfo<LeaseKeepAliveRequest, LeaseKeepAliveResponse>,
  LeaseTimeToLive: { service: "etcdserverpb.Lease", name: "LeaseTimeToLive", request: LeaseTimeToLiveRequest, response: LeaseTimeToLiveResponse, requestStream: false, responseStream: false } satisfies MethodInfo<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>,
  LeaseLeases: { service: "etcdserverpb.Lease", name: "LeaseLeases", request: LeaseLeasesRequest, response: LeaseLeasesResponse, requestStream: false, responseStream: false } satisfies MethodInfo<LeaseLeasesRequest, LeaseLeasesResponse>,
} as const;

export const ClusterService = {
  MemberAdd: { service: "etcdserverpb.Cluster", name: "MemberAdd", request: MemberAddRequest, response: MemberAddResponse, requestStream: false, responseStream: false } satisfies MethodInfo<MemberAddRequest, MemberAddResponse>,
  MemberRemove: { service: "etcdserverpb.Cluster", name: "MemberRemove", request: MemberRemoveRequest, response: MemberRemoveResponse, requestStream: false, responseStream: false } satisfies MethodInfo<MemberRemoveRequest, MemberRemoveResponse>,
  MemberUpdate: { service: "etcdserverpb.Cluster", name: "MemberUpdate", request: MemberUpdateRequest, response: MemberUpdateResponse, requestStream: false, responseStream: false } satisfies MethodInfo<MemberUpdateRequest, MemberUpdateResponse>,
  MemberList: { service: "etcdserverpb.Cluster", name: "MemberList", request: MemberListRequest, response: MemberListResponse, requestStream: false, responseStream: false } satisfies MethodInfo<MemberListRequest, MemberListResponse>,
  MemberPromote: { service: "etcdserverpb.Cluster", name: "MemberPromote", request: MemberPromoteRequest, response: MemberPromoteResponse, requestStream: false, responseStream: false } satisfies MethodInfo<MemberPromoteRequest, MemberPromoteResponse>,
} as const;

export const MaintenanceService = {
  Alarm: { service: "etcdserverpb.Maintenance", name: "Alarm", request: AlarmRequest, response: AlarmResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AlarmRequest, AlarmResponse>,
  Status: { service: "etcdserverpb.Maintenance", name: "Status", request: StatusRequest, response: StatusResponse, requestStream: false, responseStream: false } satisfies MethodInfo<StatusRequest, StatusResponse>,
  Defragment: { service: "etcdserverpb.Maintenance", name: "Defragment", request: DefragmentRequest, response: DefragmentResponse, requestStream: false, responseStream: false } satisfies MethodInfo<DefragmentRequest, DefragmentResponse>,
  Hash: { service: "etcdserverpb.Maintenance", name: "Hash", request: HashRequest, response: HashResponse, requestStream: false, responseStream: false } satisfies MethodInfo<HashRequest, HashResponse>,
  HashKV: { service: "etcdserverpb.Maintenance", name: "HashKV", request: HashKVRequest, response: HashKVResponse, requestStream: false, responseStream: false } satisfies MethodInfo<HashKVRequest, HashKVResponse>,
  Snapshot: { service: "etcdserverpb.Maintenance", name: "Snapshot", request: SnapshotRequest, response: SnapshotResponse, requestStream: false, responseStream: true } satisfies MethodInfo<SnapshotRequest, SnapshotResponse>,
  MoveLeader: { service: "etcdserverpb.Maintenance", name: "MoveLeader", request: MoveLeaderRequest, response: MoveLeaderResponse, requestStream: false, responseStream: false } satisfies MethodInfo<MoveLeaderRequest, MoveLeaderResponse>,
  Downgrade: { service: "etcdserverpb.Maintenance", name: "Downgrade", request: DowngradeRequest, response: DowngradeResponse, requestStream: false, responseStream: false } satisfies MethodInfo<DowngradeRequest, DowngradeResponse>,
} as const;

export const AuthService = {
  AuthEnable: { service: "etcdserverpb.Auth", name: "AuthEnable", request: AuthEnableRequest, response: AuthEnableResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthEnableRequest, AuthEnableResponse>,
  AuthDisable: { service: "etcdserverpb.Auth", name: "AuthDisable", request: AuthDisableRequest, response: AuthDisableResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthDisableRequest, AuthDisableResponse>,
  AuthStatus: { service: "etcdserverpb.Auth", name: "AuthStatus", request: AuthStatusRequest, response: AuthStatusResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthStatusRequest, AuthStatusResponse>,
  Authenticate: { service: "etcdserverpb.Auth", name: "Authenticate", request: AuthenticateRequest, response: AuthenticateResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthenticateRequest, AuthenticateResponse>,
  UserAdd: { service: "etcdserverpb.Auth", name: "UserAdd", request: AuthUserAddRequest, response: AuthUserAddResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthUserAddRequest, AuthUserAddResponse>,
  UserGet: { service: "etcdserverpb.Auth", name: "UserGet", request: AuthUserGetRequest, response: AuthUserGetResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthUserGetRequest, AuthUserGetResponse>,
  UserList: { service: "etcdserverpb.Auth", name: "UserList", request: AuthUserListRequest, response: AuthUserListResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthUserListRequest, AuthUserListResponse>,
  UserDelete: { service: "etcdserverpb.Auth", name: "UserDelete", request: AuthUserDeleteRequest, response: AuthUserDeleteResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthUserDeleteRequest, AuthUserDeleteResponse>,
  UserChangePassword: { service: "etcdserverpb.Auth", name: "UserChangePassword", request: AuthUserChangePasswordRequest, response: AuthUserChangePasswordResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse>,
  UserGrantRole: { service: "etcdserverpb.Auth", name: "UserGrantRole", request: AuthUserGrantRoleRequest, response: AuthUserGrantRoleResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse>,
  UserRevokeRole: { service: "etcdserverpb.Auth", name: "UserRevokeRole", request: AuthUserRevokeRoleRequest, response: AuthUserRevokeRoleResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse>,
  RoleAdd: { service: "etcdserverpb.Auth", name: "RoleAdd", request: AuthRoleAddRequest, response: AuthRoleAddResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthRoleAddRequest, AuthRoleAddResponse>,
  RoleGet: { service: "etcdserverpb.Auth", name: "RoleGet", request: AuthRoleGetRequest, response: AuthRoleGetResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthRoleGetRequest, AuthRoleGetResponse>,
  RoleList: { service: "etcdserverpb.Auth", name: "RoleList", request: AuthRoleListRequest, response: AuthRoleListResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthRoleListRequest, AuthRoleListResponse>,
  RoleDelete: { service: "etcdserverpb.Auth", name: "RoleDelete", request: AuthRoleDeleteRequest, response: AuthRoleDeleteResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthRoleDeleteRequest, AuthRoleDeleteResponse>,
  RoleGrantPermission: { service: "etcdserverpb.Auth", name: "RoleGrantPermission", request: AuthRoleGrantPermissionRequest, response: AuthRoleGrantPermissionResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>,
  RoleRevokePermission: { service: "etcdserverpb.Auth", name: "RoleRevokePermission", request: AuthRoleRevokePermissionRequest, response: AuthRoleRevokePermissionResponse, requestStream: false, responseStream: false } satisfies MethodInfo<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>,
} as const;
