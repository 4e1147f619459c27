/** What a pair of etcd's buckets means, in one line (etcd server/storage/schema). */
import { isTombstone, mainOf, subOf } from "../../mvcc/revision.ts";
import { AlarmMember } from "../../proto/gen/etcdserverpb.ts";
import { Role, User } from "../../proto/gen/authpb.ts";
import { Lease } from "../../proto/gen/leasepb.ts";
import { KeyValue } from "../../proto/gen/mvccpb.ts";
import { ConfState } from "../../proto/gen/raftpb.ts";
import { WireError } from "../../proto/wire.ts";
import { printable } from "./printable.ts";

const hex = (id: bigint): string => BigInt.asUintN(64, id).toString(16);

/** A key as it is shown. */
export function keyWords(bucket: string, key: Buffer): string {
  if (bucket === "key" && (key.length === 17 || isTombstone(key))) return `${mainOf(key)}_${subOf(key)}${isTombstone(key) ? " deleted" : ""}`;
  if (bucket === "lease" && key.length === 8) return hex(key.readBigInt64BE(0));
  return printable(key, 96);
}

export function pairWords(bucket: string, key: Buffer, value: Buffer): string {
  try {
    return decoded(bucket, key, value);
  } catch (error) {
    if (error instanceof WireError) return `cannot be decoded: ${error.message}`;
    throw error;
  }
}

function decoded(bucket: string, key: Buffer, value: Buffer): string {
  switch (bucket) {
    case "key": {
      const kv = KeyValue.decode(value);
      if (isTombstone(key)) return `${printable(kv.key)} is gone`;
      const lease = kv.lease === 0n ? "" : `, lease ${hex(kv.lease)}`;
      return `${printable(kv.key)}, version ${kv.version}, created at ${kv.createRevision}${lease} = ${printable(kv.value, 80)}`;
    }
    case "lease": {
      const { TTL, remainingTTL } = Lease.decode(value);
      return `${TTL} s${remainingTTL > 0 ? `, ${remainingTTL} s left at its last checkpoint` : ""}`;
    }
    case "meta":
      return metaWords(key.toString("latin1"), value);
    case "alarm": {
      const { memberID, alarm } = AlarmMember.decode(key);
      return `${["none", "NOSPACE", "CORRUPT"][alarm] ?? alarm} on ${hex(memberID)}`;
    }
    case "authUsers": {
      const { roles } = User.decode(value);
      return roles.length === 0 ? "no roles" : `roles ${roles.map((role) => printable(Buffer.from(role))).join(", ")}`;
    }
    case "authRoles":
      return `${Role.decode(value).keyPermission.length} permissions`;
    default:
      return printable(value);
  }
}

function metaWords(name: string, value: Buffer): string {
  if (name === "confState" && value.length > 0) {
    // JSON in 3.5 and later; protobuf in what may come
    const text = value.toString("utf8");
    if (text.startsWith("{")) return text;
    return `voters ${ConfState.decode(value).voters.map(hex).join(", ")}`;
  }
  if (name === "scheduledCompactRev" || name === "finishedCompactRev") return value.length >= 17 ? `revision ${mainOf(value)}` : printable(value);
  if (value.length === 8 && name !== "storageVersion") return value.readBigUInt64BE(0).toString();
  return printable(value);
}
