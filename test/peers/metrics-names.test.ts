/**
 * /metrics beside a real etcd 3.4's: what 3.4 shows and 3.6 has kept, ours shows too, with the same type and the same labels;
 * and every metric that etcd's own Grafana dashboard and alert rules (contrib/mixin) ask for is there after some use.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, connect } from "../../core/client/index.ts";
import { MemberProcess } from "./harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { hasRealEtcd, type RealEtcd, startRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

/** Gone since 3.4, or of Go's runtime there. */
const GONE = [
  /^etcd_debugging_(?:mvcc_(?:delete|put|range|txn)_total|mvcc_db_total_size_in_bytes)$/,
  /^etcd_debugging_store_(?:reads|writes)_(?:failed_)?total$/,
  // what Go's runtime told of itself then
  /^go_memstats_(?:lookups_total|gc_cpu_fraction)$/,
];
/** Types that 3.6 changed. */
const RETYPED = new Set(["etcd_debugging_lease_granted_total"]);

/** In the queries of etcd's dashboard and alert rules. */
const MIXIN = [
  "etcd_cluster_version",
  "etcd_disk_backend_commit_duration_seconds_bucket",
  "etcd_disk_wal_fsync_duration_seconds_bucket",
  "etcd_mvcc_db_total_size_in_bytes",
  "etcd_mvcc_db_total_size_in_use_in_bytes",
  "etcd_network_client_grpc_received_bytes_total",
  "etcd_network_client_grpc_sent_bytes_total",
  "etcd_network_peer_received_bytes_total",
  "etcd_network_peer_round_trip_time_seconds_bucket",
  "etcd_network_peer_sent_bytes_total",
  "etcd_network_peer_sent_failures_total",
  "etcd_server_has_leader",
  "etcd_server_heartbeat_send_failures_total",
  "etcd_server_is_leader",
  "etcd_server_leader_changes_seen_total",
  "etcd_server_proposals_applied_total",
  "etcd_server_proposals_committed_total",
  "etcd_server_proposals_failed_total",
  "etcd_server_proposals_pending",
  "etcd_server_quota_backend_bytes",
  "etcd_server_slow_apply_total",
  "etcd_server_slow_read_indexes_total",
  "grpc_server_handled_total",
  "grpc_server_handling_seconds_bucket",
  "grpc_server_started_total",
  "process_resident_memory_bytes",
];

interface Family {
  readonly type: string;
  /** names of labels, of any of its series */
  readonly labels: Set<string>;
}

async function familiesOf(url: string): Promise<Map<string, Family>> {
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of (await (await fetch(`${url}/metrics`)).text()).split("\n")) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) {
      current = { type: type[2]!, labels: new Set() };
      families.set(type[1]!, current);
    } else if (!line.startsWith("#")) for (const [, label] of line.matchAll(/([a-zA-Z_]+)="/g)) current?.labels.add(label!);
  }
  return families;
}

describe.skipIf(!hasRealEtcd)(`metrics beside etcd 3.4's (${WHERE_FROM})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "metrics-"));
  let real: RealEtcd;
  let members: MemberProcess[];

  beforeAll(async () => {
    const ports = await freePorts(4);
    members = [0, 1].map((at) => new MemberProcess({ name: `m${at}`, folder, clientPort: ports[2 * at]!, peerPort: ports[2 * at + 1]! }));
    real = await startRealEtcd(["--metrics=extensive"]);
    const initial = members.map((member) => `${member.plan.name}=${member.peerUrl}`).join(",");
    await Promise.all(members.map((member) => member.start(initial, "new", ["--metrics=extensive"])));
    await Promise.all(members.map((member) => member.ready()));
    for (const url of [real.url, members[0]!.clientUrl]) await use(url);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(members.map((member) => member.stop()));
    await real.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("what 3.4 has is there, of the same type and with the same labels", async () => {
    const [theirs, ours] = await Promise.all([familiesOf(real.url), familiesOf(members[0]!.clientUrl)]);
    const wrong: string[] = [];
    for (const [name, family] of theirs) {
      if (GONE.some((pattern) => pattern.test(name))) continue;
      const own = ours.get(name);
      if (own === undefined) wrong.push(`${name} is missing`);
      else if (own.type !== family.type && !RETYPED.has(name)) wrong.push(`${name} is a ${own.type}, not a ${family.type}`);
      else if (![...family.labels].every((label) => own.labels.has(label))) wrong.push(`${name} has ${[...own.labels].join()}, not ${[...family.labels].join()}`);
    }
    expect(wrong).toEqual([]);
  });

  it("etcd's dashboard and alert rules find what they ask for", { timeout: 120_000 }, async () => {
    let missing: string[] = MIXIN;
    // round trips are measured every four seconds; who leads has sent to the other, and heard of it
    while (missing.length > 0) {
      const text = (await Promise.all(members.map(async ({ clientUrl }) => (await fetch(`${clientUrl}/metrics`)).text()))).join("\n");
      missing = MIXIN.filter((name) => name !== "etcd_network_peer_sent_failures_total" && !new RegExp(`^${name}[{ ]`, "m").test(text));
      if (missing.length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(missing).toEqual([]);
  });

  it("counts what was done", async () => {
    const text = await (await fetch(`${members[0]!.clientUrl}/metrics`)).text();
    const value = (series: string): number => Number(new RegExp(`^${series.replace(/[{}]/g, "\\$&")} (\\S+)$`, "m").exec(text)?.[1]);
    expect(value("etcd_mvcc_put_total")).toBe(2);
    expect(value("etcd_debugging_mvcc_keys_total")).toBe(1);
    expect(value("etcd_debugging_lease_granted_total")).toBe(1);
    expect(value("etcd_mvcc_delete_total")).toBe(1);
    expect(value('etcd_server_apply_duration_seconds_count{op="Put",success="true",version="v3"}')).toBe(2);
    expect(value('grpc_server_handling_seconds_count{grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"}')).toBe(2);
    expect(value("etcd_disk_wal_fsync_duration_seconds_count")).toBeGreaterThan(0);
    expect(value("etcd_debugging_lease_ttl_total_sum")).toBe(600);
  });
});

async function use(url: string): Promise<void> {
  const client = new Client(connect(url));
  await client.put({ key: Buffer.from("a"), value: Buffer.from("1") });
  await client.put({ key: Buffer.from("b"), value: Buffer.from("1") });
  await client.range({ key: Buffer.from("a") });
  await client.deleteRange({ key: Buffer.from("b") });
  await client.leaseGrant({ TTL: 600, ID: 0n });
  await client.compact({ revision: 3, physical: true });
  client.close();
  await fetch(`${url}/health`);
}
