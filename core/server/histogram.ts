/** A histogram of durations, as Prometheus has them: cumulative counts below fixed bounds. */
import type { MetricSample } from "./api.ts";

export class Histogram {
  private readonly counts: number[];
  private sum = 0;
  private total = 0;

  /** @param bounds upper bounds, ascending, without +Inf */
  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly bounds: readonly number[],
  ) {
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.total++;
    for (let at = this.bounds.length - 1; at >= 0 && value <= this.bounds[at]!; at--) this.counts[at]!++;
  }

  sample(): MetricSample {
    const buckets = this.bounds.map((bound, at) => [bound, this.counts[at]!] as const);
    return { name: this.name, help: this.help, type: "histogram", labels: {}, buckets, sum: this.sum, count: this.total };
  }
}

/** `count` bounds, each `factor` times the one before. */
export function exponentialBounds(first: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first * factor ** at);
}
