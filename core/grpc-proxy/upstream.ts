/**
 * The members behind the proxy, as one channel: calls go round them, and which they are may change while calls run (etcd's
 * client/v3 with --endpoints-auto-sync-interval). A member that is left out keeps its connection until its last call ends.
 */
import { type CallOptions, type Channel, type ChannelOptions, type ClientStream, connect, connectAmong, type MemberChannel, type SharedChannel } from "../client/index.ts";
import type { MethodInfo } from "../proto/wire.ts";

/** A channel that closes when it was retired and nothing runs on it any more. */
class RetiringChannel implements MemberChannel {
  readonly endpoint: string;
  private running = 0;
  private retired = false;

  constructor(private readonly inner: MemberChannel) {
    this.endpoint = inner.endpoint;
  }

  get ready(): boolean {
    return this.inner.ready;
  }

  get onIdle(): (() => void) | undefined {
    return this.inner.onIdle;
  }

  set onIdle(told: (() => void) | undefined) {
    this.inner.onIdle = told;
  }

  connect(): Promise<void> {
    return this.inner.connect();
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options?: CallOptions): Promise<Response> {
    this.running++;
    try {
      return await this.inner.unary(method, request, options);
    } finally {
      this.ended();
    }
  }

  stream<Request, Response>(method: MethodInfo<Request, Response>, options?: CallOptions): ClientStream<Request, Response> {
    this.running++;
    const stream = this.inner.stream(method, options);
    const ended = (): void => this.ended();
    async function* responses(): AsyncGenerator<Response> {
      try {
        yield* stream.responses;
      } finally {
        ended();
      }
    }
    return { write: (request) => stream.write(request), closeWrite: () => stream.closeWrite(), cancel: () => stream.cancel(), responses: responses() };
  }

  retire(): void {
    this.retired = true;
    this.inner.onIdle = undefined;
    if (this.running === 0) this.inner.close();
  }

  close(): void {
    this.inner.close();
  }

  private ended(): void {
    this.running--;
    if (this.retired && this.running === 0) this.inner.close();
  }
}

export class Upstream implements Channel {
  private channels = new Map<string, RetiringChannel>();
  private balanced: SharedChannel;

  /** @throws StatusError where an endpoint is none, or there is none */
  constructor(
    endpoints: readonly string[],
    private readonly options: ChannelOptions,
  ) {
    this.balanced = this.among(endpoints);
  }

  get endpoint(): string {
    return this.balanced.endpoint;
  }

  /** As they were given, in their order. */
  get endpoints(): readonly string[] {
    return [...this.channels.keys()];
  }

  /** From now on calls go to these. @throws StatusError where one is no endpoint; nothing has changed then */
  setEndpoints(endpoints: readonly string[]): void {
    const before = this.balanced;
    this.balanced = this.among(endpoints);
    before.release();
  }

  unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options?: CallOptions): Promise<Response> {
    return this.balanced.unary(method, request, options);
  }

  /** Its responses must be read, to their end or a part of them, or it counts as running for ever. */
  stream<Request, Response>(method: MethodInfo<Request, Response>, options?: CallOptions): ClientStream<Request, Response> {
    return this.balanced.stream(method, options);
  }

  close(): void {
    this.balanced.close();
  }

  private among(endpoints: readonly string[]): SharedChannel {
    const next = new Map<string, RetiringChannel>();
    for (const endpoint of endpoints) next.set(endpoint, next.get(endpoint) ?? this.channels.get(endpoint) ?? new RetiringChannel(connect(endpoint, this.options)));
    const balanced = connectAmong([...next.values()]);
    for (const [endpoint, channel] of this.channels) if (!next.has(endpoint)) channel.retire();
    this.channels = next;
    return balanced;
  }
}
