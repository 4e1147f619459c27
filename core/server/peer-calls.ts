/** What a member asks its peers over plain HTTP: the other side of `peer-http.ts`, with the same texts. */
import { EtcdError } from "../proto/errors.ts";
import { LeaseKeepAliveRequest, LeaseKeepAliveResponse, LeaseTimeToLiveRequest, type LeaseTimeToLiveResponse } from "../proto/gen/etcdserverpb.ts";
import { LeaseInternalRequest, LeaseInternalResponse } from "../proto/gen/leasepb.ts";
import { type Log, hex } from "./log.ts";
import { LEASE_TIMEOUT_TEXT, type PeerHashKv } from "./peer-http.ts";
import { type Remote, RemoteError } from "./remote.ts";

export interface PeerAddress {
  readonly id: bigint;
  readonly peerUrls: readonly string[];
}

/** A leader that could not catch up with itself in time: worth asking again. */
class PeerBusy extends Error {
  override readonly name = "PeerBusy";
  readonly code = "server.peer_busy";
}

export class PeerCalls {
  constructor(
    private readonly remote: Remote,
    private readonly clusterId: () => bigint,
    private readonly log: Log,
    /** a fault of the lab cuts this peer off */
    private readonly isCut: (id: bigint) => boolean,
  ) {}

  /** "3.6.14"-like versions of a peer; undefined when no URL of it answers. */
  async versions(peer: PeerAddress, timeoutMs: number): Promise<{ readonly server: string; readonly cluster: string } | undefined> {
    for (const url of this.urlsOf(peer)) {
      try {
        const { status, body } = await this.remote.fetch(url, "/version", { timeoutMs });
        if (status !== 200) continue;
        const parsed = JSON.parse(body.toString()) as { readonly etcdserver?: string; readonly etcdcluster?: string };
        return { server: parsed.etcdserver ?? "", cluster: parsed.etcdcluster ?? "" };
      } catch (error) {
        this.log.warn("failed to reach the peer URL", { address: `${url}/version`, "remote-member-id": hex(peer.id), error: (error as Error).message });
      }
    }
    return undefined;
  }

  /** Whether a downgrade runs, as the first peer that answers says; false when none does. */
  async downgradeEnabled(peers: readonly PeerAddress[], timeoutMs: number): Promise<boolean> {
    for (const peer of peers) {
      for (const url of this.urlsOf(peer)) {
        try {
          const { status, body } = await this.remote.fetch(url, "/downgrade/enabled", { timeoutMs });
          // a member older than 3.5 has no such route
          if (status === 200) return body.toString().trim() === "true";
        } catch (error) {
          this.log.warn("failed to get downgrade enabled status", { "remote-member-id": hex(peer.id), error: (error as Error).message });
        }
      }
    }
    return false;
  }

  /** @returns the hash, or why there is none */
  async hashKv(peer: PeerAddress, revision: number, timeoutMs: number): Promise<PeerHashKv | Error> {
    let last: Error = new RemoteError(`${hex(peer.id)} has no peer URL`);
    for (const url of this.urlsOf(peer)) {
      try {
        return await this.hashKvAt(url, revision, timeoutMs);
      } catch (error) {
        last = error as Error;
        this.log.warn("failed hash kv request", { "requested-revision": revision, "remote-peer-endpoint": url, error: last.message });
      }
    }
    return last;
  }

  /** @returns the TTL. @throws EtcdError LeaseNotFound; PeerBusy; RemoteError */
  async renewLease(url: string, id: bigint, timeoutMs: number): Promise<number> {
    const body = LeaseKeepAliveRequest.encode(LeaseKeepAliveRequest.create({ ID: id }));
    const answer = LeaseKeepAliveResponse.decode(await this.postLease(url, "/leases", body, timeoutMs));
    if (answer.ID !== id) throw new RemoteError("lease: renew id mismatch");
    return answer.TTL;
  }

  /** @throws EtcdError LeaseNotFound; PeerBusy; RemoteError */
  async leaseTimeToLive(url: string, id: bigint, keys: boolean, timeoutMs: number): Promise<LeaseTimeToLiveResponse> {
    const leaseTimeToLiveRequest = LeaseTimeToLiveRequest.create({ ID: id, keys });
    const body = LeaseInternalRequest.encode(LeaseInternalRequest.create({ leaseTimeToLiveRequest }));
    const answer = LeaseInternalResponse.decode(await this.postLease(url, "/leases/internal", body, timeoutMs)).leaseTimeToLiveResponse;
    if (answer === undefined || answer.ID !== id) throw new RemoteError("lease: TTL id mismatch");
    return answer;
  }

  /** Asks the leader at `url` to promote a learner. @throws EtcdError; RemoteError */
  async promote(url: string, id: bigint, token: string | undefined, timeoutMs: number): Promise<void> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
    const { status, body } = await this.remote.fetch(url, `/members/promote/${id}`, { method: "POST", headers, timeoutMs });
    const text = body.toString();
    if (status === 200) return;
    if (status === 404) throw new EtcdError("MemberNotFound");
    if (status === 408) throw new EtcdError("Timeout");
    if (status === 412 && text.includes(new EtcdError("LearnerNotReady").message)) throw new EtcdError("LearnerNotReady");
    if (status === 412 && text.includes("can only promote a learner member")) throw new EtcdError("MemberNotLearner");
    throw new RemoteError(`member promote: unknown error(${text.trim()})`);
  }

  private urlsOf(peer: PeerAddress): readonly string[] {
    return this.isCut(peer.id) ? [] : peer.peerUrls;
  }

  private async hashKvAt(url: string, revision: number, timeoutMs: number): Promise<PeerHashKv> {
    const headers = { "content-type": "application/json", "x-etcd-cluster-id": hex(this.clusterId()) };
    const body = Buffer.from(JSON.stringify(revision === 0 ? {} : { revision }));
    const answer = await this.remote.fetch(url, "/members/hashkv", { headers, body, timeoutMs });
    const text = answer.body.toString();
    if (answer.status === 400 && text.includes("required revision has been compacted")) throw new EtcdError("Compacted");
    if (answer.status === 400 && text.includes("required revision is a future revision")) throw new EtcdError("FutureRevision");
    if (answer.status === 412 && text.includes("cluster ID mismatch")) throw new EtcdError("ClusterIdMismatch");
    if (answer.status !== 200) throw new RemoteError(`unknown error: ${text.trim()}`);
    const parsed = JSON.parse(text) as {
      readonly header?: { readonly revision?: number };
      readonly hash?: number;
      readonly compact_revision?: number;
      readonly hash_revision?: number;
    };
    return {
      hash: parsed.hash ?? 0,
      hashRevision: parsed.hash_revision ?? 0,
      compactRevision: parsed.compact_revision ?? 0,
      revision: parsed.header?.revision ?? 0,
    };
  }

  private async postLease(url: string, path: string, body: Buffer, timeoutMs: number): Promise<Buffer> {
    const answer = await this.remote.fetch(url, path, { method: "POST", headers: { "content-type": "application/protobuf" }, body, timeoutMs });
    if (answer.status === 200) return answer.body;
    if (answer.status === 404) throw new EtcdError("LeaseNotFound");
    if (answer.status === 408) throw new PeerBusy(LEASE_TIMEOUT_TEXT);
    throw new RemoteError(`lease: unknown error(${answer.body.toString().trim()})`);
  }
}
