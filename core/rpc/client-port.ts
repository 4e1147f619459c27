/**
 * One port for HTTP/2 and HTTP/1.1, in plaintext, over TLS, or both. Node has no server for that, so the first bytes decide:
 * a TLS handshake goes through the gate and begins anew behind it; the rest is HTTP/2's preface ("PRI * HTTP/2.0") or it is
 * not. The bytes are put back and the socket goes to the one or the other.
 */
import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { TlsGate } from "../tls/tls-gate.ts";
import { PREFACE } from "./http2-greeting.ts";

/** A connection that has not said what it is after so long is closed, ms. */
const SILENCE_MS = 60_000;

interface PortHandlers {
  http2(socket: Socket): void;
  http1(socket: Socket): void;
}

/** First byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;

interface PortSecurity {
  /** plaintext is spoken here */
  readonly plain: boolean;
  /** makes the gate of TLS, which calls `accepted` with what comes through; absent: TLS is not spoken here */
  readonly gate?: (accepted: (socket: Socket) => void) => TlsGate;
  /** connections wait until `release`: the port is bound, and nobody serves yet */
  readonly held?: boolean;
}

/** Connections that may wait for a port to be released, as many as in a listen queue. */
const HELD_MAX = 512;

export class ClientPort {
  private readonly server: Server;
  private readonly undecided = new Set<Socket>();
  private readonly gate: TlsGate | undefined;
  /** undefined: connections are greeted at once */
  private held: Set<Socket> | undefined;

  /** @throws TlsError where the gate cannot be made */
  constructor(
    private readonly handlers: PortHandlers,
    private readonly security: PortSecurity = { plain: true },
  ) {
    this.gate = security.gate?.((socket) => this.greet(socket));
    if (security.held === true) this.held = new Set();
    this.server = createServer({ noDelay: true }, (socket) => {
      if (this.held === undefined) this.begin(socket);
      else this.hold(socket, this.held);
    });
  }

  /** Greets those who wait, and from now on everybody at once. */
  release(): void {
    const waiting = this.held;
    this.held = undefined;
    for (const socket of waiting ?? []) {
      socket.removeAllListeners("error");
      if (!socket.destroyed) this.begin(socket);
    }
  }

  /** @throws the system's error, such as EADDRINUSE */
  listen(target: { readonly host: string; readonly port: number; readonly reusePort?: boolean } | { readonly path: string }): Promise<void> {
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
    for (const socket of this.held ?? []) socket.destroy();
    this.gate?.close();
    // not awaited: the server's end waits for connections that were handed on, and those end with their own servers
    this.server.close();
    return new Promise((resolve) => setImmediate(resolve));
  }

  private begin(socket: Socket): void {
    if (this.security.plain || this.gate === undefined) this.greet(socket);
    else this.gate.accept(socket);
  }

  private hold(socket: Socket, waiting: Set<Socket>): void {
    if (waiting.size >= HELD_MAX) {
      socket.destroy();
      return;
    }
    waiting.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => waiting.delete(socket));
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
    const handOn = (bytes: Buffer, take: (socket: Socket) => void): void => {
      forget();
      socket.unshift(bytes);
      take(socket);
    };
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      const { gate } = this;
      if (seen === undefined && chunk[0] === TLS_HANDSHAKE && gate !== undefined && !(socket instanceof TLSSocket)) {
        handOn(chunk, (raw) => gate.accept(raw));
        return;
      }
      seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
      if (socket instanceof TLSSocket && socket.alpnProtocol === "h2") {
        handOn(seen, this.handlers.http2);
        return;
      }
      const known = Math.min(seen.length, PREFACE.length);
      if (seen.compare(PREFACE, 0, known, 0, known) === 0) {
        if (known === PREFACE.length) handOn(seen, this.handlers.http2);
        return;
      }
      // behind TLS, Go's server answers whatever comes with 400; in front of it cmux lets only HTTP/1 in
      const speaks = socket instanceof TLSSocket ? true : speaksHttp1(seen);
      if (speaks === true) handOn(seen, this.handlers.http1);
      else if (speaks === false) socket.destroy();
    };
    socket.on("readable", look);
    socket.on("error", giveUp);
    socket.on("close", forget);
  }
}

/** A longer request line is none. */
const REQUEST_LINE_BYTES_MAX = 4096;

/** Whether a request line of HTTP/1 stands first; undefined while that cannot be said. */
function speaksHttp1(bytes: Buffer): boolean | undefined {
  const end = bytes.indexOf(10);
  if (end < 0) return bytes.length < REQUEST_LINE_BYTES_MAX ? undefined : false;
  return end < REQUEST_LINE_BYTES_MAX && /^[^ ]* [^ ]* HTTP\/1\.\d\r?$/.test(bytes.toString("latin1", 0, end));
}
