/**
 * A lab that plays believable, made-up data from one seed, so that the window can be seen, judged and tested without a
 * cluster. It follows the contract and looks like Raft from outside; nothing in it is Raft.
 */
import { CommandError } from "../../core/lab/contract/host.ts";
import type { ChangesFrame, LabHost } from "../../core/lab/contract/host.ts";
import type { Change, CommandName, Commands } from "../../core/lab/contract/protocol.ts";
import { deflateQuickly } from "../../core/lab/recording/deflate.ts";
import { Recorder } from "../../core/lab/recording/recorder.ts";
import { nodeClock } from "../../core/platform/node/clock.ts";
import type { ActiveFault, LabState, WaitingLetter } from "../../core/lab/contract/state.ts";
import { RecordedCluster } from "./recorded-cluster.ts";
import { fillKeys, fromBase64, RecordedKeys } from "./recorded-keys.ts";
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

const STEP_MS = 100;

export class RecordedLab implements LabHost {
  readonly keys = new RecordedKeys();
  readonly views: RecordedViews;
  readonly recorder: Recorder;
  /** every command that came, in order */
  readonly executed: CommandName[] = [];
  readonly #shells = new Map<string, RecordedShell>();
  readonly #listeners = new Set<(frame: ChangesFrame) => void>();
  readonly #now: () => number;
  readonly #cluster: RecordedCluster;
  #seq = 0;
  #terminalId = 0;
  #timer: NodeJS.Timeout | null = null;
  #pending: Change[] = [];

  constructor(options: RecordedLabOptions = {}) {
    this.#now = options.now ?? Date.now;
    const members = options.empty === true ? 0 : (options.members ?? 3);
    this.#cluster = new RecordedCluster({ members, seed: options.seed ?? 1, now: this.#now, keys: this.keys, onChange: (change) => void this.#pending.push(change) });
    this.views = new RecordedViews({ now: this.#now, hosts: () => this.state.members, revision: () => this.keys.revision, differences: options.differences ?? 12 });
    // what brought the first state about is in it already
    this.#pending = [];
    this.recorder = new Recorder({ clock: { ...nodeClock, now: this.#now }, state: () => this.state, deflate: deflateQuickly });
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
    return { seq: this.#seq, state: this.state };
  }

  subscribe(listener: (frame: ChangesFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get state(): LabState {
    return this.#cluster.state;
  }

  /** One tenth of a second of the lab's life. */
  step(): void {
    this.#cluster.step();
    for (const change of this.views.tell(this.#cluster.steps)) this.#cluster.add(change);
    this.#flush();
  }

  /** A put through the leader; false when nobody leads. */
  write(key: string, value: string): boolean {
    return this.#cluster.write(key, value);
  }

  /** A follower with entries of its own that a later leader overwrote: for the pictures. */
  overwrite(host: string): void {
    this.#cluster.overwrite(host);
    this.#flush();
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
        return this.#cluster.setProcess(a.host, "killed", "bad", "killed with -9 from this window");
      case "member.pause":
        return this.#cluster.setProcess(a.host, "paused", "warn", "paused from this window");
      case "member.resume":
        return this.#cluster.setProcess(a.host, "running", "plain", "continues");
      case "member.stop":
        return this.#cluster.setProcess(a.host, "stopped", "warn", "stopped by the service manager");
      case "member.start":
        return this.#cluster.setProcess(a.host, "running", "good", "started");
      case "member.restart":
        this.#cluster.setProcess(a.host, "stopped", "plain", "restarts");
        return this.#cluster.setProcess(a.host, "running", "good", "started");
      case "fault.link":
        return this.#cluster.linkFault(args as Commands["fault.link"]["args"]);
      case "fault.disk": {
        const disk = args as Commands["fault.disk"]["args"];
        const text = `${disk.host} ${disk.kind === "slow-fsync" ? `fsync +${disk.amount} ms` : disk.kind}`;
        return this.#cluster.addFault({ id: `${disk.kind}-${disk.host}`, kind: disk.kind, host: disk.host, to: "", amount: disk.amount, since: this.#now(), text });
      }
      case "fault.isolate":
        this.#cluster.mind(a.host);
        for (const other of this.state.members) {
          if (other.host === a.host) continue;
          this.#cluster.linkFault({ from: a.host, to: other.host, kind: "cut", amount: 0 });
          this.#cluster.linkFault({ from: other.host, to: a.host, kind: "cut", amount: 0 });
        }
        return null;
      case "fault.partition": {
        const side = new Set((args as Commands["fault.partition"]["args"]).side);
        for (const fault of this.state.faults) if (fault.kind === "cut" && side.has(fault.host) && side.has(fault.to)) this.#cluster.undo(fault.id);
        for (const from of side) {
          for (const { host: to } of this.state.members) {
            if (side.has(to)) continue;
            this.#cluster.linkFault({ from, to, kind: "cut", amount: 0 });
            this.#cluster.linkFault({ from: to, to: from, kind: "cut", amount: 0 });
          }
        }
        return null;
      }
      case "fault.skew": {
        const { host, amount } = args as Commands["fault.skew"]["args"];
        this.#cluster.addFault({ id: `clock-skew-${host}`, kind: "clock-skew", host, to: "", amount, since: this.#now(), text: `the clock of ${host} is ${amount / 1000} s ahead` });
        return null;
      }
      case "fault.flip": {
        const { host, file, region, bit } = args as Commands["fault.flip"]["args"];
        return this.#cluster.addFault({ id: `flipped-bit-${host}`, kind: "flipped-bit", host, to: "", amount: 0, since: this.#now(), text: `bit ${bit} of ${file} on ${host} is flipped (${region})` });
      }
      case "fault.file": {
        const { host, kind } = args as Commands["fault.file"]["args"];
        return this.#cluster.addFault({ id: `${kind}-${host}`, kind, host, to: "", amount: 0, since: this.#now(), text: `${kind} on ${host}` });
      }
      case "fault.pace": {
        const slowdown = Number(a.slowdown);
        if (slowdown > 1) this.#cluster.addFault({ id: "slow-motion", kind: "slow-motion", host: "", to: "", amount: slowdown, since: this.#now(), text: `raft goes ${slowdown} times slower` });
        else this.#cluster.undo("slow-motion");
        return null;
      }
      case "step.set": {
        const stepping = (a.on as unknown) === true;
        const [one, two] = this.state.members.map((member) => member.host);
        const letter = (n: number, from: string, to: string, more: Partial<WaitingLetter>): WaitingLetter => ({
          id: `${from}/${n}`, at: this.#now(), from, to: this.#cluster.idOf(to), type: "MsgApp", term: 2, logTerm: 2, index: this.#cluster.last, entries: [], entryCount: 0, commit: this.#cluster.last, reject: false, ...more,
        });
        const put = [{ term: 2, operation: "put", key: "/shop/carts/7" }];
        const letters = stepping && one !== undefined && two !== undefined ? [letter(1, one, two, { entries: put, entryCount: 1 }), letter(2, two, one, { type: "MsgAppResp" })] : [];
        this.#cluster.add({ type: "mail", mail: { stepping, letters } });
        const others = this.state.faults.filter((fault) => fault.kind !== "step-mode");
        const fault: ActiveFault = { id: "step-mode", kind: "step-mode", host: "", to: "", amount: 0, since: this.#now(), text: "step mode: raft's clocks stand still, its messages wait" };
        this.#cluster.add({ type: "faults", faults: stepping ? [...others, fault] : others });
        return null;
      }
      case "step.settle": {
        const gone = new Set((args as Commands["step.settle"]["args"]).letters);
        this.#cluster.add({ type: "mail", mail: { stepping: true, letters: this.state.mail.letters.filter((letter) => !gone.has(letter.id)) } });
        return null;
      }
      case "step.ticks":
        return null;
      case "fault.undo":
        return this.#cluster.undo(a.id);
      case "fault.heal":
        for (const fault of this.state.faults) this.#cluster.undo(fault.id);
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
        this.#cluster.add({ type: "keys", revision: this.keys.revision, keys: [a.key] });
        return { revision: this.keys.revision, deleted };
      }
      case "request.way":
        return { way: this.#cluster.ways.get(Number(a.index)) ?? null };
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
        this.#cluster.add({ type: "terminal.closed", id: a.id, code: 0 });
        return null;
      case "window.painted":
        return null;
      case "recording.span":
        return this.recorder.span();
      case "recording.read":
        return this.recorder.read(Number(a.segment)).then((packed) => ({ packed: packed.toString("base64") }));
      default: {
        const reply = this.views.execute(name, args);
        if (name === "snapshots.save") this.#cluster.add(this.views.changed());
        if (reply === undefined) throw new CommandError("failed", `the recorded lab does not know ${name}`);
        return reply;
      }
    }
  }

  #openTerminal(host: string): { id: string } {
    this.#cluster.mind(host);
    this.#terminalId += 1;
    const id = `t${this.#terminalId}`;
    this.#cluster.add({ type: "terminals", terminals: [...this.state.terminals, { id, host }] });
    const shell = new RecordedShell(host, this, (data) => {
      this.#cluster.add({ type: "terminal.output", id, data });
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

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#seq += 1;
    const frame: ChangesFrame = { type: "changes", seq: this.#seq, at: this.#now(), changes: this.#pending };
    this.#pending = [];
    this.recorder.take(frame);
    for (const listener of this.#listeners) listener(frame);
  }
}
