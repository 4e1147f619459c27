/**
 * The faults in force: set, listed, undone one by one or all at once. From them comes, for each member, the whole set that
 * it is to be told; process faults are on the board too, but are done to the process.
 */
import { type LinkFault, type MemberFaults, noDiskFault, noLinkFault } from "../probe/faults.ts";
import type { DiskFaultKind, LinkFaultKind } from "../shell/world.ts";
import { CommandError } from "./contract/host.ts";
import { type ActiveFault, type FaultKind, SKEW_MS_MAX, SLOWDOWN_MAX } from "./contract/state.ts";

const LINK_KINDS: ReadonlySet<FaultKind> = new Set<FaultKind>(["cut", "delay", "loss", "duplicate", "reorder", "bandwidth"]);

/** id of the one fault that is on all members */
export const SLOW_MOTION = "slow-motion";
/** id of step mode, while it is on */
export const STEP_MODE = "step-mode";
/** What slow motion takes a message's way to last, ms: about what there is between two machines and a disk. */
const STRETCHED_MS = 5;

export class FaultBoard {
  private readonly faults = new Map<string, ActiveFault>();

  /** @param now wall ms */
  constructor(
    private readonly hosts: readonly string[],
    private readonly now: () => number,
  ) {}

  list(): readonly ActiveFault[] {
    return [...this.faults.values()];
  }

  find(id: string): ActiveFault | undefined {
    return this.faults.get(id);
  }

  link(from: string, to: string, kind: LinkFaultKind, amount: number): ActiveFault {
    this.known(from);
    this.known(to);
    if (from === to) throw new CommandError("bad-argument", "a link has two ends");
    if (kind !== "cut" && amount <= 0) throw new CommandError("bad-argument", `a ${kind} fault needs an amount above 0`);
    return this.put(`${kind}:${from}>${to}`, kind, from, to, amount, linkText(from, to, kind, amount));
  }

  disk(host: string, kind: DiskFaultKind, amount: number): ActiveFault {
    this.known(host);
    const text = {
      "slow-fsync": `every fsync of ${host} takes ${amount} ms longer`,
      "failing-fsync": `every fsync of ${host} fails`,
      "disk-full": `the disk of ${host} is full`,
    }[kind];
    return this.put(`${kind}:${host}`, kind, host, "", amount, text);
  }

  paused(host: string): ActiveFault {
    this.known(host);
    return this.put(`paused:${host}`, "paused", host, "", 0, `the process of ${host} is stopped`);
  }

  /** Raft's ticks and messages so many times slower, everywhere. @param slowdown 2 to SLOWDOWN_MAX */
  slowMotion(slowdown: number): ActiveFault {
    if (!Number.isFinite(slowdown) || slowdown <= 1 || slowdown > SLOWDOWN_MAX) throw new CommandError("bad-argument", `raft goes 1 to ${SLOWDOWN_MAX} times slower`);
    return this.put(SLOW_MOTION, "slow-motion", "", "", slowdown, `raft goes ${slowdown} times slower`);
  }

  stepMode(): ActiveFault {
    return this.put(STEP_MODE, "step-mode", "", "", 0, "step mode: raft's clocks stand still, its messages wait");
  }

  /** @param skewMs ahead of true time, below 0 behind */
  skew(host: string, skewMs: number): ActiveFault {
    this.known(host);
    if (!Number.isFinite(skewMs) || skewMs === 0 || Math.abs(skewMs) > SKEW_MS_MAX) throw new CommandError("bad-argument", "a clock is ahead or behind by up to ten years");
    return this.put(`clock-skew:${host}`, "clock-skew", host, "", skewMs, `the clock of ${host} is ${spanWords(Math.abs(skewMs))} ${skewMs > 0 ? "ahead" : "behind"}`);
  }

  /** Cuts `host` off from all others, both directions. */
  isolate(host: string): ActiveFault[] {
    return this.partition([host]).cut;
  }

  /** These on one side, all others on the other; among these nothing is cut any more. */
  partition(side: readonly string[]): { readonly cut: ActiveFault[]; readonly mended: ActiveFault[] } {
    for (const host of side) this.known(host);
    const inside = new Set(side);
    const mended = this.list().filter((fault) => fault.kind === "cut" && inside.has(fault.host) && inside.has(fault.to));
    for (const fault of mended) this.faults.delete(fault.id);
    const others = this.hosts.filter((host) => !inside.has(host));
    const cut = [...inside].flatMap((host) => others.flatMap((other) => [this.link(host, other, "cut", 0), this.link(other, host, "cut", 0)]));
    return { cut, mended };
  }

  /** Takes up a fault that was made elsewhere: on a host's files. */
  keep(fault: ActiveFault): ActiveFault {
    this.faults.set(fault.id, fault);
    return fault;
  }

  /** @returns what was undone */
  undo(id: string): ActiveFault {
    const fault = this.faults.get(id);
    if (fault === undefined) throw new CommandError("unknown-fault", `no fault is called ${id}`);
    this.faults.delete(id);
    return fault;
  }

  /** No error when it is not there. */
  drop(id: string): boolean {
    return this.faults.delete(id);
  }

  /** @returns what was undone */
  heal(): ActiveFault[] {
    const all = [...this.faults.values()];
    this.faults.clear();
    return all;
  }

  /**
   * All that the member of `host` is to do. The sender of a link holds messages back; a cut is told to both ends, so that
   * what is on its way is lost too.
   * @param ids member ids by host; a peer whose id is not known yet is left out
   * @param deaf hosts whose members take no words: then the other end does what it can
   */
  membersFaults(host: string, ids: ReadonlyMap<string, string>, deaf: ReadonlySet<string>): MemberFaults {
    const outgoing: Record<string, LinkFault> = {};
    const incoming: Record<string, LinkFault> = {};
    let disk = noDiskFault;
    const clockSkewMs = this.faults.get(`clock-skew:${host}`)?.amount ?? 0;
    const slowMotion = this.faults.get(SLOW_MOTION)?.amount ?? 1;
    if (slowMotion > 1) {
      for (const [other, id] of ids) if (other !== host) outgoing[id] = { ...noLinkFault, delayMs: (slowMotion - 1) * STRETCHED_MS };
    }
    for (const fault of this.faults.values()) {
      if (LINK_KINDS.has(fault.kind)) {
        const to = ids.get(fault.to);
        const from = ids.get(fault.host);
        if (fault.host === host && to !== undefined) outgoing[to] = withFault(outgoing[to], fault);
        if (fault.to === host && from !== undefined && (fault.kind === "cut" || deaf.has(fault.host))) incoming[from] = withFault(incoming[from], fault);
      } else if (fault.host === host) {
        if (fault.kind === "slow-fsync") disk = { ...disk, fsyncDelayMs: fault.amount };
        else if (fault.kind === "failing-fsync") disk = { ...disk, fsyncFails: true };
        else if (fault.kind === "disk-full") disk = { ...disk, full: true };
      }
    }
    return { outgoing, incoming, disk, slowMotion, clockSkewMs };
  }

  private put(id: string, kind: FaultKind, host: string, to: string, amount: number, text: string): ActiveFault {
    const fault: ActiveFault = { id, kind, host, to, amount, since: this.now(), text };
    this.faults.set(id, fault);
    return fault;
  }

  private known(host: string): void {
    if (!this.hosts.includes(host)) throw new CommandError("unknown-host", `no host is called ${host}`);
  }
}

function withFault(before: LinkFault | undefined, fault: ActiveFault): LinkFault {
  const link = before ?? noLinkFault;
  switch (fault.kind) {
    case "cut":
      return { ...link, cut: true };
    case "delay":
      // beside what slow motion adds
      return { ...link, delayMs: link.delayMs + fault.amount };
    case "loss":
      return { ...link, loss: fault.amount };
    case "duplicate":
      return { ...link, duplicate: fault.amount };
    case "reorder":
      return { ...link, reorder: fault.amount };
    case "bandwidth":
      return { ...link, bandwidth: fault.amount };
    default:
      return link;
  }
}

/** Whole units, the largest that fits. */
function spanWords(ms: number): string {
  const units = [[86_400_000, "day"], [3_600_000, "hour"], [60_000, "minute"], [1000, "second"], [1, "millisecond"]] as const;
  const [size, name] = units.find(([unit]) => ms >= unit && ms % unit === 0) ?? [1, "millisecond"];
  return `${ms / size} ${name}${ms === size ? "" : "s"}`;
}

function linkText(from: string, to: string, kind: LinkFaultKind, amount: number): string {
  const share = `${Math.round(amount * 1000) / 10}%`;
  switch (kind) {
    case "cut":
      return `${from} to ${to} is cut`;
    case "delay":
      return `${from} to ${to} is ${amount} ms slower`;
    case "loss":
      return `${from} to ${to} loses ${share} of its messages`;
    case "duplicate":
      return `${from} to ${to} doubles ${share} of its messages`;
    case "reorder":
      return `${from} to ${to} reorders ${share} of its messages`;
    case "bandwidth":
      return `${from} to ${to} carries ${amount} bytes a second`;
  }
}
