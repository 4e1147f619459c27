/**
 * Spans as OpenTelemetry's collectors take them (opentelemetry-proto 1.5: trace/v1/trace.proto and the collector's trace service). Only what
 * is sent is written out here: one resource, one scope, spans of a server. Times are fixed64 there, which no other message
 * of this program has, so the bytes are put together by hand.
 */
import type { Codec, MethodInfo } from "../../proto/wire.ts";
import type { Span } from "../../rpc/tracing.ts";

export interface SpanSource {
  readonly serviceName: string;
  /** "": none */
  readonly instanceId: string;
  /** of this program */
  readonly version: string;
}

/** The attribute names of spans and resource are those of this edition. */
const SCHEMA_URL = "https://opentelemetry.io/schemas/1.17.0";
const SPAN_KIND_SERVER = 2;
const STATUS_CODE_ERROR = 2;
/** the parent, if any, is known to be another process's */
const PARENT_IS_REMOTE = 0x300;

const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8 + WIRE.varint), varint(value)]);
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + WIRE.delimited), varint(value.length), value]);
}

/** Left out where it is empty. */
function text(field: number, value: string): Buffer {
  return value === "" ? Buffer.alloc(0) : bytes(field, Buffer.from(value));
}

function nanoseconds(field: number, value: bigint): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeBigUInt64LE(value);
  return Buffer.concat([varint(field * 8 + WIRE.fixed64), fixed]);
}

function flags(field: number, value: number): Buffer {
  const fixed = Buffer.alloc(4);
  fixed.writeUInt32LE(value);
  return Buffer.concat([varint(field * 8 + WIRE.fixed32), fixed]);
}

/** common.v1.KeyValue with an AnyValue */
function attribute(name: string, value: string | number): Buffer {
  // a value that is set is written even where it is empty or 0: it is a member of a oneof
  const any = typeof value === "string" ? bytes(1, Buffer.from(value)) : number(3, value);
  return Buffer.concat([text(1, name), bytes(2, any)]);
}

function spanBytes(span: Span): Buffer {
  return Buffer.concat([
    bytes(1, span.traceId),
    bytes(2, span.spanId),
    text(3, span.traceState),
    ...(span.parentId === undefined ? [] : [bytes(4, span.parentId)]),
    text(5, span.name),
    number(6, SPAN_KIND_SERVER),
    nanoseconds(7, span.begun),
    nanoseconds(8, span.ended),
    ...span.attributes.map(([name, value]) => bytes(9, attribute(name, value))),
    bytes(15, span.failure === undefined ? Buffer.alloc(0) : Buffer.concat([text(2, span.failure), number(3, STATUS_CODE_ERROR)])),
    flags(16, PARENT_IS_REMOTE),
  ]);
}

/** An ExportTraceServiceRequest. */
export function exportRequest({ serviceName, instanceId, version }: SpanSource, spans: readonly Span[]): Buffer {
  const resource = [["service.name", serviceName] as const, ...(instanceId === "" ? [] : [["service.instance.id", instanceId] as const])];
  const scope = Buffer.concat([text(1, "quorum-lab"), text(2, version)]);
  const scopeSpans = Buffer.concat([bytes(1, scope), ...spans.map((span) => bytes(2, spanBytes(span)))]);
  const resourceSpans = Buffer.concat([bytes(1, Buffer.concat(resource.map(([name, value]) => bytes(1, attribute(name, value))))), bytes(2, scopeSpans), text(3, SCHEMA_URL)]);
  return bytes(1, resourceSpans);
}

/** A message that is its bytes. */
function bytesCodec(name: string): Codec<Buffer> {
  const none = Buffer.alloc(0);
  return {
    name,
    fields: [],
    create: () => none,
    size: (message) => message.length,
    encode: (message) => message,
    write(message, writer) {
      message.copy(writer.buffer, writer.position);
      writer.position += message.length;
    },
    decode: (encoded) => Buffer.from(encoded),
    read: (reader, end) => Buffer.from(reader.buffer.subarray(reader.position, end)),
  };
}

export const exportTraces: MethodInfo<Buffer, Buffer> = {
  service: "opentelemetry.proto.collector.trace.v1.TraceService",
  name: "Export",
  request: bytesCodec("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest"),
  response: bytesCodec("opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse"),
  requestStream: false,
  responseStream: false,
};
