/**
 * Encryption at rest (apiserver pkg/storage/value): what seals a value on its way to etcd and opens it on its way back. The first
 * provider writes, all of them read. A sealed value begins with `k8s:enc:<provider>:v1:<key name>:`.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { openBox, sealBox } from "./secretbox.ts";

export interface Transformer {
  /** @param key the storage key: authenticated with the value, where the cipher can */
  seal(plain: Buffer, key: string): Buffer;
  /** @throws Error where none of the providers can read it */
  open(sealed: Buffer, key: string): Buffer;
}

export type Cipher = "aescbc" | "aesgcm" | "secretbox";

interface NamedKey {
  readonly name: string;
  readonly secret: Buffer;
}

/** One provider of the configuration; identity has no keys. */
export type Provider = { readonly cipher: Cipher; readonly keys: readonly NamedKey[] } | { readonly cipher: "identity" };

const NOTHING: Transformer = { seal: (plain) => plain, open: (sealed) => plainOrThrow(sealed) };
const ENCRYPTED = Buffer.from("k8s:enc:");

function plainOrThrow(sealed: Buffer): Buffer {
  if (sealed.subarray(0, ENCRYPTED.length).equals(ENCRYPTED)) throw new Error("identity transformer tried to read encrypted data");
  return sealed;
}

/** @param providers in the order of the configuration; none: nothing is sealed */
export function transformerOf(providers: readonly Provider[]): Transformer {
  const [first] = providers;
  if (first === undefined) return NOTHING;
  return {
    seal(plain, key) {
      if (first.cipher === "identity") return plain;
      const named = first.keys[0]!;
      return Buffer.concat([Buffer.from(prefixOf(first.cipher, named.name)), ciphers[first.cipher].seal(plain, named.secret, key)]);
    },
    open(sealed, key) {
      for (const provider of providers) {
        if (provider.cipher === "identity") {
          if (!sealed.subarray(0, ENCRYPTED.length).equals(ENCRYPTED)) return sealed;
          continue;
        }
        const head = Buffer.from(`k8s:enc:${provider.cipher}:v1:`);
        if (!sealed.subarray(0, head.length).equals(head)) continue;
        for (const { name, secret } of provider.keys) {
          const prefix = Buffer.from(prefixOf(provider.cipher, name));
          if (sealed.subarray(0, prefix.length).equals(prefix)) return ciphers[provider.cipher].open(sealed.subarray(prefix.length), secret, key);
        }
      }
      throw new Error("no matching prefix found");
    },
  };
}

function prefixOf(cipher: Cipher, keyName: string): string {
  return `k8s:enc:${cipher}:v1:${keyName}:`;
}

interface CipherWays {
  seal(plain: Buffer, secret: Buffer, key: string): Buffer;
  open(sealed: Buffer, secret: Buffer, key: string): Buffer;
}

const ciphers: Readonly<Record<Cipher, CipherWays>> = {
  // AES-CBC with PKCS#7 and a random IV in front; it authenticates nothing
  aescbc: {
    seal(plain, secret) {
      const iv = randomBytes(16);
      const cipher = createCipheriv(`aes-${secret.length * 8}-cbc`, secret, iv);
      return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
    },
    open(sealed, secret) {
      if (sealed.length < 16) throw new Error("the stored data was shorter than the required size");
      if (sealed.length % 16 !== 0) throw new Error("the stored data is not a multiple of the block size");
      const cipher = createDecipheriv(`aes-${secret.length * 8}-cbc`, secret, sealed.subarray(0, 16));
      try {
        return Buffer.concat([cipher.update(sealed.subarray(16)), cipher.final()]);
      } catch (error) {
        throw new Error("invalid padding on input", { cause: error });
      }
    },
  },
  // AES-GCM, the nonce of 12 bytes in front, the tag behind, the storage key as associated data
  aesgcm: {
    seal(plain, secret, key) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv(secret.length === 16 ? "aes-128-gcm" : secret.length === 24 ? "aes-192-gcm" : "aes-256-gcm", secret, nonce);
      cipher.setAAD(Buffer.from(key));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, secret, key) {
      if (sealed.length < 28) throw new Error("the stored data was shorter than the required size");
      const cipher = createDecipheriv(secret.length === 16 ? "aes-128-gcm" : secret.length === 24 ? "aes-192-gcm" : "aes-256-gcm", secret, sealed.subarray(0, 12));
      cipher.setAAD(Buffer.from(key));
      cipher.setAuthTag(sealed.subarray(-16));
      try {
        return Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()]);
      } catch (error) {
        throw new Error("cipher: message authentication failed", { cause: error });
      }
    },
  },
  // NaCl's secretbox, the nonce of 24 bytes in front
  secretbox: {
    seal(plain, secret) {
      const nonce = randomBytes(24);
      return Buffer.concat([nonce, sealBox(plain, nonce, secret)]);
    },
    open(sealed, secret) {
      const plain = sealed.length < 40 ? undefined : openBox(sealed.subarray(24), sealed.subarray(0, 24), secret);
      if (plain === undefined) throw new Error("output array was not large enough for encryption");
      return plain;
    },
  },
};
