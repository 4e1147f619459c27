import { describe, expect, it } from "vitest";
import type { Clock } from "./clock.ts";
import { seededRandom } from "./random.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

async function write(disk: SimulatedDisk, path: string, text: string, sync: boolean): Promise<void> {
  const file = await disk.open(path, "create");
  await file.write([Buffer.from(text)], 0);
  if (sync) await file.datasync();
  await file.close();
}

const outcomes = async (run: (seed: number) => Promise<string>): Promise<Set<string>> => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) seen.add(await run(seed));
  return seen;
};

describe("a power cut", () => {
  it("keeps what was synced, and any of the sectors that were not", async () => {
    const results = await outcomes(async (seed) => {
      const disk = new SimulatedDisk(seededRandom(seed));
      await write(disk, "/f", "A".repeat(1024), true);
      const file = await disk.open("/f", "write");
      await file.write([Buffer.from("B".repeat(1024))], 0);
      disk.crash();
      const content = disk.contentOf("/f").toString();
      expect(content).toMatch(/^(A{512}|B{512})(A{512}|B{512})$/);
      return `${content[0] as string}${content[512] as string}`;
    });
    expect([...results].sort()).toEqual(["AA", "AB", "BA", "BB"]);
  });

  it("may lose a rename and what came after it, but not one that was synced", async () => {
    const results = await outcomes(async (seed) => {
      const disk = new SimulatedDisk(seededRandom(seed));
      await write(disk, "/a", "1", true);
      await disk.rename("/a", "/b");
      await write(disk, "/c", "2", false);
      disk.crash();
      return (await disk.list("/")).join();
    });
    expect([...results].sort()).toEqual(["a", "b", "b,c"]);
    const synced = await outcomes(async (seed) => {
      const disk = new SimulatedDisk(seededRandom(seed));
      await write(disk, "/a", "1", true);
      await disk.rename("/a", "/b");
      await disk.syncDirectory("/");
      disk.crash();
      return (await disk.list("/")).join();
    });
    expect([...synced]).toEqual(["b"]);
  });

  it("with strict names keeps a synced file's name only when its directory was synced", async () => {
    const results = await outcomes(async (seed) => {
      const disk = new SimulatedDisk(seededRandom(seed), { strictNames: true });
      await write(disk, "/a", "1", true);
      disk.crash();
      return (await disk.list("/")).join();
    });
    expect([...results].sort()).toEqual(["", "a"]);
  });

  it("ends open files and locks; kill -9 does too, but loses nothing", async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    await write(disk, "/a", "1", true);
    const file = await disk.open("/a", "write");
    await disk.lock("/a");
    await expect(disk.lock("/a")).rejects.toMatchObject({ code: "EWOULDBLOCK" });
    await file.write([Buffer.from("2")], 0);
    disk.kill();
    await expect(file.write([Buffer.from("3")], 0)).rejects.toMatchObject({ code: "EIO" });
    expect(disk.contentOf("/a").toString()).toBe("2");
    const lock = await disk.lock("/a");
    disk.crash();
    await lock.release();
  });

  it("moves a directory as one", async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    await disk.makeDirectory("/x/y");
    await write(disk, "/x/y/f", "1", false);
    await disk.rename("/x", "/z");
    expect(await disk.list("/z/y")).toEqual(["f"]);
    await disk.remove("/z");
    expect(await disk.list("/")).toEqual([]);
  });
});

describe("faults", () => {
  it("a failed fsync loses the pages for good, as Linux does", async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    await write(disk, "/f", "A", true);
    const file = await disk.open("/f", "write");
    await file.write([Buffer.from("B")], 0);
    disk.fsyncFails = true;
    await expect(file.datasync()).rejects.toMatchObject({ code: "EIO", operation: "fdatasync" });
    disk.fsyncFails = false;
    await file.datasync();
    expect(disk.contentOf("/f").toString()).toBe("B");
    disk.crash();
    expect(disk.contentOf("/f").toString()).toBe("A");
  });

  it("a full disk takes a part and says ENOSPC; allocated holes cost nothing", async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const file = await disk.open("/f", "create");
    disk.capacityBytes = 10;
    await file.allocate(640_000);
    await expect(file.write([Buffer.from("0123456789abcdef")], 100)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(disk.contentOf("/f").subarray(100, 112).toString()).toBe("0123456789\0\0");
  });

  it("stops at the n-th change and works again after the crash", async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    await write(disk, "/f", "A", true);
    disk.stopAfter(2);
    const file = await disk.open("/f", "write");
    await file.write([Buffer.from("B")], 0);
    await expect(file.datasync()).rejects.toMatchObject({ code: "EIO" });
    await expect(disk.open("/f", "read")).rejects.toMatchObject({ code: "EIO" });
    disk.crash();
    expect((await disk.open("/f", "read")).size()).toBe(1);
  });

  it("flips bits at rest", async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    await write(disk, "/f", "A", true);
    disk.flip("/f", 0, 2);
    disk.crash();
    expect(disk.contentOf("/f").toString()).toBe("C");
  });

  it("takes the time it is told to, by the clock it is given", async () => {
    let now = 0;
    const clock: Clock = {
      now: () => now,
      monotonic: () => now,
      after: (delay, fire) => {
        now += delay;
        queueMicrotask(fire);
        return { cancel: () => undefined };
      },
    };
    const disk = new SimulatedDisk(seededRandom(1), { clock, latencyMs: (operation) => (operation === "fdatasync" ? 20 : 0) });
    await write(disk, "/f", "A", true);
    expect(now).toBe(20);
  });
});

describe("the rest of a disk", () => {
  it("reads, truncates, allocates and lists like one", async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    await expect(disk.open("/none", "read")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(disk.open("/none/f", "create")).rejects.toMatchObject({ code: "ENOENT" });
    const file = await disk.open("/f", "create");
    await file.write([Buffer.from("abc"), Buffer.from("def")], 4094);
    const target = Buffer.alloc(10);
    expect(await file.read(target, 4093)).toBe(7);
    expect(target.subarray(0, 7).toString()).toBe("\0abcdef");
    await file.truncate(4096);
    await file.allocate(4100);
    expect(file.readSync(target, 4092)).toBe(8);
    expect(target.subarray(0, 8).toString()).toBe("\0\0ab\0\0\0\0");
    await file.close();
    await expect(file.datasync()).rejects.toMatchObject({ code: "EBADF" });
    const reading = await disk.open("/f", "read");
    await expect(reading.truncate(0)).rejects.toMatchObject({ code: "EBADF" });
  });
});
