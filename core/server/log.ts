/** Log lines of a member: levels and fields as zap's. `core/cli/etcd/log.ts` writes them in etcd's form. */
import type { LogLevel, PeerLog } from "../peer/transport.ts";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** For guarding work that only serves debug lines. */
  enabled(level: LogLevel): boolean;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };

/** The same log as the transport wants it. */
export function peerLog(log: Log): PeerLog {
  return (level, message, fields) => log[level](message, fields);
}

/** Ids as etcd prints them: lower-case hex without padding. */
export function hex(id: bigint): string {
  return id.toString(16);
}
