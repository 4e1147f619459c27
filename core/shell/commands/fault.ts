/** fault: breaks the lab from the keyboard, with the same faults as the window's buttons. */
import type { BitPlace, FaultDesk, LinkFaultKind, ShellWorld } from "../world.ts";
import type { ShellCommand } from "./command.ts";

const USAGE = `fault: breaks the lab on purpose, and mends it
  fault list                          what is broken now
  fault cut A B [--one-way]           nothing passes between A and B (only from A to B)
  fault delay A B MS                  messages between A and B take longer
  fault loss|duplicate|reorder A B PERCENT
  fault bandwidth A B BYTES           bytes a second between A and B
  fault slow-motion N                 raft and its messages N times slower, 1 to 100; 1 is real time
  fault isolate A                     cuts A off from all others
  fault partition A [B...]            these on one side, all others on the other
  fault slow-disk A MS                every fsync of A takes longer
  fault failing-disk A                every fsync of A fails
  fault full-disk A                   no write of A finds space
  fault skew-clock A SECONDS          A's time of day is ahead; below 0 behind, 0 true
  fault flip-bit A FILE [--at start|middle|end|BYTE] [--bit N]
                                      a bit of a file in A's data-dir, such as member/snap/db
  fault torn-write A                  the last write of A's log, as a crash tears it; A must not run
  fault delete-data A                 the data-dir of A
  fault expire-certificate A          A's certificates, in a lab with TLS
  fault kill|pause|resume A           the process of A
  fault undo ID                       one fault, by its name in the list
  fault heal                          all of them
`;

const SHARE: ReadonlySet<string> = new Set(["loss", "duplicate", "reorder"]);
const LINK: ReadonlySet<string> = new Set(["cut", "delay", "bandwidth", ...SHARE]);

export const faultCommand: ShellCommand = async (io, shell) => {
  const oneWay = io.argv.includes("--one-way");
  const [verb = "list", ...args] = io.argv.filter((word) => word !== "--one-way");
  if (verb === "help" || verb === "--help" || verb === "-h") {
    io.stdout.write(USAGE);
    return 0;
  }
  try {
    const said = await perform(shell.world, verb, args, oneWay);
    if (said === undefined) {
      io.stderr.write(USAGE);
      return 2;
    }
    io.stdout.write(said);
    return 0;
  } catch (error) {
    io.stderr.write(`fault: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
};

/** @returns what there is to say; undefined where the command is not understood */
function perform(world: ShellWorld, verb: string, args: readonly string[], oneWay: boolean): string | undefined | Promise<string> {
  const faults = world.faults;
  const host = (at: number): string => named(world, args[at]);
  if (LINK.has(verb)) return link(faults, verb as LinkFaultKind, host(0), host(1), args[2], oneWay);
  switch (verb) {
    case "list":
      return listed(faults);
    case "isolate":
      faults.isolate(host(0));
      return `${host(0)} is cut off from all others\n`;
    case "partition": {
      const side = args.length === 0 ? [host(0)] : args.map((_, at) => host(at));
      faults.partition(side);
      return `${side.join(", ")} on one side, ${world.hostNames().filter((name) => !side.includes(name)).join(", ") || "nobody"} on the other\n`;
    }
    case "skew-clock": {
      const seconds = signed(args[1]);
      faults.skew(host(0), seconds * 1000);
      return seconds === 0 ? `the clock of ${host(0)} is true\n` : `the clock of ${host(0)} is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead" : "behind"}\n`;
    }
    case "flip-bit":
      return faults.flip(host(0), bitPlace(args.slice(1))).then(({ text }) => `${text}\n`);
    case "torn-write":
      return faults.damage(host(0), "torn-write").then(({ text }) => `${text}\n`);
    case "delete-data":
      return faults.damage(host(0), "data-deleted").then(({ text }) => `${text}\n`);
    case "expire-certificate":
      return faults.damage(host(0), "certificate-expired").then(({ text }) => `${text}\n`);
    case "slow-motion": {
      const slowdown = number(args[0], "times slower");
      faults.pace(slowdown);
      return slowdown === 1 ? "raft goes at real time\n" : `raft goes ${slowdown} times slower\n`;
    }
    case "slow-disk":
      return `${faults.disk(host(0), "slow-fsync", number(args[1], "milliseconds")).text}\n`;
    case "failing-disk":
      return `${faults.disk(host(0), "failing-fsync", 0).text}\n`;
    case "full-disk":
      return `${faults.disk(host(0), "disk-full", 0).text}\n`;
    case "kill":
      faults.kill(host(0));
      return `etcd on ${host(0)} was killed with SIGKILL\n`;
    case "pause":
      faults.pause(host(0));
      return `etcd on ${host(0)} is stopped with SIGSTOP\n`;
    case "resume":
      faults.resume(host(0));
      return `etcd on ${host(0)} goes on\n`;
    case "undo":
      if (args[0] === undefined) return undefined;
      faults.undo(args[0]);
      return listed(faults);
    case "heal":
      faults.heal();
      return "all faults are healed\n";
    default:
      return undefined;
  }
}

function link(faults: FaultDesk, kind: LinkFaultKind, from: string, to: string, amount: string | undefined, oneWay: boolean): string {
  const value = kind === "cut" ? 0 : number(amount, kind === "delay" ? "milliseconds" : kind === "bandwidth" ? "bytes a second" : "percent");
  const scaled = SHARE.has(kind) ? value / 100 : value;
  const rows = [faults.link(from, to, kind, scaled)];
  if (!oneWay) rows.push(faults.link(to, from, kind, scaled));
  return rows.map((row) => `${row.text}\n`).join("");
}

/** FILE [--at start|middle|end|BYTE] [--bit N], in any order. */
function bitPlace(args: readonly string[]): BitPlace {
  let [file, region, offset, bit] = ["", "middle" as BitPlace["region"], 0, 0];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--at") {
      const place = args[++at];
      const named = (["start", "middle", "end"] as const).find((one) => one === place);
      region = named ?? "offset";
      if (named === undefined) offset = whole(place, "which byte? start, middle, end or its number");
    } else if (word === "--bit") bit = whole(args[++at], "which bit? 0 to 7", 7);
    else if (file === "" && !word.startsWith("-")) file = word;
    else throw new Error(`what is ${word}?`);
  }
  if (file === "") throw new Error("which file? One below the data-dir, such as member/snap/db");
  return { file, region, offset, bit };
}

function whole(text: string | undefined, question: string, most = Number.MAX_SAFE_INTEGER): number {
  if (text === undefined || !/^\d+$/.test(text) || Number(text) > most) throw new Error(question);
  return Number(text);
}

function signed(text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || text.trim() === "" || !Number.isFinite(value)) throw new Error("how many seconds?");
  return value;
}

function listed(faults: FaultDesk): string {
  const rows = faults.list();
  return rows.length === 0 ? "nothing is broken\n" : rows.map((row) => `${row.id}\t${row.text}\n`).join("");
}

function named(world: ShellWorld, name: string | undefined): string {
  if (name === undefined) throw new Error(`which host? One of ${world.hostNames().join(", ")}`);
  const host = world.host(name);
  if (host === undefined) throw new Error(`no host ${name} here: ${world.hostNames().join(", ")}`);
  return host.name;
}

function number(text: string | undefined, unit: string): number {
  const value = Number(text);
  if (text === undefined || text.trim() === "" || !Number.isFinite(value) || value < 0) throw new Error(`how many ${unit}?`);
  return value;
}
