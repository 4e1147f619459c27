/** What a v2 command is, and how it fails. */
import type { ProgramIo } from "../../program.ts";
import type { V2Flag, V2Flags } from "./flags.ts";
import type { V2Client } from "./http.ts";

/** A failure with v2's exit code: 1 bad arguments, 3 unknown command, 4 server, 5 unhealthy cluster. */
export class V2Exit extends Error {
  override readonly name = "V2Exit";
  /** @param form "error": behind `Error: `, as of commands on keys; "plain": as it is */
  constructor(
    readonly code: number,
    message: string,
    readonly form: "error" | "plain" = "error",
  ) {
    super(message);
  }
}

/** A failure of the commands on members, users and roles: told as it is. */
export const failure = (message: string): V2Exit => new V2Exit(1, message, "plain");

export interface V2Context {
  /** asks for a password where one is missing, and learns the members' addresses first. @throws V2Exit, V2ConnectionError */
  client(options?: { readonly sync: boolean }): Promise<V2Client>;
  readonly io: ProgramIo;
  readonly flags: V2Flags;
  readonly format: string;
}

export interface V2Command {
  readonly name: string;
  readonly usage: string;
  /** behind the name in the help; " " for none */
  readonly argsUsage?: string;
  readonly description?: string;
  readonly flags?: readonly V2Flag[];
  /** subcommands; then it does nothing by itself */
  readonly commands?: readonly V2Command[];
  run?(context: V2Context): Promise<number>;
}
