/**
 * What the member tells its lab. Records gather for about a screen frame and go out as one batch. When nobody watches,
 * only the state and happenings are told; when there is more than a budget, records are not even made, only counted.
 * Without a lab every call ends at its first line.
 */
import { ConfChange, ConfChangeType, type Entry, EntryType, type Message, MessageType } from "../proto/gen/raftpb.ts";
import { InternalRaftRequest } from "../proto/gen/internalpb.ts";
import type { RequestOp } from "../proto/gen/etcdserverpb.ts";
import { WireError } from "../proto/wire.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { LinkEvent } from "../peer/link-events.ts";
import type { LabChannel } from "../probe/channel.ts";
import type { EntryRecord, HappeningRecord, LetterFate, MessageRecord, MetersRecord, ProbeRecord, RequestRecord, StateRecord, WatchingRecord } from "../probe/records.ts";
import { hex } from "./log.ts";

/** pause between two batches, ms: about a frame */
const batchMs = 16;
/** passing records (messages, entries, requests, ...) in one batch */
const passingMax = 96;
/** states at most this often while things change, and at least once a second */
const stateMinMs = 50;
const stateMaxMs = 1000;
/** meters, and watchers and leases while they are asked for */
const gaugesMs = 1000;
/** entries of its log that a member tells when somebody begins to look */
const latestMax = 256;
/** entries of one waiting message that are told one by one */
const letterEntriesMax = 4;

const messageNames = new Map<number, string>(Object.entries(MessageType).map(([name, value]) => [value as number, name]));

export class Telemetry {
  private watched = false;
  private records: ProbeRecord[] = [];
  private passing = 0;
  private dropped = 0;
  private flushTimer: Timer | undefined;
  private stateTimer: Timer | undefined;
  private state: (() => StateRecord) | undefined;
  private latest: ((count: number) => readonly Entry[]) | undefined;
  private stateSentAt = -Infinity;
  private stateDirty = false;
  private stopped = false;
  private gaugeTimer: Timer | undefined;
  private tellsWatching = false;
  private gauges: (() => WatchingRecord) | undefined;

  constructor(
    private readonly channel: LabChannel | undefined,
    private readonly clock: Clock,
  ) {}

  /** Wall milliseconds with fractions. */
  now(): number {
    return this.clock.now();
  }

  /** True when passing records are wanted at all: for hooks that would cost something by being there. */
  get watching(): boolean {
    return this.watched;
  }

  get attached(): boolean {
    return this.channel !== undefined;
  }

  watch(level: "off" | "on"): void {
    const before = this.watched;
    this.watched = this.channel !== undefined && level === "on";
    if (this.watched && !before) for (const entry of this.latest?.(latestMax) ?? []) this.push(entryRecord(entry, 0));
    this.touch();
  }

  /**
   * Starts telling states.
   * @param latest the last durable entries, so many at most: told to whom begins to watch
   */
  start(state: () => StateRecord, latest: (count: number) => readonly Entry[]): void {
    if (this.channel === undefined) return;
    this.state = state;
    this.latest = latest;
    // whom the lab asked before there was a log is told now
    if (this.watched) for (const entry of latest(latestMax)) this.push(entryRecord(entry, 0));
    const beat = (): void => {
      this.stateTimer = this.clock.after(this.stateDirty ? stateMinMs : stateMaxMs / 4, () => {
        if (this.stopped) return;
        const age = this.clock.monotonic() - this.stateSentAt;
        if (this.stateDirty || age >= stateMaxMs - 10) this.pushState();
        beat();
      });
    };
    beat();
    this.pushState();
  }

  /** Begins to tell, once a second, what the member measures, and what `watching` gives while it is asked for. */
  startGauges(meters: () => MetersRecord, watching: () => WatchingRecord): void {
    if (this.channel === undefined) return;
    this.gauges = watching;
    const beat = (): void => {
      this.gaugeTimer = this.clock.after(gaugesMs, () => {
        if (this.stopped) return;
        this.push(meters());
        if (this.tellsWatching) this.push(watching());
        beat();
      });
    };
    beat();
  }

  /** Watchers and leases are to be told from now on, or no longer. */
  tellWatching(on: boolean): void {
    this.tellsWatching = on;
    if (on && this.gauges !== undefined) this.push(this.gauges());
  }

  /** Something in the state changed. */
  touch(): void {
    if (this.channel === undefined || this.stateDirty) return;
    if (this.clock.monotonic() - this.stateSentAt >= stateMinMs) this.pushState();
    else this.stateDirty = true;
  }

  /** @param peer the other member that it is about */
  happening(what: HappeningRecord["what"], term: number, text: string, peer: bigint = 0n): void {
    if (this.channel === undefined) return;
    this.push({ kind: "happening", at: this.now(), what, term, text, ...(peer === 0n ? {} : { peer: hex(peer) }) });
  }

  /** True when one more passing record fits; the caller then makes it and hands it to `pass`. Otherwise it is counted. */
  wants(): boolean {
    if (!this.watched) return false;
    if (this.passing < passingMax) return true;
    this.dropped++;
    return false;
  }

  pass(record: ProbeRecord): void {
    this.passing++;
    this.push(record);
  }

  letter(letter: number, fate: LetterFate, message: Message): void {
    const { type, to, term, logTerm, index, commit, reject, entries } = message;
    this.push({
      kind: "letter",
      at: this.now(),
      letter,
      fate,
      type: messageNames.get(type) ?? String(type),
      to: hex(to),
      term,
      logTerm,
      index,
      entries: entries.slice(0, letterEntriesMax).map((entry) => {
        const { operation, key } = describe(entry);
        return { term: entry.term, operation, key };
      }),
      entryCount: entries.length,
      commit,
      reject,
    });
  }

  link(event: LinkEvent, term: number): void {
    if ("message" in event) {
      if (this.wants()) this.pass(messageRecord(event, this.now()));
    } else if (event.kind === "active") this.happening("peer-active", term, `link with ${hex(event.peer)} is up`, event.peer);
    else this.happening("peer-inactive", term, `link with ${hex(event.peer)} is down: ${event.reason}`, event.peer);
  }

  entries(entries: readonly Entry[]): void {
    if (!this.watched) return;
    for (const entry of entries) {
      if (!this.wants()) continue;
      this.pass(entryRecord(entry, this.now()));
    }
  }

  request(step: RequestRecord["step"], id: bigint, operation: string, key: string, error?: string): void {
    if (!this.wants()) return;
    const at = this.now();
    const request = hex(id);
    this.pass(error === undefined ? { kind: "request", at, request, step, operation, key } : { kind: "request", at, request, step, operation, key, error });
  }

  /** Sends what there is and ends. */
  stop(): void {
    if (this.state !== undefined) this.pushState();
    this.flush();
    this.stopped = true;
    this.flushTimer?.cancel();
    this.stateTimer?.cancel();
    this.gaugeTimer?.cancel();
  }

  private pushState(): void {
    if (this.state === undefined || this.stopped) return;
    this.stateDirty = false;
    this.stateSentAt = this.clock.monotonic();
    this.push(this.state());
  }

  private push(record: ProbeRecord): void {
    if (this.stopped) return;
    this.records.push(record);
    this.flushTimer ??= this.clock.after(batchMs, () => {
      this.flushTimer = undefined;
      this.flush();
    });
  }

  private flush(): void {
    if (this.channel === undefined || this.stopped || (this.records.length === 0 && this.dropped === 0)) return;
    if (this.channel.busy?.() === true && this.records.length < 4 * passingMax) {
      // the lab is slow: what is passing waits with the rest, within the budget
      this.flushTimer ??= this.clock.after(batchMs, () => {
        this.flushTimer = undefined;
        this.flush();
      });
      return;
    }
    const records = this.records;
    this.records = [];
    this.passing = 0;
    this.channel.send({ type: "records", records, dropped: this.dropped });
    this.dropped = 0;
  }
}

function entryRecord(entry: Entry, at: number): EntryRecord {
  const { operation, key, request } = describe(entry);
  return { kind: "entry", at, index: entry.index, term: entry.term, operation, key, bytes: entry.data?.length ?? 0, request };
}

function messageRecord(event: Extract<LinkEvent, { message: Message }>, at: number): MessageRecord {
  const { message } = event;
  const record: MessageRecord = {
    kind: "message",
    at,
    direction: event.kind,
    type: messageNames.get(message.type) ?? String(message.type),
    from: hex(message.from),
    to: hex(message.to),
    term: message.term,
    logTerm: message.logTerm,
    index: message.index,
    entries: message.entries.length,
    commit: message.commit,
    bytes: event.bytes,
    reject: message.reject,
  };
  return event.reason === undefined ? record : { ...record, reason: event.reason };
}

export interface Operation {
  readonly operation: string;
  readonly key: string;
  /** id in hex, "" where none */
  readonly request: string;
}

/** A key as it can be shown: printable, not endless. */
function showKey(key: Buffer): string {
  const text = key.toString("utf8", 0, 120);
  return [...text].map((char) => (char < " " || char === "\u007f" ? "·" : char)).join("");
}

function keyOf(op: RequestOp | undefined): string {
  const key = op?.requestPut?.key ?? op?.requestDeleteRange?.key ?? op?.requestRange?.key;
  return key === undefined ? "" : showKey(key);
}

/** Name and first key of what a request does. */
export function describeRequest(request: InternalRaftRequest): { readonly operation: string; readonly key: string } {
  if (request.put !== undefined) return { operation: "put", key: showKey(request.put.key) };
  if (request.deleteRange !== undefined) return { operation: "delete", key: showKey(request.deleteRange.key) };
  if (request.txn !== undefined) return { operation: "txn", key: keyOf(request.txn.success[0] ?? request.txn.failure[0]) };
  if (request.range !== undefined) return { operation: "range", key: showKey(request.range.key) };
  if (request.compaction !== undefined) return { operation: "compact", key: "" };
  if (request.leaseGrant !== undefined) return { operation: "lease-grant", key: "" };
  if (request.leaseRevoke !== undefined) return { operation: "lease-revoke", key: "" };
  if (request.alarm !== undefined) return { operation: "alarm", key: "" };
  if (request.clusterMemberAttrSet !== undefined) return { operation: "attributes", key: "" };
  if (request.clusterVersionSet !== undefined) return { operation: "cluster-version", key: "" };
  return { operation: "other", key: "" };
}

function describe(entry: Entry): Operation {
  if (entry.type !== EntryType.EntryNormal) {
    if (entry.type === EntryType.EntryConfChange && entry.data !== undefined) {
      const change = ConfChange.decode(entry.data);
      const verbs = new Map<number, string>(Object.entries(ConfChangeType).map(([name, value]) => [value as number, name.replace("ConfChange", "")]));
      return { operation: "conf-change", key: `${verbs.get(change.type) ?? ""} ${hex(change.nodeId)}`, request: hex(change.id) };
    }
    return { operation: "conf-change", key: "", request: "" };
  }
  if (entry.data === undefined || entry.data.length === 0) return { operation: "no-op", key: "", request: "" };
  try {
    const request = InternalRaftRequest.decode(entry.data);
    const id = request.header?.ID ?? request.ID;
    return { ...describeRequest(request), request: id === 0n ? "" : hex(id) };
  } catch (error) {
    // a bare v2 request, as 3.4 and 3.5 write attributes and version
    if (error instanceof WireError) return { operation: "v2", key: "", request: "" };
    throw error;
  }
}
