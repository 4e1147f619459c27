/** No process outlives the program that started it, however that one ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { alive, missing, needs, start } from "./quorum-lab.ts";

const TIMEOUT = 90_000;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A lab that waits, and the process ids of its members. */
async function waiting() {
  const folder = mkdtempSync(join(tmpdir(), "quorum-lab-life-"));
  folders.push(folder);
  const lab = start(["sh", "--lab", folder, "-c", "for h in m1 m2 m3; do ssh $h pgrep etcd; done; echo waiting; etcdctl watch a; echo never"]);
  await expect.poll(() => lab.text.out, { timeout: TIMEOUT }).toContain("waiting\n");
  const pids = lab.text.out.trim().split("\n").slice(0, 3).map(Number);
  expect(pids.every(alive)).toBe(true);
  return { ...lab, pids };
}

describe.skipIf(missing.length > 0)(`the end of a lab${needs}`, () => {
  it("at Ctrl-C ends the running command, the script and every member, with 130", { timeout: TIMEOUT }, async () => {
    const { child, finished, pids } = await waiting();
    child.kill("SIGINT");
    const { code, out } = await finished;
    expect(code).toBe(130);
    expect(out).not.toContain("never");
    expect(pids.filter(alive)).toEqual([]);
  });
  it("by kill -9 takes its members with it", { timeout: TIMEOUT }, async () => {
    const { child, finished, pids } = await waiting();
    child.kill("SIGKILL");
    await finished;
    await expect.poll(() => pids.filter(alive), { timeout: 15_000 }).toEqual([]);
  });
});
