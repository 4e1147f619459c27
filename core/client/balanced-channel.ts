/**
 * One channel over several endpoints, in the manner of grpc-go's round_robin under etcd's client (client/v3): every member has a
 * connection, calls go round those that stand, and what is lost is dialled again with growing pauses. The member whose turn it is has
 * a few milliseconds' start before the others are dialled, so that a short command costs one connection and never waits for a slow member.
 */
import { Code, StatusError } from "../proto/errors.ts";
import type { MethodInfo } from "../proto/wire.ts";
import type { CallOptions, Channel, ClientStream, MemberChannel } from "./channel.ts";
import { ConnectionError } from "./connection-error.ts";
import { laterStream } from "./later-stream.ts";

/** The first dial's start before the others, ms. */
const HEAD_START_MS = 10;
/** Pauses before a failed dial is repeated: the first, by how much each is longer than the last, the longest; ms. */
const REDIAL = { firstMs: 100, factor: 1.6, mostMs: 3000, jitter: 0.2 };
/** Calls that wait for a member. */
const WAITING_MAX = 100_000;

interface Member {
  readonly channel: MemberChannel;
  dialling: boolean;
  /** dials that failed since the last connection */
  failures: number;
  failure: ConnectionError | undefined;
  timer: NodeJS.Timeout | undefined;
}

interface Waiting {
  take(channel: MemberChannel): void;
  fail(error: StatusError): void;
}

export interface BalanceOptions {
  /**
   * A call waits until a member can be reached, for as long as its own time lasts (grpc: WaitForReady). Otherwise it fails as soon as
   * no member could be reached.
   */
  readonly waitForReady?: boolean;
}

export class BalancedChannel implements Channel {
  readonly endpoint: string;
  private readonly members: readonly Member[];
  private readonly patient: boolean;
  private readonly waiting = new Set<Waiting>();
  private next: number;
  private headStart: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param channels one or more; they are closed with this one */
  constructor(channels: readonly MemberChannel[], options: BalanceOptions = {}) {
    if (channels.length === 0) throw new StatusError(Code.InvalidArgument, "etcdclient: no available endpoints");
    this.endpoint = channels.map((channel) => channel.endpoint).join(",");
    this.patient = options.waitForReady ?? false;
    this.next = Math.floor(Math.random() * channels.length);
    this.members = channels.map((channel) => ({ channel, dialling: false, failures: 0, failure: undefined, timer: undefined }));
    for (const member of this.members) member.channel.onIdle = () => this.lost(member);
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options: CallOptions = {}): Promise<Response> {
    const { timeoutMs } = options;
    const endsAt = timeoutMs === undefined ? 0 : performance.now() + timeoutMs;
    for (let refusals = 0; ; refusals++) {
      const channel = this.pick() ?? (await this.wait(options, endsAt));
      try {
        return await channel.unary(method, request, timeoutMs === undefined ? options : { ...options, timeoutMs: Math.max(0, endsAt - performance.now()) });
      } catch (error) {
        // what a member cannot have seen goes to the next one
        if (!(error instanceof ConnectionError) || error.sent || refusals > this.members.length) throw error;
      }
    }
  }

  /** A stream stays where it was opened; whoever needs it to outlive a member opens it again (`Watches`). */
  stream<Request, Response>(method: MethodInfo<Request, Response>, options: CallOptions = {}): ClientStream<Request, Response> {
    const channel = this.pick();
    if (channel !== undefined) return channel.stream(method, options);
    const endsAt = options.timeoutMs === undefined ? 0 : performance.now() + options.timeoutMs;
    return laterStream(options, async (own) => {
      const ready = await this.wait(own, endsAt);
      return ready.stream(method, own.timeoutMs === undefined ? own : { ...own, timeoutMs: Math.max(0, endsAt - performance.now()) });
    });
  }

  close(): void {
    this.closed = true;
    this.release();
    for (const { channel } of this.members) channel.close();
    for (const waiting of [...this.waiting]) waiting.fail(closing());
  }

  /** Dials no more by itself; the members' channels stay as they are, for another one to take over. */
  release(): void {
    clearTimeout(this.headStart);
    for (const member of this.members) {
      clearTimeout(member.timer);
      member.timer = undefined;
    }
  }

  /** The next member in turn whose connection stands. */
  private pick(): MemberChannel | undefined {
    const count = this.members.length;
    for (let offset = 0; offset < count; offset++) {
      const index = (this.next + offset) % count;
      const { channel } = this.members[index]!;
      if (!channel.ready) continue;
      this.next = (index + 1) % count;
      return channel;
    }
    return undefined;
  }

  private wait({ timeoutMs, signal }: CallOptions, endsAt: number): Promise<MemberChannel> {
    if (this.closed) return Promise.reject(closing());
    if (signal?.aborted === true) return Promise.reject(new StatusError(Code.Canceled, "context canceled"));
    if (this.waiting.size >= WAITING_MAX) return Promise.reject(new StatusError(Code.ResourceExhausted, "too many calls wait for a connection"));
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const over = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.waiting.delete(waiting);
      };
      const waiting: Waiting = {
        take: (channel) => {
          over();
          resolve(channel);
        },
        fail: (error) => {
          over();
          reject(error);
        },
      };
      const abort = (): void => waiting.fail(new StatusError(Code.Canceled, "context canceled"));
      signal?.addEventListener("abort", abort, { once: true });
      if (timeoutMs !== undefined) {
        const left = Math.min(Math.max(0, endsAt - performance.now()), 2147483647);
        timer = setTimeout(() => waiting.fail(new StatusError(Code.DeadlineExceeded, "context deadline exceeded", { cause: this.failure() })), left);
      }
      this.waiting.add(waiting);
      this.wake();
    });
  }

  /** Somebody waits: dials the next member at once, and the others if that has not made it soon. */
  private wake(): void {
    const first = this.members[this.next]!;
    if (this.members.some(({ dialling }) => dialling)) return;
    if (!this.patient) for (const member of this.members) this.hurry(member);
    this.dial(first);
    if (this.members.length > 1 && this.headStart === undefined) this.headStart = setTimeout(() => this.dialAll(), HEAD_START_MS);
  }

  private dialAll(): void {
    clearTimeout(this.headStart);
    this.headStart = undefined;
    for (const member of this.members) this.dial(member);
  }

  private hurry(member: Member): void {
    clearTimeout(member.timer);
    member.timer = undefined;
  }

  /** Unless it is connected, being dialled, or waiting for its next dial. */
  private dial(member: Member): void {
    if (this.closed || member.dialling || member.timer !== undefined || member.channel.ready) return;
    member.dialling = true;
    member.channel.connect().then(
      () => this.gained(member),
      (error: unknown) => this.failed(member, error),
    );
  }

  private gained(member: Member): void {
    member.dialling = false;
    member.failures = 0;
    member.failure = undefined;
    for (const waiting of [...this.waiting]) {
      const channel = this.pick();
      if (channel === undefined) break;
      waiting.take(channel);
    }
    // a connection that was lost again at once
    if (!member.channel.ready) this.lost(member);
  }

  private failed(member: Member, error: unknown): void {
    member.dialling = false;
    if (this.closed) return;
    if (!(error instanceof ConnectionError)) {
      const failure = error instanceof StatusError ? error : new StatusError(Code.Internal, (error as Error).message, { cause: error });
      for (const waiting of [...this.waiting]) waiting.fail(failure);
      return;
    }
    member.failure = error;
    const pause = Math.min(REDIAL.firstMs * REDIAL.factor ** member.failures++, REDIAL.mostMs) * (1 + REDIAL.jitter * (Math.random() * 2 - 1));
    const redial = (): void => {
      member.timer = undefined;
      if (this.needed()) this.dial(member);
    };
    if (this.needed()) member.timer = setTimeout(redial, pause);
    if (this.headStart !== undefined) this.dialAll();
    if (this.patient || this.members.some(({ dialling, channel }) => dialling || channel.ready)) return;
    // all have been tried: who asks later has them dialled again
    for (const each of this.members) this.hurry(each);
    for (const waiting of [...this.waiting]) waiting.fail(error);
  }

  /** A connection takes no more calls: another one is made while there is use for it. */
  private lost(member: Member): void {
    if (this.needed()) this.dial(member);
  }

  /** Nobody waits and none is connected: the cluster is away, and the next call will ask for it. */
  private needed(): boolean {
    return !this.closed && (this.waiting.size > 0 || this.members.some(({ channel }) => channel.ready));
  }

  /** Why nobody could be reached in time. */
  private failure(): Error {
    return this.members.find(({ failure }) => failure !== undefined)?.failure ?? new Error("context deadline exceeded while waiting for connections to become ready");
  }
}

function closing(): StatusError {
  return new StatusError(Code.Canceled, "grpc: the client connection is closing");
}
