/** A lease kept alive over however many connections that takes (etcd client/v3/lease.go: KeepAlive). */
import { Code, StatusError } from "../proto/errors.ts";
import { LeaseKeepAliveRequest, type LeaseKeepAliveResponse, LeaseService } from "../proto/gen/etcdserverpb.ts";
import type { Channel, ClientStream } from "./channel.ts";

/** Pause before a stream is opened again, and least pause between two renewals, ms. */
const PAUSE_MS = 500;

type KeepAliveStream = ClientStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>;

/**
 * Renews at a third of the granted time. Ends when the lease is gone, or has not been renewed for as long as it lives, or at the signal.
 * @param firstMs how long the first answer may take
 */
export async function* keepLease(channel: Channel, ID: bigint, firstMs: number, signal: AbortSignal): AsyncGenerator<LeaseKeepAliveResponse> {
  let endsAt = performance.now() + firstMs;
  const over = (): boolean => signal.aborted || performance.now() >= endsAt;
  while (!over()) {
    const stop = new AbortController();
    const end = (): void => stop.abort();
    signal.addEventListener("abort", end, { once: true });
    const stream: KeepAliveStream = channel.stream(LeaseService.LeaseKeepAlive, { metadata: { hasleader: "true" }, signal: stop.signal });
    const answers = stream.responses[Symbol.asyncIterator]();
    try {
      for (;;) {
        const late = setTimeout(end, Math.max(0, endsAt - performance.now()));
        // a stream that is over says so where it is read
        stream.write(LeaseKeepAliveRequest.create({ ID })).catch(() => undefined);
        const answer = await answers.next().finally(() => clearTimeout(late));
        if (answer.done === true) break;
        const response = answer.value;
        if (response.TTL <= 0) return;
        endsAt = performance.now() + response.TTL * 1000;
        yield response;
        await pause(Math.max(PAUSE_MS, (response.TTL * 1000) / 3), signal);
        if (signal.aborted) return;
      }
    } catch (error) {
      // whatever became of the stream, the lease lives on, and the next one may do better
      if (!(error instanceof StatusError)) throw error;
    } finally {
      signal.removeEventListener("abort", end);
      stream.cancel();
    }
    if (!over()) await pause(Math.min(PAUSE_MS, endsAt - performance.now()), signal);
  }
}

/** Renews a lease once, over as many connections as it takes. @throws StatusError where another one would not help */
export async function renewLease(channel: Channel, ID: bigint, signal: AbortSignal): Promise<LeaseKeepAliveResponse> {
  for (;;) {
    const stream: KeepAliveStream = channel.stream(LeaseService.LeaseKeepAlive, { signal });
    try {
      // a stream that is over says why where it is read
      stream.write(LeaseKeepAliveRequest.create({ ID })).catch(() => undefined);
      for await (const response of stream.responses) return response;
    } catch (error) {
      if (!(error instanceof StatusError) || (error.code !== Code.Unavailable && error.code !== Code.Internal)) throw error;
    } finally {
      stream.cancel();
    }
    await pause(PAUSE_MS, signal);
  }
}

/** Sleeps unless the signal comes. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
