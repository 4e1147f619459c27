/**
 * The cluster of the recorded lab: members that look like Raft from outside, from one seed. Everything that happens is told as a change,
 * which also makes the state.
 */
import { CommandError } from "../../core/lab/contract/host.ts";
import type { Change, Commands } from "../../core/lab/contract/protocol.ts";
import { reduce } from "../../core/lab/contract/reduce.ts";
import type { ActiveFault, ImpossibleFaults, LabState, LogEntryView, MemberView, MessageMark, ProcessState, RaftView, RequestWay, TimelineEvent, WayStep } from "../../core/lab/contract/state.ts";
import { type RecordedKeys, toBase64 } from "./recorded-keys.ts";

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

export interface RecordedClusterOptions {
  readonly members: number;
  readonly seed: number;
  readonly now: () => number;
  readonly keys: RecordedKeys;
  readonly onChange: (change: Change) => void;
}

const FIRST_INDEX = 1001;

function impossible(runs: boolean): ImpossibleFaults {
  return { "certificate-expired": "this member has no certificate: the lab runs without TLS", ...(runs ? { "torn-write": "stop or kill it first: only a crash tears a write" } : {}) };
}

export class RecordedCluster {
  state: LabState;
  readonly ways = new Map<number, RequestWay>();
  /** tenths of a second that have gone by */
  steps = 0;
  /** the newest entry's index */
  last = 1180;
  readonly keys: RecordedKeys;
  readonly #minds = new Map<string, Mind>();
  readonly #now: () => number;
  readonly #onChange: (change: Change) => void;
  #random: number;
  #eventId = 0;
  #messageId = 0;
  #electionAt = -1;

  constructor({ members, seed, now, keys, onChange }: RecordedClusterOptions) {
    this.#random = seed;
    this.#now = now;
    this.keys = keys;
    this.#onChange = onChange;
    const at = now();
    const names = Array.from({ length: members }, (_, index) => `m${index + 1}`);
    this.state = {
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
    this.state = { ...this.state, members: names.map((host, index) => this.#newMember(host, index, at)) };
    if (members > 0) this.#past(names, at);
  }

  /** A change that somebody else made: it is told, and the state is as it says. */
  add(change: Change): void {
    this.state = reduce(this.state, change);
    this.#onChange(change);
  }

  /** One tenth of a second of the lab's life. */
  step(): void {
    this.steps += 1;
    this.#elect();
    const leader = this.#leader();
    if (leader !== null) {
      if (this.steps % 5 === 0) this.#heartbeat(leader);
      if (this.steps % 7 === 0) this.write(`/shop/carts/${1 + (this.steps % 9)}`, `{"items":${this.steps % 5}}`);
    }
    for (const [host, mind] of this.#minds) {
      if (!this.#runs(host)) continue;
      mind.elapsed = mind.role === "leader" ? 0 : Math.min(mind.timeout, mind.elapsed + 1);
      if (mind.applied < mind.commit) mind.applied = Math.min(mind.commit, mind.applied + 60);
      this.#tell(host);
    }
  }

  /** As members of a quiet lab told it. */
  #recordedWay(leader: string, { index, term, key, operation, at }: LogEntryView): RequestWay {
    const steps: WayStep[] = [];
    const tell = (ms: number, step: WayStep["step"], host: string, other = ""): void => {
      steps.push({ step, host, peer: other === "" ? "" : (this.state.members.find((member) => member.host === other)?.id ?? ""), at: at + ms, detail: "" });
    };
    const others = this.state.members.filter((member) => member.host !== leader && this.#reaches(leader, member.host)).map((member) => member.host);
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
    this.last += 1;
    const term = this.mind(leader).term;
    const entry: LogEntryView = { index: this.last, term, operation: "put", key, bytes: 40 + key.length + value.length, at: this.#now() };
    for (const member of this.state.members) {
      if (member.host !== leader && !this.#reaches(leader, member.host)) continue;
      const mind = this.mind(member.host);
      const slow = this.state.faults.some((fault) => fault.host === member.host && fault.kind === "slow-fsync");
      this.add({ type: "log", host: member.host, appended: [entry], truncatedFrom: 0, firstIndex: 0, durableIndex: slow ? this.last - 6 : this.last });
      mind.match = slow ? this.last - 6 : this.last;
      if (member.host !== leader) {
        this.#message(leader, member.host, "MsgApp", { index: this.last - 1, entries: 1, bytes: entry.bytes });
        this.#message(member.host, leader, "MsgAppResp", { index: this.last });
      }
    }
    this.ways.set(this.last, this.#recordedWay(leader, entry));
    this.#commit(leader);
    this.add({ type: "keys", revision, keys: [toBase64(key)] });
    return true;
  }

  mind(host: string): Mind {
    const mind = this.#minds.get(host);
    if (mind === undefined) throw new CommandError("unknown-host", `no host is called ${host}`);
    return mind;
  }

  #runs(host: string): boolean {
    return this.state.members.find((member) => member.host === host)?.process === "running";
  }

  #cut(from: string, to: string): boolean {
    return this.state.faults.some((fault) => fault.kind === "cut" && fault.host === from && fault.to === to);
  }

  #reaches(from: string, to: string): boolean {
    return this.#runs(from) && this.#runs(to) && !this.#cut(from, to) && !this.#cut(to, from);
  }

  #leader(): string | null {
    let best: string | null = null;
    for (const [host, mind] of this.#minds) {
      if (mind.role === "leader" && this.#runs(host) && (best === null || mind.term > this.mind(best).term)) best = host;
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
      const mind = this.mind(leader);
      mind.role = "follower";
      mind.lead = "";
      this.#event(leader, "leader", mind.term, "stepped down: no quorum answers", "warn");
    }
    if (this.#minds.size === 0) return;
    if (this.#electionAt < 0) this.#electionAt = this.steps + 9;
    if (this.steps < this.#electionAt) return;
    this.#electionAt = this.steps + 12;
    const term = Math.max(...[...this.#minds.values()].map((mind) => mind.term)) + 1;
    const candidates = [...this.#minds.keys()].filter((host) => this.#runs(host));
    const candidate = candidates.sort((a, b) => this.mind(b).match - this.mind(a).match || this.mind(a).timeout - this.mind(b).timeout)[0];
    if (candidate === undefined) return;
    const voters = this.#quorumOf(candidate);
    const mind = this.mind(candidate);
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
    for (const voter of voters) Object.assign(this.mind(voter), { term, lead: candidate, role: voter === candidate ? "leader" : "follower", elapsed: 0 });
    mind.votes = {};
    this.#event(candidate, "election", term, "stood for election: heard nothing from a leader for 1.2 s", "plain");
    this.#event(candidate, "leader", term, `became leader of term ${term} with votes of ${voters.join(", ")}`, "good");
    this.last += 1;
    const entry: LogEntryView = { index: this.last, term, operation: "no-op", key: "", bytes: 12, at: this.#now() };
    for (const voter of voters) {
      this.mind(voter).match = this.last;
      this.add({ type: "log", host: voter, appended: [entry], truncatedFrom: 0, firstIndex: 0, durableIndex: this.last });
    }
    this.#commit(candidate);
  }

  #commit(leader: string): void {
    const matches = this.#quorumOf(leader).map((host) => this.mind(host).match).sort((a, b) => b - a);
    const commit = matches[Math.floor(this.#minds.size / 2)];
    if (commit === undefined) return;
    for (const host of this.#quorumOf(leader)) this.mind(host).commit = Math.max(this.mind(host).commit, Math.min(commit, this.mind(host).match));
  }

  #heartbeat(leader: string): void {
    for (const other of this.#minds.keys()) {
      if (other === leader) continue;
      this.#message(leader, other, "MsgHeartbeat", {});
      if (!this.#reaches(leader, other)) continue;
      const mind = this.mind(other);
      this.#message(other, leader, "MsgHeartbeatResp", {});
      // Whoever comes back takes the leader's term and catches up.
      Object.assign(mind, { elapsed: 0, term: this.mind(leader).term, lead: leader, role: "follower" });
      const behind = this.state.logs.find((log) => log.host === leader)?.entries.filter((entry) => entry.index > mind.match) ?? [];
      const slow = this.state.faults.some((fault) => fault.host === other && fault.kind === "slow-fsync");
      if (behind.length > 0 && !slow) {
        mind.match = this.last;
        this.add({ type: "log", host: other, appended: behind, truncatedFrom: 0, firstIndex: 0, durableIndex: this.last });
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
      term: this.mind(from).term,
      index: 0,
      entries: 0,
      bytes: 20,
      reject: false,
      outcome: cut || !this.#runs(to) ? "dropped" : "delivered",
      reason: cut ? "cut" : this.#runs(to) ? "" : "unreachable",
      ...more,
    };
    this.add({ type: "messages", marks: [mark], unsampled: 0 });
  }

  setProcess(host: string, process: ProcessState, tone: TimelineEvent["tone"], text: string): null {
    const mind = this.mind(host);
    const member = this.state.members.find((one) => one.host === host);
    if (member === undefined) throw new CommandError("unknown-host", `no host is called ${host}`);
    if (process === "running" && member.process !== "paused") Object.assign(mind, { role: "follower", lead: "", elapsed: 0 });
    this.add({ type: "member", member: { ...member, process, processSince: this.#now(), pid: process === "running" ? 4200 + this.steps : null, impossible: impossible(process === "running" || process === "paused") } });
    this.#event(host, "process", mind.term, text, tone, this.#now(), { what: process === "running" ? "" : "down" });
    const active = process === "running" || process === "paused" ? ("active" as const) : process === "killed" ? ("failed" as const) : ("inactive" as const);
    this.add({ type: "services", services: this.state.services.map((one) => (one.host === host && one.name === "etcd" ? { ...one, active } : one)) });
    return null;
  }

  linkFault(args: Commands["fault.link"]["args"]): ActiveFault {
    this.mind(args.from);
    this.mind(args.to);
    const words = { cut: "is cut", delay: `is ${args.amount} ms late`, loss: `loses ${Math.round(args.amount * 100)} %`, duplicate: "sends twice", reorder: `reorders ${Math.round(args.amount * 100)} %`, bandwidth: `carries ${args.amount} bytes a second` };
    return this.addFault({
      id: `${args.kind}-${args.from}-${args.to}`,
      kind: args.kind,
      host: args.from,
      to: args.to,
      amount: args.amount,
      since: this.#now(),
      text: `${args.from} to ${args.to} ${words[args.kind]}`,
    });
  }

  addFault(fault: ActiveFault): ActiveFault {
    this.add({ type: "faults", faults: [...this.state.faults.filter((one) => one.id !== fault.id), fault] });
    this.#event(fault.host, "fault", 0, fault.text, fault.kind === "cut" ? "bad" : "warn");
    return fault;
  }

  undo(id: string): null {
    if (id === "step-mode") this.add({ type: "mail", mail: { stepping: false, letters: [] } });
    const fault = this.state.faults.find((one) => one.id === id);
    if (fault === undefined) throw new CommandError("unknown-fault", `no fault is called ${id}`);
    this.add({ type: "faults", faults: this.state.faults.filter((one) => one.id !== id) });
    this.#event(fault.host, "fault", 0, `${fault.text}: healed`, "good");
    return null;
  }

  #event(host: string, kind: TimelineEvent["kind"], term: number, text: string, tone: TimelineEvent["tone"], at = this.#now(), more: Partial<Pick<TimelineEvent, "what" | "peer">> = {}): void {
    this.#eventId += 1;
    this.add({ type: "timeline", events: [{ id: this.#eventId, at, host, kind, term, text, tone, what: "", peer: "", ...more }] });
  }

  idOf(host: string): string {
    return (0x8e9e05c52164694dn + BigInt(Number(host.slice(1))) * 0x1111111111n).toString(16);
  }

  #think(host: string, index: number): void {
    this.#minds.set(host, {
      term: 2,
      role: host === "m1" ? "leader" : "follower",
      lead: "m1",
      commit: this.last,
      applied: this.last,
      match: this.last,
      elapsed: 0,
      timeout: 10 + ((index * 3) % 8),
      votes: {},
    });
  }

  #newMember(host: string, index: number, at: number): MemberView {
    return {
      host,
      id: this.idOf(host),
      clusterId: "cdf818194e3a8c32",
      clientUrl: `http://127.0.1.${index + 1}:2379`,
      peerUrl: `http://127.0.1.${index + 1}:2380`,
      process: "running",
      processSince: at - 150_000,
      pid: 4100 + index,
      failure: "",
      raft: this.#raft(host),
      impossible: impossible(true),
    };
  }

  #raft(host: string): RaftView {
    const mind = this.mind(host);
    const slow = this.state.faults.some((fault) => fault.host === host && fault.kind === "slow-fsync");
    this.#random = (this.#random * 1103515245 + 12345) % 2147483648;
    return {
      role: mind.role,
      term: mind.term,
      vote: mind.lead === "" ? "" : this.idOf(mind.lead),
      lead: mind.lead === "" ? "" : this.idOf(mind.lead),
      firstIndex: FIRST_INDEX,
      lastIndex: mind.match,
      commit: mind.commit,
      applied: mind.applied,
      revision: this.keys.revision,
      compactRevision: 0,
      electionElapsed: mind.elapsed,
      electionTimeout: mind.timeout,
      tickMs: 100,
      stepping: this.state.mail.stepping,
      votes: mind.votes,
      progress:
        mind.role === "leader"
          ? [...this.#minds.keys()].map((other) => ({
              id: this.idOf(other),
              match: this.mind(other).match,
              next: this.mind(other).match + 1,
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
    const member = this.state.members.find((one) => one.host === host);
    if (member !== undefined) this.add({ type: "member", member: { ...member, raft: this.#raft(host) } });
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
    for (let index = FIRST_INDEX; index <= this.last; index += 1) {
      const noop = index === 1120;
      entries.push({
        index,
        term: index < 1120 ? 1 : 2,
        operation: noop ? "no-op" : (operations[index % operations.length] ?? "put"),
        key: noop ? "" : `/shop/carts/${index % 9}`,
        bytes: 90 + ((index * 37) % 300),
        at: at - (this.last - index) * 500,
      });
    }
    for (const host of names) this.add({ type: "log", host, appended: entries, truncatedFrom: 0, firstIndex: FIRST_INDEX, durableIndex: this.last });
  }

  /** A follower with entries of its own that a later leader overwrote: for the pictures. */
  overwrite(host: string): void {
    const mind = this.mind(host);
    const from = this.last - 5;
    const lost = this.state.logs.find((log) => log.host === host)?.entries.filter((entry) => entry.index >= from) ?? [];
    this.add({ type: "log", host, appended: [], truncatedFrom: from, firstIndex: 0, durableIndex: 0 });
    this.#event(host, "storage", mind.term, `entries ${from} to ${from + lost.length - 1} overwritten by the leader`, "warn");
    mind.match = from - 1;
    mind.commit = Math.min(mind.commit, from - 1);
    mind.applied = Math.min(mind.applied, from - 4);
    this.#tell(host);
  }
}
