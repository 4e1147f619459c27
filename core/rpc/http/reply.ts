/** Plain answers over HTTP/1.1 in the words and headers of Go's net/http, which etcd's clients and probes match on. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** One request on its way to an answer. */
export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** path without query, percent-decoded */
  readonly path: string;
  readonly query: URLSearchParams;
  /** aborted when the client has gone, or the member stops */
  readonly signal: AbortSignal;
}

export type HttpHandler = (exchange: HttpExchange) => void | Promise<void>;

/** A request to speak another protocol on its connection. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly path: string;
  /** aborted when the member stops */
  readonly signal: AbortSignal;
}

/** http.Error: text and a newline, not to be sniffed. */
export function errorText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.end(`${text}\n`);
}

export function answer(response: ServerResponse, type: string, body: string | Buffer, status = 200): void {
  response.statusCode = status;
  response.setHeader("Content-Type", type);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body);
}

/** False, and answered with 405, where the method is none of `allowed`. */
export function allowMethod({ request, response }: HttpExchange, ...allowed: readonly string[]): boolean {
  if (allowed.includes(request.method ?? "")) return true;
  response.setHeader("Allow", allowed.join(","));
  errorText(response, 405, "Method Not Allowed");
  return false;
}

/** The body as text. @throws RangeError longer than `bytesMax` */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) throw new RangeError(`body longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
