/** Where consensus reports what it does. The wording is etcd raft's, which operators and run-books know. */
import { InvariantError } from "./errors.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";

export interface RaftLogger {
  /** Asked before a line is put together, so that silent levels cost nothing. */
  enabled(level: LogLevel): boolean;
  log(level: LogLevel, text: string): void;
}

/** Says nothing. */
export const SILENT_LOGGER: RaftLogger = {
  enabled: () => false,
  log: () => undefined,
};

/** Reports a broken invariant and ends the call. @throws InvariantError always */
export function fatal(logger: RaftLogger, text: string): never {
  if (logger.enabled("fatal")) logger.log("fatal", text);
  throw new InvariantError(text);
}
