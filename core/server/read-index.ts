/**
 * Linearizable reads (etcd server/etcdserver/v3_server.go, linearizableReadLoop; thesis 6.4): one round asks the leader for
 * its commit index and waits until it is applied here. All reads that come while a round runs share the next one, so a
 * read never profits from a confirmation older than itself.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import { EtcdError } from "../proto/errors.ts";
import type { ReadState } from "../raft/index.ts";
import type { RequestIds } from "./request-ids.ts";
import type { IndexWaiters, Signal } from "./signals.ts";

export interface ReadIndexParts {
  readonly ask: (context: Buffer) => void;
  readonly ids: RequestIds;
  readonly clock: Clock;
  readonly applied: IndexWaiters;
  /** another leader was elected: what was asked of the old one is void */
  readonly leaderChanged: Signal;
  /** a leader could not answer before its first commit: worth asking again at once */
  readonly firstCommit: Signal;
  readonly timeoutMs: number;
  readonly onSlow: (sinceMs: number) => void;
}

interface Reader {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** etcd's readIndexRetryTime */
const retryMs = 500;

interface Round {
  readonly id: bigint;
  readonly context: Buffer;
  readonly readers: Reader[];
  readonly begun: number;
  readonly stop: (() => void)[];
  retry: Timer | undefined;
}

export class ReadIndex {
  private waiting: Reader[] = [];
  private round: Round | undefined;
  private stopped = false;
  /** rounds that failed, for metrics */
  failures = 0;

  constructor(private readonly parts: ReadIndexParts) {}

  /** @throws EtcdError LeaderChanged, Timeout, Stopped */
  wait(): Promise<void> {
    if (this.stopped) return Promise.reject(new EtcdError("Stopped"));
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      if (this.round === undefined) this.begin();
    });
  }

  onReadState(state: ReadState): void {
    const { round } = this;
    if (round === undefined || state.context.length !== 8 || state.context.readBigUInt64BE(0) !== round.id) return;
    this.leave(round);
    // only leaving the round lets the next one begin, as its readers need a fresh confirmation but not this apply
    round.stop.push(this.parts.applied.once(state.index, () => this.finish(round, undefined)));
  }

  stop(): void {
    this.stopped = true;
    if (this.round !== undefined) this.finish(this.round, new EtcdError("Stopped"));
    for (const { reject } of this.waiting.splice(0)) reject(new EtcdError("Stopped"));
  }

  private begin(): void {
    const { parts } = this;
    const id = parts.ids.next();
    const context = Buffer.allocUnsafe(8);
    context.writeBigUInt64BE(id);
    const round: Round = { id, context, readers: this.waiting, begun: parts.clock.monotonic(), stop: [], retry: undefined };
    this.waiting = [];
    this.round = round;
    round.stop.push(parts.leaderChanged.once(() => this.finish(round, new EtcdError("LeaderChanged"))));
    this.askAgainOnCommit(round);
    this.scheduleRetry(round);
    parts.ask(context);
  }

  private askAgainOnCommit(round: Round): void {
    round.stop.push(
      this.parts.firstCommit.once(() => {
        if (this.round !== round) return;
        this.parts.ask(round.context);
        this.askAgainOnCommit(round);
      }),
    );
  }

  private scheduleRetry(round: Round): void {
    const { clock, timeoutMs, onSlow, ask } = this.parts;
    round.retry = clock.after(retryMs, () => {
      const waited = clock.monotonic() - round.begun;
      if (waited >= timeoutMs) {
        this.finish(round, new EtcdError("Timeout"));
        return;
      }
      onSlow(waited);
      ask(round.context);
      this.scheduleRetry(round);
    });
  }

  /** The leader has answered: nothing about it matters any more. */
  private leave(round: Round): void {
    round.retry?.cancel();
    for (const stop of round.stop.splice(0)) stop();
  }

  private finish(round: Round, error: Error | undefined): void {
    this.leave(round);
    if (this.round === round) this.round = undefined;
    if (error !== undefined) this.failures++;
    for (const { resolve, reject } of round.readers) {
      if (error === undefined) resolve();
      else reject(error);
    }
    if (this.waiting.length > 0 && this.round === undefined && !this.stopped) this.begin();
  }
}
