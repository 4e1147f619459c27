/** Response headers, filled where the member has left them empty (etcd server/etcdserver/api/v3rpc/header.go). */
import type { ResponseHeader } from "../../proto/gen/etcdserverpb.ts";
import type { EtcdServer } from "../../server/api.ts";

/** Ids and term always; the revision where the answer does not say its own. */
export function fillHeader<T extends { header: ResponseHeader | undefined }>(server: EtcdServer, response: T): T {
  const header = response.header;
  if (header === undefined) response.header = headerAt(server, server.revision());
  else {
    header.clusterId = server.clusterId;
    header.memberId = server.memberId;
    header.raftTerm = server.term();
    if (header.revision === 0) header.revision = server.revision();
  }
  return response;
}

/** @param revision 0 for answers about the cluster, which carry none */
export function headerAt(server: EtcdServer, revision: number): ResponseHeader {
  return { clusterId: server.clusterId, memberId: server.memberId, revision, raftTerm: server.term() };
}
