/**
 * The two v2 requests that 3.4 and 3.5 put bare into the log: a member's attributes and the cluster version (etcd 3.5
 * server/etcdserver/apply_v2.go). Below cluster version 3.6 ours go out like this too.
 */
import { Request } from "../proto/gen/v2pb.ts";
import type { Cluster } from "./cluster.ts";
import { decodeAttributes, encodeAttributes, formatId, parseId, type Attributes } from "./member.ts";
import { MembershipError } from "./membership-error.ts";

const attributesPath = /^\/0\/members\/([0-9a-f]+)\/attributes$/;

export function attributesRequest(requestId: bigint, memberId: bigint, attributes: Attributes): Request {
  return Request.create({ ID: requestId, method: "PUT", path: `/0/members/${formatId(memberId)}/attributes`, val: encodeAttributes(attributes) });
}

export function versionRequest(requestId: bigint, version: string): Request {
  return Request.create({ ID: requestId, method: "PUT", path: "/0/version", val: version });
}

/** @throws MembershipError any other v2 request: 3.6 does not know it either */
export function applyV2Request(cluster: Cluster, request: Request, shouldApplyV3: boolean): void {
  const memberId = attributesPath.exec(request.path)?.[1];
  if (request.method === "PUT" && memberId !== undefined) {
    cluster.setAttributes(parseId(memberId), decodeAttributes(request.val), shouldApplyV3);
    return;
  }
  if (request.method === "PUT" && request.path === "/0/version") {
    cluster.setVersion(request.val, shouldApplyV3);
    return;
  }
  throw new MembershipError(
    "membership.bad_store",
    `detected disallowed v2 WAL for stage --v2-deprecation=write-only: ${request.method} ${request.path}`,
  );
}
