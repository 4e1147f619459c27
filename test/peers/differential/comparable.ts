/**
 * Answers in the form in which they are compared: ids that each member makes for itself by name, and what etcd leaves open put
 * into one order. Nothing else is hidden.
 */
import { createHash } from "node:crypto";
import type { RawAnswer } from "./grpc-wire.ts";
import type { Side } from "./side.ts";
import type { Step } from "./step.ts";
import { decodeValues, show, type Value, type Values } from "./values.ts";

export interface Comparable {
  readonly http: string;
  readonly status: string;
  readonly message: string;
  readonly bodies: readonly Values[];
}

/** Names of the ids. */
function masked(value: Value, side: Side): Value {
  if (typeof value === "bigint") {
    if (value === 0n) return value;
    if (value === side.self) return "SELF";
    if (value === side.cluster) return "CLUSTER";
    const lease = side.leases.indexOf(value);
    if (lease >= 0) return `made lease ${lease}`;
    const member = side.members.indexOf(value);
    return member >= 0 ? `made member ${member}` : value;
  }
  if (typeof value === "string") return value.replaceAll(side.url, "CLIENT URL").replaceAll(side.peerUrl, "PEER URL").replaceAll(String(side.self), "SELF");
  if (Array.isArray(value)) return (value as readonly Value[]).map((one) => masked(one, side));
  if (typeof value !== "object" || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value as Values).map(([name, one]) => [name, one === undefined ? undefined : masked(one, side)]));
}

export function comparableBody(method: { readonly response: Parameters<typeof decodeValues>[0] }, body: Buffer, side: Side): Values {
  return masked(decodeValues(method.response, body), side) as Values;
}

export function comparable(step: Step, answer: RawAnswer, side: Side): Comparable {
  const message = answer.message.replaceAll(String(side.self), "SELF");
  const http = `${answer.httpStatus} ${answer.contentType}`;
  if (step.kind !== "call") {
    const bodies = answer.bodies.map((body) => ({ body }));
    return { http, status: answer.status, message, bodies: step.kind === "raw" && answer.status === "0" ? [] : bodies };
  }
  let bodies = answer.bodies.map((body) => comparableBody(step.method, body, side));
  switch (step.method.name) {
    case "Range":
      bodies = bodies.map((body) => settleTies(step.requests[0]!, body));
      break;
    case "Txn":
      bodies = bodies.map((body) => settleTxn(step.requests[0]!, body));
      break;
    case "LeaseTimeToLive":
      bodies = bodies.map(settleTimeToLive);
      break;
    case "LeaseLeases":
      bodies = bodies.map((body) => sorted(body, "leases"));
      break;
    case "Alarm":
      bodies = bodies.map((body) => sorted(body, "alarms"));
      break;
    case "MemberList":
    case "MemberAdd":
    case "MemberRemove":
    case "MemberPromote":
    case "MemberUpdate":
      bodies = bodies.map((body) => sorted(body, "members"));
      break;
    case "Status":
      bodies = bodies.map((body) => settleStatus(body, side));
      break;
    case "Authenticate":
      bodies = bodies.map((body) => ({ ...body, token: SIMPLE_TOKEN.test(String(body.token)) ? "a token" : body.token }));
      break;
    case "Hash":
      bodies = bodies.map((body) => ({ ...body, hash: "of the file" }));
      break;
    case "Snapshot":
      bodies = [settleSnapshot(bodies)];
      break;
  }
  return { http, status: answer.status, message, bodies };
}

/** Sixteen letters and the index of the log. */
const SIMPLE_TOKEN = /^[A-Za-z]{16}\.\d+$/;

/** Made from maps of Go, or by ids of the moment. */
function sorted(body: Values, name: string): Values {
  const list = body[name] as readonly Value[] | undefined;
  return list === undefined ? body : { ...body, [name]: [...list].sort((a, b) => (show(a) < show(b) ? -1 : 1)) };
}

const SORT_FIELDS = ["key", "version", "create_revision", "mod_revision", "value"] as const;
/** Up to so many, Go's sort is an insertion sort, and so keeps the order of equals. */
const STABLE_MAX = 12;

/** Go's sort does not keep the order of equals; here they stand by key, and those that a limit cut in two go by number. */
function settleTies(request: Values, body: Values): Values {
  const field = SORT_FIELDS[Number(request.sort_target ?? 0n)] ?? "key";
  const kvs = body.kvs as readonly Values[] | undefined;
  if (kvs === undefined || field === "key" || Number(body.count ?? 0n) <= STABLE_MAX) return body;
  const order = (kv: Values): string => show(kv[field]);
  const last = body.more === true ? order(kvs.at(-1)!) : undefined;
  const runs: Values[][] = [];
  for (const kv of kvs) {
    const run = runs.at(-1);
    if (run !== undefined && order(run[0]!) === order(kv)) run.push(kv);
    else runs.push([kv]);
  }
  const settled = runs.flatMap((run): Values[] =>
    order(run[0]!) === last ? run.map((kv) => ({ [field]: kv[field] })) : [...run].sort((a, b) => Buffer.compare(a.key as Buffer, b.key as Buffer)),
  );
  return { ...body, kvs: settled };
}

function settleTxn(request: Values, body: Values): Values {
  const responses = body.responses as readonly Values[] | undefined;
  if (responses === undefined) return body;
  const operations = (body.succeeded === true ? request.success : request.failure) as readonly Values[];
  const settled = responses.map((response, index): Values => {
    const { request_range: range, request_txn: txn } = operations[index] ?? {};
    if (range !== undefined && response.response_range !== undefined) return { response_range: settleTies(range as Values, response.response_range as Values) };
    if (txn !== undefined && response.response_txn !== undefined) return { response_txn: settleTxn(txn as Values, response.response_txn as Values) };
    return response;
  });
  return { ...body, responses: settled };
}

/** Seconds that pass between the two questions; more than that is a difference. */
const SECONDS_OF_A_RUN = 300n;

function settleTimeToLive(body: Values): Values {
  const { TTL, grantedTTL } = body;
  const settled = sorted(body, "keys");
  if (typeof TTL !== "bigint" || typeof grantedTTL !== "bigint" || TTL <= 0n) return settled;
  return TTL <= grantedTTL && grantedTTL - TTL < SECONDS_OF_A_RUN ? { ...settled, TTL: "nearly what was granted" } : settled;
}

function settleStatus(body: Values, side: Side): Values {
  const settled: Record<string, Value | undefined> = { ...body };
  if (body.errors !== undefined) settled.errors = [...(body.errors as readonly string[])].sort(); // of a map of Go
  for (const name of ["dbSize", "dbSizeInUse"]) settled[name] = (body[name] as bigint | undefined ?? 0n) > 0n ? "some" : "none";
  for (const name of ["raftIndex", "raftAppliedIndex"]) settled[name] = (body[name] as bigint) - side.firstIndex;
  return settled;
}

/** Databases differ in their pages; what holds of every snapshot does not. */
function settleSnapshot(bodies: readonly Values[]): Values {
  const blobs = bodies.map(({ blob }) => blob as Buffer);
  const hash = createHash("sha256");
  for (const blob of blobs.slice(0, -1)) hash.update(blob);
  let left = blobs.slice(0, -1).reduce((sum, blob) => sum + blob.length, 0);
  const counted = bodies.slice(0, -1).every(({ blob, remaining_bytes: rest }) => BigInt((left -= (blob as Buffer).length)) === ((rest as bigint | undefined) ?? 0n));
  return {
    header: bodies[0]?.header,
    version: bodies[0]?.version,
    whole: blobs.length > 1 && hash.digest().equals(blobs.at(-1)!),
    counted,
    blobs: blobs.slice(0, -2).every(({ length }) => length === 32 * 1024),
  };
}
