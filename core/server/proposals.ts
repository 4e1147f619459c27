/**
 * Requests on their way through the log (etcd server/etcdserver/v3_server.go, processInternalRaftRequestOnce): proposed with
 * an id, waited for until this member has applied them. A caller that goes away changes nothing once there is a leader: what is
 * proposed happens. What still waits for a leader by then is never proposed.
 */
import type { Clock, Timer } from "../platform/clock.ts";
import type { AuthInfo } from "../auth/tokens.ts";
import { EtcdError } from "../proto/errors.ts";
import { ConfChange, type Entry, EntryType } from "../proto/gen/raftpb.ts";
import { InternalRaftRequest, RequestHeader } from "../proto/gen/internalpb.ts";
import { type Asker, ProposalQueueFull, type RaftLoop } from "./raft-loop.ts";
import type { RequestIds } from "./request-ids.ts";
import { type Telemetry, describeRequest } from "./telemetry.ts";

/** Entries that may be committed and not applied before new requests are refused. */
const gapMax = 5000;
/** Timeouts are looked for so often, ms: they need not be exact, and one timer serves all. */
const sweepMs = 250;

export interface ProposalsParts {
  readonly ids: RequestIds;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly timeoutMs: number;
  readonly maxRequestBytes: number;
  /** committed minus applied */
  readonly gap: () => number;
  /** why a request that began at `begun` (monotonic) was not answered in time */
  readonly timeoutError: (begun: number) => EtcdError;
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
  readonly begun: number;
  readonly deadline: number;
  withdraw: () => void;
  readonly told: string | undefined;
}

/** @typeParam T what applying an entry gives back */
export class Proposals<T> {
  private readonly waiters = new Map<bigint, Waiter<T>>();
  private sweep: Timer | undefined;
  private stopped = false;
  private loop: RaftLoop | undefined;
  /** proposals refused or timed out, for metrics */
  failed = 0;

  constructor(private readonly parts: ProposalsParts) {}

  start(loop: RaftLoop): void {
    this.loop = loop;
    this.scheduleSweep();
  }

  get pending(): number {
    return this.waiters.size;
  }

  /**
   * @param info who asks; undefined: nobody, or auth is off
   * @param asker the call that waits; undefined: the member's own request
   * @returns the result of the apply on this member
   * @throws EtcdError TooManyRequests, RequestTooLarge, Stopped, a timeout; RaftError "raft proposal dropped"
   */
  propose(request: Partial<InternalRaftRequest>, info?: AuthInfo, asker?: Asker): Promise<T> {
    const { parts } = this;
    if (this.stopped || this.loop === undefined) return Promise.reject(new EtcdError("Stopped"));
    if (parts.gap() > gapMax) return Promise.reject(new EtcdError("TooManyRequests"));
    const id = parts.ids.next();
    const whole = InternalRaftRequest.create(request);
    whole.header = info === undefined ? RequestHeader.create({ ID: id }) : { ID: id, username: info.username, authRevision: info.revision };
    const data = InternalRaftRequest.encode(whole);
    if (data.length > parts.maxRequestBytes) return Promise.reject(new EtcdError("RequestTooLarge"));
    let told: string | undefined;
    if (parts.telemetry.watching) {
      const { operation, key } = describeRequest(whole);
      told = `${operation} ${key}`;
      parts.telemetry.request("received", id, operation, key);
    }
    return this.enter(id, EntryType.EntryNormal, data, told, asker);
  }

  /** A bare entry, as older members write attributes and version; `id` is the one inside. */
  proposeBare(id: bigint, data: Buffer): Promise<T> {
    return this.enter(id, EntryType.EntryNormal, data, undefined);
  }

  proposeConfChange(change: ConfChange): Promise<T> {
    const id = this.parts.ids.next();
    return this.enter(id, EntryType.EntryConfChange, ConfChange.encode({ ...change, id }), undefined);
  }

  /** The entry with this id was applied: answers whoever waits for it here. */
  answer(id: bigint, value: T): void {
    const waiter = this.take(id);
    if (waiter === undefined) return;
    if (waiter.told !== undefined) this.tell("answered", id, waiter.told);
    waiter.resolve(value);
  }

  fail(id: bigint, error: Error): void {
    const waiter = this.take(id);
    if (waiter === undefined) return;
    this.failed++;
    if (waiter.told !== undefined) this.tell("failed", id, waiter.told, error.message);
    waiter.reject(error);
  }

  isWaiting(id: bigint): boolean {
    return this.waiters.has(id);
  }

  stop(): void {
    this.stopped = true;
    this.sweep?.cancel();
    for (const id of [...this.waiters.keys()]) this.fail(id, new EtcdError("Stopped"));
  }

  private take(id: bigint): Waiter<T> | undefined {
    const waiter = this.waiters.get(id);
    if (waiter !== undefined) this.waiters.delete(id);
    return waiter;
  }

  private enter(id: bigint, type: Entry["type"], data: Buffer, told: string | undefined, asker?: Asker): Promise<T> {
    const { loop } = this;
    if (this.stopped || loop === undefined) return Promise.reject(new EtcdError("Stopped"));
    const begun = this.parts.clock.monotonic();
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = { resolve, reject, begun, deadline: begun + this.parts.timeoutMs, withdraw: () => undefined, told };
      this.waiters.set(id, waiter);
      try {
        waiter.withdraw = loop.propose({ term: 0, index: 0, type, data }, (error) => this.fail(id, error), asker);
        if (told !== undefined) this.tell("proposed", id, told);
      } catch (error) {
        this.fail(id, error instanceof ProposalQueueFull ? new EtcdError("TooManyRequests", { cause: error }) : (error as Error));
      }
    });
  }

  private tell(step: "proposed" | "answered" | "failed", id: bigint, told: string, error?: string): void {
    const at = told.indexOf(" ");
    this.parts.telemetry.request(step, id, told.slice(0, at), told.slice(at + 1), error);
  }

  private scheduleSweep(): void {
    this.sweep = this.parts.clock.after(sweepMs, () => {
      const now = this.parts.clock.monotonic();
      // all have the same time to live, so the oldest come first
      for (const [id, waiter] of this.waiters) {
        if (waiter.deadline > now) break;
        waiter.withdraw();
        this.fail(id, this.parts.timeoutError(waiter.begun));
      }
      if (!this.stopped) this.scheduleSweep();
    });
  }
}
