/**
 * The bytes of objects: `k8s\0`, then runtime.Unknown with the type beside the message. The same envelope is what etcd keeps for built-in
 * types and what HTTP bodies of `application/vnd.kubernetes.protobuf` are; custom resources are kept as JSON.
 */
import { BackWriter } from "./back-writer.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { DecodeError, type KubeObject } from "./object.ts";
import { isObject } from "./read.ts";
import { define } from "./table/define.ts";
import { messageOf } from "./table/registry.ts";

const MAGIC = Buffer.from("k8s\0");

const [unknown, typeMeta] = define(
  "runtime",
  `
message Unknown
1 typeMeta runtime.TypeMeta !
2 raw bytes
3 contentEncoding string
4 contentType string

message TypeMeta
1 apiVersion string
2 kind string
`,
);

function field(out: BackWriter, no: number, body: Uint8Array): void {
  const before = out.length;
  out.raw(body);
  out.close(no, before);
}

/** @throws DecodeError for a kind that has no protobuf form (custom resources) or an object that does not fit it */
export function encodeProtobuf(object: Record<string, unknown>): Buffer {
  const apiVersion = String(object["apiVersion"] ?? "");
  const kind = String(object["kind"] ?? "");
  const message = messageOf(apiVersion, kind);
  if (message === undefined || typeMeta === undefined) throw new DecodeError(0, "a built-in type", `${apiVersion} ${kind}`);
  const out = new BackWriter();
  field(out, 4, Buffer.alloc(0));
  field(out, 3, Buffer.alloc(0));
  field(out, 2, encodeMessage(message, object));
  field(out, 1, encodeMessage(typeMeta, { apiVersion, kind }));
  out.raw(MAGIC);
  return out.finish();
}

/** Offsets of the parts of an envelope, found without looking into the object. */
interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

function varintAt(value: Buffer, at: number): { number: number; next: number } {
  let number = 0;
  for (let index = 0; index < 8; index++) {
    const byte = value[at + index];
    if (byte === undefined) throw new DecodeError(at, "a varint", "the end of the value");
    number += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { number, next: at + index + 1 };
  }
  throw new DecodeError(at, "a length", "a varint of more than 8 bytes");
}

function openEnvelope(value: Buffer): Envelope {
  if (unknown === undefined || typeMeta === undefined) throw new RangeError("the envelope is not defined");
  let at = MAGIC.length;
  let meta: { apiVersion: string; kind: string } | undefined;
  let raw: { start: number; end: number } | undefined;
  while (at < value.length) {
    const tag = varintAt(value, at);
    const { name } = unknown.byNumber.get(tag.number >> 3) ?? {};
    if ((tag.number & 7) !== 2 || name === undefined) throw new DecodeError(at, "a field of runtime.Unknown", `tag ${tag.number}`);
    const length = varintAt(value, tag.next);
    const end = length.next + length.number;
    if (end > value.length) throw new DecodeError(tag.next, `at most ${value.length - length.next} bytes of ${name}`, `a length of ${length.number}`);
    if (name === "typeMeta") {
      const decoded = decodeMessage(typeMeta, value, length.next, end);
      meta = { apiVersion: String(decoded["apiVersion"] ?? ""), kind: String(decoded["kind"] ?? "") };
    } else if (name === "raw") {
      raw = { start: length.next, end };
    }
    at = end;
  }
  if (meta === undefined) throw new DecodeError(MAGIC.length, "the type of the object", "none");
  return { ...meta, ...(raw ?? { start: at, end: at }) };
}

/** An object or a list. @throws DecodeError for damage and for kinds that are not built in */
export function decodeProtobuf(body: Buffer): KubeObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DecodeError(0, "6b 38 73 00", body.subarray(0, MAGIC.length).toString("hex").replace(/(..)(?=.)/g, "$1 ") || "nothing");
  }
  const envelope = openEnvelope(body);
  const message = messageOf(envelope.apiVersion, envelope.kind);
  if (message === undefined) throw new DecodeError(MAGIC.length, "a built-in type", `${envelope.apiVersion} ${envelope.kind}`);
  const { apiVersion, kind } = envelope;
  const object: Record<string, unknown> = { kind, apiVersion, ...decodeMessage(message, body, envelope.start, envelope.end) };
  if (object["items"] !== undefined && Array.isArray(object["items"])) return object as unknown as KubeObject;
  return { metadata: {}, ...object } as KubeObject;
}

/** What etcd keeps for the object. `resourceVersion` is left out: it is the key's mod revision. */
export function encodeStored(object: KubeObject): Buffer {
  const { resourceVersion: _, selfLink: __, ...metadata } = object.metadata;
  const stored = { ...object, metadata };
  if (messageOf(object.apiVersion, object.kind) !== undefined) return encodeProtobuf(stored);
  return Buffer.from(`${JSON.stringify(stored)}\n`);
}

/** Either form that a value under /registry may have. @throws DecodeError */
export function decodeStored(value: Buffer): KubeObject {
  if (value[0] !== 0x7b) return decodeProtobuf(value);
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString("utf8"));
  } catch (error) {
    throw new DecodeError(0, "JSON", error instanceof Error ? error.message : String(error));
  }
  if (!isObject(parsed) || typeof parsed["kind"] !== "string" || typeof parsed["apiVersion"] !== "string") {
    throw new DecodeError(0, "an object with apiVersion and kind", "other JSON");
  }
  if (!isObject(parsed["metadata"])) throw new DecodeError(0, "metadata", typeof parsed["metadata"], "metadata");
  return parsed as KubeObject;
}
