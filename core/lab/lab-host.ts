/** One host of a lab: its files, services and journal, the etcd process on it, and what is known of that member. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ProgramIo } from "../cli/program.ts";
import type { AddressBook } from "../platform/address-book.ts";
import type { Clock } from "../platform/clock.ts";
import type { HostAddresses, LabWord, MemberWord } from "../probe/channel.ts";
import type { ProcessRow, ShellHost } from "../shell/world.ts";
import { type HostAddress, LabAddressBook } from "./addresses.ts";
import { ApiserverWatcher } from "./apiserver-watcher.ts";
import { type CertificateFiles, certificateFiles } from "./certificate-files.ts";
import type { ImpossibleFaults, MemberView, ProcessState, RaftView } from "./contract/state.ts";
import { dataDirectoryOf, settingsOf } from "./etcd-launch.ts";
import { EtcdService, toJournal } from "./etcd-service.ts";
import { healthy } from "./health-probe.ts";
import { accessOf, type ClientAccess, dialerOf } from "./host-access.ts";
import { furnishHost, type HostPlan } from "./host-files.ts";
import { HostTree } from "./host-tree.ts";
import { impossibleFaults } from "./impossible-faults.ts";
import { Journal } from "./journal.ts";
import { peerUrlOf } from "./labs/member-files.ts";
import type { LabPki } from "./labs/lab-pki.ts";
import type { SpawnMember } from "./member-process.ts";
import { ServiceManager } from "./service-manager.ts";
import type { RunningService, ServiceEnd } from "./service-runner.ts";
import { parseUnit, UnitFileError } from "./unit-file.ts";
import type { TlsDialer } from "../tls/tls-dial.ts";
import { TlsError } from "../tls/tls-info.ts";

export interface LabHostOptions {
  /** the lab's folder */
  readonly folder: string;
  readonly own: HostAddress;
  readonly plan: HostPlan;
  /** makes the certificates of a new host; absent: it needs none, or has them */
  readonly newPki: LabPki | undefined;
  readonly addresses: HostAddresses;
  readonly clock: Clock;
  readonly etcdProgram: string;
  readonly spawnMember: SpawnMember;
  readonly onWord: (word: MemberWord) => void;
  /** the member's view or a service has changed */
  readonly onChange: () => void;
  readonly onProcess: (state: ProcessState, text: string) => void;
}

/** kube-apiserver has no file of its own yet */
const PROGRAM_FILES = /\/etcd$/;

export class LabHostMachine implements ShellHost {
  readonly name: string;
  readonly address: string;
  readonly addressBook: AddressBook;
  readonly files: HostTree;
  readonly journal: Journal;
  readonly services: ServiceManager;
  private etcd: EtcdService | undefined;
  private state: ProcessState = "stopped";
  private stateSince: number;
  private startedAt = 0;
  private failure = "";
  private id = "";
  private clusterId = "";
  private raft: RaftView | null = null;
  private command = "";
  private settings: ReadonlyMap<string, string> = new Map();
  private way: ClientAccess;
  /** the member has told something on its channel */
  private told = false;
  /** etcd is still to be set up here */
  private bare: boolean;
  private noCertificate = "";
  private impossible: { readonly key: string; readonly faults: ImpossibleFaults } | undefined;

  constructor(private readonly options: LabHostOptions) {
    const { own, folder, clock } = options;
    this.name = own.host;
    this.address = own.address;
    this.addressBook = new LabAddressBook(options.addresses);
    const root = join(folder, "hosts", own.host);
    mkdirSync(root, { recursive: true });
    this.files = new HostTree(root);
    furnishHost(this.files, options.plan);
    options.newPki?.furnish(this.files, own);
    this.journal = new Journal(join(folder, "journal", `${own.host}.jsonl`), clock);
    this.stateSince = clock.now();
    this.noCertificate = typeof this.certificates === "string" ? this.certificates : "";
    this.services = new ServiceManager({
      tree: this.files,
      journal: this.journal,
      clock,
      startProgram: (command, environment, cwd, log) => this.startProgram(command, environment, cwd, log),
      onChange: () => options.onChange(),
    });
    this.way = accessOf(own, this.unitSettings(), this.files);
    this.bare = options.plan.spare && !this.services.list().some((one) => one.name === "etcd.service");
  }

  /** How clients reach the member that runs here or, where none runs, the one that its unit would start. */
  get access(): ClientAccess {
    return this.way;
  }
  get clientUrl(): string {
    return this.way.url;
  }

  get isLearner(): boolean {
    return this.raft?.role === "learner";
  }

  /** Answers linearizable reads: it has a leader, and lets the lab in. */
  async isHealthy(timeoutMs: number): Promise<boolean> {
    try {
      return await healthy(this.way.url, timeoutMs, dialerOf(this.way, this.files, []));
    } catch (error) {
      // its certificates are gone or no such: nobody gets in
      if (error instanceof TlsError) return false;
      throw error;
    }
  }

  /** After files that tell etcd its addresses were changed while nothing ran. */
  reload(): void {
    this.services.reload();
    this.way = accessOf(this.options.own, this.unitSettings(), this.files);
  }

  /** "" until the member has told it */
  get memberId(): string {
    return this.id;
  }
  get memberRuns(): boolean {
    return this.etcd !== undefined;
  }
  /** the member runs and listens to the lab's words */
  get hears(): boolean {
    return this.etcd !== undefined && this.told;
  }

  /** The same object as long as nothing about it is new. */
  get impossibleFaults(): ImpossibleFaults {
    const deaf = this.state === "running" && !this.told;
    const runs = this.memberRuns;
    const key = `${deaf} ${runs} ${this.noCertificate}`;
    if (this.impossible?.key !== key) this.impossible = { key, faults: impossibleFaults({ platform: process.platform, runs, deaf, noCertificate: this.noCertificate }) };
    return this.impossible.faults;
  }

  /** Certificates of the etcd that was started last, or why there are none to speak of. */
  get certificates(): CertificateFiles | string {
    return certificateFiles(this.settings, this.files);
  }

  view(): MemberView {
    return {
      host: this.name,
      ...(this.bare && { spare: true }),
      id: this.id,
      clusterId: this.clusterId,
      clientUrl: this.clientUrl,
      peerUrl: peerUrlOf(this.options.own, this.options.plan.member.tls),
      process: this.state,
      processSince: this.stateSince,
      pid: this.etcd?.pid ?? null,
      failure: this.failure,
      raft: this.raft,
      impossible: this.impossibleFaults,
    };
  }

  hello(id: string, clusterId: string): void {
    this.id = id;
    this.clusterId = clusterId;
    this.told = true;
    this.options.onChange();
  }

  observed(raft: RaftView): void {
    this.raft = raft;
    this.options.onChange();
  }

  send(word: LabWord): void {
    this.etcd?.send(word);
  }

  /** @returns false when no etcd runs here */
  signalMember(signal: NodeJS.Signals): boolean {
    if (this.etcd?.signal(signal) !== true) return false;
    if (signal === "SIGSTOP") this.turn("paused");
    if (signal === "SIGCONT" && this.state === "paused") this.turn("running");
    return true;
  }

  signal(pid: number, signal: NodeJS.Signals): boolean {
    if (pid !== this.etcd?.pid) return false;
    return this.signalMember(signal);
  }

  processes(): readonly ProcessRow[] {
    if (this.etcd?.pid === undefined) return [];
    const state = this.state === "paused" ? "T" : "Sl";
    return [{ pid: this.etcd.pid, user: "root", state, startedAt: this.startedAt, command: this.command }];
  }

  dataDirectory(): string {
    // a host on which etcd is still to be installed
    if (!this.services.list().some((one) => one.name === "etcd.service")) return "/var/lib/etcd";
    const unit = parseUnit(this.services.text("etcd"));
    return dataDirectoryOf(unit.command.slice(1), unit.environment, this.files, unit.workingDirectory);
  }

  /** Flags of the etcd that runs here, as command line, environment and file said when it was started; undefined when none runs. */
  get runningSettings(): ReadonlyMap<string, string> | undefined {
    return this.etcd === undefined ? undefined : this.settings;
  }

  async runEtcd(io: ProgramIo): Promise<number> {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(io.env)) if (name.startsWith("ETCD_") && value !== undefined) env[name] = value;
    const running = this.startEtcd(["etcd", ...io.argv], env, io.cwd, (data, stream) => {
      const shown = this.files.shownText(data.toString("utf8"));
      (stream === "out" ? io.stdout : io.stderr).write(shown);
    });
    const onAbort = (): void => {
      if (io.signal.reason === "SIGINT") running.signal("SIGINT");
      running.stop(5000);
    };
    if (io.signal.aborted) onAbort();
    else io.signal.addEventListener("abort", onAbort, { once: true });
    const end = await running.ended;
    io.signal.removeEventListener("abort", onAbort);
    if (end.failure !== "") io.stderr.write(`bash: etcd: ${end.failure}\n`);
    if (end.signal !== null) return end.signal === "SIGKILL" ? 137 : 143;
    return end.code ?? 1;
  }

  /** @param graceMs how long each process may take to end; 0 kills at once */
  async close(graceMs: number): Promise<void> {
    await this.services.close(graceMs);
    const { etcd } = this;
    if (etcd !== undefined) {
      etcd.stop(graceMs);
      await etcd.ended;
    }
    this.journal.flush();
  }

  private unitSettings(): ReadonlyMap<string, string> {
    if (!this.services.list().some((one) => one.name === "etcd.service")) return new Map();
    try {
      const unit = parseUnit(this.services.text("etcd"));
      return settingsOf(unit.command.slice(1), unit.environment, this.files, unit.workingDirectory);
    } catch (error) {
      // a unit that cannot be read: its start will say what is wrong with it
      if (error instanceof UnitFileError) return new Map();
      throw error;
    }
  }

  private startProgram(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    cwd: string,
    log: (text: string) => void,
  ): RunningService | undefined {
    const path = command[0] ?? "";
    // the programs of /usr/bin are part of every host; elsewhere they are files, which may be gone
    if (path.startsWith("/") && !path.startsWith("/usr/bin/") && PROGRAM_FILES.test(path) && !existsSync(this.files.real(path))) return undefined;
    switch (path.split("/").at(-1)) {
      case "etcd":
        return this.startEtcd(command, environment, cwd, toJournal(log));
      case "kube-apiserver": {
        const flag = (name: string): string | undefined => command.map((word) => new RegExp(`^--${name}=(.+)$`).exec(word)?.[1]).find((value) => value !== undefined);
        const servers = (flag("etcd-servers") ?? this.clientUrl).split(",");
        const files = { ca: flag("etcd-cafile") ?? "", cert: flag("etcd-certfile") ?? "", key: flag("etcd-keyfile") ?? "" };
        const dialer = (): TlsDialer | undefined => dialerOf({ url: "", tls: files }, this.files, []);
        return new ApiserverWatcher(servers, { book: this.addressBook, dialer }, this.options.clock, log, () => this.options.onChange());
      }
      default:
        return undefined;
    }
  }

  private startEtcd(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    cwd: string,
    onOutput: (data: Buffer, stream: "out" | "err") => void,
  ): EtcdService {
    const { options } = this;
    this.failure = "";
    this.told = false;
    const first = this.etcd === undefined;
    if (first) {
      this.settings = settingsOf(command.slice(1), environment, this.files, cwd);
      this.way = accessOf(options.own, this.settings, this.files);
    }
    const service = new EtcdService({
      program: options.etcdProgram,
      args: command.slice(1),
      environment,
      cwd,
      tree: this.files,
      addresses: options.addresses,
      isHealthy: (timeoutMs) => this.isHealthy(timeoutMs),
      configCopy: join(options.folder, "run", `${this.name}.etcd.conf.yml`),
      clock: options.clock,
      spawnMember: options.spawnMember,
      onWord: (word) => {
        this.told = true;
        options.onWord(word);
      },
      onOutput,
    });
    // a second etcd on a host fails by itself, on its port; the first stays the one that the lab shows
    if (this.etcd === undefined) {
      this.settings = settingsOf(command.slice(1), environment, this.files, cwd);
      this.way = accessOf(this.options.own, this.settings, this.files);
      this.noCertificate = typeof this.certificates === "string" ? this.certificates : "";
      this.adopt(service, command);
    }
    return service;
  }

  private adopt(service: EtcdService, command: readonly string[]): void {
    this.etcd = service;
    this.bare = false;
    this.command = command.join(" ");
    this.startedAt = this.options.clock.now();
    this.turn("starting");
    void service.ready.then(() => {
      if (this.etcd === service && this.state === "starting") this.turn("running");
    });
    void service.ended.then((end) => {
      if (this.etcd !== service) return;
      this.etcd = undefined;
      this.sawEnd(end);
    });
  }

  private sawEnd(end: ServiceEnd): void {
    if (end.signal === "SIGKILL") this.turn("killed");
    else if (end.failure === "" && (end.code === 0 || end.signal === "SIGTERM" || end.signal === "SIGINT")) this.turn("stopped");
    else {
      const last = this.journal.last("etcd.service")?.text ?? "";
      this.failure = end.failure !== "" ? end.failure : last;
      this.turn("failed");
    }
  }

  private turn(state: ProcessState): void {
    if (state === this.state) return;
    this.state = state;
    this.stateSince = this.options.clock.now();
    this.options.onProcess(state, this.failure);
    this.options.onChange();
  }
}
