/** Leases as stored, and as forwarded to the leader (etcd server, leasepb).
 * Generated from schema/leasepb.proto by tools/protogen; do not edit. */
import { codec, readDelimited, sizeBig, sizeDelimited, sizeInt, type Codec } from "../wire.ts";
import * as etcdserverpb from "./etcdserverpb.ts";

export interface Lease {
  ID: bigint;
  TTL: number;
  remainingTTL: number;
}
export const Lease: Codec<Lease> = codec<Lease>({
  name: "leasepb.Lease",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "int64", repeated: false, optional: false, big: true },
    { no: 2, name: "TTL", key: "TTL", kind: "int64", repeated: false, optional: false, big: false },
    { no: 3, name: "RemainingTTL", key: "remainingTTL", kind: "int64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ ID: 0n, TTL: 0, remainingTTL: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.TTL !== 0) size += 1 + sizeInt(message.TTL);
    if (message.remainingTTL !== 0) size += 1 + sizeInt(message.remainingTTL);
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    if (message.TTL !== 0) { writer.uint(16); writer.int(message.TTL); }
    if (message.remainingTTL !== 0) { writer.uint(24); writer.int(message.remainingTTL); }
  },
  read(reader, end) {
    const message = Lease.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.ID = BigInt.asIntN(64, reader.big(end));
          break;
        case 16:
          message.TTL = reader.int(end);
          break;
        case 24:
          message.remainingTTL = reader.int(end);
          break;
        default:
          reader.skip(key, end, Lease);
      }
    }
    return message;
  },
});

export interface LeaseInternalRequest {
  leaseTimeToLiveRequest: etcdserverpb.LeaseTimeToLiveRequest | undefined;
}
export const LeaseInternalRequest: Codec<LeaseInternalRequest> = codec<LeaseInternalRequest>({
  name: "leasepb.LeaseInternalRequest",
  fields: [
    { no: 1, name: "LeaseTimeToLiveRequest", key: "leaseTimeToLiveRequest", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.LeaseTimeToLiveRequest as Codec<unknown> },
  ],
  create: (init) => ({ leaseTimeToLiveRequest: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.leaseTimeToLiveRequest !== undefined) size += 1 + sizeDelimited(etcdserverpb.LeaseTimeToLiveRequest.size(message.leaseTimeToLiveRequest));
    return size;
  },
  write(message, writer) {
    if (message.leaseTimeToLiveRequest !== undefined) { writer.uint(10); writer.uint(etcdserverpb.LeaseTimeToLiveRequest.size(message.leaseTimeToLiveRequest)); etcdserverpb.LeaseTimeToLiveRequest.write(message.leaseTimeToLiveRequest, writer); }
  },
  read(reader, end) {
    const message = LeaseInternalRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.leaseTimeToLiveRequest = readDelimited(etcdserverpb.LeaseTimeToLiveRequest, reader, end);
          break;
        default:
          reader.skip(key, end, LeaseInternalRequest);
      }
    }
    return message;
  },
});

export interface LeaseInternalResponse {
  leaseTimeToLiveResponse: etcdserverpb.LeaseTimeToLiveResponse | undefined;
}
export const LeaseInternalResponse: Codec<LeaseInternalResponse> = codec<LeaseInternalResponse>({
  name: "leasepb.LeaseInternalResponse",
  fields: [
    { no: 1, name: "LeaseTimeToLiveResponse", key: "leaseTimeToLiveResponse", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.LeaseTimeToLiveResponse as Codec<unknown> },
  ],
  create: (init) => ({ leaseTimeToLiveResponse: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.leaseTimeToLiveResponse !== undefined) size += 1 + sizeDelimited(etcdserverpb.LeaseTimeToLiveResponse.size(message.leaseTimeToLiveResponse));
    return size;
  },
  write(message, writer) {
    if (message.leaseTimeToLiveResponse !== undefined) { writer.uint(10); writer.uint(etcdserverpb.LeaseTimeToLiveResponse.size(message.leaseTimeToLiveResponse)); etcdserverpb.LeaseTimeToLiveResponse.write(message.leaseTimeToLiveResponse, writer); }
  },
  read(reader, end) {
    const message = LeaseInternalResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.leaseTimeToLiveResponse = readDelimited(etcdserverpb.LeaseTimeToLiveResponse, reader, end);
          break;
        default:
          reader.skip(key, end, LeaseInternalResponse);
      }
    }
    return message;
  },
});
