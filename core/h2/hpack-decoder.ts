/**
 * HPACK, the reading side (RFC 7541). Memory is bounded: the dynamic table has at most 4096 bytes, strings no more than the
 * list limit, and fields past that limit are read (the table must stay in step) but not kept.
 */
import { Field, HeaderList } from "./header-field.ts";
import { DYNAMIC_FIRST, DynamicTable, STATIC_TABLE, TABLE_BYTES_DEFAULT } from "./hpack-table.ts";
import { decodedBytesMax, decodeHuffman } from "./huffman.ts";
import { ConnectionFault, ErrorCode } from "./protocol.ts";

/** Blocks remembered with what they decode to, as long as the table stays as it is. */
const BLOCKS_KEPT = 64;
const KEPT_BLOCK_BYTES_MAX = 256;

/** Names that come with nearly every call, so that all share one string. */
const KNOWN_NAMES: ReadonlyMap<string, string> = new Map(
  ["te", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding", "grpc-status", "grpc-message", "token", "hasleader"].map((name) => [name, name]),
);

export class HpackDecoder {
  private readonly table = new DynamicTable();
  private readonly kept = new Map<string, HeaderList>();
  private keptGeneration = 0;
  private scratch: Buffer = Buffer.alloc(0);
  private block: Buffer = this.scratch;
  private position = 0;
  private end = 0;

  /**
   * @param listBytesMax largest header list, by RFC 9113's count (name, value and 32 each)
   * @param stringBytesMax a longer string ends the connection, before it is decoded
   */
  constructor(
    private readonly listBytesMax: number,
    private readonly stringBytesMax = 4 * listBytesMax,
  ) {}

  /** @throws ConnectionFault COMPRESSION_ERROR: the connection's table is lost with it */
  decode(block: Buffer, start: number, end: number): HeaderList {
    const { table } = this;
    if (this.keptGeneration !== table.generation) {
      if (this.kept.size > 0) this.kept.clear();
      this.keptGeneration = table.generation;
    }
    const key = end - start <= KEPT_BLOCK_BYTES_MAX ? block.toString("latin1", start, end) : undefined;
    if (key !== undefined) {
      const known = this.kept.get(key);
      if (known !== undefined) return known;
    }
    const list = this.read(block, start, end);
    if (key !== undefined && this.keptGeneration === table.generation && this.kept.size < BLOCKS_KEPT) this.kept.set(key, list);
    return list;
  }

  private read(block: Buffer, start: number, end: number): HeaderList {
    this.block = block;
    this.position = start;
    this.end = end;
    const list = new HeaderList();
    const { fields } = list;
    let left = this.listBytesMax;
    let begun = false;
    while (this.position < end) {
      const first = block[this.position]!;
      if (first >= 0x20 && first < 0x40) {
        if (begun) throw broken("dynamic table size update after a header field");
        this.resize(this.integer(5));
        continue;
      }
      begun = true;
      let field: Field;
      if (first >= 0x80) field = this.indexed(this.integer(7));
      else {
        const index = this.integer(first >= 0x40 ? 6 : 4);
        const name = index === 0 ? this.name() : this.indexed(index).name;
        field = new Field(name, this.string());
        if (first >= 0x40) this.table.add(field);
      }
      left -= field.size;
      if (left < 0) {
        list.truncated = true;
        continue;
      }
      fields.push(field);
      if (field.flaw !== undefined) list.flaw ??= field.flaw;
    }
    return list;
  }

  private resize(limit: number): void {
    if (limit > TABLE_BYTES_DEFAULT) throw broken("dynamic table size above its limit");
    this.table.resize(limit);
  }

  private indexed(index: number): Field {
    const field = index < DYNAMIC_FIRST ? STATIC_TABLE[index - 1] : this.table.at(index - DYNAMIC_FIRST);
    if (field === undefined) throw broken(`no header field at index ${index}`);
    return field;
  }

  private integer(prefixBits: number): number {
    const limit = (1 << prefixBits) - 1;
    let value = this.block[this.position++]! & limit;
    if (value < limit) return value;
    // five more bytes hold any 32-bit number; no index, length or size of ours is longer
    for (let shift = 0; shift <= 28; shift += 7) {
      if (this.position >= this.end) throw broken("integer cut short");
      const byte = this.block[this.position++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw broken("integer too large");
  }

  private name(): string {
    const name = this.string();
    return KNOWN_NAMES.get(name) ?? name;
  }

  private string(): string {
    if (this.position >= this.end) throw broken("string cut short");
    const coded = this.block[this.position]! >= 0x80;
    const length = this.integer(7);
    const start = this.position;
    const stop = start + length;
    if (stop > this.end) throw broken("string cut short");
    if (length > this.stringBytesMax) throw new ConnectionFault(ErrorCode.EnhanceYourCalm, `header string of ${length} bytes`);
    this.position = stop;
    if (!coded) return this.block.toString("latin1", start, stop);
    const room = decodedBytesMax(length);
    if (this.scratch.length < room) this.scratch = Buffer.allocUnsafeSlow(Math.max(256, room));
    const written = decodeHuffman(this.block, start, stop, this.scratch);
    if (written < 0) throw broken("invalid Huffman string");
    return this.scratch.toString("latin1", 0, written);
  }
}

function broken(what: string): ConnectionFault {
  return new ConnectionFault(ErrorCode.CompressionError, `hpack: ${what}`);
}
