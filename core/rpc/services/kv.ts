/** etcdserverpb.KV (etcd server/etcdserver/api/v3rpc/key.go): the form checked, the rest is the member's. */
import { KVService, type ResponseHeader } from "../../proto/gen/etcdserverpb.ts";
import { checkDeleteRange, checkPut, checkRange } from "../checks/range-put-delete.ts";
import { checkTxn } from "../checks/txn.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { fillHeader } from "./header.ts";

export function addKv(builder: ServiceBuilder, maxTxnOps: number): void {
  const { server } = builder;
  const fill = <T extends { header: ResponseHeader | undefined }>(response: T): T => fillHeader(server, response);
  // not async: on this path every promise counts
  builder.unary(
    KVService.Range,
    (request, context) => {
      checkRange(request);
      return server.range(request, context);
    },
    fill,
  );
  builder.unary(
    KVService.Put,
    (request, context) => {
      checkPut(request);
      return server.put(request, context);
    },
    fill,
  );
  builder.unary(
    KVService.DeleteRange,
    (request, context) => {
      checkDeleteRange(request);
      return server.deleteRange(request, context);
    },
    fill,
  );
  builder.unary(
    KVService.Txn,
    (request, context) => {
      checkTxn(request, maxTxnOps);
      return server.txn(request, context);
    },
    fill,
  );
  builder.unary(
    KVService.Compact,
    async (request, context) => {
      await server.requireAdmin(context);
      return server.compact(request, context);
    },
    fill,
  );
}
