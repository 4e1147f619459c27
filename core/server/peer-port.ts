/**
 * The peer URLs' listeners (embed/etcd.go, configurePeerListeners), plaintext or TLS. They are bound before the member
 * starts, so that a port in use is told at once, and answer 503 until the member can: a peer that asks meanwhile goes on to
 * the next one instead of waiting.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { rmSync } from "node:fs";
import { type ListenOptions, type Server as NetServer, type Socket, createServer as createNetServer } from "node:net";
import type { AddressBook } from "../platform/address-book.ts";
import { rejectionLine } from "../tls/rejection-fields.ts";
import { TlsGate, mustHavePair } from "../tls/tls-gate.ts";
import { type TlsInfo, isEmpty } from "../tls/tls-info.ts";
import { type Log, silentLog } from "./log.ts";

type PeerHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface PeerPortOptions {
  /** for https URLs */
  readonly tls?: TlsInfo;
  readonly log?: Log;
  /** other processes may listen on the same ports (SO_REUSEPORT); Node.js can since 23.1 */
  readonly reusePort?: boolean;
}

const starting: PeerHandler = (_request, response) => {
  response.writeHead(503, { "content-type": "text/plain", connection: "close" });
  response.end("the member is starting\n");
};

export class PeerPort {
  private handler: PeerHandler = starting;
  private readonly http: Server;
  private readonly servers: NetServer[] = [];
  private readonly gates: TlsGate[] = [];
  private readonly sockets = new Set<Socket>();

  constructor() {
    this.http = createServer({ keepAliveTimeout: 10_000, requestTimeout: 0, headersTimeout: 10_000 }, (request, response) => this.handler(request, response));
    // a peer that sends nonsense is dropped; node's own answer would only confuse it
    this.http.on("clientError", (_error, socket) => socket.destroy());
  }

  /**
   * @param urls as --listen-peer-urls
   * @throws TlsError, or the system's error, such as EADDRINUSE, in Go's words; nothing is left listening then
   */
  async listen(urls: readonly string[], addressBook: AddressBook, { tls, log = silentLog, reusePort = false }: PeerPortOptions = {}): Promise<void> {
    try {
      for (const url of urls) {
        const secure = url.startsWith("https:") || url.startsWith("unixs:");
        const { hostname, host, port } = new URL(url);
        if (!secure && tls !== undefined && !isEmpty(tls)) log.warn("scheme is HTTP while key and cert files are present; ignoring key and cert files", { "peer-url": url });
        if (!secure && tls?.clientCertAuth === true) log.warn("scheme is HTTP while --peer-client-cert-auth is enabled; ignoring client cert auth for this URL", { "peer-url": url });
        if (secure) mustHavePair(tls, host);
        const gate = secure && tls !== undefined ? this.gate(tls, log) : undefined;
        if (url.startsWith("unix")) {
          const path = url.slice(url.indexOf("://") + 3);
          // what an earlier life has left there would be in the way
          rmSync(path, { force: true });
          await this.bind({ path }, gate, path);
          continue;
        }
        const address = addressBook.resolve({ host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? (secure ? 443 : 80) : Number(port) });
        // Go takes the IPv4 address of localhost
        const target = { host: address.host === "localhost" ? "127.0.0.1" : address.host === "" ? undefined : address.host, port: address.port };
        await this.bind(reusePort ? { ...target, reusePort } : target, gate, host);
      }
    } catch (error) {
      log.error("creating peer listener failed", { error });
      this.close();
      throw error;
    }
  }

  serve(handler: PeerHandler): void {
    this.handler = handler;
  }

  close(): void {
    for (const server of this.servers) server.close();
    for (const gate of this.gates) gate.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private gate(info: TlsInfo, log: Log): TlsGate {
    const gate = new TlsGate({
      info,
      checkSan: true,
      protocols: ["http/1.1"],
      accepted: (socket) => this.take(socket),
      rejected: (rejection) => {
        const { level, fields } = rejectionLine(rejection);
        log[level]("rejected connection on peer endpoint", fields);
      },
      unreadable: (error) => log.warn("failed to create peer certificate", { "cert-file": info.certFile, "key-file": info.keyFile, error }),
    });
    this.gates.push(gate);
    return gate;
  }

  private take(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    this.http.emit("connection", socket);
  }

  private bind(target: ListenOptions & { readonly reusePort?: boolean }, gate: TlsGate | undefined, written: string): Promise<void> {
    const server = createNetServer({ noDelay: true }, (socket) => {
      if (gate === undefined) this.take(socket);
      else gate.accept(socket);
    });
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const reason = error.code === "EADDRINUSE" ? "address already in use" : error.code === "EADDRNOTAVAIL" ? "cannot assign requested address" : undefined;
        reject(reason === undefined ? error : Object.assign(new Error(`listen ${"path" in target ? "unix" : "tcp"} ${written}: bind: ${reason}`, { cause: error }), { code: error.code }));
      });
      server.listen(target, () => {
        server.removeAllListeners("error");
        resolve();
      });
    });
  }
}
