/** One keep-alive stream of a client of the proxy: each request asks the shared stream, answers go back as they come. */
import { StatusError, Code } from "../proto/errors.ts";
import { type LeaseKeepAliveRequest, LeaseKeepAliveResponse, type LeaseTimeToLiveResponse } from "../proto/gen/etcdserverpb.ts";
import type { BidirectionalCall } from "../rpc/service.ts";
import type { KeepAlives } from "./keep-alives.ts";

/** Requests of one client under way; its next ones are read when there is room. */
const UNDER_WAY_MAX = 1024;

export class KeepAliveSession {
  private underWay = 0;
  private settled: (() => void) | undefined;
  private failure: unknown;

  /** @param timeToLive of a lease that could not be renewed: its answer goes to the client, as in etcd */
  constructor(
    private readonly call: BidirectionalCall,
    private readonly keepAlives: KeepAlives,
    private readonly timeToLive: (id: bigint) => Promise<LeaseTimeToLiveResponse>,
    private readonly decode: (bytes: Buffer) => LeaseKeepAliveRequest,
  ) {}

  /** Until the client has closed its side and has its answers, or something fails. */
  async run(): Promise<void> {
    const { signal } = this.call;
    const onAbort = (): void => this.fail(new StatusError(Code.Canceled, "context canceled"));
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.serve(), new Promise<void>((resolve) => (this.stop = resolve))]);
      if (this.failure !== undefined) throw this.failure as Error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  private stop: (() => void) | undefined;

  private async serve(): Promise<void> {
    for await (const bytes of this.call.messages) {
      const { ID } = this.decode(bytes);
      this.underWay++;
      this.answer(ID).then(
        () => this.done(),
        (error: unknown) => {
          this.done();
          this.fail(error);
        },
      );
      while (this.underWay >= UNDER_WAY_MAX) await this.oneSettled();
    }
    while (this.underWay > 0) await this.oneSettled();
  }

  private async answer(id: bigint): Promise<void> {
    let response = await this.keepAlives.renew(id);
    if (response.TTL <= 0) {
      const left = await this.timeToLive(id);
      response = LeaseKeepAliveResponse.create({ header: left.header, ID: left.ID, TTL: left.TTL });
    }
    await this.call.send(LeaseKeepAliveResponse.encode(response));
  }

  private oneSettled(): Promise<void> {
    return new Promise((resolve) => (this.settled = resolve));
  }

  private done(): void {
    this.underWay--;
    this.settled?.();
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.stop?.();
  }
}
