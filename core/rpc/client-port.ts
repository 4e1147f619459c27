/**
 * One plaintext port for HTTP/2 and HTTP/1.1. Node has no server for both without TLS, so the first bytes decide: they
 * are HTTP/2's preface ("PRI * HTTP/2.0") or they are not. They are put back and the socket goes to the one or the other.
 */
import { createServer, type Server, type Socket } from "node:net";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** A connection that says nothing for so long is closed, ms. */
const SILENCE_MS = 60_000;

export interface PortHandlers {
  http2(socket: Socket): void;
  http1(socket: Socket): void;
}

export class ClientPort {
  private readonly server: Server;
  private readonly undecided = new Set<Socket>();

  constructor(private readonly handlers: PortHandlers) {
    this.server = createServer({ noDelay: true }, (socket) => this.greet(socket));
  }

  /** @throws the system's error, such as EADDRINUSE */
  listen(target: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(target, () => {
        this.server.removeListener("error", reject);
        resolve();
      });
    });
  }

  /** The port that was given out, where 0 was asked for. */
  get port(): number {
    const address = this.server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Stops taking connections; those handed on belong to their servers. */
  close(): Promise<void> {
    for (const socket of this.undecided) socket.destroy();
    // not awaited by the server: connections that were handed on end with their own servers
    this.server.close();
    return new Promise((resolve) => setImmediate(resolve));
  }

  private greet(socket: Socket): void {
    this.undecided.add(socket);
    const giveUp = (): void => {
      socket.destroy();
    };
    const timer = setTimeout(giveUp, SILENCE_MS);
    let seen: Buffer | undefined;
    const forget = (): void => {
      clearTimeout(timer);
      this.undecided.delete(socket);
      socket.removeListener("readable", look);
      socket.removeListener("error", giveUp);
      socket.removeListener("close", forget);
    };
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
      const known = Math.min(seen.length, PREFACE.length);
      const http2 = seen.compare(PREFACE, 0, known, 0, known) === 0;
      if (http2 && known < PREFACE.length) return;
      forget();
      socket.unshift(seen);
      if (http2) this.handlers.http2(socket);
      else this.handlers.http1(socket);
    };
    socket.on("readable", look);
    socket.on("error", giveUp);
    socket.on("close", forget);
  }
}
