/**
 * The store in etcd, by the requests that kube-apiserver sends (apiserver pkg/storage/etcd3/store.go, etcd client/v3/kubernetes):
 * a write is a transaction on the key's mod_revision, a watch has prev_kv, progress_notify and the metadata hasleader.
 */
import type { Client, Watches } from "../../client/index.ts";
import { Code, EtcdError, StatusError } from "../../proto/errors.ts";
import { Compare_CompareResult, Compare_CompareTarget, Compare, PutRequest, RangeRequest, RequestOp, DeleteRangeRequest, type TxnResponse, type WatchResponse } from "../../proto/gen/etcdserverpb.ts";
import { Event_EventType, type KeyValue as EtcdKeyValue } from "../../proto/gen/mvccpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import type { EventLeases } from "./event-leases.ts";
import { type KeyEvent, type KeyValue, type KeyValueStore, type KeyWatchListener, type Page, StoreError, type Written } from "./key-value-store.ts";

/** How long a request may take: the API server's own limit for requests that are not watches, ms. */
const CALL_MS = 34_000;
const REQUIRE_LEADER = { hasleader: "true" };
const COMPACTED = new EtcdError("Compacted").message;
const FUTURE = new EtcdError("FutureRevision").message;

export class EtcdStore implements KeyValueStore {
  constructor(
    private readonly client: Client,
    private readonly watches: Watches,
    private readonly leases: EventLeases,
  ) {}

  async get(key: string): Promise<{ readonly found: KeyValue | undefined; readonly revision: number }> {
    const answer = await told(this.client.range({ key: Buffer.from(key), limit: 1 }, { timeoutMs: CALL_MS }));
    const kv = answer.kvs[0];
    return { found: kv === undefined ? undefined : keyValue(kv), revision: answer.header?.revision ?? 0 };
  }

  async range(start: string, end: string, limit: number, revision: number): Promise<Page> {
    const answer = await told(this.client.range({ key: Buffer.from(start), rangeEnd: Buffer.from(end), limit, revision }, { timeoutMs: CALL_MS }));
    return { items: answer.kvs.map(keyValue), count: answer.count, more: answer.more, revision: answer.header?.revision ?? 0 };
  }

  async put(key: string, atRevision: number, value: Buffer, ttl: number): Promise<Written> {
    const lease = ttl > 0 ? await told(this.leases.lease(ttl)) : 0n;
    const put = RequestOp.create({ requestPut: PutRequest.create({ key: Buffer.from(key), value, lease }) });
    // a create does not ask what stands there: AlreadyExists says enough
    return this.write(key, atRevision, put, atRevision === 0 ? [] : [rangeOf(key)]);
  }

  delete(key: string, atRevision: number): Promise<Written> {
    return this.write(key, atRevision, RequestOp.create({ requestDeleteRange: DeleteRangeRequest.create({ key: Buffer.from(key) }) }), [rangeOf(key)]);
  }

  watch(prefix: string, fromRevision: number, listener: KeyWatchListener): { cancel(): void } {
    const key = Buffer.from(prefix);
    const request = { key, rangeEnd: prefixEnd(key), startRevision: fromRevision, prevKv: true, progressNotify: true };
    return this.watches.watch(request, REQUIRE_LEADER, {
      heard: (response) => hear(response, listener),
      failed: (error) => listener.failed(storeError(error)),
    });
  }

  askProgress(): void {
    this.watches.askProgress(REQUIRE_LEADER);
  }

  private async write(key: string, atRevision: number, success: RequestOp, failure: RequestOp[]): Promise<Written> {
    const compare = Compare.create({ result: Compare_CompareResult.EQUAL, target: Compare_CompareTarget.MOD, key: Buffer.from(key), modRevision: atRevision });
    const answer: TxnResponse = await told(this.client.txn({ compare: [compare], success: [success], failure }, { timeoutMs: CALL_MS }));
    const revision = answer.header?.revision ?? 0;
    if (answer.succeeded) return { done: true, revision };
    const kv = answer.responses[0]?.responseRange?.kvs[0];
    return { done: false, current: kv === undefined ? undefined : keyValue(kv), revision };
  }
}

function rangeOf(key: string): RequestOp {
  return RequestOp.create({ requestRange: RangeRequest.create({ key: Buffer.from(key), limit: 1 }) });
}

/** Values are views of the answer, which lives until they are decoded: that happens at once. */
function keyValue(kv: EtcdKeyValue): KeyValue {
  return { key: kv.key.toString("utf8"), value: kv.value, modRevision: kv.modRevision };
}

function hear(response: WatchResponse, listener: KeyWatchListener): void {
  const revision = response.header?.revision ?? 0;
  if (response.canceled) {
    const compacted = response.compactRevision > 0;
    listener.failed(new StoreError(compacted ? "compacted" : "other", compacted ? COMPACTED : response.cancelReason));
    return;
  }
  if (response.created) return;
  if (response.events.length === 0) {
    listener.progress(revision);
    return;
  }
  const events: KeyEvent[] = [];
  for (const { type, kv, prevKv } of response.events) {
    if (kv === undefined) continue;
    const put = type === Event_EventType.PUT;
    events.push({
      type: put ? "put" : "delete",
      key: kv.key.toString("utf8"),
      value: kv.value,
      previous: prevKv === undefined ? undefined : keyValue(prevKv),
      created: put && kv.createRevision === kv.modRevision,
      revision: kv.modRevision,
    });
  }
  listener.events(events);
}

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw storeError(error);
  }
}

function storeError(error: unknown): StoreError {
  if (!(error instanceof StatusError)) throw error;
  const { message } = error;
  if (message === COMPACTED) return new StoreError("compacted", message, { cause: error });
  if (message === FUTURE) return new StoreError("future", message, { cause: error });
  return new StoreError(error.code === Code.Unavailable || error.code === Code.DeadlineExceeded ? "unavailable" : "other", message, { cause: error });
}
