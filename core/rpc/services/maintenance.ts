/** etcdserverpb.Maintenance (etcd server/etcdserver/api/v3rpc/maintenance.go). */
import { createHash } from "node:crypto";
import { EtcdError } from "../../proto/errors.ts";
import { AlarmRequest_AlarmAction, MaintenanceService, SnapshotResponse } from "../../proto/gen/etcdserverpb.ts";
import type { DatabaseStream } from "../../server/api.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { fillHeader } from "./header.ts";

/** Size of a snapshot message's blob; only the last data message may be shorter. */
const BLOB_BYTES = 32 * 1024;

/** What the health service wants to know. */
export interface DefragListener {
  started(): void;
  finished(): void;
}

export function addMaintenance(builder: ServiceBuilder, defrag: DefragListener): void {
  const { server } = builder;
  builder.unary(MaintenanceService.Alarm, async (request, context) => {
    await (request.action === AlarmRequest_AlarmAction.GET ? server.requireUser(context) : server.requireAdmin(context));
    return fillHeader(server, await server.alarm(request, context));
  });
  builder.unary(MaintenanceService.Status, async (request, context) => {
    await server.requireUser(context);
    return fillHeader(server, await server.status(request, context));
  });
  builder.unary(MaintenanceService.Defragment, async (_request, context) => {
    await server.requireAdmin(context);
    defrag.started();
    try {
      const response = await server.defragment(context);
      response.header = undefined;
      return response;
    } finally {
      defrag.finished();
    }
  });
  builder.unary(MaintenanceService.Hash, async (_request, context) => {
    await server.requireAdmin(context);
    return fillHeader(server, await server.hash(context));
  });
  builder.unary(MaintenanceService.HashKV, async (request, context) => {
    await server.requireAdmin(context);
    return fillHeader(server, await server.hashKv(request, context));
  });
  builder.unary(MaintenanceService.MoveLeader, async (request, context) => {
    await server.requireAdmin(context);
    if (server.memberId !== server.leader()) throw new EtcdError("NotLeader");
    const response = await server.moveLeader(request, context);
    response.header = undefined;
    return response;
  });
  builder.unary(MaintenanceService.Downgrade, async (request, context) => {
    await server.requireAdmin(context);
    return fillHeader(server, await server.downgrade(request, context));
  });
  builder.serverStream(MaintenanceService.Snapshot, async (_request, send, context, call) => {
    await server.requireAdmin(context);
    const version = server.storageVersion();
    const database = await server.snapshot(context);
    const hash = createHash("sha256");
    try {
      let left = database.size;
      for await (const blob of blobs(database)) {
        if (call.signal.aborted) return;
        left -= blob.length;
        hash.update(blob);
        await send(SnapshotResponse.create({ remainingBytes: left, blob, version }));
      }
    } finally {
      database.release();
    }
    await send(SnapshotResponse.create({ remainingBytes: 0, blob: hash.digest(), version }));
  });
}

/** The database cut anew into blobs of one size, whatever the sizes it is read in; only what spans two chunks is copied. */
async function* blobs(database: DatabaseStream): AsyncGenerator<Buffer> {
  let scraps: Buffer | undefined;
  let left = database.size;
  for await (const read of database.read()) {
    const chunk = read.subarray(0, left);
    left -= chunk.length;
    let taken = 0;
    if (scraps !== undefined) {
      taken = BLOB_BYTES - scraps.length;
      scraps = Buffer.concat([scraps, chunk.subarray(0, taken)]);
      if (scraps.length < BLOB_BYTES) continue;
      yield scraps;
      scraps = undefined;
    }
    for (; chunk.length - taken >= BLOB_BYTES; taken += BLOB_BYTES) yield chunk.subarray(taken, taken + BLOB_BYTES);
    if (taken < chunk.length) scraps = chunk.subarray(taken);
  }
  if (scraps !== undefined) yield scraps;
}
