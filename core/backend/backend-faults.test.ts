/** The backend on a disk that crashes, fills up and fails fsync, under a clock that stands still unless it is moved. */
import { describe, expect, it } from "vitest";
import { problemsOf } from "../bbolt/check.ts";
import { Database } from "../bbolt/database.ts";
import type { Clock } from "../platform/clock.ts";
import type { Disk, DiskFile } from "../platform/disk.ts";
import { seededRandom } from "../platform/random.ts";
import { SimulatedDisk } from "../platform/simulated-disk.ts";
import type { Backend } from "./backend.ts";
import { openBackend } from "./open-backend.ts";

const stopped: Clock = { now: () => 0, monotonic: () => 0, after: () => ({ cancel: () => undefined }) };
const b = (text: string): Buffer => Buffer.from(text, "latin1");

function contentOf(backend: Backend): string {
  const line = (pair: { key: Buffer; value: Buffer }): string => `${pair.key.toString("latin1")}=${pair.value.toString("latin1")}`;
  return [...backend.entries("key"), ...backend.entries("meta")].map(line).join("\n");
}

async function expectSound(disk: Disk, path: string): Promise<void> {
  const database = await Database.open(disk, path);
  expect(problemsOf(database)).toEqual([]);
  await database.close();
}

describe("backend on a bad disk", () => {
  for (const fault of ["fsyncFails", "full"] as const) {
    it(`says once that a commit failed (${fault}), goes on reading, commits nothing more, and loses nothing durable`, async () => {
      const disk = new SimulatedDisk(seededRandom(5));
      const backend = await openBackend(disk, stopped, "/db");
      for (let i = 0; i < 500; i++) backend.put("key", b(`a${i}`), b("first"));
      await backend.commit();
      const before = contentOf(backend);
      const failures: Error[] = [];
      backend.onFailure((error) => failures.push(error));
      disk[fault] = true;
      for (let i = 0; i < 500; i++) backend.put("key", b(`a${i}`), b("second"));
      const first = backend.commit();
      backend.put("key", b("late"), b("third"));
      const second = backend.commit();
      await expect(first).rejects.toMatchObject({ name: "DiskError", code: fault === "full" ? "ENOSPC" : "EIO" });
      await expect(second).rejects.toBe(failures[0]);
      disk[fault] = false;
      await expect(backend.commit()).rejects.toBe(failures[0]);
      await expect(backend.snapshot()).rejects.toBe(failures[0]);
      await expect(backend.defragment()).rejects.toBe(failures[0]);
      expect(failures.length).toBe(1);
      expect(backend.get("key", b("a7"))?.toString()).toBe("second");
      expect(backend.get("key", b("late"))?.toString()).toBe("third");
      await backend.close();
      disk.crash();
      const again = await openBackend(disk, stopped, "/db");
      expect(contentOf(again)).toBe(before);
      await again.close();
      await expectSound(disk, "/db");
    });
  }

  it("is refused by a lock while another has the file", async () => {
    const disk = new SimulatedDisk(seededRandom(5));
    const backend = await openBackend(disk, stopped, "/db");
    await expect(openBackend(disk, stopped, "/db")).rejects.toMatchObject({ code: "EWOULDBLOCK" });
    await backend.close();
    await (await openBackend(disk, stopped, "/db")).close();
  });

  it("loses no acknowledged commit to a power cut at any change, a defragmentation's among them", { timeout: 60_000 }, async () => {
    for (let stop = 1; stop < 90; stop += 3) {
      const random = seededRandom(stop);
      const disk = new SimulatedDisk(random);
      await disk.makeDirectory("/d");
      const states: string[] = [];
      let acknowledged = -1;
      disk.stopAfter(stop);
      try {
        const backend = await openBackend(disk, stopped, "/d/db");
        for (let round = 0; round < 6; round++) {
          for (let i = 0; i < 40; i++) backend.put("key", b(`k${random.below(100)}`), b(`${round} ${"v".repeat(random.below(200))}`));
          for (let i = 0; i < 20; i++) backend.delete("key", b(`k${random.below(100)}`));
          backend.put("meta", b("round"), b(String(round)));
          states.push(contentOf(backend));
          await backend.commit();
          acknowledged = round;
          if (round % 2 === 1) await backend.defragment();
          expect(contentOf(backend)).toBe(states.at(-1));
        }
        await backend.close();
      } catch (error) {
        if (!(error instanceof Error) || !/simulated|takes no writes/.test(error.message)) throw error;
      }
      disk.crash();
      await disk.makeDirectory("/d");
      const again = await openBackend(disk, stopped, "/d/db");
      const found = contentOf(again);
      const possible = states.slice(Math.max(acknowledged, 0));
      if (acknowledged < 0) possible.push("");
      expect(possible).toContain(found);
      await again.close();
      await expectSound(disk, "/d/db");
    }
  });

  it("has one commit in flight at most, and gathers the rest into the next", async () => {
    const disk = new SimulatedDisk(seededRandom(5));
    const held: (() => void)[] = [];
    let holding = false;
    const slow: Disk = {
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        return new Proxy(file, {
          get: (target, name: keyof DiskFile) => {
            if (name === "datasync")
              return async () => {
                if (holding) await new Promise<void>((resolve) => held.push(resolve));
                await target.datasync();
              };
            const member = target[name];
            return typeof member === "function" ? member.bind(target) : member;
          },
        });
      },
      exists: (path) => disk.exists(path),
      list: (path) => disk.list(path),
      makeDirectory: (path) => disk.makeDirectory(path),
      rename: (from, to) => disk.rename(from, to),
      remove: (path) => disk.remove(path),
      syncDirectory: (path) => disk.syncDirectory(path),
      lock: (path) => disk.lock(path),
    };
    const backend = await openBackend(slow, stopped, "/db", { batchLimit: 10 });
    const batches: number[] = [];
    backend.onCommitted((_, operations) => batches.push(operations));
    holding = true;
    for (let i = 0; i < 10; i++) backend.put("key", b(`k${i}`), b("1"));
    for (let i = 0; held.length === 0 && i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 35; i++) backend.put("key", b(`k${i}`), b("2"));
    expect(held.length).toBe(1);
    expect(backend.pending()).toBe(45);
    expect(backend.get("key", b("k3"))?.toString()).toBe("2");
    const done = backend.commit();
    holding = false;
    held[0]?.();
    await done;
    expect(batches).toEqual([10, 35]);
    expect(backend.pending()).toBe(0);
    expect(backend.range("key", b("k"), undefined, 0).length).toBe(35);
    await backend.close();
  });
});
