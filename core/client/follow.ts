/** One watch as a sequence of responses, over however many connections that takes. */
import type { StatusError } from "../proto/errors.ts";
import type { WatchCreateRequest, WatchResponse } from "../proto/gen/etcdserverpb.ts";
import type { Channel } from "./channel.ts";
import { Watches } from "./watches.ts";

export interface FollowOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** ends the sequence */
  readonly signal?: AbortSignal;
}

/**
 * All responses but the one that says that the watch was created; one that says `canceled` is the last.
 * @throws StatusError where the stream ends for good
 */
export async function* follow(channel: Channel, request: Partial<WatchCreateRequest>, { metadata = {}, signal }: FollowOptions = {}): AsyncGenerator<WatchResponse> {
  const watches = new Watches(channel);
  const seen: { next: WatchResponse | undefined; failure: StatusError | undefined } = { next: undefined, failure: undefined };
  let wake = nothing;
  let taken = nothing;
  const woken = (): void => wake();
  signal?.addEventListener("abort", woken);
  watches.watch(request, metadata, {
    heard(response) {
      if (response.created && !response.canceled) return undefined;
      seen.next = response;
      woken();
      // the next one is read when this one has been used
      return new Promise<void>((resolve) => {
        taken = resolve;
      });
    },
    failed(error) {
      seen.failure = error;
      woken();
    },
  });
  try {
    while (signal?.aborted !== true) {
      const { next, failure } = seen;
      if (next !== undefined) {
        seen.next = undefined;
        yield next;
        taken();
        if (next.canceled) return;
      } else if (failure !== undefined) {
        throw failure;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener("abort", woken);
    watches.close();
    taken();
  }
}

const nothing = (): void => undefined;
