/**
 * The ways of the last requests through the cluster, joined from what the members told of them: taken, proposed, in a log, sent,
 * on disk, acknowledged, committed, applied, answered. Only what was told is in a way; where a member told nothing, nothing is made up.
 * A member's own records come in its own order; those of different members come as their batches do, so a way is put in
 * order of time only when it is asked for. All members' clocks are this machine's.
 */
import type { EntryRecord, MessageRecord, ProbeRecord, RequestRecord } from "../probe/records.ts";
import type { RequestWay, WayStep } from "./contract/state.ts";

/** Ways kept; the oldest go first. */
const WAYS_MAX = 1024;
/** One way has at most this many steps: nine members, every step once and some room. */
const STEPS_MAX = 96;

interface Way {
  readonly request: string;
  operation: string;
  key: string;
  index: number;
  term: number;
  /** step and member (and other end) -> what was told of it, first word only */
  readonly steps: Map<string, WayStep>;
}

type Passing = Exclude<ProbeRecord, { readonly kind: "state" | "happening" | "truncation" | "letter" | "meters" | "watching" }>;

/** Records that tell of a request on its way. */
export function isPassing(record: ProbeRecord): record is Passing {
  return OF_THE_WAY[record.kind];
}

/** every kind there is: the compiler asks for a new one here too */
const OF_THE_WAY: Readonly<Record<ProbeRecord["kind"], boolean>> = {
  request: true, entry: true, message: true, fsync: true, commit: true, applied: true,
  state: false, happening: false, truncation: false, letter: false, meters: false, watching: false,
};

export class RequestWays {
  /** in the order in which they were first heard of */
  private readonly ways: Way[] = [];
  private readonly byRequest = new Map<string, Way>();

  /** @param id the id of the host's member, in hex; "" while it is unknown */
  accept(host: string, id: string, record: Passing): void {
    switch (record.kind) {
      case "request":
        this.request(host, record);
        return;
      case "entry":
        this.entry(host, record);
        return;
      case "message":
        this.message(host, id, record);
        return;
      case "fsync":
        this.reached(host, "durable", record.index, record.at);
        return;
      case "commit":
        this.reached(host, "committed", record.index, record.at);
        return;
      case "applied":
        this.reached(host, "applied", record.index, record.at);
        return;
    }
  }

  /** The way of the entry at `index` of `term`, its steps in order of time; null: not seen. */
  of(index: number, term: number): RequestWay | null {
    const way = this.ways.findLast((one) => one.index === index && one.term === term);
    if (way === undefined) return null;
    const { request, operation, key } = way;
    return { request, operation, key, index, term, steps: [...way.steps.values()].sort((a, b) => a.at - b.at) };
  }

  private request(host: string, record: RequestRecord): void {
    const way = this.wayOf(record.request, record.operation, record.key);
    this.note(way, { step: record.step, host, peer: "", at: record.at, detail: record.error ?? "" });
  }

  private entry(host: string, record: EntryRecord): void {
    // what nobody asked for (a new leader's empty entry) goes its way too, under its place in the log
    const request = record.request === "" ? `${record.term}/${record.index}` : record.request;
    // told because somebody began to look: it says nothing of when
    if (record.at === 0) return;
    const way = this.wayOf(request, record.operation, record.key);
    way.index = record.index;
    way.term = record.term;
    this.note(way, { step: "appended", host, peer: "", at: record.at, detail: "" });
  }

  private message(host: string, id: string, record: MessageRecord): void {
    if (record.type === "MsgApp" && record.entries > 0) {
      const own = record.direction === "received" ? record.from : record.to;
      const step = record.direction === "received" ? "arrived" : record.direction;
      for (const way of this.ways) {
        if (way.index <= record.index || way.index > record.index + record.entries || way.term > record.term) continue;
        this.note(way, { step, host, peer: own, at: record.at, detail: record.reason ?? "" });
      }
    } else if (record.type === "MsgAppResp" && record.direction === "received" && !record.reject && record.to === id) {
      for (const way of this.ways) {
        const sent = way.steps.get(`sent ${host} ${record.from}`);
        if (sent !== undefined && way.index <= record.index && way.term <= record.term) {
          this.note(way, { step: "acknowledged", host, peer: record.from, at: record.at, detail: "" });
        }
      }
    }
  }

  /** `host` has come as far as `index` with its disk, its commit or its state. */
  private reached(host: string, step: "durable" | "committed" | "applied", index: number, at: number): void {
    for (let place = this.ways.length - 1; place >= 0; place--) {
      const way = this.ways[place]!;
      if (way.index === 0 || way.index > index || !way.steps.has(`appended ${host} `)) continue;
      // what an earlier word said of this one, it said of all before
      if (way.steps.has(`${step} ${host} `)) return;
      this.note(way, { step, host, peer: "", at, detail: "" });
    }
  }

  private note(way: Way, step: WayStep): void {
    const key = `${step.step} ${step.host} ${step.peer}`;
    if (!way.steps.has(key) && way.steps.size < STEPS_MAX) way.steps.set(key, step);
  }

  private wayOf(request: string, operation: string, key: string): Way {
    const known = this.byRequest.get(request);
    if (known !== undefined) return known;
    const way: Way = { request, operation, key, index: 0, term: 0, steps: new Map() };
    this.ways.push(way);
    this.byRequest.set(request, way);
    if (this.ways.length > WAYS_MAX) this.byRequest.delete(this.ways.shift()!.request);
    return way;
  }
}
