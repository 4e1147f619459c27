/** The log view's numbers: which columns there are, what each cell is, what became of one entry. Pure. */
import type { LabState, LogEntryView, LogView, MemberView } from "../../../core/lab/contract/state.ts";

export type CellState = "committed" | "durable" | "pending" | "overwritten";

/** First and last index of all lanes together. Empty when last < first. */
export interface Columns {
  readonly first: number;
  readonly last: number;
}

/** A member far behind must not stretch the picture without bound. */
const COLUMNS_MAX = 20_000;

export function columnsOf(state: LabState): Columns {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const log of state.logs) {
    const from = log.entries[0]?.index;
    const to = Math.max(log.entries.at(-1)?.index ?? 0, log.overwritten.at(-1)?.index ?? 0);
    if (from !== undefined) first = Math.min(first, from);
    last = Math.max(last, to);
  }
  if (!Number.isFinite(first)) return { first: 1, last: 0 };
  return { first: Math.max(first, last - COLUMNS_MAX + 1), last };
}

/** The entry of an index in an ascending list; entries are nearly always without gaps, so the first guess is right. */
export function entryAt(entries: readonly LogEntryView[], index: number): LogEntryView | undefined {
  const guess = entries[index - (entries[0]?.index ?? 0)];
  if (guess?.index === index) return guess;
  let low = 0;
  let high = entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = entries[middle];
    if (found === undefined) return undefined;
    if (found.index === index) return found;
    if (found.index < index) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function stateOf(entry: LogEntryView, log: LogView, commit: number): CellState {
  if (entry.index <= commit) return "committed";
  return entry.index <= log.durableIndex ? "durable" : "pending";
}

export interface Cell {
  readonly index: number;
  readonly entry: LogEntryView;
  readonly state: CellState;
}

/** The cells of one lane from `from` to `to`, inclusive. Where an overwritten entry has no successor yet, it stays in sight. */
export function cellsOf(log: LogView | undefined, commit: number, from: number, to: number): Cell[] {
  if (log === undefined) return [];
  const cells: Cell[] = [];
  const lost = new Map(log.overwritten.map((entry) => [entry.index, entry]));
  for (let index = from; index <= to; index += 1) {
    const entry = entryAt(log.entries, index);
    if (entry !== undefined) cells.push({ index, entry, state: stateOf(entry, log, commit) });
    else {
      const gone = lost.get(index);
      if (gone !== undefined) cells.push({ index, entry: gone, state: "overwritten" });
    }
  }
  return cells;
}

/** The commit index that a lane shows: the member's own, as last observed. */
export function commitOf(member: MemberView): number {
  return member.raft?.commit ?? 0;
}

export interface Fate {
  readonly entry: LogEntryView | null;
  readonly state: CellState;
  /** hosts that have this very entry (index and term) on disk */
  readonly durableAt: readonly string[];
  readonly majority: number;
}

/** What became of the entry that was selected in `host`'s lane. */
export function fateOf(state: LabState, host: string, index: number, remembered: LogEntryView | null): Fate {
  const own = state.logs.find((log) => log.host === host);
  const there = own === undefined ? undefined : entryAt(own.entries, index);
  const lost = own?.overwritten.findLast((entry) => entry.index === index && (remembered === null || entry.term === remembered.term));
  const entry = remembered ?? there ?? lost ?? null;
  const voters = state.members.filter((member) => member.raft?.role !== "learner");
  const majority = Math.floor(voters.length / 2) + 1;
  if (entry === null) return { entry: null, state: "pending", durableAt: [], majority };
  const durableAt = state.logs
    .filter((log) => log.durableIndex >= index && entryAt(log.entries, index)?.term === entry.term)
    .map((log) => log.host);
  const committed = state.members.some((member) => {
    const log = state.logs.find((one) => one.host === member.host);
    return log !== undefined && commitOf(member) >= index && entryAt(log.entries, index)?.term === entry.term;
  });
  if (committed) return { entry, state: "committed", durableAt, majority };
  if (there?.term !== entry.term && lost !== undefined) return { entry, state: "overwritten", durableAt, majority };
  return { entry, state: durableAt.length > 0 ? "durable" : "pending", durableAt, majority };
}
