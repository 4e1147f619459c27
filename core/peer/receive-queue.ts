/** Messages of one peer on their way into raft: in order, one at a time, bounded. */
import type { Message } from "../proto/gen/raftpb.ts";

/** etcd's buffer of received messages, and of proposals waiting for a leader */
const queueMax = 4096;

export class ReceiveQueue {
  private queue: Message[] = [];
  private busy = false;
  private stopped = false;

  constructor(
    private readonly process: (message: Message) => Promise<void> | void,
    private readonly onError: (error: unknown, message: Message) => void,
  ) {}

  /** @returns false when full: the message is dropped */
  push(message: Message): boolean {
    if (this.stopped || this.queue.length >= queueMax) return false;
    this.queue.push(message);
    if (!this.busy) this.run();
    return true;
  }

  stop(): void {
    this.stopped = true;
    this.queue = [];
  }

  /** Without waiting for as long as raft takes messages at once. */
  private run(): void {
    this.busy = true;
    while (this.queue.length > 0) {
      const message = this.queue.shift() as Message;
      let pending: Promise<void> | void;
      try {
        pending = this.process(message);
      } catch (error) {
        this.onError(error, message);
        continue;
      }
      if (pending) {
        void pending.catch((error: unknown) => this.onError(error, message)).then(() => this.run());
        return;
      }
    }
    this.busy = false;
  }
}
