/**
 * Links between replicas: each message is lost, delayed, doubled or overtaken as the plan and the seed have it; links are cut one way
 * or both. What was on its way when a replica crashed still arrives, from its earlier life and at its later one.
 */
import { MessageType, type Message } from "../../core/proto/gen/raftpb.ts";
import type { Random } from "../../core/platform/random.ts";
import type { FaultPlan } from "./plan.ts";
import type { Timeline } from "./timeline.ts";

export interface NetworkEnds {
  deliver(message: Message): void;
  /** Tells the sender that a message was not delivered, as a transport finds out; for a snapshot also that it was. */
  report(message: Message, delivered: boolean): void;
  /** Counts the lives of a replica. */
  lifeOf(id: bigint): number;
  /** Fault injection of tests: what arrives instead. */
  alter(message: Message): Message;
}

export class Network {
  /** While false, links only delay. */
  stormy = true;
  private readonly cuts = new Set<string>();

  constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly plan: FaultPlan,
    private readonly ends: NetworkEnds,
  ) {}

  /** One way. */
  cut(from: bigint, to: bigint): void {
    this.cuts.add(`${from}-${to}`);
  }

  heal(): void {
    this.cuts.clear();
  }

  get whole(): boolean {
    return this.cuts.size === 0;
  }

  send(message: Message): void {
    const { plan, random } = this;
    this.carry(message, this.stormy && random.float() < plan.loss);
    if (this.stormy && random.float() < plan.duplication) this.carry(message, false);
  }

  private carry(message: Message, lost: boolean): void {
    const { plan, random, ends } = this;
    const long = this.stormy && random.float() < plan.longDelay;
    const delay = 1 + random.below(long ? plan.longDelayMs : plan.delayMs);
    const fromLife = ends.lifeOf(message.from);
    const link = `${message.from}-${message.to}`;
    const cutNow = this.cuts.has(link);
    this.timeline.after(delay, () => {
      const delivered = !lost && !cutNow && !this.cuts.has(link);
      if (delivered) ends.deliver(ends.alter(message));
      if (ends.lifeOf(message.from) !== fromLife) return;
      if (message.type === MessageType.MsgSnap || !delivered) ends.report(message, delivered);
    });
  }
}
