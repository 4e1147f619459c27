/**
 * The words between host and window. The same over Electron's IPC and over a WebSocket: every frame is one JSON value.
 * The host checks every command at run time (`check.ts`); the window trusts the host.
 */
import type { DataDirCommands } from "./data-dir.ts";
import type { FileFaultCommands } from "./file-faults.ts";
import type { LabsCommands } from "./labs.ts";
import type { LogLineView, MemberPageCommands, MeterSample } from "./member-page.ts";
import type { RecordingCommands } from "./recording.ts";
import type { SnapshotCommands, SnapshotView } from "./snapshots.ts";
import type { ActiveFault, LabState, LogEntryView, MailView, MemberView, MessageMark, RequestWay, ServiceView, TerminalView, TimelineEvent } from "./state.ts";
import type { WatchingCommands, WatchingView } from "./watching.ts";

/** A key as a list shows it. Keys and values travel as base64: they are bytes. */
export interface KeySummary {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: string;
  readonly valueBytes: number;
}

export interface KeyDetail extends KeySummary {
  readonly value: string;
}

/** One step in a key's life; a tombstone has version 0 and no value. */
export interface KeyRevision {
  readonly revision: number;
  readonly version: number;
  readonly value: string;
  readonly deleted: boolean;
}

/** Every command: its arguments and its answer. */
export interface Commands extends SnapshotCommands, DataDirCommands, MemberPageCommands, WatchingCommands, FileFaultCommands, LabsCommands, RecordingCommands {
  /** Kill -9, stop with SIGSTOP, continue, stop and start as the service manager does. */
  "member.kill": { args: { host: string }; reply: null };
  "member.pause": { args: { host: string }; reply: null };
  "member.resume": { args: { host: string }; reply: null };
  "member.stop": { args: { host: string }; reply: null };
  "member.start": { args: { host: string }; reply: null };
  "member.restart": { args: { host: string }; reply: null };
  /** One direction of one link. `amount` as in ActiveFault. Setting it again replaces it. */
  "fault.link": { args: { from: string; to: string; kind: "cut" | "delay" | "loss" | "duplicate" | "reorder" | "bandwidth"; amount: number }; reply: ActiveFault };
  "fault.disk": { args: { host: string; kind: "slow-fsync" | "failing-fsync" | "disk-full"; amount: number }; reply: ActiveFault };
  /** Cuts a member off from all others, both directions. */
  "fault.isolate": { args: { host: string }; reply: null };
  /** Splits the cluster: these on one side, all others on the other, both directions; among these nothing is cut any more. */
  "fault.partition": { args: { side: readonly string[] }; reply: null };
  /** What a member believes the time of day to be: `amount` ms ahead, behind where below 0, true where 0. */
  "fault.skew": { args: { host: string; amount: number }; reply: null };
  /** How many times slower than real time raft goes, 1 to SLOWDOWN_MAX, on all members alike; 1 is real time. */
  "fault.pace": { args: { slowdown: number }; reply: null };
  /** Step mode: raft's clocks stand still and its messages wait; off lets all go. */
  "step.set": { args: { on: boolean }; reply: null };
  /** Lets waiting messages go, or loses them, in the order given. */
  "step.settle": { args: { letters: readonly string[]; fate: "delivered" | "dropped" }; reply: null };
  /** Moves raft's clock by ticks, at one host or (host "") at all; count 0: until the host's own timer fires. */
  "step.ticks": { args: { host: string; count: number }; reply: null };
  "fault.undo": { args: { id: string }; reply: null };
  "fault.heal": { args: Record<string, never>; reply: null };
  /** Keys under a prefix (base64), after a key (base64, exclusive), as of a revision (0 = now). */
  "keys.list": {
    args: { prefix: string; after: string; limit: number; revision: number };
    reply: { keys: readonly KeySummary[]; more: boolean; count: number; revision: number };
  };
  "keys.get": { args: { key: string; revision: number }; reply: { found: KeyDetail | null; revision: number } };
  /** Newest first, back to the last compaction. */
  "keys.history": { args: { key: string; limit: number }; reply: { revisions: readonly KeyRevision[]; compactRevision: number } };
  "keys.put": { args: { key: string; value: string }; reply: { revision: number } };
  "keys.delete": { args: { key: string }; reply: { revision: number; deleted: number } };
  /** The user that the lab itself reads and writes keys as, kept in memory only; an empty name: none. Refused when the cluster does. */
  "keys.user": { args: { name: string; password: string }; reply: null };
  /** How the entry at this place of the log came to be; null when it is too long ago or nobody looked. */
  "request.way": { args: { index: number; term: number }; reply: { way: RequestWay | null } };
  "terminal.open": { args: { host: string; columns: number; rows: number }; reply: { id: string } };
  /** Back to a terminal that is still open (window reloaded or reconnected): its newest output, at most TERMINAL_REPLAY_BYTES. */
  "terminal.attach": { args: { id: string; columns: number; rows: number }; reply: { replay: string } };
  "terminal.input": { args: { id: string; data: string }; reply: null };
  "terminal.resize": { args: { id: string; columns: number; rows: number }; reply: null };
  "terminal.close": { args: { id: string }; reply: null };
  /** The window says when it has painted event `seq`; the bench reads it. */
  "window.painted": { args: { seq: number; at: number }; reply: null };
}

export type CommandName = keyof Commands;

/** How much of a terminal's output the host keeps for a window that comes back. */
export const TERMINAL_REPLAY_BYTES = 65_536;

/** What changed. Each carries only what changed; the window's store applies them with one pure function. */
export type Change =
  /** the lab has another name */
  | { readonly type: "lab"; readonly lab: LabState["lab"] }
  | { readonly type: "member"; readonly member: MemberView }
  | { readonly type: "member-removed"; readonly host: string }
  | { readonly type: "mail"; readonly mail: MailView }
  | { readonly type: "faults"; readonly faults: readonly ActiveFault[] }
  /** entries appended or overwritten on one member, and how far its disk is */
  | {
      readonly type: "log";
      readonly host: string;
      readonly appended: readonly LogEntryView[];
      /** entries with this index and above were overwritten before `appended` was added; 0 = none */
      readonly truncatedFrom: number;
      /** entries below were compacted away on this member; 0 = no change */
      readonly firstIndex: number;
      readonly durableIndex: number;
    }
  | { readonly type: "timeline"; readonly events: readonly TimelineEvent[] }
  | {
      readonly type: "messages";
      readonly marks: readonly MessageMark[];
      /** messages seen but not in `marks`, because there were too many to draw */
      readonly unsampled: number;
    }
  /** keys changed (base64), for views that show them; empty `keys` means: too many, ask again */
  | { readonly type: "keys"; readonly revision: number; readonly keys: readonly string[] }
  /** the hosts' snapshot files, whole, whenever something about them changed */
  | { readonly type: "snapshots"; readonly snapshots: readonly SnapshotView[]; readonly searched: boolean }
  | { readonly type: "meters"; readonly host: string; readonly sample: MeterSample }
  | { readonly type: "watching"; readonly watching: WatchingView }
  /** new lines of a member's log */
  | { readonly type: "journal"; readonly host: string; readonly lines: readonly LogLineView[]; readonly missed: number }
  | { readonly type: "services"; readonly services: readonly ServiceView[] }
  | { readonly type: "terminals"; readonly terminals: readonly TerminalView[] }
  | { readonly type: "terminal.output"; readonly id: string; readonly data: string }
  | { readonly type: "terminal.closed"; readonly id: string; readonly code: number };

/** From host to window. `seq` starts at the snapshot's and goes up by one a frame: a gap means reconnect. */
export type HostFrame =
  | { readonly type: "snapshot"; readonly seq: number; readonly at: number; readonly state: LabState }
  | { readonly type: "changes"; readonly seq: number; readonly at: number; readonly changes: readonly Change[] }
  | { readonly type: "reply"; readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly type: "reply"; readonly id: number; readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** From window to host. */
export interface WindowFrame {
  readonly type: "command";
  /** chosen by the window, answered with the same */
  readonly id: number;
  readonly name: CommandName;
  readonly args: unknown;
}

/** What the renderer is given, whichever the carrier: `window.quorumLab` in Electron, a WebSocket in a browser. */
export interface HostLink {
  send(frame: WindowFrame): void;
  onFrame(listener: (frame: HostFrame) => void): void;
  /** true while the host can be reached; the carrier reconnects by itself and a new snapshot follows */
  onConnection(listener: (connected: boolean, reason: DisconnectReason) => void): void;
  /** asks for a new snapshot, because a frame was missed */
  resync(): void;
}

/** Why there is no connection: the host is away (it will be tried again), or it does not know this window's token (it will not). */
export type DisconnectReason = "" | "away" | "refused";
