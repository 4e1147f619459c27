/**
 * The v2 part of a database. Our members keep v2 keys in the v3 store, so a backup without v3 data is this part of the database, brought up
 * to the log's end: what a running member has applied since its last commit stands in the log only.
 */
import { AlarmStore } from "../../../apply/alarm-store.ts";
import { createApplier } from "../../../apply/applier.ts";
import { Quota } from "../../../apply/quota.ts";
import { AuthStore } from "../../../auth/auth-store.ts";
import { NoTokens } from "../../../auth/tokens.ts";
import type { Backend, BucketName } from "../../../backend/backend.ts";
import { Lessor } from "../../../lease/lessor.ts";
import { Cluster } from "../../../membership/cluster.ts";
import { openStore } from "../../../mvcc/store.ts";
import { isV2Key, V2_ACTION_KEY } from "../../../mvcc/v2-range.ts";
import { nodeClock } from "../../../platform/node/clock.ts";
import { KeyValue } from "../../../proto/gen/mvccpb.ts";
import type { Entry } from "../../../proto/gen/raftpb.ts";
import { requestOf } from "./log.ts";

/** A write of the tree that is no event of it. */
const noEvent = Buffer.from("null");

/** @returns false, and nothing is changed, where no v2 keys are in it */
export async function keepV2Part(backend: Backend, unapplied: readonly Entry[]): Promise<boolean> {
  if (!holdsV2Keys(backend) && unapplied.every((entry) => requestOf(entry)?.txn === undefined)) return false;
  const lessor = new Lessor({ backend, clock: nodeClock, minTtlSeconds: 1 });
  const store = await openStore({ backend, clock: nodeClock, leases: lessor });
  try {
    const applier = createApplier({
      store,
      lessor,
      cluster: new Cluster({ clusterId: 0n, localId: 0n, maxLearners: Number.POSITIVE_INFINITY }, backend),
      alarms: new AlarmStore(backend),
      quota: new Quota(-1),
      auth: new AuthStore({ backend, tokens: new NoTokens(), log: () => undefined }),
      backend: () => backend,
    });
    for (const entry of unapplied) {
      const request = requestOf(entry);
      if (request !== undefined) applier.apply(request, entry.index, entry.term, true);
    }
    if (!holdsV2Keys(backend)) return false;
    // its revision is the last one of all, so that indexes go on where they were
    const last = store.write();
    last.put(V2_ACTION_KEY, noEvent, 0n);
    last.end();
  } finally {
    store.close();
    lessor.close();
  }
  const leases = removeOtherKeys(backend);
  removeAll(backend, "lease", (key) => !leases.has(key.readBigInt64BE(0)));
  for (const bucket of ["auth", "authUsers", "authRoles", "alarm"] as const) removeAll(backend, bucket);
  await backend.commit();
  await backend.defragment();
  return true;
}

export function removeAll(backend: Backend, bucket: BucketName, condition: (key: Buffer) => boolean = () => true): void {
  for (const { key } of [...backend.entries(bucket)]) if (condition(key)) backend.delete(bucket, key);
}

function holdsV2Keys(backend: Backend): boolean {
  for (const { value } of backend.entries("key")) if (isV2Key(KeyValue.decode(value).key)) return true;
  return false;
}

/** @returns the leases of what stays */
function removeOtherKeys(backend: Backend): ReadonlySet<bigint> {
  const leases = new Set<bigint>();
  for (const { key, value } of backend.entries("key")) {
    const record = KeyValue.decode(value);
    if (!isV2Key(record.key)) backend.delete("key", Buffer.from(key));
    else if (record.lease !== 0n) leases.add(record.lease);
  }
  return leases;
}
