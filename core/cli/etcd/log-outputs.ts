/** Where log lines go (embed/config_logging.go): standard streams, files, files that rotate, systemd's journal. */
import { spawn } from "node:child_process";
import { existsSync, openSync, writeSync } from "node:fs";
import { RotatingFile } from "./rotating-file.ts";

/** An output that cannot be opened; the message is etcd's or Go's. */
export class LogOutputError extends Error {
  override readonly name = "LogOutputError";
  readonly code = "etcd.log";
}

/** `--log-rotation-config-json`. */
export interface RotationSettings {
  /** MB */
  readonly maxSize: number;
  /** days; 0: for ever */
  readonly maxAge: number;
  /** 0: all */
  readonly maxBackups: number;
  readonly localTime: boolean;
  readonly compress: boolean;
}

type LogWriter = (line: string, level: string) => void;

const JOURNAL_SOCKET = "/run/systemd/journal/socket";

/** sd-daemon(3): what a line's level is for the journal. */
const priorities: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3, dpanic: 2, panic: 2, fatal: 2 };

/** One writer for each output named; what is named twice is written once, and /dev/null swallows all. @throws LogOutputError */
export function openOutputs(outputs: readonly string[], rotation: RotationSettings | undefined): readonly LogWriter[] {
  if (outputs.includes("/dev/null")) return [];
  const names = new Set(outputs.map((output) => (output === "default" ? "stderr" : output)));
  return [...names].sort().map((name): LogWriter => {
    if (name === "stdout") return (line) => void process.stdout.write(line);
    if (name === "stderr") return (line) => void process.stderr.write(line);
    if (name === "systemd/journal") return journal();
    if (rotation !== undefined) return rotating(name, rotation);
    const file = open(name);
    return (line) => void writeSync(file, line);
  });
}

function open(name: string): number {
  try {
    return openSync(name.replace(/^file:\/\//, ""), "a", 0o666);
  } catch (error) {
    throw new LogOutputError(`open sink ${JSON.stringify(name)}: open ${name}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error });
  }
}

function rotating(name: string, rotation: RotationSettings): LogWriter {
  const file = new RotatingFile(name, rotation);
  return (line) => file.write(line);
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const words: Readonly<Record<string, string>> = { ENOENT: "no such file or directory", EACCES: "permission denied", EISDIR: "is a directory" };
  return words[error.code ?? ""] ?? error.message;
}

/**
 * The journal takes lines from a unit's standard error, each with its priority in front. Where standard error is no such
 * stream, systemd's own program makes one.
 */
function journal(): LogWriter {
  if (!existsSync(JOURNAL_SOCKET)) throw new LogOutputError(`can't find journal (dial unixgram ${JOURNAL_SOCKET}: connect: no such file or directory)`);
  const marked = (line: string, level: string): string => `<${priorities[level] ?? 6}>${line}`;
  if (process.env.JOURNAL_STREAM !== undefined) return (line, level) => void process.stderr.write(marked(line, level));
  const child = spawn("systemd-cat", ["--identifier=etcd", "--level-prefix=true"], { stdio: ["pipe", "ignore", "inherit"] });
  let gone = false;
  // what cannot be told to the journal is told to whoever started the program
  child.on("error", () => {
    gone = true;
  });
  child.stdin.on("error", () => {
    gone = true;
  });
  child.unref();
  return (line, level) => {
    if (gone) process.stderr.write(line);
    else child.stdin.write(marked(line, level));
  };
}
