/**
 * process_*, os_* and go_*: what Prometheus' Go client says about its process. Dashboards and etcd's own tests ask for the
 * go_* names; what this runtime has no like of is 0.
 */
import { readdirSync, readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import type { MetricSample } from "../../server/api.ts";
import { GcPauses } from "./gc-pauses.ts";

const START_SECONDS = Date.now() / 1000 - process.uptime();
/** What Linux tells of limits that are none, as Go reads them. */
const UNLIMITED = 2 ** 64;
const PAGE_BYTES = 4096;

/** One for the process, from the first look on. */
let pauses: GcPauses | undefined;

function sample(name: string, value: number, labels: MetricSample["labels"] = {}): MetricSample {
  return { name, labels, value };
}

export function processSamples(): MetricSample[] {
  pauses ??= new GcPauses();
  const memory = process.memoryUsage();
  const heap = getHeapStatistics();
  const cpu = process.cpuUsage();
  return [
    sample("process_cpu_seconds_total", (cpu.user + cpu.system) / 1e6),
    sample("process_resident_memory_bytes", memory.rss),
    sample("process_start_time_seconds", START_SECONDS),
    sample("go_info", 1, { version: `node${process.version}` }),
    sample("go_goroutines", process.getActiveResourcesInfo().length),
    sample("go_sched_gomaxprocs_threads", 1),
    { name: "go_gc_duration_seconds", labels: {}, summary: pauses.summary()! },
    sample("go_memstats_last_gc_time_seconds", pauses.lastAt),
    sample("go_memstats_alloc_bytes", memory.heapUsed + memory.external),
    sample("go_memstats_heap_alloc_bytes", memory.heapUsed),
    sample("go_memstats_heap_inuse_bytes", memory.heapUsed),
    sample("go_memstats_heap_idle_bytes", memory.heapTotal - memory.heapUsed),
    sample("go_memstats_heap_sys_bytes", memory.heapTotal),
    sample("go_memstats_sys_bytes", memory.rss),
    sample("go_memstats_next_gc_bytes", heap.heap_size_limit),
    sample("go_memstats_other_sys_bytes", memory.external),
    ...ABSENT.map((name) => sample(name, 0)),
    ...linuxSamples(),
  ];
}

const ABSENT: readonly string[] = [
  "go_gc_gogc_percent",
  "go_gc_gomemlimit_bytes",
  "go_memstats_alloc_bytes_total",
  "go_memstats_buck_hash_sys_bytes",
  "go_memstats_frees_total",
  "go_memstats_gc_sys_bytes",
  "go_memstats_heap_objects",
  "go_memstats_heap_released_bytes",
  "go_memstats_mallocs_total",
  "go_memstats_mcache_inuse_bytes",
  "go_memstats_mcache_sys_bytes",
  "go_memstats_mspan_inuse_bytes",
  "go_memstats_mspan_sys_bytes",
  "go_memstats_stack_inuse_bytes",
  "go_memstats_stack_sys_bytes",
];

/** Linux tells these in /proc; elsewhere they are left out, as Prometheus' client does. */
function linuxSamples(): MetricSample[] {
  if (process.platform !== "linux") return [sample("go_threads", 0)];
  const limits = readFileSync("/proc/self/limits", "utf8");
  const limitOf = (name: string): number => {
    const soft = new RegExp(`^${name}\\s+(\\S+)`, "m").exec(limits)?.[1];
    return soft === undefined || soft === "unlimited" ? UNLIMITED : Number(soft);
  };
  const pages = readFileSync("/proc/self/statm", "utf8").split(" ")[0];
  const threads = /^Threads:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  const open = readdirSync("/proc/self/fd").length;
  const octets = networkOctets();
  return [
    sample("go_threads", Number(threads ?? 0)),
    sample("os_fd_limit", limitOf("Max open files")),
    sample("os_fd_used", open),
    sample("process_open_fds", open),
    sample("process_max_fds", limitOf("Max open files")),
    sample("process_virtual_memory_bytes", Number(pages ?? 0) * PAGE_BYTES),
    sample("process_virtual_memory_max_bytes", limitOf("Max address space")),
    sample("process_network_receive_bytes_total", octets.received),
    sample("process_network_transmit_bytes_total", octets.sent),
  ];
}

/** Of the network namespace: Linux counts them for no process alone. */
function networkOctets(): { readonly received: number; readonly sent: number } {
  const [names = [], values = []] = readFileSync("/proc/self/net/netstat", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("IpExt:"))
    .map((line) => line.split(" "));
  const value = (name: string): number => Number(values[names.indexOf(name)] ?? 0);
  return { received: value("InOctets"), sent: value("OutOctets") };
}
