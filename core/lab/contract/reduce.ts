/**
 * State and change to state: the one place where a change is applied, for the window's store, the host and the tests. Pure;
 * what a change does not touch keeps its identity, so that a view can tell by `===` that nothing of its own is new.
 */
import type { Change } from "./protocol.ts";
import type { LabState, LogEntryView, LogView, MemberView } from "./state.ts";
import { LOG_WINDOW, OVERWRITTEN_WINDOW, TIMELINE_WINDOW } from "./state.ts";

type LogChange = Extract<Change, { type: "log" }>;

/** m2 before m10: by the number at the end, then by name. */
export function compareHosts(a: string, b: string): number {
  const numberOf = (host: string): number => Number(/\d+$/.exec(host)?.[0] ?? 0);
  return numberOf(a) - numberOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function withMember(members: readonly MemberView[], member: MemberView): readonly MemberView[] {
  const at = members.findIndex((known) => known.host === member.host);
  if (at >= 0) return members.with(at, member);
  return [...members, member].sort((a, b) => compareHosts(a.host, b.host));
}

/** Entries as they come in are almost always behind the last one; anything else is put where it belongs. */
function withEntries(entries: readonly LogEntryView[], appended: readonly LogEntryView[]): readonly LogEntryView[] {
  const first = appended[0];
  if (first === undefined) return entries;
  const last = entries.at(-1);
  if (last === undefined || last.index < first.index) return [...entries, ...appended];
  const byIndex = new Map(entries.map((entry) => [entry.index, entry]));
  for (const entry of appended) {
    const known = byIndex.get(entry.index);
    // told once more because somebody looks again: when it was first seen stays
    if (entry.at > 0 || known?.term !== entry.term) byIndex.set(entry.index, entry);
  }
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

function reduceLog(log: LogView, change: LogChange): LogView {
  let entries = log.entries;
  let overwritten = log.overwritten;
  let durableIndex = log.durableIndex;
  if (change.truncatedFrom > 0) {
    const lost = entries.filter((entry) => entry.index >= change.truncatedFrom);
    if (lost.length > 0) {
      entries = entries.filter((entry) => entry.index < change.truncatedFrom);
      overwritten = [...overwritten, ...lost].slice(-OVERWRITTEN_WINDOW);
    }
    durableIndex = Math.min(durableIndex, change.truncatedFrom - 1);
  }
  entries = withEntries(entries, change.appended);
  if (change.firstIndex > 0) entries = entries.filter((entry) => entry.index >= change.firstIndex);
  if (entries.length > LOG_WINDOW) entries = entries.slice(-LOG_WINDOW);
  return { host: log.host, entries, overwritten, durableIndex: Math.max(durableIndex, change.durableIndex) };
}

function withLog(logs: readonly LogView[], change: LogChange): readonly LogView[] {
  const at = logs.findIndex((log) => log.host === change.host);
  const before = logs[at] ?? { host: change.host, entries: [], overwritten: [], durableIndex: 0 };
  const after = reduceLog(before, change);
  return at >= 0 ? logs.with(at, after) : [...logs, after].sort((a, b) => compareHosts(a.host, b.host));
}

/** The state after one change. What has no place in the state is an event for whoever looks, and changes nothing here. */
export function reduce(state: LabState, change: Change): LabState {
  switch (change.type) {
    case "member":
      return { ...state, members: withMember(state.members, change.member) };
    case "member-removed":
      return {
        ...state,
        members: state.members.filter((member) => member.host !== change.host),
        logs: state.logs.filter((log) => log.host !== change.host),
      };
    case "lab":
      return { ...state, lab: change.lab };
    case "faults":
      return { ...state, faults: change.faults };
    case "mail":
      return { ...state, mail: change.mail };
    case "log":
      return { ...state, logs: withLog(state.logs, change) };
    case "timeline":
      return { ...state, timeline: [...state.timeline, ...change.events].slice(-TIMELINE_WINDOW) };
    case "services":
      return { ...state, services: change.services };
    case "terminals":
      return { ...state, terminals: change.terminals };
    case "terminal.closed":
      return { ...state, terminals: state.terminals.filter((terminal) => terminal.id !== change.id) };
    case "messages":
    case "keys":
    case "terminal.output":
    case "snapshots":
    case "meters":
    case "watching":
    case "journal":
      return state;
  }
}
