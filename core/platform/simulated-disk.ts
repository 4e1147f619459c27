/**
 * A disk in memory that keeps only what it must: on `crash` unsynced writes are kept, lost or torn at 512-byte sectors,
 * and unsynced creations, renames and removals are lost from some point on, all drawn from a seed. It can be full, fail
 * fsync, take time, and stop at the n-th change. For tests of the WAL, of bbolt and of whole simulated clusters.
 * Without latency every call is done within the same macrotask.
 */
import type { Clock } from "./clock.ts";
import { type Disk, DiskError, type DiskFile } from "./disk.ts";
import type { Random } from "./random.ts";
import { SimulatedInode } from "./simulated-inode.ts";

export interface SimulatedDiskOptions {
  /** milliseconds a call takes, by its name (write, fdatasync, ...); needs `clock` */
  readonly latencyMs?: (operation: string, path: string) => number;
  readonly clock?: Clock;
  /** true: a new file's name survives only after syncDirectory. False, as ext4, xfs and btrfs do: also after its own datasync */
  readonly strictNames?: boolean;
}

/** A directory has no content of its own. */
type Node = SimulatedInode | "directory";

type NameChange =
  | { readonly kind: "create"; readonly path: string; readonly node: Node }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "remove"; readonly path: string };

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf("/")));
const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);

export class SimulatedDisk implements Disk {
  /** Every call that writes, resizes, syncs or names counts one. */
  changes = 0;
  /** faults, to be set at any time */
  fsyncFails = false;
  full = false;
  /** bytes of written blocks that fit; more is ENOSPC */
  capacityBytes = Number.POSITIVE_INFINITY;

  private seen = new Map<string, Node>([["/", "directory"]]);
  private durable = new Map<string, Node>([["/", "directory"]]);
  private nameChanges: NameChange[] = [];
  private readonly locks = new Set<string>();
  /** handles and locks of an earlier life are dead */
  private life = 0;
  private stopAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly random: Random,
    private readonly options: SimulatedDiskOptions = {},
  ) {}

  /** The `count`-th change from now on is begun, then everything fails with EIO until `crash` or `kill`. */
  stopAfter(count: number): void {
    this.stopAt = this.changes + count;
  }

  /** Power cut. What survives is what the next life finds; open files and locks are gone. */
  crash(): void {
    const survivors = this.random.below(this.nameChanges.length + 1);
    for (const change of this.nameChanges.slice(0, survivors)) applyName(this.durable, change);
    this.nameChanges = [];
    this.seen = new Map(this.durable);
    for (const node of new Set(this.seen.values())) if (node !== "directory") node.crash(this.random);
    this.kill();
  }

  /** kill -9: nothing written is lost, open files and locks are gone. */
  kill(): void {
    this.life++;
    this.locks.clear();
    this.stopAt = Number.POSITIVE_INFINITY;
  }

  /** Puts a durable file there, with its directories. */
  plant(path: string, content: Uint8Array): void {
    const inode = new SimulatedInode();
    inode.write(Buffer.from(content), 0);
    inode.sync();
    for (const names of [this.seen, this.durable]) {
      for (let directory = parentOf(path); !names.has(directory); directory = parentOf(directory)) names.set(directory, "directory");
      names.set(path, inode);
    }
  }

  /** Content as a reader would see it. */
  contentOf(path: string): Buffer {
    const inode = this.inodeAt(path, "read");
    const content = Buffer.alloc(inode.size);
    inode.read(content, 0);
    return content;
  }

  /** Flips bits of one byte at rest. */
  flip(path: string, position: number, mask = 1): void {
    this.inodeAt(path, "write").flip(position, mask);
  }

  async open(path: string, mode: "read" | "write" | "create"): Promise<DiskFile> {
    await this.pass("open", path);
    if (mode === "create" && !this.seen.has(path)) {
      if (this.seen.get(parentOf(path)) !== "directory") throw diskError("open", path, "ENOENT");
      this.count("open", path, () => this.name({ kind: "create", path, node: new SimulatedInode() }));
    }
    return this.file(path, this.inodeAt(path, "open"), mode !== "read");
  }

  async exists(path: string): Promise<boolean> {
    await this.pass("stat", path);
    return this.seen.has(path);
  }

  async list(path: string): Promise<string[]> {
    await this.pass("readdir", path);
    if (this.seen.get(path) !== "directory") throw diskError("readdir", path, "ENOENT");
    const prefix = path === "/" ? "/" : `${path}/`;
    return [...this.seen.keys()]
      .filter((name) => name.startsWith(prefix) && name.length > prefix.length && !name.includes("/", prefix.length))
      .map((name) => name.slice(prefix.length))
      .sort();
  }

  async makeDirectory(path: string): Promise<void> {
    await this.pass("mkdir", path);
    const missing: string[] = [];
    for (let directory = path; !this.seen.has(directory); directory = parentOf(directory)) missing.unshift(directory);
    for (const directory of missing) this.count("mkdir", path, () => this.name({ kind: "create", path: directory, node: "directory" }));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.pass("rename", from);
    if (!this.seen.has(from)) throw diskError("rename", from, "ENOENT");
    this.count("rename", from, () => this.name({ kind: "rename", from, to }));
  }

  async remove(path: string): Promise<void> {
    await this.pass("unlink", path);
    if (this.seen.has(path)) this.count("unlink", path, () => this.name({ kind: "remove", path }));
  }

  async syncDirectory(path: string): Promise<void> {
    await this.pass("fsync", path);
    this.count("fsync", path, () => {
      if (this.fsyncFails) throw diskError("fsync", path, "EIO");
      // one journal: what came before in it is written with it
      const last = this.nameChanges.findLastIndex((change) => touches(change, path));
      this.commitNames(last + 1);
    });
  }

  async lock(path: string): Promise<{ release(): Promise<void> }> {
    await this.pass("lock", path);
    if (!this.seen.has(path)) throw diskError("lock", path, "ENOENT");
    if (this.locks.has(path)) throw diskError("lock", path, "EWOULDBLOCK");
    const { life } = this;
    this.locks.add(path);
    return {
      release: () => {
        if (life === this.life) this.locks.delete(path);
        return Promise.resolve();
      },
    };
  }

  private file(path: string, inode: SimulatedInode, writable: boolean): DiskFile {
    const { life } = this;
    let open = true;
    const enter = async (operation: string): Promise<void> => {
      alive(operation);
      await this.pass(operation, path);
      alive(operation);
    };
    const alive = (operation: string): void => {
      if (!open) throw diskError(operation, path, "EBADF");
      if (life !== this.life) throw diskError(operation, path, "EIO");
    };
    const change = async (operation: string, apply: () => void): Promise<void> => {
      await enter(operation);
      if (!writable) throw diskError(operation, path, "EBADF");
      this.count(operation, path, apply);
    };
    return {
      path,
      size: () => inode.size,
      readSync: (target, position) => {
        alive("read");
        return inode.read(target, position);
      },
      read: async (target, position) => {
        await enter("read");
        return inode.read(target, position);
      },
      write: (buffers, position) => {
        const bytes = Buffer.concat(buffers);
        return change("write", () => this.writeWithin(inode, path, bytes, position));
      },
      allocate: (size) => change("allocate", () => (size > inode.size ? inode.resize(size) : undefined)),
      truncate: (size) => change("truncate", () => inode.resize(size)),
      datasync: async () => {
        await enter("fdatasync");
        this.count("fdatasync", path, () => this.syncInode(inode, path));
      },
      close: async () => {
        open = false;
        await Promise.resolve();
      },
    };
  }

  private writeWithin(inode: SimulatedInode, path: string, bytes: Buffer, position: number): void {
    if (this.full) throw diskError("write", path, "ENOSPC");
    const room = this.capacityBytes - this.usedBytes();
    // what a full disk does: part of the write is there
    const part = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, Math.floor(room)));
    inode.write(part, position);
    if (part.length < bytes.length) throw diskError("write", path, "ENOSPC");
  }

  private syncInode(inode: SimulatedInode, path: string): void {
    if (this.fsyncFails) {
      inode.loseChanges();
      throw diskError("fdatasync", path, "EIO");
    }
    inode.sync();
    if (this.options.strictNames) return;
    const made = this.nameChanges.findLastIndex((change) => change.kind === "create" && change.node === inode);
    this.commitNames(made + 1);
  }

  private usedBytes(): number {
    let sum = 0;
    for (const node of new Set(this.seen.values())) if (node !== "directory") sum += node.usedBytes;
    return sum;
  }

  private name(change: NameChange): void {
    applyName(this.seen, change);
    this.nameChanges.push(change);
  }

  private commitNames(count: number): void {
    for (const change of this.nameChanges.splice(0, count)) applyName(this.durable, change);
  }

  private inodeAt(path: string, operation: string): SimulatedInode {
    const node = this.seen.get(path);
    if (node === undefined) throw diskError(operation, path, "ENOENT");
    if (node === "directory") throw diskError(operation, path, "EISDIR");
    return node;
  }

  private async pass(operation: string, path: string): Promise<void> {
    if (this.changes >= this.stopAt) throw diskError(operation, path, "EIO");
    const { latencyMs, clock } = this.options;
    const delay = latencyMs?.(operation, path) ?? 0;
    if (delay > 0 && clock) await new Promise<void>((resolve) => clock.after(delay, resolve));
    else await Promise.resolve();
  }

  private count(operation: string, path: string, apply: () => void): void {
    if (this.changes >= this.stopAt) throw diskError(operation, path, "EIO");
    this.changes++;
    // the change at which the disk stops may or may not have reached it, but nobody hears that it has
    if (this.changes >= this.stopAt && (operation === "fdatasync" || operation === "fsync")) throw diskError(operation, path, "EIO");
    apply();
    if (this.changes >= this.stopAt) throw diskError(operation, path, "EIO");
  }
}

function diskError(operation: string, path: string, code: string): DiskError {
  return new DiskError(operation, path, code, `${operation} ${path}: ${code} (simulated)`);
}

function touches(change: NameChange, directory: string): boolean {
  if (change.kind === "rename") return parentOf(change.from) === directory || parentOf(change.to) === directory;
  return parentOf(change.path) === directory;
}

function applyName(names: Map<string, Node>, change: NameChange): void {
  switch (change.kind) {
    case "create":
      names.set(change.path, change.node);
      return;
    case "remove":
      removeTree(names, change.path);
      return;
    case "rename": {
      if (!names.has(change.from)) return;
      const moved = [...names].filter(([path]) => isWithin(path, change.from));
      removeTree(names, change.to);
      for (const [path] of moved) names.delete(path);
      for (const [path, node] of moved) names.set(change.to + path.slice(change.from.length), node);
    }
  }
}

function removeTree(names: Map<string, Node>, root: string): void {
  for (const path of [...names.keys()]) if (isWithin(path, root)) names.delete(path);
}
