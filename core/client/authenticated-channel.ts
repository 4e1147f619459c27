/**
 * A channel whose calls carry a user's token (etcd client/v3: retry_interceptor.go). A call that is refused for its token
 * goes again with a new one; a stream begins with a new one, since it may have been waited with for long.
 */
import type { MethodInfo } from "../proto/wire.ts";
import type { CallOptions, Channel, ClientStream } from "./channel.ts";
import type { Credentials } from "./credentials.ts";
import { laterStream } from "./later-stream.ts";

/** How often a call goes again, as in etcd's client. */
const attemptsMax = 100;
/** Pause before the second attempt and later ones, ms. */
const pauseMs = 25;

export class AuthenticatedChannel implements Channel {
  readonly endpoint: string;

  constructor(
    private readonly inner: Channel,
    private readonly credentials: Credentials,
  ) {
    this.endpoint = inner.endpoint;
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options: CallOptions = {}): Promise<Response> {
    const endsAt = options.timeoutMs === undefined ? undefined : performance.now() + options.timeoutMs;
    const left = (): CallOptions => (endsAt === undefined ? options : { ...options, timeoutMs: Math.max(1, endsAt - performance.now()) });
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.inner.unary(method, request, this.signed(left()));
      } catch (error) {
        const over = attempt >= attemptsMax || options.signal?.aborted === true || (endsAt !== undefined && performance.now() >= endsAt);
        if (over || !this.credentials.isWorthAnother(error)) throw error;
      }
      await this.credentials.refresh(left());
      if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  stream<Request, Response>(method: MethodInfo<Request, Response>, options: CallOptions = {}): ClientStream<Request, Response> {
    if (!this.credentials.known) return this.inner.stream(method, options);
    return laterStream(options, async (own) => {
      await this.credentials.refresh(own);
      return this.inner.stream(method, this.signed(own));
    });
  }

  close(): void {
    this.inner.close();
  }

  private signed(options: CallOptions): CallOptions {
    return { ...options, metadata: { ...options.metadata, ...this.credentials.metadata() } };
  }
}
