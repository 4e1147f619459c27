/** What an entry of the log says, in one line: etcd's requests, conf changes, and what older members wrote. */
import type { RequestOp, TxnRequest } from "../../proto/gen/etcdserverpb.ts";
import { InternalRaftRequest } from "../../proto/gen/internalpb.ts";
import { ConfChange, ConfChangeType, ConfChangeV2, type Entry, EntryType } from "../../proto/gen/raftpb.ts";
import { Request as V2Request } from "../../proto/gen/v2pb.ts";
import { WireError } from "../../proto/wire.ts";
import { printable } from "./printable.ts";

export interface EntryWords {
  readonly operation: string;
  readonly words: string;
}

const changeNames = new Map<number, string>(Object.entries(ConfChangeType).map(([name, value]) => [value as number, name.replace("ConfChange", "")]));
const hex = (id: bigint): string => BigInt.asUintN(64, id).toString(16);
const bytes = (n: number): string => `${n} ${n === 1 ? "byte" : "bytes"}`;
const more = (n: number): string => (n > 1 ? ` and ${n - 1} more` : "");

export function entryWords(entry: Entry): EntryWords {
  const data = entry.data ?? Buffer.alloc(0);
  try {
    if (entry.type === EntryType.EntryConfChange) return confChange(ConfChange.decode(data));
    if (entry.type === EntryType.EntryConfChangeV2) return confChangeV2(ConfChangeV2.decode(data));
    if (data.length === 0) return { operation: "no-op", words: "empty: a new leader's first entry" };
    return request(InternalRaftRequest.decode(data));
  } catch (error) {
    if (error instanceof WireError) return v2(data);
    throw error;
  }
}

function confChange(change: ConfChange): EntryWords {
  return { operation: "conf-change", words: `${changeNames.get(change.type) ?? change.type} ${hex(change.nodeId)}${context(change.context)}` };
}

function confChangeV2(change: ConfChangeV2): EntryWords {
  const words = change.changes.map((one) => `${changeNames.get(one.type) ?? one.type} ${hex(one.nodeId)}`).join(", ");
  return { operation: "conf-change", words: words === "" ? "leave the joint configuration" : words + context(change.context) };
}

/** The member's JSON that goes with the change. */
function context(data: Buffer | undefined): string {
  return data === undefined || data.length === 0 ? "" : `: ${printable(data, 300)}`;
}

function request(request: InternalRaftRequest): EntryWords {
  const { put, deleteRange, txn, compaction, leaseGrant, leaseRevoke, leaseCheckpoint, alarm, clusterVersionSet, clusterMemberAttrSet, downgradeInfoSet } = request;
  if (put !== undefined) return { operation: "put", words: `${printable(put.key)} = ${bytes(put.value.length)}${put.lease === 0n ? "" : `, lease ${hex(put.lease)}`}` };
  if (deleteRange !== undefined) return { operation: "delete", words: range(deleteRange.key, deleteRange.rangeEnd) };
  if (txn !== undefined) return { operation: "txn", words: transaction(txn) };
  if (compaction !== undefined) return { operation: "compact", words: `up to revision ${compaction.revision}${compaction.physical ? ", at once" : ""}` };
  if (leaseGrant !== undefined) return { operation: "lease-grant", words: `${hex(leaseGrant.ID)} for ${leaseGrant.TTL} s` };
  if (leaseRevoke !== undefined) return { operation: "lease-revoke", words: hex(leaseRevoke.ID) };
  if (leaseCheckpoint !== undefined) {
    const first = leaseCheckpoint.checkpoints[0];
    return { operation: "lease-checkpoint", words: first === undefined ? "" : `${hex(first.ID)}: ${first.remainingTTL} s left${more(leaseCheckpoint.checkpoints.length)}` };
  }
  if (alarm !== undefined) return { operation: "alarm", words: `${["get", "activate", "deactivate"][alarm.action] ?? alarm.action} ${["none", "NOSPACE", "CORRUPT"][alarm.alarm] ?? alarm.alarm} on ${hex(alarm.memberID)}` };
  if (clusterVersionSet !== undefined) return { operation: "cluster-version", words: clusterVersionSet.ver };
  if (clusterMemberAttrSet !== undefined) {
    const { memberID, memberAttributes } = clusterMemberAttrSet;
    return { operation: "attributes", words: `${hex(memberID)} is ${memberAttributes?.name ?? ""} at ${memberAttributes?.clientUrls.join(", ") ?? ""}` };
  }
  if (downgradeInfoSet !== undefined) return { operation: "downgrade", words: downgradeInfoSet.enabled ? `to ${downgradeInfoSet.ver}` : "none" };
  return rest(request);
}

/** Requests about users and roles, by the name that etcd's own message gives them. */
function rest(request: InternalRaftRequest): EntryWords {
  const found = Object.entries(request).find(([name, value]) => name !== "header" && name !== "ID" && value !== undefined);
  if (found === undefined) return { operation: "other", words: "" };
  const about = found[1] as { readonly name?: unknown; readonly user?: unknown; readonly role?: unknown };
  const words = [about.name, about.user, about.role].filter((word) => typeof word === "string" && word !== "").join(", ");
  return { operation: found[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), words };
}

function transaction(txn: TxnRequest): string {
  const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;
  const first = txn.success[0] ?? txn.failure[0];
  return `${count(txn.compare.length, "compare")}, then ${count(txn.success.length, "operation")}, else ${txn.failure.length}${first === undefined ? "" : `: ${operation(first)}`}`;
}

function operation(op: RequestOp): string {
  if (op.requestPut !== undefined) return `put ${printable(op.requestPut.key)}`;
  if (op.requestDeleteRange !== undefined) return `delete ${range(op.requestDeleteRange.key, op.requestDeleteRange.rangeEnd)}`;
  if (op.requestRange !== undefined) return `get ${range(op.requestRange.key, op.requestRange.rangeEnd)}`;
  return "txn";
}

function range(key: Buffer, end: Buffer): string {
  if (end.length === 0) return printable(key);
  return end.length === 1 && end[0] === 0 ? `${printable(key)} and all after it` : `${printable(key)} up to ${printable(end)}`;
}

/** A bare v2 request, as 3.4 and 3.5 write attributes and version. */
function v2(data: Buffer): EntryWords {
  try {
    const { method, path, val } = V2Request.decode(data);
    return { operation: "v2", words: `${method} ${path}${val === "" ? "" : ` = ${val.slice(0, 200)}`}` };
  } catch (error) {
    if (error instanceof WireError) return { operation: "unknown", words: `${bytes(data.length)} that no version of etcd writes` };
    throw error;
  }
}
