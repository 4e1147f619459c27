/** Distributed tracing as an OpenTelemetry collector sees it: a collector made with grpc-js and protobufjs, spans of a member's calls. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client, connect } from "../../core/client/index.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";

vi.setConfig({ testTimeout: 120_000 });

/** The parts of opentelemetry-proto 1.5 that are looked at. */
const schema = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; string version = 2; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; } }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15; fixed32 flags = 16;
}`;

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}
interface Span {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly parentSpanId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly message: string; readonly code: number };
}
interface Exported {
  readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly KeyValue[] }; readonly scopeSpans: readonly { readonly scope: { readonly version: string }; readonly spans: readonly Span[] }[] }[];
}

const plain = (attributes: readonly KeyValue[]): Record<string, string> => Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? ""]));

describe("distributed tracing", () => {
  const request = protobuf.parse(schema).root.lookupType("Request");
  let exported: Exported[];
  let server: Server;
  let address: string;
  let cluster: ClusterProcesses;

  beforeEach(async () => {
    exported = [];
    server = new Server();
    server.addService(
      {
        Export: {
          path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
          requestStream: false,
          responseStream: false,
          requestSerialize: (value: Buffer) => value,
          requestDeserialize: (bytes: Buffer) => bytes,
          responseSerialize: (value: Buffer) => value,
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      },
      {
        Export(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
          exported.push(request.toObject(request.decode(call.request), { longs: String, bytes: String, defaults: true }) as Exported);
          done(null, Buffer.alloc(0));
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) => server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error))));
    address = `127.0.0.1:${port}`;
    cluster = await ClusterProcesses.create();
  });
  afterEach(async () => {
    await cluster.end();
    server.forceShutdown();
  });

  const spans = (): Span[] => exported.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));

  it("a member tells of calls that their caller traces, and at its end of what is left", async () => {
    await cluster.startNew([false], ["--enable-distributed-tracing", `--distributed-tracing-address=${address}`, "--distributed-tracing-service-name=lab", "--experimental-distributed-tracing-instance-id=one"]);
    const [member] = cluster.members;
    expect(member!.output).toContain("distributed tracing setup enabled");
    const client = new Client(connect(member!.clientUrl));
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const before = BigInt(Date.now()) * 1_000_000n;
    await client.put({ key: Buffer.from("a"), value: Buffer.from("1") }, { metadata: { traceparent } });
    await expect(client.put({}, { metadata: { traceparent } })).rejects.toThrow("key is not provided");
    await client.range({ key: Buffer.from("untold") });
    client.close();
    await member!.stop("SIGTERM");

    const [put, refused] = spans().filter(({ name }) => name === "etcdserverpb.KV/Put");
    expect(put).toMatchObject({ kind: 2, traceId: Buffer.from("0af7651916cd43dd8448eb211c80319c", "hex").toString("base64"), parentSpanId: Buffer.from("b7ad6b7169203331", "hex").toString("base64"), status: { message: "", code: 0 } });
    expect(plain(put!.attributes)).toEqual({ "rpc.service": "etcdserverpb.KV", "rpc.method": "Put", "rpc.system": "grpc", "net.sock.peer.addr": "127.0.0.1", "net.sock.peer.port": expect.any(String) as string, "rpc.grpc.status_code": "0" });
    expect(BigInt(put!.startTimeUnixNano)).toBeGreaterThan(before - 60_000_000_000n);
    expect(BigInt(put!.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(put!.startTimeUnixNano));
    expect(plain(refused!.attributes)["rpc.grpc.status_code"]).toBe("3");
    // nobody asked for a share of the others
    expect(spans().filter(({ name }) => name === "etcdserverpb.KV/Range")).toEqual([]);
    const { resource, scopeSpans } = exported[0]!.resourceSpans[0]!;
    expect(plain(resource.attributes)).toEqual({ "service.name": "lab", "service.instance.id": "one" });
    expect(scopeSpans[0]!.scope.version).toMatch(/^3\.6\./);
  });

  it("with a full share all calls are told of, and a collector that is away does no harm", async () => {
    server.forceShutdown();
    await cluster.startNew([false], ["--enable-distributed-tracing", `--distributed-tracing-address=${address}`, "--distributed-tracing-sampling-rate=1000000"]);
    const [member] = cluster.members;
    await member!.ctl("put", "a", "1");
    expect(await member!.ctl("get", "a")).toBe("a\n1\n");
    await member!.stop("SIGTERM");
    expect(member!.output).toMatch(/"msg":"failed to export traces","spans":\d+/);
  });
});
