/**
 * The slow heart of bcrypt (Provos and Mazieres, "A Future-Adaptable Password Scheme", USENIX 1999): Blowfish with its
 * expensive key schedule. One function without imports, so that its text also runs in a worker thread, wherever the
 * program was bundled to. Blowfish's tables are the fraction of pi in binary; they are computed here, not listed.
 */

/** 2^cost rounds over a password of 1..72 bytes (terminator included) and 16 bytes of salt give 23 bytes. */
export type BcryptEngine = (password: Uint8Array, salt: Uint8Array, cost: number) => Uint8Array;

export function bcryptEngine(): BcryptEngine {
  const subkeys = 18;
  const boxes = 1024;
  const initial = fractionOfPi(subkeys + boxes);
  const p = new Int32Array(subkeys);
  const s = new Int32Array(boxes);
  let left = 0;
  let right = 0;

  /** The first words of pi's fraction, by Machin's formula: pi = 16 atan(1/5) - 4 atan(1/239). */
  function fractionOfPi(words: number): Int32Array {
    const guard = 64n;
    const bits = BigInt(words * 32);
    const one = 1n << (bits + guard);
    const arctangentOfInverse = (x: bigint): bigint => {
      const square = x * x;
      let power = one / x;
      let sum = power;
      for (let n = 3n, minus = true; power > 0n; n += 2n, minus = !minus) {
        power /= square;
        sum += minus ? -(power / n) : power / n;
      }
      return sum;
    };
    const pi = (16n * arctangentOfInverse(5n) - 4n * arctangentOfInverse(239n)) >> guard;
    const hex = (pi & ((1n << bits) - 1n)).toString(16).padStart(words * 8, "0");
    return Int32Array.from({ length: words }, (_, at) => parseInt(hex.slice(at * 8, at * 8 + 8), 16));
  }

  /** One block, in `left` and `right`. */
  function encipher(): void {
    let l = left ^ p[0]!;
    let r = right;
    for (let round = 1; round < 17; round += 2) {
      r ^= (((s[l >>> 24]! + s[256 + ((l >>> 16) & 255)]!) ^ s[512 + ((l >>> 8) & 255)]!) + s[768 + (l & 255)]!) ^ p[round]!;
      l ^= (((s[r >>> 24]! + s[256 + ((r >>> 16) & 255)]!) ^ s[512 + ((r >>> 8) & 255)]!) + s[768 + (r & 255)]!) ^ p[round + 1]!;
    }
    left = r ^ p[17]!;
    right = l;
  }

  /** Bytes as big-endian words, repeated from the start as often as it takes. */
  function cyclicWords(bytes: Uint8Array, count: number): Int32Array {
    return Int32Array.from({ length: count }, (_, word) => {
      let value = 0;
      for (let at = 0; at < 4; at++) value = (value << 8) | bytes[(word * 4 + at) % bytes.length]!;
      return value;
    });
  }

  /** Mixes a key into the state; `salt` is 4 words, or undefined for zeros. */
  function expand(key: Int32Array, salt: Int32Array | undefined): void {
    for (let at = 0; at < subkeys; at++) p[at]! ^= key[at]!;
    left = 0;
    right = 0;
    let salted = 0;
    const fill = (table: Int32Array): void => {
      for (let at = 0; at < table.length; at += 2) {
        if (salt !== undefined) {
          left ^= salt[salted]!;
          right ^= salt[salted + 1]!;
          salted ^= 2;
        }
        encipher();
        table[at] = left;
        table[at + 1] = right;
      }
    };
    fill(p);
    fill(s);
  }

  return (password, salt, cost) => {
    p.set(initial.subarray(0, subkeys));
    s.set(initial.subarray(subkeys));
    const key = cyclicWords(password, subkeys);
    const saltAsKey = cyclicWords(salt, subkeys);
    expand(key, cyclicWords(salt, 4));
    for (let rounds = 2 ** cost; rounds > 0; rounds--) {
      expand(key, undefined);
      expand(saltAsKey, undefined);
    }
    const text = "OrpheanBeholderScryDoubt";
    const output = new Uint8Array(24);
    for (let block = 0; block < 24; block += 8) {
      const word = (at: number): number =>
        (text.charCodeAt(at) << 24) | (text.charCodeAt(at + 1) << 16) | (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3);
      left = word(block);
      right = word(block + 4);
      for (let times = 0; times < 64; times++) encipher();
      for (let at = 0; at < 4; at++) {
        output[block + at] = left >>> (24 - 8 * at);
        output[block + 4 + at] = right >>> (24 - 8 * at);
      }
    }
    // the last byte is left out since the first implementation
    return output.subarray(0, 23);
  };
}
