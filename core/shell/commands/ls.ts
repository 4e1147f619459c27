/** ls, with the modes and sizes that files really have, and in columns at a terminal. */
import type { FsStat, IFileSystem } from "just-bash";
import type { ProgramIo } from "../../cli/program.ts";
import { textWidth } from "../editor/width.ts";
import type { ShellCommand } from "./command.ts";
import { readOptions } from "./options.ts";

const OPTIONS = {
  valued: {},
  plain: { "-l": [], "--all": ["-a"], "--almost-all": ["-A"], "--directory": ["-d"], "-1": [], "--human-readable": ["-h"], "--recursive": ["-R"], "-t": [], "--reverse": ["-r"], "-S": [], "--classify": ["-F"], "-C": [], "--color": [], "--inode": ["-i"], "-n": [] },
} as const;

type Options = ReturnType<typeof readOptions>;

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly info: FsStat;
}

export const ls: ShellCommand = async (io, shell) => {
  const options = readOptions(io.argv.filter((word) => !word.startsWith("--color=")), OPTIONS);
  if (options.unknown !== undefined) {
    io.stderr.write(`ls: unrecognized option '${options.unknown}'\n`);
    return 2;
  }
  const fs = shell.fileSystem;
  const names = options.words.length > 0 ? options.words : ["."];
  const files: Entry[] = [];
  const folders: Entry[] = [];
  let code = 0;
  for (const name of names) {
    const path = fs.resolvePath(io.cwd, name);
    // a link that is named is followed, unless its own look is asked for
    const info = await (options.has("-l") || options.has("--directory") ? fs.lstat(path) : fs.stat(path)).catch(() => undefined);
    if (info === undefined) {
      io.stderr.write(`ls: cannot access '${name}': No such file or directory\n`);
      code = 2;
    } else if (info.isDirectory && !options.has("--directory")) folders.push({ name, path, info });
    else files.push({ name, path, info });
  }
  await show(io, fs, ordered(files, options), options);
  const headed = names.length > 1 || options.has("--recursive");
  let first = files.length === 0;
  const waiting = [...folders];
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    if (io.signal.aborted) return 130;
    if (headed) io.stdout.write(`${first ? "" : "\n"}${folder.name}:\n`);
    first = false;
    const entries = await entriesOf(fs, folder.path, options);
    if (options.has("-l")) io.stdout.write(`total ${entries.reduce((sum, entry) => sum + blocks(entry.info), 0)}\n`);
    await show(io, fs, entries, options);
    if (options.has("--recursive")) {
      const below = entries.filter((entry) => entry.info.isDirectory && entry.name !== "." && entry.name !== "..");
      waiting.unshift(...below.map((entry) => ({ ...entry, name: `${folder.name.replace(/\/$/, "")}/${entry.name}` })));
    }
  }
  return code;
};

async function entriesOf(fs: IFileSystem, folder: string, options: Options): Promise<Entry[]> {
  const all = options.has("--all") || options.has("--almost-all");
  const names = (await fs.readdir(folder)).filter((name) => all || !name.startsWith("."));
  if (options.has("--all")) names.unshift(".", "..");
  const entries: Entry[] = [];
  for (const name of names) {
    const path = fs.resolvePath(folder, name);
    // a file may go between the listing and the look
    const info = await fs.lstat(path).catch(() => undefined);
    if (info !== undefined) entries.push({ name, path, info });
  }
  return ordered(entries, options);
}

function ordered(entries: Entry[], options: Options): Entry[] {
  const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const sorted = entries.sort((a, b) => {
    if (options.has("-t")) return b.info.mtime.getTime() - a.info.mtime.getTime() || byName(a, b);
    return options.has("-S") ? b.info.size - a.info.size || byName(a, b) : byName(a, b);
  });
  return options.has("--reverse") ? sorted.reverse() : sorted;
}

async function show(io: ProgramIo, fs: IFileSystem, entries: readonly Entry[], options: Options): Promise<void> {
  if (entries.length === 0) return;
  const terminal = io.stdout.isTerminal;
  const labels = entries.map((entry) => ({ plain: label(entry, options), shown: terminal ? coloured(entry, options) : label(entry, options) }));
  if (!options.has("-l")) {
    io.stdout.write(terminal && !options.has("-1") ? inColumns(labels, io.stdout.columns ?? 80) : labels.map(({ shown }) => `${shown}\n`).join(""));
    return;
  }
  const sizes = entries.map(({ info }) => (options.has("--human-readable") ? humanSize(info.size) : String(info.size)));
  const width = Math.max(...sizes.map((size) => size.length));
  for (const [at, { path, info }] of entries.entries()) {
    const target = info.isSymbolicLink ? ` -> ${await fs.readlink(path)}` : "";
    io.stdout.write(`${modeText(info)} 1 root root ${sizes[at]!.padStart(width)} ${timeText(info.mtime)} ${labels[at]!.shown}${target}\n`);
  }
}

function label({ name, info }: Entry, options: Options): string {
  if (!options.has("--classify")) return name;
  return name + (info.isDirectory ? "/" : info.isSymbolicLink ? "@" : (info.mode & 0o111) !== 0 ? "*" : "");
}

function coloured(entry: Entry, options: Options): string {
  const { info } = entry;
  const colour = info.isDirectory ? "1;34" : info.isSymbolicLink ? "1;36" : (info.mode & 0o111) !== 0 ? "1;32" : "";
  const text = label(entry, options);
  return colour === "" ? text : `\x1b[${colour}m${text}\x1b[0m`;
}

/** Down the columns first, as many of them as fit. */
function inColumns(labels: readonly { plain: string; shown: string }[], columns: number): string {
  const width = Math.max(...labels.map(({ plain }) => textWidth(plain))) + 2;
  const perRow = Math.max(1, Math.floor((columns + 2) / width));
  const rows = Math.ceil(labels.length / perRow);
  let text = "";
  for (let row = 0; row < rows; row++) {
    for (let at = row; at < labels.length; at += rows) {
      const { plain, shown } = labels[at]!;
      text += shown + (at + rows < labels.length ? " ".repeat(width - textWidth(plain)) : "");
    }
    text += "\n";
  }
  return text;
}

function blocks(info: FsStat): number {
  return Math.ceil(info.size / 4096) * 4;
}

function modeText(info: FsStat): string {
  const kind = info.isDirectory ? "d" : info.isSymbolicLink ? "l" : "-";
  const mode = info.isSymbolicLink ? 0o777 : info.mode;
  return kind + [6, 3, 0].map((shift) => ["r", "w", "x"].map((letter, at) => ((mode >> shift) & (4 >> at) ? letter : "-")).join("")).join("");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const HALF_YEAR_MS = 182 * 86_400_000;

function timeText(time: Date): string {
  const day = `${MONTHS[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)}`;
  const two = (value: number): string => String(value).padStart(2, "0");
  const recent = Math.abs(Date.now() - time.getTime()) < HALF_YEAR_MS;
  return recent ? `${day} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}` : `${day}  ${time.getUTCFullYear()}`;
}

function humanSize(size: number): string {
  let value = size;
  for (const unit of ["", "K", "M", "G"]) {
    if (value < 1024 || unit === "G") return unit === "" ? String(value) : value < 10 ? `${Math.ceil(value * 10) / 10}${unit}` : `${Math.ceil(value)}${unit}`;
    value /= 1024;
  }
  return String(size);
}
