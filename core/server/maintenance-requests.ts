/** Upkeep as clients ask for it (server/etcdserver/api/v3rpc/maintenance.go, server/etcdserver/v3_server.go). */
import { Code, EtcdError, StatusError } from "../proto/errors.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { DowngradeInfoSetRequest } from "../proto/gen/membershippb.ts";
import { NONE } from "../raft/index.ts";
import type { DatabaseStream, RequestContext } from "./api.ts";
import { throughRaft } from "./kv-requests.ts";
import { hex } from "./log.ts";
import type { Member } from "./member.ts";
import { SERVER_VERSION } from "./options.ts";
import { detectSchema } from "./schema-version.ts";
import { clusterVersionOf, compareVersions, downgradeTargetOf, parseVersion, printVersion } from "./semver.ts";

/** As a client's own deadline; etcd waits as long as the call lives. */
const moveLeaderMaxMs = 60_000;

/** Keys that differ between members that hold the same data. */
const notHashed = new Set(["consistent_index", "term", "storageVersion"]);

export class MaintenanceRequests {
  constructor(private readonly member: Member) {}

  alarm(request: pb.AlarmRequest, context: RequestContext): Promise<pb.AlarmResponse> {
    const { telemetry } = this.member.parts;
    if (request.action === pb.AlarmRequest_AlarmAction.DEACTIVATE) telemetry.happening("alarm-disarmed", this.member.term, `alarm of ${hex(request.memberID)} is being disarmed`);
    return throughRaft(this.member, { alarm: request }, context);
  }

  status(): pb.StatusResponse {
    const { member } = this;
    const { state, applying } = member.parts;
    const quotaBytes = state.quota.bytes;
    const downgrade = state.cluster.downgradeInfo();
    const errors: string[] = [];
    if (member.lead === NONE) errors.push(new EtcdError("NoLeader").message);
    for (const alarm of state.alarms.list(pb.AlarmType.NONE)) errors.push(`${alarm.memberID === 0n ? "" : `memberID:${alarm.memberID} `}alarm:${alarmName(alarm.alarm)} `);
    return pb.StatusResponse.create({
      version: SERVER_VERSION,
      dbSize: state.backend.size(),
      dbSizeInUse: state.backend.sizeInUse(),
      dbSizeQuota: Number.isFinite(quotaBytes) ? quotaBytes : 0,
      leader: member.lead,
      raftIndex: member.committed,
      raftTerm: member.term,
      raftAppliedIndex: applying.index,
      errors,
      isLearner: state.cluster.isLocalLearner(),
      storageVersion: this.storageVersion() ?? "",
      downgradeInfo: pb.DowngradeInfo.create({ enabled: downgrade.enabled, targetVersion: downgrade.targetVersion }),
    });
  }

  /** "3.6.0"; 3.5.0 where the schema has a term and no version of its own; undefined for one still older. */
  storageVersion(): string | undefined {
    const { backend } = this.member.parts.state;
    return detectSchema(backend);
  }

  async defragment(): Promise<pb.DefragmentResponse> {
    const { state, log, telemetry, clock } = this.member.parts;
    const before = state.backend.size();
    const begun = clock.monotonic();
    log.info("starting defragment");
    await state.backend.defragment();
    const took = clock.monotonic() - begun;
    log.info("finished defragment", { took: `${took}ms`, "current-db-size-bytes-diff": state.backend.size() - before });
    telemetry.happening("defragmented", this.member.term, `defragmented its database from ${before} to ${state.backend.size()} bytes`);
    return pb.DefragmentResponse.create();
  }

  async hash(): Promise<pb.HashResponse> {
    const { state, meters, clock } = this.member.parts;
    const begun = clock.monotonic();
    const hash = await state.backend.hash((bucket, key) => bucket === "meta" && notHashed.has(key.toString()));
    meters.store.hash.observe((clock.monotonic() - begun) / 1000);
    return pb.HashResponse.create({ hash });
  }

  async hashKv(request: pb.HashKVRequest): Promise<pb.HashKVResponse> {
    const { hash, revision, compactRevision } = await this.member.parts.state.store.hashKv(request.revision);
    return pb.HashKVResponse.create({ hash, compactRevision, hashRevision: revision });
  }

  snapshot(): Promise<DatabaseStream> {
    const { log, state } = this.member.parts;
    log.info("sending database snapshot to client", { "total-bytes": state.backend.size() });
    return state.backend.snapshot();
  }

  async moveLeader(request: pb.MoveLeaderRequest, context: RequestContext): Promise<pb.MoveLeaderResponse> {
    const target = this.member.parts.state.cluster.member(request.targetID);
    if (target === undefined || target.isLearner) throw new EtcdError("BadLeaderTransferee");
    if (!this.member.isLeader) throw new EtcdError("NotLeader");
    if (!(await this.member.handOver(request.targetID, context.signal, moveLeaderMaxMs))) {
      throw new StatusError(Code.Unknown, "etcdserver: request timed out, leader transfer took too long");
    }
    return pb.MoveLeaderResponse.create();
  }

  async downgrade(request: pb.DowngradeRequest): Promise<pb.DowngradeResponse> {
    const { state, log } = this.member.parts;
    const { cluster } = state;
    switch (request.action) {
      case pb.DowngradeRequest_DowngradeAction.VALIDATE:
        await this.checkDowngrade(request.version);
        break;
      case pb.DowngradeRequest_DowngradeAction.ENABLE: {
        const ver = await this.checkDowngrade(request.version);
        await this.proposeDowngrade({ enabled: true, ver });
        break;
      }
      case pb.DowngradeRequest_DowngradeAction.CANCEL:
        // etcd tells its log alone when there is nothing to cancel
        await this.cancelDowngrade().catch((error: unknown) => {
          if (!(error instanceof EtcdError)) throw error;
          log.warn("failed to cancel downgrade", { error: error.message });
        });
        break;
      default:
        throw new StatusError(Code.Unknown, "etcdserver: unknown method");
    }
    const version = cluster.version();
    return pb.DowngradeResponse.create({ version: version === undefined ? "" : version.split(".").slice(0, 2).join(".") });
  }

  async cancelDowngrade(): Promise<void> {
    const { reads, state } = this.member.parts;
    await reads.wait();
    if (!state.cluster.downgradeInfo().enabled) throw new EtcdError("NoInflightDowngrade");
    await this.proposeDowngrade({ enabled: false, ver: "" });
  }

  private async proposeDowngrade(init: Partial<DowngradeInfoSetRequest>): Promise<void> {
    const { error } = await this.member.parts.proposals.propose({ downgradeInfoSet: DowngradeInfoSetRequest.create(init) });
    if (error !== undefined) throw error;
  }

  /** @returns the target as a cluster version. @throws EtcdError */
  private async checkDowngrade(text: string): Promise<string> {
    const parsed = parseVersion(text) ?? parseVersion(`${text}.0`);
    if (parsed === undefined) throw new EtcdError("WrongDowngradeVersionFormat");
    const target = clusterVersionOf(parsed);
    const { cluster } = this.member.parts.state;
    if (cluster.version() === undefined) throw new EtcdError("ClusterVersionUnavailable");
    await this.member.parts.reads.wait();
    const current = parseVersion(cluster.version())!;
    if (compareVersions(target, downgradeTargetOf(clusterVersionOf(current))) !== 0) throw new EtcdError("InvalidDowngradeTargetVersion");
    if (cluster.downgradeInfo().enabled) throw new EtcdError("DowngradeInProcess");
    return printVersion(target);
  }
}

function alarmName(type: number): string {
  return Object.entries(pb.AlarmType).find(([, value]) => value === type)?.[0] ?? String(type);
}
