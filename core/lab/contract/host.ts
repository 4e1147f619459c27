/**
 * What a lab offers to whoever carries the contract: the loopback server, Electron's main process, a test. A carrier adds
 * nothing to it: it checks arguments (`check.ts`), numbers replies and drops windows that do not read.
 */
import type { CommandName, HostFrame } from "./protocol.ts";
import type { LabState } from "./state.ts";

export type ChangesFrame = Extract<HostFrame, { type: "changes" }>;

export interface LabHost {
  /** The state after frame `seq`. Taken and subscribed to in one turn, nothing is missed and nothing comes twice. */
  snapshot(): { seq: number; state: LabState };
  /** Frames in order, `seq` going up by one. Returns the way to stop. A listener never throws. */
  subscribe(listener: (frame: ChangesFrame) => void): () => void;
  /**
   * Does what a window asked for. `args` were checked by `check.ts`.
   * @throws CommandError, or any error: its `code` (where it is a string) and message reach the window.
   */
  execute(name: CommandName, args: unknown): Promise<unknown>;
}

/** A window's own view of several labs: it shows one at a time. */
export interface WindowHost extends LabHost {
  /** Another lab is shown, or the same one anew: what comes next are its frames, from its snapshot on. One listener. */
  onReplaced(listener: () => void): void;
  /** the window is gone */
  close(): void;
}

/** Where each window may show a lab of its own. */
export interface LabHosts {
  forWindow(): WindowHost;
}

/**
 * A command that could not be done. Codes in use: "bad-argument", "unknown-command", "busy" (of the carrier);
 * "unknown-host", "unknown-fault", "unknown-terminal", "unavailable" (no member serves), "user-needed" (auth is on and
 * nobody was given, or one that may not), "failed" (of the lab); "unknown-lab", "lab-running" (somebody has it open, and what
 * was asked needs it closed), "lab-shown" (a window shows it), "bad-archive", "no-library" (of the library of labs).
 */
export class CommandError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.code = code;
  }
}
