/**
 * Which entry of the log the backend's content corresponds to (etcd server/etcdserver/cindex). It is moved in memory as
 * entries are applied and written by the commit hook, so that it is always in the same commit as what the entry did.
 */
import type { Backend } from "../backend/backend.ts";
import { readNumber64 } from "../backend/number-record.ts";
import { saveConfState, type Put } from "../membership/cluster-records.ts";
import type { ConfState } from "../proto/gen/raftpb.ts";

const indexKey = Buffer.from("consistent_index");
const termKey = Buffer.from("term");

export class ConsistentIndex {
  private at: number;
  private termAt: number;
  private confState: ConfState | undefined = undefined;

  constructor(backend: Backend) {
    this.at = readUint64(backend, indexKey);
    this.termAt = readUint64(backend, termKey);
  }

  /** 0: nothing was applied */
  get index(): number {
    return this.at;
  }

  /** Term of that entry; 0 in a database written before 3.5. */
  get term(): number {
    return this.termAt;
  }

  /** To be called in the same turn in which the entry is applied. Never goes back. */
  advance(index: number, term: number): void {
    if (index < this.at) throw new RangeError(`consistent index goes back from ${this.at} to ${index}`);
    this.at = index;
    this.termAt = term;
  }

  /**
   * The log ends before the entry that the database is at, and goes on there with other entries: those are to be applied. So it is with
   * a backup of etcd 3.4, which takes entries out of the log and lets the rest move up.
   */
  cutTo(index: number, term: number): void {
    if (this.at <= index) return;
    this.at = index;
    this.termAt = term;
  }

  /** The configuration after a conf change; written with the next commit. */
  setConfState(state: ConfState): void {
    this.confState = state;
  }

  /** Reads anew, after the backend was replaced. */
  restore(backend: Backend): void {
    this.at = readUint64(backend, indexKey);
    this.termAt = readUint64(backend, termKey);
    this.confState = undefined;
  }

  /** For the backend's commit hook: `backend.onCommit((put) => consistentIndex.save(put))`. */
  save(put: Put): void {
    // 0 is never stored: an absent index says the same
    if (this.at > 0) put("meta", indexKey, encodeUint64(this.at));
    if (this.termAt > 0) put("meta", termKey, encodeUint64(this.termAt));
    if (this.confState !== undefined) saveConfState(put, this.confState);
    this.confState = undefined;
  }
}

function readUint64(backend: Backend, key: Buffer): number {
  if (backend.get("meta", key)?.length === 0) return 0;
  return readNumber64(backend, "meta", key) ?? 0;
}

function encodeUint64(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
}
