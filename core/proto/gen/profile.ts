/** pprof's profiles (perftools.profiles), as Go's tools read them.
 * Generated from schema/profile.proto by tools/protogen; do not edit. */
import { codec, readDelimited, sizeBig, sizeDelimited, sizeString, type Codec } from "../wire.ts";

export interface Profile {
  sampleType: ValueType[];
  sample: Sample[];
  location: Location[];
  function: Function[];
  stringTable: string[];
  timeNanos: bigint;
  durationNanos: bigint;
  periodType: ValueType | undefined;
  period: bigint;
}
export const Profile: Codec<Profile> = codec<Profile>({
  name: "perftools.profiles.Profile",
  fields: [
    { no: 1, name: "sample_type", key: "sampleType", kind: "message", repeated: true, optional: false, big: false, message: () => ValueType as Codec<unknown> },
    { no: 2, name: "sample", key: "sample", kind: "message", repeated: true, optional: false, big: false, message: () => Sample as Codec<unknown> },
    { no: 4, name: "location", key: "location", kind: "message", repeated: true, optional: false, big: false, message: () => Location as Codec<unknown> },
    { no: 5, name: "function", key: "function", kind: "message", repeated: true, optional: false, big: false, message: () => Function as Codec<unknown> },
    { no: 6, name: "string_table", key: "stringTable", kind: "string", repeated: true, optional: false, big: false },
    { no: 9, name: "time_nanos", key: "timeNanos", kind: "int64", repeated: false, optional: false, big: true },
    { no: 10, name: "duration_nanos", key: "durationNanos", kind: "int64", repeated: false, optional: false, big: true },
    { no: 11, name: "period_type", key: "periodType", kind: "message", repeated: false, optional: true, big: false, message: () => ValueType as Codec<unknown> },
    { no: 12, name: "period", key: "period", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ sampleType: [], sample: [], location: [], function: [], stringTable: [], timeNanos: 0n, durationNanos: 0n, periodType: undefined, period: 0n, ...init }),
  size(message) {
    let size = 0;
    for (const item of message.sampleType) size += 1 + sizeDelimited(ValueType.size(item));
    for (const item of message.sample) size += 1 + sizeDelimited(Sample.size(item));
    for (const item of message.location) size += 1 + sizeDelimited(Location.size(item));
    for (const item of message.function) size += 1 + sizeDelimited(Function.size(item));
    for (const item of message.stringTable) size += 1 + sizeString(item);
    if (message.timeNanos !== 0n) size += 1 + sizeBig(message.timeNanos);
    if (message.durationNanos !== 0n) size += 1 + sizeBig(message.durationNanos);
    if (message.periodType !== undefined) size += 1 + sizeDelimited(ValueType.size(message.periodType));
    if (message.period !== 0n) size += 1 + sizeBig(message.period);
    return size;
  },
  write(message, writer) {
    for (const item of message.sampleType) { writer.uint(10); writer.uint(ValueType.size(item)); ValueType.write(item, writer); }
    for (const item of message.sample) { writer.uint(18); writer.uint(Sample.size(item)); Sample.write(item, writer); }
    for (const item of message.location) { writer.uint(34); writer.uint(Location.size(item)); Location.write(item, writer); }
    for (const item of message.function) { writer.uint(42); writer.uint(Function.size(item)); Function.write(item, writer); }
    for (const item of message.stringTable) { writer.uint(50); writer.string(item); }
    if (message.timeNanos !== 0n) { writer.uint(72); writer.big(message.timeNanos); }
    if (message.durationNanos !== 0n) { writer.uint(80); writer.big(message.durationNanos); }
    if (message.periodType !== undefined) { writer.uint(90); writer.uint(ValueType.size(message.periodType)); ValueType.write(message.periodType, writer); }
    if (message.period !== 0n) { writer.uint(96); writer.big(message.period); }
  },
  read(reader, end) {
    const message = Profile.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.sampleType.push(readDelimited(ValueType, reader, end));
          break;
        case 18:
          message.sample.push(readDelimited(Sample, reader, end));
          break;
        case 34:
          message.location.push(readDelimited(Location, reader, end));
          break;
        case 42:
          message.function.push(readDelimited(Function, reader, end));
          break;
        case 50:
          message.stringTable.push(reader.string(end));
          break;
        case 72:
          message.timeNanos = BigInt.asIntN(64, reader.big(end));
          break;
        case 80:
          message.durationNanos = BigInt.asIntN(64, reader.big(end));
          break;
        case 90:
          message.periodType = readDelimited(ValueType, reader, end);
          break;
        case 96:
          message.period = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, Profile);
      }
    }
    return message;
  },
});

export interface ValueType {
  type: bigint;
  unit: bigint;
}
export const ValueType: Codec<ValueType> = codec<ValueType>({
  name: "perftools.profiles.ValueType",
  fields: [
    { no: 1, name: "type", key: "type", kind: "int64", repeated: false, optional: false, big: true },
    { no: 2, name: "unit", key: "unit", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ type: 0n, unit: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.type !== 0n) size += 1 + sizeBig(message.type);
    if (message.unit !== 0n) size += 1 + sizeBig(message.unit);
    return size;
  },
  write(message, writer) {
    if (message.type !== 0n) { writer.uint(8); writer.big(message.type); }
    if (message.unit !== 0n) { writer.uint(16); writer.big(message.unit); }
  },
  read(reader, end) {
    const message = ValueType.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.type = BigInt.asIntN(64, reader.big(end));
          break;
        case 16:
          message.unit = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, ValueType);
      }
    }
    return message;
  },
});

export interface Sample {
  locationId: bigint[];
  value: bigint[];
}
export const Sample: Codec<Sample> = codec<Sample>({
  name: "perftools.profiles.Sample",
  fields: [
    { no: 1, name: "location_id", key: "locationId", kind: "uint64", repeated: true, optional: false, big: true },
    { no: 2, name: "value", key: "value", kind: "int64", repeated: true, optional: false, big: true },
  ],
  create: (init) => ({ locationId: [], value: [], ...init }),
  size(message) {
    let size = 0;
    if (message.locationId.length > 0) { let inner = 0; for (const item of message.locationId) inner += sizeBig(item); size += 1 + sizeDelimited(inner); }
    if (message.value.length > 0) { let inner = 0; for (const item of message.value) inner += sizeBig(item); size += 1 + sizeDelimited(inner); }
    return size;
  },
  write(message, writer) {
    if (message.locationId.length > 0) { let inner = 0; for (const item of message.locationId) inner += sizeBig(item); writer.uint(10); writer.uint(inner); for (const item of message.locationId) writer.big(item); }
    if (message.value.length > 0) { let inner = 0; for (const item of message.value) inner += sizeBig(item); writer.uint(18); writer.uint(inner); for (const item of message.value) writer.big(item); }
  },
  read(reader, end) {
    const message = Sample.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.locationId.push(reader.big(end));
          break;
        case 10: {
          const stop = reader.delimited(end);
          while (reader.position < stop) message.locationId.push(reader.big(stop));
          break;
        }
        case 16:
          message.value.push(BigInt.asIntN(64, reader.big(end)));
          break;
        case 18: {
          const stop = reader.delimited(end);
          while (reader.position < stop) message.value.push(BigInt.asIntN(64, reader.big(stop)));
          break;
        }
        default:
          reader.skip(key, end, Sample);
      }
    }
    return message;
  },
});

export interface Location {
  id: bigint;
  line: Line[];
}
export const Location: Codec<Location> = codec<Location>({
  name: "perftools.profiles.Location",
  fields: [
    { no: 1, name: "id", key: "id", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 4, name: "line", key: "line", kind: "message", repeated: true, optional: false, big: false, message: () => Line as Codec<unknown> },
  ],
  create: (init) => ({ id: 0n, line: [], ...init }),
  size(message) {
    let size = 0;
    if (message.id !== 0n) size += 1 + sizeBig(message.id);
    for (const item of message.line) size += 1 + sizeDelimited(Line.size(item));
    return size;
  },
  write(message, writer) {
    if (message.id !== 0n) { writer.uint(8); writer.big(message.id); }
    for (const item of message.line) { writer.uint(34); writer.uint(Line.size(item)); Line.write(item, writer); }
  },
  read(reader, end) {
    const message = Location.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.id = reader.big(end);
          break;
        case 34:
          message.line.push(readDelimited(Line, reader, end));
          break;
        default:
          reader.skip(key, end, Location);
      }
    }
    return message;
  },
});

export interface Line {
  functionId: bigint;
  line: bigint;
}
export const Line: Codec<Line> = codec<Line>({
  name: "perftools.profiles.Line",
  fields: [
    { no: 1, name: "function_id", key: "functionId", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "line", key: "line", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ functionId: 0n, line: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.functionId !== 0n) size += 1 + sizeBig(message.functionId);
    if (message.line !== 0n) size += 1 + sizeBig(message.line);
    return size;
  },
  write(message, writer) {
    if (message.functionId !== 0n) { writer.uint(8); writer.big(message.functionId); }
    if (message.line !== 0n) { writer.uint(16); writer.big(message.line); }
  },
  read(reader, end) {
    const message = Line.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.functionId = reader.big(end);
          break;
        case 16:
          message.line = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, Line);
      }
    }
    return message;
  },
});

export interface Function {
  id: bigint;
  name: bigint;
  systemName: bigint;
  filename: bigint;
  startLine: bigint;
}
export const Function: Codec<Function> = codec<Function>({
  name: "perftools.profiles.Function",
  fields: [
    { no: 1, name: "id", key: "id", kind: "uint64", repeated: false, optional: false, big: true },
    { no: 2, name: "name", key: "name", kind: "int64", repeated: false, optional: false, big: true },
    { no: 3, name: "system_name", key: "systemName", kind: "int64", repeated: false, optional: false, big: true },
    { no: 4, name: "filename", key: "filename", kind: "int64", repeated: false, optional: false, big: true },
    { no: 5, name: "start_line", key: "startLine", kind: "int64", repeated: false, optional: false, big: true },
  ],
  create: (init) => ({ id: 0n, name: 0n, systemName: 0n, filename: 0n, startLine: 0n, ...init }),
  size(message) {
    let size = 0;
    if (message.id !== 0n) size += 1 + sizeBig(message.id);
    if (message.name !== 0n) size += 1 + sizeBig(message.name);
    if (message.systemName !== 0n) size += 1 + sizeBig(message.systemName);
    if (message.filename !== 0n) size += 1 + sizeBig(message.filename);
    if (message.startLine !== 0n) size += 1 + sizeBig(message.startLine);
    return size;
  },
  write(message, writer) {
    if (message.id !== 0n) { writer.uint(8); writer.big(message.id); }
    if (message.name !== 0n) { writer.uint(16); writer.big(message.name); }
    if (message.systemName !== 0n) { writer.uint(24); writer.big(message.systemName); }
    if (message.filename !== 0n) { writer.uint(32); writer.big(message.filename); }
    if (message.startLine !== 0n) { writer.uint(40); writer.big(message.startLine); }
  },
  read(reader, end) {
    const message = Function.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.id = reader.big(end);
          break;
        case 16:
          message.name = BigInt.asIntN(64, reader.big(end));
          break;
        case 24:
          message.systemName = BigInt.asIntN(64, reader.big(end));
          break;
        case 32:
          message.filename = BigInt.asIntN(64, reader.big(end));
          break;
        case 40:
          message.startLine = BigInt.asIntN(64, reader.big(end));
          break;
        default:
          reader.skip(key, end, Function);
      }
    }
    return message;
  },
});
