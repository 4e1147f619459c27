/** ASN.1 DER, as much of it as X.509 needs: a writer of nested values and a reader that walks them (ITU-T X.690). */

/** A value that is no DER. */
export class DerError extends Error {
  override readonly name = "DerError";
  readonly code = "tls.der";
}

export const TAG = { boolean: 1, integer: 2, bitString: 3, octetString: 4, oid: 6, utf8String: 12, printableString: 19, utcTime: 23, generalizedTime: 24, sequence: 48, set: 49 } as const;

/** @param tag the whole identifier byte, such as 0x30 for a SEQUENCE or 0xa3 for [3] */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

/** A whole number that is not negative, from its big-endian bytes. */
export function derInteger(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const short = bytes.subarray(start);
  return (short[0] ?? 0) >= 0x80 ? der(TAG.integer, Buffer.from([0]), short) : der(TAG.integer, short);
}

/** @param dotted "2.5.4.3" */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128)) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(TAG.oid, Buffer.from(bytes));
}

/** UTCTime up to 2049, GeneralizedTime after, as RFC 5280 asks; whole seconds. */
export function derTime(at: Date): Buffer {
  const text = `${at.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "")}`;
  return at.getUTCFullYear() < 2050 ? der(TAG.utcTime, Buffer.from(text.slice(2))) : der(TAG.generalizedTime, Buffer.from(text));
}

/** @param unused bits at the end that do not count */
export function derBitString(bytes: Buffer, unused = 0): Buffer {
  return der(TAG.bitString, Buffer.from([unused]), bytes);
}

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

/** The values that stand one after the other in `bytes`. @throws DerError */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at]!;
    let length = bytes[at + 1] ?? -1;
    at += 2;
    if (length > 0x80) {
      const count = length - 0x80;
      if (count > 4 || at + count > bytes.length) throw new DerError("length of a value is out of bounds");
      length = bytes.readUIntBE(at, count);
      at += count;
    } else if (length === 0x80 || length < 0) throw new DerError("a value without a length");
    if (at + length > bytes.length) throw new DerError("a value ends after its data");
    values.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}
