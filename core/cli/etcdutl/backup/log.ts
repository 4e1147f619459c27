/**
 * The log of a backup (etcd 3.4 etcdctl/ctlv2/command/backup_command.go, etcd 3.5 etcdutl/etcdutl/backup_command.go). What belongs to
 * the old cluster is taken out. As in 3.5, an empty entry is left where one was: 3.4 closes the gaps, whereby the database's index runs
 * ahead of the log and the first writes after the restart are lost.
 */
import { InternalRaftRequest } from "../../../proto/gen/internalpb.ts";
import { Entry, EntryType } from "../../../proto/gen/raftpb.ts";
import { Request } from "../../../proto/gen/v2pb.ts";
import { WireError } from "../../../proto/wire.ts";

const memberAttributes = /\/0\/members\/[0-9a-fA-F]{1,16}\/attributes/;

/** undefined: a bare v2 request, or none at all. */
export function requestOf(entry: Entry): InternalRaftRequest | undefined {
  if (entry.type !== EntryType.EntryNormal || entry.data === undefined || entry.data.length === 0) return undefined;
  try {
    return InternalRaftRequest.decode(entry.data);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/**
 * @param withV3 requests on v3 data stay
 * @param ignored is told of each entry that is taken out
 */
export function withoutCluster(entries: readonly Entry[], withV3: boolean, ignored: (what: string) => void): Entry[] {
  return entries.map((entry) => {
    const reason = reasonAgainst(entry, withV3);
    if (reason === undefined) return entry;
    ignored(reason);
    return Entry.create({ type: EntryType.EntryNormal, term: entry.term, index: entry.index });
  });
}

/** 3.4 refuses a newer cluster version; from 3.5 on members do not look for it in the v2 store. */
export function isNewerThanV2(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 3 || (major === 3 && minor > 4);
}

function reasonAgainst(entry: Entry, withV3: boolean): string | undefined {
  if (entry.type !== EntryType.EntryNormal) return "ignoring EntryConfChange raft entry";
  if (entry.data === undefined || entry.data.length === 0) return undefined;
  const request = requestOf(entry);
  if (request === undefined) {
    const { method, path, val } = Request.decode(entry.data);
    if (method !== "PUT") return undefined;
    if (memberAttributes.test(path)) return `ignoring member attribute update on ${path}`;
    return path === "/0/version" && isNewerThanV2(val) ? `ignoring cluster version ${val}` : undefined;
  }
  if (request.clusterMemberAttrSet !== undefined) return "ignoring cluster_member_attr_set";
  // the new cluster finds its own version; 3.4 does not know these requests
  if (request.clusterVersionSet !== undefined) return "ignoring cluster_version_set";
  if (request.downgradeInfoSet !== undefined || request.downgradeVersionTest !== undefined) return "ignoring downgrade_info_set";
  return withV3 || request.header === undefined ? undefined : "ignoring v3 raft entry";
}
