/** Typed calls over a Channel: one method for each unary call of the client API, and the three streams. */
import * as pb from "../proto/gen/etcdserverpb.ts";
import type { MethodInfo } from "../proto/wire.ts";
import type { CallOptions, Channel, ClientStream } from "./channel.ts";

/** Requests are given in part: what is left out has proto's default. */
export class Client {
  constructor(readonly channel: Channel) {}

  /** Any unary method. @throws StatusError */
  call<Request, Response>(method: MethodInfo<Request, Response>, request: Partial<Request>, options?: CallOptions): Promise<Response> {
    return this.channel.unary(method, method.request.create(request), options);
  }

  range(request: Partial<pb.RangeRequest>, options?: CallOptions): Promise<pb.RangeResponse> {
    return this.call(pb.KVService.Range, request, options);
  }
  put(request: Partial<pb.PutRequest>, options?: CallOptions): Promise<pb.PutResponse> {
    return this.call(pb.KVService.Put, request, options);
  }
  deleteRange(request: Partial<pb.DeleteRangeRequest>, options?: CallOptions): Promise<pb.DeleteRangeResponse> {
    return this.call(pb.KVService.DeleteRange, request, options);
  }
  txn(request: Partial<pb.TxnRequest>, options?: CallOptions): Promise<pb.TxnResponse> {
    return this.call(pb.KVService.Txn, request, options);
  }
  compact(request: Partial<pb.CompactionRequest>, options?: CallOptions): Promise<pb.CompactionResponse> {
    return this.call(pb.KVService.Compact, request, options);
  }

  leaseGrant(request: Partial<pb.LeaseGrantRequest>, options?: CallOptions): Promise<pb.LeaseGrantResponse> {
    return this.call(pb.LeaseService.LeaseGrant, request, options);
  }
  leaseRevoke(request: Partial<pb.LeaseRevokeRequest>, options?: CallOptions): Promise<pb.LeaseRevokeResponse> {
    return this.call(pb.LeaseService.LeaseRevoke, request, options);
  }
  leaseTimeToLive(request: Partial<pb.LeaseTimeToLiveRequest>, options?: CallOptions): Promise<pb.LeaseTimeToLiveResponse> {
    return this.call(pb.LeaseService.LeaseTimeToLive, request, options);
  }
  leaseLeases(options?: CallOptions): Promise<pb.LeaseLeasesResponse> {
    return this.call(pb.LeaseService.LeaseLeases, {}, options);
  }

  memberList(request: Partial<pb.MemberListRequest> = {}, options?: CallOptions): Promise<pb.MemberListResponse> {
    return this.call(pb.ClusterService.MemberList, request, options);
  }
  status(options?: CallOptions): Promise<pb.StatusResponse> {
    return this.call(pb.MaintenanceService.Status, {}, options);
  }
  alarm(request: Partial<pb.AlarmRequest>, options?: CallOptions): Promise<pb.AlarmResponse> {
    return this.call(pb.MaintenanceService.Alarm, request, options);
  }
  hashKv(request: Partial<pb.HashKVRequest>, options?: CallOptions): Promise<pb.HashKVResponse> {
    return this.call(pb.MaintenanceService.HashKV, request, options);
  }
  moveLeader(targetId: bigint, options?: CallOptions): Promise<pb.MoveLeaderResponse> {
    return this.call(pb.MaintenanceService.MoveLeader, { targetID: targetId }, options);
  }

  watch(options?: CallOptions): ClientStream<pb.WatchRequest, pb.WatchResponse> {
    return this.channel.stream(pb.WatchService.Watch, options);
  }
  leaseKeepAlive(options?: CallOptions): ClientStream<pb.LeaseKeepAliveRequest, pb.LeaseKeepAliveResponse> {
    return this.channel.stream(pb.LeaseService.LeaseKeepAlive, options);
  }
  /** The database of one member, chunk by chunk; the last message carries the SHA-256. */
  snapshot(options?: CallOptions): AsyncIterable<pb.SnapshotResponse> {
    const stream = this.channel.stream(pb.MaintenanceService.Snapshot, options);
    return openSnapshot(stream);
  }

  close(): void {
    this.channel.close();
  }
}

async function* openSnapshot(stream: ClientStream<pb.SnapshotRequest, pb.SnapshotResponse>): AsyncGenerator<pb.SnapshotResponse> {
  // a refused stream tells why in its responses; the write's own failure would say less
  const written = stream.write(pb.SnapshotRequest.create()).then(
    () => stream.closeWrite(),
    () => undefined,
  );
  yield* stream.responses;
  await written;
}
