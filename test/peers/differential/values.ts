/**
 * Protobuf by table, apart from the product's codecs: requests may hold what those would refuse to write (any 64-bit number,
 * bytes in place of text), and answers are read with nothing left out: fields that no schema knows, and zeros that were written.
 * A message is a record by proto name.
 */
import type { Codec, FieldInfo } from "../../../core/proto/wire.ts";

export type Value = bigint | number | boolean | string | Buffer | Values | readonly Value[];
export interface Values {
  readonly [field: string]: Value | undefined;
}

function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const delimited = (no: number, body: Buffer): Buffer => Buffer.concat([varint(BigInt(no * 8 + 2)), varint(BigInt(body.length)), body]);

function encodeOne(field: FieldInfo, value: Value): Buffer {
  switch (field.kind) {
    case "message":
      return delimited(field.no, encodeValues(field.message!(), value as Values));
    case "bytes":
    case "string":
      return delimited(field.no, Buffer.isBuffer(value) ? value : Buffer.from(value as string));
    default:
      return Buffer.concat([varint(BigInt(field.no * 8)), varint(typeof value === "boolean" ? BigInt(value) : BigInt(value as number))]);
  }
}

/** Zeros of proto3 are left out, as Go's marshallers do, except in oneofs. */
export function encodeValues(codec: Codec<never> | Codec<unknown>, values: Values): Buffer {
  const parts: Buffer[] = [];
  for (const field of codec.fields) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (field.repeated) for (const one of value as readonly Value[]) parts.push(encodeOne(field, one));
    else if (field.oneof !== undefined || field.kind === "message" || !isZero(value)) parts.push(encodeOne(field, value));
  }
  return Buffer.concat(parts);
}

function isZero(value: Value): boolean {
  return value === 0n || value === 0 || value === false || value === "" || (Buffer.isBuffer(value) && value.length === 0);
}

/** @throws Error where the bytes are no message */
export function decodeValues(codec: Codec<never> | Codec<unknown>, bytes: Buffer): Values {
  const found: Record<string, Value> = {};
  let position = 0;
  const number = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[position++];
      if (byte === undefined || shift > 63n) throw new Error("a varint is cut");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (position < bytes.length) {
    const key = Number(number());
    const field = codec.fields.find(({ no }) => no === key >> 3);
    let raw: bigint | Buffer;
    if ((key & 7) === 0) raw = number();
    else if ((key & 7) === 2) {
      const length = Number(number());
      raw = bytes.subarray(position, position + length);
      if (raw.length !== length) throw new Error("a field is cut");
      position += length;
    } else throw new Error(`wire type ${key & 7}`);
    if (field === undefined) {
      found[`unknown field ${key >> 3}`] = raw;
      continue;
    }
    const value = decodeOne(field, raw);
    if (field.repeated) found[field.name] = [...((found[field.name] as Value[] | undefined) ?? []), value];
    else found[field.name] = value;
  }
  return found;
}

function decodeOne(field: FieldInfo, raw: bigint | Buffer): Value {
  if (Buffer.isBuffer(raw)) {
    if (field.kind === "message") return decodeValues(field.message!(), raw);
    if (field.kind === "bytes") return raw;
    if (field.kind === "string") return raw.toString("latin1");
    throw new Error(`${field.name} is packed`);
  }
  switch (field.kind) {
    case "bool":
      return raw !== 0n;
    case "int32":
    case "int64":
    case "enum":
      return BigInt.asIntN(64, raw);
    default:
      return raw;
  }
}

/** A record as one line: bytes as escaped text, long ones by length and ends. */
export function show(value: Value | undefined): string {
  if (Buffer.isBuffer(value)) return JSON.stringify(shorten(value.toString("latin1")));
  if (Array.isArray(value)) return value.length > 40 ? `[${value.slice(0, 3).map(show).join(",")},... ${value.length}]` : `[${value.map(show).join(",")}]`;
  if (typeof value === "object") return `{${Object.entries(value).sort(byName).map(([name, one]) => `${name}:${show(one as Value)}`).join(",")}}`;
  return typeof value === "string" ? JSON.stringify(shorten(value)) : String(value);
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const shorten = (text: string): string => (text.length > 300 ? `${text.slice(0, 20)}...${text.length} bytes` : text);
