/** Hashing of passwords, which is slow on purpose: whoever does it must not hold up the loop that ticks raft. */
export interface Passwords {
  /** @returns a bcrypt hash. @throws StatusError when the password is too long */
  hash(password: string, cost: number): Promise<Buffer>;
  /** Whether it is the password behind a hash; false also where that is no bcrypt hash. */
  matches(hash: Buffer, password: string): Promise<boolean>;
  close(): Promise<void>;
}
