/**
 * HPACK's Huffman code (RFC 7541 appendix B). The code is canonical: symbols in order of length, then of value, get
 * consecutive codes, so the lengths tell it all.
 */

/** Code lengths in bits of the symbols 0 to 255; the 257th, EOS, is thirty ones. */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
] as const;
const EOS = 256;

interface Code {
  /** codes by symbol */
  readonly codes: Uint32Array;
  /**
   * The decoder: states are inner nodes of the tree, steps are half bytes. A step's entry is next state << 16, or'ed with
   * SYMBOL and the symbol where one ends in these four bits (never two: the shortest code has five), or -1 for EOS.
   */
  readonly steps: Int32Array;
  /** 1 for states in which a string may end: less than eight ones since the last symbol */
  readonly mayEnd: Uint8Array;
}

const SYMBOL = 0x100;

let built: Code | undefined;

/** Made when it is first needed: many short-lived programs never see a Huffman string. */
function code(): Code {
  return (built ??= build());
}

function build(): Code {
  const codes = new Uint32Array(257);
  const order = LENGTHS.map((_length, symbol) => symbol).sort((a, b) => LENGTHS[a]! - LENGTHS[b]! || a - b);
  order.push(EOS);
  // children of inner nodes: >= 0 an inner node, < 0 the symbol -(child + 1)
  const left: number[] = [0];
  const right: number[] = [0];
  const ones: number[] = [0];
  let next = 0;
  let previous = 5;
  for (const symbol of order) {
    const length = symbol === EOS ? 30 : LENGTHS[symbol]!;
    next *= 2 ** (length - previous);
    previous = length;
    codes[symbol] = next;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const side = Math.floor(next / 2 ** bit) % 2 === 1 ? right : left;
      if (side[node] === 0) {
        ones.push(side === right && ones[node]! >= 0 ? ones[node]! + 1 : -1);
        left.push(0);
        right.push(0);
        side[node] = left.length - 1;
      }
      node = side[node]!;
    }
    (next % 2 === 1 ? right : left)[node] = -(symbol + 1);
    next++;
  }
  const steps = new Int32Array(left.length * 16);
  for (let state = 0; state < left.length; state++)
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state;
      let symbol = -1;
      for (let bit = 3; bit >= 0 && node >= 0; bit--) {
        const child = ((nibble >> bit) & 1) === 1 ? right[node]! : left[node]!;
        if (child >= 0) node = child;
        else {
          symbol = -(child + 1);
          node = symbol === EOS ? -1 : 0;
        }
      }
      steps[state * 16 + nibble] = node < 0 ? -1 : (node << 16) | (symbol >= 0 ? SYMBOL | symbol : 0);
    }
  return { codes, steps, mayEnd: Uint8Array.from(ones, (count) => (count >= 0 && count < 8 ? 1 : 0)) };
}

/** Most bytes that `length` coded bytes stand for. */
export function decodedBytesMax(length: number): number {
  return Math.floor((length * 8) / 5);
}

/**
 * Decodes `from[start, end)` into `to`, which has room for `decodedBytesMax`; the number of bytes written, or -1 where it
 * is no Huffman string (EOS inside, or padding that is no prefix of EOS or longer than seven bits).
 */
export function decodeHuffman(from: Uint8Array, start: number, end: number, to: Uint8Array): number {
  const { steps, mayEnd } = code();
  let state = 0;
  let length = 0;
  for (let position = start; position < end; position++) {
    const byte = from[position]!;
    let step = steps[(state << 4) | (byte >> 4)]!;
    if (step < 0) return -1;
    if ((step & SYMBOL) !== 0) to[length++] = step & 0xff;
    step = steps[((step >> 16) << 4) | (byte & 15)]!;
    if (step < 0) return -1;
    if ((step & SYMBOL) !== 0) to[length++] = step & 0xff;
    state = step >> 16;
  }
  return mayEnd[state] === 1 ? length : -1;
}

/** Bytes that a string of Latin-1 characters takes when coded. */
export function huffmanBytes(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index++) bits += LENGTHS[text.charCodeAt(index) & 0xff]!;
  return (bits + 7) >> 3;
}

/** Writes the coded string at `position`; the position after it. */
export function encodeHuffman(text: string, to: Uint8Array, position: number): number {
  const { codes } = code();
  let held = 0;
  let bits = 0;
  for (let index = 0; index < text.length; index++) {
    const symbol = text.charCodeAt(index) & 0xff;
    let left = LENGTHS[symbol]!;
    const value = codes[symbol]!;
    // at most 7 bits are held, so codes are taken in pieces that keep it below 32
    while (left > 0) {
      const take = Math.min(left, 24 - bits);
      held = (held << take) | ((value >>> (left - take)) & ((1 << take) - 1));
      bits += take;
      left -= take;
      while (bits >= 8) {
        bits -= 8;
        to[position++] = (held >>> bits) & 0xff;
      }
      held &= (1 << bits) - 1;
    }
  }
  if (bits > 0) to[position++] = ((held << (8 - bits)) | ((1 << (8 - bits)) - 1)) & 0xff;
  return position;
}
