/**
 * A window over a WebSocket. Bounded in both directions: frames from it have a size limit (set at the server), and a window
 * that does not read is let go when too much waits for it; it comes back by itself and gets a new snapshot.
 */
import type { RawData, WebSocket } from "ws";
import type { LabHost, LabHosts } from "../contract/host.ts";
import type { HostFrame } from "../contract/protocol.ts";
import { WindowSession } from "./window-session.ts";

/** Bytes that may wait in a socket before the window counts as not reading. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return data instanceof ArrayBuffer ? Buffer.from(data).toString("utf8") : data.toString("utf8");
}

export class SocketWindow {
  static readonly WRONG_TOKEN = 4401;
  static readonly BAD_FRAME = 4400;

  readonly #socket: WebSocket;
  readonly #session: WindowSession;
  readonly #onGone: () => void;
  #alive = true;
  #gone = false;

  constructor(socket: WebSocket, host: LabHost | LabHosts, onGone: () => void) {
    this.#socket = socket;
    this.#onGone = onGone;
    this.#session = new WindowSession(host, (frame) => this.#send(frame));
    socket.on("pong", () => {
      this.#alive = true;
    });
    socket.on("message", (data, binary) => this.#receive(data, binary));
    socket.on("close", () => this.#end());
    // ws reports an oversize or broken frame here and closes the socket itself (1009, 1002).
    socket.on("error", () => this.#end());
  }

  start(): void {
    this.#session.start();
  }

  /** Called at an interval: whoever did not answer the last ping is gone. */
  checkAlive(): void {
    if (!this.#alive) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#socket.ping();
  }

  close(): void {
    this.#end();
    this.#socket.close(1001, "the lab ends");
  }

  #receive(data: RawData, binary: boolean): void {
    let value: unknown;
    try {
      if (binary) throw new SyntaxError("binary");
      value = JSON.parse(textOf(data));
    } catch {
      // Not JSON: no command id to answer to, so the socket is closed with the reason.
      this.#socket.close(SocketWindow.BAD_FRAME, "frames are JSON text");
      return;
    }
    if (typeof value === "object" && value !== null && (value as { type?: unknown }).type === "resync") {
      this.#session.resync();
      return;
    }
    void this.#session.receive(value);
  }

  #send(frame: HostFrame): void {
    if (this.#gone || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > UNREAD_BYTES_MAX) {
      this.#end();
      // A close frame would wait behind everything unread.
      this.#socket.terminate();
      return;
    }
    this.#socket.send(JSON.stringify(frame));
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#session.close();
    this.#onGone();
  }
}
