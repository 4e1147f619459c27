/**
 * What a member answers its peers over plain HTTP, beside raft's own routes (server/etcdserver/api/etcdhttp/peer.go,
 * server/lease/leasehttp, server/etcdserver/corrupt.go): members, promotion, hashes, leases, version, downgrade.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { EtcdError, StatusError } from "../proto/errors.ts";
import { LeaseKeepAliveRequest, LeaseKeepAliveResponse, type LeaseTimeToLiveResponse } from "../proto/gen/etcdserverpb.ts";
import { LeaseInternalRequest, LeaseInternalResponse } from "../proto/gen/leasepb.ts";
import { WireError } from "../proto/wire.ts";
import { type Log, hex } from "./log.ts";

export interface PeerHashKv {
  readonly hash: number;
  readonly hashRevision: number;
  readonly compactRevision: number;
  /** the store's revision now */
  readonly revision: number;
}

export interface PeerHttpHost {
  readonly clusterId: bigint;
  /** JSON array, ids as exact numbers */
  membersJson(): string;
  /** @throws EtcdError */
  promote(id: bigint, token: string | undefined): Promise<void>;
  versions(): { readonly etcdserver: string; readonly etcdcluster: string; readonly storage: string };
  /** @throws EtcdError Compacted, FutureRevision */
  hashKv(revision: number): Promise<PeerHashKv>;
  /** Waits until all that is committed here is applied. @returns false when that takes longer */
  caughtUp(timeoutMs: number): Promise<boolean>;
  /** as the primary lessor. @returns TTL. @throws EtcdError LeaseNotFound; NotPrimary */
  renewLease(id: bigint): Promise<number> | number;
  /** undefined where there is no such lease. @throws NotPrimary */
  leaseTimeToLive(id: bigint, keys: boolean): LeaseTimeToLiveResponse | undefined;
  /** linearizable */
  downgradeEnabled(): Promise<boolean>;
}

/** This member does not keep the leases' time: only a leader does. */
export class NotPrimary extends Error {
  override readonly name = "NotPrimary";
  readonly code = "server.not_primary";
  constructor() {
    super("not a primary lessor");
  }
}

export const LEASE_TIMEOUT_TEXT = "waiting for node to catch up its applied index has timed out";
const LEASE_NOT_FOUND_TEXT = "lease not found";
const applyTimeoutMs = 1000;
const leaseBodyMax = 64 * 1024;

class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > leaseBodyMax) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** As Go's http.Error: text with a newline. */
function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
  response.end(`${text}\n`);
}

function allow(request: IncomingMessage, response: ServerResponse, method: string): boolean {
  if (request.method === method) return true;
  response.setHeader("allow", method);
  refuse(response, 405, "Method Not Allowed");
  return false;
}

export class PeerHttp {
  constructor(
    private readonly host: PeerHttpHost,
    private readonly log: Log,
  ) {}

  /** Answers any request that the transport does not. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0]!;
    try {
      if (path === "/members") this.members(request, response);
      else if (path === "/members/hashkv") await this.hashKv(request, response);
      else if (path.startsWith("/members/promote/")) await this.promote(request, response, path.slice("/members/promote/".length));
      else if (path === "/version") this.version(request, response);
      else if (path === "/leases") await this.renewLease(request, response);
      else if (path === "/leases/internal") await this.timeToLive(request, response);
      else if (path === "/downgrade/enabled") await this.downgradeEnabled(request, response);
      else refuse(response, 404, "404 page not found");
    } catch (error) {
      if (response.headersSent) response.destroy();
      else if (error instanceof BodyTooLarge) refuse(response, 413, "request body too large");
      else if (error instanceof WireError) refuse(response, 400, "error unmarshalling request");
      else refuse(response, 500, (error as Error).message);
    }
  }

  private members(request: IncomingMessage, response: ServerResponse): void {
    if (!allow(request, response, "GET")) return;
    response.writeHead(200, { "x-etcd-cluster-id": hex(this.host.clusterId), "content-type": "application/json" });
    response.end(`${this.host.membersJson()}\n`);
  }

  private async promote(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    if (!allow(request, response, "POST")) return;
    response.setHeader("x-etcd-cluster-id", hex(this.host.clusterId));
    if (!/^\d{1,20}$/.test(text)) {
      refuse(response, 404, `member ${text} not found in cluster`);
      return;
    }
    try {
      await this.host.promote(BigInt(text), request.headers.authorization);
    } catch (error) {
      this.log.warn("failed to promote a member", { "member-id": hex(BigInt(text)), error: (error as Error).message });
      this.refusePromotion(response, error as Error);
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(`${this.host.membersJson()}\n`);
  }

  /** The texts are those of the server's own errors, which the caller's side compares. */
  private refusePromotion(response: ServerResponse, error: Error): void {
    const reason = error instanceof EtcdError ? error.reason : undefined;
    if (reason === "MemberNotFound") refuse(response, 404, "membership: ID not found");
    else if (reason === "MemberNotLearner") refuse(response, 412, "membership: can only promote a learner member");
    else if (reason === "LearnerNotReady") refuse(response, 412, error.message);
    else if (error instanceof StatusError && reason?.startsWith("Timeout")) refuse(response, 408, error.message);
    else refuse(response, 500, error.message);
  }

  private version(request: IncomingMessage, response: ServerResponse): void {
    if (!allow(request, response, "GET")) return;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(this.host.versions()));
  }

  private async hashKv(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!allow(request, response, "GET")) return;
    const asked = request.headers["x-etcd-cluster-id"];
    if (asked !== undefined && asked !== hex(this.host.clusterId)) {
      refuse(response, 412, "cluster ID mismatch");
      return;
    }
    let revision: number;
    try {
      const parsed = JSON.parse((await bodyOf(request)).toString()) as { readonly revision?: unknown };
      revision = parsed.revision === undefined ? 0 : Number(parsed.revision);
      if (!Number.isSafeInteger(revision)) throw new Error("revision is not a number");
    } catch (error) {
      this.log.warn("failed to unmarshal request", { error: (error as Error).message });
      refuse(response, 400, "error unmarshalling request");
      return;
    }
    try {
      const hash = await this.host.hashKv(revision);
      response.writeHead(200, { "x-etcd-cluster-id": hex(this.host.clusterId), "content-type": "application/json" });
      response.end(
        JSON.stringify({ header: { revision: hash.revision }, hash: hash.hash, compact_revision: hash.compactRevision, hash_revision: hash.hashRevision }),
      );
    } catch (error) {
      this.log.warn("failed to get hashKV", { "requested-revision": revision, error: (error as Error).message });
      refuse(response, 400, (error as Error).message.replace("etcdserver: ", ""));
    }
  }

  private async renewLease(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!allow(request, response, "POST")) return;
    const { ID } = LeaseKeepAliveRequest.decode(await bodyOf(request));
    if (!(await this.host.caughtUp(applyTimeoutMs))) {
      refuse(response, 408, LEASE_TIMEOUT_TEXT);
      return;
    }
    try {
      const TTL = await this.host.renewLease(ID);
      this.answer(response, LeaseKeepAliveResponse.encode(LeaseKeepAliveResponse.create({ ID, TTL })));
    } catch (error) {
      const missing = error instanceof EtcdError && error.reason === "LeaseNotFound";
      refuse(response, missing ? 404 : 400, missing ? LEASE_NOT_FOUND_TEXT : (error as Error).message);
    }
  }

  private async timeToLive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!allow(request, response, "POST")) return;
    const asked = LeaseInternalRequest.decode(await bodyOf(request)).leaseTimeToLiveRequest;
    if (!(await this.host.caughtUp(applyTimeoutMs))) {
      refuse(response, 408, LEASE_TIMEOUT_TEXT);
      return;
    }
    const found = this.host.leaseTimeToLive(asked?.ID ?? 0n, asked?.keys ?? false);
    if (found === undefined) refuse(response, 404, LEASE_NOT_FOUND_TEXT);
    else this.answer(response, LeaseInternalResponse.encode(LeaseInternalResponse.create({ leaseTimeToLiveResponse: found })));
  }

  private answer(response: ServerResponse, body: Buffer): void {
    response.writeHead(200, { "content-type": "application/protobuf" });
    response.end(body);
  }

  private async downgradeEnabled(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!allow(request, response, "GET")) return;
    response.setHeader("x-etcd-cluster-id", hex(this.host.clusterId));
    const enabled = await this.host.downgradeEnabled();
    response.writeHead(200, { "content-type": "text/plain" });
    response.end(String(enabled));
  }
}
