/** What the recorded lab answers to the Snapshots, Member and Watchers views: made up, of the true shape, with one damaged file. */
import { CommandError } from "../../core/lab/contract/host.ts";
import type { DataFile, PageRow, PairRow, WalRow } from "../../core/lab/contract/data-dir.ts";
import type { LogLineView, MeterSample } from "../../core/lab/contract/member-page.ts";
import type { Change, CommandName, Commands } from "../../core/lab/contract/protocol.ts";
import type { DifferenceRow, SnapshotSide, SnapshotView } from "../../core/lab/contract/snapshots.ts";
import type { LookTopic } from "../../core/lab/contract/watching.ts";
import { toBase64 } from "./recorded-keys.ts";

export interface RecordedViewsOptions {
  readonly now: () => number;
  readonly hosts: () => readonly { readonly host: string; readonly id: string }[];
  readonly revision: () => number;
  /** differing keys of a comparison */
  readonly differences: number;
}

const WAL_RECORDS = 3000;
const DB_PAGES = 306;
const HISTORY = 180;

const report = { hash: "9c1f04ab", revision: 98, keys: 102, size: 1_228_800, version: "3.6.0", term: 2, index: 1133, members: ["m1", "m2", "m3"] };

export class RecordedViews {
  readonly leases = new Map<string, { granted: number; endsAt: number; keys: string[] }>();
  #saved: SnapshotView[] = [];
  readonly looked = new Set<string>();
  #lines = 0;

  constructor(private readonly options: RecordedViewsOptions) {
    const at = options.now();
    this.leases.set("694d8e2a11f00c01", { granted: 60, endsAt: at + 41_000, keys: ["/registry/leases/kube-node-lease/m1", "/registry/leases/kube-node-lease/m2"] });
    this.leases.set("694d8e2a11f00c2f", { granted: 3600, endsAt: at + 3_105_000, keys: ["/shop/session/7"] });
    this.leases.set("694d8e2a11f00c44", { granted: 15, endsAt: at + 900_000, keys: [] });
  }

  /** What is told in one tenth of a second, `steps` since the beginning. */
  tell(steps: number): Change[] {
    if (steps % 10 !== 0) return [];
    const changes: Change[] = [];
    for (const { host } of this.options.hosts()) {
      changes.push({ type: "meters", host, sample: this.#sample(host, steps) });
      if (this.looked.has("watching ")) changes.push(this.#watching(host));
      if (this.looked.has(`journal ${host}`)) changes.push({ type: "journal", host, missed: 0, lines: [this.#line("info", "compact tree index", `revision=${90 + steps}`)] });
    }
    return changes;
  }

  /** undefined: not of these views. */
  execute(name: CommandName, args: unknown): unknown {
    const a = args as Record<string, never> & { host: string; file: string; from: number; limit: number; id: string };
    switch (name) {
      case "view.look": {
        const { topic, host, on } = args as { topic: LookTopic; host: string; on: boolean };
        if (on) this.looked.add(`${topic} ${host}`);
        else this.looked.delete(`${topic} ${host}`);
        return null;
      }
      case "snapshots.list":
        return { snapshots: this.#snapshots(), searched: true };
      case "snapshots.inspect":
        return { snapshot: this.#find(args as SnapshotSide) };
      case "snapshots.save": {
        const { host, path } = args as SnapshotSide;
        this.#saved.push({ host, path, kind: "file", bytes: 1_228_832, at: this.options.now(), state: "sound", digest: "right", report: { ...report, revision: this.options.revision() }, damage: null });
        return { output: `Snapshot saved at ${path}` };
      }
      case "snapshots.restore":
        return { command: `etcdutl snapshot restore ${(args as SnapshotSide).path} --name ${a.host} --data-dir /var/lib/etcd-restored` };
      case "snapshots.diff": {
        const { from, to } = args as Commands["snapshots.diff"]["args"];
        const n = this.options.differences;
        return { diff: { id: "d1", from, to, fromRevision: 98, toRevision: this.options.revision(), added: n - 2 * Math.floor(n / 3), changed: Math.floor(n / 3), removed: Math.floor(n / 3), same: 87, rows: n, at: this.options.now() } };
      }
      case "snapshots.rows": {
        const { kinds } = args as Commands["snapshots.rows"]["args"];
        const rows = Array.from({ length: this.options.differences }, (_, at) => difference(at)).filter((row) => kinds.includes(row.kind));
        return { rows: rows.slice(a.from, a.from + a.limit), total: rows.length };
      }
      case "snapshots.values":
        return { from: toBase64('{"items":1,"state":"open"}'), to: toBase64('{"items":4,"state":"open"}') };
      case "disk.files":
        return { directory: "/var/lib/etcd", files: dataFiles(this.options.now()), more: 0 };
      case "disk.wal":
        return { rows: range(a.from, a.limit, WAL_RECORDS).map(walRow), total: WAL_RECORDS, end: WAL_RECORDS * 120, fileBytes: 64_000_000, damage: null };
      case "disk.snap":
        return { snap: { term: 2, index: 1000, bytes: 8421, crc: "0c1b2a39", voters: this.options.hosts().map((one) => one.id), learners: [], data: '{"Root":{"Path":"/","Children":{}}}', dataBytes: 8102 }, damage: null };
      case "disk.database":
        return {
          database: {
            pageSize: 4096, bytes: 1_253_376, txid: 812, pages: DB_PAGES, freePages: 40,
            metas: [{ page: 0, problem: "", txid: 812, root: 17, freelist: 0, highWater: DB_PAGES }, { page: 1, problem: "", txid: 811, root: 9, freelist: 0, highWater: DB_PAGES }],
            buckets: [
              { name: "key", keys: 1180, branchPages: 2, leafPages: 262, depth: 2, inline: false },
              { name: "lease", keys: 3, branchPages: 0, leafPages: 0, depth: 0, inline: true },
              { name: "members", keys: 3, branchPages: 0, leafPages: 0, depth: 0, inline: true },
              { name: "meta", keys: 4, branchPages: 0, leafPages: 0, depth: 0, inline: true },
            ],
          },
          damage: null,
        };
      case "disk.pages":
        return { rows: range(a.from, a.limit, DB_PAGES).map(pageRow), total: DB_PAGES, txid: 812 };
      case "disk.page": {
        const row = pageRow(Number(a.page));
        const facts = [["id in its header", String(row.id)], ["type in its header", row.kind], ["count", String(row.count)], ["overflow", "0"]] as const;
        return { page: { ...row, offset: row.id * 4096, facts, pairs: row.kind === "leaf" ? pairs(0, row.count) : [], more: 0, head: toBase64("\0".repeat(64)) }, damage: null };
      }
      case "disk.pairs": {
        const { bucket, after } = args as Commands["disk.pairs"]["args"];
        const start = after === "" ? 0 : Number(Buffer.from(after, "base64").toString()) + 1;
        const all = bucket === "key" ? 1180 : 3;
        return { pairs: pairs(start, Math.min(a.limit, all - start)), more: start + a.limit < all, damage: null };
      }
      case "member.configuration":
        return {
          command: "/usr/local/bin/etcd --config-file /etc/etcd/etcd.conf.yml", configFile: "/etc/etcd/etcd.conf.yml", stale: false, effectiveAt: this.options.now() - 150_000,
          given: [
            { name: "config-file", value: "/etc/etcd/etcd.conf.yml", source: "command" },
            { name: "name", value: a.host, source: "file" },
            { name: "data-dir", value: "/var/lib/etcd", source: "file" },
            { name: "log-level", value: "info", source: "environment" },
          ],
          effective: [["name", a.host], ["data-dir", "/var/lib/etcd"], ["heartbeat-interval", "100ms"], ["election-timeout", "1s"], ["snapshot-count", "10000"], ["quota-backend-bytes", "2147483648"]],
        };
      case "member.samples":
        return { samples: Array.from({ length: HISTORY }, (_, at) => this.#sample(a.host, (at - HISTORY) * 10)) };
      case "member.log":
        return {
          more: false,
          lines: [
            this.#line("info", "starting an etcd server", "etcd-version=3.6.14  name=m1  data-dir=/var/lib/etcd"),
            this.#line("info", "elected leader at term 2", "raft-node-id=8e9e05c52164694d"),
            this.#line("warn", "apply request took too long", "took=132ms  expected-duration=100ms"),
            this.#line("error", "lost leader; no quorum answers", "term=2"),
            this.#line("info", "ready to serve client requests", ""),
          ],
        };
      case "lease.revoke":
        if (!this.leases.delete((args as { lease: string }).lease)) throw new CommandError("failed", "etcdserver: requested lease not found");
        return null;
      case "keys.user":
        if ((args as { name: string }).name === "nobody") throw new CommandError("user-needed", "etcdserver: authentication failed, invalid user ID or password");
        return null;
      default:
        return undefined;
    }
  }

  changed(): Change {
    return { type: "snapshots", snapshots: this.#snapshots(), searched: true };
  }

  #find({ host, path }: SnapshotSide): SnapshotView {
    const found = this.#snapshots().find((one) => one.host === host && one.path === path);
    if (found === undefined) throw new CommandError("failed", `${path} on ${host} is no snapshot that could be found`);
    return found;
  }

  #snapshots(): SnapshotView[] {
    const at = this.options.now() - 60_000;
    const file = (host: string, path: string, more: Partial<SnapshotView> = {}): SnapshotView => ({ host, path, kind: "file", bytes: 1_228_832, at, state: "sound", digest: "right", report, damage: null, ...more });
    if (this.options.hosts().length === 0) return [];
    return [
      ...this.#saved.toReversed(),
      file("m1", "/root/snapshot.db"),
      file("m1", "/opt/backup/nightly.db", { at: at - 3_600_000, digest: "none", bytes: 1_228_800 }),
      file("m2", "/opt/cut-short.db", {
        state: "damaged", digest: "wrong", report: null, bytes: 614_400,
        damage: { file: "/opt/cut-short.db", offset: 614_400, expected: "1228800 bytes", found: "614400 bytes", text: "/opt/cut-short.db at offset 614400: the file is shorter than its meta page says: expected 1228800 bytes, found 614400 bytes" },
      }),
      file("m1", "/var/lib/etcd/member/snap/db", { kind: "database", state: "live", digest: "unread", report: null }),
    ];
  }

  #sample(host: string, steps: number): MeterSample {
    const wave = (period: number, least: number, most: number): number => least + ((Math.sin(steps / period) + 1) / 2) * (most - least);
    const others = this.options.hosts().filter((one) => one.host !== host);
    return {
      at: this.options.now() + (steps < 0 ? steps * 100 : 0),
      fsyncMs: wave(90, 0.2, 0.9), commitMs: wave(70, 0.8, 2.4), committed: Math.round(wave(110, 2, 40)), pending: 0,
      dbBytes: 1_253_376, dbBytesInUse: 1_101_824, residentBytes: 58_000_000 + Math.round(wave(400, 0, 4_000_000)),
      roundTripMs: Object.fromEntries(others.map(({ id }, at) => [id, wave(60 + at * 13, 0.3 + at, 1.1 + at)])),
    };
  }

  #line(level: LogLineView["level"], message: string, detail: string): LogLineView {
    this.#lines += 1;
    return { id: this.#lines, at: this.options.now(), level, message, detail };
  }

  #watching(host: string): Change {
    const now = this.options.now();
    const revision = this.options.revision();
    const leads = host === "m1";
    const watcher = { stream: 1, id: 0, program: "etcdctl/3.6", startRevision: 0, nextRevision: revision + 1, synced: true, eventsSent: 212, progressNotify: false, since: now - 90_000 };
    const watchers = [
      { ...watcher, client: "127.0.1.1:40112", program: "kube-apiserver", key: toBase64("/registry/"), rangeEnd: toBase64("/registry0"), progressNotify: true },
      { ...watcher, stream: 2, client: "127.0.1.1:40140", key: toBase64("/shop/carts/1"), rangeEnd: "", startRevision: 40, eventsSent: 9, nextRevision: 61, synced: false },
      { ...watcher, stream: 3, client: "127.0.0.1:51022", program: "quorum-lab", key: "AA==", rangeEnd: "AA==" },
    ];
    return {
      type: "watching",
      watching: {
        host, at: now, revision, watchers: leads ? watchers : [], watcherCount: leads ? 3 : 0, streamCount: leads ? 3 : 0, timesLeases: leads,
        leases: [...this.leases].map(([id, lease]) => ({ id, grantedSeconds: lease.granted, leftMs: leads ? Math.max(0, lease.endsAt - now) : -1, keys: lease.keys.map(toBase64), keyCount: lease.keys.length })).sort((a, b) => a.leftMs - b.leftMs),
        leaseCount: this.leases.size,
      },
    };
  }
}

function range(from: number, limit: number, total: number): number[] {
  return Array.from({ length: Math.max(0, Math.min(limit, total - from)) }, (_, at) => from + at);
}

function difference(at: number): DifferenceRow {
  const kind = (["added", "changed", "removed"] as const)[at % 3] ?? "added";
  const key = toBase64(`/shop/carts/${String(at).padStart(6, "0")}`);
  return { kind, key, fromRevision: kind === "added" ? 0 : 20 + at, toRevision: kind === "removed" ? 0 : 90 + at, fromBytes: kind === "added" ? -1 : 26, toBytes: kind === "removed" ? -1 : 31 };
}

function dataFiles(at: number): DataFile[] {
  return [
    { name: "member/snap/0000000000000002-00000000000003e8.snap", kind: "snap", bytes: 8421, at },
    { name: "member/snap/db", kind: "database", bytes: 1_253_376, at },
    { name: "member/wal/0.tmp", kind: "other", bytes: 64_000_000, at },
    { name: "member/wal/0000000000000000-0000000000000000.wal", kind: "wal", bytes: 64_000_000, at },
  ];
}

function walRow(at: number): WalRow {
  const row = { offset: at * 120, bytes: 120, crc: ((at * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, "0"), term: 0, index: 0, operation: "", words: "" };
  if (at === 0) return { ...row, type: "crc", words: "the CRC that this segment goes on from" };
  if (at === 1) return { ...row, type: "metadata", words: "member 8e9e05c52164694d of cluster cdf818194e3a8c32" };
  if (at === 2) return { ...row, type: "entry", term: 1, index: 1, operation: "conf-change", words: 'AddNode 8e9e05c52164694d: {"id":10276657743932975437,"peerURLs":["http://127.0.1.1:2380"],"name":"m1"}' };
  if (at % 9 === 0) return { ...row, type: "state", term: 2, index: at, words: `commit ${at}, vote 8e9e05c52164694d` };
  return { ...row, type: "entry", term: at < 400 ? 1 : 2, index: at, operation: "put", words: `/shop/carts/${at % 9} = 26 bytes` };
}

function pageRow(id: number): PageRow {
  const row = { id, bucket: "", count: 0, overflow: 0, fill: 0 };
  if (id < 2) return { ...row, kind: "meta", fill: 1 };
  if (id % 8 === 0) return { ...row, kind: "free" };
  if (id === 17) return { ...row, kind: "leaf", count: 10, fill: 0.31 };
  if (id === 18) return { ...row, kind: "branch", bucket: "key", count: 262, fill: 0.9 };
  return { ...row, kind: "leaf", bucket: "key", count: 12, fill: 0.5 + (id % 40) / 100 };
}

function pairs(from: number, count: number): PairRow[] {
  return Array.from({ length: Math.max(0, count) }, (_, at) => {
    const n = from + at;
    return { key: `${n + 2}_0`, rawKey: toBase64(String(n)), bytes: 61, words: `/shop/carts/${n % 9}, version ${1 + (n % 5)}, created at ${2 + (n % 9)} = {"items":${n % 5}}`, child: 0 };
  });
}
