/** What a unit's program is to the service manager: something that runs, says when it is ready, and ends. */

export interface RunningService {
  /** undefined for services that are no process of their own */
  readonly pid: number | undefined;
  /** resolves when it serves; never rejects, and may never resolve */
  readonly ready: Promise<void>;
  /** once */
  readonly ended: Promise<ServiceEnd>;
  /** systemd's Status: line */
  status(): string;
  /** asks it to end; it is killed when it does not within `graceMs`, at once where that is 0 */
  stop(graceMs: number): void;
  signal(signal: NodeJS.Signals): boolean;
}

export interface ServiceEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** why it never ran; "" otherwise */
  readonly failure: string;
}

/** Starts a unit's command; undefined when there is no such program on the host. */
export type StartProgram = (
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  workingDirectory: string,
  log: (text: string) => void,
) => RunningService | undefined;
