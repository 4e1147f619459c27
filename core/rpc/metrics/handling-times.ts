/** How long each method takes, for --metrics=extensive (go-grpc-middleware's grpc_server_handling_seconds). */
import { Histogram } from "../../platform/histogram.ts";
import type { Handler, ServiceTable } from "../service.ts";

/** Prometheus' default bounds, seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class HandlingTimes {
  private readonly histograms = new Map<string, Histogram>();

  /** The same handlers, measured. */
  measure(table: ServiceTable): ServiceTable {
    return new Map([...table].map(([path, handler]) => [path, this.measured(path, handler)]));
  }

  of(path: string): Histogram | undefined {
    return this.histograms.get(path);
  }

  private measured(path: string, handler: Handler): Handler {
    const histogram = new Histogram(BOUNDS);
    this.histograms.set(path, histogram);
    const timed = async <T>(work: () => Promise<T> | T): Promise<T> => {
      const begun = performance.now();
      try {
        return await work();
      } finally {
        histogram.observe((performance.now() - begun) / 1000);
      }
    };
    if (handler.kind === "unary") return { kind: "unary", handle: (request, call) => timed(() => handler.handle(request, call)) };
    if (handler.kind === "server-stream") return { kind: "server-stream", handle: (request, call) => timed(() => handler.handle(request, call)) };
    return { kind: "bidirectional", handle: (call) => timed(() => handler.handle(call)) };
  }
}
