/**
 * One channel over several endpoints, in the manner of etcd's client (client/v3 of 3.4 on): calls go round the members
 * that answer; a call that cannot have reached a member goes to the next one, and a read also where the answer was lost
 * or the member says Unavailable. Writes are never sent twice.
 */
import { Code, StatusError } from "../proto/errors.ts";
import type { MethodInfo } from "../proto/wire.ts";
import type { CallOptions, Channel, ClientStream } from "./channel.ts";
import { ConnectionError } from "./connection-error.ts";

/** After a failed dial a member is asked last for so long, ms. */
const AVOID_MS = 1000;

const REPEATABLE: ReadonlySet<string> = new Set([
  "etcdserverpb.KV/Range",
  "etcdserverpb.Lease/LeaseTimeToLive",
  "etcdserverpb.Lease/LeaseLeases",
  "etcdserverpb.Cluster/MemberList",
  "etcdserverpb.Maintenance/Status",
  "etcdserverpb.Maintenance/Hash",
  "etcdserverpb.Maintenance/HashKV",
  "etcdserverpb.Auth/AuthStatus",
  "etcdserverpb.Auth/UserGet",
  "etcdserverpb.Auth/UserList",
  "etcdserverpb.Auth/RoleGet",
  "etcdserverpb.Auth/RoleList",
]);

export class BalancedChannel implements Channel {
  readonly endpoint: string;
  private next = 0;
  private readonly avoidUntil: number[];

  /** @param channels one or more; they are closed with this one */
  constructor(private readonly channels: readonly Channel[]) {
    if (channels.length === 0) throw new StatusError(Code.InvalidArgument, "etcdclient: no available endpoints");
    this.endpoint = channels.map((channel) => channel.endpoint).join(",");
    this.avoidUntil = channels.map(() => 0);
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options: CallOptions = {}): Promise<Response> {
    const endsAt = options.timeoutMs === undefined ? undefined : performance.now() + options.timeoutMs;
    let failure = new StatusError(Code.DeadlineExceeded, "context deadline exceeded");
    for (const index of this.order()) {
      const left = endsAt === undefined ? undefined : endsAt - performance.now();
      if (left !== undefined && left <= 0) break;
      try {
        return await this.channels[index]!.unary(method, request, left === undefined ? options : { ...options, timeoutMs: left });
      } catch (error) {
        if (!this.mayGoOn(method, index, error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** A stream stays where it was opened; whoever needs it to outlive a member opens it again. */
  stream<Request, Response>(method: MethodInfo<Request, Response>, options: CallOptions = {}): ClientStream<Request, Response> {
    const index = this.order()[0]!;
    const stream = this.channels[index]!.stream(method, options);
    const note = (error: unknown): void => this.note(index, error);
    async function* responses(): AsyncGenerator<Response> {
      try {
        yield* stream.responses;
      } catch (error) {
        note(error);
        throw error;
      }
    }
    return { write: (request) => stream.write(request), closeWrite: () => stream.closeWrite(), cancel: () => stream.cancel(), responses: responses() };
  }

  close(): void {
    for (const channel of this.channels) channel.close();
  }

  private mayGoOn(method: MethodInfo<never, never> | MethodInfo, index: number, error: unknown): error is StatusError {
    this.note(index, error);
    if (error instanceof ConnectionError && !error.sent) return true;
    return error instanceof StatusError && error.code === Code.Unavailable && REPEATABLE.has(`${method.service}/${method.name}`);
  }

  private note(index: number, error: unknown): void {
    if (error instanceof ConnectionError) this.avoidUntil[index] = performance.now() + AVOID_MS;
  }

  /** All members, starting with the next in turn, those that just failed last. */
  private order(): number[] {
    const count = this.channels.length;
    const first = this.next;
    this.next = (this.next + 1) % count;
    const now = performance.now();
    const turn = Array.from({ length: count }, (_, offset) => (first + offset) % count);
    return [...turn.filter((index) => this.avoidUntil[index]! <= now), ...turn.filter((index) => this.avoidUntil[index]! > now)];
  }
}
