/** All links to one other member (rafthttp/peer.go, remote.go), and the choice between them. */
import { type Message, MessageType } from "../proto/gen/raftpb.ts";
import { type Channel, noteDrop, type PeerContext } from "./peer-context.ts";
import { hexId } from "./peer-headers.ts";
import { PeerStatus } from "./peer-status.ts";
import { Pipeline } from "./pipeline.ts";
import { Prober } from "./prober.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import { UrlPicker } from "./url-picker.ts";

/** A member known by URL only: reached by POST, never counted as active. */
export class RemoteOnly {
  protected readonly picker: UrlPicker;
  protected readonly status: PeerStatus;
  protected readonly pipeline: Pipeline;

  constructor(
    protected readonly context: PeerContext,
    readonly id: bigint,
    urls: readonly string[],
  ) {
    const { options, observe, tally } = context;
    this.picker = new UrlPicker(urls);
    this.status = new PeerStatus(id, options.clock, options.log, observe, (active) => {
      tally.add("active", id, active ? 1 : -1);
      if (!active) tally.add("disconnected", id);
    });
    this.pipeline = new Pipeline(context, id, this.picker, this.status);
  }

  send(message: Message): void {
    if (!this.pipeline.send(message)) this.full(message, "pipeline");
  }

  stop(): void {
    this.pipeline.stop();
  }

  protected full(message: Message, channel: Channel): void {
    const { options, tally } = this.context;
    options.log?.("warn", "dropped internal Raft message since sending buffer is full", {
      "message-type": messageName(message.type),
      "local-member-id": hexId(options.localId),
      from: hexId(message.from),
      "remote-peer-id": hexId(this.id),
      "remote-peer-name": channel,
      "remote-peer-active": this.status.activeSince !== undefined,
    });
    tally.add("sentFailures", this.id);
    noteDrop(this.context, message, 0, channel, "buffer full");
  }
}

export class RemotePeer extends RemoteOnly {
  readonly writers: { readonly message: StreamWriter; readonly msgapp: StreamWriter };
  private readonly readers: readonly StreamReader[];
  private readonly queues: { readonly messages: ReceiveQueue; readonly proposals: ReceiveQueue };
  private readonly snapshots: SnapshotSender;
  private readonly prober: Prober;

  constructor(context: PeerContext, id: bigint, urls: readonly string[]) {
    super(context, id, urls);
    const { raft, log } = context.options;
    const process = (message: Message): Promise<void> | void => raft.process(message);
    const onError = (error: unknown): void => log?.("warn", "failed to process Raft message", { error: (error as Error).message });
    this.queues = { messages: new ReceiveQueue(process, onError), proposals: new ReceiveQueue(process, onError) };
    this.writers = {
      message: new StreamWriter(context, id, "message", this.status),
      msgapp: new StreamWriter(context, id, "msgapp", this.status),
    };
    this.readers = [
      new StreamReader(context, id, "msgapp", this.picker, this.status, this.queues),
      new StreamReader(context, id, "message", this.picker, this.status, this.queues),
    ];
    this.snapshots = new SnapshotSender(context, id, this.picker, this.status);
    this.prober = new Prober(context, id, this.picker);
  }

  get activeSince(): number | undefined {
    return this.status.activeSince;
  }

  start(): void {
    for (const reader of this.readers) reader.start();
    this.prober.start();
  }

  update(urls: readonly string[]): void {
    this.picker.update(urls);
  }

  override send(message: Message): void {
    const channel = this.pick(message);
    const taken = channel === "pipeline" ? this.pipeline.send(message) : this.writers[channel].send(message);
    if (taken) return;
    const { raft } = this.context.options;
    raft.reportUnreachable(message.to);
    if (message.type === MessageType.MsgSnap) raft.reportSnapshot(message.to, false);
    this.full(message, channel);
  }

  sendSnapshot(message: Message, database: Parameters<SnapshotSender["send"]>[1]): void {
    void this.snapshots.send(message, database);
  }

  override stop(): void {
    super.stop();
    this.prober.stop();
    this.snapshots.stop();
    this.queues.messages.stop();
    this.queues.proposals.stop();
    for (const reader of this.readers) reader.stop();
    this.writers.message.stop();
    this.writers.msgapp.stop();
  }

  private pick(message: Message): "pipeline" | "message" | "msgapp" {
    // a snapshot may be large and would hold up everything behind it on a stream
    if (message.type === MessageType.MsgSnap) return "pipeline";
    if (message.type === MessageType.MsgApp && this.writers.msgapp.attached) return "msgapp";
    return this.writers.message.attached ? "message" : "pipeline";
  }
}

const names = new Map<number, string>(Object.entries(MessageType).map(([name, value]) => [value, name]));

function messageName(type: number): string {
  return names.get(type) ?? String(type);
}
