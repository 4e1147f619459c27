/**
 * process_* and go_*: what Prometheus' Go client says about its process. Dashboards and etcd's own tests ask for the go_*
 * names; what this runtime has no like of is 0.
 */
import { readdirSync, readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import type { MetricSample } from "../../server/api.ts";

const START_SECONDS = Date.now() / 1000 - process.uptime();

function sample(name: string, type: "counter" | "gauge", help: string, value: number, labels: Readonly<Record<string, string>> = {}): MetricSample {
  return { name, type, help, labels, value };
}

export function processSamples(): MetricSample[] {
  const memory = process.memoryUsage();
  const heap = getHeapStatistics();
  const cpu = process.cpuUsage();
  const samples = [
    sample("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", (cpu.user + cpu.system) / 1e6),
    sample("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", memory.rss),
    sample("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", START_SECONDS),
    sample("go_info", "gauge", "Information about the runtime.", 1, { version: `node${process.versions.node}` }),
    sample("go_goroutines", "gauge", "Number of handles and requests that keep the event loop busy.", process.getActiveResourcesInfo().length),
    sample("go_threads", "gauge", "Number of OS threads created.", 0),
    sample("go_sched_gomaxprocs_threads", "gauge", "Threads that run this program's own code at once.", 1),
    sample("go_memstats_alloc_bytes", "gauge", "Number of bytes allocated and still in use.", memory.heapUsed + memory.external),
    sample("go_memstats_heap_alloc_bytes", "gauge", "Number of heap bytes allocated and still in use.", memory.heapUsed),
    sample("go_memstats_heap_inuse_bytes", "gauge", "Number of heap bytes that are in use.", memory.heapUsed),
    sample("go_memstats_heap_idle_bytes", "gauge", "Number of heap bytes waiting to be used.", heap.total_available_size),
    sample("go_memstats_heap_sys_bytes", "gauge", "Number of heap bytes obtained from system.", memory.heapTotal),
    sample("go_memstats_sys_bytes", "gauge", "Number of bytes obtained from system.", memory.rss),
    sample("go_memstats_next_gc_bytes", "gauge", "Number of heap bytes at which memory runs out.", heap.heap_size_limit),
    ...linuxSamples(),
  ];
  return [...samples, ...ABSENT.map(([name, type]) => sample(name, type, "No such thing in this runtime.", 0)), gcPauses()];
}

/** go_gc_duration_seconds is a summary; without quantiles that is the count and the sum alone. */
function gcPauses(): MetricSample {
  return { name: "go_gc_duration_seconds", type: "histogram", help: "No such thing in this runtime.", labels: {}, buckets: [], sum: 0, count: 0 };
}

const ABSENT: readonly (readonly [string, "counter" | "gauge"])[] = [
  ["go_gc_gogc_percent", "gauge"],
  ["go_gc_gomemlimit_bytes", "gauge"],
  ["go_memstats_alloc_bytes_total", "counter"],
  ["go_memstats_buck_hash_sys_bytes", "gauge"],
  ["go_memstats_frees_total", "counter"],
  ["go_memstats_gc_sys_bytes", "gauge"],
  ["go_memstats_heap_objects", "gauge"],
  ["go_memstats_heap_released_bytes", "gauge"],
  ["go_memstats_last_gc_time_seconds", "gauge"],
  ["go_memstats_mallocs_total", "counter"],
  ["go_memstats_mcache_inuse_bytes", "gauge"],
  ["go_memstats_mcache_sys_bytes", "gauge"],
  ["go_memstats_mspan_inuse_bytes", "gauge"],
  ["go_memstats_mspan_sys_bytes", "gauge"],
  ["go_memstats_other_sys_bytes", "gauge"],
  ["go_memstats_stack_inuse_bytes", "gauge"],
  ["go_memstats_stack_sys_bytes", "gauge"],
];

/** Linux tells these in /proc; elsewhere they are left out, as Prometheus' client does. */
function linuxSamples(): MetricSample[] {
  if (process.platform !== "linux") return [];
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  const pages = readFileSync("/proc/self/statm", "utf8").split(" ")[0];
  return [
    sample("process_open_fds", "gauge", "Number of open file descriptors.", readdirSync("/proc/self/fd").length),
    sample("process_max_fds", "gauge", "Maximum number of open file descriptors.", Number(limit ?? 0)),
    sample("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", Number(pages ?? 0) * 4096),
  ];
}
