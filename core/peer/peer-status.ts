/** Whether a peer can be reached, as streams, POSTs and dials tell (rafthttp/peer_status.go). */
import type { Clock } from "../platform/clock.ts";
import type { LinkEvent } from "./link-events.ts";
import { hexId } from "./peer-headers.ts";
import type { PeerLog } from "./transport.ts";

export class PeerStatus {
  private since: number | undefined;

  constructor(
    private readonly id: bigint,
    private readonly clock: Clock,
    private readonly log: PeerLog | undefined,
    private readonly observe: ((event: LinkEvent) => void) | undefined,
    private readonly onChange: (active: boolean) => void,
  ) {}

  /** Monotonic milliseconds of the change to active. */
  get activeSince(): number | undefined {
    return this.since;
  }

  activate(): void {
    if (this.since !== undefined) return;
    this.since = this.clock.monotonic();
    this.onChange(true);
    this.log?.("info", "peer became active", { "peer-id": hexId(this.id) });
    this.observe?.({ kind: "active", peer: this.id, reason: "" });
  }

  /** @param source stream or pipeline, @param action dial, read, write, heartbeat, post */
  deactivate(source: string, action: string, reason: string): void {
    const error = `failed to ${action} ${hexId(this.id)} on ${source} (${reason})`;
    if (this.since === undefined) {
      this.log?.("debug", "peer deactivated again", { "peer-id": hexId(this.id), error });
      return;
    }
    this.since = undefined;
    this.onChange(false);
    this.log?.("warn", "peer became inactive (message send to peer failed)", { "peer-id": hexId(this.id), error });
    this.observe?.({ kind: "inactive", peer: this.id, reason: error });
  }
}
