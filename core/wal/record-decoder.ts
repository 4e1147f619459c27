/**
 * Reads records from a run of segments, checking the running CRC, and tells a torn tail from damage exactly as etcd does
 * (server/storage/wal/decoder.go). Data of records are views of the chunks read: they hold about a mebibyte each alive.
 */
import { crc32c } from "../platform/crc32c.ts";
import type { DiskFile } from "../platform/disk.ts";
import { Record } from "../proto/gen/walpb.ts";
import { Reader } from "../proto/wire.ts";
import { frameWordBytes, looksTorn, readFrameWord, recordTypes } from "./record.ts";
import { WalError } from "./wal-error.ts";

const chunkBytes = 1024 * 1024;

const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

/** The generated codec's work for the three fields that there are: a start reads millions of records. */
function decodeRecord(bytes: Buffer): Record {
  const reader = new Reader(bytes);
  const end = bytes.length;
  const record: Record = { type: 0, crc: 0, data: undefined };
  while (reader.position < end) {
    const key = reader.uint(end);
    if (key === 8) record.type = reader.int(end);
    else if (key === 16) record.crc = reader.uint32(end);
    else if (key === 26) record.data = reader.bytes(end);
    else reader.skip(key, end, Record);
  }
  return record;
}

/** Buffered reading of one file from its start. */
class SegmentReader {
  readonly size: number;
  private chunk: Buffer = Buffer.alloc(0);
  private chunkAt = 0;

  constructor(readonly file: DiskFile) {
    this.size = file.size();
  }

  /** Bytes [position, position + length), fewer at the end of the file. */
  read(position: number, length: number): Buffer {
    const inChunk = position - this.chunkAt;
    if (inChunk + length > this.chunk.length) {
      const wanted = Math.min(Math.max(length, chunkBytes), Math.max(0, this.size - position));
      const target = Buffer.allocUnsafeSlow(wanted);
      const count = this.file.readSync(target, position);
      this.chunk = target.subarray(0, count);
      this.chunkAt = position;
      return this.chunk.subarray(0, length);
    }
    return this.chunk.subarray(inChunk, inChunk + length);
  }
}

export class RecordDecoder {
  private readonly segments: SegmentReader[];
  private at = 0;
  private offset = 0;
  private running = 0;

  /** @param start of the first file: a place between two records, with the running CRC there; default: its beginning */
  constructor(files: readonly DiskFile[], start: { readonly offset: number; readonly crc: number } = { offset: 0, crc: 0 }) {
    this.segments = files.map((file) => new SegmentReader(file));
    this.offset = start.offset;
    this.running = start.crc;
  }

  /** The running value after the last record. */
  get crc(): number {
    return this.running;
  }

  /** Where the last valid record of the current segment ends. */
  get lastOffset(): number {
    return this.offset;
  }

  /** File being read, or the last one. */
  get path(): string {
    return this.segments[Math.min(this.at, this.segments.length - 1)]?.file.path ?? "";
  }

  /**
   * The next record; undefined at a clean end of the last segment. Crc records are checked and seed the running value.
   * @throws WalError wal.torn, wal.crc, wal.record
   */
  next(): Record | undefined {
    for (;;) {
      const segment = this.segments[this.at];
      if (!segment) return undefined;
      const word = segment.read(this.offset, frameWordBytes);
      if (word.length > 0 && word.length < frameWordBytes)
        throw this.torn(segment, "unexpected EOF", `${frameWordBytes} bytes`, `${word.length} bytes`);
      const frame = word.length === 0 ? undefined : readFrameWord(word, 0);
      if (frame) return this.record(segment, frame.recordBytes, frame.padding);
      this.at++;
      // the offset after the last segment stays: that is where a writer goes on
      if (this.at < this.segments.length) this.offset = 0;
      else return undefined;
    }
  }

  private record(segment: SegmentReader, recordBytes: number, padding: number): Record {
    const name = baseName(segment.file.path);
    const limit = segment.size - this.offset - padding;
    if (recordBytes > limit) {
      const text =
        `unexpected EOF: [wal] max entry size limit exceeded when reading "${name}", recBytes: ${recordBytes}, ` +
        `fileSize(${segment.size}) - offset(${this.offset}) - padBytes(${padding}) = entryLimit(${limit})`;
      throw this.torn(segment, text, `a record of at most ${limit} bytes`, `${recordBytes} bytes`);
    }
    const body = segment.read(this.offset + frameWordBytes, recordBytes + padding);
    if (body.length < recordBytes + padding) {
      throw this.torn(segment, "unexpected EOF", `${recordBytes + padding} bytes`, `${body.length} bytes`);
    }
    const record = this.decodeBody(segment, body, recordBytes);
    if (record.type === recordTypes.crc) this.seed(segment, record);
    else this.check(segment, body, record, name);
    this.offset += frameWordBytes + recordBytes + padding;
    return record;
  }

  private decodeBody(segment: SegmentReader, body: Buffer, recordBytes: number): Record {
    try {
      return decodeRecord(body.subarray(0, recordBytes));
    } catch (cause) {
      if (this.isTorn(body)) throw this.torn(segment, "unexpected EOF", "a record", "a sector of zeros");
      throw new WalError("wal.record", (cause as Error).message, {
        path: segment.file.path,
        offset: this.offset,
        expected: "a walpb.Record",
        found: (cause as Error).message,
        cause,
      });
    }
  }

  private check(segment: SegmentReader, body: Buffer, record: Record, name: string): void {
    const computed = record.data ? crc32c(record.data, this.running) : this.running;
    if (computed !== record.crc) {
      const position = `in file '${name}' at position: ${this.offset}`;
      if (this.isTorn(body)) throw this.torn(segment, `unexpected EOF: ${position}`, record.crc.toString(16), computed.toString(16));
      throw this.mismatch(segment, record.crc, computed, position);
    }
    this.running = computed;
  }

  /** A reader that starts in the middle of the log has 0 and takes the segment's word for it. */
  private seed(segment: SegmentReader, record: Record): void {
    if (this.running !== 0 && this.running !== record.crc) throw this.mismatch(segment, record.crc, this.running);
    this.running = record.crc;
  }

  private isTorn(body: Buffer): boolean {
    return this.at === this.segments.length - 1 && looksTorn(body, this.offset + frameWordBytes);
  }

  private torn(segment: SegmentReader, text: string, expected: string, found: string): WalError {
    return new WalError("wal.torn", text, { path: segment.file.path, offset: this.offset, expected, found });
  }

  private mismatch(segment: SegmentReader, expected: number, computed: number, position?: string): WalError {
    const text =
      "walpb: crc mismatch" + (position ? `: expected: ${expected.toString(16)} computed: ${computed.toString(16)}: ${position}` : "");
    return new WalError("wal.crc", text, {
      path: segment.file.path,
      offset: this.offset,
      expected: expected.toString(16),
      found: computed.toString(16),
    });
  }
}
