/** What a host's member was told to do: the flags of its unit, its config file, its environment; and what it said it took. */
import { readFileSync, statSync } from "node:fs";
import { parse } from "yaml";
import type { MemberConfiguration, Setting } from "../contract/member-page.ts";
import type { LabHostMachine } from "../lab-host.ts";
import { parseUnit } from "../unit-file.ts";

/** etcd's first line with what it runs with. */
const STARTING = "starting an etcd server";
/** Not settings of the member: who wrote the line, when and where. */
const OF_THE_LINE: ReadonlySet<string> = new Set(["level", "ts", "msg", "caller", "git-sha", "go-version", "go-os", "go-arch"]);

export async function configurationOf(host: LabHostMachine): Promise<MemberConfiguration> {
  const unit = parseUnit(host.services.text("etcd"));
  const given: Setting[] = flagsOf(unit.command.slice(1));
  for (const [name, value] of Object.entries(unit.environment)) {
    if (name.startsWith("ETCD_")) given.push({ name: name.slice(5).toLowerCase().replaceAll("_", "-"), value, source: "environment" });
  }
  const configFile = given.find((one) => one.name === "config-file")?.value ?? "";
  if (configFile !== "") given.push(...fileSettings(host.files.real(configFile, unit.workingDirectory)));
  const { fields, at } = await lastStart(host);
  const changedAt = configFile === "" ? 0 : writtenAt(host.files.real(configFile, unit.workingDirectory));
  return {
    command: unit.command.join(" "),
    configFile,
    given,
    effective: fields,
    effectiveAt: at,
    stale: at > 0 && (changedAt > at || host.services.status("etcd").stale),
  };
}

function flagsOf(words: readonly string[]): Setting[] {
  const flags: Setting[] = [];
  for (let at = 0; at < words.length; at++) {
    const match = /^--?([a-z0-9-]+)(?:=(.*))?$/s.exec(words[at] ?? "");
    if (match === null) continue;
    const next = words[at + 1];
    const takesNext = match[2] === undefined && next !== undefined && !next.startsWith("-");
    if (takesNext) at++;
    flags.push({ name: match[1] ?? "", value: match[2] ?? (takesNext ? next : "true"), source: "command" });
  }
  return flags;
}

function fileSettings(real: string): Setting[] {
  let value: unknown;
  try {
    value = parse(readFileSync(real, "utf8"));
  } catch {
    // etcd itself will say what is wrong with the file; here it sets nothing
    return [];
  }
  const settings: Setting[] = [];
  const add = (prefix: string, record: object): void => {
    for (const [name, one] of Object.entries(record)) {
      if (typeof one === "object" && one !== null && !Array.isArray(one)) add(`${prefix}${name}.`, one);
      else settings.push({ name: `${prefix}${name}`, value: typeof one === "string" ? one : JSON.stringify(one), source: "file" });
    }
  };
  if (typeof value === "object" && value !== null) add("", value);
  return settings;
}

async function lastStart(host: LabHostMachine): Promise<{ fields: [string, string][]; at: number }> {
  const line = (await host.journal.read("etcd.service")).findLast((one) => one.text.includes(`"msg":"${STARTING}"`));
  if (line === undefined) return { fields: [], at: 0 };
  try {
    const fields = JSON.parse(line.text) as Record<string, unknown>;
    const told = Object.entries(fields).filter(([name]) => !OF_THE_LINE.has(name));
    return { fields: told.map(([name, value]) => [name, host.files.shownText(textOf(value))]), at: line.at };
  } catch (error) {
    // longer than the journal keeps of a line
    if (error instanceof SyntaxError) return { fields: [], at: line.at };
    throw error;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}

function writtenAt(real: string): number {
  return statSync(real, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
