/** A channel that makes failed calls again where that is safe, with a pause after each round over a quorum (client/v3: retry_interceptor.go). */
import { StatusError } from "../proto/errors.ts";
import type { MethodInfo } from "../proto/wire.ts";
import type { CallOptions, Channel, ClientStream } from "./channel.ts";
import { mayRepeat } from "./retry-policy.ts";

/** Between two rounds, ms, and by which part of it more or less. */
const PAUSE_MS = 25;
const JITTER = 0.1;

/** A try that failed, whether or not there will be another. */
export interface FailedTry {
  /** "/etcdserverpb.KV/Put" */
  readonly method: string;
  /** from 0 on */
  readonly attempt: number;
  readonly error: StatusError;
}

export interface RetryOptions {
  readonly attemptsMax: number;
  /** how many members the calls may go to */
  readonly members: number;
  readonly onFailure?: ((failed: FailedTry) => void) | undefined;
}

export class RetryingChannel implements Channel {
  readonly endpoint: string;
  private readonly quorum: number;

  constructor(
    private readonly inner: Channel,
    private readonly options: RetryOptions,
  ) {
    this.endpoint = inner.endpoint;
    this.quorum = Math.floor(options.members / 2) + 1;
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options: CallOptions = {}): Promise<Response> {
    const { timeoutMs, signal } = options;
    const endsAt = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    const { attemptsMax, members, onFailure } = this.options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.inner.unary(method, request, attempt === 0 || timeoutMs === undefined ? options : { ...options, timeoutMs: Math.max(0, endsAt - performance.now()) });
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        const path = `${method.service}/${method.name}`;
        onFailure?.({ method: `/${path}`, attempt, error });
        const over = attempt + 1 >= attemptsMax || signal?.aborted === true || performance.now() >= endsAt;
        if (over || !mayRepeat(path, error, members)) throw error;
      }
      if ((attempt + 1) % this.quorum === 0) await pause(Math.min(PAUSE_MS * (1 + JITTER * (Math.random() * 2 - 1)), endsAt - performance.now()));
    }
  }

  stream<Request, Response>(method: MethodInfo<Request, Response>, options?: CallOptions): ClientStream<Request, Response> {
    return this.inner.stream(method, options);
  }

  close(): void {
    this.inner.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
