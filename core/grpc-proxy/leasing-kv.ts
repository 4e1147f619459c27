/**
 * `--experimental-leasing-prefix`: the proxy owns keys that its clients read (etcd client/v3/leasing). A record `<prefix><key>` under the
 * proxy's lease says so; who wants to write such a key writes REVOKE there and waits until the owner has given it back. Reads of
 * an owned key are answered from memory and are linearizable all the same.
 *
 * Other than etcd's: a call with a user's token is never answered from memory, because only members know what a user may read; a put
 * with a lease gives the key back, because it may then vanish by itself; and a comparison with an absent key is judged as members do.
 */
import type { CallOptions } from "../client/index.ts";
import { Code, StatusError } from "../proto/errors.ts";
import {
  type CompactionRequest,
  type CompactionResponse,
  Compare,
  Compare_CompareResult as Result,
  Compare_CompareTarget as Target,
  DeleteRangeRequest,
  type DeleteRangeResponse,
  PutRequest,
  type PutResponse,
  RangeRequest,
  type RangeResponse,
  RequestOp,
  type ResponseHeader,
  type ResponseOp,
  TxnRequest,
  type TxnResponse,
} from "../proto/gen/etcdserverpb.ts";
import { Event_EventType, type KeyValue } from "../proto/gen/mvccpb.ts";
import { EMPTY } from "../proto/wire.ts";
import { type KeyInterval, KeySpace } from "./key-space.ts";
import type { Kv } from "./kv.ts";
import { answerOf, holds, LEASED_KEYS_MAX, LeasedKeys, nameOf } from "./leased-keys.ts";
import type { LeasingSession } from "./leasing-session.ts";
import type { UpstreamWatches } from "./upstream-watches.ts";

const REVOKE = Buffer.from("REVOKE");
const RETRY_MS = 100;

export class LeasingKv implements Kv {
  private readonly records: KeySpace;
  private readonly owned: LeasedKeys;
  /** by key, each ending its watch */
  private readonly following = new Map<string, () => void>();
  /** keys that are being asked for, or whose record is being removed */
  private readonly acquiring = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly inner: Kv,
    private readonly watches: UpstreamWatches,
    prefix: string,
    private readonly session: Pick<LeasingSession, "lease">,
  ) {
    this.records = new KeySpace(Buffer.from(prefix));
    this.owned = new LeasedKeys((name) => this.unfollow(name));
  }

  /** keys owned */
  get size(): number {
    return this.owned.size;
  }

  /** The lease is gone, and with it all that was owned. */
  lost(): void {
    this.owned.clear();
  }

  close(): void {
    this.stopping.abort();
    this.owned.clear();
  }

  async range(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    const { key } = request;
    if (this.lease() === undefined || isNamed(options) || request.revision > 0 || request.rangeEnd.length > 0 || key.length === 0) return this.inner.range(request, options);
    for (let leased = this.owned.get(key); leased !== undefined; leased = this.owned.get(key)) {
      if (leased.writing === undefined && this.lease() !== undefined) return answerOf(leased, request);
      if (leased.writing === undefined) break;
      await until(leased.writing, options);
    }
    if (request.serializable || !this.owned.mayAcquire(key)) return this.inner.range(request, options);
    return this.acquire(request, options);
  }

  async put(request: PutRequest, options: CallOptions): Promise<PutResponse> {
    const requestPut = request;
    const { responsePut } = await this.modify(request.key, RequestOp.create({ requestPut }), options, (header) => this.wrote(request, header));
    return responsePut!;
  }

  async deleteRange(request: DeleteRangeRequest, options: CallOptions): Promise<DeleteRangeResponse> {
    const { key, rangeEnd } = request;
    const op = RequestOp.create({ requestDeleteRange: request });
    const deleted = (header: ResponseHeader): void => this.deleted(request, header);
    if (rangeEnd.length === 0) return (await this.modify(key, op, options, deleted)).responseDeleteRange!;
    for (;;) {
      const newest = await this.revokeWithin(key, rangeEnd, options);
      const guarded = TxnRequest.create({ compare: [recordsBefore(this.records.inside(key, rangeEnd), newest + 1)], success: [op] });
      const { succeeded, responses, header } = await this.writing([{ key, rangeEnd }], () => this.inner.txn(guarded, options), deleted);
      if (succeeded) return { ...responses[0]!.responseDeleteRange!, header };
    }
  }

  async txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    return (await this.fromMemory(request, options)) ?? this.byMembers(request, options);
  }

  compact(request: CompactionRequest, options: CallOptions): Promise<CompactionResponse> {
    return this.inner.compact(request, options);
  }

  private lease(): bigint | undefined {
    return this.session.lease;
  }

  // ---- owning a key

  /** One reader asks for a key at a time; the others ask the members. */
  private async acquire(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    const name = nameOf(request.key);
    const lease = this.lease();
    if (lease === undefined || this.acquiring.has(name)) return this.inner.range(request, options);
    this.acquiring.add(name);
    let orphaned: Promise<void> | undefined;
    try {
      const { response, orphan } = await this.askFor(request, lease, options);
      if (orphan) orphaned = this.removeRecord(request.key, lease);
      return response;
    } catch (error) {
      // the record may be there all the same, and others would wait for it as long as the lease lives
      orphaned = this.removeRecord(request.key, lease);
      throw error;
    } finally {
      void Promise.resolve(orphaned).then(() => this.acquiring.delete(name));
    }
  }

  /** @returns orphan: the record is under the lease, and the key is not owned */
  private async askFor(request: RangeRequest, lease: bigint, options: CallOptions): Promise<{ readonly response: RangeResponse; readonly orphan: boolean }> {
    const { key } = request;
    const record = this.recordOf(key);
    const read = RequestOp.create({ requestRange: RangeRequest.create({ key }) });
    const response = await this.inner.txn(
      TxnRequest.create({
        // a key with a lease may vanish by itself, so nobody owns it
        compare: [recordsBefore({ key: record, rangeEnd: EMPTY }, 1), Compare.create({ key, target: Target.LEASE, result: Result.EQUAL, lease: 0n })],
        success: [read, RequestOp.create({ requestPut: PutRequest.create({ key: record, lease }) })],
        failure: [read, RequestOp.create({ requestRange: RangeRequest.create({ key: record }) })],
      }),
      options,
    );
    const header = response.header!;
    const [kv] = response.responses[0]!.responseRange!.kvs;
    const owner = response.succeeded ? undefined : response.responses[1]!.responseRange!.kvs[0];
    if (response.succeeded && this.lease() === lease) {
      if (this.owned.size >= LEASED_KEYS_MAX) void this.giveBack(this.owned.oldest()!);
      this.owned.add(key, { revision: header.revision, header, kv, writing: undefined });
      this.follow(key, header.revision);
    }
    return { response: answerOf({ header, kv }, request), orphan: owner?.lease === lease };
  }

  /** While nobody of this proxy asks for the key. */
  private removeRecord(key: Buffer, lease: bigint): Promise<void> {
    const record = { key: this.recordOf(key), rangeEnd: EMPTY };
    return this.remove(record, Compare.create({ ...record, target: Target.LEASE, result: Result.EQUAL, lease }));
  }

  /** Somebody else may want the key. */
  private follow(key: Buffer, revision: number): void {
    const name = nameOf(key);
    const watcher = this.watches.watch(
      { key: this.recordOf(key), rangeEnd: EMPTY, startRevision: revision + 1, metadata: {} },
      {
        heard: ({ events, canceled }) => {
          for (const { type, kv } of events) {
            if (type === Event_EventType.DELETE) this.owned.drop(name);
            else if (kv!.value.equals(REVOKE)) void this.giveBack(name);
          }
          if (canceled) void this.giveBack(name);
        },
        failed: () => void this.giveBack(name),
      },
    );
    this.following.set(name, () => watcher.cancel());
  }

  private unfollow(name: string): void {
    const end = this.following.get(name);
    this.following.delete(name);
    end?.();
  }

  /** Not owned any more, and everybody may know. */
  private async giveBack(name: string): Promise<void> {
    const key = Buffer.from(name, "latin1");
    const before = this.owned.revision(key);
    if (before === 0) return;
    this.owned.drop(name);
    const record = { key: this.recordOf(key), rangeEnd: EMPTY };
    await this.remove(record, recordsBefore(record, before + 1));
  }

  private async remove(record: KeyInterval, compare: Compare): Promise<void> {
    const gone = TxnRequest.create({ compare: [compare], success: [RequestOp.create({ requestDeleteRange: DeleteRangeRequest.create(record) })] });
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const failed = await this.inner.txn(gone, { signal }).then(
        () => false,
        () => true, // the record goes with the lease at the latest
      );
      if (!failed || this.lease() === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private recordOf(key: Buffer): Buffer {
    return this.records.inside(key, EMPTY).key;
  }

  // ---- writing

  /** One change of one key, once nobody else owns it. */
  private async modify(key: Buffer, op: RequestOp, options: CallOptions, done: (header: ResponseHeader) => void): Promise<ResponseOp> {
    if (key.length === 0) return this.refused(op, options);
    const record = this.recordOf(key);
    const revoke = [RequestOp.create({ requestPut: PutRequest.create({ key: record, value: REVOKE, ignoreLease: true }) })];
    for (;;) {
      const compare = [recordsBefore({ key: record, rangeEnd: EMPTY }, this.owned.revision(key) + 1)];
      const response = await this.writing([{ key, rangeEnd: EMPTY }], () => this.inner.txn(TxnRequest.create({ compare, success: [op], failure: revoke }), options), done);
      const header = response.header!;
      if (response.succeeded) {
        const [only] = response.responses;
        if (only!.responsePut !== undefined) return { ...only!, responsePut: { ...only!.responsePut, header } };
        if (only!.responseDeleteRange !== undefined) return { ...only!, responseDeleteRange: { ...only!.responseDeleteRange, header } };
        return only!;
      }
      await this.givenBack(record, header.revision, options);
    }
  }

  /** A request that no member takes, in the members' own words. */
  private async refused({ requestPut, requestDeleteRange }: RequestOp, options: CallOptions): Promise<ResponseOp> {
    if (requestPut !== undefined) return { ...noResponse, responsePut: await this.inner.put(requestPut, options) };
    return { ...noResponse, responseDeleteRange: await this.inner.deleteRange(requestDeleteRange!, options) };
  }

  private wrote(request: PutRequest, header: ResponseHeader): void {
    const known = request.lease === 0n && !request.ignoreValue && !request.ignoreLease && this.owned.wrote(request, header);
    if (!known) void this.giveBack(nameOf(request.key));
  }

  private deleted({ key, rangeEnd }: DeleteRangeRequest, header: ResponseHeader): void {
    for (const name of this.owned.deleted(key, rangeEnd, header)) void this.giveBack(name);
  }

  /**
   * Reads of what is written wait meanwhile. What has failed may have been done all the same: the keys are read anew then.
   * @param where what is written
   * @param done it was written: told before reads go on
   */
  private async writing(where: readonly KeyInterval[], write: () => Promise<TxnResponse>, done: (header: ResponseHeader, response: TxnResponse) => void): Promise<TxnResponse> {
    const under = where.flatMap(({ key, rangeEnd }) => this.owned.within(key, rangeEnd)).map(([, leased]) => leased);
    let end: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (end = resolve));
    for (const leased of under) {
      const before = leased.writing;
      const both = before === undefined ? running : Promise.all([before, running]).then(() => undefined);
      leased.writing = both;
      void both.then(() => {
        if (leased.writing === both) leased.writing = undefined;
      });
    }
    try {
      const response = await write();
      if (response.succeeded) done(response.header!, response);
      return response;
    } catch (error) {
      for (const { key, rangeEnd } of where) for (const [name] of this.owned.within(key, rangeEnd)) void this.giveBack(name);
      throw error;
    } finally {
      end();
    }
  }

  /** Waits until a record is gone. @throws StatusError the caller's time is up */
  private async givenBack(record: Buffer, revision: number, options: CallOptions): Promise<void> {
    let cancel = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      const watcher = this.watches.watch(
        { key: record, rangeEnd: EMPTY, startRevision: revision + 1, metadata: options.metadata ?? {} },
        {
          heard: ({ events, canceled }) => {
            if (canceled || events.some(({ type }) => type === Event_EventType.DELETE)) resolve();
          },
          failed: () => resolve(),
        },
      );
      cancel = () => watcher.cancel();
    });
    try {
      await until(gone, options);
    } finally {
      cancel();
    }
  }

  /** Others give back what they own there. @returns the newest record's create revision; 0: there is none */
  private async revokeWithin(key: Buffer, rangeEnd: Buffer, options: CallOptions): Promise<number> {
    const { kvs } = await this.inner.range(RangeRequest.create(this.records.inside(key, rangeEnd)), options);
    await this.revokeRecords(kvs, options);
    return kvs.reduce((newest, { createRevision }) => Math.max(newest, createRevision), 0);
  }

  private async revokeRecords(records: readonly KeyValue[], options: CallOptions): Promise<void> {
    const own = this.lease();
    for (const { key: record, lease } of records) {
      const key = this.records.keyOutside(record);
      if (lease === own && this.owned.get(key) !== undefined) continue;
      await this.modify(key, RequestOp.create({ requestRange: RangeRequest.create({ key }) }), options, () => undefined);
    }
  }

  // ---- transactions

  /** Where all that it asks about is owned, and it writes nothing. */
  private async fromMemory(request: TxnRequest, options: CallOptions): Promise<TxnResponse | undefined> {
    if (isNamed(options) || request.compare.some(({ rangeEnd }) => rangeEnd.length > 0)) return undefined;
    const ops = [...request.success, ...request.failure];
    if (ops.length === 0) return undefined;
    const asked: Buffer[] = request.compare.map(({ key }) => key);
    for (const { requestRange } of ops) {
      if (requestRange === undefined || requestRange.revision > 0 || requestRange.rangeEnd.length > 0) return undefined;
      asked.push(requestRange.key);
    }
    for (;;) {
      const leased = asked.map((key) => this.owned.get(key));
      if (leased.includes(undefined) || this.lease() === undefined) return undefined;
      const writing = leased.find((one) => one!.writing !== undefined)?.writing;
      if (writing === undefined) break;
      await until(writing, options);
    }
    const succeeded = request.compare.every((compare) => holds(this.owned.get(compare.key)!.kv, compare));
    const newest = asked.map((key) => this.owned.get(key)!.header).reduce((one, other) => (other.revision > one.revision ? other : one));
    const responses = (succeeded ? request.success : request.failure).map(({ requestRange }) => ({ ...noResponse, responseRange: { ...answerOf(this.owned.get(requestRange!.key)!, requestRange!), header: undefined } }));
    return { header: { ...newest }, succeeded, responses };
  }

  private async byMembers(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    const written = [...request.success, ...request.failure].flatMap(writtenBy);
    if (written.length === 0) return this.inner.txn(request, options);
    const records = written.map(({ key, rangeEnd }) => this.records.inside(key, rangeEnd));
    for (;;) {
      const newest = new Map<KeyInterval, number>();
      for (const one of written) if (one.rangeEnd.length > 0) newest.set(one, await this.revokeWithin(one.key, one.rangeEnd, options));
      const guards = written.map((one, at) => recordsBefore(records[at]!, (newest.get(one) ?? this.owned.revision(one.key)) + 1));
      const guarded = TxnRequest.create({
        compare: unique(guards),
        success: [RequestOp.create({ requestTxn: request })],
        failure: records.map((record) => RequestOp.create({ requestRange: RangeRequest.create(record) })),
      });
      const response = await this.writing(written, () => this.inner.txn(guarded, options), (header, { responses }) => this.note(request, responses[0]!.responseTxn!, header));
      if (response.succeeded) return { ...response.responses[0]!.responseTxn!, header: response.header };
      for (const { responseRange } of response.responses) await this.revokeRecords(responseRange?.kvs ?? [], options);
    }
  }

  /** What a transaction has done to keys that are owned. */
  private note({ success, failure }: TxnRequest, { succeeded, responses }: TxnResponse, header: ResponseHeader): void {
    for (const [at, { requestPut, requestDeleteRange, requestTxn }] of (succeeded ? success : failure).entries()) {
      if (requestPut !== undefined) this.wrote(requestPut, header);
      if (requestDeleteRange !== undefined) this.deleted(requestDeleteRange, header);
      if (requestTxn !== undefined) this.note(requestTxn, responses[at]!.responseTxn!, header);
    }
  }
}

const noResponse: ResponseOp = { responseRange: undefined, responsePut: undefined, responseDeleteRange: undefined, responseTxn: undefined };

/** The call of a user. */
function isNamed({ metadata }: CallOptions): boolean {
  return metadata?.token !== undefined && metadata.token !== "";
}

/** No record there is as new as the revision. */
function recordsBefore(where: KeyInterval, createRevision: number): Compare {
  return Compare.create({ ...where, target: Target.CREATE, result: Result.LESS, createRevision });
}

/** The same key may be written in either branch. */
function unique(guards: readonly Compare[]): Compare[] {
  return [...new Map(guards.map((guard) => [Compare.encode(guard).toString("latin1"), guard])).values()];
}

function writtenBy({ requestPut, requestDeleteRange, requestTxn }: RequestOp): KeyInterval[] {
  if (requestPut !== undefined) return [{ key: requestPut.key, rangeEnd: EMPTY }];
  if (requestDeleteRange !== undefined) return [{ key: requestDeleteRange.key, rangeEnd: requestDeleteRange.rangeEnd }];
  return requestTxn === undefined ? [] : [...requestTxn.success, ...requestTxn.failure].flatMap(writtenBy);
}

/** @throws StatusError the caller is gone, or its time is up */
async function until(done: Promise<void>, { signal, timeoutMs }: CallOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  try {
    await Promise.race([
      done,
      new Promise<never>((_resolve, reject) => {
        stop = () => reject(new StatusError(Code.Canceled, "context canceled"));
        if (signal?.aborted === true) stop();
        signal?.addEventListener("abort", stop, { once: true });
        if (timeoutMs !== undefined) timer = setTimeout(() => reject(new StatusError(Code.DeadlineExceeded, "context deadline exceeded")), timeoutMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal?.removeEventListener("abort", stop);
  }
}
