/**
 * KV.RangeStream, which etcd has from 3.7 on (server/etcdserver/v3_server.go there): a range in chunks of about
 * max-request-bytes, all of one revision; header, `more` and `count` come with the last one. Answers of it put together
 * are the answer of Range.
 */
import { Code, StatusError } from "../../proto/errors.ts";
import { KVService, RangeRequest, RangeRequest_SortOrder, RangeRequest_SortTarget, RangeResponse, type RangeStreamResponse } from "../../proto/gen/etcdserverpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { checkRange } from "../checks/range-put-delete.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { fillHeader } from "./header.ts";

/** Keys in the first chunk, before it is known how large they are. */
const FIRST_CHUNK_KEYS = 10;
const NUL = Buffer.from([0]);

/** @param chunkBytes what a chunk should come near to: max-request-bytes */
export function addRangeStream(builder: ServiceBuilder, chunkBytes: number): void {
  const { server } = builder;
  builder.serverStream(KVService.RangeStream, async (request, send, context) => {
    checkRange(request);
    const byKey = request.sortTarget === RangeRequest_SortTarget.KEY && request.sortOrder !== RangeRequest_SortOrder.DESCEND;
    if (request.sortOrder !== RangeRequest_SortOrder.NONE && !byKey) throw new StatusError(Code.Unimplemented, "RangeStream does not support custom sort orders");
    if (request.minModRevision !== 0 || request.maxModRevision !== 0 || request.minCreateRevision !== 0 || request.maxCreateRevision !== 0)
      throw new StatusError(Code.Unimplemented, "RangeStream does not support revision filters");
    if (request.countOnly) {
      const { header, count } = await server.range(request, context);
      await send({ rangeResponse: fillHeader(server, RangeResponse.create({ header, count })) });
    } else await inChunks(server, request, context, chunkBytes, send);
  });
}

async function inChunks(
  server: EtcdServer,
  request: RangeRequest,
  context: RequestContext,
  chunkBytes: number,
  send: (response: RangeStreamResponse) => Promise<void> | undefined,
): Promise<void> {
  const wanted = request.limit > 0 ? request.limit : Number.MAX_SAFE_INTEGER;
  let limit = Math.min(FIRST_CHUNK_KEYS, wanted);
  let { key, revision, serializable } = request;
  let sent = 0;
  let header: RangeResponse["header"];
  for (;;) {
    const chunk = await server.range({ ...request, sortTarget: RangeRequest_SortTarget.KEY, key, revision, serializable, limit }, context);
    // the first chunk decides which revision all are of; the rest is read here, from the past
    header ??= chunk.header;
    if (revision <= 0) revision = chunk.header!.revision;
    serializable = true;
    sent += chunk.kvs.length;
    const next = chunk.more ? Buffer.concat([chunk.kvs.at(-1)!.key, NUL]) : undefined;
    if (next === undefined || sent >= wanted) {
      let count = sent;
      if (next !== undefined) count += (await server.range(RangeRequest.create({ key: next, rangeEnd: request.rangeEnd, revision, serializable, countOnly: true }), context)).count;
      await send({ rangeResponse: fillHeader(server, RangeResponse.create({ header, kvs: chunk.kvs, more: chunk.more, count })) });
      return;
    }
    await send({ rangeResponse: RangeResponse.create({ kvs: chunk.kvs }) });
    key = next;
    limit = Math.min(nextLimit(limit, RangeResponse.size(chunk), chunkBytes), wanted - sent);
  }
}

/** Doubled or halved only where the chunk was far from what is wanted. */
function nextLimit(limit: number, bytes: number, chunkBytes: number): number {
  if (bytes < chunkBytes / 2) return limit * 2;
  if (bytes > chunkBytes * 2) return Math.max(1, Math.floor(limit / 2));
  return limit;
}
