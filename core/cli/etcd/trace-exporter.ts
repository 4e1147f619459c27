/**
 * Sends spans to a collector (OTLP over gRPC, without TLS, as etcd does): in batches, every five seconds or when there are
 * enough; what comes faster than it can be sent is dropped and counted. Numbers are those of OpenTelemetry's Go SDK.
 */
import { Client, connect } from "../../client/index.ts";
import type { AddressBook } from "../../platform/address-book.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import type { Span } from "../../rpc/tracing.ts";
import type { Log } from "../../server/log.ts";
import { exportRequest, exportTraces, type SpanSource } from "./otlp.ts";

export interface TracePlan {
  /** `--distributed-tracing-address` */
  readonly address: string;
  readonly serviceName: string;
  readonly instanceId: string;
  readonly samplingPerMillion: number;
}

const BATCH_MAX = 512;
const QUEUE_MAX = 2048;
const PAUSE_MS = 5000;
const EXPORT_MS = 10_000;

export class TraceExporter {
  private readonly client: Client;
  private queue: Span[] = [];
  private timer: Timer | undefined;
  private sending: Promise<void> | undefined;
  private dropped = 0;
  private readonly source: SpanSource;

  constructor(
    { address, serviceName, instanceId }: TracePlan,
    version: string,
    addressBook: AddressBook,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.client = new Client(connect(address, { addressBook }));
    this.source = { serviceName, instanceId, version };
  }

  add(span: Span): void {
    if (this.queue.length >= QUEUE_MAX) {
      this.dropped++;
      return;
    }
    this.queue.push(span);
    if (this.queue.length >= BATCH_MAX) this.send();
    else if (this.sending === undefined) this.timer ??= this.clock.after(PAUSE_MS, () => this.send());
  }

  /** Sends what is left. */
  async close(): Promise<void> {
    for (;;) {
      this.send();
      if (this.sending === undefined) break;
      await this.sending;
    }
    this.client.close();
  }

  private send(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.sending !== undefined || this.queue.length === 0) return;
    const batch = this.queue.splice(0, BATCH_MAX);
    this.sending = this.export(batch).then(() => {
      this.sending = undefined;
      if (this.queue.length >= BATCH_MAX) this.send();
      else if (this.queue.length > 0) this.timer = this.clock.after(PAUSE_MS, () => this.send());
    });
  }

  private async export(batch: readonly Span[]): Promise<void> {
    try {
      await this.client.channel.unary(exportTraces, exportRequest(this.source, batch), { timeoutMs: EXPORT_MS });
    } catch (error) {
      this.log.warn("failed to export traces", { spans: batch.length, "dropped-before": this.dropped, error: (error as Error).message });
    }
  }
}
