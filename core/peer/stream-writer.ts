/**
 * The sending half of one stream: messages into the response of a GET that the peer made (rafthttp/stream.go, streamWriter).
 * What is sent within one turn of the event loop leaves in one write, and has left before that turn's own fsync begins: so
 * the chunks of the response are made here and go to its socket at once. Node's response would send them one tick later.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Timer } from "../platform/clock.ts";
import type { Message } from "../proto/gen/raftpb.ts";
import { MsgAppEncoder } from "./msgapp-frames.ts";
import { linkHeartbeat, messageStreamEncoder, type StreamEncoder } from "./message-frames.ts";
import { linkHeartbeatMs, noteDrop, type PeerContext, streamQueueMax, streamTimeoutMs } from "./peer-context.ts";
import { hexId } from "./peer-headers.ts";
import type { PeerStatus } from "./peer-status.ts";

/** written at one go; more waits until the socket has taken it */
const writeBytesMax = 4 * 1024 * 1024;
/** a chunk up to this size is copied together, of larger ones the frames are written as they are */
const gatherBytesMax = 64 * 1024;
const lineEnd = Buffer.from("\r\n");

export class StreamWriter {
  private response: ServerResponse | undefined;
  private socket: Socket | undefined;
  private encoder: StreamEncoder = messageStreamEncoder;
  private queue: Message[] = [];
  private flushing = false;
  /** the socket has not taken everything yet */
  private blocked = false;
  private heartbeat: Timer | undefined;
  private writeLimit: Timer | undefined;

  constructor(
    private readonly context: PeerContext,
    private readonly peer: bigint,
    private readonly channel: "message" | "msgapp",
    private readonly status: PeerStatus,
  ) {}

  get attached(): boolean {
    return this.response !== undefined;
  }

  /** Takes a stream that the peer has opened, its header sent; the one before is closed. */
  attach(response: ServerResponse): void {
    this.release(undefined);
    const { socket } = response;
    // gone already
    if (socket === null) return;
    this.response = response;
    this.socket = socket;
    this.encoder = this.channel === "msgapp" ? new MsgAppEncoder() : messageStreamEncoder;
    this.blocked = false;
    socket.on("drain", () => {
      if (response !== this.response) return;
      this.blocked = false;
      this.writeLimit?.cancel();
      this.flush();
    });
    response.once("close", () => {
      if (response === this.response) this.lose("write", "connection closed");
    });
    response.on("error", (error: Error) => {
      if (response === this.response) this.lose("write", error.message);
    });
    this.status.activate();
    this.log("info", "established TCP streaming connection with remote peer");
    this.beat(response);
  }

  /** @returns false when the queue is full */
  send(message: Message): boolean {
    if (this.queue.length >= streamQueueMax) return false;
    this.queue.push(message);
    if (!this.flushing && !this.blocked) {
      this.flushing = true;
      queueMicrotask(() => {
        this.flushing = false;
        this.flush();
      });
    }
    return true;
  }

  stop(): void {
    this.release(undefined);
  }

  private flush(): void {
    const { response, queue } = this;
    if (!response || this.blocked || queue.length === 0) return;
    const { observe, tally } = this.context;
    const frames: Buffer[] = [];
    let bytes = 0;
    let taken = 0;
    while (taken < queue.length && bytes < writeBytesMax) {
      const message = queue[taken++] as Message;
      const frame = this.encoder.encode(message);
      frames.push(frame);
      bytes += frame.length;
      observe?.({ kind: "sent", message, bytes: frame.length, channel: this.channel });
    }
    if (taken === queue.length) this.queue = [];
    else queue.splice(0, taken);
    tally.add("sentBytes", this.peer, bytes);
    this.write(response, frames);
    // what did not fit waits for the socket; where the socket took everything there is nothing to wait for
    if (this.queue.length > 0 && !this.blocked) setImmediate(() => this.flush());
  }

  private write(response: ServerResponse, frames: readonly Buffer[]): void {
    const { socket } = this;
    if (!socket || writeChunk(socket, frames, response.chunkedEncoding)) return;
    this.blocked = true;
    const { clock, writeTimeoutMs = streamTimeoutMs } = this.context.options;
    this.writeLimit = clock.after(writeTimeoutMs, () => {
      if (response === this.response && this.blocked) this.lose("write", "i/o timeout");
    });
  }

  private beat(response: ServerResponse): void {
    const { options } = this.context;
    this.heartbeat = options.clock.after(linkHeartbeatMs(options), () => {
      if (response !== this.response) return;
      // a cut or stuck link is to be found out by the peer
      if (!this.blocked && !this.context.isCut(this.peer)) this.write(response, [this.encoder.encode(linkHeartbeat)]);
      this.beat(response);
    });
  }

  private lose(action: string, reason: string): void {
    this.status.deactivate(this.channel === "msgapp" ? "stream MsgApp v2" : "stream Message", action, reason);
    this.context.tally.add("sentFailures", this.peer);
    this.log("warn", "lost TCP streaming connection with remote peer");
    this.release("lost");
  }

  private release(why: "lost" | undefined): void {
    const { response, queue } = this;
    if (!response) return;
    this.response = undefined;
    this.socket = undefined;
    this.heartbeat?.cancel();
    this.writeLimit?.cancel();
    this.queue = [];
    response.destroy();
    if (queue.length > 0) this.context.options.raft.reportUnreachable(this.peer);
    for (const message of queue) noteDrop(this.context, message, 0, this.channel, "unreachable");
    if (!why) this.log("warn", "closed TCP streaming connection with remote peer");
  }

  private log(level: "info" | "warn", message: string): void {
    this.context.options.log?.(level, message, {
      "stream-writer-type": this.channel === "msgapp" ? "stream MsgApp v2" : "stream Message",
      "local-member-id": hexId(this.context.options.localId),
      "remote-peer-id": hexId(this.peer),
    });
  }
}

/** @returns false when the socket has enough and will say when it wants more */
function writeChunk(socket: Socket, frames: readonly Buffer[], chunked: boolean): boolean {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  const head = chunked ? Buffer.from(`${bytes.toString(16)}\r\n`, "latin1") : undefined;
  const pieces = head ? [head, ...frames, lineEnd] : frames;
  if (pieces.length === 1) return socket.write(pieces[0] as Buffer);
  if (bytes <= gatherBytesMax) return socket.write(Buffer.concat(pieces));
  socket.cork();
  let taken = true;
  for (const piece of pieces) taken = socket.write(piece);
  socket.uncork();
  return taken;
}
