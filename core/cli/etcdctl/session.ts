/**
 * A lease kept alive while a command runs, and the queue of keys that locks and elections stand in (etcd client/v3/concurrency):
 * each waiter has a key PREFIX/LEASE, and whose key was created first holds.
 */
import { EtcdError, StatusError } from "../../proto/errors.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import { type CallOptions, type Client, follow, keepLease } from "../../client/index.ts";
import { Exit, ExitError } from "../cobra/command.ts";
import type { Connection, ConnectionFlags } from "./connection.ts";

const canceled = (): ExitError => new ExitError(Exit.Error, "context canceled");

export class Session {
  /** resolves when the lease is no longer kept: expired, revoked, or its stream lost for good */
  readonly done: Promise<void>;
  private readonly stop = new AbortController();

  private constructor(
    readonly connection: Connection,
    readonly lease: bigint,
  ) {
    this.done = this.keep();
  }

  static async open(connection: Connection, ttlSeconds: number): Promise<Session> {
    const { ID } = await connection.askLong((options) => connection.client.leaseGrant({ TTL: ttlSeconds }, options));
    return new Session(connection, ID);
  }

  get client(): Client {
    return this.connection.client;
  }

  private async keep(): Promise<void> {
    const renewals = keepLease(this.client.channel, this.lease, firstAnswerMs(this.connection.flags), this.stop.signal);
    while ((await renewals.next()).done !== true);
  }

  /** Keeps the lease no longer; what it holds goes when its time is over. */
  orphan(): void {
    this.stop.abort();
  }
}

/** A place in the queue under a prefix. */
export class Place {
  readonly key: Buffer;
  private readonly prefix: Buffer;
  /** when the key was created; 0: not queued */
  revision = 0;

  constructor(
    private readonly session: Session,
    name: string,
  ) {
    this.prefix = Buffer.from(`${name}/`);
    this.key = Buffer.from(`${name}/${BigInt.asUintN(64, session.lease).toString(16)}`);
  }

  /**
   * Queues with a value and waits until nobody stands before. @returns the revision of the answer that said so
   * @throws ExitError "context canceled" when told to stop; the place is given up then
   */
  async take(value: string, options: CallOptions): Promise<number> {
    const { connection, lease, client } = this.session;
    const put = pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: this.key, value: Buffer.from(value), lease }) });
    // who holds is asked in the same step, so that a free place is taken with one question
    const first = pb.RequestOp.create({
      requestRange: pb.RangeRequest.create({
        key: this.prefix,
        rangeEnd: prefixEnd(this.prefix),
        limit: 1,
        sortOrder: pb.RangeRequest_SortOrder.ASCEND,
        sortTarget: pb.RangeRequest_SortTarget.CREATE,
      }),
    });
    const asking = connection.askLong((lasting) =>
      client.txn(
        {
          compare: [pb.Compare.create({ key: this.key, target: pb.Compare_CompareTarget.CREATE, result: pb.Compare_CompareResult.EQUAL, createRevision: 0 })],
          success: [put, first],
          failure: [pb.RequestOp.create({ requestRange: pb.RangeRequest.create({ key: this.key }) }), first],
        },
        { ...lasting, ...options },
      ),
    );
    const response = await asking.catch(async (error: unknown) => {
      if (options.signal?.aborted !== true) throw error;
      // told to stop before the answer came: the place may have been taken all the same
      await this.remove();
      throw canceled();
    });
    this.revision = response.succeeded ? (response.header?.revision ?? 0) : (response.responses[0]?.responseRange?.kvs[0]?.createRevision ?? 0);
    const holder = response.responses[1]?.responseRange?.kvs[0];
    if (holder === undefined || holder.createRevision === this.revision) return response.header?.revision ?? 0;
    try {
      return await this.waitForEarlier(options);
    } catch (error) {
      await this.leave();
      if (options.signal?.aborted === true) throw canceled();
      throw error;
    }
  }

  /** The last one before us goes, then the last one before us again, until there is none. */
  private async waitForEarlier(options: CallOptions): Promise<number> {
    for (;;) {
      const { kvs, header } = await this.session.connection.askLong((lasting) =>
        this.session.client.range(
          {
            key: this.prefix,
            rangeEnd: prefixEnd(this.prefix),
            limit: 1,
            sortOrder: pb.RangeRequest_SortOrder.DESCEND,
            sortTarget: pb.RangeRequest_SortTarget.CREATE,
            maxCreateRevision: this.revision - 1,
          },
          { ...lasting, ...options },
        ),
      );
      const before = kvs[0];
      if (before === undefined) return header?.revision ?? 0;
      for await (const response of watchKey(this.session.client, before.key, header?.revision ?? 0, options)) if (response.events.some((event) => event.type === 1)) break;
      if (options.signal?.aborted === true) throw canceled();
    }
  }

  /** Gives the place up. */
  async leave(): Promise<void> {
    if (this.revision === 0) return;
    this.revision = 0;
    await this.remove();
  }

  private async remove(): Promise<void> {
    await this.session.client.deleteRange({ key: this.key }, { timeoutMs: this.session.connection.flags.durationMs("command-timeout") });
  }
}

/** How long the first answer to a keep-alive may take, as in etcd's client. */
export function firstAnswerMs(flags: ConnectionFlags): number {
  return flags.durationMs("dial-timeout") + 1000;
}

/** Events of a key or, with `rangeEnd`, of a range, over as many connections as it takes; ends when told to stop. @throws ExitError */
export async function* watchKey(client: Client, key: Buffer, startRevision: number, { signal }: CallOptions, rangeEnd: Buffer = Buffer.alloc(0)): AsyncGenerator<pb.WatchResponse> {
  try {
    for await (const response of follow(client.channel, { key, rangeEnd, startRevision }, signal === undefined ? {} : { signal })) {
      if (response.canceled) throw new ExitError(Exit.Error, response.cancelReason !== "" ? response.cancelReason : new EtcdError("Compacted").message);
      if (response.events.length > 0) yield response;
    }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw new ExitError(Exit.Error, error.message, { cause: error });
  }
}
