/**
 * Membership as it stands in the backend: buckets `members`, `members_removed`, `cluster`, and what the bucket `meta`
 * says of configuration and schema (etcd server/storage/schema). JSON is Go's.
 */
import type { Backend, BucketName } from "../backend/backend.ts";
import { RecordError } from "../backend/number-record.ts";
import { ConfState } from "../proto/gen/raftpb.ts";
import { goJsonProperty, isGoJsonObject, parseGoJson, stringifyGoJson, type GoJson } from "./go-json.ts";
import { decodeMember, encodeMember, formatId, parseId, type Member } from "./member.ts";
import { MembershipError } from "./membership-error.ts";

export interface DowngradeInfo {
  readonly enabled: boolean;
  /** "" when not enabled */
  readonly targetVersion: string;
}

/** Where a commit hook puts; a Backend's own `put` fits too. */
export type Put = (bucket: BucketName, key: Buffer, value: Buffer) => void;

const removedMark = Buffer.from("removed");
const clusterVersionKey = Buffer.from("clusterVersion");
const downgradeKey = Buffer.from("downgrade");
const confStateKey = Buffer.from("confState");
const storageVersionKey = Buffer.from("storageVersion");

export function readMembers(backend: Backend): { members: Map<bigint, Member>; removed: Set<bigint> } {
  const members = new Map<bigint, Member>();
  const removed = new Set<bigint>();
  for (const { key, value } of backend.entries("members")) members.set(idIn("members", key), decodeMember(value));
  for (const { key } of backend.entries("members_removed")) removed.add(idIn("members_removed", key));
  return { members, removed };
}

function idIn(bucket: BucketName, key: Buffer): bigint {
  try {
    return parseId(key.toString());
  } catch (error) {
    throw new RecordError(bucket, key, "no member ID", { cause: error });
  }
}

export function saveMember(backend: Backend, member: Member): void {
  backend.put("members", idKey(member.id), encodeMember(member));
}

/** Takes a member out and remembers that it may not come back. */
export function saveRemoval(backend: Backend, id: bigint): void {
  backend.delete("members", idKey(id));
  backend.put("members_removed", idKey(id), removedMark);
}

/** Empties both buckets, as a restore from a snapshot file does before it writes the new members. */
export function clearMembers(backend: Backend): void {
  for (const bucket of ["members", "members_removed"] as const) {
    for (const { key } of [...backend.entries(bucket)]) backend.delete(bucket, key);
  }
}

export function readClusterVersion(backend: Backend): string | undefined {
  return backend.get("cluster", clusterVersionKey)?.toString();
}

export function saveClusterVersion(backend: Backend, version: string): void {
  backend.put("cluster", clusterVersionKey, Buffer.from(version));
}

export function readDowngradeInfo(backend: Backend): DowngradeInfo | undefined {
  const value = backend.get("cluster", downgradeKey);
  if (value === undefined) return undefined;
  const object = parseGoJson(value.toString());
  if (!isGoJsonObject(object)) throw new MembershipError("membership.bad_store", "bucket cluster, key downgrade: not an object");
  const target = goJsonProperty(object, "target-version");
  return { enabled: goJsonProperty(object, "enabled") === true, targetVersion: typeof target === "string" ? target : "" };
}

export function saveDowngradeInfo(backend: Backend, info: DowngradeInfo): void {
  const json = stringifyGoJson({ "target-version": info.targetVersion, enabled: info.enabled });
  backend.put("cluster", downgradeKey, Buffer.from(json));
}

/** The configuration as of the consistent index; undefined in a database written before 3.5. */
export function readConfState(backend: Backend): ConfState | undefined {
  const value = backend.get("meta", confStateKey);
  if (value === undefined) return undefined;
  const object = parseGoJson(value.toString());
  if (!isGoJsonObject(object)) throw new MembershipError("membership.bad_store", "bucket meta, key confState: not an object");
  return ConfState.create({
    voters: ids(goJsonProperty(object, "voters")),
    learners: ids(goJsonProperty(object, "learners")),
    votersOutgoing: ids(goJsonProperty(object, "voters_outgoing")),
    learnersNext: ids(goJsonProperty(object, "learners_next")),
    autoLeave: goJsonProperty(object, "auto_leave") === true,
  });
}

export function saveConfState(put: Put, state: ConfState): void {
  const list = (values: readonly bigint[]): readonly bigint[] | undefined => (values.length > 0 ? values : undefined);
  const json = stringifyGoJson({
    voters: list(state.voters),
    learners: list(state.learners),
    voters_outgoing: list(state.votersOutgoing),
    learners_next: list(state.learnersNext),
    auto_leave: state.autoLeave,
  });
  put("meta", confStateKey, Buffer.from(json));
}

/** "3.6.0"; undefined below 3.6. */
export function readStorageVersion(backend: Backend): string | undefined {
  return backend.get("meta", storageVersionKey)?.toString();
}

/** @param version undefined takes it out: the schema of 3.5 */
export function saveStorageVersion(backend: Backend, version: string | undefined): void {
  if (version === undefined) backend.delete("meta", storageVersionKey);
  else backend.put("meta", storageVersionKey, Buffer.from(version));
}

function idKey(id: bigint): Buffer {
  return Buffer.from(formatId(id));
}

function ids(value: GoJson | undefined): bigint[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MembershipError("membership.bad_store", "bucket meta, key confState: a list of ids is no array");
  return (value as readonly GoJson[]).map((id) => {
    if (typeof id !== "bigint") throw new MembershipError("membership.bad_store", "bucket meta, key confState: an id is no integer");
    return id;
  });
}
