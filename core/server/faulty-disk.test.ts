import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeClock } from "../platform/node/clock.ts";
import { nodeDisk } from "../platform/node/disk.ts";
import { noDiskFault } from "../probe/faults.ts";
import { FaultyDisk } from "./faulty-disk.ts";

describe("a disk with faults", () => {
  let folder: string;
  let disk: FaultyDisk;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "faulty-disk-"));
    disk = new FaultyDisk(nodeDisk, nodeClock);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("full: what was written before can be written again, more cannot, whatever was allocated", async () => {
    const file = await disk.open(join(folder, "a"), "create");
    await file.allocate(4096);
    await file.write([Buffer.alloc(100)], 0);
    disk.setFault({ ...noDiskFault, full: true });
    await file.write([Buffer.alloc(100)], 0);
    await expect(file.write([Buffer.alloc(101)], 0)).rejects.toMatchObject({ code: "ENOSPC", operation: "write" });
    await expect(file.allocate(8192)).rejects.toMatchObject({ code: "ENOSPC" });
    await file.close();
    await disk.rename(join(folder, "a"), join(folder, "b"));
    const again = await disk.open(join(folder, "b"), "write");
    await expect(again.write([Buffer.alloc(1)], 100)).rejects.toMatchObject({ code: "ENOSPC" });
    disk.setFault(noDiskFault);
    await again.write([Buffer.alloc(1)], 100);
    await again.close();
  });
  it("failing and slow fsync hit files and directories", async () => {
    const file = await disk.open(join(folder, "a"), "create");
    disk.setFault({ ...noDiskFault, fsyncFails: true });
    await expect(file.datasync()).rejects.toMatchObject({ code: "EIO" });
    await expect(disk.syncDirectory(folder)).rejects.toMatchObject({ code: "EIO" });
    disk.setFault(noDiskFault);
    await file.datasync();
    await file.close();
  });
});
