/**
 * Watchers that follow all keys of a storm from member to member: where one lets go they go on at the next, from behind the last event
 * or the last progress that they were told, whichever is further.
 */
import { Client, connect } from "../../../core/client/index.ts";
import { StatusError } from "../../../core/proto/errors.ts";
import { WatchCreateRequest, WatchProgressRequest, WatchRequest } from "../../../core/proto/gen/etcdserverpb.ts";
import { Event_EventType } from "../../../core/proto/gen/mvccpb.ts";
import { PREFIX } from "./clients.ts";

const PROGRESS_MS = 100;

export interface Seen {
  readonly revision: number;
  readonly key: string;
  /** null: deleted */
  readonly value: string | null;
}

export class StormWatcher {
  readonly events: Seen[] = [];
  /** what it was told that must not be */
  readonly wrong: string[] = [];
  resumed = 0;
  progresses = 0;
  private stopped = false;
  private next: number;
  private cancel: (() => void) | undefined;
  private readonly running: Promise<void>;
  private readonly clients: readonly Client[];

  /** @param first the endpoint that it begins at */
  constructor(
    endpoints: readonly string[],
    private readonly first: number,
    from = 1,
  ) {
    this.next = from;
    this.clients = endpoints.map((endpoint) => new Client(connect(endpoint)));
    this.running = this.run();
  }

  /** Waits until it has seen a revision. */
  async reaches(revision: number, timeoutMs = 60_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; this.next <= revision; await new Promise((resolve) => setTimeout(resolve, 20)))
      if (Date.now() > deadline) throw new Error(`the watcher that began at member ${this.first + 1} has come to ${this.next - 1} only, not to ${revision}`);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    await this.running;
    for (const client of this.clients) client.close();
  }

  private async run(): Promise<void> {
    for (let at = this.first; !this.stopped; at++) {
      try {
        await this.follow(this.clients[at % this.clients.length]!);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
      }
      this.resumed++;
      if (!this.stopped) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private async follow(client: Client): Promise<void> {
    // a leaderless member lets go
    const stream = client.watch({ metadata: { hasleader: "true" } });
    this.cancel = () => stream.cancel();
    if (this.stopped) stream.cancel();
    const create = WatchCreateRequest.create({ key: Buffer.from(PREFIX), rangeEnd: Buffer.from(`${PREFIX.slice(0, -1)}0`), startRevision: this.next });
    const write = (request: WatchRequest): void => void stream.write(request).catch(() => undefined);
    write(WatchRequest.create({ createRequest: create }));
    const asking = setInterval(() => write(WatchRequest.create({ progressRequest: WatchProgressRequest.create() })), PROGRESS_MS);
    try {
      for await (const { events, header, created, canceled } of stream.responses) {
        if (canceled) this.wrong.push(`cancelled at ${this.next}`);
        for (const { kv, type } of events) this.take({ revision: kv!.modRevision, key: kv!.key.toString(), value: type === Event_EventType.DELETE ? null : kv!.value.toString() });
        const last = events.at(-1)?.kv?.modRevision;
        if (last !== undefined) this.next = last + 1;
        else if (!created && !canceled) {
          // every event up to that revision has been told before
          this.progresses++;
          this.next = Math.max(this.next, header!.revision + 1);
        }
      }
    } finally {
      clearInterval(asking);
    }
  }

  private take(event: Seen): void {
    const last = this.events.at(-1);
    if (event.revision < this.next) this.wrong.push(`event ${JSON.stringify(event)} after it was told all below ${this.next}`);
    if (last !== undefined && event.revision < last.revision) this.wrong.push(`event ${JSON.stringify(event)} after ${JSON.stringify(last)}`);
    this.events.push(event);
  }
}

/** All that one member tells from the first revision to `revision`. */
export async function wholeHistory(endpoint: string, revision: number): Promise<readonly Seen[]> {
  const watcher = new StormWatcher([endpoint], 0);
  try {
    await watcher.reaches(revision);
    return watcher.events.filter((event) => event.revision <= revision);
  } finally {
    await watcher.stop();
  }
}
