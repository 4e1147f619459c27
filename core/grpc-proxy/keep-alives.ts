/**
 * Keep-alives of all clients on one stream to the members (etcd server/proxy/grpcproxy/lease.go). Who asks for a lease while
 * the same is being renewed gets the same answer. A lease is renewed when somebody asks and at no other time, so it does not
 * outlive its client (etcd's proxy goes on for up to a TTL).
 */
import type { Channel, ClientStream } from "../client/index.ts";
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import { type LeaseKeepAliveRequest, type LeaseKeepAliveResponse, LeaseService } from "../proto/gen/etcdserverpb.ts";

/** Pause before the stream is opened again, ms; etcd's client: 500. */
const REOPEN_MS = 500;
const NO_LEADER = new EtcdError("NoLeader").message;

interface Waiter {
  resolve(response: LeaseKeepAliveResponse): void;
  reject(error: StatusError): void;
}

export class KeepAlives {
  /** leases asked for and not answered yet, in the order in which they were asked for */
  private readonly waiting = new Map<bigint, Waiter[]>();
  private stream: ClientStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param metadata of the stream: hasleader where its clients ask for that */
  constructor(
    private readonly channel: Channel,
    private readonly metadata: Readonly<Record<string, string>>,
  ) {}

  /** @throws StatusError where the members refuse the stream, or have no leader and that was asked for */
  renew(id: bigint): Promise<LeaseKeepAliveResponse> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      const same = this.waiting.get(id);
      if (same !== undefined) {
        same.push(waiter);
        return;
      }
      this.waiting.set(id, [waiter]);
      if (this.stream !== undefined) this.ask(this.stream, id);
      else if (this.timer === undefined) this.open();
    });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.stream?.cancel();
    this.failAll(new StatusError(Code.Canceled, "the client connection is closing"));
  }

  private open(): void {
    this.timer = undefined;
    const stream = this.channel.stream(LeaseService.LeaseKeepAlive, { metadata: this.metadata });
    this.stream = stream;
    for (const id of this.waiting.keys()) this.ask(stream, id);
    this.read(stream).then(
      () => this.lost(stream, new StatusError(Code.Unavailable, "EOF")),
      (error: unknown) => this.lost(stream, error as StatusError),
    );
  }

  private ask(stream: ClientStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>, ID: bigint): void {
    // a stream that is over says so where it is read
    stream.write({ ID }).catch(() => undefined);
  }

  private async read(stream: ClientStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>): Promise<void> {
    for await (const response of stream.responses) {
      const waiters = this.waiting.get(response.ID);
      this.waiting.delete(response.ID);
      for (const { resolve } of waiters ?? []) resolve(response);
    }
  }

  private lost(stream: ClientStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>, error: StatusError): void {
    if (this.stream !== stream) return;
    this.stream = undefined;
    if (this.closed) return;
    const passes = (error.code === Code.Unavailable || error.code === Code.Internal || error.code === Code.Canceled) && error.message !== NO_LEADER;
    if (!passes) this.failAll(error);
    else if (this.waiting.size > 0) this.timer = setTimeout(() => this.open(), REOPEN_MS);
  }

  private failAll(error: StatusError): void {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const waiters of waiting) for (const { reject } of waiters) reject(error);
  }
}
