/**
 * The real disk. fsync and big writes run on libuv's threads (but see sync-pace.ts). `readSync` blocks, which the page cache makes short; so do
 * small writes into what a file already has, because handing one to a thread costs many times the copy that it is (a
 * WAL group is such a write: 85 µs by way of a thread, under 10 at once).
 */
import { constants, fdatasyncSync, fstatSync, readSync, writevSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Disk, DiskError, type DiskFile } from "../disk.ts";
import { SyncPace } from "./sync-pace.ts";

/** Copied into the page cache on the spot. */
const smallWriteBytes = 64 * 1024;

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === "string" ? code : "EIO";
}

async function guarded<T>(operation: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DiskError) throw error;
    throw new DiskError(operation, path, codeOf(error), `${operation} ${path}: ${(error as Error).message}`, { cause: error });
  }
}

class NodeDiskFile implements DiskFile {
  private length: number;
  private readonly pace = new SyncPace();

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {
    this.length = fstatSync(handle.fd).size;
  }

  size(): number {
    return this.length;
  }

  readSync(target: Buffer, position: number): number {
    let done = 0;
    try {
      while (done < target.length) {
        const count = readSync(this.handle.fd, target, done, target.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
    } catch (error) {
      throw new DiskError("read", this.path, codeOf(error), `read ${this.path}: ${(error as Error).message}`, { cause: error });
    }
    return done;
  }

  read(target: Buffer, position: number): Promise<number> {
    return guarded("read", this.path, async () => {
      let done = 0;
      while (done < target.length) {
        const { bytesRead } = await this.handle.read(target, done, target.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    });
  }

  write(buffers: readonly Buffer[], position: number): Promise<void> {
    return guarded("write", this.path, async () => {
      let offset = position;
      for (let first = 0; first < buffers.length; first += 512) {
        const group = buffers.slice(first, first + 512);
        const wanted = group.reduce((sum, buffer) => sum + buffer.length, 0);
        const small = wanted <= smallWriteBytes && offset + wanted <= this.length;
        const bytesWritten = small ? writevSync(this.handle.fd, group, offset) : (await this.handle.writev(group, offset)).bytesWritten;
        if (bytesWritten < wanted) {
          // a short write is how a nearly full disk answers; the rest is tried once so that the real error surfaces
          const rest = Buffer.concat(group).subarray(bytesWritten);
          const second = await this.handle.write(rest, 0, rest.length, offset + bytesWritten);
          if (second.bytesWritten < rest.length)
            throw new DiskError("write", this.path, "ENOSPC", `write ${this.path}: short write at offset ${offset}`);
        }
        offset += wanted;
      }
      if (offset > this.length) this.length = offset;
    });
  }

  allocate(size: number): Promise<void> {
    return guarded("allocate", this.path, async () => {
      if (size <= this.length) return;
      await this.handle.truncate(size);
      this.length = size;
    });
  }

  truncate(size: number): Promise<void> {
    return guarded("truncate", this.path, async () => {
      await this.handle.truncate(size);
      this.length = size;
    });
  }

  datasync(few = false): Promise<void> {
    return guarded("fdatasync", this.path, async () => {
      const begun = performance.now();
      const byThread = !few || !this.pace.onTheSpot;
      if (byThread) await this.handle.datasync();
      else fdatasyncSync(this.handle.fd);
      if (few) this.pace.took(performance.now() - begun, byThread);
    });
  }

  close(): Promise<void> {
    return guarded("close", this.path, () => this.handle.close());
  }
}

/**
 * Node has no flock(2). What it has is a socket name that only one process can hold and that the kernel frees when
 * the process dies: that keeps two programs of ours apart, though not ours from a real etcd.
 */
async function lockByName(path: string): Promise<{ release(): Promise<void> }> {
  const { dev, ino } = await stat(path);
  const name = `quorum-lab-lock-${dev}-${ino}`;
  const address = process.platform === "linux" ? `\0${name}` : process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "EADDRINUSE" ? "EWOULDBLOCK" : codeOf(error);
      reject(new DiskError("lock", path, code, `lock ${path}: ${code === "EWOULDBLOCK" ? "held by another process" : error.message}`, { cause: error }));
    });
    server.listen(address, resolve);
  });
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

export const nodeDisk: Disk = {
  open: (path, mode) =>
    guarded("open", path, async () => {
      const flags = mode === "read" ? constants.O_RDONLY : mode === "write" ? constants.O_RDWR : constants.O_RDWR | constants.O_CREAT;
      return new NodeDiskFile(path, await open(path, flags, 0o600));
    }),
  exists: (path) =>
    guarded("stat", path, async () => {
      try {
        await stat(path);
        return true;
      } catch (error) {
        if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
        throw error;
      }
    }),
  list: (path) => guarded("readdir", path, async () => (await readdir(path)).sort()),
  makeDirectory: (path) =>
    guarded("mkdir", path, async () => {
      await mkdir(path, { recursive: true, mode: 0o700 });
    }),
  rename: (from, to) => guarded("rename", from, () => rename(from, to)),
  remove: (path) => guarded("unlink", path, () => rm(path, { recursive: true, force: true })),
  syncDirectory: (path) =>
    guarded("fsync", path, async () => {
      if (process.platform === "win32") return; // directories cannot be opened there; NTFS journals its entries
      const handle = await open(path, constants.O_RDONLY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }),
  lock: (path) => guarded("lock", path, () => lockByName(path)),
};
