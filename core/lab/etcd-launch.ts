/**
 * From an etcd command line as a host's user writes it to one that works on this machine: paths of the host become real
 * ones, in flags, environment and config file. URLs stay as they are; the member looks them up in its host's book.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse } from "yaml";
import type { HostTree } from "./host-tree.ts";

/** Flags of etcd whose value is a path. */
const PATH_FLAGS = new Set([
  "data-dir",
  "wal-dir",
  "cert-file",
  "key-file",
  "trusted-ca-file",
  "client-cert-file",
  "client-key-file",
  "client-crl-file",
  "peer-cert-file",
  "peer-key-file",
  "peer-trusted-ca-file",
  "peer-client-cert-file",
  "peer-client-key-file",
  "peer-crl-file",
]);

/** A list whose items are paths, or one of these words. */
const LOG_OUTPUTS = "log-outputs";
const OUTPUT_WORDS: ReadonlySet<string> = new Set(["", "default", "stdout", "stderr", "systemd/journal"]);

export interface EtcdCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * @param cwd as the host sees it
 * @param configCopy real path for the config file with real paths in it
 */
export function realCommand(args: readonly string[], env: Readonly<Record<string, string>>, tree: HostTree, cwd: string, configCopy: string): EtcdCommand {
  const real: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    const match = /^--?([a-z0-9-]+)(?:=(.*))?$/s.exec(word);
    const name = match?.[1] ?? "";
    if (!PATH_FLAGS.has(name) && name !== "config-file" && name !== LOG_OUTPUTS) {
      real.push(word);
      continue;
    }
    const value = match?.[2] ?? args[++at];
    if (value === undefined) real.push(word);
    else if (name === LOG_OUTPUTS) real.push(`--${name}=${value.split(",").map((one) => realOutput(one, tree, cwd)).join(",")}`);
    else real.push(`--${name}=${name === "config-file" ? realConfig(value, tree, cwd, configCopy) : realPath(value, tree, cwd)}`);
  }
  // the playbook's ETCDCTL_API=2 works on every member of a lab, unless its command line says otherwise
  const says = (name: string): boolean => flagOf(args, name) !== undefined || `ETCD_${name.toUpperCase().replaceAll("-", "_")}` in env;
  if (!says("enable-v2") && !says("config-file")) real.push("--enable-v2=true");
  const realEnv: Record<string, string> = { ...env };
  for (const [name, value] of Object.entries(env)) {
    const flag = name.startsWith("ETCD_") ? name.slice(5).toLowerCase().replaceAll("_", "-") : "";
    if (PATH_FLAGS.has(flag)) realEnv[name] = realPath(value, tree, cwd);
    else if (flag === LOG_OUTPUTS) realEnv[name] = value.split(",").map((one) => realOutput(one, tree, cwd)).join(",");
    else if (flag === "config-file") realEnv[name] = realConfig(value, tree, cwd, configCopy);
  }
  return { args: real, env: realEnv };
}

/** The value of a flag on a command line, "" where it has none; undefined: it is not there. */
function flagOf(args: readonly string[], name: string): string | undefined {
  for (let at = 0; at < args.length; at++) {
    const match = new RegExp(`^--?${name}(?:=(.*))?$`, "s").exec(args[at]!);
    if (match !== null) return match[1] ?? args[at + 1] ?? "";
  }
  return undefined;
}

function realPath(value: string, tree: HostTree, cwd: string): string {
  return value === "" ? value : tree.real(value, cwd);
}

function realOutput(value: string, tree: HostTree, cwd: string): string {
  return OUTPUT_WORDS.has(value.trim()) ? value : tree.real(value.trim(), cwd);
}

/** A config file that cannot be read is left to etcd, which says what is wrong with it. */
function realConfig(value: string, tree: HostTree, cwd: string, copy: string): string {
  const source = tree.real(value, cwd);
  let text: string;
  try {
    text = readFileSync(source, "utf8");
  } catch {
    return source;
  }
  const config = parseConfig(text);
  if (config === undefined) return source;
  mapPaths(config, tree, cwd);
  config["enable-v2"] ??= true;
  mkdirSync(dirname(copy), { recursive: true });
  // JSON is YAML too, and a member reads it without a YAML parser
  writeFileSync(copy, `${JSON.stringify(config, null, 2)}\n`);
  return copy;
}

function parseConfig(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function mapPaths(config: Record<string, unknown>, tree: HostTree, cwd: string): void {
  for (const [name, value] of Object.entries(config)) {
    if (typeof value === "string" && PATH_FLAGS.has(name)) config[name] = realPath(value, tree, cwd);
    else if (name === LOG_OUTPUTS && Array.isArray(value)) config[name] = value.map((one) => (typeof one === "string" ? realOutput(one, tree, cwd) : (one as unknown)));
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) mapPaths(value as Record<string, unknown>, tree, cwd);
  }
}

/** All that a command line, its environment and its config file say, by flag; the file, where there is one, has the only word (etcd's rule). */
export function settingsOf(args: readonly string[], env: Readonly<Record<string, string>>, tree: HostTree, cwd: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) if (name.startsWith("ETCD_")) settings.set(name.slice(5).toLowerCase().replaceAll("_", "-"), value);
  for (let at = 0; at < args.length; at++) {
    const match = /^--?([a-z0-9-]+)(?:=(.*))?$/s.exec(args[at]!);
    if (match === null) continue;
    const next = args[at + 1];
    const takesNext = match[2] === undefined && next !== undefined && !next.startsWith("-");
    settings.set(match[1]!, match[2] ?? (takesNext ? args[++at]! : "true"));
  }
  const file = settings.get("config-file");
  if (file === undefined) return settings;
  const config = parseConfig(readText(tree.real(file, cwd))) ?? {};
  return new Map(Object.entries(config).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]));
}

/** The data folder that this command line leads to, as the host sees it. */
export function dataDirectoryOf(args: readonly string[], env: Readonly<Record<string, string>>, tree: HostTree, cwd: string): string {
  const flag = (name: string): string | undefined => flagOf(args, name) ?? env[`ETCD_${name.toUpperCase().replaceAll("-", "_")}`];
  const file = flag("config-file");
  let value = flag("data-dir");
  let name = flag("name");
  if (file !== undefined) {
    const config = parseConfig(readText(tree.real(file, cwd)));
    if (typeof config?.["data-dir"] === "string") value = config["data-dir"];
    if (typeof config?.name === "string") name = config.name;
  }
  return tree.shown(tree.real(value ?? `${name ?? "default"}.etcd`, cwd));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
