/**
 * The second part of a new lab's foundation, which needs a leader: learners are added and started, one after the other, and
 * auth is turned on, by the same requests that etcdctl would send. What was interrupted goes on at the next opening.
 */
import type { Client } from "../../client/index.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import { EtcdError, StatusError } from "../../proto/errors.ts";
import { Permission_Type } from "../../proto/gen/authpb.ts";
import { AuthService, ClusterService } from "../../proto/gen/etcdserverpb.ts";
import { prefixEnd } from "../../proto/prefix-end.ts";
import { APP_PREFIX, LAB_USERS } from "../contract/labs.ts";
import type { LabHostMachine } from "../lab-host.ts";

export interface FoundingOptions {
  readonly voters: readonly LabHostMachine[];
  readonly learners: readonly LabHostMachine[];
  readonly auth: boolean;
  readonly client: () => Client;
  readonly clock: Clock;
  readonly note: (host: string, text: string, tone: "plain" | "good" | "warn") => void;
  readonly onFounded: () => void;
}

const POLL_MS = 100;
const CALL_MS = 10_000;
const RETRY_MS = 1000;

const texts = (...names: ConstructorParameters<typeof EtcdError>[0][]): ReadonlySet<string> => new Set(names.map((name) => new EtcdError(name).message));
/** Said of what an earlier attempt has done already. */
const DONE_BEFORE = texts("UserAlreadyExists", "RoleAlreadyExists", "PeerUrlExists");

export class Founding {
  private over = false;
  private done: Promise<boolean> | undefined;
  private readonly waits = new Set<{ readonly timer: Timer; readonly wake: () => void }>();

  constructor(private readonly options: FoundingOptions) {}

  begin(): void {
    this.done ??= this.run();
  }

  end(): void {
    this.over = true;
    for (const { timer, wake } of this.waits) {
      timer.cancel();
      wake();
    }
    this.waits.clear();
  }

  async within(timeoutMs: number): Promise<boolean> {
    const late = this.pause(timeoutMs).then(() => false);
    return this.done === undefined ? false : Promise.race([this.done, late]);
  }

  /** Tries until it is done or the lab ends: a lab may be opened with too few members to have a leader. */
  private async run(): Promise<boolean> {
    let told = "";
    while (!this.over) {
      try {
        if (await this.leaderIsThere()) {
          for (const host of this.options.learners) await this.join(host);
          if (this.options.auth) await this.turnAuthOn();
          if (this.over) return false;
          this.options.onFounded();
          return true;
        }
        await this.pause(POLL_MS);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (!this.over && message !== told) this.options.note("", `setting the lab up waits: ${message}`, "warn");
        told = message;
        await this.pause(RETRY_MS);
      }
    }
    return false;
  }

  private async leaderIsThere(): Promise<boolean> {
    const answers = await Promise.all(this.options.voters.filter((host) => host.memberRuns).map((host) => host.isHealthy(1000)));
    return answers.some(Boolean);
  }

  private async join(host: LabHostMachine): Promise<void> {
    const { peerUrl } = host.view();
    const client = this.options.client();
    const { members } = await client.memberList({ linearizable: true }, { timeoutMs: CALL_MS });
    if (!members.some((member) => member.peerURLs.includes(peerUrl))) {
      await this.ask(client.call(ClusterService.MemberAdd, { peerURLs: [peerUrl], isLearner: true }, { timeoutMs: CALL_MS }));
      this.options.note(host.name, `${host.name} was added as a learner`, "plain");
    }
    for (const unit of ["etcd", "kube-apiserver"]) host.services.setEnabled(unit, true);
    await host.services.start("etcd");
  }

  private async turnAuthOn(): Promise<void> {
    const client = this.options.client();
    const { enabled } = await client.call(AuthService.AuthStatus, {}, { timeoutMs: CALL_MS });
    if (enabled) return;
    const key = Buffer.from(APP_PREFIX);
    const ask = (call: Promise<unknown>): Promise<void> => this.ask(call);
    const within = { timeoutMs: CALL_MS };
    await ask(client.call(AuthService.UserAdd, { name: "root", password: LAB_USERS.root }, within));
    await ask(client.call(AuthService.UserGrantRole, { user: "root", role: "root" }, within));
    await ask(client.call(AuthService.RoleAdd, { name: "app" }, within));
    await ask(client.call(AuthService.RoleGrantPermission, { name: "app", perm: { permType: Permission_Type.READWRITE, key, rangeEnd: prefixEnd(key) } }, within));
    await ask(client.call(AuthService.UserAdd, { name: "app", password: LAB_USERS.app }, within));
    await ask(client.call(AuthService.UserGrantRole, { user: "app", role: "app" }, within));
    await ask(client.call(AuthService.AuthEnable, {}, within));
    this.options.note("", `auth is on: root may do everything, app may read and write ${APP_PREFIX}`, "good");
  }

  private async ask(call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof StatusError) || !DONE_BEFORE.has(error.message)) throw error;
    }
  }

  private pause(ms: number): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const entry = { timer: this.options.clock.after(ms, () => (this.waits.delete(entry), resolve())), wake: resolve };
      this.waits.add(entry);
    });
  }
}
