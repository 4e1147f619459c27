/** A histogram as Prometheus has them: cumulative counts below fixed bounds. */
export class Histogram {
  private readonly counts: number[];
  sum = 0;
  count = 0;

  /** @param bounds upper bounds, ascending, without +Inf */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count++;
    for (let at = this.bounds.length - 1; at >= 0 && value <= this.bounds[at]!; at--) this.counts[at]!++;
  }

  /** Upper bounds with the cumulative counts below them. */
  buckets(): (readonly [number, number])[] {
    return this.bounds.map((bound, at) => [bound, this.counts[at]!] as const);
  }
}

/** `count` bounds, each `factor` times the one before. */
export function exponentialBounds(first: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first * factor ** at);
}
