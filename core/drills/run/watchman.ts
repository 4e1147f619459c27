/** Looks at the lab again and again, and after every command line, and hands what it saw to the watch for dangerous acts. */
import { createHash } from "node:crypto";
import { type Dirent, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Timer } from "../../platform/clock.ts";
import type { Lab } from "../../lab/index.ts";
import type { HostPath } from "../format/drill.ts";
import { type Danger, DangerWatch, type HostSight, type Sight } from "./dangers.ts";
import { hexId, type LabEyes } from "./lab-eyes.ts";

const LOOK_MS = 700;
const ASK_MS = 600;
/** member/snap/db lies at most so deep under a host's root */
const DEPTH_MAX = 7;

export interface WatchmanOptions {
  readonly lab: Lab;
  readonly eyes: LabEyes;
  readonly clock: Clock;
  readonly keep: readonly HostPath[];
  readonly onDanger: (danger: Danger) => void;
}

interface Answer {
  readonly pid: number | undefined;
  readonly member: string;
  readonly cluster: string;
  readonly voters: readonly string[];
}

export class Watchman {
  private watch = new DangerWatch();
  private readonly answers = new Map<string, Answer>();
  private timer: Timer | undefined;
  private asking = false;
  private stopped = false;

  constructor(private readonly options: WatchmanOptions) {}

  get dangers(): readonly Danger[] {
    return this.watch.dangers;
  }

  /** Begins; what is there now is where everything is compared with. */
  async start(): Promise<void> {
    await this.ask();
    this.watch = new DangerWatch();
    this.look();
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  /** Once, at once: files and processes as they are, members as they last answered. */
  look(): void {
    for (const danger of this.watch.look(this.sight())) this.options.onDanger(danger);
  }

  /** Everything once more, members included. */
  async lookWell(): Promise<void> {
    await this.ask();
    this.look();
  }

  /** The hosts of the cluster that most members belong to, first; then the others. */
  order(): readonly string[] {
    const { main } = this;
    const hosts = this.options.lab.hosts.map((host) => host.name);
    return [...hosts.filter((host) => this.answers.get(host)?.cluster === main), ...hosts.filter((host) => this.answers.get(host)?.cluster !== main)];
  }

  /** hex; "" where no member answers */
  get main(): string {
    const counts = new Map<string, number>();
    for (const { cluster } of this.answers.values()) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = this.options.clock.after(LOOK_MS, () => {
      void this.ask().then(() => {
        if (this.stopped) return;
        this.look();
        this.schedule();
      });
    });
  }

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const { lab, eyes } = this.options;
    await Promise.all(
      lab.hosts.map(async (host) => {
        const { process, pid } = host.view();
        if (process !== "running" && process !== "starting") {
          this.answers.delete(host.name);
          return;
        }
        try {
          const answer = await eyes.client(host.name).memberList({ linearizable: false }, { timeoutMs: ASK_MS });
          this.answers.set(host.name, {
            pid: pid ?? undefined,
            member: hexId(answer.header?.memberId),
            cluster: hexId(answer.header?.clusterId),
            voters: answer.members.filter((member) => !member.isLearner).map((member) => hexId(member.ID)),
          });
        } catch {
          // what it last said stays, as long as it is the same process
          if (this.answers.get(host.name)?.pid !== (pid ?? undefined)) this.answers.delete(host.name);
        }
      }),
    );
    this.asking = false;
  }

  private sight(): Sight {
    const { lab, clock, keep } = this.options;
    const { main } = this;
    const speaker = [...this.answers.values()].find((one) => one.cluster === main);
    return {
      at: clock.now(),
      hosts: lab.hosts.map((host): HostSight => {
        const { process, pid } = host.view();
        const running = process === "running" || process === "starting";
        const answer = this.answers.get(host.name);
        const mine = answer !== undefined && answer.pid === (pid ?? undefined) ? answer : undefined;
        return {
          host: host.name,
          running,
          pid: pid ?? undefined,
          member: mine?.member ?? (running ? host.view().id : ""),
          cluster: mine?.cluster ?? "",
          flags: host.runningSettings ?? new Map<string, string>(),
          // the folder that the running process was told, whatever its file says by now
          hasData: statSync(join(host.files.real(host.runningSettings?.get("data-dir") ?? host.dataDirectory()), "member", "snap", "db"), { throwIfNoEntry: false }) !== undefined,
          databases: databasesUnder(host.files.root, 0),
        };
      }),
      voters: speaker?.voters,
      kept: new Map(keep.map(({ host, path }) => [`${host}:${path}`, digestOf(lab.machine(host).files.real(path))])),
    };
  }
}

/** Paths that end in member/snap/db. */
function databasesUnder(folder: string, depth: number): string[] {
  if (depth > DEPTH_MAX) return [];
  return entriesOf(folder).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const path = join(folder, entry.name);
    if (entry.name !== "member") return databasesUnder(path, depth + 1);
    const db = join(path, "snap", "db");
    return lstatSync(db, { throwIfNoEntry: false }) === undefined ? [] : [db];
  });
}

/** A folder that somebody takes away at this moment has nothing in it. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function digestOf(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? createHash("sha256").update(readFileSync(path)).digest("hex") : undefined;
}
