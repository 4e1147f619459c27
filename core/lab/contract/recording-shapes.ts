/**
 * Whether what stands in a recording is what a window can show. A file may come from anybody: what would break the window or
 * bring it to draw without end is refused. Fields that this version does not know pass; their names are not checked.
 */
import { bad } from "./shapes.ts";
import { LOG_WINDOW, OVERWRITTEN_WINDOW, TIMELINE_WINDOW } from "./state.ts";
import { type KeyFrame, NOTE_CHARS_MAX, type RecordedChange, type RecordedFrame, type RecordingFacts, TERMINAL_TAIL_CHARS } from "./recording.ts";

type Shape = (value: unknown, name: string) => void;

const HOSTS_MAX = 100;
const MANY = 10_000;
const SEGMENTS_MAX = 100_000;

const words: Shape = (value, name) => typeof value === "string" || bad(`${name}: wanted text`);
const amount: Shape = (value, name) => (typeof value === "number" && Number.isFinite(value)) || bad(`${name}: wanted a number`);
const truth: Shape = (value, name) => typeof value === "boolean" || bad(`${name}: wanted true or false`);

const upTo =
  (chars: number): Shape =>
  (value, name) =>
    (typeof value === "string" && value.length <= chars) || bad(`${name}: wanted text of at most ${chars} characters`);

const one =
  (...allowed: readonly string[]): Shape =>
  (value, name) =>
    (typeof value === "string" && allowed.includes(value)) || bad(`${name}: wanted one of ${allowed.join(", ")}`);

const orNull =
  (shape: Shape): Shape =>
  (value, name) =>
    void (value === null || shape(value, name));

const ifThere =
  (shape: Shape): Shape =>
  (value, name) =>
    void (value === undefined || shape(value, name));

const list =
  (shape: Shape, most: number): Shape =>
  (value, name) => {
    if (!Array.isArray(value) || value.length > most) bad(`${name}: wanted a list of at most ${most}`);
    for (const [at, item] of value.entries()) shape(item, `${name}[${at}]`);
  };

/** A list in which no two are named alike: what is drawn is told apart by it. */
const distinct =
  (shape: Shape, most: number, nameOf: (item: Readonly<Record<string, unknown>>) => unknown): Shape =>
  (value, name) => {
    list(shape, most)(value, name);
    const items = value as readonly Readonly<Record<string, unknown>>[];
    const names = new Set(items.map(nameOf));
    if (names.size < items.length) bad(`${name}: wanted no two alike`);
  };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  const all = Object.entries(shapes);
  return (value, name) => {
    if (!isObject(value)) return bad(`${name}: wanted an object`);
    for (const [field, shape] of all) shape(value[field], `${name}.${field}`);
  };
}

const named =
  (shape: Shape, most: number): Shape =>
  (value, name) => {
    if (!isObject(value) || Object.keys(value).length > most) return bad(`${name}: wanted an object of at most ${most} fields`);
    for (const [field, item] of Object.entries(value)) shape(item, `${name}.${field}`);
  };

const processStates = one("starting", "running", "paused", "stopped", "killed", "failed");
const roles = one("leader", "follower", "candidate", "pre-candidate", "learner");
const tones = one("plain", "good", "warn", "bad");

const raft = fields({
  role: roles, term: amount, vote: words, lead: words, firstIndex: amount, lastIndex: amount, commit: amount, applied: amount, revision: amount, compactRevision: amount,
  electionElapsed: amount, electionTimeout: amount, tickMs: amount, stepping: truth, votes: named(truth, HOSTS_MAX),
  progress: list(fields({ id: words, match: amount, next: amount, state: words, active: truth, inflight: amount }), HOSTS_MAX),
  dbSize: amount, dbSizeInUse: amount, fsyncMs: amount, watchers: amount, leases: amount, keys: amount, alarms: list(words, HOSTS_MAX), residentBytes: amount, observedAt: amount,
});
const member = fields({
  host: words, id: words, clusterId: words, clientUrl: words, peerUrl: words, process: processStates, processSince: amount, pid: orNull(amount), failure: words, raft: orNull(raft),
  impossible: ifThere(named(words, HOSTS_MAX)),
  spare: ifThere(truth),
});
const entry = fields({ index: amount, term: amount, operation: words, key: words, bytes: amount, at: amount });
const fault = fields({ id: words, kind: words, host: words, to: words, amount, since: amount, text: words });
const letterEntry = fields({ term: amount, operation: words, key: words });
const letter = fields({
  id: words, at: amount, from: words, to: words, type: words, term: amount, logTerm: amount, index: amount, entries: list(letterEntry, MANY), entryCount: amount, commit: amount, reject: truth,
});
const byId = (item: Readonly<Record<string, unknown>>): unknown => item["id"];
const byHost = (item: Readonly<Record<string, unknown>>): unknown => item["host"];
const mail = fields({ stepping: truth, letters: distinct(letter, MANY, byId) });
const event = fields({ id: amount, at: amount, host: words, kind: words, term: amount, text: words, tone: tones, what: words, peer: words });
const mark = fields({
  id: amount, at: amount, from: words, to: words, type: words, term: amount, index: amount, entries: amount, bytes: amount, reject: truth, outcome: one("delivered", "dropped"), reason: words,
});
const service = fields({ host: words, name: words, active: one("active", "inactive", "failed", "activating"), detail: words });
const terminal = fields({ id: words, host: words });
const lab = fields({ name: words, folder: words, version: words, startedAt: amount });
const members = distinct(member, HOSTS_MAX, byHost);
const faults = distinct(fault, MANY, byId);
const services = distinct(service, MANY, (item) => `${String(item["host"])} ${String(item["name"])}`);
const terminals = distinct(terminal, HOSTS_MAX, byId);

const state = fields({
  lab, members, faults, mail, services, terminals,
  logs: distinct(
    fields({ host: words, entries: distinct(entry, LOG_WINDOW, (item) => item["index"]), overwritten: list(entry, OVERWRITTEN_WINDOW), durableIndex: amount }),
    HOSTS_MAX,
    byHost,
  ),
  timeline: distinct(event, TIMELINE_WINDOW, byId),
});

const changes: { readonly [K in RecordedChange["type"]]: Shape } = {
  lab: fields({ lab }),
  member: fields({ member }),
  "member-removed": fields({ host: words }),
  mail: fields({ mail }),
  faults: fields({ faults }),
  log: fields({ host: words, appended: list(entry, LOG_WINDOW), truncatedFrom: amount, firstIndex: amount, durableIndex: amount }),
  timeline: fields({ events: list(event, MANY) }),
  messages: fields({ marks: list(mark, MANY), unsampled: amount }),
  services: fields({ services }),
  terminals: fields({ terminals }),
  "terminal.output": fields({ id: words, data: words }),
  "terminal.closed": fields({ id: words, code: amount }),
};

const change: Shape = (value, name) => {
  const type = isObject(value) ? value["type"] : undefined;
  if (typeof type !== "string" || !Object.hasOwn(changes, type)) return bad(`${name}.type: wanted a change, found ${JSON.stringify(type) ?? "none"}`);
  changes[type as RecordedChange["type"]](value, name);
};

const keyFrame = fields({ at: amount, state, terminals: named(upTo(TERMINAL_TAIL_CHARS), HOSTS_MAX) });
const frame = fields({ at: amount, changes: list(change, MANY) });
const facts = fields({
  lab: upTo(NOTE_CHARS_MAX), product: upTo(NOTE_CHARS_MAX), from: amount, to: amount, savedAt: amount, note: upTo(NOTE_CHARS_MAX),
  leftOut: list(one("terminals", "keys"), 2), segments: list(fields({ from: amount, to: amount }), SEGMENTS_MAX),
});

/** @throws CommandError "bad-argument", naming the field and what was wanted */
export function checkKeyFrame(value: unknown): KeyFrame {
  keyFrame(value, "key");
  return value as KeyFrame;
}

/** @throws CommandError */
export function checkFrame(value: unknown): RecordedFrame {
  frame(value, "frame");
  return value as RecordedFrame;
}

/** Of a file's header, with its list of segments. @throws CommandError */
export function checkFacts(value: unknown): RecordingFacts {
  facts(value, "header");
  const { from, to, segments } = value as RecordingFacts & { readonly segments: readonly { readonly from: number; readonly to: number }[] };
  if (segments.length === 0) bad("header.segments: wanted at least one");
  let last = from;
  for (const [at, span] of segments.entries()) {
    if (span.from < last || span.to < span.from || span.to > to) bad(`header.segments[${at}]: wanted times in order from ${last} to ${to}`);
    last = span.to;
  }
  return value as RecordingFacts;
}
