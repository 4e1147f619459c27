/** The command line of quorum-lab. */
import { LAB_PLAIN, LAB_USAGE, LAB_VALUED, labArguments, type LabArguments } from "./lab-arguments.ts";

export interface ShArguments {
  readonly command: "sh";
  /** a folder, or the name of a lab in the library; undefined: a fresh one that is removed afterwards */
  readonly lab: string | undefined;
  readonly library: string | undefined;
  readonly members: number;
  readonly host: string;
  readonly script: { readonly file: string } | { readonly line: string };
}

export interface ServeArguments {
  readonly command: "serve";
  /** a folder, or the name of a lab in the library; undefined: the one in the user's data directory */
  readonly lab: string | undefined;
  /** undefined: the one in the user's data directory */
  readonly library: string | undefined;
  readonly members: number;
  /** 0: any */
  readonly port: number;
  readonly open: boolean;
}

/** A recording's file in the window, without a cluster. */
export interface OpenArguments {
  readonly command: "open";
  readonly file: string;
  readonly port: number;
  /** a browser is opened too */
  readonly open: boolean;
}

export type DrillVerb = (typeof DRILL_VERBS)[number];

export interface DrillArguments {
  readonly command: "drill";
  readonly verb: DrillVerb;
  /** drills for lint, show and run; files for overview */
  readonly names: readonly string[];
  /** a folder of drills; undefined: those that came with the program */
  readonly library: string | undefined;
  /** reference, wrong-1, ..., or a file; undefined: somebody works by hand */
  readonly solution: string | undefined;
  readonly seed: number | undefined;
  readonly json: boolean;
  /** a page of the debrief, .md, .html or .json by its name; of an overview .md, .csv or .json */
  readonly report: string | undefined;
}

export type Arguments = ShArguments | ServeArguments | OpenArguments | DrillArguments | LabArguments | { readonly command: "help" } | { readonly command: "version" };

export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

export const USAGE = `quorum-lab: learn, practise and rehearse etcd on a real cluster on this machine

  quorum-lab [start] [--port N] [--lab DIR|NAME] [--members N] [--no-open] [--browser]
      opens the lab in a browser; Ctrl-C ends every process it started
  quorum-lab open FILE [--port N] [--no-open]
      opens a recording that somebody saved, without a cluster; start --open FILE is the same
  quorum-lab sh [--lab DIR|NAME] [--members N] [--host m1] (FILE | -c 'LINE')
      runs a script in the shell of a host, on a fresh lab or on the one in DIR; FILE may be - for standard input
${LAB_USAGE}  quorum-lab drill list [--json]
      the drills, with what you have done so far
  quorum-lab drill show NAME [--seed N]
      the task of a drill, without starting it
  quorum-lab drill run NAME [--seed N] [--solution reference|wrong-1|FILE] [--report FILE] [--json]
      a drill on a lab of its own: by hand in this terminal, or by a script; exits with 0 when it is passed
  quorum-lab drill lint [NAME...]
      says what in a drill's folder is not as its format says
  quorum-lab drill progress [--json], drill overview FILE... [--report FILE]
      your record; and an overview over the records of many learners
      --drills DIR takes the drills of another folder
`;

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const [name, joined] = word.startsWith("--") && word.includes("=") ? [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] : [word];
    if (VALUED.has(name)) {
      const value = joined ?? argv[++at];
      if (value === undefined) throw new UsageError(`${name} needs a value`);
      values.set(name, value);
    } else if (PLAIN.has(name) && joined === undefined) flags.add(name);
    else if (word.startsWith("-") && word !== "-") throw new UsageError(`unknown option ${word}`);
    else words.push(word);
  }
  if (flags.has("--help") || flags.has("-h")) return { command: "help" };
  if (flags.has("--version")) return { command: "version" };
  const [verb = "start", ...rest] = words;
  if (verb === "lab") {
    const fail = (message: string): never => {
      throw new UsageError(message);
    };
    return labArguments(rest, values, flags, { fail, count: (name, initial, min, max) => wholeNumber(values, name, initial, min, max) });
  }
  for (const name of [...LAB_VALUED, ...LAB_PLAIN]) if (name !== "--labs" && (values.has(name) || flags.has(name))) throw new UsageError(`${name} belongs to quorum-lab lab`);
  const members = wholeNumber(values, "--members", 3, 1, 9);
  const lab = values.get("--lab");
  const library = values.get("--labs");
  if (verb === "sh") {
    const line = values.get("-c");
    const file = rest[0];
    if ((line === undefined) === (file === undefined) || rest.length > 1) throw new UsageError("sh takes a FILE or -c 'LINE'");
    return { command: "sh", lab, library, members, host: values.get("--host") ?? "m1", script: line === undefined ? { file: file! } : { line } };
  }
  if (verb === "drill") return drillArguments(rest, values, flags);
  const port = wholeNumber(values, "--port", 0, 0, 65535);
  const recording = verb === "open" ? rest : values.has("--open") && verb === "start" && rest.length === 0 ? [values.get("--open")!] : undefined;
  if (recording !== undefined) {
    const [file] = recording;
    if (file === undefined || recording.length > 1) throw new UsageError("open takes the FILE of a recording");
    return { command: "open", file, port, open: !flags.has("--no-open") };
  }
  if (verb !== "start" || rest.length > 0) throw new UsageError(`unknown command ${[verb, ...rest].join(" ")}`);
  for (const name of ["-c", "--host"]) if (values.has(name)) throw new UsageError(`${name} belongs to quorum-lab sh`);
  return { command: "serve", lab, library, members, port, open: !flags.has("--no-open") };
}

const VALUED = new Set(["--lab", "--members", "--host", "--port", "-c", "--drills", "--solution", "--seed", "--report", "--open", ...LAB_VALUED]);
const PLAIN = new Set(["--no-open", "--browser", "--help", "-h", "--version", "--json", ...LAB_PLAIN]);
const DRILL_VERBS = ["list", "show", "run", "lint", "progress", "overview"] as const;

function drillArguments(words: readonly string[], values: ReadonlyMap<string, string>, flags: ReadonlySet<string>): DrillArguments {
  const [given = "list", ...names] = words;
  const verb = DRILL_VERBS.find((one) => one === given);
  if (verb === undefined) throw new UsageError(`drill takes one of ${DRILL_VERBS.join(", ")}`);
  if ((verb === "run" || verb === "show") && names.length !== 1) throw new UsageError(`drill ${verb} takes the name of one drill`);
  if ((verb === "list" || verb === "progress") && names.length > 0) throw new UsageError(`drill ${verb} takes no names`);
  if (verb === "overview" && names.length === 0) throw new UsageError("drill overview takes the records of learners, such as drills.json");
  const seed = values.has("--seed") ? wholeNumber(values, "--seed", 1, 0, 4_294_967_295) : undefined;
  return { command: "drill", verb, names, library: values.get("--drills"), solution: values.get("--solution"), seed, json: flags.has("--json"), report: values.get("--report") };
}

function wholeNumber(values: ReadonlyMap<string, string>, name: string, initial: number, min: number, max: number): number {
  const text = values.get(name);
  if (text === undefined) return initial;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw new UsageError(`${name} is a whole number from ${min} to ${max}`);
  return value;
}
