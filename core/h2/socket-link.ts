/**
 * A connection's machine joined to its socket, plain or TLS. What is to be sent in one turn of the event loop leaves in one
 * write; a socket that takes no more holds data back, and who sends without reading is not read any more.
 */
import type { Duplex } from "node:stream";
import type { Connection } from "./connection.ts";

/** What may wait for the other side to read before nothing more is read from it. */
const UNSENT_BYTES_MAX = 1024 * 1024;

export interface LinkEvents {
  /** Something was read, at this monotonic time; the machine has it already. */
  onRead(nowMs: number): void;
  /** All that was gathered is with the socket. */
  onFlushed(): void;
  /** The socket ended, failed or was closed; told once, after the machine's streams were. */
  onGone(error: Error | undefined): void;
}

export class SocketLink {
  private flushing = false;
  private blocked = false;
  private over = false;

  constructor(
    private readonly socket: Duplex,
    private readonly machine: Connection,
    private readonly events: LinkEvents,
  ) {
    socket.on("data", (chunk: Buffer) => this.read(chunk));
    socket.on("drain", () => this.drained());
    socket.on("error", (error: Error) => this.gone(error));
    socket.on("end", () => this.gone(undefined));
    socket.on("close", () => this.gone(undefined));
  }

  /** Writes what is there once all that runs in this turn has had its say. */
  wantFlush(): void {
    if (this.flushing) return;
    this.flushing = true;
    // microtasks settle calls, and what they send shall leave in the same write: next ticks run after them
    queueMicrotask(this.flushSoon);
  }

  private readonly flushSoon = (): void => process.nextTick(this.flush);

  /** Writes now. */
  readonly flush = (): void => {
    this.flushing = false;
    const { machine, socket } = this;
    if (this.over || socket.destroyed || socket.writableEnded) return;
    while (machine.outputBytes > 0 && !this.blocked) {
      const room = socket.write(machine.take());
      // written at once: its memory serves again
      if (socket.writableLength === 0) machine.giveBack();
      if (room) machine.pump();
      else {
        this.blocked = true;
        machine.block(true);
      }
    }
    if (machine.outputBytes === 0) this.events.onFlushed();
  };

  private read(chunk: Buffer): void {
    const { machine } = this;
    const now = performance.now();
    machine.receive(chunk, now);
    this.events.onRead(now);
    if (machine.outputBytes > 0) this.wantFlush();
    if (machine.outputBytes > UNSENT_BYTES_MAX) this.socket.pause();
  }

  private drained(): void {
    this.blocked = false;
    this.machine.block(false);
    this.flush();
    if (this.socket.isPaused() && this.machine.outputBytes <= UNSENT_BYTES_MAX) this.socket.resume();
  }

  private gone(error: Error | undefined): void {
    if (this.over) return;
    this.over = true;
    this.machine.lost();
    this.socket.destroy();
    this.events.onGone(error);
  }
}
