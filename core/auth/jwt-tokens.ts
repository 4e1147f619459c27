/**
 * JSON web tokens (RFC 7519; etcd server/auth/jwt.go): the user and the auth revision, signed. Nothing is kept: a token
 * ends with its time, or with the next change to users and roles, whose revision it does not have.
 */
import type { Clock } from "../platform/clock.ts";
import { Code, StatusError } from "../proto/errors.ts";
import type { JwtKey } from "./jwt-key.ts";
import type { AuthInfo, Tokens } from "./tokens.ts";

type Claims = Readonly<Record<string, unknown>>;

export class JwtTokens implements Tokens {
  /** @param warn told why a token was not taken */
  constructor(
    private readonly key: JwtKey,
    private readonly ttlMs: number,
    private readonly clock: Clock,
    private readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void,
  ) {}

  enable(): void {}
  disable(): void {}
  invalidate(): void {}
  prefix = (): string => "";
  indexOf = (): number => 0;

  assign(username: string, revision: number): string {
    if (this.key.sign === undefined) throw new StatusError(Code.Unknown, "auth: token signing attempted with verify-only key");
    const exp = Math.floor((this.clock.now() + this.ttlMs) / 1000);
    const text = `${encode({ alg: this.key.method, typ: "JWT" })}.${encode({ exp, revision, username })}`;
    return `${text}.${this.key.sign(text).toString("base64url")}`;
  }

  info(token: string): AuthInfo | undefined {
    try {
      const claims = this.claimsOf(token);
      const { username, revision } = claims;
      if (typeof username !== "string") throw new JwtError("failed to obtain user claims from jwt token");
      if (typeof revision !== "number") throw new JwtError("failed to obtain revision claims from jwt token");
      return { username, revision: Math.trunc(revision) };
    } catch (error) {
      if (!(error instanceof JwtError)) throw error;
      this.warn("failed to parse a JWT token", { error: error.message });
      return undefined;
    }
  }

  private claimsOf(token: string): Claims {
    const parts = token.split(".");
    if (parts.length !== 3) throw new JwtError("token is malformed: token contains an invalid number of segments");
    const [head, body, signature] = parts as [string, string, string];
    const { alg } = decode(head);
    const claims = decode(body);
    if (alg !== this.key.method) throw new JwtError("token is unverifiable: error while executing keyfunc: invalid signing method");
    if (!this.key.verify(`${head}.${body}`, bytesOf(signature))) throw new JwtError("token signature is invalid");
    const seconds = this.clock.now() / 1000;
    if (isPast(claims.exp, seconds)) throw new JwtError("token has invalid claims: token is expired");
    if (isAhead(claims.nbf, seconds)) throw new JwtError("token has invalid claims: token is not valid yet");
    return claims;
  }
}

class JwtError extends Error {}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function bytesOf(text: string): Buffer {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new JwtError("token is malformed: could not base64 decode");
  return Buffer.from(text, "base64url");
}

function decode(text: string): Claims {
  try {
    const value: unknown = JSON.parse(bytesOf(text).toString());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Claims;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new JwtError("token is malformed: could not JSON decode");
}

/** A claim that is there must be a number. */
function isPast(claim: unknown, seconds: number): boolean {
  if (claim === undefined) return false;
  if (typeof claim !== "number") throw new JwtError("token has invalid claims: exp is invalid");
  return seconds >= claim;
}

function isAhead(claim: unknown, seconds: number): boolean {
  if (claim === undefined) return false;
  if (typeof claim !== "number") throw new JwtError("token has invalid claims: nbf is invalid");
  return seconds < claim;
}
