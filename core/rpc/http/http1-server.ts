/**
 * HTTP/1.1 on a client port: CORS, the Host whitelist, and routes by exact path or by prefix
 * (etcd server/embed/serve.go, accessController). Sockets come from `client-port.ts`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { verifiedCommonName } from "../../tls/tls-gate.ts";
import { errorText, type HttpHandler, type Upgrade } from "./reply.ts";

export interface Http1Options {
  /** allowed origins; "*" or none: any; absent: nothing is said of origins, and OPTIONS is a method like others */
  readonly cors?: readonly string[];
  /** host names a plaintext request may ask for; "*" or none: any */
  readonly hostWhitelist: readonly string[];
  /** a handler failed in a way it should not have */
  readonly onDefect: (error: unknown, path: string) => void;
  /** a plaintext request asked for a host that is not on the list */
  readonly onRebinding?: (host: string) => void;
  /** the gateway cannot tell who a client's certificate names, and somebody wants to know: such clients are refused */
  readonly refusesCommonNames?: () => boolean;
}

/** Longest wait for a request's headers, ms; etcd's ReadHeaderTimeout. */
const HEADERS_TIMEOUT_MS = 300_000;

export class Http1Server {
  private readonly server: Server;
  private readonly withoutUpgrades: Server;
  private readonly exact = new Map<string, HttpHandler>();
  private readonly prefixes: (readonly [string, HttpHandler])[] = [];
  private readonly upgrades: (readonly [string, (upgrade: Upgrade) => void])[] = [];
  private readonly sockets = new Set<Duplex>();
  private readonly stopping = new AbortController();

  constructor(private readonly options: Http1Options) {
    this.server = this.newServer();
    this.withoutUpgrades = this.newServer();
    this.server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => this.upgrade(request, socket, head));
  }

  private newServer(): Server {
    const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, keepAliveTimeout: 0 }, (request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        this.options.onDefect(error, request.url ?? "");
        if (response.headersSent) response.destroy();
        else errorText(response, 500, "Internal Server Error");
      });
    });
    server.on("clientError", (_error, socket) => {
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request");
      else socket.destroy();
    });
    return server;
  }

  /**
   * A websocket where one is served; any other offer to upgrade (curl's h2c) is passed over, as Go's server does: the
   * request is read once more, without the offer.
   */
  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = (request.url ?? "/").split("?", 1)[0]!.replace(/^\/v3beta\//, "/v3/");
    const host = hostName(request.headers.host ?? "");
    const welcome = isSecure(socket) || allows(this.options.hostWhitelist, host);
    const handler = this.upgrades.find(([prefix]) => path.startsWith(prefix))?.[1];
    if (handler !== undefined && welcome && /^websocket$/i.test(request.headers.upgrade ?? "")) {
      handler({ request, socket, head, path, signal: this.stopping.signal });
      return;
    }
    const { rawHeaders } = request;
    let text = `${request.method ?? "GET"} ${request.url ?? "/"} HTTP/${request.httpVersion}\r\n`;
    for (let at = 0; at < rawHeaders.length; at += 2) if (!/^(?:upgrade|http2-settings)$/i.test(rawHeaders[at]!)) text += `${rawHeaders[at]!}: ${rawHeaders[at + 1]!}\r\n`;
    socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, "latin1"), head]));
    this.withoutUpgrades.emit("connection", socket);
  }

  route(path: string, handler: HttpHandler): void {
    this.exact.set(path, handler);
  }

  /** @param prefix with its slash, "/v3/" */
  routeBelow(prefix: string, handler: HttpHandler): void {
    this.prefixes.push([prefix, handler]);
  }

  /** Websockets on paths below `prefix`. */
  upgradeBelow(prefix: string, handler: (upgrade: Upgrade) => void): void {
    this.upgrades.push([prefix, handler]);
  }

  /** @param socket plain, TLS, or a connection in memory */
  accept(socket: Duplex): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    this.server.emit("connection", socket);
  }

  /** Ends what waits (watches, long polls) and closes all connections. */
  close(): void {
    this.stopping.abort();
    for (const socket of this.sockets) (socket as Duplex & { destroySoon(): void }).destroySoon();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? "/";
    const mark = target.indexOf("?");
    const rawPath = mark < 0 ? target : target.slice(0, mark);
    let path: string;
    try {
      path = decodeURIComponent(rawPath);
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      errorText(response, 400, "400 Bad Request");
      return;
    }
    if (path.startsWith("/v3beta/")) path = `/v3/${path.slice("/v3beta/".length)}`;
    const host = hostName(request.headers.host ?? "");
    if (!isSecure(request.socket) && !allows(this.options.hostWhitelist, host)) {
      this.options.onRebinding?.(host);
      errorText(response, 421, misdirected(host));
      return;
    }
    if (path.startsWith("/v3/") && verifiedCommonName(request.socket) !== undefined && this.options.refusesCommonNames?.() === true) {
      errorText(response, 400, "CommonName of client sending a request against gateway will be ignored and not used as expected");
      return;
    }
    this.allowOrigin(request, response);
    if (request.method === "OPTIONS" && this.options.cors !== undefined) {
      response.setHeader("Content-Length", "0");
      response.end();
      return;
    }
    const clean = cleanPath(path);
    if (clean !== path) {
      redirect(request, response, encodeURI(clean) + (mark < 0 ? "" : target.slice(mark)));
      return;
    }
    const handler = this.exact.get(path) ?? this.prefixes.find(([prefix]) => path.startsWith(prefix))?.[1];
    if (handler === undefined) {
      if (this.prefixes.some(([prefix]) => prefix === `${path}/`)) redirect(request, response, `${encodeURI(path)}/${mark < 0 ? "" : target.slice(mark)}`);
      else errorText(response, 404, "404 page not found");
      return;
    }
    const gone = new AbortController();
    const abort = (): void => gone.abort();
    response.once("close", abort);
    this.stopping.signal.addEventListener("abort", abort, { once: true });
    try {
      await handler({ request, response, path, query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)), signal: gone.signal });
    } finally {
      this.stopping.signal.removeEventListener("abort", abort);
    }
  }

  private allowOrigin(request: IncomingMessage, response: ServerResponse): void {
    const { cors } = this.options;
    if (cors === undefined) return;
    const origin = allows(cors, "*") ? "*" : request.headers.origin;
    if (origin === undefined || !allows(cors, origin)) return;
    response.setHeader("Access-Control-Allow-Methods", "POST, GET, OPTIONS, PUT, DELETE");
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Allow-Headers", "accept, content-type, authorization");
  }
}

function isSecure(socket: object): boolean {
  return (socket as { readonly encrypted?: boolean }).encrypted === true;
}

/** An empty list allows all, as "*" does. */
function allows(list: readonly string[], name: string): boolean {
  return list.length === 0 || list.includes("*") || list.includes(name);
}

/** Go's ServeMux sends clients with "//" or ".." in their path to the clean one. */
function cleanPath(path: string): string {
  if (!/\/\/|\/\.\.?(?:\/|$)/.test(path) && path.startsWith("/")) return path;
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") names.pop();
    else names.push(name);
  }
  return `/${names.join("/")}${path.endsWith("/") && names.length > 0 ? "/" : ""}`;
}

function redirect(request: IncomingMessage, response: ServerResponse, location: string): void {
  const withBody = request.method === "GET" || request.method === "HEAD";
  const escaped = location.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  const body = withBody ? `<a href="${escaped}">Moved Permanently</a>.\n\n` : "";
  response.statusCode = 301;
  if (withBody) response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.setHeader("Location", location);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(request.method === "HEAD" ? undefined : body);
}

function hostName(host: string): string {
  return /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host)?.[1] ?? host;
}

function misdirected(host: string): string {
  return `
etcd received your request, but the Host header was unrecognized.

To fix this, choose one of the following options:
- Enable TLS, then any HTTPS request will be allowed.
- Add the hostname you want to use to the whitelist in settings.
  - e.g. etcd --host-whitelist ${JSON.stringify(host)}

This requirement has been added to help prevent "DNS Rebinding" attacks (CVE-2018-5702).
`;
}
