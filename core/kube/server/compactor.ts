/**
 * Compaction as API servers do it (apiserver pkg/storage/etcd3/compact.go): every interval one of them wins the key
 * `compact_rev_key` and compacts to the revision of one interval ago, so that a client has that long to come back.
 */
import type { Client } from "../../client/index.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import { EtcdError, StatusError } from "../../proto/errors.ts";
import { Compare, Compare_CompareResult, Compare_CompareTarget, PutRequest, RangeRequest, RequestOp } from "../../proto/gen/etcdserverpb.ts";

const KEY = Buffer.from("compact_rev_key");
const CALL_MS = 10_000;
const COMPACTED = new EtcdError("Compacted").message;

export class Compactor {
  /** what this server knows of the key: how often it was written, and the revision when it was asked last */
  private version = 0;
  private revision = 0;
  private timer: Timer | undefined;
  private over = false;

  /** @param intervalMs 0: never */
  constructor(
    private readonly client: Pick<Client, "txn" | "compact">,
    private readonly clock: Clock,
    private readonly intervalMs: number,
    private readonly log: (text: string) => void,
  ) {
    this.wait();
  }

  close(): void {
    this.over = true;
    this.timer?.cancel();
  }

  private wait(): void {
    if (this.intervalMs > 0 && !this.over) this.timer = this.clock.after(this.intervalMs, () => void this.round().then(() => this.wait()));
  }

  private async round(): Promise<void> {
    try {
      await this.compact();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.log(`etcd: endpoint compact failed: ${error.message}`);
    }
  }

  private async compact(): Promise<void> {
    const compare = Compare.create({ result: Compare_CompareResult.EQUAL, target: Compare_CompareTarget.VERSION, key: KEY, version: this.version });
    const put = RequestOp.create({ requestPut: PutRequest.create({ key: KEY, value: Buffer.from(String(this.revision)) }) });
    const get = RequestOp.create({ requestRange: RangeRequest.create({ key: KEY }) });
    const answer = await this.client.txn({ compare: [compare], success: [put], failure: [get] }, { timeoutMs: CALL_MS });
    const seen = this.revision;
    this.revision = answer.header?.revision ?? 0;
    if (!answer.succeeded) {
      // another one did it: its count is ours from now on
      this.version = answer.responses[0]?.responseRange?.kvs[0]?.version ?? 0;
      return;
    }
    this.version++;
    if (seen === 0) return;
    try {
      await this.client.compact({ revision: seen }, { timeoutMs: CALL_MS });
    } catch (error) {
      if (!(error instanceof StatusError) || error.message !== COMPACTED) throw error;
    }
    this.log(`etcd: compacted rev (${seen})`);
  }
}
