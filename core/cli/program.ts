/**
 * What a command line program is in this project: a function from argv, environment and standard streams to an exit code.
 * The same function runs as a program of its own (`dist/bin/etcdctl`) and inside a lab's shell, where the shell supplies
 * streams, paths and the host's address book.
 */
import type { AddressBook } from "../platform/address-book.ts";

export interface ProgramIo {
  /** without the program's own name */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** as the user sees it */
  readonly cwd: string;
  readonly stdin: AsyncIterable<Buffer>;
  readonly stdinIsTerminal: boolean;
  readonly stdout: ProgramOutput;
  readonly stderr: ProgramOutput;
  /** Switches the terminal's echo off and on again, where stdin is one: typed keys then come as they are, Enter as a carriage return. */
  setEcho?(on: boolean): void;
  /** Maps a path as typed (absolute, or relative to `cwd`) to a real path on this machine. */
  path(name: string): string;
  readonly addressBook: AddressBook;
  /** Aborted on Ctrl-C or SIGTERM, with reason "SIGINT" or "SIGTERM". */
  readonly signal: AbortSignal;
  /**
   * Runs a child command line (`etcdctl watch -- cmd`, `lock`) with `env` added to this program's own and gives its exit
   * code. Absent where no child can be started.
   */
  spawn?(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number>;
}

export interface ProgramOutput {
  write(data: Buffer | string): void;
  readonly isTerminal: boolean;
  /** width in columns, where it is a terminal */
  readonly columns?: number;
}

/** Resolves with the exit code; it rejects only on a defect. */
export type Program = (io: ProgramIo) => Promise<number>;
