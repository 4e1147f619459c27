/**
 * The keys that a proxy owns, with what they hold (etcd client/v3/leasing/cache.go): nobody else may write them before the proxy
 * has given them back, so its answers about them are as good as the members'.
 */
import {
  type Compare,
  Compare_CompareResult as Result,
  Compare_CompareTarget as Target,
  type PutRequest,
  type RangeRequest,
  type RangeResponse,
  type ResponseHeader,
} from "../proto/gen/etcdserverpb.ts";
import { KeyValue } from "../proto/gen/mvccpb.ts";

/** How long a key that was given back is left to others, ms. */
const LEFT_ALONE_MS = 2000;
/** Keys owned at a time; one more, and the oldest is given back. */
export const LEASED_KEYS_MAX = 100_000;

interface LeasedKey {
  /** of the record by which the key is owned */
  readonly revision: number;
  header: ResponseHeader;
  /** undefined: there is no such key */
  kv: KeyValue | undefined;
  /** writes of this proxy that are under way: reads wait for them */
  writing: Promise<void> | undefined;
}

/** The answer that a member would give. */
export function answerOf({ kv, header }: Pick<LeasedKey, "kv" | "header">, request: RangeRequest): RangeResponse {
  const count = kv === undefined ? 0 : 1;
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  const left =
    kv === undefined ||
    request.countOnly ||
    minModRevision > kv.modRevision ||
    (maxModRevision !== 0 && maxModRevision < kv.modRevision) ||
    minCreateRevision > kv.createRevision ||
    (maxCreateRevision !== 0 && maxCreateRevision < kv.createRevision);
  return { header: { ...header }, kvs: left ? [] : [request.keysOnly ? { ...kv, value: Buffer.alloc(0) } : kv], more: false, count };
}

/** Whether a comparison with a key holds, as a member judges it. */
export function holds(kv: KeyValue | undefined, compare: Compare): boolean {
  if (compare.target === Target.VALUE && kv === undefined) return false;
  const { value, createRevision, modRevision, version, lease } = kv ?? KeyValue.create();
  const order = ((): number => {
    switch (compare.target) {
      case Target.VALUE:
        return value.compare(compare.value ?? Buffer.alloc(0));
      case Target.CREATE:
        return createRevision - (compare.createRevision ?? 0);
      case Target.MOD:
        return modRevision - (compare.modRevision ?? 0);
      case Target.VERSION:
        return version - (compare.version ?? 0);
      default: {
        const other = compare.lease ?? 0n;
        return lease < other ? -1 : lease > other ? 1 : 0;
      }
    }
  })();
  switch (compare.result) {
    case Result.EQUAL:
      return order === 0;
    case Result.NOT_EQUAL:
      return order !== 0;
    case Result.GREATER:
      return order > 0;
    default:
      return order < 0;
  }
}

export function nameOf(key: Buffer): string {
  return key.toString("latin1");
}

function isWithin(name: string, key: Buffer, rangeEnd: Buffer): boolean {
  const begin = nameOf(key);
  if (rangeEnd.length === 0) return name === begin;
  return name >= begin && ((rangeEnd.length === 1 && rangeEnd[0] === 0) || name < nameOf(rangeEnd));
}

export class LeasedKeys {
  private readonly keys = new Map<string, LeasedKey>();
  private readonly leftAloneUntil = new Map<string, number>();

  /** @param dropped a key is not owned any more */
  constructor(private readonly dropped: (name: string) => void) {}

  get size(): number {
    return this.keys.size;
  }

  get(key: Buffer): LeasedKey | undefined {
    return this.keys.get(nameOf(key));
  }

  /** 0: not owned */
  revision(key: Buffer): number {
    return this.get(key)?.revision ?? 0;
  }

  within(key: Buffer, rangeEnd: Buffer): [name: string, leased: LeasedKey][] {
    if (rangeEnd.length > 0) return [...this.keys].filter(([name]) => isWithin(name, key, rangeEnd));
    const one = this.get(key);
    return one === undefined ? [] : [[nameOf(key), one]];
  }

  oldest(): string | undefined {
    return this.keys.keys().next().value;
  }

  mayAcquire(key: Buffer): boolean {
    const until = this.leftAloneUntil.get(nameOf(key));
    return until === undefined || performance.now() > until;
  }

  add(key: Buffer, leased: LeasedKey): void {
    this.keys.set(nameOf(key), leased);
  }

  drop(name: string): void {
    if (!this.keys.delete(name)) return;
    const now = performance.now();
    for (const [other, until] of this.leftAloneUntil) if (until < now) this.leftAloneUntil.delete(other);
    this.leftAloneUntil.set(name, now + LEFT_ALONE_MS);
    this.dropped(name);
  }

  clear(): void {
    for (const name of [...this.keys.keys()]) {
      this.keys.delete(name);
      this.dropped(name);
    }
  }

  /** A plain put of this proxy was done. @returns false: after what came later, so that what the key holds is not known any more */
  wrote({ key, value }: PutRequest, header: ResponseHeader): boolean {
    const leased = this.get(key);
    if (leased === undefined) return true;
    if (leased.header.revision >= header.revision) return false;
    const { kv } = leased;
    const { revision } = header;
    // what was handed out stays as it was
    leased.kv = { key, value: Buffer.from(value), createRevision: kv?.createRevision ?? revision, modRevision: revision, version: (kv?.version ?? 0) + 1, lease: 0n };
    leased.header = header;
    return true;
  }

  /** @returns names of keys that were written later, so that what they hold is not known any more */
  deleted(key: Buffer, rangeEnd: Buffer, header: ResponseHeader): string[] {
    const unknown: string[] = [];
    for (const [name, leased] of this.within(key, rangeEnd)) {
      if (leased.header.revision >= header.revision) {
        unknown.push(name);
        continue;
      }
      leased.kv = undefined;
      leased.header = header;
    }
    return unknown;
  }
}
