/** A gRPC call's stream on our own HTTP/2. */
import type { Connection } from "../../h2/connection.ts";
import type { Pairs } from "../../h2/hpack-encoder.ts";
import type { Stream, StreamHandler } from "../../h2/stream.ts";
import { Code } from "../../proto/errors.ts";
import { encodeStatusMessage } from "../../proto/grpc.ts";
import type { Admission, Refusal } from "../carrier/admission.ts";
import type { Exchange } from "../carrier/exchange.ts";
import type { Wire } from "../carrier/wire.ts";

const TRAILERS_OK: Pairs = ["grpc-status", "0", "grpc-message", ""];
const HEADERS: Pairs = [":status", "200", "content-type", "application/grpc"];
const HEADERS_GZIP: Pairs = [...HEADERS, "grpc-encoding", "gzip"];

/** Who writes what the machine has gathered. */
export interface Flusher {
  wantFlush(): void;
}

export class GrpcStream implements Wire, StreamHandler {
  exchange: Exchange | undefined;
  private paused = false;
  /** data taken while paused: told to the client when it may go on */
  private held = 0;

  constructor(
    private readonly flusher: Flusher,
    private readonly machine: Connection,
    private readonly stream: Stream,
    private readonly admission: Admission,
  ) {}

  // ---- from the exchange

  headers(): void {
    this.writeHeaders();
    this.flusher.wantFlush();
  }

  message(bytes: Buffer, compressed: boolean): boolean {
    const room = this.machine.message(this.stream, compressed, bytes, false);
    this.flusher.wantFlush();
    return room;
  }

  answer(bytes: Buffer, compressed: boolean): void {
    const { machine, stream } = this;
    this.writeHeaders();
    machine.message(stream, compressed, bytes, false);
    machine.trailers(stream, TRAILERS_OK, true);
    this.flusher.wantFlush();
  }

  finish(code: Code, message: string, headersSent: boolean): void {
    const { machine, stream } = this;
    const ok = code === Code.OK && message === "";
    const trailers: Pairs = ok ? TRAILERS_OK : ["grpc-status", String(code), "grpc-message", encodeStatusMessage(message)];
    if (headersSent) machine.trailers(stream, trailers, ok);
    else machine.headers(stream, [":status", "200", "content-type", this.admission.contentType, ...trailers], true, false);
    this.flusher.wantFlush();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.machine.consumed(this.stream, this.held);
    this.held = 0;
    this.flusher.wantFlush();
  }

  private writeHeaders(): void {
    const { contentType, gzip } = this.admission;
    if (contentType === "application/grpc") this.machine.headers(this.stream, gzip ? HEADERS_GZIP : HEADERS, false, true);
    else this.machine.headers(this.stream, [":status", "200", "content-type", contentType, ...(gzip ? ["grpc-encoding", "gzip"] : [])], false, false);
  }

  // ---- from the machine

  onHeaders(): void {
    // trailers of a request say nothing in gRPC
    this.exchange!.endInput();
  }

  onData(bytes: Buffer, start: number, end: number, ended: boolean): void {
    this.exchange!.push(bytes, start, end);
    if (this.paused) this.held += end - start;
    else this.machine.consumed(this.stream, end - start);
    if (ended) this.exchange!.endInput();
  }

  onReset(): void {
    this.exchange!.lost();
  }

  onDrain(): void {
    this.exchange!.drained();
  }
}

/** How long a refusal waits for the end of its request, ms: a stream that both sides have closed needs no reset. */
const REFUSAL_MS = 50;

/** Answers a request that is no call: when it has ended, or soon. */
export function refuseStream(flusher: Flusher, machine: Connection, stream: Stream, refusal: Refusal, ended: boolean): void {
  const { httpStatus, code, message, contentType } = refusal;
  const answer = (): void => {
    clearTimeout(timer);
    machine.headers(stream, [":status", String(httpStatus), "content-type", contentType, "grpc-status", String(code), "grpc-message", encodeStatusMessage(message)], true, false);
    flusher.wantFlush();
  };
  const timer = ended ? undefined : setTimeout(answer, REFUSAL_MS);
  if (ended) {
    answer();
    return;
  }
  stream.handler = {
    onHeaders: answer,
    onData: (_bytes, start, end, last) => {
      if (last) answer();
      else machine.consumed(stream, end - start);
    },
    onReset: () => clearTimeout(timer),
    onDrain: () => undefined,
  };
}
