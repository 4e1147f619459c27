/**
 * One window's side of the contract, whatever carries it: a snapshot, then changes in order, and commands answered by id.
 * The carrier gives a way to send a value and calls `receive`; nothing here knows sockets or IPC.
 */
import { checkFrame } from "../contract/check.ts";
import { CommandError } from "../contract/host.ts";
import type { LabHost, LabHosts, WindowHost } from "../contract/host.ts";
import type { HostFrame } from "../contract/protocol.ts";

/** Commands of one window that may be under way at a time; the next one is refused as "busy". */
const COMMANDS_IN_FLIGHT_MAX = 128;

type ReplyFrame = Extract<HostFrame, { type: "reply" }>;

function failure(id: number, error: unknown): ReplyFrame {
  if (error instanceof Error) {
    const code = (error as { readonly code?: unknown }).code;
    return { type: "reply", id, ok: false, error: { code: typeof code === "string" ? code : "failed", message: error.message } };
  }
  return { type: "reply", id, ok: false, error: { code: "failed", message: String(error) } };
}

export class WindowSession {
  readonly #host: LabHost;
  /** where several labs can be shown */
  readonly #window: WindowHost | undefined;
  readonly #send: (frame: HostFrame) => void;
  /** changes up to here are in what the window has */
  #sent = -1;
  #inFlight = 0;
  #closed = false;
  #stop: () => void = () => undefined;

  /** @param send gives one frame to the window; must not throw */
  constructor(host: LabHost | LabHosts, send: (frame: HostFrame) => void) {
    this.#window = "forWindow" in host ? host.forWindow() : undefined;
    this.#host = "forWindow" in host ? this.#window! : host;
    this.#send = send;
  }

  /** Sends the snapshot and follows the lab from there on. */
  start(): void {
    this.#window?.onReplaced(() => this.resync());
    this.resync();
    this.#stop = this.#host.subscribe((frame) => {
      if (this.#closed || frame.seq <= this.#sent) return;
      this.#sent = frame.seq;
      this.#send(frame);
    });
  }

  /** A new snapshot: the window missed something, or has just come. */
  resync(): void {
    if (this.#closed) return;
    const { seq, state } = this.#host.snapshot();
    this.#sent = seq;
    this.#send({ type: "snapshot", seq, at: Date.now(), state });
  }

  /** One frame from the window, as parsed JSON. */
  async receive(value: unknown): Promise<void> {
    const checked = checkFrame(value);
    if (!checked.ok) {
      if (checked.id !== null) this.#reply(failure(checked.id, new CommandError(checked.code, checked.message)));
      return;
    }
    if (this.#inFlight >= COMMANDS_IN_FLIGHT_MAX) {
      this.#reply(failure(checked.id, new CommandError("busy", "too many commands are under way")));
      return;
    }
    this.#inFlight += 1;
    try {
      const result = await this.#host.execute(checked.name, checked.args);
      this.#reply({ type: "reply", id: checked.id, ok: true, value: result ?? null });
    } catch (error) {
      this.#reply(failure(checked.id, error));
    } finally {
      this.#inFlight -= 1;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#window?.close();
  }

  #reply(frame: ReplyFrame): void {
    if (!this.#closed) this.#send(frame);
  }
}
