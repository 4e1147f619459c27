/**
 * Protobuf's JSON mapping as etcd's gateway is set up (protojson with UseProtoNames, without EmitUnpopulated, unknown
 * input discarded): names of the .proto file, 64-bit integers as strings, bytes as base64, enums by name, zero values
 * left out. Driven by the codecs' field tables.
 */
import { type JsonField, type JsonValue, parseJson, position } from "./exact-json.ts";
import type { Codec, EnumType, FieldInfo } from "./wire.ts";

type Properties = Record<string, unknown>;

/** Input that does not fit the message; the text is protojson's. */
export class ProtoJsonError extends Error {
  override readonly name = "ProtoJsonError";
  readonly code = "json.proto";
}

/** One line of JSON. */
export function toJson<T>(codec: Codec<T>, message: T): string {
  let text = "{";
  for (const field of codec.fields) {
    const value = (message as Properties)[field.key];
    if (value === undefined || isZero(field, value)) continue;
    if (text.length > 1) text += ",";
    text += `"${field.name}":${field.repeated ? `[${(value as unknown[]).map((item) => scalarJson(field, item)).join(",")}]` : scalarJson(field, value)}`;
  }
  return `${text}}`;
}

function isZero(field: FieldInfo, value: unknown): boolean {
  if (field.repeated) return (value as unknown[]).length === 0;
  if (field.optional) return false;
  if (field.kind === "bytes") return (value as Buffer).length === 0;
  return value === 0 || value === 0n || value === false || value === "";
}

function scalarJson(field: FieldInfo, value: unknown): string {
  switch (field.kind) {
    case "message":
      return toJson(field.message!(), value);
    case "bytes":
      return `"${(value as Buffer).toString("base64")}"`;
    case "int64":
    case "uint64":
      return `"${String(value)}"`;
    case "enum": {
      const name = enumName(field.enumeration!, value as number);
      return name === undefined ? String(value) : `"${name}"`;
    }
    default:
      return JSON.stringify(value);
  }
}

function enumName(type: EnumType, value: number): string | undefined {
  return Object.keys(type.values).find((name) => type.values[name] === value);
}

/**
 * @param text one JSON value, as `JsonCutter` gives it out
 * @throws ProtoJsonError with protojson's text, JsonError where it is no JSON at all
 */
export function fromJson<T>(codec: Codec<T>, text: string): T {
  return new MessageReader(text).message(codec, parseJson(text));
}

/** lowerCamelCase of a proto name, the other spelling that input may have. */
function jsonName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const INTEGER_RANGE: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

class MessageReader {
  constructor(private readonly text: string) {}

  message<T>(codec: Codec<T>, value: JsonValue): T {
    if (value.type !== "object") throw this.unexpected(value);
    const message = codec.create();
    const seen = new Set<FieldInfo>();
    const oneofs = new Set<string>();
    for (const entry of value.fields) {
      const field = codec.fields.find((candidate) => candidate.name === entry.name || jsonName(candidate.name) === entry.name);
      if (field === undefined || entry.value.type === "null") continue;
      if (seen.has(field)) throw this.error(entry.at, `duplicate field ${JSON.stringify(entry.name)}`);
      seen.add(field);
      if (field.oneof !== undefined) {
        if (oneofs.has(field.oneof)) throw this.error(entry.at, `error parsing ${JSON.stringify(entry.name)}, oneof ${codec.name}.${field.oneof} is already set`);
        oneofs.add(field.oneof);
      }
      if (field.repeated) (message as Properties)[field.key] = this.list(field, entry);
      else {
        const read = this.single(field, entry.value);
        if (read !== undefined) (message as Properties)[field.key] = read;
      }
    }
    return message;
  }

  private list(field: FieldInfo, entry: JsonField): unknown[] {
    if (entry.value.type !== "array") throw this.unexpected(entry.value);
    return entry.value.items.map((item) => this.single(field, item)).filter((item) => item !== undefined);
  }

  private single(field: FieldInfo, value: JsonValue): unknown {
    switch (field.kind) {
      case "message":
        return this.message(field.message!(), value);
      case "bool":
        if (value.type === "boolean") return value.value;
        break;
      case "string":
        if (value.type === "string") return value.value;
        break;
      case "bytes": {
        const bytes = value.type === "string" ? base64(value.value) : undefined;
        if (bytes !== undefined) return bytes;
        break;
      }
      case "enum": {
        if (value.type === "string") {
          // a name that nobody knows is left out, as unknown fields are
          return field.enumeration!.values[value.value];
        } else if (value.type === "number") {
          const number = integer(value.text, "int32");
          if (number !== undefined) return Number(number);
        }
        break;
      }
      default: {
        const number = value.type === "number" ? integer(value.text, field.kind) : value.type === "string" ? integer(value.value, field.kind) : undefined;
        if (number === undefined) break;
        if (field.big) return number;
        // limits and revisions: what exceeds 2^53 is as good as without limit, or as far in the future
        return Number(number > SAFE_MAX ? SAFE_MAX : number < -SAFE_MAX ? -SAFE_MAX : number);
      }
    }
    throw this.error(value.at, `invalid value for ${field.kind} field ${jsonName(field.name)}: ${this.token(value)}`);
  }

  private unexpected(value: JsonValue): ProtoJsonError {
    return new ProtoJsonError(`proto: syntax error (${position(this.text, value.at)}): unexpected token ${this.token(value)}`);
  }

  private token(value: JsonValue): string {
    switch (value.type) {
      case "null":
        return "null";
      case "boolean":
        return String(value.value);
      case "number":
        return value.text;
      case "string":
        return JSON.stringify(value.value);
      case "array":
        return "[";
      case "object":
        return "{";
    }
  }

  private error(at: number, reason: string): ProtoJsonError {
    return new ProtoJsonError(`proto: (${position(this.text, at)}): ${reason}`);
  }
}

/** Standard or URL-safe alphabet, padded or not; undefined where it is neither. */
function base64(text: string): Buffer | undefined {
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(text)) return undefined;
  const bare = text.replace(/=+$/, "");
  if (bare.length % 4 === 1 || (text.includes("=") && text.length % 4 !== 0)) return undefined;
  return Buffer.from(bare, "base64");
}

/** An exact integer, written plainly or with an exponent (1e3, 1.0); undefined where it is none or out of range. */
function integer(text: string, kind: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  const shift = Number(exponent) - fraction.length;
  const digits = `${whole!}${fraction}`;
  let number: bigint;
  if (shift >= 0) number = BigInt(digits) * 10n ** BigInt(Math.min(shift, 40));
  else {
    const kept = digits.slice(0, shift);
    if (/[1-9]/.test(digits.slice(shift))) return undefined;
    number = BigInt(kept === "" ? "0" : kept);
  }
  if (sign === "-") number = -number;
  const [low, high] = INTEGER_RANGE[kind]!;
  return number < low || number > high ? undefined : number;
}
