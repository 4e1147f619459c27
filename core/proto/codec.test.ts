/** The generated codecs against protobufjs as oracle: the same bytes, and the same message back. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import * as etcdserverpb from "./gen/etcdserverpb.ts";
import * as internalpb from "./gen/internalpb.ts";
import * as mvccpb from "./gen/mvccpb.ts";
import * as raftpb from "./gen/raftpb.ts";
import * as v2pb from "./gen/v2pb.ts";
import * as walpb from "./gen/walpb.ts";
import { type Codec, type FieldInfo, Reader, sizeBig, sizeInt, WireError, Writer } from "./wire.ts";

const schema = fileURLToPath(new URL("schema/", import.meta.url));
const oracle = new protobuf.Root();
for (const file of readdirSync(schema)) protobuf.parse(readFileSync(`${schema}${file}`, "utf8"), oracle, { keepCase: true });
oracle.resolveAll();

function codecs(module: Record<string, unknown>): Codec<unknown>[] {
  return Object.values(module).filter((value): value is Codec<unknown> => typeof value === "object" && value !== null && "encode" in value);
}
const all = [etcdserverpb, internalpb, mvccpb, raftpb, v2pb, walpb].flatMap((module) => codecs(module));

function arbitraryField(field: FieldInfo, depth: number): fc.Arbitrary<unknown> | undefined {
  let one: fc.Arbitrary<unknown>;
  switch (field.kind) {
    case "message":
      if (depth === 0) return undefined;
      one = arbitraryMessage(field.message!(), depth - 1);
      break;
    case "enum":
      one = fc.constantFrom(...Object.values(field.enumeration!.values));
      break;
    case "bool":
      one = fc.boolean();
      break;
    case "bytes":
      one = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
      break;
    case "string":
      one = fc.string({ maxLength: 20, unit: "grapheme" });
      break;
    case "int32":
      one = fc.integer();
      break;
    case "uint32":
      one = fc.nat(4294967295);
      break;
    case "int64":
      one = field.big ? fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) : fc.maxSafeInteger();
      break;
    case "uint64":
      one = field.big ? fc.bigInt(0n, 2n ** 64n - 1n) : fc.maxSafeNat();
      break;
  }
  return field.repeated ? fc.array(one, { maxLength: 3 }) : field.optional ? fc.option(one, { nil: undefined }) : one;
}

function arbitraryMessage(codec: Codec<unknown>, depth: number): fc.Arbitrary<unknown> {
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  const oneofs = new Map<string, string[]>();
  for (const field of codec.fields) {
    const arbitrary = arbitraryField(field, depth);
    if (arbitrary === undefined) continue;
    shape[field.key] = arbitrary;
    if (field.oneof !== undefined) oneofs.set(field.oneof, [...(oneofs.get(field.oneof) ?? []), field.key]);
  }
  return fc.record(shape).map((values) => {
    // at most one member of a oneof is set
    for (const keys of oneofs.values()) {
      const set = keys.filter((key) => values[key] !== undefined);
      for (const key of set.slice(1)) values[key] = undefined;
    }
    return codec.create(values as object);
  });
}

/** The same message as protobufjs takes it: names of the schema, 64-bit integers as strings. */
function forOracle(codec: Codec<unknown>, message: Record<string, unknown>): object {
  const plain: Record<string, unknown> = {};
  const convert = (field: FieldInfo, value: unknown): unknown => {
    if (field.kind === "message") return forOracle(field.message!(), value as Record<string, unknown>);
    if (field.kind === "int64" || field.kind === "uint64") return String(value);
    return value;
  };
  for (const field of codec.fields) {
    const value = message[field.key];
    if (value === undefined) continue;
    plain[field.name] = field.repeated ? (value as unknown[]).map((item) => convert(field, item)) : convert(field, value);
  }
  return plain;
}

/** Drops what proto3 does not write, since protobufjs writes whatever is set. */
function withoutDefaults(codec: Codec<unknown>, plain: Record<string, unknown>, type: protobuf.Type): Record<string, unknown> {
  for (const field of codec.fields) {
    const value = plain[field.name];
    if (value === undefined) continue;
    if (field.kind === "message") {
      for (const item of field.repeated ? (value as object[]) : [value as object])
        withoutDefaults(field.message!(), item as Record<string, unknown>, type.fields[field.name]!.resolvedType as protobuf.Type);
    } else if (!field.repeated && !field.optional && !type.fields[field.name]!.required) {
      if (value === "0" || value === 0 || value === false || value === "" || (Buffer.isBuffer(value) && value.length === 0)) delete plain[field.name];
    }
  }
  return plain;
}

describe("generated codecs", () => {
  for (const codec of all) {
    test(`${codec.name} has the oracle's bytes and comes back equal`, () => {
      const type = oracle.lookupType(codec.name);
      fc.assert(
        fc.property(arbitraryMessage(codec, 2), (message) => {
          const bytes = codec.encode(message);
          expect(bytes.length).toBe(codec.size(message));
          const expected = type.encode(type.fromObject(withoutDefaults(codec, forOracle(codec, message as Record<string, unknown>) as Record<string, unknown>, type))).finish();
          expect(bytes.equals(expected)).toBe(true);
          expect(codec.decode(bytes)).toEqual(message);
        }),
        { numRuns: 25 },
      );
    });
  }

  test("a message cut at any byte is refused or read as a shorter valid one, never misread past its end", () => {
    const message = raftpb.Message.create({
      type: raftpb.MessageType.MsgApp,
      to: 2n ** 63n + 5n,
      entries: [raftpb.Entry.create({ term: 3, index: 300, data: Buffer.from("payload") })],
      context: Buffer.from("context"),
    });
    const bytes = raftpb.Message.encode(message);
    for (let length = 0; length < bytes.length; length++) {
      let decoded: raftpb.Message;
      try {
        decoded = raftpb.Message.decode(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
        continue;
      }
      expect(raftpb.Message.size(decoded)).toBeLessThanOrEqual(bytes.length);
    }
  });

  test("unknown fields are skipped", () => {
    const put = etcdserverpb.PutRequest.encode(etcdserverpb.PutRequest.create({ key: Buffer.from("k") }));
    const unknown = Buffer.from([0xf8, 0x07, 0x96, 0x01, 0xfa, 0x07, 0x02, 0xaa, 0xbb, 0xfd, 0x07, 1, 2, 3, 4, 0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(etcdserverpb.PutRequest.decode(Buffer.concat([unknown, put]))).toEqual(etcdserverpb.PutRequest.create({ key: Buffer.from("k") }));
  });

  test("the last member of a oneof on the wire wins", () => {
    const first = etcdserverpb.Compare.encode(etcdserverpb.Compare.create({ version: 7 }));
    const second = etcdserverpb.Compare.encode(etcdserverpb.Compare.create({ value: Buffer.from("v") }));
    const decoded = etcdserverpb.Compare.decode(Buffer.concat([first, second]));
    expect(decoded.version).toBeUndefined();
    expect(decoded.value?.toString()).toBe("v");
  });
});

describe("varints", () => {
  test("integers past their bound are refused", () => {
    const buffer = Buffer.alloc(10);
    const writer = new Writer(buffer);
    writer.big(2n ** 53n);
    expect(() => new Reader(buffer).uint(writer.position)).toThrow("integer past 2^53-1");
    expect(() => new Reader(Buffer.alloc(11, 0xff)).big(11)).toThrow("integer overflow");
  });

  test("negative numbers take ten bytes and come back", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 53) + 1, max: -1 }), (value) => {
        const buffer = Buffer.alloc(10);
        const writer = new Writer(buffer);
        writer.int(value);
        expect(writer.position).toBe(10);
        expect(sizeInt(value)).toBe(10);
        expect(new Reader(buffer).int(10)).toBe(value);
      }),
    );
  });

  test("bigints of 64 bits come back, whatever their size", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (value) => {
        const buffer = Buffer.alloc(10);
        const writer = new Writer(buffer);
        writer.big(value);
        expect(writer.position).toBe(sizeBig(value));
        expect(new Reader(buffer).big(writer.position)).toBe(value);
      }),
    );
  });
});
