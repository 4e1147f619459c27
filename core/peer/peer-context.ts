/** What the parts of one transport share. */
import type { Message } from "../proto/gen/raftpb.ts";
import type { LinkShaper } from "./link-faults.ts";
import type { DropReason, LinkEvent } from "./link-events.ts";
import type { Tally } from "./tally.ts";
import type { PeerAgents } from "./peer-request.ts";
import type { TransportOptions } from "./transport.ts";

/** Socket patience of etcd's streams, one read or one write, where nobody asks for more. */
export const streamTimeoutMs = 5000;
/** Pause between heartbeats of a stream. etcd: a third of the patience of a reader here, in the hope that the other one has as much */
export function linkHeartbeatMs({ readTimeoutMs = streamTimeoutMs }: Pick<TransportOptions, "readTimeoutMs">): number {
  return Math.floor(readTimeoutMs / 3);
}
export const streamQueueMax = 4096;
export const pipelineQueueMax = 64;
export const pipelineConnections = 4;
export const redialMs = 100;

export type Channel = "message" | "msgapp" | "pipeline" | "snapshot";

export interface PeerContext {
  readonly options: TransportOptions;
  readonly tally: Tally;
  readonly agents: PeerAgents;
  /** undefined where no fault was ever set on what goes to the peer */
  outgoing(id: bigint): LinkShaper | undefined;
  /** nothing may pass between the two, in one direction or the other */
  isCut(id: bigint): boolean;
  /** Shapes a message that came from the peer: delivered now, later, twice, or lost to a fault. */
  shapeIncoming(id: bigint, bytes: number, deliver: () => void, drop: (reason: DropReason) => void): void;
  /** undefined when nobody listens */
  readonly observe: ((event: LinkEvent) => void) | undefined;
}

/** Notes a message that went nowhere. */
export function noteDrop(context: PeerContext, message: Message, bytes: number, channel: Channel, reason: DropReason): void {
  context.observe?.({ kind: "dropped", message, bytes, channel, reason });
}
