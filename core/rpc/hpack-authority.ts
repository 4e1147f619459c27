/**
 * Mends `:authority` in a header block. etcd's 3.4 client puts a maintenance endpoint there as the user wrote it
 * ("http://127.0.0.1:2379"), which grpc-go's server takes and node:http2 resets as malformed. HPACK: RFC 7541.
 */

/** Symbols of Huffman codes up to 15 bits, in canonical order; what is longer does not stand in a host name or URL. */
const SYMBOLS: Readonly<Record<number, string>> = {
  5: "012aceiost",
  6: " %-./3456789=A_bdfghlmnpru",
  7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
  8: "&*,;XZ",
  10: "!\"()?",
  11: "'+|",
  12: "#>",
  13: "\0$@[]~",
  14: "^}",
  15: "<`{",
};

/** Symbols by "length:code". The code is canonical, so its lengths tell it. */
const CODES: ReadonlyMap<string, string> = (() => {
  const codes = new Map<string, string>();
  let code = 0;
  let length = 5;
  for (const [bits, symbols] of Object.entries(SYMBOLS)) {
    code <<= Number(bits) - length;
    length = Number(bits);
    for (const symbol of symbols) codes.set(`${length}:${code++}`, symbol);
  }
  return codes;
})();

/** undefined where a symbol is longer than the table goes */
function huffman(bytes: Buffer): string | undefined {
  let text = "";
  let code = 0;
  let length = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      const symbol = CODES.get(`${++length}:${code}`);
      if (symbol !== undefined) {
        text += symbol;
        code = 0;
        length = 0;
      } else if (length > 15) return undefined;
    }
  return text;
}

/** Index of `:authority` in the static table. */
const AUTHORITY = 1;

/**
 * The block with a literal `:authority` freed of scheme and path; undefined where there is nothing to mend. The value only
 * gets shorter, so the decoder's table evicts no earlier than the encoder believes.
 */
export function mendAuthority(block: Buffer): Buffer | undefined {
  const reader = new BlockReader(block);
  while (!reader.ended) {
    const start = reader.position;
    const first = block[start]!;
    if (first >= 0x80) {
      reader.integer(7);
      continue;
    }
    if (first >= 0x20 && first < 0x40) {
      reader.integer(5);
      continue;
    }
    const name = reader.integer(first >= 0x40 ? 6 : 4);
    if (name === 0) reader.skipString();
    const valueAt = reader.position;
    const coded = (block[valueAt] ?? 0) >= 0x80;
    const value = reader.string();
    if (reader.failed) return undefined;
    if (name !== AUTHORITY) continue;
    const text = coded ? huffman(value) : value.toString("latin1");
    const mended = text === undefined ? undefined : /^[a-z]+:\/\/([^/]*)/.exec(text)?.[1];
    if (mended === undefined || mended.length > 126) return undefined;
    return Buffer.concat([block.subarray(0, valueAt), Buffer.from([mended.length]), Buffer.from(mended, "latin1"), block.subarray(reader.position)]);
  }
  return undefined;
}

class BlockReader {
  position = 0;
  failed = false;
  constructor(private readonly block: Buffer) {}

  get ended(): boolean {
    return this.failed || this.position >= this.block.length;
  }

  integer(prefixBits: number): number {
    const limit = 2 ** prefixBits - 1;
    let value = (this.block[this.position++] ?? 0) & limit;
    if (value < limit) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.block[this.position++];
      if (byte === undefined) break;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.failed = true;
    return 0;
  }

  skipString(): void {
    this.string();
  }

  string(): Buffer {
    const length = this.integer(7);
    const end = this.position + length;
    if (end > this.block.length) this.failed = true;
    const value = this.block.subarray(this.position, end);
    this.position = end;
    return value;
  }
}
