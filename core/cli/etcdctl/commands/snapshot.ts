/** snapshot save; status and restore as 3.5 had them, done by etcdutl with 3.5's note. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { Code, goStatusText, StatusError } from "../../../proto/errors.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { humanBytes } from "../../go/text.ts";
import { clientLogText, connected } from "../connection.ts";
import { logLine } from "../globals.ts";
import { bad } from "./arguments.ts";

const TRAILER_BYTES = 32;
/** Written at one go: a message holds 32 KiB, and each write is a change of threads. */
const WRITE_BYTES = 1024 * 1024;
/** Handed to the disk before the next so many come: the last sync has little left to do. */
const SYNC_BYTES = 16 * 1024 * 1024;

const save: Command = {
  use: "save <filename>",
  short: "Stores an etcd node backend snapshot to a given file",
  run(flags, io) {
    if (flags.args.length !== 1) throw bad("snapshot save expects one argument <filename>");
    const name = flags.args[0]!;
    return connected(flags, io, async (connection) => {
      if (connection.endpoints.length !== 1) throw new ExitError(Exit.Interrupted, `snapshot must be requested to one selected node, not multiple [${connection.endpoints.join(" ")}]`);
      const target = io.path(name);
      const part = `${target}.part`;
      const interrupted = (error: unknown): ExitError => new ExitError(Exit.Interrupted, io.signal.aborted ? "context canceled" : textOf(error as Error), { cause: error });
      let version = "";
      let bytes = 0;
      const started = performance.now();
      try {
        const file = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600).catch((error: unknown) => {
          throw new ExitError(Exit.Interrupted, `could not open ${name}.part (${goFileError(error as NodeJS.ErrnoException, `${name}.part`)})`, { cause: error });
        });
        try {
          logLine(io, "info", "created temporary db file", { path: `${name}.part` });
          const options = flags.changed("command-timeout") ? connection.brief() : connection.lasting();
          const stream = connection.client.channel.stream(pb.MaintenanceService.Snapshot, options);
          try {
            await stream.write(pb.SnapshotRequest.create());
          } catch (error) {
            if (error instanceof StatusError && !io.signal.aborted) logLine(io, "error", "streamer failed to create ClientStream", { error: clientLogText(error) }, "client");
            throw error;
          }
          stream.closeWrite();
          logLine(io, "info", "opened snapshot stream; downloading", {}, "client");
          logLine(io, "info", "fetching snapshot", { endpoint: connection.endpoints[0] });
          // the last 32 bytes are the digest of all before them: checked here, kept in the file
          const digest = createHash("sha256");
          let tail: Buffer = Buffer.alloc(0);
          const writer = new Behind(file);
          let gathered: Buffer[] = [];
          let gatheredBytes = 0;
          for await (const { blob, version: told } of stream.responses) {
            version = told !== "" ? told : version;
            gathered.push(blob);
            gatheredBytes += blob.length;
            bytes += blob.length;
            // what has left the trailer's place is hashed where it lies; only scraps are copied
            const whole = blob.length >= TRAILER_BYTES;
            if (whole) digest.update(tail);
            const seen = whole ? blob : Buffer.concat([tail, blob]);
            const cut = Math.max(0, seen.length - TRAILER_BYTES);
            digest.update(seen.subarray(0, cut));
            tail = seen.subarray(cut);
            if (gatheredBytes < WRITE_BYTES) continue;
            await writer.write(gathered, gatheredBytes);
            gathered = [];
            gatheredBytes = 0;
          }
          await writer.write(gathered, gatheredBytes);
          await writer.end();
          logLine(io, "info", "completed snapshot read; closing", {}, "client");
          if (bytes % 512 !== TRAILER_BYTES) throw new ExitError(Exit.Interrupted, `sha256 checksum not found [bytes: ${bytes}]`);
          const computed = digest.digest();
          if (!computed.equals(tail)) throw new ExitError(Exit.Interrupted, `expected sha256 [${[...tail].join(" ")}], got [${[...computed].join(" ")}]`);
        } finally {
          await file.close();
        }
        await rename(part, target);
      } catch (error) {
        await rm(part, { force: true });
        if (error instanceof ExitError) throw error;
        if (error instanceof StatusError || (error as NodeJS.ErrnoException).code !== undefined) throw interrupted(error);
        throw error;
      }
      logLine(io, "info", "fetched snapshot", { endpoint: connection.endpoints[0], size: humanBytes(bytes), took: (performance.now() - started) / 1000, "etcd-version": version });
      logLine(io, "info", "saved", { path: name });
      io.stdout.write(`Snapshot saved at ${name}\n`);
      if (version !== "") io.stdout.write(`Server version ${version}\n`);
      return Exit.Success;
    });
  },
};

/** Writes behind the reader: one write is on its way while more comes, and the disk gets its work early. */
class Behind {
  private writing: Promise<void> = Promise.resolve();
  private syncing: Promise<void> = Promise.resolve();
  private unsynced = 0;

  constructor(private readonly file: FileHandle) {}

  /** Resolves when the write before this one is done. @throws what that one, or an early sync, failed with */
  async write(buffers: readonly Buffer[], bytes: number): Promise<void> {
    await this.writing;
    if (bytes === 0) return;
    this.writing = writeAll(this.file, buffers, bytes);
    // told by whoever awaits it next
    this.writing.catch(() => undefined);
    this.unsynced += bytes;
    if (this.unsynced < SYNC_BYTES) return;
    this.unsynced = 0;
    await this.syncing;
    this.syncing = this.file.datasync();
    this.syncing.catch(() => undefined);
  }

  /** Resolves when all is durable. */
  async end(): Promise<void> {
    await this.writing;
    await this.syncing;
    await this.file.sync();
  }
}

async function writeAll(file: FileHandle, buffers: readonly Buffer[], bytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(buffers as Buffer[]);
  // a short write is how a nearly full disk answers: the rest tells why
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(buffers).subarray(bytesWritten));
}

/** A failure of open as Go words it. */
function goFileError(error: NodeJS.ErrnoException, path: string): string {
  const words: Readonly<Record<string, string>> = { ENOENT: "no such file or directory", EACCES: "permission denied", EISDIR: "is a directory", ENOTDIR: "not a directory", ENOSPC: "no space left on device", EROFS: "read-only file system" };
  return `open ${path}: ${words[error.code ?? ""] ?? error.message}`;
}

/** Hands the words that follow `snapshot NAME` to etcdutl, flags and all. */
function offline(name: "status" | "restore", short: string, flags: Command["flags"]): Command {
  return {
    use: `${name} <filename>`,
    short,
    hidden: true,
    flags: flags ?? [],
    async run(parsed, io) {
      io.stderr.write(`Deprecated: Use \`etcdutl snapshot ${name}\` instead.\n\n`);
      const words: string[] = [];
      for (const flag of flags ?? []) {
        if (!parsed.changed(flag.name)) continue;
        const value = flag.kind === "bool" ? parsed.bool(flag.name) : flag.kind === "uint" || flag.kind === "int" ? parsed.big(flag.name) : parsed.string(flag.name);
        words.push(`--${flag.name}=${String(value)}`);
      }
      if (parsed.changed("write-out")) words.push(`--write-out=${parsed.string("write-out")}`);
      const { etcdutl } = await import("../../etcdutl/index.ts");
      return etcdutl({ ...io, argv: ["snapshot", name, ...words, "--", ...parsed.args] });
    },
  };
}

const restoreFlags: Command["flags"] = [
  { name: "data-dir", kind: "string", default: "", usage: "Path to the output data directory" },
  { name: "wal-dir", kind: "string", default: "", usage: "Path to the WAL directory (use --data-dir if none given)" },
  { name: "initial-cluster", kind: "string", default: "default=http://localhost:2380", usage: "Initial cluster configuration for restore bootstrap" },
  { name: "initial-cluster-token", kind: "string", default: "etcd-cluster", usage: "Initial cluster token for the etcd cluster during restore bootstrap" },
  { name: "initial-advertise-peer-urls", kind: "string", default: "http://localhost:2380", usage: "List of this member's peer URLs to advertise to the rest of the cluster" },
  { name: "name", kind: "string", default: "default", usage: "Human-readable name for this member" },
  { name: "skip-hash-check", kind: "bool", default: "false", usage: "Ignore snapshot integrity hash value (required if copied from data directory)" },
];

export const snapshotCommand: Command = {
  use: "snapshot <subcommand>",
  short: "Manages etcd node snapshots",
  commands: [save, offline("status", "Gets backend snapshot status of a given file", []), offline("restore", "Restores an etcd member snapshot to an etcd directory", restoreFlags)],
};

/** What the server refuses comes as it is on the stream: etcd's client gives it no name here. */
function textOf(error: Error): string {
  return error instanceof StatusError && error.code !== Code.Unavailable ? goStatusText(error) : error.message;
}
