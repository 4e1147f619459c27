/**
 * A channel with the patience of etcd's client (client/v3: retry_interceptor.go): a call that cannot have reached a member is
 * made again while there is time, and a call that fails in the end leaves the line that etcd's client logs.
 */
import { type CallOptions, type Channel, type ClientStream, ConnectionError } from "../../client/index.ts";
import { Code, StatusError } from "../../proto/errors.ts";
import type { MethodInfo } from "../../proto/wire.ts";

/** How long to wait before dialling again, ms. */
const REDIAL_MS = 100;
/** Attempts of a call that has no end of its own. */
const ATTEMPTS_MAX = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class PatientChannel implements Channel {
  readonly endpoint: string;

  /** @param tell called with the fields of the line for each call that failed */
  constructor(
    private readonly inner: Channel,
    private readonly tell: (fields: Readonly<Record<string, unknown>>) => void,
  ) {
    this.endpoint = inner.endpoint;
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options: CallOptions = {}): Promise<Response> {
    const { timeoutMs } = options;
    const endsAt = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    let dialFailure: ConnectionError | undefined;
    for (let attempt = 1; ; attempt++) {
      const left = endsAt - performance.now();
      let failure: StatusError;
      try {
        if (left <= 0) throw new StatusError(Code.DeadlineExceeded, "context deadline exceeded");
        return await this.inner.unary(method, request, timeoutMs === undefined ? options : { ...options, timeoutMs: left });
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        failure = error;
      }
      if (options.signal?.aborted === true) throw failure;
      if (failure instanceof ConnectionError && !failure.sent && attempt < ATTEMPTS_MAX) {
        dialFailure = failure;
        await pause(Math.max(0, Math.min(REDIAL_MS, left)));
        continue;
      }
      this.report(`/${method.service}/${method.name}`, failure, dialFailure);
      throw failure;
    }
  }

  stream<Request, Response>(method: MethodInfo<Request, Response>, options?: CallOptions): ClientStream<Request, Response> {
    return this.inner.stream(method, options);
  }

  close(): void {
    this.inner.close();
  }

  private report(method: string, failure: StatusError, dialFailure: ConnectionError | undefined): void {
    const name = Object.entries(Code).find(([, code]) => code === failure.code)?.[0] ?? String(failure.code);
    const text = failure.code === Code.DeadlineExceeded && dialFailure !== undefined ? `latest balancer error: last ${dialFailure.message}` : failure.message;
    this.tell({
      logger: "etcd-client",
      msg: "retrying of unary invoker failed",
      target: `etcd-endpoints://${this.endpoint.replace(/^https?:\/\//, "")}`,
      method,
      attempt: 0,
      error: `rpc error: code = ${name} desc = ${text}`,
    });
  }
}
