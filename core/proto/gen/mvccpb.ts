/** Keys and events (etcd api, mvccpb).
 * Generated from schema/mvccpb.proto by tools/protogen; do not edit. */
import { EMPTY, codec, readDelimited, sizeBig, sizeBytes, sizeDelimited, sizeInt, type Codec, type EnumType } from "../wire.ts";

export interface KeyValue {
  key: Buffer;
  createRevision: number;
  modRevision: number;
  version: number;
  value: Buffer;
  lease: bigint;
}
export const KeyValue: Codec<KeyValue> = codec<KeyValue>({
  name: "mvccpb.KeyValue",
  fields: [
    { no: 1, name: "key", key: "key", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 2, name: "create_revision", key: "createRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 3, name: "mod_revision", key: "modRevision", kind: "int64", repeated: false, optional: false, big: false },
    { no: 4, name: "version", key: "version", kind: "int64", repeated: false, optional: false, big: false },
    { no: 5, name: "value", key: "value", kind: "bytes", repeated: false, optional: false, big: false },
    { no: 6, name: "lease", key: "lease", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ key: EMPTY, createRevision: 0, modRevision: 0, version: 0, value: EMPTY, lease: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.key.length > 0) size += 1 + sizeBytes(message.key);
    if (message.createRevision !== 0) size += 1 + sizeInt(message.createRevision);
    if (message.modRevision !== 0) size += 1 + sizeInt(message.modRevision);
    if (message.version !== 0) size += 1 + sizeInt(message.version);
    if (message.value.length > 0) size += 1 + sizeBytes(message.value);
    if (message.lease !== 0n) size += 1 + sizeBig(message.lease);
    return size;
  },
  write(message, writer) {
    if (message.key.length > 0) { writer.uint(10); writer.bytes(message.key); }
    if (message.createRevision !== 0) { writer.uint(16); writer.int(message.createRevision); }
    if (message.modRevision !== 0) { writer.uint(24); writer.int(message.modRevision); }
    if (message.version !== 0) { writer.uint(32); writer.int(message.version); }
    if (message.value.length > 0) { writer.uint(42); writer.bytes(message.value); }
    if (message.lease !== 0n) { writer.uint(48); writer.big(message.lease); }
  },
  read(reader, end) {
    const message = KeyValue.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.key = reader.bytes(end);
          break;
        case 16:
          message.createRevision = reader.int(end);
          break;
        case 24:
          message.modRevision = reader.int(end);
          break;
        case 32:
          message.version = reader.int(end);
          break;
        case 42:
          message.value = reader.bytes(end);
          break;
        case 48:
          message.lease = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, KeyValue);
      }
    }
    return message;
  },
});

export const Event_EventType = {
  PUT: 0,
  DELETE: 1,
} as const;
export const Event_EventTypeEnum: EnumType = { name: "mvccpb.Event.EventType", values: Event_EventType };

export interface Event {
  type: number;
  kv: KeyValue | undefined;
  prevKv: KeyValue | undefined;
}
export const Event: Codec<Event> = codec<Event>({
  name: "mvccpb.Event",
  fields: [
    { no: 1, name: "type", key: "type", kind: "enum", repeated: false, optional: false, big: false, enumeration: Event_EventTypeEnum },
    { no: 2, name: "kv", key: "kv", kind: "message", repeated: false, optional: true, big: false, message: () => KeyValue as Codec<unknown> },
    { no: 3, name: "prev_kv", key: "prevKv", kind: "message", repeated: false, optional: true, big: false, message: () => KeyValue as Codec<unknown> },
  ],
  create: (init) => ({ type: 0, kv: undefined, prevKv: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.type !== 0) size += 1 + sizeInt(message.type);
    if (message.kv !== undefined) size += 1 + sizeDelimited(KeyValue.size(message.kv));
    if (message.prevKv !== undefined) size += 1 + sizeDelimited(KeyValue.size(message.prevKv));
    return size;
  },
  write(message, writer) {
    if (message.type !== 0) { writer.uint(8); writer.int(message.type); }
    if (message.kv !== undefined) { writer.uint(18); writer.uint(KeyValue.size(message.kv)); KeyValue.write(message.kv, writer); }
    if (message.prevKv !== undefined) { writer.uint(26); writer.uint(KeyValue.size(message.prevKv)); KeyValue.write(message.prevKv, writer); }
  },
  read(reader, end) {
    const message = Event.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.type = reader.int(end);
          break;
        case 18:
          message.kv = readDelimited(KeyValue, reader, end);
          break;
        case 26:
          message.prevKv = readDelimited(KeyValue, reader, end);
          break;
        default:
          reader.skip(key, end, Event);
      }
    }
    return message;
  },
});
