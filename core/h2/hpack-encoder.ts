/**
 * HPACK, the writing side (RFC 7541). Fields go into the dynamic table unless they change with every call or are secrets;
 * strings are Huffman-coded where that makes them shorter.
 */
import { Field } from "./header-field.ts";
import { DYNAMIC_FIRST, DynamicTable, STATIC_TABLE, TABLE_BYTES_DEFAULT } from "./hpack-table.ts";
import { encodeHuffman, huffmanBytes } from "./huffman.ts";

/** Names and values in turn: [name, value, name, value, ...]; Latin-1. */
export type Pairs = readonly string[];

/** Fields whose values hardly ever come again. */
const CHANGING: ReadonlySet<string> = new Set(["grpc-timeout", "content-length", "date", "last-modified", "etag", "grpc-status-details-bin", "location"]);
/** Fields that stay out of all tables on the way (7.1.3). */
const SECRET: ReadonlySet<string> = new Set(["authorization", "cookie", "set-cookie", "token"]);
/** A longer value would push everything else out of the table. */
const TABLED_VALUE_BYTES_MAX = 512;
/** Blocks of constant fields kept as bytes. */
const CONSTANTS_KEPT = 64;

const NONE: Pairs = [];

interface Constant {
  readonly generation: number;
  readonly block: Buffer;
}

const STATIC_FIELDS: ReadonlyMap<string, number> = new Map(STATIC_TABLE.map((field, index) => [keyOf(field.name, field.value), index + 1]));
const STATIC_NAMES: ReadonlyMap<string, number> = new Map(STATIC_TABLE.map((field, index): [string, number] => [field.name, index + 1]).reverse());

function keyOf(name: string, value: string): string {
  return `${name}\n${value}`;
}

export class HpackEncoder {
  /** number of the newest entry with this name and value */
  private readonly numbers = new Map<string, number>();
  private readonly table = new DynamicTable(TABLE_BYTES_DEFAULT, (field, number) => {
    const key = keyOf(field.name, field.value);
    if (this.numbers.get(key) === number) this.numbers.delete(key);
  });
  private readonly constants = new Map<Pairs, Constant>();
  private scratch = Buffer.allocUnsafeSlow(512);
  private length = 0;
  /** smallest limit since the last block, if the limit changed: both are told (4.2) */
  private lowest: number | undefined;

  /** SETTINGS_HEADER_TABLE_SIZE of the other side; in force with the next block. */
  limitTable(bytes: number): void {
    const limit = Math.min(bytes, TABLE_BYTES_DEFAULT);
    if (limit === this.table.limit) return;
    this.lowest = Math.min(this.lowest ?? limit, limit);
    this.table.resize(limit);
  }

  /** A header block; it must be sent before the next one is made. The bytes are good until then. */
  encode(fields: Pairs): Buffer {
    this.length = 0;
    this.updateSize();
    this.append(fields);
    return this.scratch.subarray(0, this.length);
  }

  /**
   * The same for fields that come again and again, as one and the same array: mostly it is bytes from the last time.
   * @param changing fields after them
   */
  encodeConstant(fields: Pairs, changing: Pairs = NONE): Buffer {
    const block = this.constant(fields);
    if (changing.length === 0) return block;
    if (block.buffer !== this.scratch.buffer) {
      this.length = 0;
      this.room(block.length);
      this.scratch.set(block);
      this.length = block.length;
    }
    this.append(changing);
    return this.scratch.subarray(0, this.length);
  }

  private constant(fields: Pairs): Buffer {
    const known = this.constants.get(fields);
    if (known !== undefined && known.generation === this.table.generation && this.lowest === undefined) return known.block;
    const before = this.table.generation;
    const block = this.encode(fields);
    // what was just put into the table is an index the next time: only then do the bytes stay the same
    if (before === this.table.generation) {
      if (known === undefined && this.constants.size >= CONSTANTS_KEPT) this.constants.clear();
      this.constants.set(fields, { generation: before, block: Buffer.from(block) });
    }
    return block;
  }

  private append(fields: Pairs): void {
    for (let index = 0; index + 1 < fields.length; index += 2) this.field(fields[index]!, fields[index + 1]!);
  }

  private updateSize(): void {
    if (this.lowest === undefined) return;
    if (this.lowest < this.table.limit) this.integer(0x20, 5, this.lowest);
    this.integer(0x20, 5, this.table.limit);
    this.lowest = undefined;
  }

  private field(name: string, value: string): void {
    const key = keyOf(name, value);
    const fixed = STATIC_FIELDS.get(key);
    if (fixed !== undefined) {
      this.integer(0x80, 7, fixed);
      return;
    }
    const number = this.numbers.get(key);
    if (number !== undefined) {
      this.integer(0x80, 7, this.indexOf(number));
      return;
    }
    const nameIndex = STATIC_NAMES.get(name) ?? 0;
    if (SECRET.has(name)) this.integer(0x10, 4, nameIndex);
    else if (CHANGING.has(name) || value.length > TABLED_VALUE_BYTES_MAX || (name === "grpc-message" && value !== "")) this.integer(0, 4, nameIndex);
    else {
      this.integer(0x40, 6, nameIndex);
      const field = new Field(name, value);
      this.table.add(field);
      if (field.size <= this.table.limit) this.numbers.set(key, this.table.added - 1);
    }
    if (nameIndex === 0) this.string(name);
    this.string(value);
  }

  private indexOf(number: number): number {
    return DYNAMIC_FIRST + this.table.added - 1 - number;
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.scratch.length * 2, this.length + bytes));
    this.scratch.copy(larger, 0, 0, this.length);
    this.scratch = larger;
  }

  private integer(pattern: number, prefixBits: number, value: number): void {
    this.room(6);
    const limit = (1 << prefixBits) - 1;
    if (value < limit) {
      this.scratch[this.length++] = pattern | value;
      return;
    }
    this.scratch[this.length++] = pattern | limit;
    let left = value - limit;
    for (; left >= 128; left = Math.floor(left / 128)) this.scratch[this.length++] = (left % 128) | 0x80;
    this.scratch[this.length++] = left;
  }

  private string(text: string): void {
    const coded = huffmanBytes(text);
    if (coded < text.length) {
      this.integer(0x80, 7, coded);
      this.room(coded);
      this.length = encodeHuffman(text, this.scratch, this.length);
      return;
    }
    this.integer(0, 7, text.length);
    this.room(text.length);
    this.length += this.scratch.write(text, this.length, "latin1");
  }
}
