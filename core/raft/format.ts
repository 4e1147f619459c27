/** Raft's objects as text, in exactly the wording and order of etcd raft (util.go, tracker/, quorum/): logs, drills and tests quote it. */
import {
  ConfChangeTransition,
  ConfChangeType,
  EntryType,
  MessageType,
  type ConfState,
  type Entry,
  type HardState,
  type Message,
  type Snapshot,
} from "../proto/gen/raftpb.ts";
import { WireError } from "../proto/wire.ts";
import { asConfChangeV2, decodeConfChange, formatConfChanges } from "./conf-change.ts";
import type { AckedIndex, JointVoters } from "./quorum.ts";
import type { Configuration } from "./tracker.ts";
import { APPEND_THREAD, APPLY_THREAD, isEmptySnapshot, NONE, type AnyConfChange, type Ready, type SoftState } from "./types.ts";

/** How the payload of a normal entry is shown. */
export type EntryFormatter = (data: Buffer) => string;

function namesOf(values: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(values).map(([name, value]) => [value, name]));
}

const MESSAGE_NAMES = namesOf(MessageType);
const ENTRY_NAMES = namesOf(EntryType);
const TRANSITION_NAMES = namesOf(ConfChangeTransition);
const CHANGE_NAMES = namesOf(ConfChangeType);

export function messageTypeName(type: number): string {
  return MESSAGE_NAMES.get(type) ?? String(type);
}

/** Lower-case hexadecimal, as ids stand in logs. */
export function hex(id: bigint): string {
  return id.toString(16);
}

/** "∞" for the index that an empty majority commits. */
export function describeIndex(index: number): string {
  return index === Infinity ? "∞" : String(index);
}

function describeTarget(id: bigint): string {
  if (id === NONE) return "None";
  if (id === APPEND_THREAD) return "AppendThread";
  return id === APPLY_THREAD ? "ApplyThread" : hex(id);
}

function describeHardState(state: HardState): string {
  const vote = state.vote === NONE ? "" : ` Vote:${state.vote}`;
  return `Term:${state.term}${vote} Commit:${state.commit}`;
}

function describeSoftState(state: SoftState): string {
  return `Lead:${state.lead} State:${state.role}`;
}

export function describeConfState(state: ConfState): string {
  const list = (ids: readonly bigint[]): string => `[${ids.join(" ")}]`;
  return (
    `Voters:${list(state.voters)} VotersOutgoing:${list(state.votersOutgoing)} Learners:${list(state.learners)} ` +
    `LearnersNext:${list(state.learnersNext)} AutoLeave:${state.autoLeave}`
  );
}

function describeSnapshot(snapshot: Snapshot): string {
  const { index, term, confState } = snapshot.metadata;
  return `Index:${index} Term:${term} ConfState:${describeConfState(confState)}`;
}

/** `1/4 EntryNormal "foo"`: term, index, type, payload. */
export function describeEntry(entry: Entry, format: EntryFormatter = quote): string {
  const payload = describePayload(entry, format);
  const type = ENTRY_NAMES.get(entry.type) ?? String(entry.type);
  return `${entry.term}/${entry.index} ${type}${payload === "" ? "" : ` ${payload}`}`;
}

/** One line for each entry, each ended by a newline. */
export function describeEntries(entries: readonly Entry[], format: EntryFormatter = quote): string {
  return entries.map((entry) => `${describeEntry(entry, format)}\n`).join("");
}

function describePayload(entry: Entry, format: EntryFormatter): string {
  if (entry.type === EntryType.EntryNormal) return format(entry.data ?? Buffer.alloc(0));
  try {
    const change = decodeConfChange(entry);
    return change === undefined ? "" : formatConfChanges(asConfChangeV2(change).changes);
  } catch (error) {
    if (error instanceof WireError) return error.reason;
    return error instanceof Error ? error.message : String(error);
  }
}

/** `1->2 MsgApp Term:1 Log:1/10 Commit:10 Entries:[...]`; more than one line with several entries, a snapshot or responses. */
export function describeMessage(message: Message, format: EntryFormatter = quote, indent = ""): string {
  let text =
    `${indent}${describeTarget(message.from)}->${describeTarget(message.to)} ${messageTypeName(message.type)} ` +
    `Term:${message.term} Log:${message.logTerm}/${message.index}`;
  if (message.reject) text += ` Rejected (Hint: ${message.rejectHint})`;
  if (message.commit !== 0) text += ` Commit:${message.commit}`;
  if (message.vote !== NONE) text += ` Vote:${message.vote}`;
  if (message.entries.length === 1) {
    text += ` Entries:[${describeEntry(message.entries[0]!, format)}]`;
  } else if (message.entries.length > 1) {
    text += ` Entries:[${message.entries.map((entry) => `\n${indent}  ${describeEntry(entry, format)}`).join("")}\n${indent}]`;
  }
  if (!isEmptySnapshot(message.snapshot)) text += `\n${indent}  Snapshot: ${describeSnapshot(message.snapshot)}`;
  if (message.responses.length > 0) {
    const responses = message.responses.map((response) => `\n${describeMessage(response, format, `${indent}  `)}`);
    text += ` Responses:[${responses.join("")}\n${indent}]`;
  }
  return text;
}

/** All that a Ready asks for, one part after the other; `<empty Ready>` for nothing. */
export function describeReady(ready: Ready, format: EntryFormatter = quote): string {
  let text = "";
  if (ready.softState !== undefined) text += `${describeSoftState(ready.softState)}\n`;
  if (ready.hardState !== undefined) text += `HardState ${describeHardState(ready.hardState)}\n`;
  if (ready.readStates.length > 0) {
    const states = ready.readStates.map(({ index, context }) => `{${index} [${[...context].join(" ")}]}`);
    text += `ReadStates [${states.join(" ")}]\n`;
  }
  if (ready.entries.length > 0) text += `Entries:\n${describeEntries(ready.entries, format)}`;
  if (!isEmptySnapshot(ready.snapshot)) text += `Snapshot ${describeSnapshot(ready.snapshot)}\n`;
  if (ready.committedEntries.length > 0) text += `CommittedEntries:\n${describeEntries(ready.committedEntries, format)}`;
  if (ready.messages.length > 0) {
    text += `Messages:\n${ready.messages.map((message) => `${describeMessage(message, format)}\n`).join("")}`;
  }
  return text === "" ? "<empty Ready>" : `Ready MustSync=${ready.mustSync}:\n${text}`;
}

/** `transition:X changes:{type:T node_id:n}`, as refused changes are logged. */
export function describeConfChange(change: AnyConfChange): string {
  const { transition, changes, context } = asConfChangeV2(change);
  let text = `transition:${TRANSITION_NAMES.get(transition) ?? transition}`;
  for (const { type, nodeId } of changes) text += ` changes:{type:${CHANGE_NAMES.get(type) ?? type} node_id:${nodeId}}`;
  if (context !== undefined && context.length > 0) text += ` context:${quote(context)}`;
  return text;
}

/** `voters=(1 2)&&(3) learners=(4) learners_next=(5) autoleave`. */
export function describeConfiguration(configuration: Configuration): string {
  const { voters, outgoing, learners, learnersNext, autoLeave } = configuration;
  let text = `voters=${voters.toString()}`;
  if (outgoing.size > 0) text += `&&${outgoing.toString()}`;
  if (learners.size > 0) text += ` learners=${learners.toString()}`;
  if (learnersNext.size > 0) text += ` learners_next=${learnersNext.toString()}`;
  return autoLeave ? `${text} autoleave` : text;
}

/** What is told of a member's progress; both the live Progress and a status copy have it. */
export interface DescribedProgress {
  readonly state: string;
  readonly match: number;
  readonly next: number;
  readonly isLearner: boolean;
  readonly paused: boolean;
  readonly pendingSnapshot: number;
  readonly recentActive: boolean;
  readonly inflightCount: number;
  readonly inflightFull: boolean;
}

/** `StateReplicate match=4 next=5 learner paused pendingSnap=n inactive inflight=n[full]`, parts that do not apply left out. */
export function describeProgress(progress: DescribedProgress): string {
  let text = `${progress.state} match=${progress.match} next=${progress.next}`;
  if (progress.isLearner) text += " learner";
  if (progress.paused) text += " paused";
  if (progress.pendingSnapshot > 0) text += ` pendingSnap=${progress.pendingSnapshot}`;
  if (!progress.recentActive) text += " inactive";
  if (progress.inflightCount > 0) text += ` inflight=${progress.inflightCount}${progress.inflightFull ? "[full]" : ""}`;
  return text;
}

/** A bar chart of what voters have acknowledged: the longer the bar, the more voters are behind that one. */
export function describeQuorum({ voters, outgoing }: JointVoters, acked: AckedIndex): string {
  const ids = voters.union(outgoing).ids;
  if (ids.length === 0) return "<empty majority quorum>";
  const indexes = ids.map((id) => acked(id));
  const lines = ids.map((id, at) => {
    const own = indexes[at];
    const behind = indexes.filter((other) => (other ?? 0) < (own ?? 0)).length;
    const bar = own === undefined ? `?${" ".repeat(ids.length)}` : `${"x".repeat(behind)}>${" ".repeat(ids.length - behind)}`;
    return `${bar} ${describeIndex(own ?? 0).padStart(5)}    (id=${hex(id)})\n`;
  });
  return `${" ".repeat(ids.length)}    idx\n${lines.join("")}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Bytes as Go's %q shows them: a quoted string, with what is not printable UTF-8 escaped. */
export function quote(data: Buffer): string {
  let text = "";
  for (let at = 0; at < data.length; ) {
    const length = sequenceLength(data, at);
    if (length === 0) {
      text += `\\x${data[at]!.toString(16).padStart(2, "0")}`;
      at++;
    } else {
      text += escapeCharacter(data.toString("utf8", at, at + length));
      at += length;
    }
  }
  return `"${text}"`;
}

function escapeCharacter(character: string): string {
  const escape = ESCAPES[character];
  if (escape !== undefined) return escape;
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Bytes of the UTF-8 character at `at`; 0 when none is well formed there. */
function sequenceLength(data: Buffer, at: number): number {
  const lead = data[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length <= 1) return length;
  const bytes = data.subarray(at, at + length);
  if (bytes.length < length) return 0;
  return Buffer.from(bytes.toString("utf8"), "utf8").equals(bytes) ? length : 0;
}
