import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { silentLog } from "./log.ts";
import { type DowngradeState, VersionMonitor } from "./version-monitor.ts";

describe("cluster version", () => {
  let clock: ManualClock;
  let servers: Map<string, string | undefined>;
  let cluster: string | undefined;
  let storage: string | undefined;
  let downgrade: DowngradeState;
  let cancelled: number;
  let leads: boolean;
  let monitor: VersionMonitor;

  beforeEach(() => {
    clock = new ManualClock();
    servers = new Map([["1", "3.6.14"]]);
    cluster = undefined;
    storage = "3.5.0";
    downgrade = { enabled: false, target: "" };
    cancelled = 0;
    leads = true;
    monitor = new VersionMonitor(
      {
        isLeader: () => leads,
        clusterVersion: () => cluster,
        downgrade: () => downgrade,
        serverVersions: async () => servers,
        proposeClusterVersion: async (version) => void (cluster = version),
        storageVersion: () => storage,
        setStorageVersion: (version) => void (storage = version),
        cancelDowngrade: async () => void cancelled++,
      },
      clock,
      silentLog,
      5000,
    );
    monitor.start();
  });

  it("is the lowest of all members' versions, without the patch, and the schema follows", async () => {
    servers = new Map([
      ["1", "3.6.14"],
      ["2", "3.6.1"],
    ]);
    await clock.advance(8000);
    expect(cluster).toBe("3.6.0");
    expect(storage).toBe("3.6.0");
  });
  it("while one does not answer it begins at 3.0 and moves no further", async () => {
    servers = new Map([
      ["1", "3.6.14"],
      ["2", undefined],
    ]);
    await clock.advance(8000);
    expect(cluster).toBe("3.0.0");
    servers.set("2", "3.4.23");
    await clock.advance(4000);
    expect(cluster).toBe("3.4.0");
    expect(storage).toBe("3.5.0");
  });
  it("a follower proposes nothing, and it never falls by itself", async () => {
    leads = false;
    await clock.advance(8000);
    expect(cluster).toBeUndefined();
    leads = true;
    cluster = "3.6.0";
    servers = new Map([["1", "3.5.0"]]);
    await clock.advance(8000);
    expect(cluster).toBe("3.6.0");
  });
  it("falls by one minor when a downgrade is on, which ends when all have that version", async () => {
    cluster = "3.6.0";
    storage = "3.6.0";
    downgrade = { enabled: true, target: "3.5.0" };
    await clock.advance(8000);
    expect(cluster).toBe("3.5.0");
    expect(storage).toBe("3.5.0");
    expect(cancelled).toBe(0);
    servers = new Map([["1", "3.5.20"]]);
    await clock.advance(5000);
    expect(cancelled).toBeGreaterThan(0);
  });
});
