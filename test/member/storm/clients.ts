/**
 * Clients that read, write, compare and delete a few keys side by side through all members, and note what they asked and what they
 * were told. After some hundred operations they go on to new keys: an outcome that nobody knows does not weigh on the check for ever.
 */
import { Client, ConnectionError, connect } from "../../../core/client/index.ts";
import type { Random } from "../../../core/platform/random.ts";
import { StatusError } from "../../../core/proto/errors.ts";
import { Compare, Compare_CompareResult, Compare_CompareTarget, PutRequest, RangeRequest, RequestOp } from "../../../core/proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../../../core/proto/gen/mvccpb.ts";
import { History, type Operation } from "../../linearizability/history.ts";
import type { KeyInput, KeyOutput, Value } from "../../linearizability/key-model.ts";

export const PREFIX = "storm/";
const KEYS = 4;
const OPERATIONS_PER_KEYS = 400;
const TIMEOUT_MS = 2000;

export type StormOperation = Operation<KeyInput, KeyOutput>;

/** What an answer said of the store as a whole. */
export interface Told {
  readonly operation: StormOperation;
  readonly revision: number;
  /** the operation made this revision */
  readonly wrote: boolean;
}

export class StormClients {
  readonly history = new History<KeyInput, KeyOutput>();
  readonly told: Told[] = [];
  private stopped = false;
  private readonly workers: Promise<void>[];
  private readonly clients: readonly Client[];
  private begun = 0;

  constructor(
    endpoints: readonly string[],
    private readonly random: Random,
    count: number,
  ) {
    this.clients = endpoints.map((endpoint) => new Client(connect(endpoint)));
    this.workers = Array.from({ length: count }, (_, at) => this.work(at));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers);
    for (const client of this.clients) client.close();
  }

  private async work(worker: number): Promise<void> {
    const known = new Map<string, Value>();
    for (let count = 0, at = worker; !this.stopped; count++) {
      const key = `${PREFIX}${Math.floor(this.begun++ / OPERATIONS_PER_KEYS)}/${this.random.below(KEYS)}`;
      const input = this.next(key, `${worker}-${count}`, known.get(key) ?? null);
      const operation = this.history.call(`client ${worker} at member ${(at % this.clients.length) + 1}`, input);
      try {
        const { output, revision, wrote } = await ask(this.clients[at % this.clients.length]!, input);
        this.history.return(operation, output);
        this.told.push({ operation, revision, wrote });
        known.set(key, input.kind === "delete" ? null : input.kind === "get" || output.done === false ? (output.found ?? null) : input.value);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        if (input.kind === "get" || (error instanceof ConnectionError && !error.sent)) this.history.forget(operation);
        at++;
        await new Promise((resolve) => setTimeout(resolve, 20 + this.random.below(50)));
      }
    }
  }

  private next(key: string, value: string, expected: Value): KeyInput {
    const choice = this.random.below(10);
    if (choice < 4) return { kind: "get", key };
    if (choice < 7) return { kind: "put", key, value };
    return choice < 9 ? { kind: "cas", key, expected, value } : { kind: "delete", key };
  }
}

const valueOf = (found: KeyValue | undefined): Value => found?.value.toString() ?? null;

async function ask(client: Client, input: KeyInput): Promise<{ output: KeyOutput; revision: number; wrote: boolean }> {
  const key = Buffer.from(input.key);
  const options = { timeoutMs: TIMEOUT_MS };
  switch (input.kind) {
    case "get": {
      const { kvs, header } = await client.range({ key }, options);
      return { output: { found: valueOf(kvs[0]) }, revision: header!.revision, wrote: false };
    }
    case "put": {
      const { prevKv, header } = await client.put({ key, value: Buffer.from(input.value), prevKv: true }, options);
      return { output: { found: valueOf(prevKv) }, revision: header!.revision, wrote: true };
    }
    case "delete": {
      const { deleted, prevKvs, header } = await client.deleteRange({ key, prevKv: true }, options);
      const done = deleted > 0;
      return { output: { found: valueOf(prevKvs[0]), done }, revision: header!.revision, wrote: done };
    }
    case "cas": {
      const { expected } = input;
      const compare =
        expected === null
          ? Compare.create({ key, target: Compare_CompareTarget.VERSION, result: Compare_CompareResult.EQUAL, version: 0 })
          : Compare.create({ key, target: Compare_CompareTarget.VALUE, result: Compare_CompareResult.EQUAL, value: Buffer.from(expected) });
      const success = [RequestOp.create({ requestPut: PutRequest.create({ key, value: Buffer.from(input.value) }) })];
      const failure = [RequestOp.create({ requestRange: RangeRequest.create({ key }) })];
      const { succeeded, responses, header } = await client.txn({ compare: [compare], success, failure }, options);
      const output = succeeded ? { done: true } : { done: false, found: valueOf(responses[0]!.responseRange!.kvs[0]) };
      return { output, revision: header!.revision, wrote: succeeded };
    }
  }
}
