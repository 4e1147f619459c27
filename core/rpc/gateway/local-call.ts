/** A call that comes from inside the member, such as the JSON gateway's: the same handlers and counters as over gRPC. */
import { Code, StatusError } from "../../proto/errors.ts";
import { statusOf } from "../carrier/exchange.ts";
import type { Route } from "../carrier/route.ts";
import type { BidirectionalCall, CarrierLimits, Metadata } from "../service.ts";

export interface LocalCallOptions {
  readonly path: string;
  readonly metadata: Metadata;
  readonly peer: string;
  /** wall ms; undefined: none */
  readonly deadline: number | undefined;
  /** aborted with a StatusError where the call ends for a reason of its own, such as its deadline */
  readonly signal: AbortSignal;
  readonly limits: CarrierLimits;
  /** the client's messages; one for all but bidirectional calls */
  readonly messages: AsyncIterable<Buffer>;
  /** takes a message of the answer; resolves when there is room for the next */
  readonly deliver: (message: Buffer) => Promise<void>;
}

/** Runs a call to its end. @throws StatusError */
export async function callLocally(route: Route, options: LocalCallOptions): Promise<void> {
  const { counters, handler } = route;
  const { signal, limits, path, metadata, peer } = options;
  counters.started++;
  async function* received(): AsyncGenerator<Buffer> {
    for await (const message of options.messages) {
      if (message.length > limits.receiveBytesMax)
        throw new StatusError(Code.ResourceExhausted, `grpc: received message larger than max (${message.length} vs. ${limits.receiveBytesMax})`);
      counters.received++;
      counters.receivedBytes += message.length;
      yield message;
    }
  }
  const messages = received();
  const call: BidirectionalCall = {
    path,
    metadata,
    peer,
    deadline: options.deadline,
    signal,
    messages,
    sendHeaders: () => undefined,
    async send(message) {
      if (signal.aborted) throw reasonOf(signal);
      counters.sent++;
      counters.sentBytes += message.length;
      await options.deliver(message);
    },
  };
  try {
    await untilAborted(signal, async () => {
      if (handler.kind === "bidirectional") {
        await handler.handle(call);
        return;
      }
      const { value, done } = await messages.next();
      if (done === true) throw new StatusError(Code.Internal, "grpc: the request stream ended without a message");
      if (handler.kind === "server-stream") await handler.handle(value, call);
      else await call.send(await handler.handle(value, call));
    });
    counters.handled[Code.OK]!++;
  } catch (error) {
    const status = statusOf(error);
    counters.handled[status.code]!++;
    throw status;
  }
}

function reasonOf(signal: AbortSignal): StatusError {
  const reason: unknown = signal.reason;
  return reason instanceof StatusError ? reason : new StatusError(Code.Canceled, "context canceled");
}

/** The work, or the signal's reason as soon as it has one. */
function untilAborted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reasonOf(signal));
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    work()
      .finally(() => signal.removeEventListener("abort", abort))
      .then(resolve, reject);
  });
}
