/**
 * snapshot.db as a member's state and as etcdutl's input: a sound bbolt file whose records lie. Whatever stands in them is read or
 * refused in words of ours, never by an error of the language. Cases are made and shrunk by fast-check.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, it } from "vitest";
import { AlarmStore } from "../../core/apply/alarm-store.ts";
import { ConsistentIndex } from "../../core/apply/consistent-index.ts";
import { AuthStore } from "../../core/auth/auth-store.ts";
import { saveEnabled, saveRevision, saveRole, saveUser } from "../../core/auth/records.ts";
import { NoTokens } from "../../core/auth/tokens.ts";
import { type Backend, type BucketName, bucketNames } from "../../core/backend/backend.ts";
import { openBackend } from "../../core/backend/open-backend.ts";
import { etcdutl } from "../../core/cli/etcdutl/index.ts";
import type { ProgramIo } from "../../core/cli/program.ts";
import { Lessor } from "../../core/lease/lessor.ts";
import { Cluster } from "../../core/membership/cluster.ts";
import { readConfState, saveClusterVersion, saveConfState, saveDowngradeInfo, saveMember, saveRemoval, saveStorageVersion } from "../../core/membership/cluster-records.ts";
import { encodeRevision } from "../../core/mvcc/revision.ts";
import { openStore } from "../../core/mvcc/store.ts";
import { plainAddressBook } from "../../core/platform/address-book.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import { seededRandom } from "../../core/platform/random.ts";
import { SimulatedDisk } from "../../core/platform/simulated-disk.ts";
import { Permission, Permission_Type, Role, User } from "../../core/proto/gen/authpb.ts";
import { Lease } from "../../core/proto/gen/leasepb.ts";
import { KeyValue } from "../../core/proto/gen/mvccpb.ts";
import { ConfState } from "../../core/proto/gen/raftpb.ts";
import { consistentTermOf } from "../../core/server/database-marks.ts";
import { validateSchema } from "../../core/server/schema-version.ts";
import { silentLog } from "../../core/server/log.ts";
import { CASES, FUZZ_TIMEOUT_MS } from "./mutate.ts";

const RUNS = Math.ceil(CASES / 10);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const b = (text: string): Buffer => Buffer.from(text);
const number64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

/** A little of everything that a member of 3.6 keeps. */
async function fill(backend: Backend): Promise<void> {
  for (let revision = 2; revision < 8; revision++) {
    const kv = KeyValue.create({ key: b(`k${revision % 3}`), value: b("value"), createRevision: 2, modRevision: revision, version: 1, lease: revision === 7 ? 5n : 0n });
    backend.put("key", encodeRevision(revision, 0), KeyValue.encode(kv));
  }
  backend.put("key", encodeRevision(8, 0, true), KeyValue.encode(KeyValue.create({ key: b("k0") })));
  backend.put("lease", number64(5), Lease.encode(Lease.create({ ID: 5n, TTL: 60 })));
  backend.put("alarm", Buffer.from("0802", "hex"), Buffer.alloc(0));
  saveClusterVersion(backend, "3.6.0");
  saveDowngradeInfo(backend, { enabled: true, targetVersion: "3.5.0" });
  saveMember(backend, { id: 0x1234n, name: "m1", peerUrls: ["http://127.0.0.1:2380"], clientUrls: ["http://127.0.0.1:2379"], isLearner: false });
  saveRemoval(backend, 0x5678n);
  saveConfState((bucket, key, value) => backend.put(bucket, key, value), ConfState.create({ voters: [0x1234n] }));
  saveStorageVersion(backend, "3.6.0");
  saveEnabled(backend, true);
  saveRevision(backend, 7);
  const permission = Permission.create({ permType: Permission_Type.READWRITE, key: b("a"), rangeEnd: b("b") });
  saveUser(backend, User.create({ name: b("root"), password: b("$2a$04$abcdefghijklmnopqrstuv"), roles: ["root"] }));
  saveRole(backend, Role.create({ name: b("r"), keyPermission: [permission] }));
  const meta: readonly (readonly [string, Buffer])[] = [["consistent_index", number64(9)], ["term", number64(2)], ["scheduledCompactRev", encodeRevision(3, 0)], ["finishedCompactRev", encodeRevision(3, 0)]];
  for (const [name, value] of meta) backend.put("meta", b(name), value);
  await backend.commit();
}

/** One record that is put or taken out. */
interface Lie {
  readonly bucket: BucketName;
  /** of those that are there; beyond them `key` */
  readonly at: number;
  readonly key: Uint8Array;
  readonly change: { readonly kind: "delete" } | { readonly kind: "bytes"; readonly bytes: Uint8Array } | { readonly kind: "text"; readonly text: string } | { readonly kind: "cut"; readonly by: number } | { readonly kind: "set"; readonly offset: number; readonly byte: number };
}

const change: fc.Arbitrary<Lie["change"]> = fc.oneof(
  fc.record({ kind: fc.constant("delete" as const) }),
  fc.record({ kind: fc.constant("bytes" as const), bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant("text" as const), text: fc.oneof(fc.json({ maxDepth: 2 }), fc.string({ maxLength: 20 }), fc.constantFrom("3.", "99999999999.1", "-1.0.0", '{"id":-1}', '{"peerURLs":3}', "null", "[]")) }),
  fc.record({ kind: fc.constant("cut" as const), by: fc.nat(12) }),
  fc.record({ kind: fc.constant("set" as const), offset: fc.nat(60), byte: fc.nat(255) }),
);
const lies: fc.Arbitrary<readonly Lie[]> = fc.array(
  fc.record({ bucket: fc.constantFrom(...bucketNames), at: fc.nat(12), key: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constant(encodeRevision(2 ** 53, 0)), fc.constant(Buffer.from("ffffffffffffffff5fffffffffffffffff", "hex"))), change }),
  { minLength: 1, maxLength: 3 },
);

function tell(backend: Backend, lie: Lie): void {
  const there = [...backend.entries(lie.bucket)][lie.at];
  const key = Buffer.from(there?.key ?? lie.key);
  const value = Buffer.from(there?.value ?? b("value"));
  switch (lie.change.kind) {
    case "delete":
      backend.delete(lie.bucket, key);
      return;
    case "bytes":
      backend.put(lie.bucket, key, Buffer.from(lie.change.bytes));
      return;
    case "text":
      backend.put(lie.bucket, key, b(lie.change.text));
      return;
    case "cut":
      backend.put(lie.bucket, key, value.subarray(0, Math.max(0, value.length - lie.change.by)));
      return;
    case "set":
      if (lie.change.offset < value.length) value[lie.change.offset] = lie.change.byte;
      backend.put(lie.bucket, key, value);
  }
}

/** None of those that the language throws when something was not thought of. */
function mustBeOurs(error: unknown): void {
  const isOurs = error instanceof Error && ![TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError].some((kind) => error instanceof kind);
  if (!isOurs) throw error;
}

describe("a snapshot whose records lie", () => {
  const folder = mkdtempSync(join(tmpdir(), "fuzz-snapshot-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let sound: Buffer;
  beforeAll(async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const backend = await openBackend(disk, nodeClock, "/db");
    await fill(backend);
    await backend.close();
    sound = Buffer.from(disk.contentOf("/db"));
  });

  async function lying(what: readonly Lie[]): Promise<{ disk: SimulatedDisk; backend: Backend }> {
    const disk = new SimulatedDisk(seededRandom(2));
    disk.plant("/db", sound);
    const backend = await openBackend(disk, nodeClock, "/db");
    for (const lie of what) tell(backend, lie);
    await backend.commit();
    return { disk, backend };
  }

  it("is a member's state, or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fc.assert(
      fc.asyncProperty(lies, async (what) => {
        const { backend } = await lying(what);
        const attempts: (() => unknown)[] = [
          () => new Cluster({ clusterId: 1n, localId: 0x1234n, maxLearners: 1 }, backend).members(),
          () => readConfState(backend),
          () => consistentTermOf(backend),
          () => validateSchema(backend, silentLog),
          () => new ConsistentIndex(backend).index,
          () => new AlarmStore(backend),
          () => new AuthStore({ backend, tokens: new NoTokens(), log: () => undefined }).close(),
          async () => {
            const lessor = new Lessor({ backend, clock: nodeClock, minTtlSeconds: 2 });
            const store = await openStore({ backend, clock: nodeClock, leases: lessor });
            try {
              store.range(b("\0"), b("\0"), { limit: 0, revision: 0, countOnly: false });
              await store.hashKv(0);
            } finally {
              store.close();
              lessor.close();
            }
          },
        ];
        try {
          for (const attempt of attempts)
            try {
              await attempt();
            } catch (error) {
              mustBeOurs(error);
            }
        } finally {
          await backend.close();
        }
      }),
      { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: FUZZ_TIMEOUT_MS / 2, markInterruptAsFailure: false },
    ));

  it("is shown and restored by etcdutl, or refused", { timeout: FUZZ_TIMEOUT_MS }, async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(lies, fc.boolean(), async (what, bumps) => {
        const { disk, backend } = await lying(what);
        await backend.close();
        const database = Buffer.from(disk.contentOf("/db"));
        const path = join(folder, "snapshot.db");
        writeFileSync(path, Buffer.concat([database, createHash("sha256").update(database).digest()]));
        const dataDir = join(folder, `restored-${count++}`);
        for (const argv of [
          ["snapshot", "status", path],
          ["snapshot", "restore", path, `--data-dir=${dataDir}`, ...(bumps ? ["--bump-revision=100", "--mark-compacted"] : [])],
        ])
          try {
            await etcdutl(io(argv));
          } catch (error) {
            mustBeOurs(error);
          }
        rmSync(dataDir, { recursive: true, force: true });
      }),
      { numRuns: Math.ceil(RUNS / 4), seed: SEED, interruptAfterTimeLimit: FUZZ_TIMEOUT_MS / 2, markInterruptAsFailure: false },
    );
  });
});

function io(argv: readonly string[]): ProgramIo {
  const sink = { isTerminal: false, write: () => undefined };
  return { argv, env: {}, cwd: "/", stdin: (async function* (): AsyncGenerator<Buffer> {})(), stdinIsTerminal: false, stdout: sink, stderr: sink, path: (name) => name, addressBook: plainAddressBook, signal: new AbortController().signal };
}
