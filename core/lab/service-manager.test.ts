import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostTree } from "./host-tree.ts";
import { Journal } from "./journal.ts";
import { ServiceManager } from "./service-manager.ts";
import type { RunningService, ServiceEnd } from "./service-runner.ts";
import { ManualClock } from "./testing/manual-clock.ts";

class Fake implements RunningService {
  readonly pid = 42;
  readonly ready: Promise<void>;
  readonly ended: Promise<ServiceEnd>;
  becomeReady!: () => void;
  end!: (end: ServiceEnd) => void;
  constructor() {
    this.ready = new Promise((resolve) => (this.becomeReady = resolve));
    this.ended = new Promise((resolve) => (this.end = resolve));
  }
  status(): string {
    return "fine";
  }
  stop(): void {
    this.end({ code: null, signal: "SIGTERM", failure: "" });
  }
  signal(signal: NodeJS.Signals): boolean {
    this.end({ code: null, signal, failure: "" });
    return true;
  }
}

let folder: string;
let manager: ServiceManager;
let clock: ManualClock;
let journal: Journal;
let started: Fake[];

function unit(name: string, text: string): void {
  writeFileSync(join(folder, "host/etc/systemd/system", name), text);
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quorum-services-"));
  mkdirSync(join(folder, "host/etc/systemd/system"), { recursive: true });
  unit("etcd.service", "[Unit]\nDescription=store\n[Service]\nExecStart=/usr/local/bin/etcd\n[Install]\nWantedBy=multi-user.target\n");
  clock = new ManualClock();
  started = [];
  const tree = new HostTree(join(folder, "host"));
  journal = new Journal(join(folder, "journal.jsonl"), clock);
  manager = new ServiceManager({
    tree,
    journal,
    clock,
    startProgram: (command) => {
      if (!command[0]!.endsWith("etcd")) return undefined;
      const fake = new Fake();
      started.push(fake);
      return fake;
    },
    onChange: () => undefined,
  });
});
afterEach(() => {
  journal.flush();
  rmSync(folder, { recursive: true, force: true });
});

describe("a service", () => {
  it("is activating until it is ready, then active, then inactive", async () => {
    const start = manager.start("etcd");
    expect(manager.status("etcd").activity).toBe("activating");
    started[0]!.becomeReady();
    await start;
    expect(manager.status("etcd.service")).toMatchObject({ activity: "active", pid: 42, statusText: "fine" });
    await manager.stop("etcd");
    expect(manager.status("etcd")).toMatchObject({ activity: "inactive", pid: null });
  });
  it("that is killed has failed, says how, and stays down without a policy", async () => {
    void manager.start("etcd");
    started[0]!.becomeReady();
    await settle();
    manager.kill("etcd", "SIGKILL");
    await settle();
    expect(manager.status("etcd")).toMatchObject({ activity: "failed", result: "code=killed, status=9/KILL" });
    clock.advance(60_000);
    expect(started).toHaveLength(1);
  });
  it("fails its start when it ends before it is ready", async () => {
    const start = manager.start("etcd");
    started[0]!.end({ code: 1, signal: null, failure: "" });
    await expect(start).rejects.toThrow("Job for etcd.service failed");
    expect((await journal.read("etcd.service")).map((line) => line.text)).toContain("etcd.service: Main process exited, code=exited, status=1/FAILURE");
  });
  it("lets a start return when readiness takes too long, and goes on", async () => {
    const start = manager.start("etcd");
    await settle();
    clock.advance(20_000);
    await start;
    expect(manager.status("etcd").activity).toBe("activating");
  });
  it("is restarted as its policy says, but not for ever", async () => {
    unit("etcd.service", "[Service]\nExecStart=/usr/local/bin/etcd\nRestart=always\nRestartSec=1\n");
    manager.reload();
    void manager.start("etcd");
    for (let count = 0; count < 8; count++) {
      started.at(-1)!.end({ code: 1, signal: null, failure: "" });
      await settle();
      clock.advance(1000);
    }
    expect(started).toHaveLength(5);
    expect(manager.status("etcd").activity).toBe("failed");
    manager.resetFailed("etcd");
    void manager.start("etcd");
    expect(started).toHaveLength(6);
  });
  it("is not restarted when it was stopped", async () => {
    unit("etcd.service", "[Service]\nExecStart=/usr/local/bin/etcd\nRestart=always\n");
    manager.reload();
    void manager.start("etcd");
    await manager.stop("etcd");
    clock.advance(10_000);
    expect(started).toHaveLength(1);
  });
});

describe("units", () => {
  it("are read again at daemon-reload, and told to be stale until then", () => {
    unit("etcd.service", "[Service]\nExecStart=/usr/local/bin/etcd --name other\n");
    expect(manager.status("etcd")).toMatchObject({ stale: true, command: "/usr/local/bin/etcd" });
    manager.reload();
    expect(manager.status("etcd")).toMatchObject({ stale: false, command: "/usr/local/bin/etcd --name other" });
  });
  it("that cannot be read, or name no program, fail to start", async () => {
    unit("bad.service", "[Service]\nnonsense\n");
    unit("gone.service", "[Service]\nExecStart=/usr/bin/gone\n");
    manager.reload();
    await expect(manager.start("bad")).rejects.toThrow("failed");
    await expect(manager.start("gone")).rejects.toThrow("failed");
    expect(manager.status("gone").result).toBe("code=exited, status=203/EXEC");
    await expect(manager.start("nosuch")).rejects.toMatchObject({ code: 5 });
  });
  it("are enabled by a link, which is seen", () => {
    manager.setEnabled("etcd", true);
    expect(manager.status("etcd").enabled).toBe(true);
    manager.setEnabled("etcd", false);
    expect(manager.status("etcd").enabled).toBe(false);
  });
});

describe("the journal", () => {
  it("is there again after it was closed, without a torn line", async () => {
    journal.add("etcd.service", 1, "kept");
    journal.flush();
    writeFileSync(join(folder, "journal.jsonl"), '{"at":1,"unit":"etcd.se', { flag: "a" });
    const again = new Journal(join(folder, "journal.jsonl"), clock);
    expect((await again.read()).map((line) => line.text)).toEqual(["kept"]);
  });
});
