/** What of a client's call goes on to the members: its token, its wish for a leader, its deadline and its end. */
import type { CallOptions } from "../client/index.ts";
import type { Call } from "../rpc/service.ts";

/** The metadata that is passed on (etcd's proxy: util.go). Others, such as the client's API version, are the proxy's own matter. */
export function forwardedMetadata({ metadata }: Pick<Call, "metadata">): Readonly<Record<string, string>> {
  const { token, hasleader } = metadata;
  return { ...(token === undefined || token === "" ? {} : { token }), ...(hasleader === undefined ? {} : { hasleader }) };
}

/** Of a unary call, or of a stream that belongs to this client alone. */
export function forwarded(call: Call): CallOptions {
  return {
    metadata: forwardedMetadata(call),
    signal: call.signal,
    ...(call.deadline === undefined ? {} : { timeoutMs: Math.max(1, call.deadline - Date.now()) }),
  };
}
