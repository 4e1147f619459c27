/**
 * What both ends of gRPC over HTTP/2 share (PROTOCOL-HTTP2 of the gRPC project): the five-byte message prefix, the
 * `grpc-timeout` header, percent-encoded `grpc-message`, and how HTTP statuses and RST_STREAM codes read as gRPC codes.
 */
import { Code, StatusError } from "./errors.ts";

/** Bytes in front of each message: compressed flag, then the length, big-endian. */
export const PREFIX_BYTES = 5;

/** One message with its prefix, uncompressed. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** Room for a message of which only the beginning is here: what a client may make a server hold by announcing it. */
const FIRST_BODY_BYTES = 16 * 1024;

/**
 * Cuts a byte stream into messages. Messages may be split anywhere; one that lies whole in a chunk is given as a view of
 * it. Memory held is one message at most.
 */
export class Deframer {
  private head: Buffer | undefined;
  private body: Buffer | undefined;
  private filled = 0;
  /** first byte of the prefix: 1 where the message is compressed */
  private format = 0;

  /** @param receiveBytesMax a longer message throws StatusError ResourceExhausted, with grpc-go's text, before it is read */
  constructor(
    private readonly receiveBytesMax: number,
    private readonly onMessage: (message: Buffer, compressed: boolean) => void,
    /** messages up to this size get their memory at once */
    private readonly firstBodyBytes = FIRST_BODY_BYTES,
  ) {}

  push(chunk: Buffer): void {
    let position = 0;
    const end = chunk.length;
    while (position < end) {
      if (this.body !== undefined) {
        const count = Math.min(this.length - this.filled, end - position);
        if (this.filled + count > this.body.length) this.grow(this.filled + count);
        this.body.set(chunk.subarray(position, position + count), this.filled);
        this.filled += count;
        position += count;
        if (this.filled === this.length) this.emit(this.body);
        continue;
      }
      if (this.head === undefined && end - position >= PREFIX_BYTES) {
        this.begin(chunk, position);
        position += PREFIX_BYTES;
      } else {
        const head = (this.head ??= Buffer.allocUnsafe(PREFIX_BYTES));
        const count = Math.min(PREFIX_BYTES - this.filled, end - position);
        head.set(chunk.subarray(position, position + count), this.filled);
        this.filled += count;
        position += count;
        if (this.filled < PREFIX_BYTES) return;
        this.begin(head, 0);
      }
      const length = this.length;
      if (end - position >= length) {
        this.emit(chunk.subarray(position, position + length));
        position += length;
      } else {
        this.body = Buffer.allocUnsafe(Math.min(length, this.firstBodyBytes));
        this.filled = 0;
      }
    }
  }

  /** True between two messages. */
  get idle(): boolean {
    return this.head === undefined && this.body === undefined;
  }

  /** True in the middle of a message; a prefix that is cut short grpc-go takes for the end. */
  get inMessage(): boolean {
    return this.body !== undefined;
  }

  private length = 0;

  /** Memory follows what came, not what was announced. */
  private grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.min(this.length, Math.max(needed, 2 * this.body!.length)));
    larger.set(this.body!.subarray(0, this.filled));
    this.body = larger;
  }

  private begin(bytes: Buffer, position: number): void {
    this.format = bytes[position]!;
    this.length = bytes.readUInt32BE(position + 1);
    if (this.length > this.receiveBytesMax)
      throw new StatusError(Code.ResourceExhausted, `grpc: received message larger than max (${this.length} vs. ${this.receiveBytesMax})`);
  }

  private emit(message: Buffer): void {
    if (this.format > 1) throw new StatusError(Code.Internal, `grpc: received unexpected payload format ${this.format}`);
    this.head = undefined;
    this.body = undefined;
    this.filled = 0;
    this.onMessage(message, this.format === 1);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` value; undefined where it is malformed. */
export function parseTimeout(value: string): number | undefined {
  const unit = UNIT_MS[value.slice(-1)];
  const digits = value.slice(0, -1);
  if (unit === undefined || !/^\d{1,8}$/.test(digits)) return undefined;
  return Number(digits) * unit;
}

/** `grpc-timeout` for a number of milliseconds: at most eight digits, rounded up to the unit that fits. */
export function formatTimeout(timeoutMs: number): string {
  if (timeoutMs <= 0) return "0n";
  const micro = Math.ceil(timeoutMs * 1000);
  if (micro < 1e8) return `${micro}u`;
  const milli = Math.ceil(timeoutMs);
  if (milli < 1e8) return `${milli}m`;
  const seconds = Math.ceil(timeoutMs / 1000);
  if (seconds < 1e8) return `${seconds}S`;
  return `${Math.min(Math.ceil(seconds / 3600), 99_999_999)}H`;
}

const PLAIN_MESSAGE = /^[\x20-\x24\x26-\x7e]*$/;

/** Percent-encodes the UTF-8 of a status message; what is printable ASCII stays. */
export function encodeStatusMessage(message: string): string {
  if (PLAIN_MESSAGE.test(message)) return message;
  let encoded = "";
  for (const byte of Buffer.from(message)) {
    if (byte >= 0x20 && byte <= 0x7e && byte !== 0x25) encoded += String.fromCharCode(byte);
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The reverse; what is not a valid escape is kept as it stands. */
export function decodeStatusMessage(value: string): string {
  if (!value.includes("%")) return value;
  const bytes: number[] = [];
  for (let index = 0; index < value.length; index++) {
    const hex = value.slice(index + 1, index + 3);
    if (value[index] === "%" && /^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(parseInt(hex, 16));
      index += 2;
    } else bytes.push(value.charCodeAt(index) & 0xff);
  }
  return Buffer.from(bytes).toString("utf8");
}

/** gRPC code of an HTTP answer that carries no `grpc-status`. */
export function codeOfHttpStatus(status: number): Code {
  switch (status) {
    case 400:
      return Code.Internal;
    case 401:
      return Code.Unauthenticated;
    case 403:
      return Code.PermissionDenied;
    case 404:
      return Code.Unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code.Unavailable;
    default:
      return Code.Unknown;
  }
}

/** gRPC code of a stream that the other side reset. */
export function codeOfReset(rstCode: number): Code {
  switch (rstCode) {
    case 7: // REFUSED_STREAM
      return Code.Unavailable;
    case 8: // CANCEL
      return Code.Canceled;
    case 11: // ENHANCE_YOUR_CALM
      return Code.ResourceExhausted;
    case 12: // INADEQUATE_SECURITY
      return Code.PermissionDenied;
    default:
      return Code.Internal;
  }
}

/** A code that came as a number over the wire; Unknown where gRPC has no such code. */
export function codeOfNumber(value: number): Code {
  return Number.isInteger(value) && value >= 0 && value <= 16 ? (value as Code) : Code.Unknown;
}
