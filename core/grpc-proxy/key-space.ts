/** A part of the keys under a prefix (etcd client/v3/namespace): where a client's keys are, and what it is told of them. */
import type { KeyValue } from "../proto/gen/mvccpb.ts";
import { prefixEnd } from "../proto/prefix-end.ts";
import { EMPTY } from "../proto/wire.ts";

export interface KeyInterval {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
}

export class KeySpace {
  private readonly end: Buffer;

  constructor(readonly prefix: Buffer) {
    this.end = prefixEnd(prefix);
  }

  /** @param rangeEnd "\0": to the end of the part */
  inside(key: Buffer, rangeEnd: Buffer): KeyInterval {
    const end = rangeEnd.length === 0 ? EMPTY : rangeEnd.length === 1 && rangeEnd[0] === 0 ? this.end : Buffer.concat([this.prefix, rangeEnd]);
    return { key: Buffer.concat([this.prefix, key]), rangeEnd: end };
  }

  holds(key: Buffer): boolean {
    return key.length >= this.prefix.length && key.compare(this.prefix, 0, this.prefix.length, 0, this.prefix.length) === 0;
  }

  keyOutside(key: Buffer): Buffer {
    return key.subarray(this.prefix.length);
  }

  outside<T extends KeyValue | undefined>(kv: T): T {
    return kv === undefined ? kv : { ...kv, key: this.keyOutside(kv.key) };
  }
}
