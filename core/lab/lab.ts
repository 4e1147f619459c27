/**
 * A lab: hosts with a member each, faults, telemetry, keys and terminals, as one thing that a window or a script uses. It
 * owns a folder, which can be opened again later, and every process it starts ends with it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Program } from "../cli/program.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { MemberWord } from "../probe/channel.ts";
import type { LabMemory, ShellHost, ShellWorld } from "../shell/world.ts";
import { type AddressPlan, type HostAddress, hostAddresses, namesOf, planAddresses } from "./addresses.ts";
import { ChangeFeed } from "./change-feed.ts";
import { executeCommand } from "./commands.ts";
import { type ChangesFrame, CommandError, type LabHost } from "./contract/host.ts";
import type { CommandName } from "./contract/protocol.ts";
import type { LabState, ProcessState, ServiceView, TimelineEvent } from "./contract/state.ts";
import { DataDir } from "./disk/data-dir.ts";
import { HostChannel } from "./host-channel.ts";
import { ADDRESSED_FILES, type HostPlan, readdress } from "./host-files.ts";
import { Keys } from "./keys.ts";
import { LabFaults, type Note } from "./lab-faults.ts";
import { type LabFile, lockLab, plainShape, readLabFile, writeLabFile } from "./lab-file.ts";
import { LabHostMachine } from "./lab-host.ts";
import { LabTerminals } from "./lab-terminals.ts";
import { Founding } from "./labs/founding.ts";
import { LabPki } from "./labs/lab-pki.ts";
import type { SpawnMember } from "./member-process.ts";
import { type LabShape, LAB_USERS, shapeProblem } from "./contract/labs.ts";
import type { LookTopic } from "./contract/watching.ts";
import { letterWords } from "./contract/letter-words.ts";
import { Lookouts } from "./lookouts.ts";
import { Mail } from "./mail.ts";
import { MeterHistory } from "./member-page/meter-history.ts";
import { MemberLogs } from "./member-page/member-logs.ts";
import { deflateQuickly } from "./recording/deflate.ts";
import { Recorder } from "./recording/recorder.ts";
import { RequestWays } from "./request-ways.ts";
import { Snapshots } from "./snapshots/snapshots.ts";
import { Telemetry } from "./telemetry.ts";
import { Timeline } from "./timeline.ts";

export interface LabOptions {
  readonly folder: string;
  readonly name: string;
  /** the lab's id in the library; absent: it belongs to none */
  readonly id?: string;
  /** hosts of a new lab; a lab that exists has as many as it has */
  readonly members: number;
  /** of a new lab; absent: all hosts vote, in plaintext */
  readonly shape?: LabShape;
  /** of a new lab: how many of its hosts form the cluster, those that come first. The others are spare: etcd is there, but belongs to no cluster and is not enabled. Absent: all */
  readonly founders?: number;
  /** blocks of addresses (127.0.L.x) that other labs have, which may not run just now */
  readonly otherBlocks?: ReadonlySet<number>;
  /** told of every command line of every shell of the lab */
  readonly onCommand?: (host: string, line: string, status: number) => void;
  readonly version: string;
  readonly clock: Clock;
  readonly spawnMember: SpawnMember;
  /** dist/bin/etcd, or any etcd */
  readonly etcdProgram: string;
  /** etcdctl and etcdutl for the shell */
  readonly programs: Readonly<Record<string, Program>>;
}

const POLL_MS = 50;
/** Addresses that a lab remembers having had: those of nine hosts after a hundred moves. */
const PAST_MAX = 900;
const CLOSE_GRACE_MS = 3000;

/** @throws LabFolderError when the folder is in use or cannot be read */
export async function createLab(options: LabOptions): Promise<Lab> {
  const wanted = options.shape ?? plainShape(options.members);
  const problem = shapeProblem(wanted);
  if (problem !== "") throw new RangeError(problem);
  const unlock = lockLab(options.folder);
  try {
    const known = readLabFile(options.folder);
    const opened = known !== undefined && known.addresses.length > 0 ? known : undefined;
    const shape = known === undefined ? wanted : (known.shape ?? plainShape(known.addresses.length));
    const count = shape.voters + shape.learners + shape.spare;
    const names = opened?.addresses.map((one) => one.host) ?? Array.from({ length: count }, (_, at) => `m${at + 1}`);
    const plan = await planAddresses(names, opened?.copied === true ? [] : (opened?.addresses ?? []), options.otherBlocks);
    const file: LabFile = {
      version: 1,
      name: known?.name ?? options.name,
      createdAt: known?.createdAt ?? options.clock.now(),
      original: pastOf(opened, plan.hosts),
      addresses: plan.hosts,
      shape,
      usedAt: options.clock.now(),
      // a lab from before there were shapes is what it is
      founded: known?.founded ?? (known !== undefined && known.shape === undefined),
    };
    return new Lab(options, file, plan, opened, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Each address once, in the order in which the lab had them. */
function pastOf(known: LabFile | undefined, now: readonly HostAddress[]): HostAddress[] {
  const all = [...(known?.original ?? []), ...(known?.addresses ?? []), ...now];
  const nameOf = (one: HostAddress): string => JSON.stringify([one.host, one.address, one.clientPort, one.peerPort]);
  return [...new Map(all.map((one) => [nameOf(one), one])).values()].slice(-PAST_MAX);
}

export class Lab implements LabHost {
  readonly folder: string;
  readonly hosts!: readonly LabHostMachine[];
  readonly world: ShellWorld;
  readonly keys: Keys;
  readonly terminals: LabTerminals;
  /** the highest frame a window has painted, and when */
  painted: { readonly seq: number; readonly at: number } = { seq: 0, at: 0 };
  private readonly feed: ChangeFeed;
  readonly faults: LabFaults;
  private readonly timeline: Timeline;
  readonly ways = new RequestWays();
  /** the last minutes of this lab */
  readonly recorder: Recorder;
  readonly mail: Mail;
  readonly snapshots: Snapshots;
  readonly disk = new DataDir();
  private readonly meters = new Map<string, MeterHistory>();
  readonly logs: MemberLogs;
  readonly lookouts = new Lookouts((topic, host, on) => this.turnLook(topic, host, on));
  private readonly memory: LabMemory = { v2Keys: new Set(), stagedRestore: undefined };
  private servicesTimer: Timer | undefined;
  private closing: Promise<void> | undefined;
  private readonly newPki: LabPki | undefined;
  private readonly founding: Founding | undefined;

  constructor(
    private readonly options: LabOptions,
    private file: LabFile,
    private readonly plan: AddressPlan,
    previous: LabFile | undefined,
    private readonly unlock: () => void,
  ) {
    const { clock, folder } = options;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    const shape = file.shape ?? plainShape(plan.hosts.length);
    const pki = shape.tls ? LabPki.open(folder, () => clock.now()) : undefined;
    this.newPki = previous === undefined ? pki : undefined;
    this.feed = new ChangeFeed(clock, emptyState(options, file.name));
    this.recorder = new Recorder({ clock, state: () => this.feed.state, deflate: deflateQuickly });
    this.feed.record((frame) => this.recorder.take(frame));
    this.timeline = new Timeline(1, (event) => this.feed.event(event));
    this.mail = new Mail({
      hosts: plan.hosts.map((one) => one.host),
      send: (host, word) => this.machine(host).send(word),
      onChange: (mail) => this.feed.setMail(mail),
    });
    this.faults = new LabFaults({
      folder,
      names: plan.hosts.map((one) => one.host),
      now: () => clock.now(),
      hosts: () => this.hosts,
      machine: (host) => this.machine(host),
      mail: this.mail,
      feed: this.feed,
      note: (what) => this.note(what),
      filesChanged: () => this.disk.forget(),
    });
    const telemetry = new Telemetry(this.feed, this.timeline, this.ways, this.mail, clock, {
      onHello: (host, id, clusterId) => {
        this.machine(host).hello(id, clusterId);
        this.machine(host).send({ type: "watching", on: this.lookouts.isLooking("watching") });
        this.faults.tell();
        this.mail.brief(host);
      },
      onRaft: (host, raft) => this.machine(host).observed(raft),
      onMeters: (host, record) => {
        const sample = this.meterHistory(host).add(record);
        if (sample !== undefined) this.feed.pass({ type: "meters", host, sample });
      },
      onWatching: (host, { kind: _, ...record }) => this.feed.pass({ type: "watching", watching: { host, ...record } }),
    });
    this.hosts = plan.hosts.map((own) => this.makeHost(own, file.original, telemetry));
    if (previous !== undefined) this.moveAddresses(previous.addresses, plan.hosts, pki);
    else {
      for (const host of this.hosts.slice(0, options.founders ?? shape.voters)) for (const unit of ["etcd", "kube-apiserver"]) host.services.setEnabled(unit, true);
    }
    writeLabFile(folder, file);
    this.keys = new Keys(this.hosts.map((host) => (options) => new HostChannel(host, options)));
    if (shape.auth) this.keys.assume({ name: "root", password: LAB_USERS.root });
    if (file.founded !== true && (shape.learners > 0 || shape.auth)) this.founding = this.makeFounding(shape);
    this.logs = new MemberLogs((host, lines, missed) => this.feed.pass({ type: "journal", host, lines, missed }));
    this.snapshots = new Snapshots({
      hosts: () => this.hosts,
      client: () => this.keys.connection,
      user: () => this.keys.user,
      etcdctl: options.programs["etcdctl"],
      clock,
      onChange: (snapshots, searched) => this.feed.pass({ type: "snapshots", snapshots, searched }),
      onSaved: (host, path) => this.note({ host, kind: "snapshot", text: `snapshot saved at ${path}`, tone: "good" }),
    });
    this.world = this.makeWorld();
    this.terminals = new LabTerminals(this.world, this.feed);
    for (const host of this.hosts) this.feed.member(host.view());
    this.tellServices();
  }

  /** Starts what is enabled on every host, without waiting for it. */
  start(): void {
    for (const host of this.hosts) {
      for (const started of host.services.startEnabled()) {
        // a unit that fails to start says so in its status and in the journal
        started.catch(() => undefined);
      }
    }
    this.founding?.begin();
  }

  /** Resolves when learners have joined and auth is on, where the lab is to have them; with false when that does not come about in time. */
  async whenFounded(timeoutMs: number): Promise<boolean> {
    return this.founding === undefined || this.founding.within(timeoutMs);
  }

  get name(): string {
    return this.file.name;
  }

  rename(name: string): void {
    this.remember({ name });
    this.feed.setLab({ ...this.feed.state.lab, name });
  }

  /** Resolves with true when a member answers linearizable reads, with false when none does in time. */
  async waitForLeader(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const deadline = this.options.clock.monotonic() + timeoutMs;
    while (this.options.clock.monotonic() < deadline && signal?.aborted !== true) {
      const answers = await Promise.all(this.hosts.filter((host) => host.memberRuns).map((host) => host.isHealthy(1000)));
      if (answers.some(Boolean)) return true;
      await new Promise<void>((resolve) => this.options.clock.after(POLL_MS, resolve));
    }
    return false;
  }

  snapshot(): { seq: number; state: LabState } {
    return this.feed.snapshot();
  }

  subscribe(listener: (frame: ChangesFrame) => void): () => void {
    const stop = this.feed.subscribe(listener);
    this.look();
    return () => {
      stop();
      if (!this.feed.watched) this.lookouts.clear();
      this.look();
    };
  }

  execute(name: CommandName, args: unknown): Promise<unknown> {
    return executeCommand(this, name, args);
  }

  /** @throws CommandError "unknown-host" */
  machine(name: string): LabHostMachine {
    const host = this.hosts.find((one) => one.name === name);
    if (host === undefined) throw new CommandError("unknown-host", `no host is called ${name}`);
    return host;
  }

  /**
   * Ends every process. Members are asked first, so that the folder can be opened again as it was left; `discard` kills
   * them, for a lab that nobody will open again.
   */
  close(how: "keep" | "discard" = "keep"): Promise<void> {
    this.closing ??= this.closeAll(how === "keep" ? CLOSE_GRACE_MS : 0);
    return this.closing;
  }

  private async closeAll(graceMs: number): Promise<void> {
    this.founding?.end();
    await this.terminals.closeAll();
    await this.snapshots.close();
    this.logs.close();
    this.keys.close();
    await Promise.all(this.hosts.map((host) => host.close(graceMs)));
    this.servicesTimer?.cancel();
    this.feed.stop();
    this.recorder.stop();
    this.plan.release();
    if (graceMs > 0) this.remember({ usedAt: this.options.clock.now() });
    this.unlock();
  }

  private makeHost(own: HostAddress, original: readonly HostAddress[], telemetry: Telemetry): LabHostMachine {
    const { clock, folder, etcdProgram, spawnMember } = this.options;
    const host: LabHostMachine = new LabHostMachine({
      folder,
      own,
      plan: this.hostPlan(own),
      newPki: this.newPki,
      addresses: hostAddresses(own.host, this.plan.hosts, original),
      clock,
      etcdProgram,
      spawnMember,
      onWord: (word: MemberWord) => telemetry.accept(own.host, word),
      onChange: () => {
        // units are read while the host is being made; it is told of when the lab has all its hosts
        if (this.hosts === undefined) return;
        this.feed.member(host.view());
        this.tellServices();
      },
      onProcess: (state, failure) => this.processTurned(own.host, state, failure),
    });
    return host;
  }

  private hostPlan(own: HostAddress): HostPlan {
    const all = this.plan.hosts;
    const { voters, learners, spare, tls, auth, flags } = this.file.shape ?? plainShape(all.length);
    const at = all.indexOf(own);
    const joins = at >= voters && at < voters + learners;
    const founders = all.slice(0, this.options.founders ?? voters);
    // a learner names those that are there when its turn has come; a host of no cluster names itself
    const cluster = joins ? all.slice(0, at + 1) : founders.includes(own) ? founders : [own];
    return { all, spare: at >= all.length - spare, auth, member: { own, cluster, state: joins ? "existing" : "new", tls, flags, learners } };
  }

  /** A lab whose addresses were taken meanwhile gets others; its members' configuration must name them. */
  private moveAddresses(before: readonly HostAddress[], now: readonly HostAddress[], pki: LabPki | undefined): void {
    const pairs = now.flatMap((one): [string, string][] => {
      const old = before.find((other) => other.host === one.host);
      if (old === undefined) return [];
      return [[`${old.address}:${old.clientPort}`, `${one.address}:${one.clientPort}`], [`${old.address}:${old.peerPort}`, `${one.address}:${one.peerPort}`]];
    });
    const moved = pairs.filter(([from, to]) => from !== to);
    if (moved.length === 0) return;
    for (const host of this.hosts) {
      for (const name of ADDRESSED_FILES) {
        const path = host.files.real(name);
        if (existsSync(path)) writeFileSync(path, readdress(readFileSync(path, "utf8"), moved));
      }
      pki?.readdress(host.files, host.address);
      host.reload();
    }
  }

  private makeFounding(shape: LabShape): Founding {
    return new Founding({
      voters: this.hosts.slice(0, shape.voters),
      learners: this.hosts.slice(shape.voters, shape.voters + shape.learners),
      auth: shape.auth,
      client: () => this.keys.connection,
      clock: this.options.clock,
      note: (host, text, tone) => this.note({ host, kind: "membership", text, tone }),
      onFounded: () => this.remember({ founded: true }),
    });
  }

  private remember(what: Partial<LabFile>): void {
    this.file = { ...this.file, ...what };
    writeLabFile(this.folder, this.file);
  }

  private processTurned(host: string, state: ProcessState, failure: string): void {
    const text: Record<ProcessState, [string, TimelineEvent["tone"]]> = {
      starting: ["etcd was started", "plain"],
      running: ["etcd runs", "good"],
      paused: ["etcd was stopped with SIGSTOP", "warn"],
      stopped: ["etcd has ended", "plain"],
      killed: ["etcd was killed with SIGKILL", "bad"],
      failed: [failure === "" ? "etcd has failed" : `etcd has failed: ${failure.slice(0, 200)}`, "bad"],
    };
    const [words, tone] = text[state];
    const down = state !== "starting" && state !== "running";
    if (down && state !== "paused") this.mail.lost(host);
    this.note({ host, kind: "process", text: words, tone, what: down ? "down" : "" });
    this.faults.processTurned(host, state === "paused");
  }

  /** Members tell everything only while a window looks. */
  private look(): void {
    for (const host of this.hosts) host.send({ type: "watch", level: this.feed.watched ? "on" : "off" });
    if (this.feed.watched) this.keys.watch((revision, keys) => this.feed.keysChanged(revision, keys));
    else this.keys.unwatch();
  }

  meterHistory(host: string): MeterHistory {
    let history = this.meters.get(host);
    if (history === undefined) this.meters.set(host, (history = new MeterHistory()));
    return history;
  }

  /** The first window begins to look at something, or the last one ends. */
  private turnLook(topic: LookTopic, host: string, on: boolean): void {
    if (topic === "watching") for (const one of this.hosts) one.send({ type: "watching", on });
    else if (topic === "snapshots") this.snapshots.look(on);
    else this.logs.follow(this.machine(host), on);
  }

  private note(event: Note): void {
    const known = event.host === "" ? undefined : this.hosts?.find((host) => host.name === event.host);
    this.timeline.add({ at: this.options.clock.now(), term: known?.view().raft?.term ?? 0, what: "", peer: "", ...event });
  }

  private tellServices(): void {
    this.servicesTimer ??= this.options.clock.after(0, () => {
      this.servicesTimer = undefined;
      const services = this.hosts.flatMap((host) => host.services.list().map((unit) => serviceView(host.name, unit)));
      this.feed.setServices(services);
    });
  }

  private makeWorld(): ShellWorld {
    return {
      hostNames: () => this.hosts.map((host) => host.name),
      host: (name): ShellHost | undefined => this.hosts.find((host) => namesOf(host.name).includes(name) || host.address === name),
      programs: this.options.programs,
      ...(this.options.onCommand !== undefined && { onCommand: this.options.onCommand }),
      faults: this.faults,
      steps: {
        set: (on) => this.faults.step(on),
        letters: () =>
          this.mail.view().letters.map((letter) => {
            const to = this.hosts.find((host) => host.memberId === letter.to)?.name ?? letter.to;
            return { id: letter.id, text: `${letter.from} to ${to}: ${letterWords(letter)}` };
          }),
        settle: (ids, fate) => this.mail.settle(ids, fate),
        ticks: (host, count) => this.faults.ticks(host, count),
      },
      keys: this.keys,
      memory: this.memory,
    };
  }
}

function serviceView(host: string, unit: ReturnType<LabHostMachine["services"]["status"]>): ServiceView {
  const active = unit.activity === "deactivating" ? "inactive" : unit.activity;
  return { host, name: unit.name.replace(/\.service$/, ""), active, detail: unit.statusText !== "" ? unit.statusText : unit.substate };
}

function emptyState(options: LabOptions, name: string): LabState {
  return {
    lab: { ...(options.id !== undefined && { id: options.id }), name, folder: options.folder, version: options.version, startedAt: options.clock.now() },
    members: [],
    faults: [],
    mail: { stepping: false, letters: [] },
    logs: [],
    timeline: [],
    services: [],
    terminals: [],
  };
}
