/**
 * The version of the database's schema (server/storage/schema): 3.6 writes its own into the bucket `meta`, 3.5 is known by
 * the term beside the consistent index, and what is older has neither.
 */
import type { Backend } from "../backend/backend.ts";
import { readStorageVersion, saveStorageVersion } from "../membership/cluster-records.ts";
import { consistentTermOf } from "./database-marks.ts";
import type { Log } from "./log.ts";
import { SERVER_VERSION } from "./options.ts";
import { clusterVersionOf, compareVersions, parseVersion, printVersion, type Version } from "./semver.ts";

/** A schema that this program cannot read or go over to; etcd's words. */
class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly code = "server.schema";
}

const oldest: Version = { major: 3, minor: 5, patch: 0 };
/** the first with a mark of its own */
const marked: Version = { major: 3, minor: 6, patch: 0 };

/**
 * @param hasTerm the term of the last applied entry stands there, or will with the next commit
 * @returns "3.6.0"-like; undefined for one older than 3.5
 */
export function detectSchema(backend: Backend, hasTerm = consistentTermOf(backend) !== undefined): string | undefined {
  return readStorageVersion(backend) ?? (hasTerm ? printVersion(oldest) : undefined);
}

/** @throws SchemaError it was written by a later version */
export function validateSchema(backend: Backend, log: Log): void {
  const current = parseVersion(detectSchema(backend));
  if (current === undefined) {
    log.warn("Failed to detect storage schema version. Please wait till wal snapshot before upgrading cluster.");
    return;
  }
  try {
    checkSteps(current, clusterVersionOf(parseVersion(SERVER_VERSION)!));
  } catch (error) {
    log.error("Failed to validate schema", { error: (error as Error).message });
    throw error;
  }
}

/**
 * Brings the schema to the cluster's version; the only change that any version made is the mark of 3.6.
 * @throws SchemaError
 */
export function migrateSchema(backend: Backend, version: string, hasTerm: boolean, log: Log): void {
  const target = clusterVersionOf(parseVersion(version)!);
  const current = parseVersion(detectSchema(backend, hasTerm));
  if (current === undefined) throw new SchemaError("cannot detect storage schema version: missing term information");
  try {
    checkSteps(current, target);
  } catch (error) {
    throw new SchemaError(`cannot create migration plan: ${(error as Error).message}`, { cause: error });
  }
  saveStorageVersion(backend, compareVersions(target, marked) >= 0 ? printVersion(target) : undefined);
  log.info("updated storage version", { "new-storage-version": printVersion(target) });
}

/** Every minor version between the two must be one whose changes are known. */
function checkSteps(from: Version, to: Version): void {
  if (from.major !== to.major) throw new SchemaError("changing major storage version is not supported");
  const [low, high] = [Math.min(from.minor, to.minor), Math.max(from.minor, to.minor)];
  for (let step = low + 1; step <= high; step++) {
    if (step !== marked.minor) throw new SchemaError(`version "${from.major}.${step}.0" is not supported`);
  }
}
