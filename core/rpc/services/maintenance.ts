/** etcdserverpb.Maintenance (etcd server/etcdserver/api/v3rpc/maintenance.go). */
import { createHash } from "node:crypto";
import { EtcdError } from "../../proto/errors.ts";
import { AlarmRequest_AlarmAction, MaintenanceService, SnapshotResponse } from "../../proto/gen/etcdserverpb.ts";
import { DATABASE_CHUNK_BYTES } from "../../server/api.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { fillHeader } from "./header.ts";

/** Size of a snapshot message's blob; only the last data message may be shorter. */
const BLOB_BYTES = 32 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

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
    // each chunk is copied into its messages before the one after the next is read
    const scratch = [Buffer.allocUnsafeSlow(DATABASE_CHUNK_BYTES), Buffer.allocUnsafeSlow(DATABASE_CHUNK_BYTES)];
    try {
      let left = database.size;
      let scraps = NOTHING;
      for await (const read of ahead(database.read(scratch))) {
        hash.update(read);
        const chunk = scraps.length === 0 ? read : Buffer.concat([scraps, read]);
        // all blobs are of one size but the last
        const whole = left === chunk.length ? chunk.length : chunk.length - (chunk.length % BLOB_BYTES);
        for (let at = 0; at < whole; at += BLOB_BYTES) {
          if (call.signal.aborted) return;
          const blob = chunk.subarray(at, Math.min(whole, at + BLOB_BYTES));
          left -= blob.length;
          const sending = send(SnapshotResponse.create({ remainingBytes: left, blob, version }));
          if (sending !== undefined) await sending;
        }
        scraps = Buffer.from(chunk.subarray(whole));
      }
    } finally {
      database.release();
    }
    await send(SnapshotResponse.create({ remainingBytes: 0, blob: hash.digest(), version }));
  });
}

/** The same items, the next one asked for before this one is worked on: the disk reads while the network sends. */
async function* ahead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const source = items[Symbol.asyncIterator]();
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = source.next();
      // a failure is taken up where it is awaited, which may be never
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await source.return?.();
  }
}
