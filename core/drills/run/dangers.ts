/**
 * Dangerous acts, told from what really happened: two looks at the lab, one after the other, and the rules that compare them. Pure.
 * A rule says what was seen; it never reads what was typed.
 */
import type { DangerName } from "../format/drill.ts";

/** One host at one moment. */
export interface HostSight {
  readonly host: string;
  readonly running: boolean;
  readonly pid: number | undefined;
  /** hex; "" until known */
  readonly member: string;
  readonly cluster: string;
  readonly flags: ReadonlyMap<string, string>;
  /** the data folder of its service holds a database */
  readonly hasData: boolean;
  /** paths of all databases of members that lie anywhere on it */
  readonly databases: readonly string[];
}

/** The lab at one moment. */
export interface Sight {
  readonly at: number;
  readonly hosts: readonly HostSight[];
  /** members as the cluster that serves has them (hex ids); undefined where nobody could be asked */
  readonly voters: readonly string[] | undefined;
  /** a digest by "m1:/root/backup.db" of the files that must stay; undefined: it is gone */
  readonly kept: ReadonlyMap<string, string | undefined>;
}

export interface Danger {
  readonly name: DangerName;
  readonly at: number;
  readonly host: string;
  /** what was seen */
  readonly text: string;
}

/** What each act costs at work, for the debrief. */
export const DANGER_WORDS: Readonly<Record<DangerName, string>> = {
  "force-new-cluster-with-quorum": "--force-new-cluster throws all other members out without asking them. With a healthy quorum it makes a second cluster out of one, and both go on writing.",
  "force-new-cluster-twice": "--force-new-cluster on more than one member makes as many clusters as members, each with its own history.",
  "second-cluster": "A member that was restored or bootstrapped alone has another cluster id than its neighbours. Clients that reach both see two truths.",
  "quorum-lost": "With fewer than a majority of the voters running nothing can be written, and nothing can be changed about the membership either.",
  "last-data-deleted": "No copy of the database was left on any host. Move a data folder away; delete it when the cluster is whole again.",
  "running-data-deleted": "A data folder was deleted under a running member: what it acknowledges from then on lies in files that have no name any more.",
  "healthy-member-removed": "A healthy member was removed while another one was down: the quorum is now one failure nearer to its end. Remove the dead one.",
  "backup-overwritten": "The only backup was changed or deleted. Write new snapshots under new names.",
  "unsafe-no-fsync": "--unsafe-no-fsync acknowledges what is not on any disk. A power cut then loses what clients were promised.",
};

function quorumOf(voters: readonly string[]): number {
  return Math.floor(voters.length / 2) + 1;
}

function runningVoters(sight: Sight, voters: readonly string[]): HostSight[] {
  return sight.hosts.filter((host) => host.running && voters.includes(host.member));
}

/** Looks at moments one after the other, and tells each act once per host. */
export class DangerWatch {
  private previous: Sight | undefined;
  /** the newest membership that was seen */
  private voters: readonly string[] = [];
  /** host and name of what was told */
  private readonly told = new Set<string>();
  private readonly found: Danger[] = [];
  /** looks in a row without a quorum, after one with it */
  private without = 0;
  private hadQuorum = false;

  get dangers(): readonly Danger[] {
    return this.found;
  }

  /** @returns what is new */
  look(sight: Sight): Danger[] {
    const before = this.found.length;
    const { previous } = this;
    if (previous !== undefined) this.compare(previous, sight);
    this.quorum(sight);
    if (sight.voters !== undefined && sight.voters.length > 0) this.voters = sight.voters;
    this.previous = sight;
    return this.found.slice(before);
  }

  private tell(name: DangerName, at: number, host: string, text: string): void {
    const id = `${name} ${host}`;
    if (this.told.has(id)) return;
    this.told.add(id);
    this.found.push({ name, at, host, text });
  }

  private compare(previous: Sight, sight: Sight): void {
    const { at } = sight;
    for (const host of sight.hosts) {
      const was = previous.hosts.find((one) => one.host === host.host);
      if (was === undefined) continue;
      if (host.running && host.pid !== was.pid) this.started(previous, sight, host);
      if (host.running && was.running && host.pid === was.pid && was.hasData && !host.hasData) this.tell("running-data-deleted", at, host.host, `the data folder of ${host.host} was deleted while its etcd ran`);
      this.second(sight, host);
    }
    const copies = (one: Sight): number => one.hosts.reduce((sum, host) => sum + host.databases.length, 0);
    if (copies(previous) > 0 && copies(sight) === 0) this.tell("last-data-deleted", at, "", "the last copy of the database was deleted");
    for (const [name, digest] of sight.kept) {
      const old = previous.kept.get(name);
      if (old !== undefined && old !== digest) this.tell("backup-overwritten", at, name.split(":")[0]!, digest === undefined ? `${name} was deleted` : `${name} was changed`);
    }
    if (sight.voters !== undefined) this.removed(previous, sight, sight.voters);
  }

  /** A process has begun. */
  private started(previous: Sight, sight: Sight, host: HostSight): void {
    const isOn = (flag: string): boolean => host.flags.has(flag) && host.flags.get(flag) !== "false";
    if (isOn("unsafe-no-fsync")) this.tell("unsafe-no-fsync", sight.at, host.host, `etcd on ${host.host} was started with --unsafe-no-fsync`);
    if (!isOn("force-new-cluster")) return;
    const others = runningVoters(previous, this.voters).filter((one) => one.host !== host.host);
    if (this.voters.length > 1 && others.length >= quorumOf(this.voters)) {
      this.tell("force-new-cluster-with-quorum", sight.at, host.host, `etcd on ${host.host} was started with --force-new-cluster while ${others.map((one) => one.host).join(" and ")} had a quorum`);
    }
    const also = sight.hosts.filter((one) => one.host !== host.host && one.running && one.flags.has("force-new-cluster") && one.flags.get("force-new-cluster") !== "false");
    if (also.length > 0) this.tell("force-new-cluster-twice", sight.at, "", `--force-new-cluster on ${[...also, host].map((one) => one.host).join(" and ")}`);
  }

  /** A member of another cluster runs beside a quorum of the first one. */
  private second(sight: Sight, host: HostSight): void {
    if (!host.running || host.cluster === "" || this.voters.includes(host.member)) return;
    const first = runningVoters(sight, this.voters);
    if (first.length === 0 || first.length < quorumOf(this.voters)) return;
    const id = first[0]!.cluster;
    if (id !== "" && id !== host.cluster) this.tell("second-cluster", sight.at, host.host, `${host.host} runs as cluster ${host.cluster} beside the living cluster ${id}`);
  }

  private quorum(sight: Sight): void {
    const voters = sight.voters ?? this.voters;
    if (voters.length === 0) return;
    const has = runningVoters(sight, voters).length >= quorumOf(voters);
    if (has) {
      this.hadQuorum = true;
      this.without = 0;
      return;
    }
    // one look may fall into a restart
    this.without++;
    if (this.hadQuorum && this.without === 2) {
      const up = runningVoters(sight, voters);
      this.tell("quorum-lost", sight.at, "", `of ${voters.length} voters ${up.length === 0 ? "none runs" : `only ${up.map((one) => one.host).join(" and ")} ${up.length === 1 ? "runs" : "run"}`}: the quorum is lost`);
    }
  }

  private removed(previous: Sight, sight: Sight, voters: readonly string[]): void {
    const gone = this.voters.filter((id) => !voters.includes(id));
    // another cluster's list is no removal
    if (gone.length === 0 || gone.length === this.voters.length || !voters.every((id) => this.voters.includes(id))) return;
    const up = new Set(runningVoters(previous, this.voters).map((one) => one.member));
    const dead = voters.filter((id) => !up.has(id));
    if (dead.length === 0) return;
    for (const id of gone) {
      if (!up.has(id)) continue;
      const host = previous.hosts.find((one) => one.member === id)!.host;
      this.tell("healthy-member-removed", sight.at, host, `${host} was removed although it ran, and ${dead.join(", ")}, which does not, stayed a member`);
    }
  }
}
