/** The client's side of gRPC: `connect` for one member, `connectAll` for several with failover, `Client` for typed calls. */
import { AuthenticatedChannel } from "./authenticated-channel.ts";
import { BalancedChannel } from "./balanced-channel.ts";
import type { Channel, MemberChannel } from "./channel.ts";
import type { Credentials } from "./credentials.ts";
import { type ChannelOptions, Http2Channel } from "./http2-channel.ts";
import { type FailedTry, RetryingChannel } from "./retrying-channel.ts";

/** How often etcd's client makes a call again. */
const PATIENT_ATTEMPTS = 100;

/** A channel to one endpoint; nothing is dialled before the first call, and a call fails when it cannot be reached. */
export function connect(endpoint: string, options: ChannelOptions = {}): MemberChannel {
  return new Http2Channel(endpoint, options);
}

/** A channel over all endpoints, with failover; a call fails when none of them can be reached. */
export function connectAll(endpoints: readonly string[], options: ChannelOptions = {}): Channel {
  return endpoints.length === 1 ? connect(endpoints[0]!, options) : connectAmong(endpoints.map((endpoint) => connect(endpoint, options)));
}

/** A channel over others that may be given to another one. */
export interface SharedChannel extends Channel {
  /** Dials no more by itself: its members are another's now. What it runs goes on. */
  release(): void;
}

/** A channel over others, with failover; they are closed with it. @throws StatusError where there is none */
export function connectAmong(channels: readonly MemberChannel[]): SharedChannel {
  const balanced = new BalancedChannel(channels);
  const retrying = new RetryingChannel(balanced, { attemptsMax: 2 * channels.length + 1, members: channels.length });
  return Object.assign(retrying, { release: () => balanced.release() });
}

/**
 * A channel over all endpoints with the patience of etcd's client: a call waits until a member can be reached, as long as its own
 * time lasts, and what may be made twice is made again up to a hundred times.
 * @param onFailure told of each try that failed
 */
export function connectPatiently(endpoints: readonly string[], options: ChannelOptions = {}, onFailure?: (failed: FailedTry) => void): Channel {
  const balanced = new BalancedChannel(
    endpoints.map((endpoint) => connect(endpoint, options)),
    { waitForReady: true },
  );
  return new RetryingChannel(balanced, { attemptsMax: PATIENT_ATTEMPTS, members: endpoints.length, onFailure });
}

/** A channel whose calls carry the user's token. */
export function authenticated(channel: Channel, credentials: Credentials): Channel {
  return new AuthenticatedChannel(channel, credentials);
}

export { Credentials, type User } from "./credentials.ts";
export type { CallOptions, Channel, ClientStream, MemberChannel } from "./channel.ts";
export type { ChannelOptions } from "./http2-channel.ts";
export { ConnectionError } from "./connection-error.ts";
export { Client } from "./client.ts";
export type { FailedTry } from "./retrying-channel.ts";
export { follow } from "./follow.ts";
export { keepLease, renewLease } from "./lease-keeper.ts";
export { type WatchListener, type Watcher, Watches } from "./watches.ts";
