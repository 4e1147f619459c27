/** What stands for a user who has shown a password (etcd server/auth: TokenProvider). */
import { EtcdError } from "../proto/errors.ts";

/** Who asks, as of which state of users and roles. */
export interface AuthInfo {
  readonly username: string;
  readonly revision: number;
}

export interface Tokens {
  /** Auth was switched on. */
  enable(): void;
  /** Auth was switched off, or the member stops: all tokens end. */
  disable(): void;
  /** A user was deleted or has another password. */
  invalidate(username: string): void;
  /** What a request for a token carries through the log, so that all members make the same one; "" where they need not. */
  prefix(): string;
  /**
   * Makes a token while its request is applied.
   * @param index that the token names: who is shown it waits until that is applied
   * @throws StatusError where this member can make none
   */
  assign(username: string, revision: number, prefix: string, index: number): string;
  /** The applied index before which a token cannot be known here; undefined where it is no token at all. */
  indexOf(token: string): number | undefined;
  /** @param revision of the store now */
  info(token: string, revision: number): AuthInfo | undefined;
}

/** `--auth-token=""`: nobody gets a token, and none is known. */
export class NoTokens implements Tokens {
  enable(): void {}
  disable(): void {}
  invalidate(): void {}
  prefix = (): string => "";
  assign(): string {
    throw new EtcdError("AuthFailed");
  }
  indexOf = (): number => 0;
  info = (): undefined => undefined;
}
