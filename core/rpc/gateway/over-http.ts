/** The gateway on its HTTP/1.1 routes: plain requests under /v3/, and websockets there for the streams of browsers. */
import type { Http1Server } from "../http/http1-server.ts";
import type { HttpExchange } from "../http/reply.ts";
import type { Gateway, GatewayReply } from "./gateway.ts";
import { serveWebSocket } from "./websocket.ts";

export function addGateway(http: Http1Server, gateway: Gateway): void {
  http.routeBelow("/v3/", async (exchange) => {
    const { request, path, signal } = exchange;
    request.setEncoding("utf8");
    const { remoteAddress = "", remotePort = 0 } = request.socket;
    const body = request as AsyncIterable<string>;
    await gateway({ method: request.method ?? "", path, headers: request.headers, body, peer: `${remoteAddress}:${remotePort}`, signal }, replyOf(exchange));
  });
  http.upgradeBelow("/v3/", serveWebSocket(gateway));
}

function replyOf({ response, signal }: HttpExchange): GatewayReply {
  return {
    begin(status, headers) {
      response.statusCode = status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    },
    write(text, last) {
      if (last) {
        if (!response.headersSent) response.setHeader("Content-Length", Buffer.byteLength(text));
        response.end(text);
        return Promise.resolve();
      }
      if (response.write(text) || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const go = (): void => {
          response.removeListener("drain", go);
          signal.removeEventListener("abort", go);
          resolve();
        };
        response.once("drain", go);
        signal.addEventListener("abort", go, { once: true });
      });
    },
    end: () => void response.end(),
  };
}
