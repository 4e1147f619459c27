/**
 * Protobuf to JSON by the type table, as Kubernetes' unmarshallers and JSON encoder together give it. Unknown field numbers are skipped,
 * as Go skips them. Every damage is named with its offset from the start of the buffer given.
 */
import { DecodeError } from "./object.ts";
import { complete } from "./read.ts";
import type { Field, FieldType, Message, Special } from "./table/define.ts";
import { messageNamed } from "./table/registry.ts";
import { printMicroTime, printTime } from "./times.ts";

type Json = Record<string, unknown>;

/** deeper than any real object (JSON schemas nest); protects the stack */
const DEEPEST = 200;

class Source {
  depth = 0;
  constructor(
    readonly buffer: Buffer,
    public position: number,
  ) {}

  varint(end: number, path: string): bigint {
    const start = this.position;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.position < end ? this.buffer[this.position] : undefined;
      if (byte === undefined) throw new DecodeError(start, "a varint", "the end of the message", path);
      this.position++;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new DecodeError(start, "a varint of at most 10 bytes", "a longer one", path);
  }

  /** end of the length-delimited value that starts here */
  span(end: number, path: string): number {
    const start = this.position;
    const length = this.varint(end, path);
    const left = end - this.position;
    if (length > BigInt(left)) throw new DecodeError(start, `at most ${left} bytes`, `a length of ${length}`, path);
    return this.position + Number(length);
  }

  text(end: number, path: string): string {
    const stop = this.span(end, path);
    const text = this.buffer.toString("utf8", this.position, stop);
    this.position = stop;
    return text;
  }

  skip(wire: number, end: number, path: string): void {
    const start = this.position;
    if (wire === 0) this.varint(end, path);
    else if (wire === 2) this.position = this.span(end, path);
    else if (wire === 1 || wire === 5) {
      this.position += wire === 1 ? 8 : 4;
      if (this.position > end) throw new DecodeError(start, `${wire === 1 ? 8 : 4} bytes`, "the end of the message", path);
    } else throw new DecodeError(start, "wire type 0, 1, 2 or 5", `wire type ${wire}`, path);
  }

  integer(end: number, path: string): number {
    const start = this.position;
    const value = BigInt.asIntN(64, this.varint(end, path));
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
      throw new DecodeError(start, "an integer below 2^53", value.toString(), path);
    }
    return Number(value);
  }
}

const WIRE_NAMES: readonly string[] = ["varint", "64-bit", "length-delimited", "group", "group end", "32-bit", "wire type 6", "wire type 7"];

/** Calls `visit` for each field up to `end`; `visit` answers false for a number it does not know. */
function eachField(source: Source, end: number, path: string, visit: (no: number, wire: number) => boolean): void {
  while (source.position < end) {
    const start = source.position;
    const tag = source.varint(end, path);
    const no = Number(tag >> 3n);
    if (no === 0) throw new DecodeError(start, "a field number", "0", path);
    const wire = Number(tag & 7n);
    if (!visit(no, wire)) source.skip(wire, end, path);
  }
}

function wireOf(type: FieldType): number {
  if (type.kind !== "scalar" || type.scalar === "string" || type.scalar === "bytes") return 2;
  return type.scalar === "double" ? 1 : 0;
}

function expectWire(source: Source, wanted: number, wire: number, path: string): void {
  if (wanted !== wire) throw new DecodeError(source.position, `a ${WIRE_NAMES[wanted]} field`, `a ${WIRE_NAMES[wire]} one`, path);
}

function readValue(source: Source, type: FieldType, end: number, path: string): unknown {
  if (type.kind === "scalar") {
    switch (type.scalar) {
      case "string":
        return source.text(end, path);
      case "bytes": {
        const stop = source.span(end, path);
        const value = source.buffer.toString("base64", source.position, stop);
        source.position = stop;
        return value;
      }
      case "bool":
        return source.varint(end, path) !== 0n;
      case "double": {
        const at = source.position;
        source.skip(1, end, path);
        return source.buffer.readDoubleLE(at);
      }
      case "int32":
        return source.integer(end, path) | 0;
      case "int64":
        return source.integer(end, path);
    }
  }
  const stop = source.span(end, path);
  if (type.kind === "special") return readSpecial(source, type.special, stop, path);
  if (type.kind === "message") {
    const value: Json = {};
    readFields(source, messageNamed(type.name), stop, path, value);
    return value;
  }
  throw new DecodeError(source.position, "a value", type.kind, path);
}

function readJson(source: Source, end: number, path: string): unknown {
  let value: unknown = null;
  eachField(source, end, path, (no, wire) => {
    if (no !== 1 || wire !== 2) return false;
    const at = source.position;
    const text = source.text(end, path);
    try {
      value = text === "" ? null : JSON.parse(text);
    } catch (error) {
      throw new DecodeError(at, "JSON", error instanceof Error ? error.message : String(error), path);
    }
    return true;
  });
  return value;
}

function readSpecial(source: Source, special: Special, end: number, path: string): unknown {
  switch (special) {
    case "Quantity": {
      let text = "0";
      eachField(source, end, path, (no, wire) => {
        if (no !== 1 || wire !== 2) return false;
        text = source.text(end, path);
        return true;
      });
      return text;
    }
    case "IntOrString": {
      let type = 0;
      let number = 0;
      let text = "";
      eachField(source, end, path, (no, wire) => {
        if (no === 1 && wire === 0) type = source.integer(end, path);
        else if (no === 2 && wire === 0) number = source.integer(end, path) | 0;
        else if (no === 3 && wire === 2) text = source.text(end, path);
        else return false;
        return true;
      });
      return type === 1 ? text : number;
    }
    case "Time":
    case "MicroTime": {
      const empty = source.position === end;
      const at = source.position;
      let seconds = 0;
      let nanos = 0;
      eachField(source, end, path, (no, wire) => {
        if (no === 1 && wire === 0) seconds = source.integer(end, path);
        else if (no === 2 && wire === 0) nanos = source.integer(end, path);
        else return false;
        return true;
      });
      if (empty) return null;
      if (Math.abs(seconds) > 253_402_300_799) throw new DecodeError(at, "a year up to 9999", `${seconds} s`, path);
      return special === "Time" ? printTime(seconds) : printMicroTime({ seconds, micros: Math.floor(nanos / 1000) });
    }
    case "Duration":
    case "FieldsV1":
    case "Raw":
    case "JSON":
      return readJson(source, end, path);
    case "SchemaOrArray":
    case "SchemaOrBool":
    case "SchemaOrStrings":
      return readSchemaOr(source, special, end, path);
  }
}

const SCHEMA: FieldType = { kind: "message", name: "apiextensions.JSONSchemaProps" };

function readSchemaOr(source: Source, special: Special, end: number, path: string): unknown {
  let schema: unknown;
  let allows = false;
  const list: unknown[] = [];
  const schemaNo = special === "SchemaOrBool" ? 2 : 1;
  eachField(source, end, path, (no, wire) => {
    if (special === "SchemaOrBool" && no === 1 && wire === 0) allows = source.varint(end, path) !== 0n;
    else if (no === schemaNo && wire === 2) schema = readValue(source, SCHEMA, end, path);
    else if (special === "SchemaOrArray" && no === 2 && wire === 2) list.push(readValue(source, SCHEMA, end, path));
    else if (special === "SchemaOrStrings" && no === 2 && wire === 2) list.push(source.text(end, path));
    else return false;
    return true;
  });
  if (special === "SchemaOrBool") return schema ?? allows;
  return list.length > 0 ? list : (schema ?? null);
}

function readMapEntry(source: Source, of: FieldType, end: number, path: string, into: Json): void {
  const stop = source.span(end, path);
  let key = "";
  let value: unknown;
  eachField(source, stop, path, (no, wire) => {
    if (no === 1 && wire === 2) key = source.text(stop, path);
    else if (no === 2) {
      expectWire(source, wireOf(of), wire, `${path}[${key}]`);
      value = readValue(source, of, stop, `${path}[${key}]`);
    } else return false;
    return true;
  });
  into[key] = value ?? (of.kind === "scalar" ? (of.scalar === "string" || of.scalar === "bytes" ? "" : 0) : {});
}

function collect(source: Source, field: Field, wire: number, end: number, path: string, into: Json): void {
  const { type } = field;
  if (type.kind === "list") {
    const list = (into[field.name] ??= []) as unknown[];
    expectWire(source, wireOf(type.of), wire, path);
    list.push(readValue(source, type.of, end, `${path}[${list.length}]`));
  } else if (type.kind === "map") {
    expectWire(source, 2, wire, path);
    readMapEntry(source, type.of, end, path, (into[field.name] ??= {}) as Json);
  } else {
    expectWire(source, wireOf(type), wire, path);
    into[field.name] = readValue(source, type, end, path);
  }
}

function readFields(source: Source, message: Message, end: number, path: string, into: Json): void {
  if (++source.depth > DEEPEST) throw new DecodeError(source.position, `at most ${DEEPEST} messages within each other`, "more", path);
  eachField(source, end, path, (no, wire) => {
    const field = message.byNumber.get(no);
    if (field === undefined) return false;
    if (field.inline && field.type.kind === "message") {
      expectWire(source, 2, wire, path);
      readFields(source, messageNamed(field.type.name), source.span(end, path), path, into);
    } else {
      collect(source, field, wire, end, path === "" ? field.name : `${path}.${field.name}`, into);
    }
    return true;
  });
  source.depth--;
}

/** All of `buffer` from `start` to `end` as one message. @throws DecodeError */
export function decodeMessage(message: Message, buffer: Buffer, start = 0, end = buffer.length): Json {
  const value: Json = {};
  readFields(new Source(buffer, start), message, end, "", value);
  return complete(message, value);
}
