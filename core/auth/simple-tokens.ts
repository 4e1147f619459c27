/**
 * Simple tokens (etcd server/auth/simple_token.go): 16 random letters, a dot, and an index of the log. They live in memory
 * only, on every member alike, and end some time after they were last shown to that member.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import type { Random } from "../platform/random.ts";
import type { AuthInfo, Tokens } from "./tokens.ts";

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const prefixLength = 16;
const ttlDefaultSeconds = 300;
const sweepMs = 1000;

interface Token {
  readonly username: string;
  /** monotonic ms */
  endsAt: number;
}

export interface SimpleTokensOptions {
  readonly clock: Clock;
  /** must be one that nobody can guess */
  readonly random: Random;
  /** 0: 300 */
  readonly ttlSeconds: number;
}

export class SimpleTokens implements Tokens {
  private readonly tokens = new Map<string, Token>();
  private enabled = false;
  private timer: Timer | undefined = undefined;
  private readonly ttlMs: number;

  constructor(private readonly options: SimpleTokensOptions) {
    this.ttlMs = (options.ttlSeconds > 0 ? options.ttlSeconds : ttlDefaultSeconds) * 1000;
  }

  enable(): void {
    this.enabled = true;
  }

  disable(): void {
    this.enabled = false;
    this.tokens.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  invalidate(username: string): void {
    for (const [token, { username: owner }] of this.tokens) if (owner === username) this.tokens.delete(token);
  }

  prefix(): string {
    let text = "";
    while (text.length < prefixLength) text += letters[this.options.random.below(letters.length)]!;
    return text;
  }

  assign(username: string, _revision: number, prefix: string, index: number): string {
    const token = `${prefix}.${index}`;
    if (this.enabled) {
      this.tokens.set(token, { username, endsAt: this.end() });
      this.sweepLater();
    }
    return token;
  }

  indexOf(token: string): number | undefined {
    const match = /^[^.]*\.(\d+)$/.exec(token);
    if (match === null || BigInt(match[1]!) > 0xffff_ffff_ffff_ffffn) return undefined;
    return Number(match[1]);
  }

  info(token: string, revision: number): AuthInfo | undefined {
    const known = this.tokens.get(token);
    if (known === undefined || known.endsAt < this.options.clock.monotonic()) return undefined;
    known.endsAt = this.end();
    return { username: known.username, revision };
  }

  private end(): number {
    return this.options.clock.monotonic() + this.ttlMs;
  }

  private sweepLater(): void {
    this.timer ??= this.options.clock.after(sweepMs, () => {
      this.timer = undefined;
      const now = this.options.clock.monotonic();
      for (const [token, { endsAt }] of this.tokens) if (endsAt < now) this.tokens.delete(token);
      if (this.tokens.size > 0) this.sweepLater();
    });
  }
}
