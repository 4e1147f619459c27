/**
 * The receiving half of one stream: dials the peer, reads its endless answer, and dials again (rafthttp/stream.go,
 * streamReader). At most one dial in 100 ms.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Timer } from "../platform/clock.ts";
import { type Message, MessageType } from "../proto/gen/raftpb.ts";
import { MsgAppDecoder } from "./msgapp-frames.ts";
import { isLinkHeartbeat, MessageStreamDecoder } from "./message-frames.ts";
import { noteDrop, type PeerContext, redialMs, streamTimeoutMs } from "./peer-context.ts";
import { header, hexId, majorMinor, supportsStreams } from "./peer-headers.ts";
import { openRequest, PeerError, preconditionError, readAnswer, removedText, requestErrorText } from "./peer-request.ts";
import type { PeerStatus } from "./peer-status.ts";
import type { ReceiveQueue } from "./receive-queue.ts";
import type { UrlPicker } from "./url-picker.ts";

export class StreamReader {
  private readonly source: string;
  private stopped = false;
  private request: ClientRequest | undefined;
  private redial: Timer | undefined;
  private watchdog: Timer | undefined;
  private lastDial = Number.NEGATIVE_INFINITY;
  private lastRead = 0;

  constructor(
    private readonly context: PeerContext,
    private readonly peer: bigint,
    private readonly channel: "message" | "msgapp",
    private readonly picker: UrlPicker,
    private readonly status: PeerStatus,
    private readonly queues: { readonly messages: ReceiveQueue; readonly proposals: ReceiveQueue },
  ) {
    this.source = channel === "msgapp" ? "stream MsgApp v2" : "stream Message";
  }

  start(): void {
    if (this.stopped) return;
    const { clock } = this.context.options;
    const wait = Math.max(0, this.lastDial + redialMs - clock.monotonic());
    this.redial = clock.after(wait, () => {
      this.lastDial = clock.monotonic();
      this.dial();
    });
  }

  stop(): void {
    this.stopped = true;
    this.redial?.cancel();
    this.watchdog?.cancel();
    this.request?.destroy();
  }

  private dial(): void {
    const { context } = this;
    if (context.isCut(this.peer)) return this.failed("dial", new PeerError("peer.cut", "link is cut"));
    const url = this.picker.pick();
    const path = `/raft/stream/${this.channel}/${hexId(context.options.localId)}`;
    const request = openRequest(context, url, "GET", path, { "X-Raft-To": hexId(this.peer) }, false);
    this.request = request;
    let over = false;
    const end = (action: string, error: Error | undefined): void => {
      if (over) return;
      over = true;
      this.watchdog?.cancel();
      request.destroy();
      if (this.stopped) return;
      if (action === "dial") this.picker.unreachable(url);
      this.failed(action, error);
    };
    // from connecting to the headers is one read of the peer's answer
    this.watch(() => end("dial", new PeerError("peer.timeout", "i/o timeout")));
    request.on("error", (error) => end("dial", error));
    const closed = (): void => end("dial", new PeerError("peer.short", "connection closed"));
    request.once("close", closed);
    request.once("response", (response) => {
      request.off("close", closed);
      if (over) return;
      this.lastRead = context.options.clock.monotonic();
      const refusal = response.statusCode === 200 ? this.unsupported(response) : undefined;
      if (response.statusCode === 200 && !refusal) this.read(response, end);
      else if (refusal) end("dial", refusal);
      else {
        this.refused(response).then(
          (error) => end("dial", error),
          (error: Error) => end("dial", error),
        );
      }
    });
    request.end();
  }

  /** @param error undefined: the peer ended the stream in good order */
  private failed(action: string, error: Error | undefined): void {
    if (error) this.status.deactivate(this.source, action, requestErrorText(error));
    this.start();
  }

  private unsupported(response: IncomingMessage): PeerError | undefined {
    const remote = header(response.headers, "x-server-version");
    const older = (majorMinor(remote) ?? 0) < (majorMinor(this.context.options.version) ?? 0);
    return older && !supportsStreams(remote) ? new PeerError("peer.incompatible", "unsupported stream type") : undefined;
  }

  private async refused(response: IncomingMessage): Promise<Error> {
    const { options } = this.context;
    const answer = await readAnswer(response);
    switch (answer.status) {
      case 410:
        options.raft.onRemoved();
        return new PeerError("peer.removed", removedText);
      case 404:
        return new PeerError("peer.status", `peer ${hexId(this.peer)} failed to find local node ${hexId(options.localId)}`);
      case 412: {
        const error = preconditionError(answer.body);
        if (error.code === "peer.incompatible")
          this.warn("request sent was ignored by remote peer due to server version incompatibility", error);
        if (error.code === "peer.cluster") this.warn("request sent was ignored by remote peer due to cluster ID mismatch", error, response);
        return error;
      }
      default:
        return new PeerError("peer.status", `unhandled http status ${answer.status}`);
    }
  }

  private read(response: IncomingMessage, end: (action: string, error: Error | undefined) => void): void {
    const { options } = this.context;
    const decoder = this.channel === "msgapp" ? new MsgAppDecoder(options.localId, this.peer) : new MessageStreamDecoder();
    this.status.activate();
    this.log("info", "established TCP streaming connection with remote peer");
    this.watch(() => end("read", new PeerError("peer.timeout", "i/o timeout")));
    response.on("data", (chunk: Buffer) => {
      // bytes over a cut link never came
      if (!this.context.isCut(this.peer)) this.lastRead = options.clock.monotonic();
      try {
        decoder.push(chunk, this.receive);
      } catch (error) {
        end("read", error as Error);
      }
    });
    const lost = (error: Error | undefined): void => {
      if (!this.stopped) this.log("warn", "lost TCP streaming connection with remote peer", error);
      end("read", error);
    };
    response.once("end", () => lost(undefined));
    // "aborted": the peer went away; that is how a stream ends and tells nothing new
    response.once("error", (error: NodeJS.ErrnoException) => lost(error.code === "ECONNRESET" ? undefined : error));
    response.once("close", () => lost(undefined));
  }

  private readonly receive = (message: Message, bytes: number): void => {
    const { context, peer, channel } = this;
    if (isLinkHeartbeat(message)) return;
    context.tally.add("receivedBytes", peer, bytes);
    context.shapeIncoming(
      peer,
      bytes,
      () => this.take(message, bytes),
      (reason) => noteDrop(context, message, bytes, channel, reason),
    );
  };

  private take(message: Message, bytes: number): void {
    const { context, peer, channel } = this;
    context.observe?.({ kind: "received", message, bytes, channel });
    const queue = message.type === MessageType.MsgProp ? this.queues.proposals : this.queues.messages;
    if (queue.push(message)) return;
    context.tally.add("receivedFailures", peer);
    noteDrop(context, message, bytes, channel, "buffer full");
    this.log("warn", "dropped Raft message since receiving buffer is full (overloaded network)");
  }

  /** Calls `expire` once nothing was read for the stream's patience. */
  private watch(expire: () => void): void {
    const { clock, readTimeoutMs = streamTimeoutMs } = this.context.options;
    this.watchdog?.cancel();
    this.lastRead = clock.monotonic();
    const arm = (delay: number): void => {
      this.watchdog = clock.after(delay, () => {
        const left = this.lastRead + readTimeoutMs - clock.monotonic();
        if (left <= 0) expire();
        else arm(left);
      });
    };
    arm(readTimeoutMs);
  }

  private log(level: "info" | "warn", message: string, error?: Error): void {
    const { options } = this.context;
    options.log?.(level, message, {
      "stream-reader-type": this.source,
      "local-member-id": hexId(options.localId),
      "remote-peer-id": hexId(this.peer),
      ...(error ? { error: requestErrorText(error) } : {}),
    });
  }

  private warn(message: string, error: Error, response?: IncomingMessage): void {
    const { options } = this.context;
    options.log?.("warn", message, {
      "remote-peer-id": hexId(this.peer),
      "local-member-id": hexId(options.localId),
      ...(response
        ? {
            "remote-peer-cluster-id": header(response.headers, "x-etcd-cluster-id") ?? "",
            "local-member-cluster-id": hexId(options.clusterId),
          }
        : {}),
      error: error.message,
    });
  }
}
