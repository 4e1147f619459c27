/** Clusters of both kinds beside each other, so that runs can alternate: what disturbs one disturbs the other. */
import { Client, connectAll } from "../../core/client/index.ts";
import { ClusterProcesses } from "../member/harness/cluster-processes.ts";
import type { MemberProcess } from "../member/harness/member-process.ts";
import { realEtcd, realEtcdctl } from "../member/harness/programs.ts";
import { VALUE } from "./calls.ts";

export const hasReal = realEtcd !== undefined && realEtcdctl !== undefined;
/** false: ours, true: real etcd */
export const kinds: readonly boolean[] = hasReal ? [false, true] : [false];

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Side {
  readonly real: boolean;
  readonly cluster: ClusterProcesses;
}

/** Starts one cluster of each kind and gives them to `measure`; they end with it. */
export async function withBoth(members: number, measure: (sides: readonly Side[]) => Promise<void>): Promise<void> {
  const sides: Side[] = [];
  try {
    for (const real of kinds) {
      const cluster = await ClusterProcesses.create();
      sides.push({ real, cluster });
      await cluster.startNew(Array.from({ length: members }, () => real));
      await firstWrite(cluster.endpoints);
    }
    await measure(sides);
  } finally {
    for (const { cluster } of sides) await cluster.end();
  }
}

/**
 * How long one attempt at a first write may take, ms: one that is sent on to a leader which is no more is lost, and hides for so long
 * that another takes writes.
 */
const attemptMs = 100;

/** Resolves when a write has succeeded. */
export async function firstWrite(endpoints: readonly string[], timeoutMs = 30_000): Promise<void> {
  const client = new Client(connectAll(endpoints));
  const deadline = performance.now() + timeoutMs;
  try {
    for (;;) {
      try {
        await client.put({ key: Buffer.from("bench-first"), value: VALUE }, { timeoutMs: attemptMs });
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(5);
      }
    }
  } finally {
    client.channel.close();
  }
}

/** The member that says of itself that it leads, asked over the gateway, which both kinds have. */
export async function leaderOf(cluster: ClusterProcesses, timeoutMs = 20_000): Promise<MemberProcess> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    for (const member of cluster.members.filter(({ running }) => running)) {
      const status = await statusOf(member.clientUrl);
      if (status !== undefined && status.leader !== undefined && status.leader === status.header?.member_id) return member;
    }
    if (performance.now() > deadline) throw new Error("the cluster has no leader");
    await pause(20);
  }
}

interface GatewayStatus {
  readonly header?: { readonly member_id?: string };
  readonly leader?: string;
  readonly raftAppliedIndex?: string;
}

/** undefined: it does not answer (yet) */
async function statusOf(url: string): Promise<GatewayStatus | undefined> {
  try {
    const response = await fetch(`${url}/v3/maintenance/status`, { method: "POST", body: "{}", signal: AbortSignal.timeout(1000) });
    return response.ok ? ((await response.json()) as GatewayStatus) : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until a restarted member knows a leader. */
export async function follows(member: MemberProcess, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const leader = (await statusOf(member.clientUrl))?.leader;
    if (leader !== undefined && leader !== "0") return;
    if (performance.now() > deadline) throw new Error(`${member.plan.name} follows nobody`);
    await pause(50);
  }
}
