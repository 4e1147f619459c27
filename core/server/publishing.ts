/**
 * What a member tells the cluster about itself, and the leader about the cluster version. Until the cluster is known to
 * be 3.6 both go into the log as 3.4 and 3.5 write them, bare v2 requests: those versions end at anything else.
 */
import type { ApplyResult } from "../apply/applier.ts";
import { attributesRequest, versionRequest } from "../membership/v2-request.ts";
import { Attributes, ClusterMemberAttrSetRequest, ClusterVersionSetRequest } from "../proto/gen/membershippb.ts";
import { Request } from "../proto/gen/v2pb.ts";
import { hex } from "./log.ts";
import type { Member } from "./member.ts";
import { compareVersions, parseVersion } from "./semver.ts";

const newFormSince = { major: 3, minor: 6, patch: 0 };
const retryMs = 100;

function usesNewForm(member: Member): boolean {
  const version = parseVersion(member.parts.state.cluster.version());
  return version !== undefined && compareVersions(version, newFormSince) >= 0;
}

function proposeV2(member: Member, make: (id: bigint) => Request): Promise<ApplyResult> {
  const id = member.parts.ids.next();
  return member.parts.proposals.proposeBare(id, Request.encode(make(id)));
}

/** Publishes name and client URLs; tries until it works or the member stops. */
export async function publishAttributes(member: Member): Promise<void> {
  const { options, memberId, clusterId, proposals, log } = member.parts;
  const { name } = options;
  const clientUrls = [...options.advertiseClientUrls];
  const fields = { "local-member-id": hex(memberId), "local-member-attributes": `{Name:${name} ClientURLs:[${clientUrls.join(" ")}]}`, "cluster-id": hex(clusterId) };
  while (!member.stopping.aborted) {
    try {
      if (usesNewForm(member)) {
        const memberAttributes = Attributes.create({ name, clientUrls });
        await proposals.propose({ clusterMemberAttrSet: ClusterMemberAttrSetRequest.create({ memberID: memberId, memberAttributes }) });
      } else {
        await proposeV2(member, (id) => attributesRequest(id, memberId, { name, clientUrls }));
      }
      log.info("published local member to cluster through raft", fields);
      return;
    } catch (error) {
      if (member.stopping.aborted) break;
      log.warn("failed to publish local member to cluster through raft", { ...fields, error: (error as Error).message });
      await member.pause(retryMs);
    }
  }
  log.warn("stopped publish because server is stopping", fields);
  // nobody is told that the member is ready
  await new Promise<never>(() => undefined);
}

/** @throws EtcdError */
export async function proposeClusterVersion(member: Member, version: string): Promise<void> {
  const { proposals } = member.parts;
  if (usesNewForm(member)) await proposals.propose({ clusterVersionSet: ClusterVersionSetRequest.create({ ver: version }) });
  else await proposeV2(member, (id) => versionRequest(id, version));
}
