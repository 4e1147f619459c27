/** The member as its peers ask it over plain HTTP. */
import type { MemberServer } from "./etcd-server.ts";
import { encodeMembers } from "./members-json.ts";
import { PeerHttp } from "./peer-http.ts";
import { SERVER_VERSION } from "./options.ts";

export function memberPeerHttp(server: MemberServer): PeerHttp {
  const { member, leases, cluster, maintenance } = server;
  const { state, log, clusterId, reads } = member.parts;
  return new PeerHttp(
    {
      clusterId,
      membersJson: () => encodeMembers(state.cluster.members()),
      promote: async (id, token) => {
        await cluster.promote({ ID: id }, { signal: member.stopping, token });
      },
      versions: () => ({ etcdserver: SERVER_VERSION, etcdcluster: state.cluster.version() ?? "not_decided", storage: maintenance.storageVersion() ?? "unknown" }),
      hashKv: async (revision) => {
        const { hash, revision: hashRevision, compactRevision } = await state.store.hashKv(revision);
        return { hash, hashRevision, compactRevision, revision: state.store.revision() };
      },
      caughtUp: (timeoutMs) => member.caughtUp(timeoutMs),
      renewLease: (id) => leases.renewHere(id),
      leaseTimeToLive: (id, keys) => leases.timeToLiveHere(id, keys),
      downgradeEnabled: async () => {
        await reads.wait();
        return state.cluster.downgradeInfo().enabled;
      },
    },
    log,
  );
}
