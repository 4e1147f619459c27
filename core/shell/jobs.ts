/** Background jobs of one shell: what `&` started, until it has ended and been told of. */
import type { Job, JobTable } from "./commands/command.ts";

const JOBS_MAX = 64;

export class Jobs implements JobTable {
  private readonly running: RunningJob[] = [];
  private nextPid = 2001;

  /** @param start runs the job; it must end soon after the signal aborts */
  add(line: string, start: (signal: AbortSignal) => Promise<number>): Job {
    if (this.running.filter((job) => job.status === undefined).length >= JOBS_MAX) throw new Error(`more than ${JOBS_MAX} background jobs`);
    const id = Math.max(0, ...this.running.map((job) => job.id)) + 1;
    const job = new RunningJob(id, this.nextPid++, line, start);
    this.running.push(job);
    return job;
  }

  list(): readonly Job[] {
    return this.running;
  }

  /** %1, %+, %%, or a process id */
  find(reference: string): Job | undefined {
    if (reference === "%%" || reference === "%+" || reference === "%") return this.running.at(-1);
    if (reference.startsWith("%")) return this.running.find((job) => String(job.id) === reference.slice(1));
    return this.running.find((job) => String(job.pid) === reference);
  }

  forget(job: Job): void {
    const at = this.running.indexOf(job as RunningJob);
    if (at >= 0) this.running.splice(at, 1);
  }

  /** Jobs that ended since the last call, which forgets them. */
  takeEnded(): readonly Job[] {
    const ended = this.running.filter((job) => job.status !== undefined);
    for (const job of ended) this.forget(job);
    return ended;
  }

  async endAll(): Promise<void> {
    for (const job of this.running) job.interrupt("SIGTERM");
    await Promise.all(this.running.map((job) => job.done));
  }
}

class RunningJob implements Job {
  status: number | undefined;
  readonly done: Promise<number>;
  private readonly stop = new AbortController();

  constructor(
    readonly id: number,
    readonly pid: number,
    readonly line: string,
    start: (signal: AbortSignal) => Promise<number>,
  ) {
    this.done = start(this.stop.signal).then((status) => (this.status = status));
  }

  interrupt(signal: "SIGINT" | "SIGTERM"): void {
    this.stop.abort(signal);
  }
}
