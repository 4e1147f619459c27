/**
 * The border between a window and the host: every command and its arguments are checked here, at run time, before the lab
 * sees them. Nothing passes that is not of the declared shape and within its bounds; fields that nobody declared are dropped.
 */
import { labsChecks } from "./check-labs.ts";
import { viewChecks } from "./check-views.ts";
import { CommandError } from "./host.ts";
import type { CommandName, Commands } from "./protocol.ts";
import { amount, anyText, bad, base64, host, id, integer, key, KEY_CHARS_MAX, list, oneOf, onHost, record, revision, truth } from "./shapes.ts";
import { SKEW_MS_MAX, SLOWDOWN_MAX } from "./state.ts";

/** One frame from a window, in bytes of JSON. A value of etcd's default limit (1.5 MiB) fits as base64. */
export const WINDOW_FRAME_BYTES_MAX = 4 * 1024 * 1024;

const VALUE_CHARS_MAX = 3 * 1024 * 1024;
const LETTERS_MAX = 4096;
const INPUT_CHARS_MAX = 256 * 1024;
const columns = integer(2, 1000);
const rows = integer(1, 1000);

const linkFault = record<Commands["fault.link"]["args"]>({
  from: host,
  to: host,
  kind: oneOf("cut", "delay", "loss", "duplicate", "reorder", "bandwidth"),
  amount: amount(1e12),
});

/** A share of messages is at most one, a delay at most ten minutes; a link has two ends. */
function checkLinkFault(value: unknown): Commands["fault.link"]["args"] {
  const args = linkFault(value);
  if (args.from === args.to) bad("to: a link has two ends");
  const share = args.kind === "loss" || args.kind === "duplicate" || args.kind === "reorder";
  if (share && args.amount > 1) bad("amount: a share of messages is 0 to 1");
  if (args.kind === "delay" && args.amount > 600_000) bad("amount: a delay is at most 600000 ms");
  return args;
}

const checks: { readonly [K in CommandName]: (args: unknown) => Commands[K]["args"] } = {
  ...viewChecks,
  ...labsChecks,
  "member.kill": onHost,
  "member.pause": onHost,
  "member.resume": onHost,
  "member.stop": onHost,
  "member.start": onHost,
  "member.restart": onHost,
  "fault.link": checkLinkFault,
  "fault.disk": record<Commands["fault.disk"]["args"]>({
    host,
    kind: oneOf("slow-fsync", "failing-fsync", "disk-full"),
    amount: amount(600_000),
  }),
  "fault.isolate": onHost,
  "fault.partition": record<Commands["fault.partition"]["args"]>({ side: list(host, 100) }),
  "fault.skew": record<Commands["fault.skew"]["args"]>({ host, amount: integer(-SKEW_MS_MAX, SKEW_MS_MAX) }),
  "fault.pace": record<Commands["fault.pace"]["args"]>({ slowdown: integer(1, SLOWDOWN_MAX) }),
  "step.set": record<Commands["step.set"]["args"]>({ on: truth }),
  "step.settle": record<Commands["step.settle"]["args"]>({ letters: list(id, LETTERS_MAX), fate: oneOf("delivered", "dropped") }),
  "step.ticks": record<Commands["step.ticks"]["args"]>({ host: (value, name) => (value === "" ? "" : host(value, name)), count: integer(0, 100) }),
  "fault.undo": record<Commands["fault.undo"]["args"]>({ id }),
  "fault.heal": record<Record<string, never>>({}),
  "keys.list": record<Commands["keys.list"]["args"]>({
    prefix: base64(KEY_CHARS_MAX, true),
    after: base64(KEY_CHARS_MAX, true),
    limit: integer(1, 5000),
    revision,
  }),
  "keys.get": record<Commands["keys.get"]["args"]>({ key, revision }),
  "keys.history": record<Commands["keys.history"]["args"]>({ key, limit: integer(1, 1000) }),
  "keys.put": record<Commands["keys.put"]["args"]>({ key, value: base64(VALUE_CHARS_MAX, true) }),
  "keys.delete": record<Commands["keys.delete"]["args"]>({ key }),
  "keys.user": record<Commands["keys.user"]["args"]>({ name: anyText(256), password: anyText(1024) }),
  "request.way": record<Commands["request.way"]["args"]>({ index: revision, term: revision }),
  "recording.span": record<Record<string, never>>({}),
  "recording.read": record<Commands["recording.read"]["args"]>({ segment: revision }),
  "terminal.open": record<Commands["terminal.open"]["args"]>({ host, columns, rows }),
  "terminal.attach": record<Commands["terminal.attach"]["args"]>({ id, columns, rows }),
  "terminal.input": record<Commands["terminal.input"]["args"]>({ id, data: anyText(INPUT_CHARS_MAX) }),
  "terminal.resize": record<Commands["terminal.resize"]["args"]>({ id, columns, rows }),
  "terminal.close": record<Commands["terminal.close"]["args"]>({ id }),
  "window.painted": record<Commands["window.painted"]["args"]>({ seq: revision, at: amount(Number.MAX_SAFE_INTEGER) }),
};

function isCommandName(value: unknown): value is CommandName {
  return typeof value === "string" && Object.hasOwn(checks, value);
}

/**
 * The arguments of a command, checked.
 * @throws CommandError "bad-argument", naming the argument and what was wanted
 */
export function checkArgs<K extends CommandName>(name: K, args: unknown): Commands[K]["args"] {
  return checks[name](args);
}

/** A frame from a window, taken apart. `id` is null where there is none to answer to. */
export type CheckedFrame =
  | { readonly ok: true; readonly id: number; readonly name: CommandName; readonly args: unknown }
  | { readonly ok: false; readonly id: number | null; readonly code: "bad-argument" | "unknown-command"; readonly message: string };

/** Checks a whole frame. Never throws: whatever a window sends, the answer says what was wrong with it. */
export function checkFrame(value: unknown): CheckedFrame {
  if (typeof value !== "object" || value === null) return { ok: false, id: null, code: "bad-argument", message: "frame: wanted an object" };
  const frame = value as Readonly<Record<string, unknown>>;
  const frameId = frame["id"];
  if (typeof frameId !== "number" || !Number.isSafeInteger(frameId) || frameId < 0) {
    return { ok: false, id: null, code: "bad-argument", message: "id: wanted a whole number" };
  }
  const refuse = (code: "bad-argument" | "unknown-command", message: string): CheckedFrame => ({ ok: false, id: frameId, code, message });
  if (frame["type"] !== "command") return refuse("bad-argument", 'type: wanted "command"');
  const name = frame["name"];
  if (!isCommandName(name)) return refuse("unknown-command", `no command is called ${JSON.stringify(name)?.slice(0, 80)}`);
  try {
    return { ok: true, id: frameId, name, args: checkArgs(name, frame["args"]) };
  } catch (error) {
    if (error instanceof CommandError) return refuse("bad-argument", error.message);
    throw error;
  }
}
