/** What members tell, merged into the lab's changes. Nothing is made up: what no member told does not appear. */
import type { Clock } from "../platform/clock.ts";
import type { MemberWord } from "../probe/channel.ts";
import type { EntryRecord, FsyncRecord, MessageRecord, MetersRecord, ProbeRecord, StateRecord, WatchingRecord } from "../probe/records.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { LogEntryView, RaftView } from "./contract/state.ts";
import type { Mail } from "./mail.ts";
import { MessagePairs } from "./message-pairs.ts";
import { isPassing, type RequestWays } from "./request-ways.ts";
import type { Timeline } from "./timeline.ts";

export interface TelemetryEvents {
  /** the member of `host` has told its ids */
  onHello(host: string, id: string, clusterId: string): void;
  onRaft(host: string, raft: RaftView): void;
  onMeters(host: string, record: MetersRecord): void;
  onWatching(host: string, record: WatchingRecord): void;
}

export class Telemetry {
  private readonly pairs = new MessagePairs();
  /** member ids by host */
  private readonly ids = new Map<string, string>();

  constructor(
    private readonly feed: ChangeFeed,
    private readonly timeline: Timeline,
    private readonly ways: RequestWays,
    private readonly mail: Pick<Mail, "accept">,
    private readonly clock: Clock,
    private readonly events: TelemetryEvents,
  ) {}

  accept(host: string, word: MemberWord): void {
    if (word.type === "hello") {
      this.ids.set(host, word.id);
      this.events.onHello(host, word.id, word.clusterId);
      return;
    }
    if (word.dropped > 0) this.feed.messagesMissed(word.dropped);
    const now = this.clock.now();
    const entries: LogEntryView[] = [];
    let state: StateRecord | undefined;
    for (const record of word.records) {
      if (isPassing(record)) this.ways.accept(host, this.ids.get(host) ?? "", record);
      if (record.kind === "entry") entries.push(entryView(record));
      else {
        if (record.kind === "truncation") this.append(host, entries);
        if (record.kind === "state") state = record;
        else this.acceptOne(host, record, now);
      }
    }
    this.append(host, entries);
    // of several states in one batch only the last is still true
    if (state !== undefined) this.acceptState(host, state);
  }

  private acceptOne(host: string, record: Exclude<ProbeRecord, EntryRecord | StateRecord>, now: number): void {
    switch (record.kind) {
      case "message":
        this.acceptMessage(record, now);
        return;
      case "truncation":
        this.feed.truncated(host, record.fromIndex);
        return;
      case "fsync":
        this.acceptFsync(host, record);
        return;
      case "letter":
        this.mail.accept(host, record);
        return;
      case "meters":
        this.events.onMeters(host, record);
        return;
      case "watching":
        this.events.onWatching(host, record);
        return;
      case "happening":
        this.timeline.happened(host, record);
        return;
      case "commit":
      case "applied":
      case "request":
        // told again, as numbers, by the next state record; each one's own way is in the ways
        return;
    }
  }

  private append(host: string, entries: LogEntryView[]): void {
    if (entries.length > 0) this.feed.appended(host, entries.splice(0));
  }

  private acceptMessage(record: MessageRecord, now: number): void {
    const mark = this.pairs.accept(record, now);
    if (mark !== undefined) this.feed.message(mark);
  }

  private acceptFsync(host: string, record: FsyncRecord): void {
    this.feed.durable(host, record.index);
  }

  private acceptState(host: string, record: StateRecord): void {
    this.events.onRaft(host, raftView(record));
    this.feed.durable(host, record.durableIndex);
    this.feed.compacted(host, record.firstIndex);
  }
}

function raftView(record: StateRecord): RaftView {
  const view: Record<string, unknown> = { ...record, observedAt: record.at };
  delete view["kind"];
  delete view["at"];
  delete view["durableIndex"];
  return view as unknown as RaftView;
}

function entryView(record: EntryRecord): LogEntryView {
  const { index, term, operation, key, bytes, at } = record;
  return { index, term, operation, key, bytes, at };
}
