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
  // an answer waits a moment for the end of its request: a stream that both sides have closed needs no reset
  let requestEnded = ended;
  let begin: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const endRequest = (): void => {
    requestEnded = true;
    clearTimeout(timer);
    request.end();
    begin?.();
  };
  /** body bytes that wait for the server's side to take them */
  let held = 0;
  const headers = list.fields.filter(({ name }) => !name.startsWith(":")).map(({ name, value }): [string, string] => [name, value]);
  const request = bridge(
    http,
    { method: head.method, path: head.path, authority: head.authority === "" ? (list.get("host") ?? "") : head.authority, headers, peer: connection.peer },
    (answer) => {
      if (requestEnded) respond(answer);
      else {
        begin = () => respond(answer);
        timer = setTimeout(begin, EARLY_ANSWER_MS);
      }
    },
    () => fail(),
  );
  const respond = (answer: IncomingMessage): void => {
    begin = undefined;
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
  };
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
    onHeaders: endRequest,
    onData: (bytes, start, end, last) => {
      if (request.write(bytes.subarray(start, end))) machine.consumed(stream, end - start);
      else held += end - start;
      if (last) endRequest();
    },
    onReset: () => {
      clearTimeout(timer);
      request.destroy();
    },
    onDrain: () => response?.resume(),
  };
  if (ended) request.end();
}

const EMPTY = Buffer.alloc(0);
/** How long an answer waits for the end of its request, ms. */
const EARLY_ANSWER_MS = 50;
