/** Counters of one gRPC method, as go-grpc-prometheus keeps them; all exist from the start, at 0. */
import { Code } from "../../proto/errors.ts";
import type { Handler } from "../service.ts";

export type MethodType = "unary" | "client_stream" | "server_stream" | "bidi_stream";

export class MethodCounters {
  started = 0;
  received = 0;
  sent = 0;
  /** marshalled messages, without frames */
  receivedBytes = 0;
  sentBytes = 0;
  /** by gRPC code */
  readonly handled: number[] = Object.values(Code).map(() => 0);
  readonly service: string;
  readonly method: string;
  readonly type: MethodType;

  /** @param path "/etcdserverpb.KV/Put" */
  constructor(path: string, kind: Handler["kind"]) {
    const slash = path.lastIndexOf("/");
    this.service = path.slice(1, slash);
    this.method = path.slice(slash + 1);
    this.type = kind === "unary" ? "unary" : kind === "server-stream" ? "server_stream" : "bidi_stream";
  }
}
