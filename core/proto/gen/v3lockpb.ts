/** Locks kept by the server (etcd server/etcdserver/api/v3lock).
 * Generated from schema/v3lockpb.proto by tools/protogen; do not edit. */
import { EMPTY, codec, readDelimited, sizeBig, sizeBytes, sizeDelimited, type Codec, type MethodInfo } from "../wire.ts";
import * as etcdserverpb from "./etcdserverpb.ts";

export interface LockRequest {
  name: Buffer;
  lease: bigint;
}
export const LockRequest: Codec<LockRequest> = codec<LockRequest>({
  name: "v3lockpb.LockRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "lease", key: "lease", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ name: EMPTY, lease: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.name.length > 0) size += 1 + sizeBytes(message.name);
    if (message.lease !== 0n) size += 1 + sizeBig(message.lease);
    return size;
  },
  write(message, writer) {
    if (message.name.length > 0) { writer.uint(10); writer.bytes(message.name); }
    if (message.lease !== 0n) { writer.uint(16); writer.big(message.lease); }
  },
  read(reader, end) {
    const message = LockRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.bytes(end);
          break;
        case 16:
          message.lease = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, LockRequest);
      }
    }
    return message;
  },
});

export interface LockResponse {
  header: etcdserverpb.ResponseHeader | undefined;
  key: Buffer;
}
export const LockResponse: Codec<LockResponse> = codec<LockResponse>({
  name: "v3lockpb.LockResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.ResponseHeader as Codec<unknown> },
    { no: 2, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ header: undefined, key: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(etcdserverpb.ResponseHeader.size(message.header));
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(etcdserverpb.ResponseHeader.size(message.header)); etcdserverpb.ResponseHeader.write(message.header, writer); }
    if (message.key.length > 0) { writer.uint(18); writer.bytes(message.key); }
  },
  read(reader, end) {
    const message = LockResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(etcdserverpb.ResponseHeader, reader, end);
          break;
        case 18:
          message.key = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, LockResponse);
      }
    }
    return message;
  },
});

export interface UnlockRequest {
  key: Buffer;
}
export const UnlockRequest: Codec<UnlockRequest> = codec<UnlockRequest>({
  name: "v3lockpb.UnlockRequest",
  fields: [
    { no: 1, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ key: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    return size;
  },
  write(message, writer) {
    if (message.key.length > 0) { writer.uint(10); writer.bytes(message.key); }
  },
  read(reader, end) {
    const message = UnlockRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.key = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, UnlockRequest);
      }
    }
    return message;
  },
});

export interface UnlockResponse {
  header: etcdserverpb.ResponseHeader | undefined;
}
export const UnlockResponse: Codec<UnlockResponse> = codec<UnlockResponse>({
  name: "v3lockpb.UnlockResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.ResponseHeader as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(etcdserverpb.ResponseHeader.size(message.header));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(etcdserverpb.ResponseHeader.size(message.header)); etcdserverpb.ResponseHeader.write(message.header, writer); }
  },
  read(reader, end) {
    const message = UnlockResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(etcdserverpb.ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, UnlockResponse);
      }
    }
    return message;
  },
});

export const LockService = {
  Lock: { service: "v3lockpb.Lock", name: "Lock", request: LockRequest, response: LockResponse, requestStream: false, responseStream: false } satisfies MethodInfo<LockRequest, LockResponse>,
  Unlock: { service: "v3lockpb.Lock", name: "Unlock", request: UnlockRequest, response: UnlockResponse, requestStream: false, responseStream: false } satisfies MethodInfo<UnlockRequest, UnlockResponse>,
} as const;
