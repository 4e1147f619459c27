/** Membership changes as they stand in the log since 3.5 (etcd api, membershippb).
 * Generated from schema/membershippb.proto by tools/protogen; do not edit. */
import { codec, readDelimited, sizeBig, sizeDelimited, sizeString, type Codec } from "../wire.ts";

export interface RaftAttributes {
  peerUrls: string[];
  isLearner: boolean;
}
export const RaftAttributes: Codec<RaftAttributes> = codec<RaftAttributes>({
  name: "membershippb.RaftAttributes",
  fields: [
    { no: 1, name: "peer_urls", key: "peerUrls", kind: "string", repeated: true, optional: false, big: false },
    { no: 2, name: "is_learner", key: "isLearner", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ peerUrls: [], isLearner: false, ...init }),
  size(message) {
    let size = 0;
    for (const item of message.peerUrls) size += 1 + sizeString(item);
    if (message.isLearner) size += 1 + 1;
    return size;
  },
  write(message, writer) {
    for (const item of message.peerUrls) { writer.uint(10); writer.string(item); }
    if (message.isLearner) { writer.uint(16); writer.bool(message.isLearner); }
  },
  read(reader, end) {
    const message = RaftAttributes.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.peerUrls.push(reader.string(end));
          break;
        case 16:
          message.isLearner = reader.bool(end);
          break;
        default:
          reader.skip(key, end, RaftAttributes);
      }
    }
    return message;
  },
});

export interface Attributes {
  name: string;
  clientUrls: string[];
}
export const Attributes: Codec<Attributes> = codec<Attributes>({
  name: "membershippb.Attributes",
  fields: [
    { no: 1, name: "name", key: "name", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "client_urls", key: "clientUrls", kind: "string", repeated: true, optional: false, big: false },
  ],
  create: (init) => ({ name: "", clientUrls: [], ...init }),
  size(message) {
    let size = 0;
    if (message.name !== "") size += 1 + sizeString(message.name);
    for (const item of message.clientUrls) size += 1 + sizeString(item);
    return size;
  },
  write(message, writer) {
    if (message.name !== "") { writer.uint(10); writer.string(message.name); }
    for (const item of message.clientUrls) { writer.uint(18); writer.string(item); }
  },
  read(reader, end) {
    const message = Attributes.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.name = reader.string(end);
          break;
        case 18:
          message.clientUrls.push(reader.string(end));
          break;
        default:
          reader.skip(key, end, Attributes);
      }
    }
    return message;
  },
});

export interface Member {
  ID: bigint;
  raftAttributes: RaftAttributes | undefined;
  memberAttributes: Attributes | undefined;
}
export const Member: Codec<Member> = codec<Member>({
  name: "membershippb.Member",
  fields: [
    { no: 1, name: "ID", key: "ID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "raft_attributes", key: "raftAttributes", kind: "message", repeated: false, optional: true, big: false, message: () => RaftAttributes as Codec<unknown> },
    { no: 3, name: "member_attributes", key: "memberAttributes", kind: "message", repeated: false, optional: true, big: false, message: () => Attributes as Codec<unknown> },
  ],
  create: (init) => ({ ID: 0n, raftAttributes: undefined, memberAttributes: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.ID !== 0n) size += 1 + sizeBig(message.ID);
    if (message.raftAttributes !== undefined) size += 1 + sizeDelimited(RaftAttributes.size(message.raftAttributes));
    if (message.memberAttributes !== undefined) size += 1 + sizeDelimited(Attributes.size(message.memberAttributes));
    return size;
  },
  write(message, writer) {
    if (message.ID !== 0n) { writer.uint(8); writer.big(message.ID); }
    if (message.raftAttributes !== undefined) { writer.uint(18); writer.uint(RaftAttributes.size(message.raftAttributes)); RaftAttributes.write(message.raftAttributes, writer); }
    if (message.memberAttributes !== undefined) { writer.uint(26); writer.uint(Attributes.size(message.memberAttributes)); Attributes.write(message.memberAttributes, writer); }
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
          message.raftAttributes = readDelimited(RaftAttributes, reader, end);
          break;
        case 26:
          message.memberAttributes = readDelimited(Attributes, reader, end);
          break;
        default:
          reader.skip(key, end, Member);
      }
    }
    return message;
  },
});

export interface ClusterVersionSetRequest {
  ver: string;
}
export const ClusterVersionSetRequest: Codec<ClusterVersionSetRequest> = codec<ClusterVersionSetRequest>({
  name: "membershippb.ClusterVersionSetRequest",
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
    const message = ClusterVersionSetRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.ver = reader.string(end);
          break;
        default:
          reader.skip(key, end, ClusterVersionSetRequest);
      }
    }
    return message;
  },
});

export interface ClusterMemberAttrSetRequest {
  memberID: bigint;
  memberAttributes: Attributes | undefined;
}
export const ClusterMemberAttrSetRequest: Codec<ClusterMemberAttrSetRequest> = codec<ClusterMemberAttrSetRequest>({
  name: "membershippb.ClusterMemberAttrSetRequest",
  fields: [
    { no: 1, name: "member_ID", key: "memberID", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "member_attributes", key: "memberAttributes", kind: "message", repeated: false, optional: true, big: false, message: () => Attributes as Codec<unknown> },
  ],
  create: (init) => ({ memberID: 0n, memberAttributes: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.memberID !== 0n) size += 1 + sizeBig(message.memberID);
    if (message.memberAttributes !== undefined) size += 1 + sizeDelimited(Attributes.size(message.memberAttributes));
    return size;
  },
  write(message, writer) {
    if (message.memberID !== 0n) { writer.uint(8); writer.big(message.memberID); }
    if (message.memberAttributes !== undefined) { writer.uint(18); writer.uint(Attributes.size(message.memberAttributes)); Attributes.write(message.memberAttributes, writer); }
  },
  read(reader, end) {
    const message = ClusterMemberAttrSetRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.memberID = reader.big(end);
          break;
        case 18:
          message.memberAttributes = readDelimited(Attributes, reader, end);
          break;
        default:
          reader.skip(key, end, ClusterMemberAttrSetRequest);
      }
    }
    return message;
  },
});

export interface DowngradeInfoSetRequest {
  enabled: boolean;
  ver: string;
}
export const DowngradeInfoSetRequest: Codec<DowngradeInfoSetRequest> = codec<DowngradeInfoSetRequest>({
  name: "membershippb.DowngradeInfoSetRequest",
  fields: [
    { no: 1, name: "enabled", key: "enabled", kind: "bool", repeated: false, optional: false, big: false },
    { no: 2, name: "ver", key: "ver", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ enabled: false, ver: "", ...init }),
  size(message) {
    let size = 0;
    if (message.enabled) size += 1 + 1;
    if (message.ver !== "") size += 1 + sizeString(message.ver);
    return size;
  },
  write(message, writer) {
    if (message.enabled) { writer.uint(8); writer.bool(message.enabled); }
    if (message.ver !== "") { writer.uint(18); writer.string(message.ver); }
  },
  read(reader, end) {
    const message = DowngradeInfoSetRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.enabled = reader.bool(end);
          break;
        case 18:
          message.ver = reader.string(end);
          break;
        default:
          reader.skip(key, end, DowngradeInfoSetRequest);
      }
    }
    return message;
  },
});
