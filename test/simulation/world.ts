/**
 * A whole cluster in one process from one seed: a stormy part, in which faults strike and clients write and read, then a calm one, in
 * which everything is mended and the cluster must make progress again. Every step is checked.
 */
import { ConfState, type Message, MessageType, Snapshot, SnapshotMetadata } from "../../core/proto/gen/raftpb.ts";
import { InvariantError, messageTypeName } from "../../core/raft/index.ts";
import { confStateOf } from "../../core/raft/tracker.ts";
import { type Random, seededRandom } from "../../core/platform/random.ts";
import { type Checker, Violation } from "./checkers/checker.ts";
import { Commits } from "./checkers/commits.ts";
import { Durability } from "./checkers/durability.ts";
import { ElectionSafety } from "./checkers/election-safety.ts";
import { LeaderCompleteness } from "./checkers/leader-completeness.ts";
import { Linearizability } from "./checkers/linearizability.ts";
import { LogMatching } from "./checkers/log-matching.ts";
import { checkProgress } from "./checkers/progress.ts";
import { Reads } from "./checkers/reads.ts";
import { StateMachineSafety } from "./checkers/state-machine-safety.ts";
import { EventLog } from "./event-log.ts";
import { strike } from "./faults.ts";
import { Network } from "./network.ts";
import { describePlan, type FaultPlan, planFrom, TICK_MS } from "./plan.ts";
import { Replica, type Sabotage } from "./replica.ts";
import { EMPTY_STATE } from "./state-machine.ts";
import { Timeline } from "./timeline.ts";

export interface RunOptions {
  /** Keep the lines of the event log. */
  readonly verbose?: boolean;
  readonly sabotage?: Sabotage;
  /** Instead of what the seed decides. */
  readonly plan?: Partial<FaultPlan>;
  /** The one checker that is asked, instead of all. */
  readonly only?: string;
}

export interface RunResult {
  readonly seed: number;
  readonly violation: { readonly property: string; readonly detail: string; readonly step: number } | undefined;
  readonly steps: number;
  readonly committed: number;
  /** Of the event log: equal for equal runs. */
  readonly digest: string;
  readonly lines: readonly string[];
}

export class World {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly plan: FaultPlan;
  readonly replicas: readonly Replica[];
  readonly network: Network;
  readonly log: EventLog;
  readonly commits = new Commits();
  steps = 0;
  stormy = true;
  private proposals = 0;
  private readonly checkers: readonly Checker[];

  constructor(
    seed: number,
    { verbose = false, sabotage = {}, plan = {}, only }: RunOptions = {},
  ) {
    this.random = seededRandom(seed);
    this.plan = { ...planFrom(this.random), ...plan };
    const { voters, spares } = this.plan;
    this.log = new EventLog(voters + spares, verbose);
    const checkers: readonly Checker[] = [
      new ElectionSafety(),
      this.commits,
      new LogMatching(),
      new StateMachineSafety(),
      new LeaderCompleteness(this.commits),
      new Durability((id) => this.replica(id).disk),
      new Reads(this.commits),
      new Linearizability(),
    ];
    this.checkers = only === undefined ? checkers : checkers.filter(({ name }) => name === only || name === this.commits.name);
    this.network = new Network(this.timeline, this.random, this.plan, {
      deliver: (message) => this.deliver(message),
      report: (message, delivered) => this.report(message, delivered),
      lifeOf: (id) => this.replica(id).life,
      alter: (message) => sabotage.arriving?.(message) ?? message,
    });
    const ids = Array.from({ length: voters }, (_, at) => BigInt(at + 1));
    // The first members begin with a snapshot, so that whoever joins later needs one, and learns the membership from it.
    const origin = Snapshot.create({
      data: EMPTY_STATE,
      metadata: SnapshotMetadata.create({ index: 1, term: 1, confState: ConfState.create({ voters: ids }) }),
    });
    const around = {
      timeline: this.timeline,
      random: this.random,
      plan: this.plan,
      checkers: this.checkers,
      sabotage,
      send: (message: Message) => this.network.send(message),
      note: (id: bigint, text: string) => this.note(id, text),
    };
    this.replicas = Array.from(
      { length: voters + spares },
      (_, at) => new Replica(BigInt(at + 1), at < voters ? origin : undefined, around),
    );
    this.note(0n, describePlan(this.plan));
  }

  replica(id: bigint): Replica {
    return this.replicas[Number(id) - 1]!;
  }

  get leaders(): Replica[] {
    return this.replicas.filter((replica) => replica.leads);
  }

  /** The one that leads in the highest term. */
  get leader(): Replica | undefined {
    return this.leaders.reduce<Replica | undefined>((best, one) => (best === undefined || one.raft.term > best.raft.term ? one : best), undefined);
  }

  note(id: bigint, text: string): void {
    this.log.add(this.steps, this.timeline.now, id, text);
  }

  /** @throws Violation and, when raft itself finds a state that must not be, InvariantError */
  storm(): void {
    for (const replica of this.replicas) {
      replica.start();
      this.keepTicking(replica);
    }
    this.every(this.plan.proposalEveryMs, () => this.propose());
    this.every(this.plan.readEveryMs, () => this.read());
    this.every(this.plan.faultEveryMs, () => strike(this));
    while (this.steps < this.plan.events) this.step();
  }

  /** Mends everything; from now on nothing is lost and nobody crashes. */
  calm(): void {
    this.stormy = false;
    this.network.stormy = false;
    this.network.heal();
    this.note(0n, "calm");
    for (const replica of this.replicas) {
      replica.slowness = 1;
      if (!replica.running) replica.start();
    }
  }

  step(): void {
    this.steps++;
    this.timeline.step();
  }

  runFor(milliseconds: number): void {
    const end = this.timeline.now + milliseconds;
    while (this.timeline.now < end) this.step();
  }

  /** @returns whether raft took it */
  propose(): boolean {
    const running = this.replicas.filter((replica) => replica.running);
    const on = this.random.float() < 0.7 ? this.leader : running[this.random.below(running.length)];
    const text = `p${++this.proposals}`;
    if (on?.running !== true) return false;
    for (const checker of this.checkers) checker.proposed?.(on.observed, text);
    const taken = on.tell((raw) => raw.propose(Buffer.from(text)));
    if (!taken) for (const checker of this.checkers) checker.refused?.(text);
    return taken;
  }

  private read(): void {
    const running = this.replicas.filter((replica) => replica.running);
    const on = running[this.random.below(running.length)];
    const context = `r${++this.proposals}`;
    if (on === undefined) return;
    for (const checker of this.checkers) checker.readAsked?.(context, on.observed);
    on.tell((raw) => raw.readIndex(Buffer.from(context)));
  }

  private every(meanMs: number, run: () => void): void {
    this.timeline.after(1 + this.random.below(2 * meanMs), () => {
      if (!this.stormy) return;
      run();
      this.every(meanMs, run);
    });
  }

  private keepTicking(replica: Replica): void {
    this.timeline.after(TICK_MS * replica.slowness, () => {
      replica.tell((raw) => raw.tick());
      if (replica.running && replica.machine.index >= replica.disk.visible.snapshot().metadata.index + this.plan.snapshotEvery) replica.takeSnapshot();
      this.keepTicking(replica);
    });
  }

  private deliver(message: Message): void {
    const { type, from, to, term, index } = message;
    this.note(to, `${messageTypeName(type).slice(3)}<${from} t${term} i${index}`);
    this.replica(to).receive(message);
  }

  private report({ type, from, to }: Message, delivered: boolean): void {
    const sender = this.replica(from);
    if (type === MessageType.MsgSnap) sender.tell((raw) => raw.reportSnapshot(to, !delivered));
    else if (this.random.float() < 0.3) sender.tell((raw) => raw.reportUnreachable(to));
  }

  /** @throws Violation */
  finish(): void {
    for (const checker of this.checkers) checker.finish?.(this.leader!.machine);
  }

  /** Members as the leader has them, both halves of a joint configuration and learners too. */
  membersOf(replica: Replica): Set<bigint> {
    const { voters, votersOutgoing, learners, learnersNext } = confStateOf(replica.raft.tracker.configuration);
    return new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext]);
  }
}

/** One seed from beginning to end. */
export function runSeed(seed: number, options: RunOptions = {}): RunResult {
  const world = new World(seed, options);
  let violation: RunResult["violation"];
  try {
    world.storm();
    world.calm();
    checkProgress(world);
    world.finish();
  } catch (error) {
    if (error instanceof Violation) violation = { property: error.property, detail: error.detail, step: world.steps };
    else if (error instanceof InvariantError) violation = { property: "raft's own invariant", detail: error.message, step: world.steps };
    else if (error instanceof Error) violation = { property: "no crash", detail: error.stack ?? error.message, step: world.steps };
    else throw error;
    world.note(0n, `${violation.property}: ${violation.detail}`);
  }
  const { log, steps, commits } = world;
  return { seed, violation, steps, committed: commits.highest, digest: log.digest(), lines: [log.header(), ...log.lines] };
}
