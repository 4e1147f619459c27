/** Pauses of the garbage collector, for go_gc_duration_seconds: what Go's runtime tells of itself, this one's does. */
import { PerformanceObserver } from "node:perf_hooks";
import type { MetricSample } from "../../server/api.ts";

/** Pauses that quantiles are taken of; Go's runtime keeps as many. */
const KEPT = 256;
const QUANTILES = [0, 0.25, 0.5, 0.75, 1];

export class GcPauses {
  private readonly recent: number[] = [];
  private sum = 0;
  private count = 0;
  /** unix seconds; 0: none yet */
  lastAt = 0;
  private readonly observer: PerformanceObserver;

  constructor() {
    this.observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.add(duration / 1000);
    });
    this.observer.observe({ entryTypes: ["gc"] });
  }

  summary(): MetricSample["summary"] {
    const sorted = [...this.recent].sort((a, b) => a - b);
    const at = (quantile: number): number => sorted[Math.round(quantile * (sorted.length - 1))] ?? 0;
    return { quantiles: QUANTILES.map((quantile) => [quantile, at(quantile)] as const), sum: this.sum, count: this.count };
  }

  private add(seconds: number): void {
    this.recent[this.count++ % KEPT] = seconds;
    this.sum += seconds;
    this.lastAt = Date.now() / 1000;
  }
}
