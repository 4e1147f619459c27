/** What strikes a cluster of processes, one thing after the other, as a seed decides: kills, pauses, cut and bad links, slow disks. */
import { noDiskFault, noLinkFault, noMemberFaults, type LinkFault, type MemberFaults } from "../../../core/probe/faults.ts";
import type { Random } from "../../../core/platform/random.ts";
import type { ClusterProcesses } from "../harness/cluster-processes.ts";
import type { MemberProcess } from "../harness/member-process.ts";

export class Nemesis {
  /** what was done, in order */
  readonly deeds: string[] = [];
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly cluster: ClusterProcesses,
    private readonly random: Random,
  ) {
    this.running = this.run();
    // told by stop()
    this.running.catch(() => undefined);
  }

  /** All is mended when this resolves. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const deeds = [() => this.kill(1), () => this.kill(1), () => this.kill(3), () => this.pause(), () => this.isolate(), () => this.cutOneWay(), () => this.badLinks(), () => this.slowDisk()];
    // every deed comes once before any comes again
    for (let round = shuffled(deeds, this.random); !this.stopped; round = round.length > 0 ? round : shuffled(deeds, this.random)) {
      await this.wait(200, 600);
      await round.pop()!();
    }
  }

  private async kill(count: number): Promise<void> {
    const victims = shuffled(this.cluster.members, this.random).slice(0, count);
    this.note(`kill ${namesOf(victims)}`);
    await Promise.all(victims.map((member) => member.stop("SIGKILL")));
    await this.wait(100, 1200);
    await Promise.all(victims.map((member) => member.start(this.cluster.initialCluster, "new")));
    await Promise.all(victims.map((member) => member.ready(240_000)));
  }

  private async pause(): Promise<void> {
    const member = this.any();
    this.note(`pause ${member.plan.name}`);
    process.kill(member.pid, "SIGSTOP");
    await this.wait(500, 2500);
    process.kill(member.pid, "SIGCONT");
  }

  private async isolate(): Promise<void> {
    const member = this.any();
    this.note(`isolate ${member.plan.name}`);
    const cut = this.linksOf(member, { ...noLinkFault, cut: true });
    await this.during([[member, { ...noMemberFaults, outgoing: cut, incoming: cut }]], 500, 3000);
  }

  private async cutOneWay(): Promise<void> {
    const member = this.any();
    const way = this.random.below(2) === 0 ? "outgoing" : "incoming";
    this.note(`cut ${way} of ${member.plan.name}`);
    await this.during([[member, { ...noMemberFaults, [way]: this.linksOf(member, { ...noLinkFault, cut: true }) }]], 500, 3000);
  }

  private async badLinks(): Promise<void> {
    this.note("bad links");
    const bad: LinkFault = { ...noLinkFault, delayMs: 10, jitterMs: 40, loss: 0.1, reorder: 0.2 };
    await this.during(this.cluster.members.map((member) => [member, { ...noMemberFaults, outgoing: this.linksOf(member, bad) }]), 1000, 3000);
  }

  private async slowDisk(): Promise<void> {
    const member = this.any();
    this.note(`slow disk of ${member.plan.name}`);
    await this.during([[member, { ...noMemberFaults, disk: { ...noDiskFault, fsyncDelayMs: 150 } }]], 500, 2000);
  }

  private async during(faults: readonly (readonly [MemberProcess, MemberFaults])[], from: number, to: number): Promise<void> {
    for (const [member, fault] of faults) member.tell({ type: "faults", faults: fault });
    await this.wait(from, to);
    for (const [member] of faults) member.tell({ type: "faults", faults: noMemberFaults });
  }

  private linksOf(member: MemberProcess, fault: LinkFault): Record<string, LinkFault> {
    const others = this.cluster.members.filter((other) => other !== member);
    return Object.fromEntries(others.map(({ words }) => [words.flatMap((word) => (word.type === "hello" ? [word.id] : []))[0]!, fault]));
  }

  private any(): MemberProcess {
    return this.cluster.members[this.random.below(this.cluster.members.length)]!;
  }

  private wait(from: number, to: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, from + this.random.below(to - from)));
  }

  private note(deed: string): void {
    this.deeds.push(deed);
  }
}

const namesOf = (members: readonly MemberProcess[]): string => members.map(({ plan }) => plan.name).join(" ");

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return Array.from({ length: left.length }, () => left.splice(random.below(left.length), 1)[0]!);
}
