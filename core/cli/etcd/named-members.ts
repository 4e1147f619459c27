/**
 * Who the first members are, before a member starts for the first time (server/embed/config.go: PeerURLsMapAndToken): as
 * the command line says, as DNS says, or, with a discovery service, only this member itself until it has registered there.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Client, connectAll } from "../../client/index.ts";
import type { AddressBook } from "../../platform/address-book.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { type Discover, BootstrapError } from "../../server/joining.ts";
import type { MemberOptions } from "../../server/options.ts";
import { TlsDialer } from "../../tls/tls-dial.ts";
import type { ZapLog } from "./log.ts";
import type { Settings } from "./settings.ts";
import { type SrvResolver, SrvError, clusterFromSrv } from "./srv-discovery.ts";
import { V2Discovery } from "./v2-discovery.ts";
import { V3Discovery } from "./v3-discovery.ts";
import { ValueError, parseInitialCluster } from "./values.ts";

/** A log stands there: who the members are is in it. */
function isInitialized({ dataDir, walDir }: MemberOptions): boolean {
  try {
    return readdirSync(walDir ?? join(dataDir, "member", "wal")).some((name) => name.endsWith(".wal"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** @returns empty for a member that has been here before. @throws BootstrapError */
export async function namedMembers({ member, initialCluster, discovery }: Settings, resolver: SrvResolver, log: ZapLog): Promise<ReadonlyMap<string, readonly string[]>> {
  if (isInitialized(member)) return new Map();
  if (discovery?.kind === "v2" || discovery?.kind === "v3") return new Map([[member.name, member.advertisePeerUrls]]);
  try {
    if (discovery === undefined) return parseInitialCluster(initialCluster);
    const question = { domain: discovery.domain, serviceName: discovery.serviceName, name: member.name, advertisePeerUrls: member.advertisePeerUrls };
    const named = parseInitialCluster((await clusterFromSrv(question, resolver, log)).join(","));
    if (!named.has(member.name)) throw new SrvError(`cannot find local etcd member ${JSON.stringify(member.name)} in SRV records`);
    return named;
  } catch (error) {
    if (!(error instanceof SrvError) && !(error instanceof ValueError)) throw error;
    throw new BootstrapError(`error setting up initial cluster: ${error.message}`, { cause: error });
  }
}

/** Asks the discovery service of the settings; undefined where there is none. */
export function discoverWith({ discovery }: Settings, addressBook: AddressBook, log: ZapLog, stop: AbortSignal): Discover | undefined {
  if (discovery?.kind === "v2") {
    return (id, self) => {
      log.warn("V2 discovery is deprecated!");
      return new V2Discovery(discovery.plan, addressBook, nodeClock, log, stop).join(id, self);
    };
  }
  if (discovery?.kind !== "v3") return undefined;
  return async (id, self) => {
    log.info("Bootstrapping cluster using v3 discovery.");
    const { plan, tls, dialTimeoutMs, keepaliveTimeMs, keepaliveTimeoutMs } = discovery;
    const client = new Client(connectAll(plan.endpoints, { addressBook, dialTimeoutMs, keepaliveTimeMs, keepaliveTimeoutMs, ...(tls === undefined ? {} : { tls: new TlsDialer(tls, ["h2"]) }) }));
    try {
      return await new V3Discovery(plan, client, nodeClock, log, stop).join(id, self);
    } finally {
      client.close();
    }
  };
}
