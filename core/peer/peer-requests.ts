/** The receiving side on the peer port: /raft, /raft/stream/*, /raft/snapshot, /raft/probing (rafthttp/http.go). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Message, MessageType } from "../proto/gen/raftpb.ts";
import { ByteQueue } from "./byte-queue.ts";
import { FrameError, readLength, snapshotMessageBytesMax, streamMessageBytesMax } from "./message-frames.ts";
import type { DropReason } from "./link-events.ts";
import { noteDrop, type PeerContext } from "./peer-context.ts";
import { header, hexId, incompatibility, parseHexId, senderOf, urlsOf } from "./peer-headers.ts";
import { MessageRefused } from "./transport.ts";

/** What requests may do to the transport. */
export interface StreamHost {
  /** false: the sender is no peer of ours */
  hasPeer(id: bigint): boolean;
  attach(id: bigint, channel: "message" | "msgapp", response: ServerResponse): void;
  addRemote(id: bigint, urls: readonly string[]): void;
}

export class PeerRequests {
  constructor(
    private readonly context: PeerContext,
    private readonly host: StreamHost,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? "").split("?", 1)[0] as string;
    if (path !== "/raft" && !path.startsWith("/raft/")) return false;
    const sender = senderOf(request.headers);
    if (sender !== undefined && this.context.isCut(sender)) {
      request.socket.destroy();
      return true;
    }
    // a sender that goes away is noticed by who reads or writes; the socket's own error has no other listener
    request.on("error", (error) => this.context.options.log?.("debug", "peer request failed", { error: error.message }));
    if (path === "/raft/probing") this.probing(response);
    else if (path.startsWith("/raft/stream/")) this.stream(request, response, path);
    else if (path === "/raft") this.guarded(request, response, () => this.message(request, response));
    else if (path === "/raft/snapshot") this.guarded(request, response, () => this.snapshot(request, response));
    else answer(response, 404, "404 page not found");
    return true;
  }

  private probing(response: ServerResponse): void {
    const now = new Date(this.context.options.clock.now()).toISOString();
    response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
    response.end(`${JSON.stringify({ OK: true, Now: now })}\n`);
  }

  private stream(request: IncomingMessage, response: ServerResponse, path: string): void {
    const { options } = this.context;
    if (!this.allowed(request, response, "GET")) return;
    response.setHeader("X-Server-Version", options.version);
    if (!this.compatible(request, response)) return;
    const at = path.lastIndexOf("/");
    const kind = path.slice("/raft/stream/".length, at);
    if (kind !== "message" && kind !== "msgapp") return answer(response, 404, "invalid path");
    const from = parseHexId(path.slice(at + 1));
    if (from === undefined) return answer(response, 404, "invalid from");
    if (options.raft.isIdRemoved(from)) {
      this.warn("rejected stream from remote peer because it was removed", from);
      return answer(response, 410, "removed member");
    }
    if (!this.host.hasPeer(from)) {
      const urls = urlsOf(request.headers);
      if (urls.length > 0) this.host.addRemote(from, urls);
      this.warn("failed to find remote peer in cluster", from);
      return answer(response, 404, "error sender not found");
    }
    if (header(request.headers, "x-raft-to") !== hexId(options.localId)) {
      this.warn("ignored streaming request; ID mismatch", from);
      return answer(response, 412, "to field mismatch");
    }
    request.socket.setTimeout(0);
    request.socket.setNoDelay(true);
    response.writeHead(200);
    response.flushHeaders();
    this.host.attach(from, kind, response);
  }

  private async message(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { context } = this;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > streamMessageBytesMax) return answer(response, 400, "error reading raft message");
      chunks.push(chunk);
    }
    let message: Message;
    try {
      message = Message.decode(Buffer.concat(chunks, bytes));
    } catch (error) {
      context.options.log?.("warn", "failed to unmarshal Raft message", { error: (error as Error).message });
      return answer(response, 400, "error unmarshalling raft message");
    }
    context.tally.add("receivedBytes", message.from, bytes);
    if (await this.lost(message, bytes, "pipeline", request)) return;
    try {
      await context.options.raft.process(message);
    } catch (error) {
      if (error instanceof MessageRefused) return refuse(response, error);
      context.options.log?.("warn", "failed to process Raft message", { error: (error as Error).message });
      context.tally.add("receivedFailures", message.from);
      response.once("finish", () => request.socket.destroy());
      return answer(response, 500, "error processing raft message");
    }
    response.writeHead(204).end();
  }

  private async snapshot(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { options, tally } = this.context;
    const body = new SnapshotBody(request);
    let message: Message;
    let bytes: number;
    try {
      ({ message, bytes } = await body.message());
    } catch (error) {
      options.log?.("warn", "failed to decode Raft message", { error: (error as Error).message });
      return answer(response, 400, `failed to decode raft message (${(error as Error).message})`);
    }
    const { from } = message;
    tally.add("receivedBytes", from, bytes);
    const metadata = message.snapshot?.metadata;
    if (message.type !== MessageType.MsgSnap || !metadata) {
      tally.add("snapshotReceiveFailures", from);
      return answer(response, 400, "wrong raft message type");
    }
    if (await this.lost(message, bytes, "snapshot", request)) return;
    const fields = { "remote-snapshot-sender-id": hexId(from), "incoming-snapshot-index": metadata.index };
    options.log?.("info", "receiving database snapshot", fields);
    let size: number;
    const begun = options.clock.monotonic();
    tally.add("snapshotReceiveInflight", from);
    try {
      size = await options.databases.receiveDatabase(body.rest(), metadata.index);
    } catch (error) {
      options.log?.("warn", "failed to save incoming database snapshot", { ...fields, error: (error as Error).message });
      tally.add("snapshotReceiveFailures", from);
      return answer(response, 500, `failed to save KV snapshot (${(error as Error).message})`);
    } finally {
      tally.add("snapshotReceiveInflight", from, -1);
    }
    tally.add("receivedBytes", from, size);
    options.log?.("info", "received and saved database snapshot", { ...fields, "incoming-snapshot-size-bytes": size });
    try {
      await options.raft.process(message);
    } catch (error) {
      tally.add("snapshotReceiveFailures", from);
      if (error instanceof MessageRefused) return refuse(response, error);
      return answer(response, 500, `failed to process raft message (${(error as Error).message})`);
    }
    tally.add("snapshotReceiveSuccess", from);
    tally.transferred("snapshotReceiveSeconds", from, (options.clock.monotonic() - begun) / 1000);
    response.writeHead(204).end();
  }

  /** What POSTs have in common; a failure that nobody expected ends the connection, as a panic does in etcd. */
  private guarded(request: IncomingMessage, response: ServerResponse, run: () => Promise<void>): void {
    if (!this.allowed(request, response, "POST") || !this.compatible(request, response)) return;
    const sender = senderOf(request.headers);
    const urls = urlsOf(request.headers);
    if (sender !== undefined && urls.length > 0) this.host.addRemote(sender, urls);
    run().catch((error: Error) => {
      this.context.options.log?.("warn", "failed to read Raft message", { error: error.message });
      request.socket.destroy();
    });
  }

  private allowed(request: IncomingMessage, response: ServerResponse, method: string): boolean {
    if (request.method === method) return true;
    response.setHeader("Allow", method);
    answer(response, 405, "Method Not Allowed");
    return false;
  }

  private compatible(request: IncomingMessage, response: ServerResponse): boolean {
    const { options } = this.context;
    response.setHeader("X-Etcd-Cluster-ID", hexId(options.clusterId));
    const refusal = incompatibility(request.headers, options);
    if (refusal === undefined) return true;
    options.log?.("warn", refusal === "cluster ID mismatch" ? "request cluster ID mismatch" : "failed version compatibility check", {
      "local-member-id": hexId(options.localId),
      "local-member-cluster-id": hexId(options.clusterId),
      "local-member-server-version": options.version,
      "remote-peer-server-name": header(request.headers, "x-server-from") ?? "",
      "remote-peer-server-version": header(request.headers, "x-server-version") ?? "",
      "remote-peer-cluster-id": header(request.headers, "x-etcd-cluster-id") ?? "",
    });
    answer(response, 412, refusal);
    return false;
  }

  /** A fault on the way in: the sender must not learn more than that there was no answer, or that it came late. */
  private async lost(message: Message, bytes: number, channel: "pipeline" | "snapshot", request: IncomingMessage): Promise<boolean> {
    const { context } = this;
    const reason = await new Promise<DropReason | undefined>((resolve) => context.shapeIncoming(message.from, bytes, () => resolve(undefined), resolve));
    if (!reason) {
      context.observe?.({ kind: "received", message, bytes, channel });
      return false;
    }
    noteDrop(context, message, bytes, channel, reason);
    request.socket.destroy();
    return true;
  }

  private warn(text: string, from: bigint): void {
    const { options } = this.context;
    options.log?.("warn", text, {
      "local-member-id": hexId(options.localId),
      "remote-peer-id-from": hexId(from),
      "cluster-id": hexId(options.clusterId),
    });
  }
}

/** A frame with the message, then the database to the end. */
class SnapshotBody {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly queue = new ByteQueue();

  constructor(request: IncomingMessage) {
    this.chunks = (request as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  async message(): Promise<{ message: Message; bytes: number }> {
    await this.fill(8);
    const bytes = readLength(this.queue.take(8), 0, snapshotMessageBytesMax);
    await this.fill(bytes);
    return { message: Message.decode(this.queue.take(bytes)), bytes };
  }

  async *rest(): AsyncIterable<Buffer> {
    if (this.queue.length > 0) yield this.queue.takeAll();
    for (;;) {
      const next = await this.chunks.next();
      if (next.done) return;
      yield next.value;
    }
  }

  private async fill(bytes: number): Promise<void> {
    while (this.queue.length < bytes) {
      const next = await this.chunks.next();
      if (next.done) throw new FrameError(this.queue.length === 0 ? "EOF" : "unexpected EOF");
      this.queue.push(next.value);
    }
  }
}

/** An answer as Go's http.Error gives it. */
function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" });
  response.end(`${text}\n`);
}

/** 403, which makes the sender stop for good. */
function refuse(response: ServerResponse, error: MessageRefused): void {
  response.writeHead(403, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify({ message: error.message })}`);
}
