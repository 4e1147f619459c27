/** Consensus messages, entries and configuration (etcd raft, raftpb). proto2: `required` marks what a writer always emits, zero included; readers accept its absence.
 * Generated from schema/raftpb.proto by tools/protogen; do not edit. */
import { codec, readDelimited, sizeBig, sizeBytes, sizeDelimited, sizeInt, sizeUint, type Codec, type EnumType } from "../wire.ts";

export const EntryType = {
  EntryNormal: 0,
  EntryConfChange: 1,
  EntryConfChangeV2: 2,
} as const;
export const EntryTypeEnum: EnumType = { name: "raftpb.EntryType", values: EntryType };

export const MessageType = {
  MsgHup: 0,
  MsgBeat: 1,
  MsgProp: 2,
  MsgApp: 3,
  MsgAppResp: 4,
  MsgVote: 5,
  MsgVoteResp: 6,
  MsgSnap: 7,
  MsgHeartbeat: 8,
  MsgHeartbeatResp: 9,
  MsgUnreachable: 10,
  MsgSnapStatus: 11,
  MsgCheckQuorum: 12,
  MsgTransferLeader: 13,
  MsgTimeoutNow: 14,
  MsgReadIndex: 15,
  MsgReadIndexResp: 16,
  MsgPreVote: 17,
  MsgPreVoteResp: 18,
  MsgStorageAppend: 19,
  MsgStorageAppendResp: 20,
  MsgStorageApply: 21,
  MsgStorageApplyResp: 22,
  MsgForgetLeader: 23,
} as const;
export const MessageTypeEnum: EnumType = { name: "raftpb.MessageType", values: MessageType };

export const ConfChangeTransition = {
  ConfChangeTransitionAuto: 0,
  ConfChangeTransitionJointImplicit: 1,
  ConfChangeTransitionJointExplicit: 2,
} as const;
export const ConfChangeTransitionEnum: EnumType = { name: "raftpb.ConfChangeTransition", values: ConfChangeTransition };

export const ConfChangeType = {
  ConfChangeAddNode: 0,
  ConfChangeRemoveNode: 1,
  ConfChangeUpdateNode: 2,
  ConfChangeAddLearnerNode: 3,
} as const;
export const ConfChangeTypeEnum: EnumType = { name: "raftpb.ConfChangeType", values: ConfChangeType };

export interface Entry {
  term: number;
  index: number;
  type: number;
  data: Buffer | undefined;
}
export const Entry: Codec<Entry> = codec<Entry>({
  name: "raftpb.Entry",
  fields: [
    { no: 2, name: "Term", key: "term", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 3, name: "Index", key: "index", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 1, name: "Type", key: "type", kind: "enum", repeated: false, optional: false, big: false, enumeration: EntryTypeEnum },
    { no: 4, name: "Data", key: "data", kind: "bytes", repeated: false, optional: true, big: false },
  ],
  create: (init) => ({ term: 0, index: 0, type: 0, data: undefined, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeInt(message.type);
    size += 1 + sizeUint(message.term);
    size += 1 + sizeUint(message.index);
    if (message.data !== undefined) size += 1 + sizeBytes(message.data);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.int(message.type);
    writer.uint(16); writer.uint(message.term);
    writer.uint(24); writer.uint(message.index);
    if (message.data !== undefined) { writer.uint(34); writer.bytes(message.data); }
  },
  read(reader, end) {
    const message = Entry.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.type = reader.int(end);
          break;
        case 16:
          message.term = reader.uint(end);
          break;
        case 24:
          message.index = reader.uint(end);
          break;
        case 34:
          message.data = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, Entry);
      }
    }
    return message;
  },
});

export interface SnapshotMetadata {
  confState: ConfState;
  index: number;
  term: number;
}
export const SnapshotMetadata: Codec<SnapshotMetadata> = codec<SnapshotMetadata>({
  name: "raftpb.SnapshotMetadata",
  fields: [
    { no: 1, name: "conf_state", key: "confState", kind: "message", repeated: false, optional: false, big: false, message: () => ConfState as Codec<unknown> },
    { no: 2, name: "index", key: "index", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 3, name: "term", key: "term", kind: "uint64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ confState: ConfState.create(), index: 0, term: 0, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeDelimited(ConfState.size(message.confState));
    size += 1 + sizeUint(message.index);
    size += 1 + sizeUint(message.term);
    return size;
  },
  write(message, writer) {
    writer.uint(10); writer.uint(ConfState.size(message.confState)); ConfState.write(message.confState, writer);
    writer.uint(16); writer.uint(message.index);
    writer.uint(24); writer.uint(message.term);
  },
  read(reader, end) {
    const message = SnapshotMetadata.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.confState = readDelimited(ConfState, reader, end);
          break;
        case 16:
          message.index = reader.uint(end);
          break;
        case 24:
          message.term = reader.uint(end);
          break;
        default:
          reader.skip(key, end, SnapshotMetadata);
      }
    }
    return message;
  },
});

export interface Snapshot {
  data: Buffer | undefined;
  metadata: SnapshotMetadata;
}
export const Snapshot: Codec<Snapshot> = codec<Snapshot>({
  name: "raftpb.Snapshot",
  fields: [
    { no: 1, name: "data", key: "data", kind: "bytes", repeated: false, optional: true, big: false },
    { no: 2, name: "metadata", key: "metadata", kind: "message", repeated: false, optional: false, big: false, message: () => SnapshotMetadata as Codec<unknown> },
  ],
  create: (init) => ({ data: undefined, metadata: SnapshotMetadata.create(), ...init }),
  size(message) {
    let size = 0;
    if (message.data !== undefined) size += 1 + sizeBytes(message.data);
    size += 1 + sizeDelimited(SnapshotMetadata.size(message.metadata));
    return size;
  },
  write(message, writer) {
    if (message.data !== undefined) { writer.uint(10); writer.bytes(message.data); }
    writer.uint(18); writer.uint(SnapshotMetadata.size(message.metadata)); SnapshotMetadata.write(message.metadata, writer);
  },
  read(reader, end) {
    const message = Snapshot.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.data = reader.bytes(end);
          break;
        case 18:
          message.metadata = readDelimited(SnapshotMetadata, reader, end);
          break;
        default:
          reader.skip(key, end, Snapshot);
      }
    }
    return message;
  },
});

export interface Message {
  type: number;
  to: bigint;
  from: bigint;
  term: number;
  logTerm: number;
  index: number;
  entries: Entry[];
  commit: number;
  vote: bigint;
  snapshot: Snapshot | undefined;
  reject: boolean;
  rejectHint: number;
  context: Buffer | undefined;
  responses: Message[];
}
export const Message: Codec<Message> = codec<Message>({
  name: "raftpb.Message",
  fields: [
    { no: 1, name: "type", key: "type", kind: "enum", repeated: false, optional: false, big: false, enumeration: MessageTypeEnum },
    { no: 2, name: "to", key: "to", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 3, name: "from", key: "from", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 4, name: "term", key: "term", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 5, name: "logTerm", key: "logTerm", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 6, name: "index", key: "index", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 7, name: "entries", key: "entries", kind: "message", repeated: true, optional: false, big: false, message: () => Entry as Codec<unknown> },
    { no: 8, name: "commit", key: "commit", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 13, name: "vote", key: "vote", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 9, name: "snapshot", key: "snapshot", kind: "message", repeated: false, optional: true, big: false, message: () => Snapshot as Codec<unknown> },
    { no: 10, name: "reject", key: "reject", kind: "bool", repeated: false, optional: false, big: false },
    { no: 11, name: "rejectHint", key: "rejectHint", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 12, name: "context", key: "context", kind: "bytes", repeated: false, optional: true, big: false },
    { no: 14, name: "responses", key: "responses", kind: "message", repeated: true, optional: false, big: false, message: () => Message as Codec<unknown> },
  ],
  create: (init) => ({ type: 0, to: 0n, from: 0n, term: 0, logTerm: 0, index: 0, entries: [], commit: 0, vote: 0n, snapshot: undefined, reject: false, rejectHint: 0, context: undefined, responses: [], ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeInt(message.type);
    size += 1 + sizeBig(message.to);
    size += 1 + sizeBig(message.from);
    size += 1 + sizeUint(message.term);
    size += 1 + sizeUint(message.logTerm);
    size += 1 + sizeUint(message.index);
    for (const item of message.entries) size += 1 + sizeDelimited(Entry.size(item));
    size += 1 + sizeUint(message.commit);
    if (message.snapshot !== undefined) size += 1 + sizeDelimited(Snapshot.size(message.snapshot));
    size += 1 + 1;
    size += 1 + sizeUint(message.rejectHint);
    if (message.context !== undefined) size += 1 + sizeBytes(message.context);
    size += 1 + sizeBig(message.vote);
    for (const item of message.responses) size += 1 + sizeDelimited(Message.size(item));
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.int(message.type);
    writer.uint(16); writer.big(message.to);
    writer.uint(24); writer.big(message.from);
    writer.uint(32); writer.uint(message.term);
    writer.uint(40); writer.uint(message.logTerm);
    writer.uint(48); writer.uint(message.index);
    for (const item of message.entries) { writer.uint(58); writer.uint(Entry.size(item)); Entry.write(item, writer); }
    writer.uint(64); writer.uint(message.commit);
    if (message.snapshot !== undefined) { writer.uint(74); writer.uint(Snapshot.size(message.snapshot)); Snapshot.write(message.snapshot, writer); }
    writer.uint(80); writer.bool(message.reject);
    writer.uint(88); writer.uint(message.rejectHint);
    if (message.context !== undefined) { writer.uint(98); writer.bytes(message.context); }
    writer.uint(104); writer.big(message.vote);
    for (const item of message.responses) { writer.uint(114); writer.uint(Message.size(item)); Message.write(item, writer); }
  },
  read(reader, end) {
    const message = Message.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.type = reader.int(end);
          break;
        case 16:
          message.to = reader.big(end);
          break;
        case 24:
          message.from = reader.big(end);
          break;
        case 32:
          message.term = reader.uint(end);
          break;
        case 40:
          message.logTerm = reader.uint(end);
          break;
        case 48:
          message.index = reader.uint(end);
          break;
        case 58:
          message.entries.push(readDelimited(Entry, reader, end));
          break;
        case 64:
          message.commit = reader.uint(end);
          break;
        case 74:
          message.snapshot = readDelimited(Snapshot, reader, end);
          break;
        case 80:
          message.reject = reader.bool(end);
          break;
        case 88:
          message.rejectHint = reader.uint(end);
          break;
        case 98:
          message.context = reader.bytes(end);
          break;
        case 104:
          message.vote = reader.big(end);
          break;
        case 114:
          message.responses.push(readDelimited(Message, reader, end));
          break;
        default:
          reader.skip(key, end, Message);
      }
    }
    return message;
  },
});

export interface HardState {
  term: number;
  vote: bigint;
  commit: number;
}
export const HardState: Codec<HardState> = codec<HardState>({
  name: "raftpb.HardState",
  fields: [
    { no: 1, name: "term", key: "term", kind: "uint64", repeated: false, optional: false, big: false },
    { no: 2, name: "vote", key: "vote", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 3, name: "commit", key: "commit", kind: "uint64", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ term: 0, vote: 0n, commit: 0, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeUint(message.term);
    size += 1 + sizeBig(message.vote);
    size += 1 + sizeUint(message.commit);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.uint(message.term);
    writer.uint(16); writer.big(message.vote);
    writer.uint(24); writer.uint(message.commit);
  },
  read(reader, end) {
    const message = HardState.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.term = reader.uint(end);
          break;
        case 16:
          message.vote = reader.big(end);
          break;
        case 24:
          message.commit = reader.uint(end);
          break;
        default:
          reader.skip(key, end, HardState);
      }
    }
    return message;
  },
});

export interface ConfState {
  voters: bigint[];
  learners: bigint[];
  votersOutgoing: bigint[];
  learnersNext: bigint[];
  autoLeave: boolean;
}
export const ConfState: Codec<ConfState> = codec<ConfState>({
  name: "raftpb.ConfState",
  fields: [
    { no: 1, name: "voters", key: "voters", kind: "uint64", repeated: true, optional: false, big: true },
    { no: 2, name: "learners", key: "learners", kind: "uint64", repeated: true, optional: false, big: true },
    { no: 3, name: "voters_outgoing", key: "votersOutgoing", kind: "uint64", repeated: true, optional: false, big: true },
    { no: 4, name: "learners_next", key: "learnersNext", kind: "uint64", repeated: true, optional: false, big: true },
    { no: 5, name: "auto_leave", key: "autoLeave", kind: "bool", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false, ...init }),
  size(message) {
    let size = 0;
    for (const item of message.voters) size += 1 + sizeBig(item);
    for (const item of message.learners) size += 1 + sizeBig(item);
    for (const item of message.votersOutgoing) size += 1 + sizeBig(item);
    for (const item of message.learnersNext) size += 1 + sizeBig(item);
    size += 1 + 1;
    return size;
  },
  write(message, writer) {
    for (const item of message.voters) { writer.uint(8); writer.big(item); }
    for (const item of message.learners) { writer.uint(16); writer.big(item); }
    for (const item of message.votersOutgoing) { writer.uint(24); writer.big(item); }
    for (const item of message.learnersNext) { writer.uint(32); writer.big(item); }
    writer.uint(40); writer.bool(message.autoLeave);
  },
  read(reader, end) {
    const message = ConfState.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.voters.push(reader.big(end));
          break;
        case 10: {
          const stop = reader.delimited(end);
          while (reader.position < stop) message.voters.push(reader.big(stop));
          break;
        }
        case 16:
          message.learners.push(reader.big(end));
          break;
        case 18: {
          const stop = reader.delimited(end);
          while (reader.position < stop) message.learners.push(reader.big(stop));
          break;
        }
        case 24:
          message.votersOutgoing.push(reader.big(end));
          break;
        case 26: {
          const stop = reader.delimited(end);
          while (reader.position < stop) message.votersOutgoing.push(reader.big(stop));
          break;
        }
        case 32:
          message.learnersNext.push(reader.big(end));
          break;
        case 34: {
          const stop = reader.delimited(end);
          while (reader.position < stop) message.learnersNext.push(reader.big(stop));
          break;
        }
        case 40:
          message.autoLeave = reader.bool(end);
          break;
        default:
          reader.skip(key, end, ConfState);
      }
    }
    return message;
  },
});

export interface ConfChange {
  type: number;
  nodeId: bigint;
  context: Buffer | undefined;
  id: bigint;
}
export const ConfChange: Codec<ConfChange> = codec<ConfChange>({
  name: "raftpb.ConfChange",
  fields: [
    { no: 2, name: "type", key: "type", kind: "enum", repeated: false, optional: false, big: false, enumeration: ConfChangeTypeEnum },
    { no: 3, name: "node_id", key: "nodeId", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 4, name: "context", key: "context", kind: "bytes", repeated: false, optional: true, big: false },
    { no: 1, name: "id", key: "id", kind: "uint64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ type: 0, nodeId: 0n, context: undefined, id: 0n, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeBig(message.id);
    size += 1 + sizeInt(message.type);
    size += 1 + sizeBig(message.nodeId);
    if (message.context !== undefined) size += 1 + sizeBytes(message.context);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.big(message.id);
    writer.uint(16); writer.int(message.type);
    writer.uint(24); writer.big(message.nodeId);
    if (message.context !== undefined) { writer.uint(34); writer.bytes(message.context); }
  },
  read(reader, end) {
    const message = ConfChange.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.id = reader.big(end);
          break;
        case 16:
          message.type = reader.int(end);
          break;
        case 24:
          message.nodeId = reader.big(end);
          break;
        case 34:
          message.context = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, ConfChange);
      }
    }
    return message;
  },
});

export interface ConfChangeSingle {
  type: number;
  nodeId: bigint;
}
export const ConfChangeSingle: Codec<ConfChangeSingle> = codec<ConfChangeSingle>({
  name: "raftpb.ConfChangeSingle",
  fields: [
    { no: 1, name: "type", key: "type", kind: "enum", repeated: false, optional: false, big: false, enumeration: ConfChangeTypeEnum },
    { no: 2, name: "node_id", key: "nodeId", kind: "uint64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ type: 0, nodeId: 0n, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeInt(message.type);
    size += 1 + sizeBig(message.nodeId);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.int(message.type);
    writer.uint(16); writer.big(message.nodeId);
  },
  read(reader, end) {
    const message = ConfChangeSingle.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.type = reader.int(end);
          break;
        case 16:
          message.nodeId = reader.big(end);
          break;
        default:
          reader.skip(key, end, ConfChangeSingle);
      }
    }
    return message;
  },
});

export interface ConfChangeV2 {
  transition: number;
  changes: ConfChangeSingle[];
  context: Buffer | undefined;
}
export const ConfChangeV2: Codec<ConfChangeV2> = codec<ConfChangeV2>({
  name: "raftpb.ConfChangeV2",
  fields: [
    { no: 1, name: "transition", key: "transition", kind: "enum", repeated: false, optional: false, big: false, enumeration: ConfChangeTransitionEnum },
    { no: 2, name: "changes", key: "changes", kind: "message", repeated: true, optional: false, big: false, message: () => ConfChangeSingle as Codec<unknown> },
    { no: 3, name: "context", key: "context", kind: "bytes", repeated: false, optional: true, big: false },
  ],
  create: (init) => ({ transition: 0, changes: [], context: undefined, ...init }),
  size(message) {
    let size = 0;
    size += 1 + sizeInt(message.transition);
    for (const item of message.changes) size += 1 + sizeDelimited(ConfChangeSingle.size(item));
    if (message.context !== undefined) size += 1 + sizeBytes(message.context);
    return size;
  },
  write(message, writer) {
    writer.uint(8); writer.int(message.transition);
    for (const item of message.changes) { writer.uint(18); writer.uint(ConfChangeSingle.size(item)); ConfChangeSingle.write(item, writer); }
    if (message.context !== undefined) { writer.uint(26); writer.bytes(message.context); }
  },
  read(reader, end) {
    const message = ConfChangeV2.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.transition = reader.int(end);
          break;
        case 18:
          message.changes.push(readDelimited(ConfChangeSingle, reader, end));
          break;
        case 26:
          message.context = reader.bytes(end);
          break;
        default:
          reader.skip(key, end, ConfChangeV2);
      }
    }
    return message;
  },
});
