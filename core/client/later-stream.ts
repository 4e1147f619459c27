/** A stream of which it is not known yet where it will be: what is done with it waits until it has been opened. */
import type { CallOptions, ClientStream } from "./channel.ts";

/** @param open is given a signal that the stream's own `cancel` aborts too; where it fails, the responses tell */
export function laterStream<Request, Response>(
  options: CallOptions,
  open: (options: CallOptions) => Promise<ClientStream<Request, Response>>,
): ClientStream<Request, Response> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const opened = open({ ...options, signal });
  // without a stream nothing ends, and whoever reads is told why
  const nothing = (): void => undefined;
  opened.catch(nothing);
  async function* responses(): AsyncGenerator<Response> {
    yield* (await opened).responses;
  }
  return {
    write: async (request) => (await opened).write(request),
    closeWrite: () => void opened.then((stream) => stream.closeWrite(), nothing),
    cancel: () => stop.abort(),
    responses: responses(),
  };
}
