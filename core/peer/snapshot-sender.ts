/** MsgSnap with the whole database behind it in one POST (rafthttp/snapshot_sender.go). */
import type { ClientRequest } from "node:http";
import { Message } from "../proto/gen/raftpb.ts";
import { encodeMessageFrame } from "./message-frames.ts";
import { noteDrop, type PeerContext, streamTimeoutMs } from "./peer-context.ts";
import { hexId } from "./peer-headers.ts";
import { checkPostAnswer, openRequest, PeerError, type PostAnswer, readAnswer, requestErrorText } from "./peer-request.ts";
import type { PeerStatus } from "./peer-status.ts";
import type { DatabaseSource } from "./transport.ts";
import type { UrlPicker } from "./url-picker.ts";

export class SnapshotSender {
  private readonly requests = new Set<ClientRequest>();
  private stopped = false;

  constructor(
    private readonly context: PeerContext,
    private readonly peer: bigint,
    private readonly picker: UrlPicker,
    private readonly status: PeerStatus,
  ) {}

  /** Resolves when it is over, well or not; the outcome is told to raft. */
  async send(message: Message, database: DatabaseSource): Promise<void> {
    const { options, tally, observe } = this.context;
    const fields = {
      "snapshot-index": message.snapshot?.metadata.index ?? 0,
      "remote-peer-id": hexId(this.peer),
      bytes: Message.size(message) + database.size,
    };
    options.log?.("info", "sending database snapshot", fields);
    const begun = options.clock.monotonic();
    tally.add("snapshotSendInflight", this.peer);
    try {
      await this.post(message, database);
    } catch (error) {
      this.failed(message, error as Error, fields);
      return;
    } finally {
      tally.add("snapshotSendInflight", this.peer, -1);
      database.release();
    }
    tally.transferred("snapshotSendSeconds", this.peer, (options.clock.monotonic() - begun) / 1000);
    this.status.activate();
    options.raft.reportSnapshot(message.to, true);
    options.log?.("info", "sent database snapshot", fields);
    tally.add("sentBytes", this.peer, fields.bytes);
    tally.add("snapshotSendSuccess", this.peer);
    observe?.({ kind: "sent", message, bytes: fields.bytes, channel: "snapshot" });
  }

  stop(): void {
    this.stopped = true;
    for (const request of this.requests) request.destroy(new PeerError("peer.stopped", "stopped"));
  }

  private async post(message: Message, database: DatabaseSource): Promise<void> {
    if (this.stopped) throw new PeerError("peer.stopped", "stopped");
    if (this.context.isCut(this.peer)) throw new PeerError("peer.cut", "link is cut");
    const url = this.picker.pick();
    const path = "/raft/snapshot";
    const request = openRequest(this.context, url, "POST", path, { "Content-Type": "application/octet-stream" }, true);
    this.requests.add(request);
    try {
      const answered = this.answer(request);
      // a refusal may come while the body is still going out: then there is no use in sending the rest
      const answer = await Promise.race([answered, this.body(request, message, database).then(() => answered)]);
      checkPostAnswer(answer, url, path);
    } catch (error) {
      this.picker.unreachable(url);
      throw error;
    } finally {
      this.requests.delete(request);
      request.destroy();
    }
  }

  private answer(request: ClientRequest): Promise<PostAnswer> {
    const { clock } = this.context.options;
    const answered = new Promise<PostAnswer>((resolve, reject) => {
      request.once("error", reject);
      const closed = (): void => reject(new PeerError("peer.short", "connection closed"));
      request.once("close", closed);
      request.once("response", (response) => {
        request.off("close", closed);
        const limit = clock.after(streamTimeoutMs, () => response.destroy(new PeerError("peer.timeout", "i/o timeout")));
        readAnswer(response)
          .then(resolve, reject)
          .finally(() => limit.cancel());
      });
    });
    answered.catch(() => undefined); // awaited in `post`, but perhaps later than it fails
    return answered;
  }

  private async body(request: ClientRequest, message: Message, database: DatabaseSource): Promise<void> {
    await this.write(request, encodeMessageFrame(message));
    let bytes = 0;
    for await (const chunk of database.read()) {
      if (this.context.isCut(this.peer)) throw new PeerError("peer.cut", "link is cut");
      bytes += chunk.length;
      await this.write(request, chunk);
    }
    if (bytes !== database.size) throw new PeerError("peer.short", `snapshot of ${database.size} bytes ended after ${bytes}`);
    request.end();
  }

  private async write(request: ClientRequest, chunk: Buffer): Promise<void> {
    const { clock } = this.context.options;
    const delay = this.context.outgoing(this.peer)?.lineDelay(chunk.length) ?? 0;
    if (delay > 0) await new Promise<void>((resolve) => clock.after(delay, resolve));
    if (request.destroyed) throw new PeerError("peer.short", "connection closed");
    if (!request.write(chunk)) await roomIn(request);
  }

  private failed(message: Message, error: Error, fields: Readonly<Record<string, unknown>>): void {
    const { options, tally } = this.context;
    if (error instanceof PeerError && error.code === "peer.removed") options.raft.onRemoved();
    if (this.stopped) return;
    options.log?.("warn", "failed to send database snapshot", { ...fields, error: requestErrorText(error) });
    this.status.deactivate("sendMsgSnap", "post", requestErrorText(error));
    options.raft.reportUnreachable(message.to);
    options.raft.reportSnapshot(message.to, false);
    tally.add("sentFailures", this.peer);
    tally.add("snapshotSendFailures", this.peer);
    noteDrop(this.context, message, 0, "snapshot", "unreachable");
  }
}

/** Until the request takes more or is over. It leaves no listener behind: a database makes one request wait thousands of times. */
function roomIn(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      request.off("drain", over);
      request.off("close", over);
      resolve();
    };
    request.on("drain", over);
    request.on("close", over);
  });
}
