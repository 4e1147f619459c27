/** What the transport tells about single messages and links, to whoever listens (the lab's telemetry). Plain data, made only on demand. */
import type { Message } from "../proto/gen/raftpb.ts";

export type DropReason = "cut" | "loss" | "buffer full" | "unreachable" | "removed" | "unknown peer" | "stopped";

export type LinkEvent =
  | {
      /** sent: handed to the socket; received: handed to raft; dropped: see reason */
      readonly kind: "sent" | "received" | "dropped";
      readonly message: Message;
      /** encoded bytes of the message itself */
      readonly bytes: number;
      readonly channel: "message" | "msgapp" | "pipeline" | "snapshot";
      readonly reason?: DropReason;
    }
  | { readonly kind: "active" | "inactive"; readonly peer: bigint; readonly reason: string };
