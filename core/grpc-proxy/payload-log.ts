/** `--experimental-enable-grpc-logging`: every request and answer in the log (go-grpc-middleware's payload interceptors). */
import * as pb from "../proto/gen/etcdserverpb.ts";
import { ElectionService } from "../proto/gen/v3electionpb.ts";
import { LockService } from "../proto/gen/v3lockpb.ts";
import { toJson } from "../proto/json.ts";
import { type Codec, type MethodInfo, WireError } from "../proto/wire.ts";
import { pathOf } from "../rpc/service-builder.ts";
import type { BidirectionalCall, Handler, ServiceTable, StreamCall } from "../rpc/service.ts";
import type { Log } from "../server/log.ts";

type AnyMethod = MethodInfo<never, never> | MethodInfo;

const methods: ReadonlyMap<string, AnyMethod> = new Map(
  [pb.KVService, pb.WatchService, pb.LeaseService, pb.ClusterService, pb.MaintenanceService, pb.AuthService, ElectionService, LockService].flatMap((service) =>
    Object.values(service).map((method) => [pathOf(method as AnyMethod), method as AnyMethod] as const),
  ),
);

/** Raw JSON, as the log writes what has a form of its own. */
function content(codec: Codec<unknown>, bytes: Buffer): unknown {
  try {
    return { msg: JSON.parse(toJson(codec, codec.decode(bytes))) as unknown };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { msg: error.message };
  }
}

/** The same services, with a line for each message. */
export function withPayloadLog(table: ServiceTable, log: Log): ServiceTable {
  return new Map([...table].map(([path, handler]) => [path, logged(path, handler, log)]));
}

function logged(path: string, handler: Handler, log: Log): Handler {
  const method = methods.get(path);
  if (method === undefined) return handler;
  const begun = (): Record<string, unknown> => ({ system: "grpc", "span.kind": "server", "grpc.service": method.service, "grpc.method": method.name, "grpc.start_time": new Date().toISOString().replace(/\.\d+Z$/, "Z") });
  const tell = (fields: Record<string, unknown>, kind: "request" | "response", bytes: Buffer): void => {
    const codec = (kind === "request" ? method.request : method.response) as Codec<unknown>;
    log.info(`server ${kind} payload logged as grpc.${kind}.content field`, { ...fields, [`grpc.${kind}.content`]: content(codec, bytes) });
  };
  if (handler.kind === "unary") {
    return {
      kind: "unary",
      handle: async (bytes, call) => {
        const fields = begun();
        tell(fields, "request", bytes);
        const answer = await handler.handle(bytes, call);
        tell(fields, "response", answer);
        return answer;
      },
    };
  }
  if (handler.kind === "server-stream") {
    return {
      kind: "server-stream",
      handle: (bytes, call) => {
        const fields = begun();
        tell(fields, "request", bytes);
        return handler.handle(bytes, sending(call, (message) => tell(fields, "response", message)));
      },
    };
  }
  return {
    kind: "bidirectional",
    handle: (call) => {
      const fields = begun();
      const told = sending(call, (message) => tell(fields, "response", message));
      return handler.handle(Object.defineProperty(told, "messages", { value: reading(call, (message) => tell(fields, "request", message)) }));
    },
  };
}

/** The same call, heard when it sends. */
function sending<T extends StreamCall>(call: T, hear: (message: Buffer) => void): T {
  return Object.create(call, {
    send: {
      value: (message: Buffer) => {
        hear(message);
        return call.send(message);
      },
    },
    sendHeaders: { value: () => call.sendHeaders() },
    // what is worked out by the call itself has to be asked of it
    ...Object.fromEntries((["path", "metadata", "commonName", "peer", "deadline", "signal"] as const).map((name) => [name, { get: () => call[name] }])),
  }) as T;
}

async function* reading(call: BidirectionalCall, hear: (message: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const message of call.messages) {
    hear(message);
    yield message;
  }
}
