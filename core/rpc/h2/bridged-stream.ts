/** A request over our own HTTP/2 that is not gRPC, on its way to the HTTP/1.1 server and back. */
import type { IncomingMessage } from "node:http";
import type { Connection } from "../../h2/connection.ts";
import type { HeaderList } from "../../h2/header-field.ts";
import { ErrorCode } from "../../h2/protocol.ts";
import type { RequestHead } from "../../h2/request-head.ts";
import type { Stream } from "../../h2/stream.ts";
import { bridge, bridgedHeaders } from "../carrier/http-bridge.ts";
import type { HttpAccept } from "../carrier/carrier.ts";
import type { Flusher } from "./grpc-stream.ts";

/** @param ended the request has no body */
export function bridgeStream(
  connection: Flusher & { readonly peer: string },
  machine: Connection,
  stream: Stream,
  head: RequestHead,
  list: HeaderList,
  ended: boolean,
  http: HttpAccept,
): void {
  let response: IncomingMessage | undefined;
  /** body bytes that wait for the server's side to take them */
  let held = 0;
  const headers = list.fields.filter(({ name }) => !name.startsWith(":")).map(({ name, value }): [string, string] => [name, value]);
  const request = bridge(
    http,
    { method: head.method, path: head.path, authority: head.authority === "" ? (list.get("host") ?? "") : head.authority, headers, peer: connection.peer },
    (answer) => {
      response = answer;
      const bodiless = head.method === "HEAD" || answer.statusCode === 204 || answer.statusCode === 304;
      machine.headers(stream, [":status", String(answer.statusCode ?? 500), ...bridgedHeaders(answer)], bodiless, false);
      answer.on("data", (chunk: Buffer) => {
        if (!machine.data(stream, chunk, false)) answer.pause();
        connection.wantFlush();
      });
      answer.on("end", () => {
        machine.data(stream, EMPTY, true);
        connection.wantFlush();
      });
      answer.on("error", fail);
      connection.wantFlush();
    },
    () => fail(),
  );
  const fail = (): void => {
    machine.reset(stream, ErrorCode.InternalError);
    connection.wantFlush();
  };
  request.on("drain", () => {
    machine.consumed(stream, held);
    held = 0;
    connection.wantFlush();
  });
  stream.handler = {
    onHeaders: () => request.end(),
    onData: (bytes, start, end, last) => {
      if (request.write(bytes.subarray(start, end))) machine.consumed(stream, end - start);
      else held += end - start;
      if (last) request.end();
    },
    onReset: () => request.destroy(),
    onDrain: () => response?.resume(),
  };
  if (ended) request.end();
}

const EMPTY = Buffer.alloc(0);
