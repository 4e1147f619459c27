/** Keys of JSON web tokens as `--auth-token jwt,...` names them (etcd server/auth/options.go), for the methods of RFC 7518 and 8037. */
import { createHmac, createPrivateKey, createPublicKey, constants, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";

/** Why tokens cannot be made of these options, in etcd's words or the library's. */
export class JwtKeyError extends Error {
  override readonly name = "JwtKeyError";
  readonly code = "auth.jwt_key";
}

export interface JwtKey {
  /** "RS256" and the like, as in a token's head */
  readonly method: string;
  /** undefined where there is a public key only */
  readonly sign: ((text: string) => Buffer) | undefined;
  verify(text: string, signature: Buffer): boolean;
}

interface Method {
  readonly kind: "hmac" | "rsa" | "ec" | "ed25519";
  /** "sha256"; undefined for EdDSA */
  readonly digest: string | undefined;
  /** padding of RSA */
  readonly pss?: boolean;
}

const methods: Readonly<Record<string, Method>> = {
  HS256: { kind: "hmac", digest: "sha256" },
  HS384: { kind: "hmac", digest: "sha384" },
  HS512: { kind: "hmac", digest: "sha512" },
  RS256: { kind: "rsa", digest: "sha256" },
  RS384: { kind: "rsa", digest: "sha384" },
  RS512: { kind: "rsa", digest: "sha512" },
  PS256: { kind: "rsa", digest: "sha256", pss: true },
  PS384: { kind: "rsa", digest: "sha384", pss: true },
  PS512: { kind: "rsa", digest: "sha512", pss: true },
  ES256: { kind: "ec", digest: "sha256" },
  ES384: { kind: "ec", digest: "sha384" },
  ES512: { kind: "ec", digest: "sha512" },
  EdDSA: { kind: "ed25519", digest: undefined },
};

/**
 * @param method of `sign-method`
 * @param privateKey contents of its file, a PEM, or for HS* the secret itself; undefined: none given
 * @throws JwtKeyError
 */
export function jwtKey(method: string, privateKey: Buffer | undefined, publicKey: Buffer | undefined): JwtKey {
  const known = methods[method];
  if (known === undefined) throw new JwtKeyError("auth: invalid auth signature method");
  if (known.kind === "hmac") return hmacKey(method, known.digest!, privateKey);
  const privateObject = privateKey === undefined || privateKey.length === 0 ? undefined : pem(known, "private", privateKey);
  const publicObject = publicKey === undefined || publicKey.length === 0 ? undefined : pem(known, "public", publicKey);
  if (privateObject === undefined && publicObject === undefined) throw new JwtKeyError("auth: missing key data");
  const verifier = privateObject === undefined ? publicObject! : createPublicKey(privateObject);
  if (publicObject !== undefined && !publicObject.equals(verifier)) throw new JwtKeyError("auth: public and private keys don't match");
  return {
    method,
    sign: privateObject === undefined ? undefined : (text) => sign(known.digest, Buffer.from(text), { key: privateObject, ...parameters(known, true) }),
    verify: (text, signature) => verify(known.digest, Buffer.from(text), { key: verifier, ...parameters(known, false) }, signature),
  };
}

function hmacKey(method: string, digest: string, secret: Buffer | undefined): JwtKey {
  if (secret === undefined || secret.length === 0) throw new JwtKeyError("auth: missing key data");
  const code = (text: string): Buffer => createHmac(digest, secret).update(text).digest();
  return {
    method,
    sign: code,
    verify(text, signature) {
      const expected = code(text);
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}

function parameters(method: Method, signing: boolean) {
  if (method.kind === "ec") return { dsaEncoding: "ieee-p1363" as const };
  if (method.pss !== true) return {};
  const saltLength = signing ? constants.RSA_PSS_SALTLEN_DIGEST : constants.RSA_PSS_SALTLEN_AUTO;
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}

function pem(method: Method, what: "private" | "public", contents: Buffer): KeyObject {
  let key: KeyObject;
  try {
    // a certificate stands for its public key, too
    key = what === "private" ? createPrivateKey(contents) : createPublicKey(contents);
  } catch (error) {
    throw new JwtKeyError("invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key", { cause: error });
  }
  if (key.asymmetricKeyType !== method.kind) throw new JwtKeyError(`key is not a valid ${method.kind === "ec" ? "ECDSA" : method.kind === "rsa" ? "RSA" : "Ed25519"} ${what} key`);
  return key;
}

