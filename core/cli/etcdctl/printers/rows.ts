/** Rows that `simple` joins with commas and `table` frames (etcd etcdctl/ctlv3/command/printer.go). */
import type * as pb from "../../../proto/gen/etcdserverpb.ts";
import { humanBytes } from "../../go/text.ts";
import type { EndpointHealth } from "./answer.ts";

export const memberHeader = ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"];

export function memberRows(response: pb.MemberListResponse): string[][] {
  return response.members.map((member) => [
    member.ID.toString(16),
    member.name === "" ? "unstarted" : "started",
    member.name,
    member.peerURLs.join(","),
    member.clientURLs.join(","),
    String(member.isLearner),
  ]);
}

export const healthHeader = ["Endpoint", "Health", "Took", "Error"];

export function healthRows(list: readonly EndpointHealth[]): string[][] {
  return list.map((one) => [one.endpoint, String(one.health), one.took, one.error]);
}

export const statusHeader = [
  "Endpoint",
  "ID",
  "Version",
  "Storage Version",
  "DB Size",
  "In Use",
  "Percentage Not In Use",
  "Quota",
  "Is Leader",
  "Is Learner",
  "Raft Term",
  "Raft Index",
  "Raft Applied Index",
  "Errors",
  "Downgrade Target Version",
  "Downgrade Enabled",
];

export function endpointStatusRows(list: readonly { readonly endpoint: string; readonly status: pb.StatusResponse }[]): string[][] {
  return list.map(({ endpoint, status }) => [
    endpoint,
    (status.header?.memberId ?? 0n).toString(16),
    status.version,
    status.storageVersion,
    humanBytes(status.dbSize),
    humanBytes(status.dbSizeInUse),
    `${status.dbSize > 0 ? 100 - Math.trunc((status.dbSizeInUse * 100) / status.dbSize) : 0}%`,
    humanBytes(status.dbSizeQuota),
    String(status.leader === status.header?.memberId),
    String(status.isLearner),
    String(status.raftTerm),
    String(status.raftIndex),
    String(status.raftAppliedIndex),
    status.errors.join(", "),
    status.downgradeInfo?.targetVersion ?? "",
    String(status.downgradeInfo?.enabled ?? false),
  ]);
}

export const hashHeader = ["Endpoint", "Hash", "Hash Revision"];

export function endpointHashRows(list: readonly { readonly endpoint: string; readonly hash: pb.HashKVResponse }[]): string[][] {
  return list.map(({ endpoint, hash }) => [endpoint, String(hash.hash), String(hash.hashRevision)]);
}
