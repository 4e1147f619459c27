/**
 * bcrypt hashes as text: `$2a$10$`, 22 characters of salt, 31 of hash, in bcrypt's own base 64. `$2a$`, `$2b$` and `$2y$`
 * mean the same here, as in Go's golang.org/x/crypto/bcrypt, whose hashes stand in etcd's database.
 */
import { timingSafeEqual } from "node:crypto";
import { Code, StatusError } from "../../proto/errors.ts";
import type { BcryptEngine } from "./engine.ts";

export const bcryptCostMin = 4;
export const bcryptCostMax = 31;
export const bcryptCostDefault = 10;

/** Bytes of a password that count. */
const passwordBytesMax = 72;
export const saltBytes = 16;
const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** What the engine works on, taken from a hash. */
export interface BcryptHash {
  readonly cost: number;
  readonly salt: Buffer;
  /** 23 bytes */
  readonly digest: Buffer;
}

/**
 * What a password means to the engine: its bytes and a terminator.
 * @throws StatusError Unknown, in Go's words, when it is longer than 72 bytes
 */
export function keyOfNew(password: Buffer): Buffer {
  if (password.length > passwordBytesMax) throw new StatusError(Code.Unknown, "bcrypt: password length exceeds 72 bytes");
  return keyOf(password);
}

/** For a comparison: of a longer one only the first 72 bytes count. */
export function keyOf(password: Buffer): Buffer {
  return Buffer.concat([password, Buffer.from([0])]).subarray(0, passwordBytesMax);
}

/** @returns undefined where it is no bcrypt hash */
export function parseBcrypt(text: Buffer): BcryptHash | undefined {
  const match = /^\$2[aby]?\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/.exec(text.toString("latin1"));
  if (match === null) return undefined;
  const cost = Number(match[1]);
  if (cost < bcryptCostMin || cost > bcryptCostMax) return undefined;
  return { cost, salt: decode(match[2]!, saltBytes), digest: decode(match[3]!, 23) };
}

export function formatBcrypt(cost: number, salt: Uint8Array, digest: Uint8Array): Buffer {
  return Buffer.from(`$2a$${String(cost).padStart(2, "0")}$${encode(salt)}${encode(digest)}`, "latin1");
}

/** In the caller's thread; a second and more at a high cost. */
export function hashNow(engine: BcryptEngine, password: Buffer, cost: number, salt: Buffer): Buffer {
  return formatBcrypt(cost, salt, engine(keyOfNew(password), salt, cost));
}

/** Whether a password gives this digest, in time that does not tell how much of it agrees. */
export function sameDigest(hash: BcryptHash, digest: Uint8Array): boolean {
  return digest.length === hash.digest.length && timingSafeEqual(hash.digest, digest);
}

function encode(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    const digits = Math.min(bytes.length - at, 3) + 1;
    for (let digit = 0; digit < digits; digit++) text += alphabet[(group >>> (18 - 6 * digit)) & 63]!;
  }
  return text;
}

function decode(text: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let group = 0;
  let bits = 0;
  let at = 0;
  for (const digit of text) {
    group = ((group << 6) | alphabet.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits < 8 || at === length) continue;
    bits -= 8;
    bytes[at++] = (group >>> bits) & 255;
  }
  return bytes;
}
