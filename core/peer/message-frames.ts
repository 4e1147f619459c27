/**
 * The message stream: 8 bytes big-endian length, then raftpb.Message, without end (rafthttp/msg_codec.go). The same frame
 * stands before the database in a snapshot's POST.
 */
import { Message, MessageType } from "../proto/gen/raftpb.ts";
import { Writer } from "../proto/wire.ts";
import { ByteQueue } from "./byte-queue.ts";

/** etcd's bound of one message on a stream */
export const streamMessageBytesMax = 512 * 1024 * 1024;
/** and of the message before a database */
export const snapshotMessageBytesMax = 64 * 1024 * 1024;

export class FrameError extends Error {
  override readonly name = "FrameError";
  readonly code = "peer.frame";
}

/** Keeps an idle stream alive; never given to raft, which sets From and To always. */
export const linkHeartbeat: Message = Message.create({ type: MessageType.MsgHeartbeat });

export function isLinkHeartbeat(message: Message): boolean {
  return message.type === MessageType.MsgHeartbeat && message.from === 0n && message.to === 0n;
}

export interface StreamEncoder {
  encode(message: Message): Buffer;
}

export interface StreamDecoder {
  /**
   * Feeds bytes and hands out the messages completed by them, link heartbeats included.
   * @throws FrameError, WireError: the stream is lost
   */
  push(chunk: Buffer, deliver: (message: Message, bytes: number) => void): void;
}

/** Reads a length that must fit memory. */
export function readLength(bytes: Buffer, position: number, max: number): number {
  const length = bytes.readUInt32BE(position) * 4294967296 + bytes.readUInt32BE(position + 4);
  if (length > max) throw new FrameError("error limit exceeded");
  return length;
}

export function writeUint64(buffer: Buffer, value: number, position: number): void {
  buffer.writeUInt32BE(Math.floor(value / 4294967296), position);
  buffer.writeUInt32BE(value % 4294967296, position + 4);
}

export function encodeMessageFrame(message: Message): Buffer {
  const size = Message.size(message);
  const frame = Buffer.allocUnsafe(8 + size);
  writeUint64(frame, size, 0);
  const writer = new Writer(frame);
  writer.position = 8;
  Message.write(message, writer);
  return frame;
}

export const messageStreamEncoder: StreamEncoder = { encode: encodeMessageFrame };

export class MessageStreamDecoder implements StreamDecoder {
  private readonly queue = new ByteQueue();
  /** of the body awaited; undefined: the length is */
  private length: number | undefined;

  push(chunk: Buffer, deliver: (message: Message, bytes: number) => void): void {
    this.queue.push(chunk);
    for (;;) {
      if (this.length === undefined) {
        if (this.queue.length < 8) return;
        this.length = readLength(this.queue.take(8), 0, streamMessageBytesMax);
      }
      if (this.queue.length < this.length) return;
      const bytes = this.length;
      this.length = undefined;
      deliver(Message.decode(this.queue.take(bytes)), bytes);
    }
  }
}
