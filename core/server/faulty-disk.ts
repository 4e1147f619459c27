/**
 * A disk with the lab's faults in front of a real one: slow fsync, failing fsync, no space. Without faults it only passes
 * on. "No space" is meant as a file system without reserved blocks has it: allocating ahead succeeds as long as there is
 * space, and yet a write beyond what was ever written can fail.
 */
import type { Clock } from "../platform/clock.ts";
import { type Disk, DiskError, type DiskFile } from "../platform/disk.ts";
import { type DiskFault, noDiskFault } from "../probe/faults.ts";

export class FaultyDisk implements Disk {
  private fault: DiskFault = noDiskFault;
  /** end of what was written, by path: up to there a file has its space */
  private readonly written = new Map<string, number>();

  constructor(
    private readonly disk: Disk,
    private readonly clock: Clock,
  ) {}

  setFault(fault: DiskFault): void {
    this.fault = fault;
  }

  async open(path: string, mode: "read" | "write" | "create"): Promise<DiskFile> {
    const file = await this.disk.open(path, mode);
    if (mode === "read") return file;
    if (!this.written.has(path)) this.written.set(path, file.size());
    return this.wrap(file);
  }

  exists(path: string): Promise<boolean> {
    return this.disk.exists(path);
  }

  list(path: string): Promise<string[]> {
    return this.disk.list(path);
  }

  async makeDirectory(path: string): Promise<void> {
    this.needSpace("mkdir", path);
    await this.disk.makeDirectory(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.disk.rename(from, to);
    // a directory takes what is in it along
    for (const [path, end] of [...this.written]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.written.delete(path);
      this.written.set(to + path.slice(from.length), end);
    }
  }

  async remove(path: string): Promise<void> {
    await this.disk.remove(path);
    for (const known of [...this.written.keys()]) if (known === path || known.startsWith(`${path}/`)) this.written.delete(known);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.beforeSync(path);
    await this.disk.syncDirectory(path);
  }

  lock(path: string): Promise<{ release(): Promise<void> }> {
    return this.disk.lock(path);
  }

  private needSpace(operation: string, path: string): void {
    if (this.fault.full) throw new DiskError(operation, path, "ENOSPC", `${operation} ${path}: no space left on device`);
  }

  private async beforeSync(path: string): Promise<void> {
    const { fsyncDelayMs, fsyncFails } = this.fault;
    if (fsyncDelayMs > 0) await new Promise<void>((resolve) => void this.clock.after(fsyncDelayMs, resolve));
    if (fsyncFails) throw new DiskError("fdatasync", path, "EIO", `fdatasync ${path}: input/output error`);
  }

  private wrap(file: DiskFile): DiskFile {
    return {
      path: file.path,
      size: () => file.size(),
      readSync: (target, position) => file.readSync(target, position),
      read: (target, position) => file.read(target, position),
      write: async (buffers, position) => {
        const end = buffers.reduce((sum, buffer) => sum + buffer.length, position);
        if (end > (this.written.get(file.path) ?? 0)) this.needSpace("write", file.path);
        await file.write(buffers, position);
        this.written.set(file.path, Math.max(end, this.written.get(file.path) ?? 0));
      },
      allocate: async (size) => {
        if (size > file.size()) this.needSpace("allocate", file.path);
        await file.allocate(size);
      },
      truncate: async (size) => {
        await file.truncate(size);
        this.written.set(file.path, Math.min(size, this.written.get(file.path) ?? 0));
      },
      datasync: (few) => {
        if (this.fault.fsyncDelayMs === 0 && !this.fault.fsyncFails) return file.datasync(few);
        return this.beforeSync(file.path).then(() => file.datasync(few));
      },
      close: () => file.close(),
    };
  }
}
