/**
 * The lab's snapshot files: found in the hosts' trees, read one after the other in the background, compared with each other and
 * with the cluster. What was read is remembered as long as the file is the same.
 */
import { existsSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import type { Program } from "../../cli/program.ts";
import type { Client } from "../../client/index.ts";
import type { User } from "../../client/index.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import { StatusError } from "../../proto/errors.ts";
import { CommandError } from "../contract/host.ts";
import type { Commands } from "../contract/protocol.ts";
import type { DifferenceKind, SideValue, SnapshotDiff, SnapshotSide, SnapshotView } from "../contract/snapshots.ts";
import { damageOf } from "../damage.ts";
import { NeverStill } from "../disk/stable-read.ts";
import { accessFlags } from "../host-access.ts";
import type { LabHostMachine } from "../lab-host.ts";
import { type Comparison, compare, type Difference, rowOf } from "./comparison.ts";
import { type FoundFile, SnapshotFinder } from "./find-snapshots.ts";
import { fileKeys, fileValue, type KeyAt, type KeyState, liveKeys, TooManyKeys } from "./key-state.ts";
import { readDatabase, readRaftSnapshot, readSnapshot, type SnapshotReading } from "./read-snapshot.ts";
import { runProgram } from "./run-program.ts";

export interface SnapshotsOptions {
  readonly hosts: () => readonly LabHostMachine[];
  readonly client: () => Client;
  readonly user: () => User | undefined;
  readonly etcdctl: Program | undefined;
  readonly clock: Clock;
  readonly onChange: (snapshots: readonly SnapshotView[], searched: boolean) => void;
  readonly onSaved: (host: string, path: string) => void;
}

interface Known {
  readonly host: LabHostMachine;
  readonly file: FoundFile;
  readonly path: string;
  reading: SnapshotReading | "checking" | undefined;
}

interface KeptDiff {
  readonly diff: SnapshotDiff;
  readonly comparison: Comparison;
  /** of the kinds that were asked for last, so that paging through them filters once */
  filtered: { readonly kinds: string; readonly rows: readonly Difference[] };
}

/** While somebody looks, the trees are searched this often. */
const SEARCH_MS = 2000;
const DIFFS_MAX = 4;
const VALUE_BYTES_MAX = 256 * 1024;
const CALL_MS = 5000;

export class Snapshots {
  private readonly finder = new SnapshotFinder();
  private known: readonly Known[] = [];
  private searched = false;
  private told = "";
  private searching: Promise<void> | undefined;
  private timer: Timer | undefined;
  private checking: Promise<void> | undefined;
  private closed = false;
  private readonly diffs = new Map<string, KeptDiff>();
  private nextDiff = 1;

  constructor(private readonly options: SnapshotsOptions) {}

  /** Goes on looking as long as somebody does. */
  look(on: boolean): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (!on || this.closed) return;
    const again = (): void => {
      this.timer = this.options.clock.after(SEARCH_MS, () => void this.search().then(() => this.timer !== undefined && again()));
    };
    again();
    void this.search();
  }

  async list(): Promise<Commands["snapshots.list"]["reply"]> {
    await this.search();
    return { snapshots: this.views(), searched: this.searched };
  }

  /** Reads one now, also what is read only when asked. @throws CommandError */
  async inspect(side: SnapshotSide): Promise<{ snapshot: SnapshotView }> {
    await this.search();
    const known = this.find(side);
    known.reading = "checking";
    try {
      await this.check(known);
    } finally {
      this.tell();
    }
    return { snapshot: viewOf(known) };
  }

  /** @throws CommandError with what etcdctl said */
  async save({ host, path }: SnapshotSide): Promise<{ output: string }> {
    const { etcdctl } = this.options;
    const machine = this.machine(host);
    if (etcdctl === undefined) throw new CommandError("failed", "this lab has no etcdctl");
    const user = this.options.user();
    const credentials = user === undefined ? [] : ["--user", `${user.name}:${user.password}`];
    const { code, stdout, stderr } = await runProgram(etcdctl, ["snapshot", "save", path, "--endpoints", machine.clientUrl, ...accessFlags(machine.access), ...credentials], machine);
    if (code !== 0) throw new CommandError("failed", lastWords(stderr));
    this.options.onSaved(host, path);
    await this.search();
    return { output: stdout.trim() };
  }

  /** @throws CommandError */
  restore({ host, path }: SnapshotSide): { command: string } {
    const machine = this.machine(host);
    const hosts = this.options.hosts();
    const peer = (one: LabHostMachine): string => one.view().peerUrl;
    let folder = "/var/lib/etcd-restored";
    for (let n = 2; existsSync(machine.files.real(folder)); n++) folder = `/var/lib/etcd-restored-${n}`;
    const words = [
      `etcdutl snapshot restore ${quoted(path)}`,
      `--name ${host}`,
      `--initial-cluster ${hosts.map((one) => `${one.name}=${peer(one)}`).join(",")}`,
      "--initial-cluster-token etcd-restored",
      `--initial-advertise-peer-urls ${peer(machine)}`,
      `--data-dir ${folder}`,
    ];
    return { command: words.join(" ") };
  }

  /** @throws CommandError */
  async diff(from: SnapshotSide, to: SnapshotSide): Promise<{ diff: SnapshotDiff }> {
    const [before, after] = [await this.keysOf(from), await this.keysOf(to)];
    const comparison = compare(before, after);
    const { added, changed, removed, same, rows } = comparison;
    const id = `d${this.nextDiff++}`;
    const diff: SnapshotDiff = { id, from, to, fromRevision: before.revision, toRevision: after.revision, added, changed, removed, same, rows: rows.length, at: this.options.clock.now() };
    this.diffs.set(id, { diff, comparison, filtered: { kinds: "", rows: [] } });
    for (const old of [...this.diffs.keys()].slice(0, -DIFFS_MAX)) this.diffs.delete(old);
    return { diff };
  }

  rows({ id, kinds, from, limit }: Commands["snapshots.rows"]["args"]): Commands["snapshots.rows"]["reply"] {
    const kept = this.kept(id);
    const name = [...kinds].sort().join();
    if (kept.filtered.kinds !== name) {
      const wanted = new Set<DifferenceKind>(kinds);
      kept.filtered = { kinds: name, rows: wanted.size === 3 ? kept.comparison.rows : kept.comparison.rows.filter((row) => wanted.has(row.kind)) };
    }
    const { rows } = kept.filtered;
    return { rows: rows.slice(from, from + limit).map(rowOf), total: rows.length };
  }

  async values({ id, key }: Commands["snapshots.values"]["args"]): Promise<Commands["snapshots.values"]["reply"]> {
    const { diff, comparison } = this.kept(id);
    const name = Buffer.from(key, "base64").toString("latin1");
    const row = comparison.rows.find((one) => one.key === name);
    if (row === undefined) throw new CommandError("failed", "this key does not differ");
    return { from: await this.valueOf(diff.from, name, row.from, diff.fromRevision), to: await this.valueOf(diff.to, name, row.to, diff.toRevision) };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.look(false);
    await this.searching;
    await this.checking;
  }

  private search(): Promise<void> {
    this.searching ??= this.searchOnce().finally(() => (this.searching = undefined));
    return this.searching;
  }

  private async searchOnce(): Promise<void> {
    const found: Known[] = [];
    for (const host of this.options.hosts()) {
      for (const file of await this.finder.find(host.files.root)) {
        const before = this.known.find((one) => one.file.real === file.real && one.file.bytes === file.bytes && one.file.at === file.at);
        found.push({ host, file, path: shownPath(host, file.real), reading: before?.reading });
      }
    }
    if (this.closed) return;
    this.known = found;
    this.searched = true;
    this.tell();
    this.checking ??= this.checkAll().finally(() => (this.checking = undefined));
  }

  /** One after the other: a file of a gigabyte must not starve the lab. */
  private async checkAll(): Promise<void> {
    for (;;) {
      const next = this.known.find((one) => one.reading === undefined && one.file.kind !== "database");
      if (next === undefined || this.closed) return;
      next.reading = "checking";
      this.tell();
      await this.check(next);
      this.tell();
    }
  }

  private async check(known: Known): Promise<void> {
    const { file, path } = known;
    const read = file.kind === "raft" ? readRaftSnapshot : file.kind === "database" ? readDatabase : readSnapshot;
    try {
      known.reading = await read(file.real, path);
    } catch (error) {
      if (error instanceof NeverStill) {
        known.reading = undefined;
        throw new CommandError("failed", error.message, { cause: error });
      }
      known.reading = { digest: "unread", report: null, damage: damageOf(error, path, file.real) };
    }
  }

  private views(): readonly SnapshotView[] {
    return this.known.map(viewOf).sort((a, b) => b.at - a.at);
  }

  private tell(): void {
    const views = this.views();
    const now = JSON.stringify(views);
    if (now === this.told) return;
    this.told = now;
    this.options.onChange(views, this.searched);
  }

  private async keysOf(side: SnapshotSide): Promise<KeyState> {
    try {
      if (side.host === "") return await liveKeys(this.options.client());
      return await fileKeys(this.real(side));
    } catch (error) {
      if (error instanceof TooManyKeys) throw new CommandError("failed", error.message, { cause: error });
      if (side.host === "") throw unanswered(error);
      throw new CommandError("failed", damageOf(error, side.path, this.real(side)).text, { cause: error });
    }
  }

  private async valueOf(side: SnapshotSide, key: string, at: KeyAt | undefined, revision: number): Promise<SideValue> {
    if (at === undefined) return null;
    if (side.host !== "") {
      const value = await fileValue(this.real(side), at);
      return value === undefined ? null : value.subarray(0, VALUE_BYTES_MAX).toString("base64");
    }
    const name = Buffer.from(key, "latin1");
    try {
      const response = await this.options.client().range({ key: name, revision }, { timeoutMs: CALL_MS });
      return response.kvs[0]?.value.subarray(0, VALUE_BYTES_MAX).toString("base64") ?? null;
    } catch (error) {
      throw unanswered(error);
    }
  }

  private kept(id: string): KeptDiff {
    const kept = this.diffs.get(id);
    if (kept === undefined) throw new CommandError("failed", "this comparison is no longer kept: compare again");
    return kept;
  }

  private machine(name: string): LabHostMachine {
    const host = this.options.hosts().find((one) => one.name === name);
    if (host === undefined) throw new CommandError("unknown-host", `no host is called ${name}`);
    return host;
  }

  private real({ host, path }: SnapshotSide): string {
    return this.machine(host).files.real(path);
  }

  private find({ host, path }: SnapshotSide): Known {
    const real = this.real({ host, path });
    const known = this.known.find((one) => one.file.real === real);
    if (known === undefined) throw new CommandError("failed", `${path} on ${host} is no snapshot that could be found`);
    return known;
  }
}

function viewOf({ host, file, path, reading }: Known): SnapshotView {
  const { kind, bytes, at } = file;
  const read = typeof reading === "object" ? reading : undefined;
  const live = kind === "database" && host.memberRuns && isBelow(host.files.real(host.dataDirectory()), file.real) && !file.real.endsWith(".snap.db");
  const state = reading === "checking" ? "checking" : read === undefined ? (live ? "live" : "waiting") : read.damage === null ? "sound" : "damaged";
  return { host: host.name, path, kind, bytes, at, state, digest: read?.digest ?? "unread", report: read?.report ?? null, damage: read?.damage ?? null };
}

function shownPath(host: LabHostMachine, real: string): string {
  return host.files.shown(real);
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !way.startsWith(`..${sep}`) && way !== ".." && basename(path) !== "";
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** etcdctl logs as JSON and says at last, in words, what was wrong. */
function lastWords(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return (lines.findLast((line) => !line.startsWith("{")) ?? lines.at(-1) ?? "").replace(/^Error: /, "") || "etcdctl failed without a word";
}

function unanswered(error: unknown): CommandError {
  const message = error instanceof Error ? error.message : String(error);
  return new CommandError(error instanceof StatusError ? "failed" : "unavailable", `no member answered: ${message}`, { cause: error });
}
