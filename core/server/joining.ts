/**
 * First start of a member: who the members are, and which of them it is itself (server/etcdserver/bootstrap.go,
 * cluster_util.go, server/config/config.go). A new cluster follows from the command line; an existing one is asked.
 */
import { computeClusterId } from "../membership/ids.ts";
import { bootstrapMembers } from "../membership/initial-cluster.ts";
import { type Member, parseId } from "../membership/member.ts";
import type { AddressBook } from "../platform/address-book.ts";
import { type Log, hex } from "./log.ts";
import { type MemberOptions, MIN_CLUSTER_VERSION, SERVER_VERSION, requestTimeoutMs } from "./options.ts";
import type { PeerCalls } from "./peer-calls.ts";
import { type Remote, RemoteError } from "./remote.ts";
import { compareVersions, parseVersion } from "./semver.ts";
import { decodeMembers } from "./members-json.ts";
import { urlsMatch } from "./url-match.ts";

/** A cluster that this member cannot begin or join; etcd's words. */
export class BootstrapError extends Error {
  override readonly name = "BootstrapError";
  readonly code = "server.bootstrap";
}

export interface FirstMembers {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly members: readonly Member[];
  /** members of a running cluster that is joined: reached by URL until the log names them */
  readonly remotes: readonly Member[];
  /** a new cluster: its first entries name the members */
  readonly isNew: boolean;
}

export interface JoiningParts {
  readonly options: MemberOptions;
  readonly addressBook: AddressBook;
  readonly remote: Remote;
  readonly calls: PeerCalls;
  readonly log: Log;
}

/** for each URL of a running cluster */
const askTimeoutMs = 10_000;
/** for each URL of a cluster that is only beginning, as a rule (etcd: BootstrapTimeoutEffective) */
const bootstrapTimeoutMs = 1000;

/** @throws BootstrapError */
export async function firstMembers(parts: JoiningParts): Promise<FirstMembers> {
  const { options } = parts;
  const own = options.initialCluster.get(options.name);
  if (own === undefined) throw new BootstrapError(`couldn't find local name ${JSON.stringify(options.name)} in the initial cluster configuration`);
  const all = [...options.initialCluster.values()].flat();
  if (options.newCluster) await checkAdvertised(parts, own);
  if (new Set(all).size < all.length) throw new BootstrapError(`initial cluster ${printCluster(options.initialCluster)} has duplicate url`);
  return options.newCluster ? newCluster(parts) : existingCluster(parts);
}

async function newCluster(parts: JoiningParts): Promise<FirstMembers> {
  const { options, log } = parts;
  const members = bootstrapMembers(options.initialCluster, options.initialClusterToken);
  const self = members.find(({ name }) => name === options.name)!;
  // a peer that already knows this member's client URLs has seen it run: its data is lost, and it must not begin anew
  const running = await askMembers(parts, otherUrls(members, options.name), bootstrapTimeoutMs, false);
  if (!(running instanceof Error) && running.members.some(({ id, clientUrls }) => id === self.id && clientUrls.length > 0)) {
    throw new BootstrapError(`member ${hex(self.id)} has already been bootstrapped`);
  }
  const clusterId = computeClusterId(members.map(({ id }) => id));
  log.info("starting local member", { "local-member-id": hex(self.id), "cluster-id": hex(clusterId) });
  return { memberId: self.id, clusterId, members, remotes: [], isNew: true };
}

async function existingCluster(parts: JoiningParts): Promise<FirstMembers> {
  const { options, log } = parts;
  const wanted = bootstrapMembers(options.initialCluster, options.initialClusterToken);
  const running = await askMembers(parts, otherUrls(wanted, options.name), askTimeoutMs, true);
  if (running instanceof Error) throw new BootstrapError(`cannot fetch cluster info from peer urls: ${running.message}`, { cause: running });
  const members = await matchMembers(parts, wanted, running.members);
  const self = members.find(({ name }) => name === options.name)!;
  await checkCompatible(parts, members.filter(({ id }) => id !== self.id));
  log.info("starting local member", { "local-member-id": hex(self.id), "cluster-id": hex(running.clusterId) });
  return { memberId: self.id, clusterId: running.clusterId, members, remotes: running.members.filter(({ id }) => id !== self.id), isNew: false };
}

/** `--initial-cluster` and `--initial-advertise-peer-urls` must say the same of this member. */
async function checkAdvertised({ options, addressBook }: JoiningParts, own: readonly string[]): Promise<void> {
  let reason = "";
  try {
    if (await urlsMatch(options.advertisePeerUrls, own, addressBook)) return;
  } catch (error) {
    reason = ` (${(error as Error).message})`;
  }
  const advertised = options.advertisePeerUrls;
  const notAdvertised = own.filter((url) => !advertised.includes(url)).map((url) => `${options.name}=${url}`);
  if (notAdvertised.length > 0) {
    throw new BootstrapError(`--initial-cluster has ${notAdvertised.join(",")} but missing from --initial-advertise-peer-urls=${advertised.join(",")}${reason}`);
  }
  const missing = advertised.filter((url) => !own.includes(url));
  throw new BootstrapError(`--initial-advertise-peer-urls has ${missing.join(",")} but missing from --initial-cluster=${own.map((url) => `${options.name}=${url}`).join(",")}`);
}

function otherUrls(members: readonly Member[], name: string): string[] {
  return members
    .filter((member) => member.name !== name)
    .flatMap(({ peerUrls }) => peerUrls)
    .sort();
}

interface RunningCluster {
  readonly clusterId: bigint;
  readonly members: readonly Member[];
}

/** Members as the first URL that answers knows them. */
async function askMembers({ remote, log }: JoiningParts, urls: readonly string[], timeoutMs: number, tell: boolean): Promise<RunningCluster | Error> {
  for (const url of urls) {
    try {
      const { status, headers, body } = await remote.fetch(url, "/members", { timeoutMs });
      if (status !== 200) throw new RemoteError(`status ${status}`);
      const members = decodeMembers(body);
      const clusterId = parseId(String(headers["x-etcd-cluster-id"] ?? ""));
      if (members.length === 0) return new BootstrapError("failed to get raft cluster member(s) from the given URLs");
      return { clusterId, members };
    } catch (error) {
      if (tell) log.warn("failed to get cluster response", { address: `${url}/members`, error: (error as Error).message });
    }
  }
  return new BootstrapError("could not retrieve cluster information from the given URLs");
}

/** The members of the command line with the ids of the running cluster. */
async function matchMembers(parts: JoiningParts, wanted: readonly Member[], running: readonly Member[]): Promise<Member[]> {
  const refuse = (text: string): BootstrapError => new BootstrapError(`error validating peerURLs {Members:[${running.map(printMember).join(" ")}]}: ${text}`);
  if (wanted.length !== running.length) throw refuse("member count is unequal");
  const matched: Member[] = [];
  for (const member of running) {
    let found: Member | undefined;
    let last = "";
    for (const candidate of wanted) {
      try {
        if (await urlsMatch(member.peerUrls, candidate.peerUrls, parts.addressBook)) found = candidate;
      } catch (error) {
        last = (error as Error).message;
      }
      if (found !== undefined) break;
    }
    if (found === undefined) throw refuse(`PeerURLs: no match found for existing member (${hex(member.id)}, [${member.peerUrls.join(" ")}]), last resolver error (${last || "<nil>"})`);
    matched.push({ ...found, id: member.id, isLearner: member.isLearner });
  }
  return matched;
}

/** At least one member must be known to run in a cluster version that this program can be part of, and none in another. */
async function checkCompatible({ options, calls, log }: JoiningParts, others: readonly Member[]): Promise<void> {
  const timeoutMs = requestTimeoutMs(options);
  const own = parseVersion(SERVER_VERSION)!;
  const downgrading = await calls.downgradeEnabled(others, timeoutMs);
  const highest = { major: own.major, minor: own.minor + (downgrading ? 1 : 0), patch: 0 };
  const lowest = downgrading ? highest : parseVersion(MIN_CLUSTER_VERSION)!;
  let known = false;
  for (const peer of others) {
    const cluster = parseVersion((await calls.versions(peer, timeoutMs))?.cluster);
    if (cluster === undefined) continue;
    if (compareVersions(cluster, lowest) < 0 || compareVersions(cluster, highest) > 0) {
      const side = compareVersions(cluster, lowest) < 0 ? "low" : "high";
      log.warn(`cluster version of remote member is not compatible; too ${side}`, { "remote-member-id": hex(peer.id) });
      throw new BootstrapError("incompatible with current running cluster");
    }
    known = true;
  }
  if (!known) throw new BootstrapError("incompatible with current running cluster");
}

function printMember(member: Member): string {
  return `{ID:${hex(member.id)} PeerURLs:[${member.peerUrls.join(" ")}] Name:${member.name}}`;
}

/** `--initial-cluster` again, sorted by name. */
export function printCluster(cluster: ReadonlyMap<string, readonly string[]>): string {
  return [...cluster]
    .flatMap(([name, urls]) => urls.map((url) => `${name}=${url}`))
    .sort()
    .join(",");
}
