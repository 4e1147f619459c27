/** Writes keys without pause and remembers which were acknowledged: what must be there afterwards, whatever happened. */
import { Http2Channel } from "../../../core/client/http2-channel.ts";
import { KVService, PutRequest, RangeRequest } from "../../../core/proto/gen/etcdserverpb.ts";
import { StatusError } from "../../../core/proto/errors.ts";

export class Writer {
  readonly acknowledged: string[] = [];
  private stopped = false;
  private readonly channels: Http2Channel[];
  private readonly workers: Promise<void>[] = [];
  /** answers that were errors: whether those keys are there is open */
  failures = 0;

  constructor(endpoints: readonly string[], workers = 8) {
    this.channels = endpoints.map((endpoint) => new Http2Channel(endpoint));
    for (let worker = 0; worker < workers; worker++) this.workers.push(this.work(worker));
  }

  /** Resolves when `count` keys more were acknowledged than at the time of the call. */
  async more(count: number, timeoutMs = 30_000): Promise<void> {
    const goal = this.acknowledged.length + count;
    const deadline = Date.now() + timeoutMs;
    while (this.acknowledged.length < goal) {
      if (Date.now() > deadline) throw new Error(`only ${this.acknowledged.length} of ${goal} puts were acknowledged`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers);
    for (const channel of this.channels) channel.close();
  }

  private async work(worker: number): Promise<void> {
    let at = worker;
    for (let count = 0; !this.stopped; count++) {
      const key = `w${worker}/${String(count).padStart(8, "0")}`;
      const channel = this.channels[at % this.channels.length]!;
      try {
        await channel.unary(KVService.Put, PutRequest.create({ key: Buffer.from(key), value: Buffer.from(key) }), { timeoutMs: 3000 });
        this.acknowledged.push(key);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        this.failures++;
        at++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}

/** All keys that a member has, read from itself alone. */
async function keysOf(endpoint: string): Promise<Set<string>> {
  const channel = new Http2Channel(endpoint);
  try {
    const request = RangeRequest.create({ key: Buffer.from([0]), rangeEnd: Buffer.from([0]), serializable: true, keysOnly: true });
    const { kvs } = await channel.unary(KVService.Range, request);
    return new Set(kvs.map(({ key }) => key.toString()));
  } finally {
    channel.close();
  }
}

/** Waits until a member has all of `keys`. @returns those that it still lacks at the deadline */
export async function missingFrom(endpoint: string, keys: readonly string[], timeoutMs = 10_000): Promise<string[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const present = await keysOf(endpoint).catch(() => new Set<string>());
    const missing = keys.filter((key) => !present.has(key));
    if (missing.length === 0 || Date.now() > deadline) return missing;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
