/** Lines of the timeline, from what members tell and from what the lab does. */
import type { HappeningRecord } from "../probe/records.ts";
import type { TimelineEvent } from "./contract/state.ts";

type Look = readonly [kind: TimelineEvent["kind"], tone: TimelineEvent["tone"]];

const LOOKS: Readonly<Record<HappeningRecord["what"], Look>> = {
  started: ["process", "plain"],
  ready: ["process", "good"],
  campaign: ["election", "plain"],
  "leader-elected": ["leader", "good"],
  "leader-followed": ["election", "plain"],
  "leader-lost": ["leader", "warn"],
  "stepped-down": ["leader", "warn"],
  "snapshot-saved": ["snapshot", "plain"],
  "snapshot-sent": ["snapshot", "plain"],
  "snapshot-received": ["snapshot", "plain"],
  compacted: ["storage", "plain"],
  defragmented: ["storage", "plain"],
  "alarm-raised": ["alarm", "bad"],
  "alarm-disarmed": ["alarm", "good"],
  "member-added": ["membership", "plain"],
  "member-removed": ["membership", "warn"],
  "member-promoted": ["membership", "good"],
  "peer-active": ["process", "plain"],
  "peer-inactive": ["process", "warn"],
  "slow-fsync": ["storage", "warn"],
  stopping: ["process", "plain"],
  failed: ["process", "bad"],
};

export class Timeline {
  private nextId: number;

  /** @param firstId above all ids of the lab's earlier lives */
  constructor(
    firstId: number,
    private readonly tell: (event: TimelineEvent) => void,
  ) {
    this.nextId = firstId;
  }

  happened(host: string, record: HappeningRecord): void {
    const [kind, tone] = LOOKS[record.what];
    this.add({ at: record.at, host, kind, term: record.term, text: record.text, tone, what: record.what, peer: record.peer ?? "" });
  }

  add(event: Omit<TimelineEvent, "id">): void {
    this.tell({ id: this.nextId++, ...event });
  }
}
