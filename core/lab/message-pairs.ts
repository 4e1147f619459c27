/**
 * Joins what the sender told of a message with what its receiver told. A mark is made when the second word arrives, or at
 * once for one that was dropped; a message whose end nobody saw makes none.
 */
import type { MessageRecord } from "../probe/records.ts";
import type { MessageMark } from "./contract/state.ts";

/** Words waiting for their other half; the oldest go first. */
const WAITING_MAX = 4096;
const WAIT_MS = 5000;

interface Waiting {
  readonly record: MessageRecord;
  readonly since: number;
}

export class MessagePairs {
  private readonly waiting = new Map<string, Waiting[]>();
  private count = 0;
  private nextId = 1;

  /** @returns a mark when this record settles what became of a message */
  accept(record: MessageRecord, now: number): MessageMark | undefined {
    if (record.direction === "dropped") return this.mark(record, record.at, "dropped", record.reason ?? "");
    const key = `${record.direction} ${identity(record)}`;
    const otherKey = `${record.direction === "sent" ? "received" : "sent"} ${identity(record)}`;
    const others = this.waiting.get(otherKey);
    const other = others?.shift();
    if (other === undefined || others === undefined) {
      this.wait(key, record, now);
      return undefined;
    }
    this.count--;
    if (others.length === 0) this.waiting.delete(otherKey);
    const sent = record.direction === "sent" ? record : other.record;
    return this.mark(sent, sent.at, "delivered", "");
  }

  private wait(key: string, record: MessageRecord, now: number): void {
    const list = this.waiting.get(key);
    if (list === undefined) this.waiting.set(key, [{ record, since: now }]);
    else list.push({ record, since: now });
    this.count++;
    // a Map keeps the order in which keys came, so the first is about the oldest
    for (const [oldKey, old] of this.waiting) {
      if (this.count <= WAITING_MAX && now - old[0]!.since < WAIT_MS) break;
      this.count -= old.length;
      this.waiting.delete(oldKey);
    }
  }

  private mark(record: MessageRecord, at: number, outcome: "delivered" | "dropped", reason: string): MessageMark {
    const { from, to, type, term, index, entries, bytes, reject } = record;
    return { id: this.nextId++, at, from, to, type, term, index, entries, bytes, reject, outcome, reason };
  }
}

function identity(record: MessageRecord): string {
  return `${record.from} ${record.to} ${record.type} ${record.term} ${record.index} ${record.entries} ${record.commit} ${record.reject ? 1 : 0}`;
}
