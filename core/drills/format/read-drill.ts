/** From the texts of a drill's folder to a Drill, with everything in it that is not as the format says. Pure: the texts are handed in. */
import { LineCounter, parseDocument, isMap, isSeq } from "yaml";
import { Args, type CheckKind, type CheckSpec, KINDS, NEEDS_WRITES, problemsOfArgs } from "../checks/vocabulary.ts";
import { DANGERS, type DangerName, type Drill, type HostPath, type Problem, type Solution } from "./drill.ts";
import { draw, type Place, placeValues, readVariables, samplePlaces, substitute, type VariableTable } from "./variables.ts";

/** Name of the folder and texts by file name. */
export interface DrillFiles {
  readonly name: string;
  readonly texts: ReadonlyMap<string, string>;
}

export interface ReadResult {
  readonly drill: Drill | undefined;
  readonly problems: readonly Problem[];
}

const TEXT = "drill.md";
const CHECKS = "checks.yaml";
const SECTIONS = ["Why", "Task", "Hints", "Debrief", "Links"] as const;
const FRONT = ["title", "level", "minutes", "flavour", "needs", "host", "writes", "allow", "keep", "vars"];
const KNOWN_FILE = /^(drill\.md|checks\.yaml|before\.sh|setup\.sh|reference\.sh|wrong-\d+\.sh)$/;
const HOSTS_MAX = 9;
const WRITES = 10;

interface Front {
  readonly values: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** line of the body's first line */
  readonly bodyLine: number;
}

/** How many hosts, and how many of them form the cluster: to be known before the lab can be made. */
export function needsOf(files: DrillFiles): { hosts: number; members: number } {
  const front = splitFront(files.texts.get(TEXT) ?? "", () => undefined);
  return needs(front.values.needs, () => undefined);
}

/** @param places the lab's hosts; absent: some that stand for them */
export function readDrill(files: DrillFiles, seed: number, places?: readonly Place[]): ReadResult {
  const problems: Problem[] = [];
  const say = (file: string, line: number, message: string): void => {
    problems.push({ file, line, message });
  };
  const raw = files.texts.get(TEXT);
  if (raw === undefined) return { drill: undefined, problems: [{ file: TEXT, line: 0, message: "is missing" }] };
  for (const name of files.texts.keys()) if (!KNOWN_FILE.test(name)) say(name, 0, "is no file of a drill: drill.md, checks.yaml, before.sh, setup.sh, reference.sh, wrong-1.sh, ...");
  const front = splitFront(raw, (line, message) => say(TEXT, line, message));
  const size = needs(front.values.needs, (message) => say(TEXT, 1, message));
  const table: VariableTable = readVariables(front.values.vars, (_name, message) => say(TEXT, 1, message));
  const drawn = draw(table, seed);
  const values = { ...placeValues(places ?? samplePlaces(size.hosts), size.members), ...drawn, seed: String(seed) };
  const filled = new Map<string, string>();
  for (const [name, text] of files.texts) filled.set(name, substitute(text, values, (unknown, line) => say(name, line, `{{${unknown}}} has no value: it is neither in vars nor a place of the lab`)));
  // the front matter again, with its values in
  const { values: head, body, bodyLine } = splitFront(filled.get(TEXT)!, () => undefined);
  const hosts = Array.from({ length: size.hosts }, (_, at) => `m${at + 1}`);
  const meta = readHead(head, hosts, (message) => say(TEXT, 1, message));
  const sections = readSections(body, bodyLine, (line, message) => say(TEXT, line, message));
  const checks = readChecks(filled.get(CHECKS), hosts, meta.writes, (line, message) => say(CHECKS, line, message));
  const solutions = readSolutions(filled, checks, say);
  const setup = filled.get("setup.sh") ?? "";
  const marks = new Set([...`${filled.get("before.sh") ?? ""}\n${setup}`.matchAll(/\bdrill mark ([a-z][a-z0-9-]*)/g)].map((match) => match[1]!));
  for (const check of checks) for (const mark of marksOf(check)) if (!marks.has(mark)) say(CHECKS, 0, `check ${check.id} names the mark ${mark}, which setup.sh does not set with: drill mark ${mark}`);
  if (problems.length > 0) return { drill: undefined, problems };
  return {
    problems,
    drill: {
      name: files.name,
      ...meta,
      ...size,
      why: sections.get("Why")!,
      task: sections.get("Task")!,
      hints: steps(sections.get("Hints")!),
      debrief: sections.get("Debrief")!,
      links: bullets(sections.get("Links")!),
      before: filled.get("before.sh") ?? "",
      setup,
      checks,
      solutions,
      seed,
      values: drawn,
    },
  };
}

function splitFront(text: string, say: (line: number, message: string) => void): Front {
  const match = /^---\n([\s\S]*?)\n---\n/.exec(text);
  if (match === null) {
    say(1, "begins with front matter between two lines of ---");
    return { values: {}, body: text, bodyLine: 1 };
  }
  const counter = new LineCounter();
  const document = parseDocument(match[1]!, { lineCounter: counter });
  for (const error of document.errors) say(counter.linePos(error.pos[0]).line + 1, error.message.split("\n")[0]!);
  const values: unknown = document.errors.length > 0 ? {} : document.toJS();
  return {
    values: typeof values === "object" && values !== null && !Array.isArray(values) ? (values as Record<string, unknown>) : {},
    body: text.slice(match[0].length),
    bodyLine: match[0].split("\n").length,
  };
}

function needs(value: unknown, say: (message: string) => void): { hosts: number; members: number } {
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const members = given.members ?? 3;
  const hosts = given.hosts ?? (typeof members === "number" ? Math.max(members, 1) : 3);
  const whole = (one: unknown, from: number, to: number): one is number => Number.isInteger(one) && (one as number) >= from && (one as number) <= to;
  if (!whole(hosts, 1, HOSTS_MAX)) say(`needs: hosts is a whole number from 1 to ${HOSTS_MAX}`);
  if (!whole(members, 0, HOSTS_MAX) || (whole(hosts, 1, HOSTS_MAX) && members > hosts)) say("needs: members is a whole number from 0 to the number of hosts");
  return { hosts: whole(hosts, 1, HOSTS_MAX) ? hosts : 3, members: whole(members, 0, HOSTS_MAX) ? members : 3 };
}

function readHead(head: Readonly<Record<string, unknown>>, hosts: readonly string[], say: (message: string) => void) {
  for (const name of Object.keys(head)) if (!FRONT.includes(name)) say(`front matter has no ${name}; it has ${FRONT.join(", ")}`);
  const whole = (name: string, initial: number, from: number, to: number): number => {
    const value = head[name] ?? initial;
    if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return value as number;
    say(`${name} is a whole number from ${from} to ${to}`);
    return initial;
  };
  const list = (name: string): readonly string[] => {
    const value = head[name] ?? [];
    if (Array.isArray(value)) return value.map(String);
    say(`${name} is a list`);
    return [];
  };
  if (typeof head.title !== "string" || head.title === "") say("title is missing");
  if (head.level === undefined) say("level is missing");
  if (head.minutes === undefined) say("minutes is missing");
  const flavour = head.flavour ?? "systemd";
  if (flavour !== "systemd") say(`flavour ${String(flavour)} is not known; there is systemd`);
  const host = String(head.host ?? "m1");
  if (!hosts.includes(host)) say(`host is one of ${hosts.join(", ")}`);
  const allow = list("allow");
  for (const one of allow) if (!isDanger(one)) say(`allow: ${one} is none of ${DANGERS.join(", ")}`);
  const keep = list("keep").flatMap((one): HostPath[] => {
    const match = /^(m\d+):(\/.+)$/.exec(one);
    if (match !== null && hosts.includes(match[1]!)) return [{ host: match[1]!, path: match[2]! }];
    say(`keep: ${one} is not of the form m1:/root/backup.db`);
    return [];
  });
  return {
    title: String(head.title ?? ""),
    level: whole("level", 1, 1, 5),
    minutes: whole("minutes", 5, 1, 240),
    flavour: "systemd" as const,
    host,
    writes: whole("writes", WRITES, 0, 50),
    allow: allow.filter(isDanger),
    keep,
  };
}

function isDanger(name: string): name is DangerName {
  return (DANGERS as readonly string[]).includes(name);
}

function readSections(body: string, firstLine: number, say: (line: number, message: string) => void): Map<string, string> {
  const sections = new Map<string, string>();
  let current = "";
  let text: string[] = [];
  const close = (): void => {
    if (current !== "") sections.set(current, text.join("\n").trim());
  };
  for (const [at, line] of body.split("\n").entries()) {
    const title = /^## (.+?)\s*$/.exec(line)?.[1];
    if (title === undefined) {
      text.push(line);
      continue;
    }
    close();
    if (!(SECTIONS as readonly string[]).includes(title)) say(firstLine + at, `there is no section ${title}; there are ${SECTIONS.join(", ")}`);
    current = title;
    text = [];
  }
  close();
  for (const name of SECTIONS) if ((sections.get(name) ?? "") === "") say(0, `section "## ${name}" is missing or empty`);
  if (sections.has("Hints") && steps(sections.get("Hints")!).length === 0) say(0, "Hints are numbered steps: 1. ...");
  return sections;
}

/** Numbered steps, each with the lines that belong to it. */
function steps(text: string): string[] {
  return text.split(/^\d+\.\s+/m).slice(1).map((step) => step.trim());
}

function bullets(text: string): string[] {
  return text.split(/^[-*]\s+/m).slice(1).map((one) => one.trim());
}

function readChecks(text: string | undefined, hosts: readonly string[], writes: number, say: (line: number, message: string) => void): CheckSpec[] {
  if (text === undefined) {
    say(0, "is missing");
    return [];
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  for (const error of document.errors) say(counter.linePos(error.pos[0]).line, error.message.split("\n")[0]!);
  if (document.errors.length > 0) return [];
  if (!isSeq(document.contents) || document.contents.items.length === 0) {
    say(1, "is a list of checks");
    return [];
  }
  const checks: CheckSpec[] = [];
  for (const item of document.contents.items) {
    const line = counter.linePos((item as { range?: [number, number, number] }).range?.[0] ?? 0).line;
    if (!isMap(item)) {
      say(line, "a check is a map: id, name and one kind");
      continue;
    }
    const { id, name, once, ...rest } = item.toJS(document) as Record<string, unknown>;
    const kinds = Object.keys(rest);
    const label = typeof id === "string" ? id : typeof name === "string" ? name : `number ${checks.length + 1}`;
    if (typeof id !== "string" || !/^[a-z][a-z0-9-]*$/.test(id)) say(line, `check ${label}: id is a word of small letters, digits and dashes`);
    if (typeof name !== "string" || name === "") say(line, `check ${label}: name is a sentence for people`);
    if (once !== undefined && typeof once !== "boolean") say(line, `check ${label}: once is true or false`);
    if (checks.some((other) => other.id === id)) say(line, `check ${label}: this id is taken`);
    const kind = kinds[0];
    if (kinds.length !== 1 || kind === undefined || !(kind in KINDS)) {
      const strange = kinds.filter((one) => !(one in KINDS));
      say(line, `check ${label}: ${strange.length > 0 ? `there is no kind ${strange.join(", ")}` : "has exactly one kind"}; kinds are ${Object.keys(KINDS).join(", ")}`);
      continue;
    }
    for (const problem of problemsOfArgs(kind as CheckKind, rest[kind], hosts)) say(line, `check ${label}: ${problem}`);
    if (NEEDS_WRITES.has(kind as CheckKind) && writes === 0) say(line, `check ${label}: ${kind} needs a workload, and writes is 0`);
    if (kind === "never") for (const act of [(rest[kind] as { acts?: unknown }).acts].flat()) if (!isDanger(String(act))) say(line, `check ${label}: ${String(act)} is none of ${DANGERS.join(", ")}`);
    checks.push({ id: String(id), name: String(name), kind: kind as CheckKind, args: new Args(rest[kind] as Record<string, unknown>), once: once === true });
  }
  return checks;
}

function marksOf({ args }: CheckSpec): string[] {
  const marks = ["before", "after"].filter((name) => args.has(name)).map((name) => args.text(name));
  if (args.has("revision-at-least") && args.text("revision-at-least").startsWith("@")) marks.push(args.text("revision-at-least").slice(1));
  return marks;
}

/** The head of a script: comment lines `# name: value`. */
function headOf(script: string): Map<string, string[]> {
  const head = new Map<string, string[]>();
  for (const line of script.split("\n")) {
    if (!line.startsWith("#")) break;
    const match = /^# ([a-z]+): (.*)$/.exec(line);
    if (match !== null) head.set(match[1]!, [...(head.get(match[1]!) ?? []), match[2]!.trim()]);
  }
  return head;
}

function readSolutions(texts: ReadonlyMap<string, string>, checks: readonly CheckSpec[], say: (file: string, line: number, message: string) => void): Solution[] {
  if (!texts.has("reference.sh")) say("reference.sh", 0, "is missing");
  if (!texts.has("wrong-1.sh")) say("wrong-1.sh", 0, "is missing: a drill has at least one tempting wrong solution");
  const solutions: Solution[] = [];
  for (const [file, script] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!/^(reference|wrong-\d+)\.sh$/.test(file)) continue;
    const head = headOf(script);
    const wrong = file.startsWith("wrong");
    const fails: { check: string; because: RegExp }[] = [];
    for (const line of head.get("fails") ?? []) {
      const match = /^([a-z][a-z0-9-]*) because \/(.+)\/$/.exec(line);
      if (match === null) say(file, 1, `"# fails: ${line}" is not of the form "# fails: CHECK because /PATTERN/"`);
      else if (!checks.some((check) => check.id === match[1])) say(file, 1, `fails names the check ${match[1]!}, which checks.yaml does not have`);
      else {
        try {
          fails.push({ check: match[1]!, because: new RegExp(match[2]!) });
        } catch (error) {
          say(file, 1, `/${match[2]!}/ is no regular expression: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
    const dangers = (head.get("danger") ?? []).flatMap((line) => line.split(/[ ,]+/));
    for (const one of dangers) if (!isDanger(one)) say(file, 1, `danger ${one} is none of ${DANGERS.join(", ")}`);
    const title = head.get("title")?.[0] ?? "";
    const costs = (head.get("costs") ?? []).join(" ");
    if (wrong && title === "") say(file, 1, 'has a line "# title: what somebody thinks who does this"');
    if (wrong && fails.length === 0) say(file, 1, 'has a line "# fails: CHECK because /PATTERN/"');
    if (wrong && costs === "") say(file, 1, 'has a line "# costs: what it costs"');
    if (!wrong && fails.length > 0) say(file, 1, "the reference solution fails no check");
    solutions.push({ name: file.replace(/\.sh$/, ""), title, fails, costs, dangers: dangers.filter(isDanger), script });
  }
  return solutions;
}
