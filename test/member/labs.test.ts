/** Labs whose members ask for certificates and users, with real processes: everything that a lab does works in them, also in two at a time. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LabCatalogue } from "../../core/lab/labs/catalogue.ts";
import { createLab, type Lab } from "../../core/lab/lab.ts";
import { spawnNodeMember } from "../../core/lab/member-process.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import { labPrograms } from "../../core/shell/programs.ts";
import { runScript } from "../../core/shell/script-runner.ts";
import { CapturingTerminal } from "../../core/shell/terminal.ts";

const etcdProgram = process.env.OUR_ETCD ?? resolve("dist/bin/etcd");

describe.skipIf(!existsSync(etcdProgram))("a lab with TLS, users and a learner (npm run build)", { timeout: 240_000 }, () => {
  let base: string;
  let catalogue: LabCatalogue;
  const running: Lab[] = [];

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "quorum-labs-"));
    catalogue = new LabCatalogue({ folder: join(base, "labs"), saved: join(base, "saved"), version: "0", now: () => Date.now() });
  });
  afterEach(async () => {
    for (const lab of running.splice(0)) await lab.close();
    rmSync(base, { recursive: true, force: true });
  });

  async function start(id: string): Promise<Lab> {
    const lab = await createLab({ folder: catalogue.folderOf(id), id, otherBlocks: catalogue.otherBlocks(id), name: "lab", members: 1, version: "0", clock: nodeClock, spawnMember: spawnNodeMember, etcdProgram, programs: labPrograms });
    running.push(lab);
    lab.start();
    expect(await lab.waitForLeader(60_000)).toBe(true);
    expect(await lab.whenFounded(60_000)).toBe(true);
    return lab;
  }

  async function shell(lab: Lab, host: string, script: string): Promise<string> {
    const terminal = new CapturingTerminal();
    await runScript(script, { world: lab.world, host: lab.machine(host), terminal }, new AbortController().signal);
    return `${terminal.stdout.toString()}${terminal.stderr.toString()}`;
  }

  const b64 = (text: string): string => Buffer.from(text).toString("base64");

  it("is read, watched, saved, broken and copied like any other", async () => {
    const id = catalogue.create("secure", { voters: 1, learners: 1, spare: 0, tls: true, auth: true, flags: "3.6" });
    const lab = await start(id);
    // the terminal, as people have it at work; a learner answers nobody who wants a token first, as in etcd
    const said = await shell(lab, "m1", "env | grep -c ETCDCTL_; etcdctl put /app/a 1; etcdctl member list -w simple; ssh m2 'unset ETCDCTL_USER; etcdctl endpoint status -w json'");
    expect(said).toMatch(/^4\nOK\n/);
    expect(said).toMatch(/m1, https:\S+, https:\S+, false\n/);
    expect(said).toMatch(/m2, https:\S+, https:\S+, true\n/);
    expect(said).toContain('"isLearner":true');
    expect(await shell(lab, "m1", "unset ETCDCTL_USER; etcdctl --user app:quorum get /app/a --print-value-only; etcdctl --user app:quorum put /b 1 2>&1 | tail -1")).toMatch(/^1\nError: etcdserver: permission denied/);
    expect(await shell(lab, "m1", "unset ETCDCTL_CERT ETCDCTL_KEY; etcdctl --command-timeout=1s --dial-timeout=1s get x 2>&1 | tail -1")).toMatch(/^Error: /);
    // the window's keys, watch, health, snapshots, telemetry
    const seen: (readonly string[])[] = [];
    const stop = lab.subscribe((frame) => {
      for (const change of frame.changes) if (change.type === "keys") seen.push(change.keys);
    });
    // none named: the watch stands
    await expect.poll(() => seen, { timeout: 60_000 }).toEqual([[]]);
    await expect.poll(() => lab.snapshot().state.members.map((member) => member.raft?.role), { timeout: 60_000 }).toEqual(["leader", "learner"]);
    await lab.execute("keys.put", { key: b64("/app/window"), value: b64("2") });
    await expect.poll(() => seen, { timeout: 60_000 }).toContainEqual([b64("/app/window")]);
    stop();
    expect(await lab.execute("keys.get", { key: b64("/app/a"), revision: 0 })).toMatchObject({ found: { value: b64("1") } });
    expect(await lab.execute("snapshots.save", { host: "m1", path: "/opt/s.db" })).toMatchObject({ output: expect.stringContaining("Snapshot saved at") });
    expect(await lab.machine("m1").isHealthy(5000)).toBe(true);
    // a crash, and a start
    await lab.execute("member.kill", { host: "m1" });
    await expect.poll(() => lab.snapshot().state.members[0]?.process, { timeout: 60_000 }).toBe("killed");
    await lab.execute("member.start", { host: "m1" });
    await expect.poll(() => lab.snapshot().state.members[0]?.process, { timeout: 60_000 }).toBe("running");
    expect(await lab.execute("keys.get", { key: b64("/app/window"), revision: 0 })).toMatchObject({ found: { value: b64("2") } });

    // a copy, at the same time, on other addresses, and apart
    await expect(catalogue.clone(id, "copy")).rejects.toMatchObject({ code: "lab-running" });
    await running.pop()!.close();
    const copy = await start(await catalogue.clone(id, "copy"));
    const again = await start(id);
    expect(new Set([...copy.hosts, ...again.hosts].map((host) => host.address)).size).toBe(4);
    await copy.execute("keys.put", { key: b64("/app/a"), value: b64("of the copy") });
    expect(await again.execute("keys.get", { key: b64("/app/a"), revision: 0 })).toMatchObject({ found: { value: b64("1") } });
    expect(await shell(copy, "m1", "etcdctl get /app/a --print-value-only")).toBe("of the copy\n");
    expect(readFileSync(copy.machine("m1").files.real("/etc/etcd/etcd.conf.yml"), "utf8")).toContain(`listen-client-urls: https://${copy.machine("m1").address}:2379`);
  });
});
