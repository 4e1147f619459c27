/**
 * The append stream, "msgappv2" (rafthttp/msgappv2_codec.go): MsgApp without what both ends know already.
 *   00                                       link heartbeat
 *   01 count (length entry)* commit          an append that continues the one before: From, To, Term, LogTerm, Index implied
 *   02 length message                        any message; sets the term and index that 01 goes on from
 * Integers are 8 bytes big-endian. The state is per connection and direction, and starts at term 0, index 0.
 */
import { Entry, Message, MessageType } from "../proto/gen/raftpb.ts";
import { Writer } from "../proto/wire.ts";
import { ByteQueue } from "./byte-queue.ts";
import {
  FrameError,
  isLinkHeartbeat,
  linkHeartbeat,
  readLength,
  type StreamDecoder,
  type StreamEncoder,
  streamMessageBytesMax,
  writeUint64,
} from "./message-frames.ts";

const heartbeatFrame = Buffer.from([0]);
/** more entries than any message can hold within its bytes */
const entriesMax = 64 * 1024 * 1024;

export class MsgAppEncoder implements StreamEncoder {
  private term = 0;
  private index = 0;

  encode(message: Message): Buffer {
    if (isLinkHeartbeat(message)) return heartbeatFrame;
    if (this.index === message.index && this.term === message.logTerm && message.logTerm === message.term)
      return this.encodeEntries(message);
    const size = Message.size(message);
    const frame = Buffer.allocUnsafe(9 + size);
    frame[0] = 2;
    writeUint64(frame, size, 1);
    const writer = new Writer(frame);
    writer.position = 9;
    Message.write(message, writer);
    this.term = message.term;
    this.index = message.entries.at(-1)?.index ?? message.index;
    return frame;
  }

  private encodeEntries(message: Message): Buffer {
    const { entries } = message;
    const sizes = entries.map((entry) => Entry.size(entry));
    const frame = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 8 + size, 1 + 8 + 8));
    frame[0] = 1;
    writeUint64(frame, entries.length, 1);
    const writer = new Writer(frame);
    writer.position = 9;
    for (let at = 0; at < entries.length; at++) {
      writeUint64(frame, sizes[at] as number, writer.position);
      writer.position += 8;
      Entry.write(entries[at] as Entry, writer);
    }
    writeUint64(frame, message.commit, writer.position);
    this.index += entries.length;
    return frame;
  }
}

type Step = "type" | "count" | "entryLength" | "entry" | "commit" | "messageLength" | "message";

export class MsgAppDecoder implements StreamDecoder {
  private readonly queue = new ByteQueue();
  private term = 0;
  private index = 0;
  private step: Step = "type";
  /** bytes the step needs */
  private needed = 1;
  /** encoded bytes of the message so far */
  private bytes = 0;
  private count = 0;
  private entries: Entry[] = [];

  /** @param local this member, @param remote the one at the other end: they stand in for From and To */
  constructor(
    private readonly local: bigint,
    private readonly remote: bigint,
  ) {}

  push(chunk: Buffer, deliver: (message: Message, bytes: number) => void): void {
    this.queue.push(chunk);
    while (this.queue.length >= this.needed) {
      const piece = this.queue.take(this.needed);
      this.bytes += piece.length;
      const message = this.consume(piece);
      if (message) {
        const { bytes } = this;
        this.bytes = 0;
        deliver(message, bytes);
      }
    }
  }

  private consume(piece: Buffer): Message | undefined {
    switch (this.step) {
      case "type":
        return this.begin(piece[0] as number);
      case "count":
        this.count = readLength(piece, 0, entriesMax);
        this.entries = [];
        return this.nextEntry();
      case "entryLength":
        return this.want("entry", readLength(piece, 0, streamMessageBytesMax));
      case "entry":
        this.entries.push(Entry.decode(piece));
        return this.nextEntry();
      case "commit":
        return this.finishEntries(readLength(piece, 0, Number.MAX_SAFE_INTEGER));
      case "messageLength":
        return this.want("message", readLength(piece, 0, streamMessageBytesMax));
      case "message": {
        const message = Message.decode(piece);
        this.term = message.term;
        this.index = message.entries.at(-1)?.index ?? message.index;
        this.want("type", 1);
        return message;
      }
    }
  }

  private begin(type: number): Message | undefined {
    if (type === 0) return linkHeartbeat;
    if (type === 1) return this.want("count", 8);
    if (type === 2) return this.want("messageLength", 8);
    throw new FrameError(`failed to parse type ${type} in msgappv2 stream`);
  }

  private nextEntry(): undefined {
    return this.entries.length < this.count ? this.want("entryLength", 8) : this.want("commit", 8);
  }

  private finishEntries(commit: number): Message {
    const message = Message.create({
      type: MessageType.MsgApp,
      from: this.remote,
      to: this.local,
      term: this.term,
      logTerm: this.term,
      index: this.index,
      entries: this.entries,
      commit,
    });
    this.index += this.entries.length;
    this.entries = [];
    this.want("type", 1);
    return message;
  }

  private want(step: Step, bytes: number): undefined {
    this.step = step;
    this.needed = bytes;
    return undefined;
  }
}
