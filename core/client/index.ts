/** The client's side of gRPC: `connect` for one member, `connectAll` for several with failover, `Client` for typed calls. */
import { BalancedChannel } from "./balanced-channel.ts";
import { AuthenticatedChannel } from "./authenticated-channel.ts";
import type { Channel } from "./channel.ts";
import type { Credentials } from "./credentials.ts";
import { type ChannelOptions, Http2Channel } from "./http2-channel.ts";

/** A channel to one endpoint; nothing is dialled before the first call. */
export function connect(endpoint: string, options: ChannelOptions = {}): Channel {
  return new Http2Channel(endpoint, options);
}

/** A channel over all endpoints, with failover. */
export function connectAll(endpoints: readonly string[], options: ChannelOptions = {}): Channel {
  return endpoints.length === 1 ? connect(endpoints[0]!, options) : new BalancedChannel(endpoints.map((endpoint) => connect(endpoint, options)));
}

/** A channel over others, with failover; they are closed with it. @throws StatusError where there is none */
export function connectAmong(channels: readonly Channel[]): Channel {
  return new BalancedChannel(channels);
}

/** A channel whose calls carry the user's token. */
export function authenticated(channel: Channel, credentials: Credentials): Channel {
  return new AuthenticatedChannel(channel, credentials);
}

export { Credentials, type User } from "./credentials.ts";
export type { CallOptions, Channel, ClientStream } from "./channel.ts";
export type { ChannelOptions } from "./http2-channel.ts";
export { ConnectionError } from "./connection-error.ts";
export { Client } from "./client.ts";
