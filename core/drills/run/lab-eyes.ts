/** Eyes on a running lab. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { type SnapshotStatus, snapshotStatus } from "../../cli/etcdutl/status.ts";
import { Client, connect } from "../../client/index.ts";
import type { Lab } from "../../lab/index.ts";
import type { KeyValue } from "../../proto/gen/mvccpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import { ShellSession } from "../../shell/shell-session.ts";
import { CapturingTerminal } from "../../shell/terminal.ts";
import { UnitError, type UnitStatus } from "../../shell/world.ts";
import type { CommandResult, Eyes, MemberRow, MemberStatus } from "../checks/eyes.ts";
import type { DangerName } from "../format/drill.ts";
import type { Ledger } from "./ledger.ts";
import { KEEPALIVE_MS } from "./writer.ts";

const ASK_MS = 2500;
const COMMAND_MS = 15_000;
/** for a command that was told to end, ms; and its exit code when it did not, as timeout(1) has it */
const GRACE_MS = 3000;
const TIMED_OUT = 124;
const PAGE = 5000;
/** a file larger than this is no file that somebody wrote */
const FILE_MAX = 4 * 1024 * 1024;
const DIGEST_BYTES = 32;
const ALARMS: Readonly<Record<number, string>> = { 1: "NOSPACE", 2: "CORRUPT" };

export const hexId = (id: bigint | undefined): string => BigInt.asUintN(64, id ?? 0n).toString(16);

export interface LabEyesOptions {
  readonly lab: Lab;
  readonly ledger: Ledger;
  readonly now: () => number;
  readonly handover: () => { readonly at: number; readonly cluster: string };
  /** hosts in the order in which they should be asked */
  readonly order: () => readonly string[];
  readonly dangers: () => readonly DangerName[];
}

export class LabEyes implements Eyes {
  readonly hosts: readonly string[];
  private readonly clients = new Map<string, Client>();

  constructor(private readonly options: LabEyesOptions) {
    this.hosts = options.lab.hosts.map((host) => host.name);
    for (const host of options.lab.hosts) this.clients.set(host.name, new Client(connect(host.clientUrl, { dialTimeoutMs: 1000, keepaliveTimeMs: KEEPALIVE_MS, keepaliveTimeoutMs: 2000 })));
  }

  get ledger(): Ledger {
    return this.options.ledger;
  }
  get handedOverAt(): number {
    return this.options.handover().at;
  }
  get firstCluster(): string {
    return this.options.handover().cluster;
  }
  now(): number {
    return this.options.now();
  }
  dangers(): readonly DangerName[] {
    return this.options.dangers();
  }
  close(): void {
    for (const client of this.clients.values()) client.close();
  }

  client(host: string): Client {
    return this.clients.get(host)!;
  }

  async range(key: string, prefix: boolean): Promise<{ kvs: readonly KeyValue[]; revision: number }> {
    const start = Buffer.from(key);
    if (!prefix) {
      const answer = await this.ask((client) => client.range({ key: start }, { timeoutMs: ASK_MS }));
      return { kvs: answer.kvs, revision: answer.header?.revision ?? 0 };
    }
    const kvs: KeyValue[] = [];
    let from = start;
    for (let revision = 0; ; ) {
      const page = await this.ask((client) => client.range({ key: from, rangeEnd: prefixEnd(start), limit: PAGE, revision }, { timeoutMs: ASK_MS }));
      revision = revision === 0 ? (page.header?.revision ?? 0) : revision;
      kvs.push(...page.kvs);
      if (!page.more) return { kvs, revision };
      from = Buffer.concat([page.kvs.at(-1)!.key, Buffer.from([0])]);
    }
  }

  async members(): Promise<readonly MemberRow[]> {
    const answer = await this.ask((client) => client.memberList({ linearizable: true }, { timeoutMs: ASK_MS }));
    return answer.members.map((member) => ({ id: hexId(member.ID), name: member.name, learner: member.isLearner, peerUrls: member.peerURLs }));
  }

  async status(host: string): Promise<MemberStatus | undefined> {
    if (!this.runs(host)) return undefined;
    try {
      const answer = await this.client(host).status({ timeoutMs: ASK_MS });
      return {
        id: hexId(answer.header?.memberId),
        cluster: hexId(answer.header?.clusterId),
        leader: hexId(answer.leader),
        revision: answer.header?.revision ?? 0,
        dbSize: answer.dbSize,
        dbSizeInUse: answer.dbSizeInUse,
        learner: answer.isLearner,
      };
    } catch {
      // a member that does not answer is what the caller wants to know
      return undefined;
    }
  }

  async serves(host: string): Promise<boolean> {
    if (!this.runs(host)) return false;
    try {
      await this.client(host).range({ key: Buffer.from("health") }, { timeoutMs: ASK_MS });
      return true;
    } catch {
      // no answer is an answer here
      return false;
    }
  }

  async alarms(): Promise<readonly { alarm: string; member: string }[]> {
    const answer = await this.ask((client) => client.alarm({ action: 0, memberID: 0n, alarm: 0 }, { timeoutMs: ASK_MS }));
    return answer.alarms.map((one) => ({ alarm: ALARMS[one.alarm] ?? String(one.alarm), member: hexId(one.memberID) }));
  }

  async hash(host: string, revision: number): Promise<number> {
    return (await this.client(host).hashKv({ revision }, { timeoutMs: ASK_MS })).hash;
  }

  file(host: string, path: string): Buffer | undefined {
    const real = this.options.lab.machine(host).files.real(path);
    const info = statSync(real, { throwIfNoEntry: false });
    if (info?.isFile() !== true) return undefined;
    return info.size > FILE_MAX ? Buffer.alloc(0) : readFileSync(real);
  }

  async snapshot(host: string, path: string): Promise<SnapshotStatus> {
    const real = this.options.lab.machine(host).files.real(path);
    if (!existsSync(real)) throw new Error(`${host} has no ${path}`);
    const bytes = readFileSync(real);
    if (bytes.length % 512 !== DIGEST_BYTES) throw new Error(`${path} on ${host} is no whole snapshot: it has no digest at its end`);
    const digest = createHash("sha256").update(bytes.subarray(0, -DIGEST_BYTES)).digest();
    if (!digest.equals(bytes.subarray(-DIGEST_BYTES))) throw new Error(`${path} on ${host} is damaged: its digest does not fit`);
    return snapshotStatus(real);
  }

  unit(host: string, name: string): UnitStatus | undefined {
    try {
      return this.options.lab.machine(host).services.status(name);
    } catch (error) {
      if (error instanceof UnitError) return undefined;
      throw error;
    }
  }

  settings(host: string): ReadonlyMap<string, string> | undefined {
    return this.options.lab.machine(host).runningSettings;
  }

  async run(host: string, line: string): Promise<CommandResult> {
    const terminal = new CapturingTerminal();
    const { world } = this.options.lab;
    const session = new ShellSession({ world, host: world.host(host)!, terminal, interactive: false, inner: true });
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort("SIGTERM"), COMMAND_MS);
    try {
      // a command that does not end when it is told to is left behind
      const given = new Promise<number>((resolve) => stop.signal.addEventListener("abort", () => setTimeout(() => resolve(TIMED_OUT), GRACE_MS).unref(), { once: true }));
      const status = await Promise.race([session.run(line, stop.signal), given]);
      return { status, out: terminal.stdout.toString(), err: terminal.stderr.toString() };
    } finally {
      clearTimeout(timer);
      await session.close();
    }
  }

  private runs(host: string): boolean {
    const state = this.options.lab.machine(host).view().process;
    return state === "running" || state === "starting";
  }

  /** The first answer, of the hosts in order. @throws Error when none gives one */
  private async ask<T>(call: (client: Client) => Promise<T>): Promise<T> {
    let last = "no etcd runs";
    for (const host of this.options.order()) {
      if (!this.runs(host)) continue;
      try {
        return await call(this.client(host));
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
    }
    throw new Error(`no member answers: ${last}`);
  }
}
