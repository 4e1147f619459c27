/** One node of an interaction file: RawNode, its storage, its storage threads' queues, and an "appender" state machine. */
import { type ConfState, type Entry, type HardState, type Message, Snapshot, SnapshotMetadata } from "../../core/proto/gen/raftpb.ts";
import {
  asConfChangeV2,
  decodeConfChange,
  describeMessage,
  describeReady,
  isEmptySnapshot,
  isStorageThread,
  MemoryStorage,
  RawNode,
  type RaftConfig,
} from "../../core/raft/index.ts";
import { MessageType } from "../../core/proto/gen/raftpb.ts";
import type { InteractionOutput } from "./interaction-output.ts";

/** Asked for a snapshot, it gives the state as applied so far, not one made earlier. */
class InteractionStorage extends MemoryStorage {
  readonly history: Snapshot[];
  constructor(first: Snapshot) {
    super();
    this.history = [first];
  }
  override snapshot(): Snapshot {
    return this.history.at(-1)!;
  }
}

export class InteractionNode {
  readonly storage: InteractionStorage;
  readonly raw: RawNode;
  readonly appendWork: Message[] = [];
  readonly applyWork: Message[] = [];

  /** @param start the state to begin with; index 0 for none */
  constructor(
    readonly config: Omit<RaftConfig, "storage" | "random" | "logger">,
    start: Snapshot,
    private readonly output: InteractionOutput,
  ) {
    this.storage = new InteractionStorage(start);
    if (!isEmptySnapshot(start)) this.storage.applySnapshot(start);
    // Files never rely on chance: they campaign, or set the timeout.
    this.raw = new RawNode({ ...config, storage: this.storage, logger: output, random: () => 0 });
  }

  /** @returns messages for others and for itself */
  processReady(): Message[] {
    const ready = this.raw.ready();
    this.output.write(describeReady(ready));
    const asynchronous = this.config.asyncStorageWrites === true;
    if (!asynchronous) {
      this.save(ready.hardState, ready.entries, ready.snapshot);
      this.apply(ready.committedEntries);
    }
    const sent: Message[] = [];
    for (const message of ready.messages) {
      if (!isStorageThread(message.to)) sent.push(message);
      else if (message.type === MessageType.MsgStorageAppend) this.appendWork.push(message);
      else this.applyWork.push(message);
    }
    if (!asynchronous) this.raw.advance();
    return sent;
  }

  /** Works off one write. @returns its responses */
  processAppend(): Message[] {
    return this.process(this.appendWork, "no append work to perform", (work) => {
      const { term, vote, commit } = work;
      const saved = term !== 0 || vote !== 0n || commit !== 0;
      this.save(saved ? { term, vote, commit } : undefined, work.entries, work.snapshot);
    });
  }

  /** Works off one batch of committed entries. @returns its responses */
  processApply(): Message[] {
    return this.process(this.applyWork, "no apply work to perform", (work) => this.apply(work.entries));
  }

  private process(queue: Message[], nothing: string, perform: (work: Message) => void): Message[] {
    const work = queue.shift();
    if (work === undefined) {
      this.output.write(nothing);
      return [];
    }
    this.output.write(`Processing:\n${describeMessage({ ...work, responses: [] })}\n`);
    perform(work);
    this.output.write("Responses:\n");
    for (const response of work.responses) this.output.write(`${describeMessage(response)}\n`);
    return work.responses;
  }

  private save(hardState: HardState | undefined, entries: readonly Entry[], snapshot: Snapshot | undefined): void {
    if (hardState !== undefined) this.storage.setHardState(hardState);
    if (isEmptySnapshot(snapshot)) {
      this.storage.append(entries);
      return;
    }
    if (entries.length > 0) throw new Error("can't apply snapshot and entries at the same time");
    this.storage.applySnapshot(snapshot);
  }

  private apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const before = this.storage.snapshot();
      const change = decodeConfChange(entry);
      let confState: ConfState = before.metadata.confState;
      let added = entry.data;
      if (change !== undefined) {
        confState = this.raw.applyConfChange(change);
        added = asConfChangeV2(change).context;
      }
      this.storage.history.push(
        Snapshot.create({
          data: Buffer.concat([before.data ?? Buffer.alloc(0), added ?? Buffer.alloc(0)]),
          metadata: SnapshotMetadata.create({ index: entry.index, term: entry.term, confState }),
        }),
      );
    }
  }
}
