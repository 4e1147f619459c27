/**
 * The first members of a cluster from a service with the v2 API (server/etcdserver/api/v2discovery). Under the URL's path, say
 * /v2/keys/TOKEN, stands `_config/size`; each member creates a key of its id there with `name=url` and waits until there
 * are as many as the size says. Who came first, by created index, is in.
 */
import { posix } from "node:path";
import type { AddressBook } from "../../platform/address-book.ts";
import type { Clock } from "../../platform/clock.ts";
import { InitialClusterError, parseInitialCluster } from "../../membership/initial-cluster.ts";
import { formatId } from "../../membership/member.ts";
import type { ZapLog } from "./log.ts";
import { NODE_EXISTS, printEndpoint, V2KeyError, V2KeysClient, type V2Node, V2NotEtcd, V2Unreachable } from "./v2-keys-client.ts";
import { printDuration } from "./values.ts";

export interface V2DiscoveryPlan {
  /** `--discovery` */
  readonly url: string;
  /** `--discovery-proxy`; "": none */
  readonly proxy: string;
}

/** What the service says that ends it, in etcd's words. */
class V2DiscoveryRefused extends Error {
  override readonly name = "V2DiscoveryRefused";
  constructor(
    readonly code: "discovery.invalid_url" | "discovery.size_bad" | "discovery.bad_endpoint" | "discovery.duplicate_id" | "discovery.duplicate_name" | "discovery.full" | "discovery.proxy",
    text: string,
    options?: ErrorOptions,
  ) {
    super(text, options);
  }
}

/** seconds between two attempts: 2, 4, 8, ... up to this power of two */
const backoffPowerMax = 8;
const SIZE_MAX = 2n ** 64n - 1n;

interface Seen {
  readonly nodes: readonly V2Node[];
  readonly size: bigint;
  /** of the store, when it was looked at */
  readonly index: number;
}

export class V2Discovery {
  private readonly endpoint: URL;
  /** the URL's path, under which the members meet */
  private readonly token: string;
  private readonly keys: V2KeysClient;
  private retries = 0;

  /** @throws V2DiscoveryRefused the proxy's address is none */
  constructor(
    plan: V2DiscoveryPlan,
    addressBook: AddressBook,
    private readonly clock: Clock,
    private readonly log: ZapLog,
    /** aborted when the member is stopped while it waits */
    private readonly stop: AbortSignal,
  ) {
    if (!URL.canParse(plan.url)) throw new V2DiscoveryRefused("discovery.invalid_url", `parse ${JSON.stringify(plan.url)}: invalid URI for request`);
    this.endpoint = new URL(plan.url);
    this.token = decodeURIComponent(this.endpoint.pathname);
    this.endpoint.pathname = "";
    this.keys = new V2KeysClient({ endpoint: this.endpoint, proxy: proxyOf(plan.proxy, log), addressBook, stop });
  }

  /**
   * @param self `name=url,...`
   * @returns the members in the form of `--initial-cluster`
   * @throws V2DiscoveryRefused, V2KeyError, V2Unreachable while the member itself is written down
   */
  async join(id: bigint, self: string): Promise<string> {
    const own = posix.join("/", this.token, formatId(id));
    // a full cluster is not registered with at all
    await this.look(own);
    await this.register(own, self);
    const seen = await this.look(own);
    return clusterOf(await this.gather(own, seen), seen.size);
  }

  private get fields(): { readonly "discovery-url": string } {
    return { "discovery-url": printEndpoint(this.endpoint) };
  }

  private async register(own: string, self: string): Promise<void> {
    try {
      const { node } = await this.keys.create(own, self);
      // the service that was written to shall know of it
      await this.keys.next(own, node.createdIndex - 1, false);
    } catch (error) {
      if (error instanceof V2KeyError && error.code === NODE_EXISTS) throw new V2DiscoveryRefused("discovery.duplicate_id", "discovery: found duplicate id", { cause: error });
      throw error;
    }
  }

  /** How many there shall be and who is there. @throws V2DiscoveryRefused */
  private async look(own: string): Promise<Seen> {
    const config = posix.join("/", this.token, "_config");
    for (;;) {
      let path = posix.join(config, "size");
      try {
        const size = sizeOf((await this.keys.get(path).catch(badEndpoint)).node.value);
        path = this.token;
        const { node, index } = await this.keys.get(path);
        const nodes = node.nodes.filter(({ key }) => posix.basename(key) !== "_config").sort((a, b) => a.createdIndex - b.createdIndex);
        const place = nodes.findIndex(({ key }) => posix.basename(key) === posix.basename(own));
        if (place < 0 ? BigInt(nodes.length) >= size && size > 0n : size > 0n && BigInt(place) >= size) throw new V2DiscoveryRefused("discovery.full", "discovery: cluster is full");
        return { nodes, size, index };
      } catch (error) {
        if (!(error instanceof V2Unreachable)) throw error;
        this.log.warn("failed to get from discovery server", { ...this.fields, path, error: error.message, "err-detail": error.detail });
        await this.backOff("cluster status check");
      }
    }
  }

  /** Waits until there are enough. */
  private async gather(own: string, first: Seen): Promise<readonly V2Node[]> {
    let { nodes, size, index } = first;
    for (;;) {
      const all = nodes.slice(0, Number(size));
      for (const { key } of all) {
        const name = posix.basename(key);
        if (name === posix.basename(own)) this.log.info("found self from discovery server", { ...this.fields, self: name });
        else this.log.info("found peer from discovery server", { ...this.fields, peer: name });
      }
      try {
        while (BigInt(all.length) < size) {
          this.log.info("found peers from discovery server; waiting for more", { ...this.fields, "found-peers": all.length, "needed-peers": Number(size) - all.length });
          const { node } = await this.keys.next(this.token, index, true);
          index = node.modifiedIndex;
          this.log.info("found peer from discovery server", { ...this.fields, peer: posix.basename(node.key) });
          all.push(node);
        }
        this.log.info("found all needed peers from discovery server", { ...this.fields, "found-peers": all.length });
        return all;
      } catch (error) {
        if (!(error instanceof V2Unreachable)) throw error;
        this.log.warn("error while waiting for peers", { ...this.fields, error: error.message, "err-detail": error.detail });
        await this.backOff("waiting for other nodes");
        ({ nodes, size, index } = await this.look(own));
      }
    }
  }

  private async backOff(reason: string): Promise<void> {
    this.retries++;
    const ms = 2 ** Math.min(this.retries, backoffPowerMax) * 1000;
    this.log.info("retry connecting to discovery service", { url: printEndpoint(this.endpoint), reason, backoff: printDuration(ms) });
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.stop.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.clock.after(ms, done);
      this.stop.addEventListener("abort", done, { once: true });
    });
    if (this.stop.aborted) throw new Error("stopped while waiting for the discovery service");
  }
}

/** Go's ParseUint. @throws V2DiscoveryRefused */
function sizeOf(text: string): bigint {
  const size = /^\d+$/.test(text) ? BigInt(text) : undefined;
  if (size === undefined || size > SIZE_MAX) throw new V2DiscoveryRefused("discovery.size_bad", "discovery: size key is bad");
  return size;
}

function badEndpoint(error: unknown): never {
  if (error instanceof V2NotEtcd) throw new V2DiscoveryRefused("discovery.bad_endpoint", "discovery: bad discovery endpoint", { cause: error });
  throw error;
}

/** @throws V2DiscoveryRefused */
function clusterOf(nodes: readonly V2Node[], size: bigint): string {
  const cluster = nodes.map(({ value }) => value).join(",");
  let names: number;
  try {
    names = parseInitialCluster(cluster).size;
  } catch (error) {
    if (error instanceof InitialClusterError) throw new V2DiscoveryRefused("discovery.invalid_url", "discovery: invalid URL", { cause: error });
    throw error;
  }
  if (BigInt(names) !== size) throw new V2DiscoveryRefused("discovery.duplicate_name", "discovery: found duplicate name");
  return cluster;
}

/** "host:port" is meant as http. @throws V2DiscoveryRefused */
function proxyOf(text: string, log: ZapLog): URL | undefined {
  if (text === "") return undefined;
  const written = /^https?:/i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(written)) throw new V2DiscoveryRefused("discovery.proxy", `invalid proxy address ${JSON.stringify(text)}: parse ${JSON.stringify(text)}: invalid URI for request`);
  log.info("running proxy with discovery", { "proxy-url": written });
  return new URL(written);
}
