/**
 * How recordings are packed. A file is a row of gzip members (RFC 1952): first the header, then a segment each, all lines of JSON,
 * so that `gunzip -c` reads it. Each member tells its own length in an extra field "QL", as BGZF does, so that damage has an
 * offset and a segment is found without reading those before it. Pure but for the platform's own (de)compression streams.
 */
import { CommandError } from "./host.ts";

/** 10 bytes of gzip, 2 of the extra field's length, 4 of the sub-field's head, 4 of the member's length. */
const HEAD = 20;
/** CRC-32 and length of what is packed. */
const TAIL = 8;
const MAGIC = [0x1f, 0x8b, 8, 4] as const;
/** A segment is closed long before; whatever claims more is no segment. */
const UNPACKED_MAX = 64 * 1024 * 1024;

/** A file that is not what it should be. `offset` counts bytes from its beginning. */
export class RecordingError extends CommandError {
  constructor(
    readonly file: string,
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super("damaged-recording", `${file}: at offset ${offset}: expected ${expected}, found ${found}`);
    this.name = "RecordingError";
  }
}

export interface PackedMember {
  readonly offset: number;
  readonly end: number;
  readonly deflated: Uint8Array<ArrayBuffer>;
  readonly crc: number;
  readonly size: number;
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 as gzip has it. */
function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = table[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** @param crc of the unpacked bytes, as `size` is their number */
export function wrapMember(deflated: Uint8Array, crc: number, size: number): Uint8Array<ArrayBuffer> {
  const member = new Uint8Array(HEAD + deflated.length + TAIL);
  const view = new DataView(member.buffer);
  member.set(MAGIC);
  // no time, no file name, system unknown
  member[9] = 0xff;
  view.setUint16(10, 8, true);
  member.set([0x51, 0x4c], 12);
  view.setUint16(14, 4, true);
  view.setUint32(16, member.length, true);
  member.set(deflated, HEAD);
  view.setUint32(member.length - 8, crc, true);
  view.setUint32(member.length - 4, size, true);
  return member;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The member at this offset. @throws RecordingError when none stands there whole */
export function readMember(bytes: Uint8Array<ArrayBuffer>, offset: number, file: string): PackedMember {
  const left = bytes.length - offset;
  const head = bytes.subarray(offset, offset + HEAD);
  const right = MAGIC.every((byte, at) => at >= head.length || head[at] === byte) && (head.length < 14 || (head[12] === 0x51 && head[13] === 0x4c));
  if (!right) throw new RecordingError(file, offset, "a part of a recording (1f 8b 08 04 ... 51 4c)", hex(head.subarray(0, 14)));
  if (left < HEAD + TAIL) throw new RecordingError(file, offset, `at least ${HEAD + TAIL} bytes`, `${left}: the file is cut off`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, left);
  const length = view.getUint32(16, true);
  if (length < HEAD + TAIL) throw new RecordingError(file, offset + 16, `a length of at least ${HEAD + TAIL}`, String(length));
  if (length > left) throw new RecordingError(file, offset, `${length} bytes`, `${left}: the file is cut off`);
  const size = view.getUint32(length - 4, true);
  if (size > UNPACKED_MAX) throw new RecordingError(file, offset + length - 4, `at most ${UNPACKED_MAX} bytes unpacked`, String(size));
  return { offset, end: offset + length, deflated: bytes.subarray(offset + HEAD, offset + length - TAIL), crc: view.getUint32(length - 8, true), size };
}

/** Through a stream of the platform's; no more than `max` bytes come out. */
async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  // what goes wrong shows at the reading end
  written.catch(() => undefined);
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > max) {
      await reader.cancel();
      throw new RangeError(`more than ${max} bytes`);
    }
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a member holds. @throws RecordingError when it is not what was packed */
export async function unpack(member: PackedMember, file: string): Promise<string> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await through(member.deflated, new DecompressionStream("deflate-raw"), member.size);
  } catch (error) {
    throw new RecordingError(file, member.offset + HEAD, "packed bytes", error instanceof Error ? error.message : String(error));
  }
  if (bytes.length !== member.size) throw new RecordingError(file, member.end - 4, `${member.size} bytes unpacked`, String(bytes.length));
  const crc = crc32(bytes);
  if (crc !== member.crc) throw new RecordingError(file, member.end - 8, `CRC-32 ${member.crc.toString(16)}`, crc.toString(16));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RecordingError(file, member.offset + HEAD, "UTF-8", "other bytes");
  }
}

export async function pack(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  return wrapMember(await through(bytes, new CompressionStream("deflate-raw"), Number.POSITIVE_INFINITY), crc32(bytes), bytes.length);
}
