/**
 * The peer URLs' listeners. They are bound before the member starts, so that a port in use is told at once, and answer
 * 503 until the member can: a peer that asks meanwhile goes on to the next one instead of waiting.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { Socket } from "node:net";
import type { AddressBook } from "../platform/address-book.ts";

export type PeerHandler = (request: IncomingMessage, response: ServerResponse) => void;

const starting: PeerHandler = (_request, response) => {
  response.writeHead(503, { "content-type": "text/plain", connection: "close" });
  response.end("the member is starting\n");
};

export class PeerPort {
  private handler: PeerHandler = starting;
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();

  /** @param urls as --listen-peer-urls. @throws the system's error, such as EADDRINUSE; nothing is left listening then */
  async listen(urls: readonly string[], addressBook: AddressBook): Promise<void> {
    try {
      for (const url of urls) {
        const { hostname, port } = new URL(url);
        const name = hostname.replace(/^\[(.*)\]$/, "$1");
        const address = addressBook.resolve({ host: name, port: port === "" ? 80 : Number(port) });
        // Go takes the IPv4 address of localhost
        await this.bind(address.host === "localhost" ? "127.0.0.1" : address.host, address.port);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  serve(handler: PeerHandler): void {
    this.handler = handler;
  }

  close(): void {
    for (const server of this.servers) server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private bind(host: string, port: number): Promise<void> {
    const server = createServer({ noDelay: true, keepAliveTimeout: 10_000, requestTimeout: 0, headersTimeout: 10_000 }, (request, response) => this.handler(request, response));
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    // a peer that sends nonsense is dropped; node's own answer would only confuse it
    server.on("clientError", (_error, socket) => socket.destroy());
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: host === "" ? undefined : host, port }, () => {
        server.removeListener("error", reject);
        resolve();
      });
    });
  }
}
