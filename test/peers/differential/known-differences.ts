/**
 * Where our member answers otherwise than etcd 3.4 on purpose, because 3.6 decided so. Each names where 3.6 does it.
 * Against 3.6 itself nothing is known to differ but the version.
 */
import type { Comparable } from "./comparable.ts";
import type { Step } from "./step.ts";
import type { Value, Values } from "./values.ts";

export interface KnownDifference {
  readonly what: string;
  /** in etcd 3.6's sources */
  readonly source: string;
  /** the real member's answer as 3.6 would give it; as it was where this does not concern it */
  settle(step: Step, real: Comparable, ours: Comparable): Comparable;
}

const withoutIn36 = (names: readonly string[], from: Comparable, to: Comparable): Comparable => ({
  ...from,
  bodies: from.bodies.map((body, index) => ({ ...body, ...Object.fromEntries(names.map((name): [string, Value | undefined] => [name, (to.bodies[index] as Values | undefined)?.[name]])) })),
});

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    what: "Status tells the storage version, the quota and the downgrade; what stands in the log of itself is not the same",
    source: "server/etcdserver/api/v3rpc/maintenance.go, Status",
    settle: (step, real, ours) =>
      step.kind === "call" && step.method.name === "Status" ? withoutIn36(["version", "storageVersion", "dbSizeQuota", "downgradeInfo", "raftIndex", "raftAppliedIndex"], real, ours) : real,
  },
  {
    what: "HashKV tells the revision that it is of",
    source: "server/etcdserver/api/v3rpc/maintenance.go, HashKV",
    settle: (step, real, ours) => (step.kind === "call" && step.method.name === "HashKV" ? withoutIn36(["hash_revision"], real, ours) : real),
  },
  {
    what: "a snapshot's messages tell the storage version",
    source: "server/etcdserver/api/v3rpc/maintenance.go, Snapshot",
    settle: (step, real, ours) => (step.kind === "call" && step.method.name === "Snapshot" ? withoutIn36(["version"], real, ours) : real),
  },
  {
    what: "3.4 has no Downgrade and no AuthStatus",
    source: "api/etcdserverpb/rpc.proto",
    settle: (step, real, ours) => (step.kind === "call" && ["Downgrade", "AuthStatus"].includes(step.method.name) && real.status === "12" ? ours : real),
  },
  {
    what: "an answer about alarms has a header",
    source: "server/etcdserver/apply/apply.go, Alarm, and v3rpc/maintenance.go",
    settle: (step, real, ours) => (step.kind === "call" && step.method.name === "Alarm" ? withoutIn36(["header"], real, ours) : real),
  },
  {
    what: "a token is not looked at while authentication is disabled",
    source: "server/auth/store.go, AuthInfoFromCtx",
    settle: (step, real, ours) => (real.status === "16" && ours.status === "0" && step.kind === "raw" && step.title === "metadata" ? ours : real),
  },
  {
    what: "MemberList takes a field, so that it can be wrong",
    source: "api/etcdserverpb/rpc.proto, MemberListRequest",
    settle: (step, real, ours) => (step.kind === "raw" && step.path === "/etcdserverpb.Cluster/MemberList" ? ours : real),
  },
  {
    what: "the operations of a transaction are checked in their order; 3.4 checks all puts before all ranges",
    source: "server/etcdserver/txn/txn.go, checkTxn",
    settle: (step, real, ours) => (step.kind === "call" && step.method.name === "Txn" && isCheck(real) && isCheck(ours) ? ours : real),
  },
  {
    what: "grpc-go 1.82 refuses what is not gRPC with statuses of HTTP and gRPC, where 3.4's resets the stream or has another code",
    source: "google.golang.org/grpc, internal/transport/http2_server.go and server.go",
    settle: (step, real, ours) => (step.kind === "raw" && BELOW_THE_API.has(step.title) && real.status !== "0" && ours.status !== "0" ? ours : real),
  },
  {
    what: "with authentication enabled nobody is served who has not said who he is",
    source: "server/etcdserver/v3_server.go and v3rpc/maintenance.go, the calls of AuthInfoFromCtx",
    settle: (step, real, ours) =>
      real.status !== "0" && notSaid(step, ours) ? ours : real,
  },
  {
    what: "RoleGet tells that root may do everything",
    source: "server/auth/store.go, RoleGet",
    settle: (step, real, ours) => (step.kind === "call" && step.method.name === "RoleGet" && step.requests[0]!.role === "root" ? withoutIn36(["perm"], real, ours) : real),
  },
  {
    what: "HashKV at the compacted revision answers with the hash that was taken when it was compacted",
    source: "server/storage/mvcc/hash.go, HashByRev",
    settle: (step, real, ours) => (step.kind === "call" && step.method.name === "HashKV" && real.message.endsWith("has been compacted") && ours.status === "0" ? ours : real),
  },
  {
    what: "3.6 reads gzip",
    source: "server/etcdserver/api/v3rpc/grpc.go, the import of encoding/gzip",
    settle: (step, real, ours) => (step.kind === "raw" && step.title === "gzip that is none" && real.message.includes("Decompressor is not installed") ? ours : real),
  },
];

/** Refused for who asks. */
function notSaid(step: Step, ours: Comparable): boolean {
  return step.kind === "call" && step.token !== undefined ? ours.status === "7" : ours.message.endsWith("user name is empty");
}

const BELOW_THE_API = new Set(["a malformed timeout", "another content type", "an unknown method", "a cut message", "no message"]);

/** What the checks before a transaction refuse. */
function isCheck({ message }: Comparable): boolean {
  return /key not found|requested lease not found|required revision (?:has been compacted|is a future revision)/.test(message);
}

/** Of the watch streams, where answers are not compared one by one. */
export const PROGRESS_ALWAYS_ANSWERED = {
  what: "3.4 answers every progress request, 3.6 only where all watchers of the stream are up to date",
  source: "server/storage/mvcc/watcher.go, RequestProgressAll",
  concerns: (response: Values): boolean => response.watch_id === -1n && response.created !== true,
};
