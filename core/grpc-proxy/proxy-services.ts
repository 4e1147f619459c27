/**
 * The client API as the proxy serves it (etcd server/proxy/grpcproxy): keys through the cache, watches shared, keep-alives on one
 * stream, the members as the proxy wants to be seen; everything else goes on to a member as it came.
 */
import { hostname } from "node:os";
import { type Channel, ConnectionError } from "../client/index.ts";
import { Code, StatusError } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { ElectionService } from "../proto/gen/v3electionpb.ts";
import { LockService } from "../proto/gen/v3lockpb.ts";
import { type Codec, type MethodInfo, WireError } from "../proto/wire.ts";
import { pathOf } from "../rpc/service-builder.ts";
import type { Call, Handler, ServiceTable } from "../rpc/service.ts";
import type { Log } from "../server/log.ts";
import { forwarded } from "./call-options.ts";
import { KeepAliveSession } from "./keep-alive-session.ts";
import type { KeepAlives } from "./keep-alives.ts";
import type { KeySpace } from "./key-space.ts";
import type { CachedKv } from "./cached-kv.ts";
import { asClientError, type Kv } from "./kv.ts";
import type { Roster } from "./roster.ts";
import type { Broadcasts } from "./watch-broadcast.ts";
import { WatchSession } from "./watch-session.ts";

type AnyMethod = MethodInfo<never, never> | MethodInfo;

/** Pause before a call that waits for a member is tried again, ms. */
const REDIAL_MS = 100;

export interface ProxyParts {
  /** to the members */
  readonly channel: Channel;
  readonly kv: Kv;
  readonly cached: CachedKv;
  readonly broadcasts: Broadcasts;
  /** of clients that do not mind a missing leader, and of those that do */
  readonly keepAlives: KeepAlives;
  readonly guardedKeepAlives: KeepAlives;
  readonly space: KeySpace | undefined;
  /** --advertise-client-url; "": the members tell who they are */
  readonly advertisedUrl: string;
  readonly roster: Roster | undefined;
  readonly log: Log;
}

/** A message that is passed on unread. */
const asBytes: Codec<Buffer> = {
  name: "bytes",
  fields: [],
  create: () => Buffer.alloc(0),
  size: (message) => message.length,
  encode: (message) => message,
  write: (message, writer) => {
    writer.buffer.set(message, writer.position);
    writer.position += message.length;
  },
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  read: (reader, end) => reader.buffer.subarray(reader.position, end),
};

function unread({ service, name, requestStream, responseStream }: AnyMethod): MethodInfo<Buffer, Buffer> {
  return { service, name, request: asBytes, response: asBytes, requestStream, responseStream };
}

/** @param what could not be done, as grpc-go puts it */
function decode<T>(codec: Codec<T>, bytes: Buffer, what = "error unmarshalling request"): T {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new StatusError(Code.Internal, `grpc: ${what}: ${error.reason}`, { cause: error });
  }
}

export function proxyServices(parts: ProxyParts): ServiceTable {
  const { channel, kv, cached, broadcasts, space, log } = parts;
  const table = new Map<string, Handler>();

  const unary = <Request, Response>(method: MethodInfo<Request, Response>, ask: (request: Request, call: Call) => Promise<Response | Buffer>): void => {
    table.set(pathOf(method), {
      kind: "unary",
      handle: async (bytes, call) => {
        const response = await ask(decode(method.request, bytes), call);
        return Buffer.isBuffer(response) ? response : method.response.encode(response);
      },
    });
  };

  /** Through etcd's own client, which makes its errors of what the members say. */
  const throughClient = <Request, Response>(method: MethodInfo<Request, Response>, ask: (request: Request, call: Call) => Promise<Response | Buffer>): void =>
    unary(method, (request, call) => ask(request, call).catch((error: unknown) => Promise.reject(asClientError(error) as Error)));

  const pass = (method: AnyMethod): void => {
    const bytesMethod = unread(method);
    if (!method.responseStream) {
      table.set(pathOf(method), { kind: "unary", handle: (bytes, call) => channel.unary(bytesMethod, bytes, forwarded(call)) });
      return;
    }
    table.set(pathOf(method), {
      kind: "server-stream",
      handle: async (bytes, call) => {
        const stream = channel.stream(bytesMethod, forwarded(call));
        // where the stream is refused, its responses say why
        stream.write(bytes).then(
          () => stream.closeWrite(),
          () => undefined,
        );
        for await (const message of stream.responses) await call.send(message);
      },
    });
  };

  unary(pb.KVService.Range, (request, call) => cached.range(request, forwarded(call)));
  unary(pb.KVService.Put, (request, call) => cached.put(request, forwarded(call)));
  unary(pb.KVService.DeleteRange, (request, call) => cached.deleteRange(request, forwarded(call)));
  unary(pb.KVService.Txn, (request, call) => cached.txn(request, forwarded(call)));
  unary(pb.KVService.Compact, (request, call) => cached.compact(request, forwarded(call)));

  table.set(pathOf(pb.WatchService.Watch), {
    kind: "bidirectional",
    handle: (call) => new WatchSession(call, broadcasts, kv, log, (bytes) => decode(pb.WatchRequest, bytes, "failed to unmarshal the received message")).run(),
  });

  // etcd's proxy waits with this one until a member can be reached
  unary(pb.LeaseService.LeaseGrant, async (request, call) => {
    for (;;) {
      try {
        return await channel.unary(pb.LeaseService.LeaseGrant, request, forwarded(call));
      } catch (error) {
        if (!(error instanceof ConnectionError) || error.sent || call.signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, REDIAL_MS));
      }
    }
  });
  throughClient(pb.LeaseService.LeaseRevoke, (request, call) => channel.unary(pb.LeaseService.LeaseRevoke, request, forwarded(call)));
  const timeToLive = async (request: pb.LeaseTimeToLiveRequest, call: Call): Promise<pb.LeaseTimeToLiveResponse> => {
    const response = await channel.unary(pb.LeaseService.LeaseTimeToLive, request, forwarded(call));
    if (space === undefined || response.keys.length === 0) return response;
    return { ...response, keys: response.keys.filter((key) => space.holds(key)).map((key) => space.keyOutside(key)) };
  };
  throughClient(pb.LeaseService.LeaseTimeToLive, timeToLive);
  throughClient(pb.LeaseService.LeaseLeases, (request, call) => channel.unary(pb.LeaseService.LeaseLeases, request, forwarded(call)));
  table.set(pathOf(pb.LeaseService.LeaseKeepAlive), {
    kind: "bidirectional",
    handle: (call) => {
      const keepAlives = call.metadata["hasleader"] === "true" ? parts.guardedKeepAlives : parts.keepAlives;
      const left = (id: bigint): Promise<pb.LeaseTimeToLiveResponse> => timeToLive(pb.LeaseTimeToLiveRequest.create({ ID: id }), call);
      return new KeepAliveSession(call, keepAlives, left, (bytes) => decode(pb.LeaseKeepAliveRequest, bytes, "failed to unmarshal the received message")).run();
    },
  });

  const { MemberAdd, MemberRemove, MemberUpdate, MemberPromote, MemberList } = pb.ClusterService;
  for (const method of [MemberAdd, MemberRemove, MemberUpdate]) pass(method);
  // etcd's proxy has not got it
  unary(MemberPromote, () => Promise.reject(new StatusError(Code.Unknown, "not implemented")));
  if (parts.advertisedUrl === "") pass(MemberList);
  else {
    unary(MemberList, () => {
      const registered = parts.roster?.members() ?? [];
      const members = registered.length > 0 ? registered : [pb.Member.create({ name: hostname(), clientURLs: [parts.advertisedUrl] })];
      return Promise.resolve(pb.MemberListResponse.create({ members }));
    });
  }

  for (const service of [pb.MaintenanceService, pb.AuthService, ElectionService, LockService]) for (const method of Object.values(service)) pass(method as AnyMethod);
  return table;
}

