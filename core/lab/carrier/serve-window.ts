/**
 * The lab in a browser: one loopback port that serves the built window and carries the contract over a WebSocket.
 * Safe by construction: loopback only, Host and Origin checked, a token a start, a strict policy, files from one list.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { WINDOW_FRAME_BYTES_MAX } from "../contract/check.ts";
import type { LabHost, LabHosts } from "../contract/host.ts";
import { hostAllowed, newToken, originAllowed, safeHeaders, SUBPROTOCOL, tokenGiven } from "./guard.ts";
import { SocketWindow } from "./socket-window.ts";
import { StaticFiles, withNonce } from "./static-files.ts";

export interface ServeWindowOptions {
  readonly host: LabHost | LabHosts;
  /** the built window: dist/window */
  readonly folder: string;
  /** 0 takes a free one */
  readonly port: number;
  /** drawn anew at every start unless given */
  readonly token?: string;
  /** windows at a time; one more is refused */
  readonly windowsMax?: number;
}

export interface ServedWindow {
  /** what a user opens: http://127.0.0.1:PORT/#TOKEN */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** closes every window's connection and the port */
  close(): Promise<void>;
}

const HEARTBEAT_MS = 15_000;

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

export async function serveWindow(options: ServeWindowOptions): Promise<ServedWindow> {
  const files = await StaticFiles.read(options.folder);
  const token = options.token ?? newToken();
  const windowsMax = options.windowsMax ?? 16;
  const windows = new Set<SocketWindow>();
  let port = options.port;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const nonce = randomBytes(16).toString("base64url");
    const headers = safeHeaders(nonce, port);
    const refuse = (status: number, text: string): void => {
      response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
      response.end(request.method === "HEAD" ? undefined : `${text}\n`);
    };
    if (!hostAllowed(request.headers.host, port)) return refuse(421, "This server answers to its loopback name alone.");
    if (!originAllowed(request.headers.origin, port, true)) return refuse(403, "This server answers to its own page alone.");
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "Only GET and HEAD.");
    const file = files.find(request.url ?? "");
    if (file === undefined) return refuse(404, "No such file.");
    const body = withNonce(file, nonce);
    response.writeHead(200, {
      ...headers,
      "Content-Type": file.type,
      "Content-Length": body.length,
      "Cache-Control": file.immutable ? "public, max-age=31536000, immutable" : "no-store",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000, headersTimeout: 10_000 }, answer);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: WINDOW_FRAME_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (!hostAllowed(request.headers.host, port)) return refuseUpgrade(socket, "421 Misdirected Request");
    if (!originAllowed(request.headers.origin, port, false)) return refuseUpgrade(socket, "403 Forbidden");
    if (request.url !== "/contract") return refuseUpgrade(socket, "404 Not Found");
    if (windows.size >= windowsMax) return refuseUpgrade(socket, "503 Service Unavailable");
    const known = tokenGiven(request.headers, token);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // A page with an old token is told so, with a close code that it can read; it gets nothing else.
      if (!known) {
        webSocket.close(SocketWindow.WRONG_TOKEN, "wrong token");
        return;
      }
      const window = new SocketWindow(webSocket, options.host, () => windows.delete(window));
      windows.add(window);
      window.start();
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  port = (server.address() as AddressInfo).port;
  const heartbeat = setInterval(() => {
    for (const window of windows) window.checkAlive();
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    url: `http://127.0.0.1:${port}/#${token}`,
    port,
    token,
    async close() {
      clearInterval(heartbeat);
      for (const window of windows) window.close();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
