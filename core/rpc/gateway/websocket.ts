/**
 * Websockets on the gateway's paths, as etcd has them through grpc-websocket-proxy: each text a client sends is a line of
 * the request's body, each line of the answer is a text to the client; the connection ends with the answer. A token comes
 * as the second word of Sec-WebSocket-Protocol ("Bearer, TOKEN") or as the cookie "token".
 */
import type { IncomingMessage } from "node:http";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import type { Upgrade } from "../http/reply.ts";
import type { Gateway, GatewayReply } from "./gateway.ts";

/** Longest text taken from a client; a call's own limits are checked behind it. */
const TEXT_BYTES_MAX = 8 * 1024 * 1024;
/** Texts waiting to be read by the call before the client is held back. */
const WAITING_MAX = 64;
/** Bytes waiting to be sent before the call is held back. */
const SENDING_BYTES_MAX = 1024 * 1024;
/** How long a client that does not read keeps the call waiting between two looks, ms. */
const LOOK_AGAIN_MS = 20;

export function serveWebSocket(gateway: Gateway): (upgrade: Upgrade) => void {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: TEXT_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has("Bearer") ? "Bearer" : false),
  });
  return ({ request, socket, head, path, signal }) => {
    server.handleUpgrade(request, socket, head, (client) => void proxy(gateway, client, request, path, signal));
  };
}

async function proxy(gateway: Gateway, client: WebSocket, request: IncomingMessage, path: string, stopping: AbortSignal): Promise<void> {
  const gone = new AbortController();
  const lines = new Lines(client);
  const leave = (): void => {
    lines.end();
    gone.abort();
  };
  client.on("close", leave);
  client.on("error", leave);
  stopping.addEventListener("abort", leave, { once: true });
  const { remoteAddress = "", remotePort = 0 } = request.socket;
  const authorization = tokenOf(request);
  const headers = authorization === undefined ? {} : { authorization };
  try {
    await gateway({ method: "POST", path, headers, body: lines, peer: `${remoteAddress}:${remotePort}`, signal: gone.signal }, replyTo(client));
  } finally {
    stopping.removeEventListener("abort", leave);
    leave();
    // the proxy closes the connection and says nothing more, once what it wrote is out
    if (client.bufferedAmount === 0) client.terminate();
    else client.close();
  }
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const cookie = /(?:^|;\s*)token=([^;]*)/.exec(headers.cookie ?? "")?.[1];
  if (cookie !== undefined) return `Bearer ${cookie}`;
  const protocol = headers["sec-websocket-protocol"];
  if (protocol === undefined) return undefined;
  const mark = protocol.indexOf("Bearer,");
  return mark < 0 ? undefined : `Bearer ${protocol.slice(mark + "Bearer,".length).trim()}`;
}

/** What the client says, one line a text. */
class Lines implements AsyncIterable<string> {
  private readonly waiting: string[] = [];
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(private readonly client: WebSocket) {
    client.on("message", (data: RawData) => {
      this.waiting.push(`${(data as Buffer).toString("utf8")}\n`);
      if (this.waiting.length >= WAITING_MAX) client.pause();
      this.wake?.();
    });
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      const line = this.waiting.shift();
      if (line !== undefined) {
        if (this.client.isPaused) this.client.resume();
        yield line;
      } else if (this.ended) return;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}

/** Status and headers have no place in a websocket. */
function replyTo(client: WebSocket): GatewayReply {
  return {
    begin: () => undefined,
    async write(text) {
      for (const line of text.split("\n")) if (line !== "" && client.readyState === WebSocket.OPEN) await sent(client, line);
      while (client.readyState === WebSocket.OPEN && client.bufferedAmount > SENDING_BYTES_MAX)
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    },
    end: () => undefined,
  };
}

/** Resolves when the text is on its way, or its connection is not there any more. */
function sent(client: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => client.send(text, () => resolve()));
}
