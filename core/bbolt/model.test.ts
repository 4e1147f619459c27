/** The database against a plain map, over random transactions, readers and reopenings, with the check clean at every commit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import type { Bucket } from "./bucket.ts";
import { everything, problemsOf } from "./check.ts";
import { Database, type DatabaseOptions } from "./database.ts";
import type { Transaction } from "./transaction.ts";

type Tree = Map<string, unknown>;

type Step =
  | { readonly kind: "put"; readonly at: readonly number[]; readonly key: number; readonly size: number }
  | { readonly kind: "putMany"; readonly at: readonly number[]; readonly from: number; readonly count: number; readonly size: number }
  | { readonly kind: "delete"; readonly at: readonly number[]; readonly from: number; readonly count: number }
  | { readonly kind: "deleteBucket"; readonly at: readonly number[] }
  | { readonly kind: "commit" | "rollback" | "reopen" | "openReader" | "closeReader" };

const path = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 });
const key = fc.integer({ min: 0, max: 400 });
const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 3000, max: 20000 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("put" as const), at: path, key, size }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("putMany" as const),
      at: path,
      from: key,
      count: fc.integer({ min: 1, max: 300 }),
      size: fc.integer({ min: 0, max: 200 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), at: path, from: key, count: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("deleteBucket" as const), at: path }) },
  { weight: 5, arbitrary: fc.constant({ kind: "commit" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "rollback" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "openReader" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "closeReader" as const }) },
);

const nameOf = (part: number): string => `bucket-${part}`;
const keyOf = (number: number): string => `k${String(number).padStart(6, "0")}${"x".repeat(number % 17)}`;

function bucketAt(transaction: Transaction, at: readonly number[]): Bucket {
  let bucket = transaction.root;
  for (const part of at) bucket = bucket.createBucketIfAbsent(Buffer.from(nameOf(part)));
  return bucket;
}

function treeAt(root: Tree, at: readonly number[]): Tree {
  let tree = root;
  for (const part of at) {
    let next = tree.get(nameOf(part));
    if (!(next instanceof Map)) tree.set(nameOf(part), (next = new Map<string, unknown>()));
    tree = next as Tree;
  }
  return tree;
}

function flat(tree: Tree, prefix = ""): string[] {
  const lines: string[] = [];
  for (const name of [...tree.keys()].sort()) {
    const value = tree.get(name);
    if (value instanceof Map) lines.push(...flat(value as Tree, `${prefix}${name}/`));
    else lines.push(`${prefix}${name}=${String(value)}`);
  }
  return lines;
}

function linesOf(transaction: Transaction): string[] {
  return [...everything(transaction.root)].map(({ names, key: k, value }) => {
    const prefix = names.map((name) => `${name.toString()}/`).join("");
    return `${prefix}${k.toString()}=${value.length}:${value[0] ?? ""}`;
  });
}

function copyOf(tree: Tree): Tree {
  return new Map([...tree].map(([name, value]) => [name, value instanceof Map ? copyOf(value as Tree) : value]));
}

async function run(steps: readonly Step[], options: DatabaseOptions): Promise<void> {
  const disk = new SimulatedDisk(seededRandom(1));
  let database = await Database.open(disk, "/db", options);
  let committed = new Map<string, unknown>();
  let model = new Map<string, unknown>();
  let transaction = database.beginWrite();
  let fill = 0;
  const readers: { reader: Transaction; lines: string[] }[] = [];
  const put = (at: readonly number[], number: number, length: number): void => {
    fill = (fill + 1) & 0xff;
    bucketAt(transaction, at).put(Buffer.from(keyOf(number)), Buffer.alloc(length, fill));
    treeAt(model, at).set(keyOf(number), `${length}:${length === 0 ? "" : fill}`);
  };
  const closeReaders = (): void => {
    for (const { reader, lines } of readers.splice(0)) {
      expect(linesOf(reader)).toEqual(lines);
      reader.rollback();
    }
  };
  for (const s of steps) {
    switch (s.kind) {
      case "put":
        put(s.at, s.key, s.size);
        break;
      case "putMany":
        for (let i = 0; i < s.count; i++) put(s.at, s.from + i, s.size);
        break;
      case "delete": {
        const bucket = bucketAt(transaction, s.at);
        const tree = treeAt(model, s.at);
        for (let i = 0; i < s.count; i++) expect(bucket.delete(Buffer.from(keyOf(s.from + i)))).toBe(tree.delete(keyOf(s.from + i)));
        break;
      }
      case "deleteBucket": {
        bucketAt(transaction, s.at);
        const parent = s.at.slice(0, -1);
        const name = nameOf(s.at.at(-1) as number);
        bucketAt(transaction, parent).deleteBucket(Buffer.from(name));
        treeAt(model, parent).delete(name);
        break;
      }
      case "commit":
        expect(linesOf(transaction)).toEqual(flat(model));
        await transaction.commit();
        committed = copyOf(model);
        expect(problemsOf(database)).toEqual([]);
        transaction = database.beginWrite();
        break;
      case "rollback":
        transaction.rollback();
        model = copyOf(committed);
        transaction = database.beginWrite();
        break;
      case "reopen":
        transaction.rollback();
        closeReaders();
        await database.close();
        database = await Database.open(disk, "/db", options);
        expect(problemsOf(database)).toEqual([]);
        model = copyOf(committed);
        transaction = database.beginWrite();
        break;
      case "openReader": {
        const reader = database.beginRead();
        readers.push({ reader, lines: flat(committed) });
        break;
      }
      case "closeReader": {
        const oldest = readers.shift();
        if (oldest === undefined) break;
        expect(linesOf(oldest.reader)).toEqual(oldest.lines);
        oldest.reader.rollback();
        break;
      }
    }
  }
  transaction.rollback();
  closeReaders();
  const last = database.beginRead();
  expect(linesOf(last)).toEqual(flat(committed));
  last.rollback();
  await database.close();
}

describe("database and a plain map agree", () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 60, size: "max" });

  it("without a stored freelist, as etcd has it, with a cache far too small", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, (all) => run(all, { pageCacheBytes: 32768 })),
      { numRuns: 15 },
    );
  });

  it("with a stored freelist and small pages", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, (all) => run(all, { storesFreelist: true, pageSize: 1024 })),
      { numRuns: 15 },
    );
  });
});
