/**
 * XSalsa20-Poly1305, NaCl's secretbox (D. J. Bernstein, "Cryptography in NaCl"; "Extending the Salsa20 nonce"): node:crypto has
 * none. A box is the 16 bytes of the authenticator and then the text.
 */
import { timingSafeEqual } from "node:crypto";

const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** Ten double rounds over the sixteen words, in place. */
function rounds(x: Int32Array): void {
  const quarter = (a: number, b: number, c: number, d: number): void => {
    x[b]! ^= rotate((x[a]! + x[d]!) | 0, 7);
    x[c]! ^= rotate((x[b]! + x[a]!) | 0, 9);
    x[d]! ^= rotate((x[c]! + x[b]!) | 0, 13);
    x[a]! ^= rotate((x[d]! + x[c]!) | 0, 18);
  };
  for (let round = 0; round < 10; round++) {
    quarter(0, 4, 8, 12);
    quarter(5, 9, 13, 1);
    quarter(10, 14, 2, 6);
    quarter(15, 3, 7, 11);
    quarter(0, 1, 2, 3);
    quarter(5, 6, 7, 4);
    quarter(10, 11, 8, 9);
    quarter(15, 12, 13, 14);
  }
}

/** The input matrix: constants on the diagonal, the key around, sixteen bytes in the middle. */
function matrix(key: Buffer, middle: Buffer): Int32Array {
  const word = (from: Buffer, index: number): number => from.readInt32LE(index * 4);
  const x = new Int32Array(16);
  for (let index = 0; index < 4; index++) {
    x[index * 5] = SIGMA[index]!;
    x[1 + index] = word(key, index);
    x[6 + index] = word(middle, index);
    x[11 + index] = word(key, 4 + index);
  }
  return x;
}

function derivedKey(key: Buffer, nonce: Buffer): Buffer {
  const x = matrix(key, nonce.subarray(0, 16));
  rounds(x);
  const out = Buffer.alloc(32);
  [0, 5, 10, 15, 6, 7, 8, 9].forEach((from, index) => out.writeInt32LE(x[from]!, index * 4));
  return out;
}

/** So many bytes of the key stream. */
function keyStream(key: Buffer, nonce: Buffer, length: number): Buffer {
  const sub = derivedKey(key, nonce);
  const out = Buffer.alloc(Math.ceil(length / 64) * 64);
  const middle = Buffer.alloc(16);
  nonce.copy(middle, 0, 16, 24);
  for (let block = 0; block * 64 < length; block++) {
    middle.writeUInt32LE(block, 8);
    const start = matrix(sub, middle);
    const x = start.slice();
    rounds(x);
    for (let index = 0; index < 16; index++) out.writeInt32LE((x[index]! + start[index]!) | 0, block * 64 + index * 4);
  }
  return out.subarray(0, length);
}

const PRIME = (1n << 130n) - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
const number = (bytes: Buffer): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`));

/** Poly1305 (RFC 8439 2.5). @param key 32 bytes */
function authenticator(message: Buffer, key: Buffer): Buffer {
  const r = number(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let from = 0; from < message.length; from += 16) {
    const block = message.subarray(from, from + 16);
    sum = ((sum + number(block) + (1n << BigInt(8 * block.length))) * r) % PRIME;
  }
  const tag = (sum + number(key.subarray(16, 32))) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, "0"), "hex").reverse();
}

const xor = (text: Buffer, stream: Buffer): Buffer => Buffer.from(text.map((byte, index) => byte ^ stream[index]!));

/** @param nonce 24 bytes. @param key 32 bytes */
export function sealBox(text: Buffer, nonce: Buffer, key: Buffer): Buffer {
  const stream = keyStream(key, nonce, 32 + text.length);
  const sealed = xor(text, stream.subarray(32));
  return Buffer.concat([authenticator(sealed, stream.subarray(0, 32)), sealed]);
}

/** @returns undefined where the box was not made with this key and nonce */
export function openBox(box: Buffer, nonce: Buffer, key: Buffer): Buffer | undefined {
  if (box.length < 16) return undefined;
  const sealed = box.subarray(16);
  const stream = keyStream(key, nonce, 32 + sealed.length);
  if (!timingSafeEqual(authenticator(sealed, stream.subarray(0, 32)), box.subarray(0, 16))) return undefined;
  return xor(sealed, stream.subarray(32));
}
