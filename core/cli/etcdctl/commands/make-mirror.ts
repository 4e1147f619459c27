/** make-mirror: copies keys to another cluster and follows their changes (etcd etcdctl make_mirror_command.go, client/v3/mirror). */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { prefixEnd } from "../../../proto/prefix-end.ts";
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import type { FlagSet } from "../../cobra/flags.ts";
import { type Connection, connected, type ConnectionFlags } from "../connection.ts";
import { watchKey } from "../session.ts";
import { bad } from "./arguments.ts";

/** Keys read at once, as etcd's syncer does. */
const BATCH = 1000;
/** How often the number of copied keys is printed, ms. */
const TOTAL_EVERY_MS = 30_000;

/** The flags of the connection to the destination: those for it, and the general ones. */
function destinationFlags(flags: FlagSet, destination: string): ConnectionFlags {
  const own: Readonly<Record<string, string>> = { cert: "dest-cert", key: "dest-key", cacert: "dest-cacert", user: "dest-user", password: "dest-password" };
  return {
    string: (name) => (name.startsWith("discovery-srv") ? "" : flags.string(own[name] ?? name)),
    bool: (name) => (name === "insecure-skip-tls-verify" ? false : flags.bool(name === "insecure-transport" ? "dest-insecure-transport" : name)),
    int: (name) => flags.int(name),
    durationMs: (name) => flags.durationMs(name),
    strings: (name) => (name === "endpoints" ? [destination] : flags.strings(name)),
    changed: (name) => flags.changed(own[name] ?? name),
  };
}

class Mirror {
  total = 0;
  private readonly prefix: Buffer;
  private readonly target: Buffer;

  constructor(
    private readonly flags: FlagSet,
    private readonly source: Connection,
    private readonly destination: Connection,
  ) {
    this.prefix = Buffer.from(flags.string("prefix"));
    const target = flags.string("dest-prefix");
    this.target = flags.bool("no-dest-prefix") ? Buffer.alloc(0) : target === "" ? this.prefix : Buffer.from(target);
  }

  private renamed(key: Buffer): Buffer {
    const at = key.indexOf(this.prefix);
    return at < 0 ? key : Buffer.concat([key.subarray(0, at), this.target, key.subarray(at + this.prefix.length)]);
  }

  private range(): { key: Buffer; rangeEnd: Buffer } {
    return this.prefix.length === 0 ? { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) } : { key: this.prefix, rangeEnd: prefixEnd(this.prefix) };
  }

  /** Copies all there is at one revision. @returns that revision */
  private async copyBase(): Promise<number> {
    const { source, destination } = this;
    const { header } = await source.askLong((options) => source.client.range({ key: this.prefix.length === 0 ? Buffer.from("foo") : this.prefix }, options));
    const revision = header?.revision ?? 0;
    const { rangeEnd } = this.range();
    for (let { key } = this.range(); ; ) {
      const page = await source.askLong((options) =>
        source.client.range({ key, rangeEnd, limit: BATCH, revision, sortOrder: pb.RangeRequest_SortOrder.ASCEND, sortTarget: pb.RangeRequest_SortTarget.KEY }, options),
      );
      for (const pair of page.kvs) {
        await destination.askLong((options) => destination.client.put({ key: this.renamed(pair.key), value: pair.value }, options));
        this.total++;
      }
      const last = page.kvs[page.kvs.length - 1];
      if (!page.more || last === undefined) return revision;
      key = Buffer.concat([last.key, Buffer.from([0])]);
    }
  }

  private async commit(ops: pb.RequestOp[]): Promise<void> {
    if (ops.length === 0) return;
    const success = ops.splice(0);
    await this.destination.askLong((options) => this.destination.client.txn({ success }, options));
  }

  /** Every change after `revision`: those of one revision together, in transactions of at most --max-txn-ops. */
  private async follow(revision: number): Promise<void> {
    const { key, rangeEnd } = this.range();
    const max = Math.max(1, this.flags.int("max-txn-ops"));
    for await (const response of watchKey(this.source.client, key, revision + 1, this.source.lasting(), rangeEnd)) {
      const ops: pb.RequestOp[] = [];
      let last = 0;
      for (const { type, kv } of response.events) {
        if (kv === undefined) continue;
        if ((last !== 0 && kv.modRevision > last) || ops.length >= max) await this.commit(ops);
        last = kv.modRevision;
        const renamed = this.renamed(kv.key);
        ops.push(
          pb.RequestOp.create(type === 1 ? { requestDeleteRange: pb.DeleteRangeRequest.create({ key: renamed }) } : { requestPut: pb.PutRequest.create({ key: renamed, value: kv.value }) }),
        );
        this.total++;
      }
      await this.commit(ops);
    }
  }

  async run(): Promise<void> {
    const start = Math.max(0, this.flags.int("rev") - 1);
    await this.follow(start === 0 ? await this.copyBase() : start);
  }
}

export const makeMirrorCommand: Command = {
  use: "make-mirror [options] <destination>",
  short: "Makes a mirror at the destination etcd cluster",
  long: "Copies the keys under --prefix to another cluster, then follows every change until it is interrupted. The number of copied keys is printed every 30 seconds.",
  flags: [
    { name: "prefix", kind: "string", default: "", usage: "Key-value prefix to mirror" },
    { name: "rev", kind: "int", default: "0", usage: "Specify the kv revision to start to mirror" },
    { name: "max-txn-ops", kind: "uint", default: "128", usage: "Maximum number of operations permitted in a transaction during syncing updates." },
    { name: "dest-prefix", kind: "string", default: "", usage: "destination prefix to mirror a prefix to a different prefix in the destination cluster" },
    { name: "no-dest-prefix", kind: "bool", default: "false", usage: "mirror key-values to the root of the destination cluster" },
    { name: "dest-cert", kind: "string", default: "", usage: "Identify secure client using this TLS certificate file for the destination cluster" },
    { name: "dest-key", kind: "string", default: "", usage: "Identify secure client using this TLS key file" },
    { name: "dest-cacert", kind: "string", default: "", usage: "Verify certificates of TLS enabled secure servers using this CA bundle" },
    { name: "dest-insecure-transport", kind: "bool", default: "true", usage: "Disable transport security for client connections" },
    { name: "dest-user", kind: "string", default: "", usage: "Destination username[:password] for authentication (prompt if password is not supplied)" },
    { name: "dest-password", kind: "string", default: "", usage: "Destination password for authentication (if this option is used, --user option shouldn't include password)" },
  ],
  run(flags, io) {
    const [destination, ...more] = flags.args;
    if (destination === undefined || more.length > 0) throw bad("make-mirror takes one destination argument");
    if (flags.bool("no-dest-prefix") && flags.string("dest-prefix") !== "") throw bad("`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one");
    return connected(flags, io, (source) =>
      source.beside(destinationFlags(flags, destination), "Destination Password: ", async (other) => {
        const mirror = new Mirror(flags, source, other);
        const timer = setInterval(() => io.stdout.write(`${mirror.total}\n`), TOTAL_EVERY_MS);
        try {
          await mirror.run();
        } finally {
          clearInterval(timer);
        }
        throw new ExitError(Exit.Error, "<nil>");
      }),
    );
  },
};
