/** The lab's own look into the store: lists, values and histories of keys, through the client API as any client has it. */
import { type Channel, type ChannelOptions, Client, connectAmong, Credentials, type MemberChannel, type User } from "../client/index.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../proto/gen/mvccpb.ts";
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import { prefixEnd } from "../proto/prefix-end.ts";
import { CommandError } from "./contract/host.ts";
import type { Commands, KeyDetail, KeyRevision, KeySummary } from "./contract/protocol.ts";
import { SignedInChannel } from "./signed-in-channel.ts";

const CALL_MS = 5000;
/** A history is read for at most this long; and it is over when nothing more has come for so long. */
const HISTORY_MS = 3000;
const QUIET_MS = 400;
const EVENT_DELETE = 1;
/** Pings that come oftener than every five seconds end a connection: members enforce it (embed: grpc-keepalive-min-time). */
const CHANNEL: ChannelOptions = { dialTimeoutMs: 1000, keepaliveTimeMs: 7000, keepaliveTimeoutMs: 2000 };
const ZERO = Buffer.from([0]);

const bytes = (text: string): Buffer => Buffer.from(text, "base64");
const text = (data: Buffer): string => data.toString("base64");

function summary(kv: KeyValue): KeySummary {
  return {
    key: text(kv.key),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
    version: kv.version,
    lease: kv.lease === 0n ? "" : BigInt.asUintN(64, kv.lease).toString(16),
    valueBytes: kv.value.length,
  };
}

/** What a cluster with auth says to who gave no user, or one that may not. */
const WANTS_USER: ReadonlySet<string> = new Set((["UserEmpty", "InvalidAuthToken", "PermissionDenied", "AuthFailed", "UserNotFound"] as const).map((reason) => new EtcdError(reason).message));

export class Keys {
  private readonly channel: Channel;
  private client: Client;
  private as: User | undefined;
  private watching: { readonly stop: AbortController; readonly onKeys: (revision: number, keys: readonly string[]) => void } | undefined;

  /** @param hosts a channel to each; called once */
  constructor(hosts: readonly ((options: ChannelOptions) => MemberChannel)[]) {
    this.channel = connectAmong(hosts.map((open) => open(CHANNEL)));
    this.client = new Client(this.channel);
  }

  /** For who reads more than keys; another one after `setUser`. */
  get connection(): Client {
    return this.client;
  }

  get user(): User | undefined {
    return this.as;
  }

  /**
   * Reads and writes as this user from now on; undefined: as nobody. Kept in memory only.
   * @throws CommandError "user-needed" when the cluster does not know this user, "unavailable"
   */
  async setUser(user: User | undefined): Promise<void> {
    if (user !== undefined) await this.answer(new Credentials(user, this.channel).refresh({ timeoutMs: CALL_MS }));
    this.assume(user);
  }

  /** The same without asking the cluster: it may not serve yet. */
  assume(user: User | undefined): void {
    this.client = new Client(user === undefined ? this.channel : new SignedInChannel(this.channel, user));
    this.as = user;
    const { watching } = this;
    if (watching === undefined) return;
    this.unwatch();
    this.watch(watching.onKeys);
  }

  /** @param id hex. @throws CommandError */
  async revokeLease(id: string): Promise<void> {
    await this.answer(this.client.leaseRevoke({ ID: BigInt.asIntN(64, BigInt(`0x${id}`)) }, { timeoutMs: CALL_MS }));
  }

  async list(args: Commands["keys.list"]["args"]): Promise<Commands["keys.list"]["reply"]> {
    const prefix = bytes(args.prefix);
    const start = args.after === "" ? (prefix.length === 0 ? ZERO : prefix) : Buffer.concat([bytes(args.after), ZERO]);
    // with values, because their sizes are told; a page is small
    const response = await this.answer(
      this.client.range({ key: start, rangeEnd: prefixEnd(prefix), limit: args.limit, revision: args.revision }, { timeoutMs: CALL_MS }),
    );
    return { keys: response.kvs.map(summary), more: response.more, count: response.count, revision: response.header?.revision ?? 0 };
  }

  async get(args: Commands["keys.get"]["args"]): Promise<Commands["keys.get"]["reply"]> {
    const response = await this.answer(this.client.range({ key: bytes(args.key), revision: args.revision }, { timeoutMs: CALL_MS }));
    const kv = response.kvs[0];
    const found: KeyDetail | null = kv === undefined ? null : { ...summary(kv), value: text(kv.value) };
    return { found, revision: response.header?.revision ?? 0 };
  }

  async put(args: Commands["keys.put"]["args"]): Promise<Commands["keys.put"]["reply"]> {
    const response = await this.answer(this.client.put({ key: bytes(args.key), value: bytes(args.value) }, { timeoutMs: CALL_MS }));
    return { revision: response.header?.revision ?? 0 };
  }

  async delete(args: Commands["keys.delete"]["args"]): Promise<Commands["keys.delete"]["reply"]> {
    const response = await this.answer(this.client.deleteRange({ key: bytes(args.key) }, { timeoutMs: CALL_MS }));
    return { revision: response.header?.revision ?? 0, deleted: response.deleted };
  }

  /**
   * A key's life as a watch from the past tells it, deletions included. Starts behind the last compaction, whose revision
   * the first, refused, watch names.
   */
  async history(args: Commands["keys.history"]["args"]): Promise<Commands["keys.history"]["reply"]> {
    let compactRevision = 0;
    for (let tries = 0; tries < 3; tries++) {
      const read = await this.answer(this.readHistory(bytes(args.key), compactRevision + 1, args.limit));
      if (read.compacted === 0) return { revisions: read.revisions.reverse(), compactRevision };
      compactRevision = read.compacted;
    }
    throw new CommandError("failed", "the store was compacted faster than its history could be read");
  }

  private async readHistory(key: Buffer, startRevision: number, limit: number): Promise<{ revisions: KeyRevision[]; compacted: number }> {
    const now = await this.client.range({ key, keysOnly: true }, { timeoutMs: CALL_MS });
    const target = now.kvs[0]?.modRevision ?? now.header?.revision ?? 0;
    const last = now.kvs[0]?.modRevision;
    const revisions: KeyRevision[] = [];
    if (startRevision > target) return { revisions, compacted: 0 };
    const stop = new AbortController();
    const deadline = setTimeout(() => stop.abort(), HISTORY_MS);
    let quiet: NodeJS.Timeout | undefined;
    const stream = this.client.watch({ signal: stop.signal });
    try {
      await stream.write(pb.WatchRequest.create({ createRequest: pb.WatchCreateRequest.create({ key, startRevision }) }));
      for await (const response of stream.responses) {
        if (response.compactRevision > 0) return { revisions, compacted: response.compactRevision };
        if (response.canceled) throw new CommandError("failed", response.cancelReason);
        for (const event of response.events) {
          const { kv } = event;
          if (kv === undefined) continue;
          const deleted = event.type === EVENT_DELETE;
          revisions.push({ revision: kv.modRevision, version: deleted ? 0 : kv.version, value: deleted ? "" : text(kv.value), deleted });
        }
        if (revisions.length > limit) revisions.splice(0, revisions.length - limit);
        if (last !== undefined && (revisions.at(-1)?.revision ?? 0) >= last) break;
        // a deleted key does not say where its history ends; silence does
        clearTimeout(quiet);
        quiet = setTimeout(() => stop.abort(), QUIET_MS);
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      clearTimeout(deadline);
      clearTimeout(quiet);
      stream.cancel();
    }
    return { revisions, compacted: 0 };
  }

  /** Some keys under a prefix, for completion. */
  async under(prefix: string, limit: number): Promise<readonly string[]> {
    const start = Buffer.from(prefix);
    const response = await this.client.range(
      { key: start.length === 0 ? ZERO : start, rangeEnd: prefixEnd(start), limit, keysOnly: true, serializable: true },
      { timeoutMs: 500 },
    );
    return response.kvs.map((kv) => kv.key.toString("utf8"));
  }

  /** Follows all keys while somebody looks; goes on after every failure until `unwatch`. */
  watch(onKeys: (revision: number, keys: readonly string[]) => void): void {
    if (this.watching !== undefined) return;
    const stop = new AbortController();
    this.watching = { stop, onKeys };
    void this.follow(stop.signal, onKeys);
  }

  unwatch(): void {
    this.watching?.stop.abort();
    this.watching = undefined;
  }

  close(): void {
    this.unwatch();
    this.channel.close();
  }

  private async follow(signal: AbortSignal, onKeys: (revision: number, keys: readonly string[]) => void): Promise<void> {
    let next = 0;
    while (!signal.aborted) {
      try {
        const stream = this.client.watch({ signal });
        const createRequest = pb.WatchCreateRequest.create({ key: ZERO, rangeEnd: ZERO, startRevision: next });
        await stream.write(pb.WatchRequest.create({ createRequest }));
        for await (const response of stream.responses) {
          const revision = response.header?.revision ?? 0;
          if (response.canceled) {
            // compacted away: what was missed is unknown, so everything may have changed
            next = 0;
            onKeys(revision, []);
            break;
          }
          if (response.created && next === 0) {
            // what changed before this watch stood is unknown; from here on nothing is missed, also over a lost connection
            next = revision + 1;
            onKeys(revision, []);
          }
          if (response.events.length === 0) continue;
          next = revision + 1;
          onKeys(revision, response.events.flatMap((event) => (event.kv === undefined ? [] : [text(event.kv.key)])));
        }
      } catch {
        // no member serves just now; it is tried again
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 500).unref());
    }
  }

  /** A store that nobody serves is told apart from one that says no. */
  private async answer<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof CommandError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof StatusError && WANTS_USER.has(error.message)) throw new CommandError("user-needed", error.message, { cause: error });
      if (error instanceof StatusError && error.code !== Code.Unavailable && error.code !== Code.DeadlineExceeded) throw new CommandError("failed", error.message, { cause: error });
      throw new CommandError("unavailable", `no member answered: ${message}`, { cause: error });
    }
  }
}
