/** `--auth-token`: which tokens a member makes (etcd server/auth/store.go: NewTokenProvider, options.go). */
import type { Clock } from "../platform/clock.ts";
import type { Random } from "../platform/random.ts";
import { JwtKeyError, jwtKey } from "./jwt-key.ts";
import { JwtTokens } from "./jwt-tokens.ts";
import { SimpleTokens } from "./simple-tokens.ts";
import { NoTokens, type Tokens } from "./tokens.ts";

/** Auth cannot be set up as it was asked for. */
export class TokenOptionsError extends Error {
  override readonly name = "TokenOptionsError";
  readonly code = "auth.token_options";
}

export interface TokenSurroundings {
  readonly clock: Clock;
  /** must be one that nobody can guess */
  readonly random: Random;
  /** of simple tokens */
  readonly ttlSeconds: number;
  readonly readFile: (path: string) => Buffer;
  readonly log: (level: "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>) => void;
}

const jwtTtlMs = 5 * 60_000;
const jwtOptions = new Set(["sign-method", "pub-key", "priv-key", "ttl"]);

/**
 * @param text "simple", "jwt,pub-key=..,priv-key=..,sign-method=..,ttl=..", or ""
 * @throws TokenOptionsError
 */
export function tokensOf(text: string, surroundings: TokenSurroundings): Tokens {
  const { clock, random, ttlSeconds, log } = surroundings;
  const invalid = (message: string, fields: Readonly<Record<string, unknown>>): TokenOptionsError => {
    log("error", message, fields);
    return new TokenOptionsError("auth: invalid auth options");
  };
  const [kind = "", ...rest] = text.split(",");
  const options = new Map<string, string>();
  for (const item of rest) {
    const pair = item.split("=");
    if (pair.length !== 2 || options.has(pair[0]!)) throw invalid("invalid token option", { option: text });
    options.set(pair[0]!, pair[1]!);
  }
  switch (kind) {
    case "simple":
      log("warn", "simple token is not cryptographically signed", {});
      return new SimpleTokens({ clock, random, ttlSeconds });
    case "jwt":
      return jwtTokens(options, surroundings, invalid);
    case "":
      return new NoTokens();
    default:
      throw invalid("unknown token type", { type: kind, error: "auth: invalid auth options" });
  }
}

function jwtTokens(
  options: ReadonlyMap<string, string>,
  { clock, readFile, log }: TokenSurroundings,
  invalid: (message: string, fields: Readonly<Record<string, unknown>>) => TokenOptionsError,
): Tokens {
  const given = (name: string): string | undefined => options.get(name) || undefined;
  let ttlMs: number;
  let publicKey: Buffer | undefined;
  let privateKey: Buffer | undefined;
  try {
    const ttl = given("ttl");
    ttlMs = ttl === undefined ? jwtTtlMs : durationOf(ttl);
    const publicPath = given("pub-key");
    const privatePath = given("priv-key");
    if (publicPath !== undefined) publicKey = readFile(publicPath);
    if (privatePath !== undefined) privateKey = readFile(privatePath);
  } catch (error) {
    throw invalid("problem loading JWT options", { error: (error as Error).message });
  }
  const unknown = [...options.keys()].filter((name) => !jwtOptions.has(name));
  if (unknown.length > 0) log("warn", "unknown JWT options", { keys: unknown });
  try {
    return new JwtTokens(jwtKey(options.get("sign-method") ?? "", privateKey, publicKey), ttlMs, clock, (message, fields) => log("warn", message, fields));
  } catch (error) {
    if (!(error instanceof JwtKeyError)) throw error;
    if (error.message === "auth: invalid auth signature method") throw invalid("problem loading JWT options", { error: error.message });
    throw new TokenOptionsError(error.message, { cause: error });
  }
}

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, "μs": 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as Go reads it, "1h30m", in ms. @throws Error in Go's words */
function durationOf(text: string): number {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (match === null) throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
  let total = 0;
  for (const [, number, unit] of match[2]!.matchAll(/([\d.]+)([a-zµμ]+)/g)) total += Number(number) * unitMs[unit!]!;
  return match[1] === "-" ? -total : total;
}
