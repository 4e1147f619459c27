/** `drill` as a command in the shells of a drill's lab: what learners ask, and what set-ups need beside the shell's own words. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Program, ProgramIo } from "../../cli/program.ts";
import type { DrillRun } from "./drill-run.ts";
import { flipValue } from "./flip-value.ts";
import { writeAuthority } from "./pki.ts";
import { DANGER_COSTS, HINT_COSTS } from "./score.ts";

const USAGE = `drill: the task you are at
  drill task      what is to be done
  drill check     looks at every check now
  drill hint      the next hint; each costs ${HINT_COSTS} points
  drill score     how it stands: writes lost, time without service, commands, dangerous acts (${DANGER_COSTS} points each)
  drill finish    ends the drill, with the debrief
`;

/** @param current the drill of this lab, as soon as there is one */
export function drillProgram(current: () => DrillRun | undefined): Program {
  return async (io) => {
    const run = current();
    const [verb = "task", ...words] = io.argv;
    if (run === undefined) {
      io.stderr.write("drill: none runs in this lab\n");
      return 1;
    }
    const code = await asked(run, verb, io);
    if (code !== undefined) return code;
    if (run.state !== "set-up" || !(verb in setupVerbs)) {
      io.stderr.write(USAGE);
      return 2;
    }
    try {
      await setupVerbs[verb]!(run, words, io);
      return 0;
    } catch (error) {
      io.stderr.write(`drill ${verb}: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  };
}

async function asked(run: DrillRun, verb: string, io: ProgramIo): Promise<number | undefined> {
  switch (verb) {
    case "task":
      io.stdout.write(taskText(run));
      return 0;
    case "check": {
      if (run.state === "open") await run.check();
      for (const check of run.checks) io.stdout.write(`${check.passed ? "[x]" : "[ ]"} ${check.name}: ${check.reason}\n`);
      return run.checks.every((check) => check.passed) ? 0 : 1;
    }
    case "hint": {
      const hint = run.hint();
      if (hint === undefined) {
        io.stderr.write("drill: there are no more hints\n");
        return 1;
      }
      io.stdout.write(`Hint ${run.hints.length} of ${run.drill.hints.length}: ${hint}\n`);
      return 0;
    }
    case "score": {
      const { acknowledged, longestMs, totalMs, commands, dangers } = run.figures;
      if (run.drill.writes > 0) io.stdout.write(`${acknowledged} writes acknowledged; without service ${(longestMs / 1000).toFixed(1)} s at the longest, ${(totalMs / 1000).toFixed(1)} s in all\n`);
      io.stdout.write(`${commands} commands, ${dangers === 0 ? "none dangerous" : `${dangers} dangerous`}; ${run.hints.length} hints\n`);
      return 0;
    }
    case "finish": {
      if (run.state !== "open") return 1;
      io.stdout.write("The drill ends; checks are looked at for the last time.\n");
      await run.finish();
      return 0;
    }
    default:
      return undefined;
  }
}

export function taskText(run: DrillRun): string {
  const { drill } = run;
  return `${drill.title}\n\n${drill.why}\n\n${drill.task}\n\n${drill.checks.map((check) => `[ ] ${check.name}\n`).join("")}`;
}

/** A set-up on a busy machine meets elections and timeouts; a store that is full is no such thing. */
async function putPatiently(run: DrillRun, key: string, value: Buffer): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const host = run.eyes.hosts.filter((name) => run.lab.machine(name).memberRuns)[tries % run.eyes.hosts.length] ?? run.eyes.hosts[0]!;
      await run.eyes.client(host).put({ key: Buffer.from(key), value }, { timeoutMs: 10_000 });
      return;
    } catch (error) {
      if (tries > 20 || (error instanceof Error && error.message.includes("space exceeded"))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

type SetupVerb = (run: DrillRun, words: readonly string[], io: ProgramIo) => Promise<void>;

/** Words for set-ups only. */
const setupVerbs: Readonly<Record<string, SetupVerb>> = {
  /** drill mark NAME: a moment that checks can name */
  async mark(run, [name = ""]) {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error("how is the mark called?");
    await run.mark(name);
  },
  /** drill writes N: waits for N more acknowledged writes of the workload */
  async writes(run, [count = ""], io) {
    if (!/^\d+$/.test(count)) throw new Error("how many writes?");
    await run.awaitWrites(Number(count), io.signal);
  },
  /** drill lead HOST: makes its member the leader */
  async lead(run, [host = ""]) {
    for (let tries = 0; tries < 50; tries++) {
      const statuses = await Promise.all(run.eyes.hosts.map(async (name) => ({ name, status: await run.eyes.status(name) })));
      const wanted = statuses.find((one) => one.name === host)?.status;
      const leader = statuses.find((one) => one.status !== undefined && one.status.id === one.status.leader);
      if (wanted !== undefined && leader?.name === host) return;
      if (wanted !== undefined && leader !== undefined) {
        // refused while an election is on its way: it is tried again
        await run.eyes.client(leader.name).moveLeader(BigInt(`0x${wanted.id}`), { timeoutMs: 3000 }).catch(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${host} did not become the leader`);
  },
  /** drill flip HOST KEY VALUE: changes a value in the database of a member that does not run */
  async flip(run, [host = "", key = "", value = ""]) {
    const machine = run.lab.machine(host);
    if (machine.memberRuns) throw new Error(`etcd runs on ${host}`);
    const path = join(machine.files.real(machine.dataDirectory()), "member", "snap", "db");
    if (!(await flipValue(path, key, value))) throw new Error(`${key} is not in the database of ${host}`);
  },
  /** drill damage HOST FILE TEXT: changes one byte of a file, in the last place where TEXT stands */
  damage(run, [host = "", file = "", text = ""]) {
    const path = run.lab.machine(host).files.real(file);
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(text);
    if (text === "" || at < 0) throw new Error(`${text} is not in ${file}`);
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(path, bytes);
    return Promise.resolve();
  },
  /** drill fill PREFIX COUNT BYTES: writes keys with values of so many bytes */
  async fill(run, [prefix = "", count = "", bytes = ""], io) {
    for (let number = 1; number <= Number(count) && !io.signal.aborted; number++) {
      await putPatiently(run, `${prefix}${String(number).padStart(4, "0")}`, Buffer.alloc(Number(bytes), "x"));
    }
  },
  /** drill certificates HOST...: an authority, and a certificate for each host, in /etc/etcd/pki of each */
  certificates(run, hosts) {
    writeAuthority(hosts.map((name) => run.lab.machine(name)), new Date());
    return Promise.resolve();
  },
};
