/**
 * Who led when, and which faults were in force when: for the strip on top. Told by the timeline up to the moment the window
 * came, from then on by what it saw itself. Pure functions over short lists.
 */
import type { ActiveFault, LabState } from "../../core/lab/contract/state.ts";

/** From `at` on: this term, with a leader or without one. */
export interface TermSpan {
  readonly at: number;
  readonly term: number;
  readonly led: boolean;
}

/** `until` is null while it is in force. */
export interface FaultSpan {
  readonly id: string;
  readonly since: number;
  readonly until: number | null;
}

const SPANS_MAX = 300;

export function spansOfTimeline(state: LabState): TermSpan[] {
  const spans: TermSpan[] = [];
  // members' batches come one after the other and overlap: the order of the list is not that of time
  for (const event of [...state.timeline].sort((a, b) => a.at - b.at || a.id - b.id)) {
    if (event.term <= 0 || (event.kind !== "election" && event.kind !== "leader")) continue;
    const led = event.kind === "leader" && event.tone !== "warn" && event.tone !== "bad";
    const last = spans.at(-1);
    if (last !== undefined && event.term < last.term) continue;
    if (last?.term === event.term && last.led === led) continue;
    spans.push({ at: event.at, term: event.term, led });
  }
  return spans.slice(-SPANS_MAX);
}

/** @returns the same list when nothing is new */
export function withObservation(spans: readonly TermSpan[], at: number, term: number, led: boolean): readonly TermSpan[] {
  const last = spans.at(-1);
  if (term === 0 || (last !== undefined && last.term === term && last.led === led)) return spans;
  return [...spans, { at: Math.max(at, last?.at ?? 0), term, led }].slice(-SPANS_MAX);
}

/** @returns the same list when nothing is new */
export function withFaults(spans: readonly FaultSpan[], faults: readonly ActiveFault[], now: number): readonly FaultSpan[] {
  const active = new Set(faults.map((fault) => fault.id));
  const open = new Set(spans.filter((span) => span.until === null).map((span) => span.id));
  if (active.size === open.size && [...active].every((id) => open.has(id))) return spans;
  const closed = spans.map((span) => (span.until === null && !active.has(span.id) ? { ...span, until: now } : span));
  const added = faults.filter((fault) => !open.has(fault.id)).map((fault) => ({ id: fault.id, since: fault.since, until: null }));
  return [...closed, ...added].slice(-SPANS_MAX);
}
