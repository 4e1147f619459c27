/**
 * Keeps the next segment ready, so that a cut does not wait for its making (etcd server/storage/wal/file_pipeline.go).
 * The file is 0.tmp or 1.tmp in turn, at full length: then fdatasync of appends has no length to write.
 */
import { join } from "node:path";
import type { Disk, DiskFile } from "../platform/disk.ts";

export class SegmentPipeline {
  private count = 0;
  private ready: Promise<DiskFile> | undefined;

  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    private readonly segmentBytes: number,
  ) {
    this.prepare();
  }

  /** The prepared file; the next one is begun. @throws DiskError from making it */
  async take(): Promise<DiskFile> {
    const file = await (this.ready ?? this.make());
    this.prepare();
    return file;
  }

  /** Removes the file that nobody took. */
  async close(): Promise<void> {
    const { ready } = this;
    this.ready = undefined;
    const file = await ready?.catch(() => undefined); // that it could not be made matters to nobody any more
    if (!file) return;
    await file.close();
    await this.disk.remove(file.path);
  }

  private prepare(): void {
    this.ready = this.make();
    this.ready.catch(() => undefined); // told to who takes it, not to the process as an unhandled rejection
  }

  private async make(): Promise<DiskFile> {
    const file = await this.disk.open(join(this.directory, `${this.count % 2}.tmp`), "create");
    this.count++;
    try {
      // what a crash left under this name may be longer than the head that is going to stand there
      await file.truncate(0);
      await file.allocate(this.segmentBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }
}
