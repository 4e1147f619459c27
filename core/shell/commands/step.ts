/** step: raft by hand. Its clocks stand still and its messages wait until one lets them go, in whichever order, or loses them. */
import type { ShellWorld, StepDesk } from "../world.ts";
import type { ShellCommand } from "./command.ts";

const USAGE = `step: raft by hand
  step on               clocks stand still, messages wait
  step off              all that waits goes, clocks run
  step list             what waits
  step go ID ...        lets messages go, in this order ("all": as they were written)
  step drop ID ...      loses them ("all")
  step timer HOST       fires a member's timer: a leader's heartbeat, anybody else's election
  step ticks N [HOST]   moves the clocks by N ticks, of one member or of all
`;

export const stepCommand: ShellCommand = (io, shell) => {
  const [verb = "list", ...args] = io.argv;
  try {
    const said = perform(shell.world, verb, args);
    (said === undefined ? io.stderr : io.stdout).write(said ?? USAGE);
    return Promise.resolve(said === undefined ? 2 : 0);
  } catch (error) {
    io.stderr.write(`step: ${error instanceof Error ? error.message : String(error)}\n`);
    return Promise.resolve(1);
  }
};

function perform(world: ShellWorld, verb: string, args: readonly string[]): string | undefined {
  const { steps } = world;
  switch (verb) {
    case "help":
    case "--help":
    case "-h":
      return USAGE;
    case "on":
    case "off":
      steps.set(verb === "on");
      return verb === "on" ? "raft's clocks stand still, its messages wait\n" : "raft runs by itself\n";
    case "list":
      return listed(steps);
    case "go":
    case "drop": {
      const ids = args[0] === "all" ? steps.letters().map((letter) => letter.id) : args;
      if (args.length === 0) return undefined;
      steps.settle(ids, verb === "go" ? "delivered" : "dropped");
      return `${ids.length} ${ids.length === 1 ? "message" : "messages"} ${verb === "go" ? "let go" : "lost"}\n`;
    }
    case "timer":
      if (args[0] === undefined) return undefined;
      steps.ticks(hostNamed(world, args[0]), 0);
      return `the timer of ${args[0]} fires\n`;
    case "ticks": {
      const count = Number(args[0]);
      if (!Number.isInteger(count) || count < 1 || count > 100) throw new Error("how many ticks? 1 to 100");
      steps.ticks(args[1] === undefined ? "" : hostNamed(world, args[1]), count);
      return `${args[1] ?? "every member"}: ${count} ${count === 1 ? "tick" : "ticks"}\n`;
    }
    default:
      return undefined;
  }
}

function listed(steps: StepDesk): string {
  const letters = steps.letters();
  return letters.length === 0 ? "no message waits\n" : letters.map((letter) => `${letter.id}\t${letter.text}\n`).join("");
}

function hostNamed(world: ShellWorld, name: string): string {
  const host = world.host(name);
  if (host === undefined) throw new Error(`no host ${name} here: ${world.hostNames().join(", ")}`);
  return host.name;
}
