/** A disk with the lab's faults in front of a real one: slow fsync, failing fsync, no space. Without faults it only passes on. */
import type { Clock } from "../platform/clock.ts";
import { type Disk, DiskError, type DiskFile } from "../platform/disk.ts";
import { type DiskFault, noDiskFault } from "../probe/faults.ts";

export class FaultyDisk implements Disk {
  private fault: DiskFault = noDiskFault;

  constructor(
    private readonly disk: Disk,
    private readonly clock: Clock,
  ) {}

  setFault(fault: DiskFault): void {
    this.fault = fault;
  }

  async open(path: string, mode: "read" | "write" | "create"): Promise<DiskFile> {
    return this.wrap(await this.disk.open(path, mode));
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

  rename(from: string, to: string): Promise<void> {
    return this.disk.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return this.disk.remove(path);
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
        // what is allocated already has its space: only growth needs more
        const end = buffers.reduce((sum, buffer) => sum + buffer.length, position);
        if (end > file.size()) this.needSpace("write", file.path);
        await file.write(buffers, position);
      },
      allocate: async (size) => {
        if (size > file.size()) this.needSpace("allocate", file.path);
        await file.allocate(size);
      },
      truncate: (size) => file.truncate(size),
      datasync: async () => {
        await this.beforeSync(file.path);
        await file.datasync();
      },
      close: () => file.close(),
    };
  }
}
