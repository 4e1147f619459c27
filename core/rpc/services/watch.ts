/** etcdserverpb.Watch (etcd server/etcdserver/api/v3rpc/watch.go): one `WatchSession` for each stream. */
import { EtcdError } from "../../proto/errors.ts";
import { type WatchRequest, WatchService } from "../../proto/gen/etcdserverpb.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { WatchBytes } from "./watch-bytes.ts";
import { WatchSession } from "./watch-session.ts";

export interface WatchLimits {
  /** responses of watchers that asked for fragments are split at this size, bytes: max-request-bytes + 512 KiB */
  readonly fragmentBytesMax: number;
  /** watch-progress-notify-interval, ms */
  readonly progressIntervalMs: number;
}

/** Shortest progress interval that etcd allows, ms. */
const PROGRESS_INTERVAL_MIN_MS = 100;

export function addWatch(builder: ServiceBuilder, limits: WatchLimits): void {
  const { server } = builder;
  const bytes = new WatchBytes(server);
  builder.bidirectional(WatchService.Watch, async (stream, context) => {
    const interval = Math.max(limits.progressIntervalMs, PROGRESS_INTERVAL_MIN_MS);
    const session = new WatchSession(server, (response) => stream.call.send(response), bytes, limits.fragmentBytesMax, context);
    // up to a tenth is added, so that streams opened together do not all speak at once
    const timer = setInterval(() => session.notifyProgress(), interval + Math.floor((Math.random() * interval) / 10));
    // a client that had closed its side already is only heard of through the signal when it goes
    const close = (): void => session.close();
    context.signal.addEventListener("abort", close, { once: true });
    try {
      const pump = session.pump();
      // a client that has closed its side (the gateway does so at the end of a body) still gets its events
      await Promise.race([pump, serve(session, stream.requests).then(() => pump)]);
    } finally {
      clearInterval(timer);
      context.signal.removeEventListener("abort", close);
      session.close();
    }
    // a pump that ended first did so because the call is over or the member stops; a stream that ended without an error would be the end of
    // the watch for etcd's client, which goes on elsewhere after Unavailable
    context.signal.throwIfAborted();
    throw new EtcdError("Stopped");
  });
}

async function serve(session: WatchSession, requests: AsyncIterable<WatchRequest>): Promise<void> {
  for await (const request of requests) await session.take(request);
}
