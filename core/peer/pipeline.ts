/** Single messages by POST: for what streams cannot carry, and for peers without a stream (rafthttp/pipeline.go). */
import type { ClientRequest } from "node:http";
import { Message, MessageType } from "../proto/gen/raftpb.ts";
import { noteDrop, type PeerContext, pipelineConnections, pipelineQueueMax } from "./peer-context.ts";
import { checkPostAnswer, openRequest, PeerError, type PostAnswer, readAnswer, requestErrorText } from "./peer-request.ts";
import type { PeerStatus } from "./peer-status.ts";
import type { UrlPicker } from "./url-picker.ts";

export class Pipeline {
  private queue: Message[] = [];
  private active = 0;
  private stopped = false;
  private readonly requests = new Set<ClientRequest>();

  constructor(
    private readonly context: PeerContext,
    private readonly peer: bigint,
    private readonly picker: UrlPicker,
    private readonly status: PeerStatus,
  ) {}

  /** @returns false when the queue is full */
  send(message: Message): boolean {
    if (this.stopped || this.queue.length >= pipelineQueueMax) return false;
    this.queue.push(message);
    this.next();
    return true;
  }

  stop(): void {
    this.stopped = true;
    this.queue = [];
    for (const request of this.requests) request.destroy(new PeerError("peer.stopped", "stopped"));
  }

  private next(): void {
    while (this.active < pipelineConnections && this.queue.length > 0) {
      const message = this.queue.shift() as Message;
      this.active++;
      void this.post(message)
        .then(
          (bytes) => this.succeeded(message, bytes),
          (error: Error) => this.failed(message, error),
        )
        .then(() => {
          this.active--;
          if (!this.stopped) this.next();
        });
    }
  }

  private async post(message: Message): Promise<number> {
    if (this.context.isCut(this.peer)) throw new PeerError("peer.cut", "link is cut");
    const url = this.picker.pick();
    const body = Message.encode(message);
    try {
      const answer = await this.exchange(url, body);
      checkPostAnswer(answer, url, "/raft");
      return body.length;
    } catch (error) {
      this.picker.unreachable(url);
      throw error;
    }
  }

  /** A kept connection may have been closed by the peer meanwhile: then once more on a new one, as Go does. */
  private async exchange(url: URL, body: Buffer, pooled = true): Promise<PostAnswer> {
    const request = openRequest(
      this.context,
      url,
      "POST",
      "/raft",
      { "Content-Type": "application/protobuf", "Content-Length": String(body.length) },
      pooled,
    );
    this.requests.add(request);
    try {
      return await new Promise<PostAnswer>((resolve, reject) => {
        request.once("response", (response) => readAnswer(response).then(resolve, reject));
        request.once("error", reject);
        request.end(body);
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (pooled && request.reusedSocket && (code === "ECONNRESET" || code === "EPIPE") && !this.stopped)
        return await this.exchange(url, body, false);
      throw error;
    } finally {
      this.requests.delete(request);
    }
  }

  private succeeded(message: Message, bytes: number): void {
    this.status.activate();
    this.context.tally.add("sentBytes", this.peer, bytes);
    this.context.observe?.({ kind: "sent", message, bytes, channel: "pipeline" });
    if (message.type === MessageType.MsgSnap) this.context.options.raft.reportSnapshot(message.to, true);
  }

  private failed(message: Message, error: Error): void {
    if (this.stopped) return;
    const { raft } = this.context.options;
    this.status.deactivate("pipeline", "write", requestErrorText(error));
    raft.reportUnreachable(message.to);
    if (message.type === MessageType.MsgSnap) raft.reportSnapshot(message.to, false);
    this.context.tally.add("sentFailures", this.peer);
    noteDrop(this.context, message, 0, "pipeline", "unreachable");
    if (error instanceof PeerError && error.code === "peer.removed") raft.onRemoved();
  }
}
