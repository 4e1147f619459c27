/**
 * A run: steps made from a seed, done to both members in lockstep, answers compared. Steps are made from what was told so
 * far, each with chance of its own, so that a run with steps left out is a run too: that is how a failing one is shrunk.
 */
import { setTimeout as pause } from "node:timers/promises";
import { KVService, LeaseService, MaintenanceService, WatchService } from "../../../core/proto/gen/etcdserverpb.ts";
import { comparable, comparableBody, type Comparable } from "./comparable.ts";
import { aToken, authStep } from "./generate-auth.ts";
import { clusterStep, leaseStep, maintenanceStep, watchStep } from "./generate-others.ts";
import { kvStep, range } from "./generate-kv.ts";
import { rawStep } from "./generate-raw.ts";
import { framed, type RawAnswer } from "./grpc-wire.ts";
import { KNOWN_DIFFERENCES, PROGRESS_ALWAYS_ANSWERED } from "./known-differences.ts";
import { type Command, Side } from "./side.ts";
import { Dice, type Known, type Step } from "./step.ts";
import { decodeValues, encodeValues, show, type Values } from "./values.ts";

export interface Plan {
  readonly seed: number;
  readonly count: number;
  readonly target: "3.4" | "3.6";
  readonly real: Command;
  readonly ours: Command;
  /** only these steps; undefined: all */
  readonly keep?: readonly number[];
  /** hears of a difference; the run goes on after it where that is true */
  readonly each?: (difference: Difference) => boolean;
  /** tells each step and its answers */
  readonly trace?: (line: string) => void;
}

export interface Difference {
  /** index of the step at which it showed */
  readonly at: number;
  /** what was done there: a shrunk run must fail at the same */
  readonly kind: string;
  readonly text: string;
}

/** Steps between two looks at the watch streams. */
const LOOK_EVERY = 40;
/** Real etcd looks after watchers that are behind every 100 ms. */
const CATCHING_UP_MS = 250;
const PATIENCE_MS = 3000;

export async function run(plan: Plan): Promise<Difference | undefined> {
  const started = await Promise.allSettled([Side.start("real", plan.real), Side.start("ours", plan.ours)]);
  const sides = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    const [real, ours] = sides;
    if (real === undefined || ours === undefined) throw new Error("a member did not start", { cause: started });
    return await new Run(plan, real, ours).go();
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
}

class Run {
  private readonly known: Known;
  private lastHistoryWatchAt = 0;

  constructor(
    private readonly plan: Plan,
    private readonly real: Side,
    private readonly ours: Side,
  ) {
    this.known = { target: plan.target, revision: 1, compacted: 0, madeLeases: 0, madeMembers: 0, streams: [], alarms: new Set(), auth: { enabled: false, tokens: [] } };
  }

  async go(): Promise<Difference | undefined> {
    for (const side of [this.real, this.ours]) {
      const answer = await side.connection.call("/etcdserverpb.Maintenance/Status", framed(Buffer.alloc(0)));
      const status = decodeValues(MaintenanceService.Status.response, answer.bodies[0]!);
      side.self = (status.header as Values).member_id as bigint;
      side.cluster = (status.header as Values).cluster_id as bigint;
      side.firstIndex = status.raftIndex as bigint;
    }
    let sinceLook = 0;
    for (const at of this.plan.keep ?? Array.from({ length: this.plan.count }, (_, index) => index)) {
      const step = this.make(new Dice(this.plan.seed, at));
      this.plan.trace?.(`${at} ${describe(step)}`);
      const text = (++sinceLook >= LOOK_EVERY || looksFirst(step) ? await this.look() : undefined) ?? (await this.take(step));
      if (looksFirst(step)) sinceLook = 0;
      if (text !== undefined) {
        for (const side of [this.real, this.ours]) side.mustLive();
        const difference = { at, kind: kindOf(step), text: `${describe(step)}\n${text}` };
        if (this.plan.each?.(difference) !== true) return difference;
        for (const side of [this.real, this.ours]) for (const { bodies } of side.watches.values()) bodies.length = 0;
      }
    }
    const text = await this.look();
    return text === undefined ? undefined : { at: this.plan.count, kind: "last look", text };
  }

  private make(dice: Dice): Step {
    const { known } = this;
    const step = this.choose(dice);
    const token = aToken(dice, known);
    // with authentication enabled 3.4 asks nobody who he is here, and would do alone what 3.6 refuses
    const open = known.target === "3.4" && known.auth.enabled && step.kind === "call" && (!/KV$|Auth$/.test(step.method.service) || step.method.name === "Compact");
    if (open) return { kind: "call", method: KVService.Range, requests: [range(dice, known)] };
    return step.kind !== "call" || step.method.service === "etcdserverpb.Auth" || token === undefined ? step : { ...step, token };
  }

  private choose(dice: Dice): Step {
    const { known } = this;
    return dice.weighted<() => Step>([
      [known.auth.enabled ? 30 : 4, () => authStep(dice, known)],
      [70, () => kvStep(dice, known)],
      [9, () => leaseStep(dice, known)],
      [6, () => watchStep(dice, known)],
      [2, () => clusterStep(dice, known)],
      [3, () => maintenanceStep(dice, known)],
      [3, () => rawStep(dice, known)],
    ])();
  }

  /** @returns what differs */
  private async take(step: Step): Promise<string | undefined> {
    if (step.kind === "watch") return this.takeWatch(step);
    if (step.kind === "close watch") {
      for (const side of [this.real, this.ours]) side.closeWatch(step.stream);
      delete this.known.streams[step.stream];
      return undefined;
    }
    if (step.kind === "call" && step.method.name === "Compact") await this.watchersCaughtUp();
    const [theirs, mine] = await Promise.all([this.ask(step, this.real), this.ask(step, this.ours)]);
    this.learn(step, theirs, mine);
    const answer = comparable(step, mine, this.ours);
    const expected = KNOWN_DIFFERENCES.reduce((expected, { settle }) => (this.plan.target === "3.4" ? settle(step, expected, answer) : expected), comparable(step, theirs, this.real));
    this.plan.trace?.(`  ${tell(expected)}`);
    return tell(expected) === tell(answer) ? undefined : `real: ${tell(expected)}\nours: ${tell(answer)}`;
  }

  private ask(step: Step & { kind: "call" | "raw" }, side: Side): Promise<RawAnswer> {
    if (step.kind === "raw") return side.connection.call(step.path, step.wire, step.headers);
    const wire = step.requests.map((request) => framed(encodeValues(step.method.request, side.resolve(request))));
    return side.connection.call(`/${step.method.service}/${step.method.name}`, Buffer.concat(wire), step.token === undefined ? {} : { token: side.tokens.get(step.token) ?? "none" });
  }

  /** Takes in what later steps build on, and the ids that each member made. */
  private learn(step: Step, theirs: RawAnswer, mine: RawAnswer): void {
    if (step.kind !== "call" || theirs.status !== "0" || mine.status !== "0") return;
    const { method } = step;
    const [body, own] = [theirs, mine].map(({ bodies }) => (bodies.length === 0 ? {} : decodeValues(method.response, bodies[0]!))) as [Values, Values];
    const revision = Number((body.header as Values | undefined)?.revision ?? 0n);
    this.known.revision = Math.max(this.known.revision, revision);
    if (method.name === "Compact") this.known.compacted = Number(step.requests[0]!.revision);
    if (method === LeaseService.LeaseGrant && step.requests[0]!.ID === 0n) {
      this.known.madeLeases++;
      this.real.leases.push(body.ID as bigint);
      this.ours.leases.push(own.ID as bigint);
    }
    if (method.name === "Alarm" && step.requests[0]!.action !== 0n) {
      const { action, memberID, alarm } = step.requests[0]!;
      if (action === 1n) this.known.alarms.add(`${String(memberID)}/${String(alarm)}`);
      else this.known.alarms.delete(`${String(memberID)}/${String(alarm)}`);
    }
    if (method.name === "AuthEnable" || method.name === "AuthDisable") {
      this.known.auth.enabled = method.name === "AuthEnable";
      this.known.auth.tokens = [];
    }
    if (method.name === "Authenticate") {
      const user = (step.requests[0]!.name as Buffer).toString("latin1");
      if (!this.known.auth.tokens.includes(user)) this.known.auth.tokens.push(user);
      this.real.tokens.set(user, body.token as string);
      this.ours.tokens.set(user, own.token as string);
    }
    if (method.name === "MemberAdd") {
      this.known.madeMembers++;
      this.real.members.push((body.member as Values).ID as bigint);
      this.ours.members.push((own.member as Values | undefined)?.ID as bigint);
    }
  }

  private async takeWatch(step: Step & { kind: "watch" }): Promise<string | undefined> {
    const { known } = this;
    const { create_request: create, cancel_request: cancel, progress_request: progress } = step.request as Readonly<Record<string, Values | undefined>>;
    if (progress !== undefined) await this.watchersCaughtUp();
    const body = encodeValues(WatchService.Watch.request, step.request);
    const before = [this.real, this.ours].map((side) => side.watch(step.stream).bodies.length);
    for (const side of [this.real, this.ours]) side.ask(step.stream, body);
    const stream = (known.streams[step.stream] ??= { ids: [], waitsForFuture: false });
    const id = Number((cancel?.watch_id as bigint | undefined) ?? -1n);
    const answers = create !== undefined || (cancel !== undefined && stream.ids.includes(id)) || (progress !== undefined && !stream.waitsForFuture);
    if (answers) await this.until(() => [this.real, this.ours].every((side, index) => side.watch(step.stream).bodies.length > before[index]!));
    if (create !== undefined) {
      const first = this.real.watch(step.stream).bodies[before[0]!];
      const response = first === undefined ? {} : decodeValues(WatchService.Watch.response, first);
      if (response.created === true && response.canceled !== true) stream.ids.push(Number(response.watch_id ?? 0n));
      const start = Number((create.start_revision as bigint | undefined) ?? 0n);
      if (start > known.revision + 1) stream.waitsForFuture = true;
      else if (start > 0) this.lastHistoryWatchAt = performance.now();
    }
    if (cancel !== undefined) stream.ids = stream.ids.filter((one) => one !== id);
    return this.look();
  }

  /** One that reads history does so in its own time, and a compaction may come first; it tells nothing of its progress until then. */
  private async watchersCaughtUp(): Promise<void> {
    await pause(Math.max(0, this.lastHistoryWatchAt + CATCHING_UP_MS - performance.now()));
  }

  private async until(holds: () => boolean): Promise<boolean> {
    for (const deadline = performance.now() + PATIENCE_MS; !holds(); await pause(2)) if (performance.now() > deadline) return false;
    return true;
  }

  /** Compares what came on the watch streams since the last look, waiting a while for what is on its way. */
  private async look(): Promise<string | undefined> {
    for (const [number, theirs] of this.real.watches) {
      const mine = this.ours.watch(number);
      const same = (): boolean => this.transcript(theirs.bodies, this.real) === this.transcript(mine.bodies, this.ours) && theirs.status === mine.status;
      if (!(await this.until(same))) {
        const told = (side: Side): string => this.transcript(side.watch(number).bodies, side) + (side.watch(number).status ?? "");
        return `watch stream ${number}\nreal:\n${told(this.real)}\nours:\n${told(this.ours)}`;
      }
      theirs.bodies.length = 0;
      mine.bodies.length = 0;
    }
    return undefined;
  }

  /**
   * What a stream told, watcher by watcher: how events are gathered into responses is a matter of the moment, and so is the
   * revision told with them; their order is not.
   */
  private transcript(bodies: readonly Buffer[], side: Side): string {
    const byWatcher = new Map<string, string[]>();
    for (const body of bodies) {
      const response = comparableBody(WatchService.Watch, body, side);
      if (this.plan.target === "3.4" && PROGRESS_ALWAYS_ANSWERED.concerns(response)) continue;
      const lines = byWatcher.get(show(response.watch_id ?? 0n)) ?? [];
      byWatcher.set(show(response.watch_id ?? 0n), lines);
      const events = response.events as readonly Values[] | undefined;
      if (events === undefined) lines.push(show(response));
      else {
        const revision = (response.header as Values).revision as bigint;
        const last = (events.at(-1)!.kv as Values).mod_revision as bigint;
        if (revision < last) lines.push(`a header of revision ${revision} before its events`);
        const { header: _header, events: _events, watch_id: _id, fragment: _fragment, ...rest } = response;
        lines.push(...events.map(show), ...(Object.keys(rest).length > 0 ? [show(rest)] : []));
      }
    }
    return [...byWatcher].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, lines]) => `${id}: ${lines.join("\n   ")}`).join("\n");
  }
}

/** Whether what is under way on the watch streams would be disturbed. */
function looksFirst(step: Step): boolean {
  return step.kind === "watch" || step.kind === "close watch" || (step.kind === "call" && step.method.name === "Compact");
}

function tell({ http, status, message, bodies }: Comparable): string {
  return `${http} status ${status} ${JSON.stringify(message)} ${bodies.map(show).join(" ")}`;
}

function kindOf(step: Step): string {
  return step.kind === "call" ? step.method.name : step.kind === "raw" ? step.title : step.kind;
}

function describe(step: Step): string {
  switch (step.kind) {
    case "call":
      return `${step.method.service}/${step.method.name} ${step.token === undefined ? "" : `as ${step.token} `}${step.requests.map(show).join(" ")}`;
    case "raw":
      return `${step.title}: ${step.path} ${step.wire.subarray(0, 60).toString("hex")} ${JSON.stringify(step.headers)}`;
    case "watch":
      return `watch stream ${step.stream} ${show(step.request)}`;
    default:
      return `${step.kind} ${step.stream}`;
  }
}
