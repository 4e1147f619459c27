/** jobs, fg, wait: over what `&` started in this shell. */
import type { Job, ShellCommand } from "./command.ts";

const jobs: ShellCommand = (io, shell) => {
  for (const job of [...shell.jobs.list()]) {
    io.stdout.write(`[${job.id}]  ${job.status === undefined ? "Running" : job.status === 0 ? "Done" : `Exit ${job.status}`}\t\t${job.line}\n`);
    if (job.status !== undefined) shell.jobs.forget(job);
  }
  return Promise.resolve(0);
};

async function awaited(job: Job, signal: AbortSignal, passOn: boolean): Promise<number> {
  const interrupted = new Promise<number>((resolve) => {
    const onAbort = (): void => {
      if (passOn) job.interrupt("SIGINT");
      else resolve(130);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  return Promise.race([job.done, interrupted]);
}

const fg: ShellCommand = async (io, shell) => {
  const job = shell.jobs.find(io.argv[0] ?? "%+");
  if (job === undefined) {
    io.stderr.write(`bash: fg: ${io.argv[0] ?? "current"}: no such job\n`);
    return 1;
  }
  io.stdout.write(`${job.line}\n`);
  const status = await awaited(job, io.signal, true);
  shell.jobs.forget(job);
  return status;
};

const wait: ShellCommand = async (io, shell) => {
  let status = 0;
  const wanted = io.argv.length > 0 ? io.argv : shell.jobs.list().map((job) => `%${job.id}`);
  for (const reference of wanted) {
    const job = shell.jobs.find(reference);
    if (job === undefined) {
      io.stderr.write(`bash: wait: ${reference}: no such job\n`);
      status = 127;
      continue;
    }
    status = await awaited(job, io.signal, false);
    if (io.signal.aborted) return 130;
    shell.jobs.forget(job);
  }
  return io.argv.length > 0 ? status : 0;
};

export const jobCommands: readonly (readonly [string, ShellCommand])[] = [
  ["jobs", jobs],
  ["fg", fg],
  ["wait", wait],
];
