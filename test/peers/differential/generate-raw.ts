/** Calls that are wrong below the API: bytes that are no message, frames that are no frames, headers that gRPC refuses. */
import { framed } from "./grpc-wire.ts";
import type { Dice, Known, Step } from "./step.ts";

const PATHS = ["/etcdserverpb.KV/Range", "/etcdserverpb.KV/Put", "/etcdserverpb.KV/Txn", "/etcdserverpb.Lease/LeaseRevoke", "/etcdserverpb.Cluster/MemberList"];
const RANGE = Buffer.from("0a0161", "hex");

/** What is wrong with these bytes both say in the same words: gogo's. */
const BROKEN = ["0a", "0a05", "0aff", "0a8080808080808080808001", "00", "07", "0f61", "0b", "0c", "0d01", "0801", "0a0161ff", "1a0161", "ffffffffffffffffffff01", "20ffffffffffffffffff01", "0a0161f80701", "0a01614a0161"];

const METADATA: readonly Record<string, string>[] = [{ "client-api-version": "\xff\xfe" }, { "client-api-version": "3.5.1" }, { hasleader: "true" }, { hasleader: "no" }, { token: "nonsense" }, { authorization: "Bearer x.1" }];

const raw = (title: string, path: string, wire: Buffer, headers: Record<string, string> = {}): Step => ({ kind: "raw", title, path, wire, headers });

export function rawStep(dice: Dice, known: Known): Step {
  const path = dice.pick(PATHS);
  return dice.weighted<() => Step>([
    [4, () => raw("a broken message", path, framed(Buffer.from(dice.pick(BROKEN), "hex")))],
    [2, () => raw("random bytes", path, framed(Buffer.from(dice.list(dice.below(12), () => dice.below(256)))))],
    [1, () => raw("an unknown method", dice.pick(["/etcdserverpb.KV/Nothing", "/nothing.Here/Range", "/etcdserverpb.KV/", "/x", "/", "//", "/etcdserverpb.KV/Range/more"]), framed(RANGE))],
    [1, () => raw("no message", path, Buffer.alloc(0))],
    [1, () => raw("two messages", path, Buffer.concat([framed(RANGE), framed(RANGE)]))],
    [1, () => raw("a cut message", path, framed(RANGE).subarray(0, 1 + dice.below(7)))],
    [1, () => raw("a compressed flag without encoding", path, framed(RANGE, 1))],
    [0.5, () => raw("a flag that is none", path, framed(RANGE, 2))],
    [1, () => raw("an unknown encoding", path, framed(RANGE, 1), { "grpc-encoding": "snappy" })],
    [0.5, () => raw("gzip that is none", path, framed(RANGE, 1), { "grpc-encoding": "gzip" })],
    [1, () => raw("a malformed timeout", "/etcdserverpb.KV/Range", framed(RANGE), { "grpc-timeout": dice.pick(["1", "x", "1s", "-1S", "123456789S", "S", ""]) })],
    [0.5, () => raw("a timeout that is long", "/etcdserverpb.KV/Range", framed(RANGE), { "grpc-timeout": dice.pick(["99999999H", "10S", "5M"]) })],
    [1, () => raw("another content type", "/etcdserverpb.KV/Range", framed(RANGE), { "content-type": dice.pick(["application/json", "text/plain", "application/grpcx", "application/grpc+proto", "application/grpc;x=y"]) })],
    // 3.4 dies of a version that is no text
    [1, () => raw("metadata", "/etcdserverpb.KV/Range", framed(RANGE), dice.pick(METADATA.slice(known.target === "3.4" ? 1 : 0)))],
    [0.3, () => raw("a length beyond the limit", path, Buffer.from("00ffffffff", "hex"))],
    [0.5, () => raw("health", "/grpc.health.v1.Health/Check", framed(dice.pick([Buffer.alloc(0), Buffer.from("0a0178", "hex")])))],
  ])();
}
