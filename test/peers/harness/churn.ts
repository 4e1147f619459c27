/**
 * Everything a log can carry, without pause and in a random order: puts, deletes of ranges, transactions, leases with keys,
 * revocations, compactions. What fails is left; what members hold afterwards is compared elsewhere.
 */
import { Client, connectAll } from "../../../core/client/index.ts";
import { Compare, Compare_CompareResult, Compare_CompareTarget, DeleteRangeRequest, PutRequest, RequestOp } from "../../../core/proto/gen/etcdserverpb.ts";
import { StatusError } from "../../../core/proto/errors.ts";

const keyCount = 40;

export class Churn {
  private stopped = false;
  private readonly client: Client;
  private readonly running: Promise<void>;
  private state: number;
  private leases: bigint[] = [];
  /** requests answered without an error */
  done = 0;

  constructor(endpoints: readonly string[], seed: number) {
    this.client = new Client(connectAll(endpoints));
    this.state = seed | 1;
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    this.client.close();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.one();
        this.done++;
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  private below(bound: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % bound;
  }

  private key(): Buffer {
    return Buffer.from(`churn/${this.below(keyCount)}`);
  }

  private async one(): Promise<void> {
    const options = { timeoutMs: 3000 };
    const value = Buffer.alloc(this.below(300), 0x61 + this.below(26));
    const [key, other] = [this.key(), this.key()];
    switch (this.below(12)) {
      case 0: {
        const rangeEnd = Buffer.concat([key, Buffer.from([0xff])]);
        await this.client.deleteRange({ key, rangeEnd, prevKv: true }, options);
        return;
      }
      case 1: {
        const compare = [Compare.create({ key, target: Compare_CompareTarget.VERSION, result: Compare_CompareResult.GREATER, version: this.below(3) })];
        const success = [RequestOp.create({ requestPut: PutRequest.create({ key, value }) }), RequestOp.create({ requestDeleteRange: DeleteRangeRequest.create({ key: Buffer.from("churn/none") }) })];
        const failure = [RequestOp.create({ requestPut: PutRequest.create({ key: other, value }) })];
        await this.client.txn({ compare, success, failure }, options);
        return;
      }
      case 2: {
        const { ID } = await this.client.leaseGrant({ TTL: 2 + this.below(60) }, options);
        this.leases.push(ID);
        await this.client.put({ key, value, lease: ID }, options);
        return;
      }
      case 3: {
        const lease = this.leases.shift();
        if (lease !== undefined) await this.client.leaseRevoke({ ID: lease }, options);
        return;
      }
      case 4: {
        if (this.below(8) > 0) return;
        const { header } = await this.client.range({ key, countOnly: true }, options);
        await this.client.compact({ revision: Math.max(1, header!.revision - this.below(200)) }, options);
        return;
      }
      default:
        await this.client.put({ key, value }, options);
    }
  }
}
