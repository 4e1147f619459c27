/** Elections kept by the server (etcd server/etcdserver/api/v3election).
 * Generated from schema/v3electionpb.proto by tools/protogen; do not edit. */
import { EMPTY, codec, readDelimited, sizeBig, sizeBytes, sizeDelimited, sizeInt, type Codec, type MethodInfo } from "../wire.ts";
import * as etcdserverpb from "./etcdserverpb.ts";
import * as mvccpb from "./mvccpb.ts";

export interface LeaderKey {
  name: Buffer;
  key: Buffer;
  rev: number;
  lease: bigint;
}
export const LeaderKey: Codec<LeaderKey> = codec<LeaderKey>({
  name: "v3electionpb.LeaderKey",
  fields: [
    { no: 1, name: "name", key: "name", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 3, name: "rev", key: "rev", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "lease", key: "lease", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ name: EMPTY, key: EMPTY, rev: 0, lease: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.name.length > 0) size += 1 + sizeBytes(message.name);
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.rev !== 0) size += 1 + sizeInt(message.rev);
    if (message.lease !== 0n) size += 1 + sizeBig(message.lease);
    return size;
  },
  write(message, writer) {
    if (message.name.length > 0) { writer.uint(10); writer.bytes(message.name); }
    if (message.key.length > 0) { writer.uint(18); writer.bytes(message.key); }
    if (message.rev !== 0) { writer.uint(24); writer.int(message.rev); }
    if (message.lease !== 0n) { writer.uint(32); writer.big(message.lease); }
  },
  read(reader, end) {
    const message = LeaderKey.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.bytes(end);
          break;
        case 18:
          message.key = reader.bytes(end);
          break;
        case 24:
          message.rev = reader.int(end);
          break;
        case 32:
          message.lease = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, LeaderKey);
      }
    }
    return message;
  },
});

export interface CampaignRequest {
  name: Buffer;
  lease: bigint;
  value: Buffer;
}
export const CampaignRequest: Codec<CampaignRequest> = codec<CampaignRequest>({
  name: "v3electionpb.CampaignRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "lease", key: "lease", kind: "int64", repeated: false, optional: false, big: true },
    { no: 3, name: "value", key: "value", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: EMPTY, lease: 0n, value: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.name.length > 0) size += 1 + sizeBytes(message.name);
    if (message.lease !== 0n) size += 1 + sizeBig(message.lease);
    if (message.value.length > 0) size += 1 + sizeBytes(message.value);
    return size;
  },
  write(message, writer) {
    if (message.name.length > 0) { writer.uint(10); writer.bytes(message.name); }
    if (message.lease !== 0n) { writer.uint(16); writer.big(message.lease); }
    if (message.value.length > 0) { writer.uint(26); writer.bytes(message.value); }
  },
  read(reader, end) {
    const message = CampaignRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.bytes(end);
          break;
        case 16:
          message.lease = BigInt.asIntN(64, reader.big(end));
          break;
        case 26:
          message.value = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, CampaignRequest);
      }
    }
    return message;
  },
});

export interface CampaignResponse {
  header: etcdserverpb.ResponseHeader | undefined;
  leader: LeaderKey | undefined;
}
export const CampaignResponse: Codec<CampaignResponse> = codec<CampaignResponse>({
  name: "v3electionpb.CampaignResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.ResponseHeader as Codec<unknown> },
    { no: 2, name: "leader", key: "leader", kind: "message", repeated: false, optional: true, big: false, message: () => LeaderKey as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, leader: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(etcdserverpb.ResponseHeader.size(message.header));
    if (message.leader !== undefined) size += 1 + sizeDelimited(LeaderKey.size(message.leader));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(etcdserverpb.ResponseHeader.size(message.header)); etcdserverpb.ResponseHeader.write(message.header, writer); }
    if (message.leader !== undefined) { writer.uint(18); writer.uint(LeaderKey.size(message.leader)); LeaderKey.write(message.leader, writer); }
  },
  read(reader, end) {
    const message = CampaignResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(etcdserverpb.ResponseHeader, reader, end);
          break;
        case 18:
          message.leader = readDelimited(LeaderKey, reader, end);
          break;
        default:
          reader.skip(key, end, CampaignResponse);
      }
    }
    return message;
  },
});

export interface LeaderRequest {
  name: Buffer;
}
export const LeaderRequest: Codec<LeaderRequest> = codec<LeaderRequest>({
  name: "v3electionpb.LeaderRequest",
  fields: [
    { no: 1, name: "name", key: "name", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ name: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.name.length > 0) size += 1 + sizeBytes(message.name);
    return size;
  },
  write(message, writer) {
    if (message.name.length > 0) { writer.uint(10); writer.bytes(message.name); }
  },
  read(reader, end) {
    const message = LeaderRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, LeaderRequest);
      }
    }
    return message;
  },
});

export interface LeaderResponse {
  header: etcdserverpb.ResponseHeader | undefined;
  kv: mvccpb.KeyValue | undefined;
}
export const LeaderResponse: Codec<LeaderResponse> = codec<LeaderResponse>({
  name: "v3electionpb.LeaderResponse",
  fields: [
    { no: 1, name: "header", key: "header", kind: "message", repeated: false, optional: true, big: false, message: () => etcdserverpb.ResponseHeader as Codec<unknown> },
    { no: 2, name: "kv", key: "kv", kind: "message", repeated: false, optional: true, big: false, message: () => mvccpb.KeyValue as Codec<unknown> },
  ],
  create: (init) => ({ header: undefined, kv: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.header !== undefined) size += 1 + sizeDelimited(etcdserverpb.ResponseHeader.size(message.header));
    if (message.kv !== undefined) size += 1 + sizeDelimited(mvccpb.KeyValue.size(message.kv));
    return size;
  },
  write(message, writer) {
    if (message.header !== undefined) { writer.uint(10); writer.uint(etcdserverpb.ResponseHeader.size(message.header)); etcdserverpb.ResponseHeader.write(message.header, writer); }
    if (message.kv !== undefined) { writer.uint(18); writer.uint(mvccpb.KeyValue.size(message.kv)); mvccpb.KeyValue.write(message.kv, writer); }
  },
  read(reader, end) {
    const message = LeaderResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(etcdserverpb.ResponseHeader, reader, end);
          break;
        case 18:
          message.kv = readDelimited(mvccpb.KeyValue, reader, end);
          break;
        default:
          reader.skip(key, end, LeaderResponse);
      }
    }
    return message;
  },
});

export interface ResignRequest {
  leader: LeaderKey | undefined;
}
export const ResignRequest: Codec<ResignRequest> = codec<ResignRequest>({
  name: "v3electionpb.ResignRequest",
  fields: [
    { no: 1, name: "leader", key: "leader", kind: "message", repeated: false, optional: true, big: false, message: () => LeaderKey as Codec<unknown> },
  ],
  create: (init) => ({ leader: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.leader !== undefined) size += 1 + sizeDelimited(LeaderKey.size(message.leader));
    return size;
  },
  write(message, writer) {
    if (message.leader !== undefined) { writer.uint(10); writer.uint(LeaderKey.size(message.leader)); LeaderKey.write(message.leader, writer); }
  },
  read(reader, end) {
    const message = ResignRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.leader = readDelimited(LeaderKey, reader, end);
          break;
        default:
          reader.skip(key, end, ResignRequest);
      }
    }
    return message;
  },
});

export interface ResignResponse {
  header: etcdserverpb.ResponseHeader | undefined;
}
export const ResignResponse: Codec<ResignResponse> = codec<ResignResponse>({
  name: "v3electionpb.ResignResponse",
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
    const message = ResignResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(etcdserverpb.ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, ResignResponse);
      }
    }
    return message;
  },
});

export interface ProclaimRequest {
  leader: LeaderKey | undefined;
  value: Buffer;
}
export const ProclaimRequest: Codec<ProclaimRequest> = codec<ProclaimRequest>({
  name: "v3electionpb.ProclaimRequest",
  fields: [
    { no: 1, name: "leader", key: "leader", kind: "message", repeated: false, optional: true, big: false, message: () => LeaderKey as Codec<unknown> },
    { no: 2, name: "value", key: "value", kind: "bytes", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ leader: undefined, value: EMPTY, ...init }),
  size(message) {
    let size = 0;
    if (message.leader !== undefined) size += 1 + sizeDelimited(LeaderKey.size(message.leader));
    if (message.value.length > 0) size += 1 + sizeBytes(message.value);
    return size;
  },
  write(message, writer) {
    if (message.leader !== undefined) { writer.uint(10); writer.uint(LeaderKey.size(message.leader)); LeaderKey.write(message.leader, writer); }
    if (message.value.length > 0) { writer.uint(18); writer.bytes(message.value); }
  },
  read(reader, end) {
    const message = ProclaimRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.leader = readDelimited(LeaderKey, reader, end);
          break;
        case 18:
          message.value = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, ProclaimRequest);
      }
    }
    return message;
  },
});

export interface ProclaimResponse {
  header: etcdserverpb.ResponseHeader | undefined;
}
export const ProclaimResponse: Codec<ProclaimResponse> = codec<ProclaimResponse>({
  name: "v3electionpb.ProclaimResponse",
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
    const message = ProclaimResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.header = readDelimited(etcdserverpb.ResponseHeader, reader, end);
          break;
        default:
          reader.skip(key, end, ProclaimResponse);
      }
    }
    return message;
  },
});

export const ElectionService = {
  Campaign: { service: "v3electionpb.Election", name: "Campaign", request: CampaignRequest, response: CampaignResponse, requestStream: false, responseStream: false } satisfies MethodInfo<CampaignRequest, CampaignResponse>,
  Proclaim: { service: "v3electionpb.Election", name: "Proclaim", request: ProclaimRequest, response: ProclaimResponse, requestStream: false, responseStream: false } satisfies MethodInfo<ProclaimRequest, ProclaimResponse>,
  Leader: { service: "v3electionpb.Election", name: "Leader", request: LeaderRequest, response: LeaderResponse, requestStream: false, responseStream: false } satisfies MethodInfo<LeaderRequest, LeaderResponse>,
  Observe: { service: "v3electionpb.Election", name: "Observe", request: LeaderRequest, response: LeaderResponse, requestStream: false, responseStream: true } satisfies MethodInfo<LeaderRequest, LeaderResponse>,
  Resign: { service: "v3electionpb.Election", name: "Resign", request: ResignRequest, response: ResignResponse, requestStream: false, responseStream: false } satisfies MethodInfo<ResignRequest, ResignResponse>,
} as const;
