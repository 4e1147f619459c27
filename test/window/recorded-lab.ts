/**
 * A lab that plays believable, made-up data from one seed, so that the window can be seen, judged and tested without a
 * cluster. It follows the contract and looks like Raft from outside; nothing in it is Raft.
 */
import { CommandError } from "../../core/lab/contract/host.ts";
import type { ChangesFrame, LabHost } from "../../core/lab/contract/host.ts";
import type { Change, CommandName, Commands } from "../../core/lab/contract/protocol.ts";
import { reduce } from "../../core/lab/contract/reduce.ts";
import type { ActiveFault, LabState, LogEntryView, MemberView, MessageMark, ProcessState, RaftView, RequestWay, TimelineEvent, WaitingLetter, WayStep } from "../../core/lab/contract/state.ts";
import { fillKeys, fromBase64, RecordedKeys, toBase64 } from "./recorded-keys.ts";
import { RecordedViews } from "./recorded-views.ts";
import { RecordedShell } from "./recorded-shell.ts";

export interface RecordedLabOptions {
  readonly members?: number;
  readonly seed?: number;
  /** plain keys beside the Kubernetes-like ones */
  readonly keys?: number;
  /** keys that differ between a snapshot and now */
  readonly differences?: number;
  /** false: no time passes but through `step` */
  readonly live?: boolean;
  readonly now?: () => number;
  /** nothing has happened yet and no member is there */
  readonly empty?: boolean;
}

interface Mind {
  term: number;
  role: RaftView["role"];
  lead: string;
  commit: number;
  applied: number;
  match: number;
  elapsed: number;
  timeout: number;
  votes: Record<string, boolean>;
}

const STEP_MS = 100;
const FIRST_INDEX = 1001;

export class RecordedLab implements LabHost {
  readonly keys = new RecordedKeys();
  readonly views: RecordedViews;
  /** every command that came, in order */
  readonly executed: CommandName[] = [];
  readonly #shells = new Map<string, RecordedShell>();
  readonly #minds = new Map<string, Mind>();
  readonly #listeners = new Set<(frame: ChangesFrame) => void>();
  readonly #now: () => number;
  #state: LabState;
  #seq = 0;
  #random: number;
  #eventId = 0;
  #messageId = 0;
  #terminalId = 0;
  #last = 1180;
  readonly #ways = new Map<number, RequestWay>();
  #steps = 0;
  #electionAt = -1;
  #timer: NodeJS.Timeout | null = null;
  #pending: Change[] = [];

  constructor(options: RecordedLabOptions = {}) {
    this.#random = options.seed ?? 1;
    this.#now = options.now ?? Date.now;
    this.views = new RecordedViews({ now: this.#now, hosts: () => this.#state.members, revision: () => this.keys.revision, differences: options.differences ?? 12 });
    const count = options.empty === true ? 0 : (options.members ?? 3);
    const at = this.#now();
    const names = Array.from({ length: count }, (_, index) => `m${index + 1}`);
    this.#state = {
      lab: { name: "ha-practice", folder: "~/Quorum Lab/ha-practice", version: "3.6.14", startedAt: at - 160_000 },
      members: [],
      faults: [],
      mail: { stepping: false, letters: [] },
      logs: [],
      timeline: [],
      services: names.flatMap((host) => [
        { host, name: "etcd", active: "active" as const, detail: "" },
        { host, name: "kube-apiserver", active: "active" as const, detail: "" },
      ]),
      terminals: [],
    };
    names.forEach((host, index) => this.#think(host, index));
    this.#state = { ...this.#state, members: names.map((host, index) => this.#newMember(host, index, at)) };
    if (count > 0) this.#past(names, at);
    if (options.empty !== true) fillKeys(this.keys, options.keys ?? 0);
    if (options.live !== false) this.#timer = setInterval(() => this.step(), STEP_MS);
  }

  /** Time stops; commands still work. */
  freeze(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  stop(): void {
    this.freeze();
    this.#listeners.clear();
  }

  snapshot(): { seq: number; state: LabState } {
    return { seq: this.#seq, state: this.#state };
  }

  subscribe(listener: (frame: ChangesFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get state(): LabState {
    return this.#state;
  }

  /** One tenth of a second of the lab's life. */
  step(): void {
    this.#steps += 1;
    this.#elect();
    const leader = this.#leader();
    if (leader !== null) {
      if (this.#steps % 5 === 0) this.#heartbeat(leader);
      if (this.#steps % 7 === 0) this.write(`/shop/carts/${1 + (this.#steps % 9)}`, `{"items":${this.#steps % 5}}`);
    }
    for (const [host, mind] of this.#minds) {
      if (!this.#runs(host)) continue;
      mind.elapsed = mind.role === "leader" ? 0 : Math.min(mind.timeout, mind.elapsed + 1);
      if (mind.applied < mind.commit) mind.applied = Math.min(mind.commit, mind.applied + 60);
      this.#tell(host);
    }
    for (const change of this.views.tell(this.#steps)) this.#add(change);
    this.#flush();
  }

  /** As members of a quiet lab told it. */
  #recordedWay(leader: string, { index, term, key, operation, at }: LogEntryView): RequestWay {
    const steps: WayStep[] = [];
    const tell = (ms: number, step: WayStep["step"], host: string, other = ""): void => {
      steps.push({ step, host, peer: other === "" ? "" : (this.#state.members.find((member) => member.host === other)?.id ?? ""), at: at + ms, detail: "" });
    };
    const others = this.#state.members.filter((member) => member.host !== leader && this.#reaches(leader, member.host)).map((member) => member.host);
    tell(0, "received", leader);
    tell(0.1, "proposed", leader);
    tell(0.3, "appended", leader);
    for (const other of others) tell(0.4, "sent", leader, other);
    for (const other of others) tell(0.9, "arrived", other, leader);
    for (const other of others) tell(1.1, "appended", other);
    tell(1.9, "durable", leader);
    for (const other of others) tell(3.4, "durable", other);
    for (const other of others) tell(3.9, "acknowledged", leader, other);
    if (others.length > 0) for (const step of ["committed", "applied", "answered"] as const) tell(4.2, step, leader);
    return { request: index.toString(16), operation, key, index, term, steps };
  }

  /** A put through the leader; false when nobody leads. */
  write(key: string, value: string): boolean {
    const leader = this.#leader();
    if (leader === null) return false;
    const revision = this.keys.put(key, value);
    this.#last += 1;
    const term = this.#mind(leader).term;
    const entry: LogEntryView = { index: this.#last, term, operation: "put", key, bytes: 40 + key.length + value.length, at: this.#now() };
    for (const member of this.#state.members) {
      if (member.host !== leader && !this.#reaches(leader, member.host)) continue;
      const mind = this.#mind(member.host);
      const slow = this.#state.faults.some((fault) => fault.host === member.host && fault.kind === "slow-fsync");
      this.#add({ type: "log", host: member.host, appended: [entry], truncatedFrom: 0, firstIndex: 0, durableIndex: slow ? this.#last - 6 : this.#last });
      mind.match = slow ? this.#last - 6 : this.#last;
      if (member.host !== leader) {
        this.#message(leader, member.host, "MsgApp", { index: this.#last - 1, entries: 1, bytes: entry.bytes });
        this.#message(member.host, leader, "MsgAppResp", { index: this.#last });
      }
    }
    this.#ways.set(this.#last, this.#recordedWay(leader, entry));
    this.#commit(leader);
    this.#add({ type: "keys", revision, keys: [toBase64(key)] });
    return true;
  }

  execute(name: CommandName, args: unknown): Promise<unknown> {
    this.executed.push(name);
    try {
      const reply = this.#execute(name, args);
      this.#flush();
      return Promise.resolve(reply);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #execute(name: CommandName, args: unknown): unknown {
    const a = args as Record<string, never> & { host: string; id: string; key: string; value: string; data: string };
    switch (name) {
      case "member.kill":
        return this.#setProcess(a.host, "killed", "bad", "killed with -9 from this window");
      case "member.pause":
        return this.#setProcess(a.host, "paused", "warn", "paused from this window");
      case "member.resume":
        return this.#setProcess(a.host, "running", "plain", "continues");
      case "member.stop":
        return this.#setProcess(a.host, "stopped", "warn", "stopped by the service manager");
      case "member.start":
        return this.#setProcess(a.host, "running", "good", "started");
      case "member.restart":
        this.#setProcess(a.host, "stopped", "plain", "restarts");
        return this.#setProcess(a.host, "running", "good", "started");
      case "fault.link":
        return this.#linkFault(args as Commands["fault.link"]["args"]);
      case "fault.disk": {
        const disk = args as Commands["fault.disk"]["args"];
        const text = `${disk.host} ${disk.kind === "slow-fsync" ? `fsync +${disk.amount} ms` : disk.kind}`;
        return this.#addFault({ id: `${disk.kind}-${disk.host}`, kind: disk.kind, host: disk.host, to: "", amount: disk.amount, since: this.#now(), text });
      }
      case "fault.isolate":
        this.#mind(a.host);
        for (const other of this.#state.members) {
          if (other.host === a.host) continue;
          this.#linkFault({ from: a.host, to: other.host, kind: "cut", amount: 0 });
          this.#linkFault({ from: other.host, to: a.host, kind: "cut", amount: 0 });
        }
        return null;
      case "fault.pace": {
        const slowdown = Number(a.slowdown);
        if (slowdown > 1) this.#addFault({ id: "slow-motion", kind: "slow-motion", host: "", to: "", amount: slowdown, since: this.#now(), text: `raft goes ${slowdown} times slower` });
        else this.#undo("slow-motion");
        return null;
      }
      case "step.set": {
        const stepping = (a.on as unknown) === true;
        const [one, two] = this.#state.members.map((member) => member.host);
        const letter = (n: number, from: string, to: string, more: Partial<WaitingLetter>): WaitingLetter => ({
          id: `${from}/${n}`, at: this.#now(), from, to: this.#idOf(to), type: "MsgApp", term: 2, logTerm: 2, index: this.#last, entries: [], entryCount: 0, commit: this.#last, reject: false, ...more,
        });
        const put = [{ term: 2, operation: "put", key: "/shop/carts/7" }];
        const letters = stepping && one !== undefined && two !== undefined ? [letter(1, one, two, { entries: put, entryCount: 1 }), letter(2, two, one, { type: "MsgAppResp" })] : [];
        this.#add({ type: "mail", mail: { stepping, letters } });
        const others = this.#state.faults.filter((fault) => fault.kind !== "step-mode");
        const fault: ActiveFault = { id: "step-mode", kind: "step-mode", host: "", to: "", amount: 0, since: this.#now(), text: "step mode: raft's clocks stand still, its messages wait" };
        this.#add({ type: "faults", faults: stepping ? [...others, fault] : others });
        return null;
      }
      case "step.settle": {
        const gone = new Set((args as Commands["step.settle"]["args"]).letters);
        this.#add({ type: "mail", mail: { stepping: true, letters: this.#state.mail.letters.filter((letter) => !gone.has(letter.id)) } });
        return null;
      }
      case "step.ticks":
        return null;
      case "fault.undo":
        return this.#undo(a.id);
      case "fault.heal":
        for (const fault of this.#state.faults) this.#undo(fault.id);
        return null;
      case "keys.list":
        return this.keys.list(args as Commands["keys.list"]["args"]);
      case "keys.get":
        return this.keys.find(args as Commands["keys.get"]["args"]);
      case "keys.history":
        return this.keys.history(args as Commands["keys.history"]["args"]);
      case "keys.put":
        if (!this.write(Buffer.from(a.key, "base64").toString(), fromBase64(a.value))) throw new CommandError("unavailable", "etcdserver: no leader");
        return { revision: this.keys.revision };
      case "keys.delete": {
        const deleted = this.keys.delete(Buffer.from(a.key, "base64").toString());
        this.#add({ type: "keys", revision: this.keys.revision, keys: [a.key] });
        return { revision: this.keys.revision, deleted };
      }
      case "request.way":
        return { way: this.#ways.get(Number(a.index)) ?? null };
      case "terminal.open":
        return this.#openTerminal(a.host);
      case "terminal.attach":
        return { replay: this.#shell(a.id).replay };
      case "terminal.input":
        this.#shell(a.id).input(a.data);
        return null;
      case "terminal.resize":
        return null;
      case "terminal.close":
        this.#shells.delete(a.id);
        this.#add({ type: "terminal.closed", id: a.id, code: 0 });
        return null;
      case "window.painted":
        return null;
      default: {
        const reply = this.views.execute(name, args);
        if (name === "snapshots.save") this.#add(this.views.changed());
        if (reply === undefined) throw new CommandError("failed", `the recorded lab does not know ${name}`);
        return reply;
      }
    }
  }

  #openTerminal(host: string): { id: string } {
    this.#mind(host);
    this.#terminalId += 1;
    const id = `t${this.#terminalId}`;
    this.#add({ type: "terminals", terminals: [...this.#state.terminals, { id, host }] });
    const shell = new RecordedShell(host, this, (data) => {
      this.#add({ type: "terminal.output", id, data });
      this.#flush();
    });
    this.#shells.set(id, shell);
    setImmediate(() => shell.begin());
    return { id };
  }

  #shell(id: string): RecordedShell {
    const shell = this.#shells.get(id);
    if (shell === undefined) throw new CommandError("unknown-terminal", `no terminal is called ${id}`);
    return shell;
  }

  #mind(host: string): Mind {
    const mind = this.#minds.get(host);
    if (mind === undefined) throw new CommandError("unknown-host", `no host is called ${host}`);
    return mind;
  }

  #runs(host: string): boolean {
    return this.#state.members.find((member) => member.host === host)?.process === "running";
  }

  #cut(from: string, to: string): boolean {
    return this.#state.faults.some((fault) => fault.kind === "cut" && fault.host === from && fault.to === to);
  }

  #reaches(from: string, to: string): boolean {
    return this.#runs(from) && this.#runs(to) && !this.#cut(from, to) && !this.#cut(to, from);
  }

  #leader(): string | null {
    let best: string | null = null;
    for (const [host, mind] of this.#minds) {
      if (mind.role === "leader" && this.#runs(host) && (best === null || mind.term > this.#mind(best).term)) best = host;
    }
    return best;
  }

  #quorumOf(host: string): string[] {
    return [...this.#minds.keys()].filter((other) => other === host || this.#reaches(host, other));
  }

  #elect(): void {
    const majority = Math.floor(this.#minds.size / 2) + 1;
    const leader = this.#leader();
    if (leader !== null && this.#quorumOf(leader).length >= majority) {
      this.#electionAt = -1;
      return;
    }
    if (leader !== null) {
      const mind = this.#mind(leader);
      mind.role = "follower";
      mind.lead = "";
      this.#event(leader, "leader", mind.term, "stepped down: no quorum answers", "warn");
    }
    if (this.#minds.size === 0) return;
    if (this.#electionAt < 0) this.#electionAt = this.#steps + 9;
    if (this.#steps < this.#electionAt) return;
    this.#electionAt = this.#steps + 12;
    const term = Math.max(...[...this.#minds.values()].map((mind) => mind.term)) + 1;
    const candidates = [...this.#minds.keys()].filter((host) => this.#runs(host));
    const candidate = candidates.sort((a, b) => this.#mind(b).match - this.#mind(a).match || this.#mind(a).timeout - this.#mind(b).timeout)[0];
    if (candidate === undefined) return;
    const voters = this.#quorumOf(candidate);
    const mind = this.#mind(candidate);
    for (const other of this.#minds.keys()) {
      if (other === candidate) continue;
      this.#message(candidate, other, "MsgPreVote", { index: mind.match });
      if (this.#reaches(candidate, other)) this.#message(other, candidate, "MsgPreVoteResp", {});
    }
    if (voters.length < majority) {
      mind.role = "pre-candidate";
      mind.lead = "";
      mind.votes = { [candidate]: true };
      return;
    }
    for (const voter of voters) Object.assign(this.#mind(voter), { term, lead: candidate, role: voter === candidate ? "leader" : "follower", elapsed: 0 });
    mind.votes = {};
    this.#event(candidate, "election", term, "stood for election: heard nothing from a leader for 1.2 s", "plain");
    this.#event(candidate, "leader", term, `became leader of term ${term} with votes of ${voters.join(", ")}`, "good");
    this.#last += 1;
    const entry: LogEntryView = { index: this.#last, term, operation: "no-op", key: "", bytes: 12, at: this.#now() };
    for (const voter of voters) {
      this.#mind(voter).match = this.#last;
      this.#add({ type: "log", host: voter, appended: [entry], truncatedFrom: 0, firstIndex: 0, durableIndex: this.#last });
    }
    this.#commit(candidate);
  }

  #commit(leader: string): void {
    const matches = this.#quorumOf(leader).map((host) => this.#mind(host).match).sort((a, b) => b - a);
    const commit = matches[Math.floor(this.#minds.size / 2)];
    if (commit === undefined) return;
    for (const host of this.#quorumOf(leader)) this.#mind(host).commit = Math.max(this.#mind(host).commit, Math.min(commit, this.#mind(host).match));
  }

  #heartbeat(leader: string): void {
    for (const other of this.#minds.keys()) {
      if (other === leader) continue;
      this.#message(leader, other, "MsgHeartbeat", {});
      if (!this.#reaches(leader, other)) continue;
      const mind = this.#mind(other);
      this.#message(other, leader, "MsgHeartbeatResp", {});
      // Whoever comes back takes the leader's term and catches up.
      Object.assign(mind, { elapsed: 0, term: this.#mind(leader).term, lead: leader, role: "follower" });
      const behind = this.#state.logs.find((log) => log.host === leader)?.entries.filter((entry) => entry.index > mind.match) ?? [];
      const slow = this.#state.faults.some((fault) => fault.host === other && fault.kind === "slow-fsync");
      if (behind.length > 0 && !slow) {
        mind.match = this.#last;
        this.#add({ type: "log", host: other, appended: behind, truncatedFrom: 0, firstIndex: 0, durableIndex: this.#last });
        this.#message(leader, other, "MsgApp", { index: behind[0]?.index ?? 0, entries: behind.length, bytes: behind.length * 80 });
      }
    }
    this.#commit(leader);
  }

  #message(from: string, to: string, type: string, more: Partial<MessageMark>): void {
    if (!this.#runs(from)) return;
    const cut = this.#cut(from, to);
    this.#messageId += 1;
    const mark: MessageMark = {
      id: this.#messageId,
      at: this.#now(),
      from,
      to,
      type,
      term: this.#mind(from).term,
      index: 0,
      entries: 0,
      bytes: 20,
      reject: false,
      outcome: cut || !this.#runs(to) ? "dropped" : "delivered",
      reason: cut ? "cut" : this.#runs(to) ? "" : "unreachable",
      ...more,
    };
    this.#add({ type: "messages", marks: [mark], unsampled: 0 });
  }

  #setProcess(host: string, process: ProcessState, tone: TimelineEvent["tone"], text: string): null {
    const mind = this.#mind(host);
    const member = this.#state.members.find((one) => one.host === host);
    if (member === undefined) throw new CommandError("unknown-host", `no host is called ${host}`);
    if (process === "running" && member.process !== "paused") Object.assign(mind, { role: "follower", lead: "", elapsed: 0 });
    this.#add({ type: "member", member: { ...member, process, processSince: this.#now(), pid: process === "running" ? 4200 + this.#steps : null } });
    this.#event(host, "process", mind.term, text, tone, this.#now(), { what: process === "running" ? "" : "down" });
    const active = process === "running" || process === "paused" ? ("active" as const) : process === "killed" ? ("failed" as const) : ("inactive" as const);
    this.#add({ type: "services", services: this.#state.services.map((one) => (one.host === host && one.name === "etcd" ? { ...one, active } : one)) });
    return null;
  }

  #linkFault(args: Commands["fault.link"]["args"]): ActiveFault {
    this.#mind(args.from);
    this.#mind(args.to);
    const words = { cut: "is cut", delay: `is ${args.amount} ms late`, loss: `loses ${Math.round(args.amount * 100)} %`, duplicate: "sends twice", reorder: `reorders ${Math.round(args.amount * 100)} %`, bandwidth: `carries ${args.amount} bytes a second` };
    return this.#addFault({
      id: `${args.kind}-${args.from}-${args.to}`,
      kind: args.kind,
      host: args.from,
      to: args.to,
      amount: args.amount,
      since: this.#now(),
      text: `${args.from} to ${args.to} ${words[args.kind]}`,
    });
  }

  #addFault(fault: ActiveFault): ActiveFault {
    this.#add({ type: "faults", faults: [...this.#state.faults.filter((one) => one.id !== fault.id), fault] });
    this.#event(fault.host, "fault", 0, fault.text, fault.kind === "cut" ? "bad" : "warn");
    return fault;
  }

  #undo(id: string): null {
    if (id === "step-mode") this.#add({ type: "mail", mail: { stepping: false, letters: [] } });
    const fault = this.#state.faults.find((one) => one.id === id);
    if (fault === undefined) throw new CommandError("unknown-fault", `no fault is called ${id}`);
    this.#add({ type: "faults", faults: this.#state.faults.filter((one) => one.id !== id) });
    this.#event(fault.host, "fault", 0, `${fault.text}: healed`, "good");
    return null;
  }

  #event(host: string, kind: TimelineEvent["kind"], term: number, text: string, tone: TimelineEvent["tone"], at = this.#now(), more: Partial<Pick<TimelineEvent, "what" | "peer">> = {}): void {
    this.#eventId += 1;
    this.#add({ type: "timeline", events: [{ id: this.#eventId, at, host, kind, term, text, tone, what: "", peer: "", ...more }] });
  }

  #idOf(host: string): string {
    return (0x8e9e05c52164694dn + BigInt(Number(host.slice(1))) * 0x1111111111n).toString(16);
  }

  #think(host: string, index: number): void {
    this.#minds.set(host, {
      term: 2,
      role: host === "m1" ? "leader" : "follower",
      lead: "m1",
      commit: this.#last,
      applied: this.#last,
      match: this.#last,
      elapsed: 0,
      timeout: 10 + ((index * 3) % 8),
      votes: {},
    });
  }

  #newMember(host: string, index: number, at: number): MemberView {
    return {
      host,
      id: this.#idOf(host),
      clusterId: "cdf818194e3a8c32",
      clientUrl: `http://127.0.1.${index + 1}:2379`,
      peerUrl: `http://127.0.1.${index + 1}:2380`,
      process: "running",
      processSince: at - 150_000,
      pid: 4100 + index,
      failure: "",
      raft: this.#raft(host),
    };
  }

  #raft(host: string): RaftView {
    const mind = this.#mind(host);
    const slow = this.#state.faults.some((fault) => fault.host === host && fault.kind === "slow-fsync");
    this.#random = (this.#random * 1103515245 + 12345) % 2147483648;
    return {
      role: mind.role,
      term: mind.term,
      vote: mind.lead === "" ? "" : this.#idOf(mind.lead),
      lead: mind.lead === "" ? "" : this.#idOf(mind.lead),
      firstIndex: FIRST_INDEX,
      lastIndex: mind.match,
      commit: mind.commit,
      applied: mind.applied,
      revision: this.keys.revision,
      compactRevision: 0,
      electionElapsed: mind.elapsed,
      electionTimeout: mind.timeout,
      tickMs: 100,
      stepping: this.#state.mail.stepping,
      votes: mind.votes,
      progress:
        mind.role === "leader"
          ? [...this.#minds.keys()].map((other) => ({
              id: this.#idOf(other),
              match: this.#mind(other).match,
              next: this.#mind(other).match + 1,
              state: this.#reaches(host, other) || host === other ? ("replicate" as const) : ("probe" as const),
              active: this.#reaches(host, other) || host === other,
              inflight: 0,
            }))
          : [],
      dbSize: 1_253_376,
      dbSizeInUse: 1_101_824,
      fsyncMs: (slow ? 10.4 : 0.3) + (this.#random % 30) / 100,
      watchers: 3,
      leases: 3,
      keys: this.keys.count,
      alarms: [],
      residentBytes: 58_000_000 + (this.#random % 900_000),
      observedAt: this.#now(),
    };
  }

  #tell(host: string): void {
    const member = this.#state.members.find((one) => one.host === host);
    if (member !== undefined) this.#add({ type: "member", member: { ...member, raft: this.#raft(host) } });
  }

  /** What happened before the window opened: two terms, a hundred and fifty entries, a few words. */
  #past(names: readonly string[], at: number): void {
    const leader = names[0] ?? "m1";
    const other = names[1] ?? leader;
    for (const host of names) this.#event(host, "process", 0, "started", "plain", at - 158_000);
    this.#event(other, "election", 1, "stood for election: nobody led", "plain", at - 156_200);
    this.#event(other, "leader", 1, `became leader of term 1 with votes of ${names.slice(0, Math.floor(names.length / 2) + 1).join(", ")}`, "good", at - 156_100);
    this.#event(names.at(-1) ?? leader, "membership", 1, "cluster version is 3.6", "plain", at - 155_900);
    this.#event(other, "process", 1, "paused for 3 s from the m1 terminal", "warn", at - 92_400, { what: "down" });
    this.#event(leader, "election", 2, `stood for election: heard nothing from ${other} for 1.31 s`, "plain", at - 91_100, { what: "campaign", peer: other });
    this.#event(leader, "leader", 2, `became leader of term 2 with votes of ${names.filter((one) => one !== other).join(", ")}`, "good", at - 91_000, { what: "leader-elected" });
    this.#event(leader, "snapshot", 2, "saved snapshot.db: revision 98, 102 keys", "plain", at - 60_000);
    this.#event(other, "storage", 2, "fsync took 11 ms", "warn", at - 30_500);
    this.#event(leader, "command", 2, "etcdctl put /registry/minions/m1 from the m1 terminal", "plain", at - 12_700);
    const operations = ["put", "put", "put", "txn", "delete", "lease-grant"];
    const entries: LogEntryView[] = [];
    for (let index = FIRST_INDEX; index <= this.#last; index += 1) {
      const noop = index === 1120;
      entries.push({
        index,
        term: index < 1120 ? 1 : 2,
        operation: noop ? "no-op" : (operations[index % operations.length] ?? "put"),
        key: noop ? "" : `/shop/carts/${index % 9}`,
        bytes: 90 + ((index * 37) % 300),
        at: at - (this.#last - index) * 500,
      });
    }
    for (const host of names) this.#add({ type: "log", host, appended: entries, truncatedFrom: 0, firstIndex: FIRST_INDEX, durableIndex: this.#last });
    this.#flush();
  }

  /** A follower with entries of its own that a later leader overwrote: for the pictures. */
  overwrite(host: string): void {
    const mind = this.#mind(host);
    const from = this.#last - 5;
    const lost = this.#state.logs.find((log) => log.host === host)?.entries.filter((entry) => entry.index >= from) ?? [];
    this.#add({ type: "log", host, appended: [], truncatedFrom: from, firstIndex: 0, durableIndex: 0 });
    this.#event(host, "storage", mind.term, `entries ${from} to ${from + lost.length - 1} overwritten by the leader`, "warn");
    mind.match = from - 1;
    mind.commit = Math.min(mind.commit, from - 1);
    mind.applied = Math.min(mind.applied, from - 4);
    this.#tell(host);
    this.#flush();
  }

  #add(change: Change): void {
    this.#state = reduce(this.#state, change);
    this.#pending.push(change);
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#seq += 1;
    const frame: ChangesFrame = { type: "changes", seq: this.#seq, at: this.#now(), changes: this.#pending };
    this.#pending = [];
    for (const listener of this.#listeners) listener(frame);
  }
}
