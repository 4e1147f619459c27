/**
 * Protobuf's wire format: varints, lengths, and the shape every generated codec has.
 * 64-bit integers that fit a double are plain numbers with a checked bound; ids are bigint (schema: `jstype`).
 * Encoding is exact: the generated code writes fields in ascending order, as gogo and golang protobuf do.
 */

/**
 * What is wrong with bytes that should have been a message. `reason` is what gogo's unmarshallers say of it, and so what etcd's
 * clients are told; `offset` counts from the start of the buffer given.
 */
export class WireError extends Error {
  override readonly name = "WireError";
  constructor(
    readonly reason: string,
    readonly offset: number,
  ) {
    super(`${reason} at byte ${offset}`);
  }
}

const CUT = "unexpected EOF";
const TOO_LONG = "proto: integer overflow";

export type ScalarKind = "int32" | "int64" | "uint32" | "uint64" | "bool" | "bytes" | "string";

/** How one field stands on the wire and in TypeScript; the JSON gateway and the printers read this table. */
export interface FieldInfo {
  /** field number */
  readonly no: number;
  /** name in the .proto file */
  readonly name: string;
  /** property of the TypeScript object */
  readonly key: string;
  readonly kind: ScalarKind | "enum" | "message";
  readonly repeated: boolean;
  /** true where the property is undefined unless set (messages, oneof members, proto2 optional) */
  readonly optional: boolean;
  /** true where the TypeScript type is bigint */
  readonly big: boolean;
  readonly oneof?: string;
  readonly message?: () => Codec<unknown>;
  readonly enumeration?: EnumType;
}

export interface EnumType {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/** The codec of one message. */
export interface Codec<T> {
  /** full name, such as `etcdserverpb.PutRequest` */
  readonly name: string;
  readonly fields: readonly FieldInfo[];
  /** a message with proto defaults, overlaid with `init` */
  create(init?: Partial<T>): T;
  /** bytes that `encode` will make */
  size(message: T): number;
  encode(message: T): Buffer;
  /** writes at the writer's position; the writer must have room for `size(message)` */
  write(message: T, writer: Writer): void;
  /**
   * Decodes all of `bytes`. Fields of type bytes are views of it, not copies.
   * @throws WireError truncated, malformed, or an integer past its bound
   */
  decode(bytes: Uint8Array): T;
  read(reader: Reader, end: number): T;
}

/** One method of a gRPC service. */
export interface MethodInfo<Req = unknown, Res = unknown> {
  readonly service: string;
  readonly name: string;
  readonly request: Codec<Req>;
  readonly response: Codec<Res>;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

const TWO_32 = 4294967296;

export class Writer {
  position = 0;
  constructor(readonly buffer: Buffer) {}

  /** Unsigned varint of a number in [0, 2^53). */
  uint(value: number): void {
    const buffer = this.buffer;
    let position = this.position;
    while (value > 0x7fffffff) {
      buffer[position++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    while (value > 127) {
      buffer[position++] = (value & 127) | 0x80;
      value >>>= 7;
    }
    buffer[position++] = value;
    this.position = position;
  }

  /** Signed varint: negative numbers take ten bytes, as int32 and int64 do. */
  int(value: number): void {
    if (value >= 0) this.uint(value);
    else this.big(BigInt(value));
  }

  /** Varint of a bigint taken modulo 2^64. */
  big(value: bigint): void {
    const unsigned = BigInt.asUintN(64, value);
    let low = Number(unsigned & 0xffffffffn);
    let high = Number(unsigned >> 32n);
    const buffer = this.buffer;
    let position = this.position;
    while (high > 0 || low > 127) {
      buffer[position++] = (low & 127) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    buffer[position++] = low;
    this.position = position;
  }

  bool(value: boolean): void {
    this.buffer[this.position++] = value ? 1 : 0;
  }

  bytes(value: Uint8Array): void {
    this.uint(value.length);
    this.buffer.set(value, this.position);
    this.position += value.length;
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.uint(length);
    this.buffer.write(value, this.position, "utf8");
    this.position += length;
  }
}

export class Reader {
  position: number;
  /** of messages within messages */
  depth = 0;
  readonly buffer: Buffer;
  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = 0;
  }

  /** Unsigned varint up to 2^53 - 1. */
  uint(end: number): number {
    const buffer = this.buffer;
    let position = this.position;
    if (position >= end) throw new WireError(CUT, position);
    let byte = buffer[position++]!;
    if (byte < 128) {
      this.position = position;
      return byte;
    }
    let value = byte & 127;
    let scale = 128;
    for (let count = 1; count < 10; count++) {
      if (position >= end) throw new WireError(CUT, position);
      byte = buffer[position++]!;
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) throw new WireError("proto: integer past 2^53-1", this.position);
        this.position = position;
        return value;
      }
      scale *= 128;
    }
    throw new WireError(TOO_LONG, this.position);
  }

  /**
   * Signed varint as a number. Clients may ask with any 64-bit number, for a revision say, and etcd takes it: one past the
   * bound reads as the bound, which like the number itself is beyond everything that exists.
   */
  int(end: number): number {
    const start = this.position;
    let last = start;
    while (last < end && this.buffer[last]! >= 128) last++;
    if (last - start < 7) return this.uint(end);
    const value = BigInt.asIntN(64, this.big(end));
    if (value > 9007199254740991n) return Number.MAX_SAFE_INTEGER;
    return value < -9007199254740991n ? Number.MIN_SAFE_INTEGER : Number(value);
  }

  /** Unsigned 64-bit varint. */
  big(end: number): bigint {
    const start = this.position;
    const buffer = this.buffer;
    let position = start;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw new WireError(CUT, position);
      const byte = buffer[position++]!;
      const bits = byte & 127;
      if (shift < 28) low += bits * 2 ** shift;
      else if (shift === 28) {
        low += (bits & 15) * 2 ** 28;
        high += bits >>> 4;
      } else high += bits * 2 ** (shift - 32);
      if (byte < 128) {
        this.position = position;
        if (high === 0) return BigInt(low);
        return BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low));
      }
    }
    throw new WireError(TOO_LONG, start);
  }

  bool(end: number): boolean {
    return this.big(end) !== 0n;
  }

  /** 32-bit values are cut to their low half, as Go does. */
  uint32(end: number): number {
    return this.uint(end) % TWO_32;
  }

  /** Position of the end of a length-delimited field that starts here. */
  delimited(end: number): number {
    const start = this.position;
    const length = this.int(end);
    if (length < 0) throw new WireError("proto: negative length found during unmarshaling", start);
    if (length > end - this.position) throw new WireError(CUT, start);
    return this.position + length;
  }

  bytes(end: number): Buffer {
    const stop = this.delimited(end);
    const value = this.buffer.subarray(this.position, stop);
    this.position = stop;
    return value;
  }

  string(end: number): string {
    const stop = this.delimited(end);
    const value = this.buffer.toString("utf8", this.position, stop);
    this.position = stop;
    return value;
  }

  /**
   * Skips a field that `message` does not know, group and all.
   * @param key its tag
   * @throws WireError a number that no field has, a field that it does know on the wrong wire type, a group that ends nowhere
   */
  skip(key: number, end: number, message: { readonly name: string; readonly fields: readonly FieldInfo[] }): void {
    const start = this.position;
    const wireType = key % 8;
    const no = Math.floor(key / 8) | 0; // 32 bits, as Go keeps it
    const name = message.name.slice(message.name.lastIndexOf(".") + 1);
    if (wireType === 4) throw new WireError(`proto: ${name}: wiretype end group for non-group`, start);
    if (no <= 0) throw new WireError(`proto: ${name}: illegal tag ${no} (wire type ${key})`, start);
    const known = message.fields.find((field) => field.no === no);
    if (known !== undefined) throw new WireError(`proto: wrong wireType = ${wireType} for field ${goName(known.name)}`, start);
    let depth = this.skipValue(wireType, end);
    while (depth > 0) {
      const inner = this.uint(end) % 8;
      if (inner === 4) depth--;
      else depth += this.skipValue(inner, end);
    }
  }

  /** @returns how much deeper it is in groups now */
  private skipValue(wireType: number, end: number): number {
    const start = this.position;
    switch (wireType) {
      case 0:
        this.big(end);
        return 0;
      case 1:
        this.position += 8;
        break;
      case 2:
        this.position = this.delimited(end);
        return 0;
      case 3:
        return 1;
      case 5:
        this.position += 4;
        break;
      default:
        throw new WireError(`proto: illegal wireType ${wireType}`, start);
    }
    if (this.position > end) throw new WireError(CUT, end);
    return 0;
  }
}

/** What Go's generator makes of a field's name: `range_end` is RangeEnd. */
function goName(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function sizeUint(value: number): number {
  if (value < 128) return 1;
  if (value < 16384) return 2;
  if (value < 2097152) return 3;
  if (value < 268435456) return 4;
  if (value < 34359738368) return 5;
  if (value < 4398046511104) return 6;
  if (value < 562949953421312) return 7;
  return 8;
}

export function sizeInt(value: number): number {
  return value < 0 ? 10 : sizeUint(value);
}

export function sizeBig(value: bigint): number {
  if (value >= 0n && value <= 9007199254740991n) return sizeUint(Number(value));
  let unsigned = BigInt.asUintN(64, value);
  let size = 1;
  while (unsigned > 127n) {
    unsigned >>= 7n;
    size++;
  }
  return size;
}

export function sizeBytes(value: Uint8Array): number {
  return sizeUint(value.length) + value.length;
}

export function sizeString(value: string): number {
  const length = Buffer.byteLength(value);
  return sizeUint(length) + length;
}

/** An empty bytes value, shared. */
export const EMPTY: Buffer = Buffer.alloc(0);

/** Completes a generated codec with the parts that are the same for all. */
export function codec<T>(core: {
  name: string;
  fields: readonly FieldInfo[];
  create(init?: Partial<T>): T;
  size(message: T): number;
  write(message: T, writer: Writer): void;
  read(reader: Reader, end: number): T;
}): Codec<T> {
  return {
    ...core,
    encode(message: T): Buffer {
      const buffer = Buffer.allocUnsafe(core.size(message));
      core.write(message, new Writer(buffer));
      return buffer;
    },
    decode(bytes: Uint8Array): T {
      return core.read(new Reader(bytes), bytes.length);
    },
  };
}

export function sizeDelimited(size: number): number {
  return sizeUint(size) + size;
}

/** Reads a nested message at the reader's position. */
export function readDelimited<T>(type: Codec<T>, reader: Reader, end: number): T {
  const stop = reader.delimited(end);
  if (++reader.depth > DEPTH_MAX) throw new WireError("proto: exceeded maximum recursion depth", reader.position);
  const message = type.read(reader, stop);
  reader.depth--;
  return message;
}

/** Messages within messages; no transaction that passes the checks is half as deep, and the stack holds many times more. */
const DEPTH_MAX = 1000;
