/**
 * One plaintext port for HTTP/2 and HTTP/1.1. Node has no server for both without TLS, so the first bytes decide: they
 * are HTTP/2's preface ("PRI * HTTP/2.0") or they are not. They are put back and the socket goes to the one or the other.
 */
import { createServer, type Server, type Socket } from "node:net";
import { EMPTY_SETTINGS, Http2Greeting, PREFACE } from "./http2-greeting.ts";

/** A connection that has not said what it is after so long is closed, ms. */
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
    // not awaited: the server's end waits for connections that were handed on, and those end with their own servers
    this.server.close();
    return new Promise((resolve) => setImmediate(resolve));
  }

  private greet(socket: Socket): void {
    this.undecided.add(socket);
    const giveUp = (): void => {
      socket.destroy();
    };
    let timer = setTimeout(giveUp, SILENCE_MS);
    let seen: Buffer | undefined;
    let greeting: Http2Greeting | undefined;
    const forget = (): void => {
      clearTimeout(timer);
      this.undecided.delete(socket);
      socket.removeListener("readable", look);
      socket.removeListener("error", giveUp);
      socket.removeListener("close", forget);
    };
    const handOn = (bytes: Buffer, take: (socket: Socket) => void): void => {
      forget();
      socket.unshift(bytes);
      take(socket);
    };
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      let unread = chunk;
      if (greeting === undefined) {
        seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
        const known = Math.min(seen.length, PREFACE.length);
        if (seen.compare(PREFACE, 0, known, 0, known) !== 0) {
          handOn(seen, this.handlers.http1);
          return;
        }
        if (known < PREFACE.length) return;
        socket.write(EMPTY_SETTINGS);
        greeting = new Http2Greeting();
        unread = seen;
      }
      const step = greeting.push(unread);
      if (step.kind === "done") handOn(step.bytes, this.handlers.http2);
      else if (step.kind === "refuse") socket.destroy();
      else {
        // a client that has greeted and asks nothing yet is a connection in reserve, and may stay
        clearTimeout(timer);
        if (!step.quiet) timer = setTimeout(giveUp, SILENCE_MS);
      }
    };
    socket.on("readable", look);
    socket.on("error", giveUp);
    socket.on("close", forget);
  }
}
