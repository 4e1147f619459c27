/** etcdserverpb.Cluster (etcd server/etcdserver/api/v3rpc/member.go). Its headers carry no revision. */
import { ClusterService, type ResponseHeader } from "../../proto/gen/etcdserverpb.ts";
import { checkMemberUrls } from "../checks/member-urls.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { headerAt } from "./header.ts";

export function addCluster(builder: ServiceBuilder): void {
  const { server } = builder;
  const headed = <T extends { header: ResponseHeader | undefined }>(response: T): T => {
    response.header = headerAt(server, 0);
    return response;
  };
  builder.unary(ClusterService.MemberAdd, async (request, context) => {
    request.peerURLs = checkMemberUrls(request.peerURLs);
    return headed(await server.memberAdd(request, context));
  });
  builder.unary(ClusterService.MemberRemove, async (request, context) => headed(await server.memberRemove(request, context)));
  builder.unary(ClusterService.MemberUpdate, async (request, context) => headed(await server.memberUpdate(request, context)));
  builder.unary(ClusterService.MemberList, async (request, context) => headed(await server.memberList(request, context)));
  builder.unary(ClusterService.MemberPromote, async (request, context) => headed(await server.memberPromote(request, context)));
}
