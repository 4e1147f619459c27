/**
 * First start of a member: who the members are, and which of them it is itself (server/etcdserver/bootstrap.go,
 * cluster_util.go, server/config/config.go). A new cluster follows from the command line or from a discovery service; an
 * existing one is asked.
 */
import { computeClusterId } from "../membership/ids.ts";
import { bootstrapMembers, InitialClusterError, parseInitialCluster, printInitialCluster } from "../membership/initial-cluster.ts";
import { type Member, formatMember, parseId } from "../membership/member.ts";
import { hex } from "./log.ts";
import { type MemberOptions, MIN_CLUSTER_VERSION, SERVER_VERSION, requestTimeoutMs } from "./options.ts";
import type { PeerCalls } from "./peer-calls.ts";
import { type Remote, RemoteError } from "./remote.ts";
import { clusterVersionOf, compareVersions, parseVersion, printVersion } from "./semver.ts";
import { decodeMembers } from "./members-json.ts";
import { RESOLVE_DEADLINE_MS, type UrlMatchParts, urlMismatch } from "./url-match.ts";

/** A cluster that this member cannot begin or join; etcd's words. */
export class BootstrapError extends Error {
  override readonly name: string = "BootstrapError";
  readonly code = "server.bootstrap";
}

/** The discovery service did not name the members. */
class DiscoveryError extends BootstrapError {
  override readonly name = "DiscoveryError";
  constructor(cause: Error) {
    super(`failed to join discovery cluster (${cause.message})`, { cause });
  }
}

/**
 * Registers a member with a discovery service and waits for the others. What it throws is told as the reason.
 * @param self `name=url,...` of this member
 * @returns all members, in the form of `--initial-cluster`
 */
export type Discover = (id: bigint, self: string) => Promise<string>;

export interface FirstMembers {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly members: readonly Member[];
  /** members of a running cluster that is joined: reached by URL until the log names them */
  readonly remotes: readonly Member[];
  /** a new cluster: its first entries name the members */
  readonly isNew: boolean;
}

export interface JoiningParts extends UrlMatchParts {
  readonly options: MemberOptions;
  readonly remote: Remote;
  readonly calls: PeerCalls;
  /** undefined: the command line names the members */
  readonly discover: Discover | undefined;
}

/** for each URL of a running cluster */
const askTimeoutMs = 10_000;
/** for each URL of a cluster that is only beginning (etcd: BootstrapTimeoutEffective) */
const bootstrapTimeoutMs = 1000;

/** @throws BootstrapError */
export async function firstMembers(parts: JoiningParts): Promise<FirstMembers> {
  const { options } = parts;
  const own = options.initialCluster.get(options.name);
  if (own === undefined) throw new BootstrapError(`couldn't find local name ${JSON.stringify(options.name)} in the initial cluster configuration`);
  if (options.newCluster) await checkAdvertised(parts, own);
  refuseDuplicates("initial", options.initialCluster);
  return options.newCluster ? newCluster(parts) : existingCluster(parts);
}

async function newCluster(parts: JoiningParts): Promise<FirstMembers> {
  const { options, log, discover } = parts;
  let members: readonly Member[] = membersOf(options.initialCluster, options.initialClusterToken);
  const { id: memberId } = members.find(({ name }) => name === options.name)!;
  // a peer that already knows this member's client URLs has seen it run: its data is lost, and it must not begin anew
  const running = await askMembers(parts, otherUrls(members, options.name), bootstrapTimeoutMs, false);
  if (!(running instanceof Error) && running.members.some(({ id, clientUrls }) => id === memberId && clientUrls.length > 0)) {
    throw new BootstrapError(`member ${hex(memberId)} has already been bootstrapped`);
  }
  if (discover !== undefined) members = await discovered(parts, discover, memberId);
  const clusterId = computeClusterId(members.map(({ id }) => id));
  log.info("starting local member", { "local-member-id": hex(memberId), "cluster-id": hex(clusterId) });
  return { memberId, clusterId, members, remotes: [], isNew: true };
}

async function discovered({ options }: JoiningParts, discover: Discover, self: bigint): Promise<readonly Member[]> {
  let text: string;
  try {
    text = await discover(self, printInitialCluster(options.initialCluster));
  } catch (error) {
    throw new DiscoveryError(error as Error);
  }
  const named = parseInitialCluster(text);
  refuseDuplicates("discovery", named);
  const members = membersOf(named, options.initialClusterToken);
  // etcd would go on and fail later, without a member of its own
  if (!members.some(({ id }) => id === self)) throw new BootstrapError(`discovery cluster ${printInitialCluster(named)} does not name member ${hex(self)}`);
  return members;
}

async function existingCluster(parts: JoiningParts): Promise<FirstMembers> {
  const { options, log } = parts;
  const wanted = membersOf(options.initialCluster, options.initialClusterToken);
  const running = await askMembers(parts, otherUrls(wanted, options.name), askTimeoutMs, true);
  if (running instanceof Error) throw new BootstrapError(`cannot fetch cluster info from peer urls: ${running.message}`, { cause: running });
  const members = await matchMembers(parts, wanted, running);
  const self = members.find(({ name }) => name === options.name)!;
  await checkCompatible(parts, members.filter(({ id }) => id !== self.id));
  checkLearners(options, running.members);
  log.info("starting local member", { "local-member-id": hex(self.id), "cluster-id": hex(running.clusterId) });
  return { memberId: self.id, clusterId: running.clusterId, members, remotes: running.members.filter(({ id }) => id !== self.id), isNew: false };
}

/** More learners than this member is told to allow. @throws BootstrapError */
export function checkLearners({ maxLearners }: MemberOptions, members: readonly Member[]): void {
  const count = members.filter(({ isLearner }) => isLearner).length;
  if (count > maxLearners) throw new BootstrapError("membership: too many learner members in cluster");
}

function membersOf(cluster: ReadonlyMap<string, readonly string[]>, token: string): Member[] {
  try {
    return bootstrapMembers(cluster, token);
  } catch (error) {
    if (error instanceof InitialClusterError) throw new BootstrapError(error.message, { cause: error });
    throw error;
  }
}

function refuseDuplicates(which: "initial" | "discovery", cluster: ReadonlyMap<string, readonly string[]>): void {
  const all = [...cluster.values()].flat();
  if (new Set(all).size < all.length) throw new BootstrapError(`${which} cluster ${printInitialCluster(cluster)} has duplicate url`);
}

/** `--initial-cluster` and `--initial-advertise-peer-urls` must say the same of this member. */
async function checkAdvertised(parts: JoiningParts, own: readonly string[]): Promise<void> {
  const { options, clock } = parts;
  const reason = await urlMismatch(options.advertisePeerUrls, own, parts, clock.monotonic() + RESOLVE_DEADLINE_MS);
  if (reason === undefined) return;
  const advertised = options.advertisePeerUrls;
  const notAdvertised = own.filter((url) => !advertised.includes(url)).map((url) => `${options.name}=${url}`);
  if (notAdvertised.length > 0) {
    throw new BootstrapError(`--initial-cluster has ${notAdvertised.join(",")} but missing from --initial-advertise-peer-urls=${[...advertised].sort().join(",")} (${reason})`);
  }
  const missing = advertised.filter((url) => !own.includes(url));
  // the list behind "missing from" is what was advertised: so etcd prints it
  const printed = printInitialCluster(new Map([[options.name, advertised]]));
  if (missing.length > 0) throw new BootstrapError(`--initial-advertise-peer-urls has ${missing.join(",")} but missing from --initial-cluster=${printed}`);
  throw new BootstrapError(`failed to resolve ${[...advertised].sort().join(",")} to match --initial-cluster=${printed} (${reason})`);
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
      return { clusterId, members: members.sort((a, b) => (a.id < b.id ? -1 : 1)) };
    } catch (error) {
      if (tell) log.warn("failed to get cluster response", { address: `${url}/members`, error: (error as Error).message });
    }
  }
  return new BootstrapError("could not retrieve cluster information from the given URLs");
}

/** The members of the command line with the ids of the running cluster. */
async function matchMembers(parts: JoiningParts, wanted: readonly Member[], running: RunningCluster): Promise<Member[]> {
  const refuse = (text: string): BootstrapError => new BootstrapError(`error validating peerURLs ${printRunning(running)}: ${text}`);
  if (wanted.length !== running.members.length) throw refuse("member count is unequal");
  const until = parts.clock.monotonic() + RESOLVE_DEADLINE_MS;
  const ids = new Map<Member, Member>();
  for (const member of running.members) {
    let reason: string | undefined = "";
    for (const candidate of wanted) {
      reason = await urlMismatch(member.peerUrls, candidate.peerUrls, parts, until);
      if (reason !== undefined) continue;
      ids.set(candidate, member);
      break;
    }
    if (reason !== undefined) throw refuse(`PeerURLs: no match found for existing member (${hex(member.id)}, [${member.peerUrls.join(" ")}]), last resolver error (${reason})`);
  }
  return [...ids].map(([candidate, { id, isLearner }]) => ({ ...candidate, id, isLearner }));
}

/** At least one member must be known to run in a cluster version that this program can be part of, and none in another. */
async function checkCompatible({ options, calls, log }: JoiningParts, others: readonly Member[]): Promise<void> {
  const timeoutMs = requestTimeoutMs(options);
  const known: { readonly id: string; readonly text: string }[] = [];
  for (const peer of others) {
    const versions = await calls.versions(peer, timeoutMs);
    if (versions !== undefined) known.push({ id: hex(peer.id), text: versions.cluster });
  }
  const own = clusterVersionOf(parseVersion(SERVER_VERSION)!);
  const downgrading = await calls.downgradeEnabled(others, timeoutMs);
  const highest = downgrading ? { ...own, minor: own.minor + 1 } : own;
  const lowest = downgrading ? highest : parseVersion(MIN_CLUSTER_VERSION)!;
  let compatible = false;
  for (const { id, text } of known) {
    const fields = { "remote-member-id": id, "remote-member-cluster-version": text };
    const cluster = parseVersion(text);
    if (cluster === undefined) {
      log.warn("failed to parse cluster version of remote member", { ...fields, error: `${text} is not in dotted-tri format` });
      continue;
    }
    if (compareVersions(cluster, lowest) < 0) {
      log.warn("cluster version of remote member is not compatible; too low", { ...fields, "minimum-cluster-version-supported": printVersion(lowest) });
      throw new BootstrapError("incompatible with current running cluster");
    }
    if (compareVersions(highest, cluster) < 0) {
      log.warn("cluster version of remote member is not compatible; too high", { ...fields, "maximum-cluster-version-supported": printVersion(highest) });
      throw new BootstrapError("incompatible with current running cluster");
    }
    compatible = true;
  }
  if (!compatible) throw new BootstrapError("incompatible with current running cluster");
}

/** As Go prints a cluster. */
function printRunning({ clusterId, members }: RunningCluster): string {
  return `{ClusterID:${hex(clusterId)} Members:[${members.map((member) => `&${formatMember(member)}`).join(" ")}] RemovedMemberIDs:[]}`;
}
