/**
 * Where flag values come from: command line and environment together, or a YAML file alone
 * (server/etcdmain/config.go, pkg/flags/flag.go, server/embed/config.go).
 */
import { readFileSync } from "node:fs";
import type { LogFields } from "../../server/log.ts";
import { checkValue } from "./flag-set.ts";
import { type FlagSpec, flagTable } from "./flag-table.ts";
import { SettingsError } from "./settings.ts";
import { ValueError } from "./values.ts";

/** Something to tell once a logger stands. */
export interface Note {
  readonly level: "info" | "warn";
  readonly message: string;
  readonly fields: LogFields;
}

/** The same setting on the command line and in the environment: fatal. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  constructor(readonly variable: string) {
    super("conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))");
  }
}

export interface Source {
  readonly values: ReadonlyMap<string, string>;
  readonly notes: readonly Note[];
}

function variableOf(flag: string): string {
  return `ETCD_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** @throws ConflictError, SettingsError */
export function addEnvironment(given: ReadonlyMap<string, string>, env: Readonly<Record<string, string | undefined>>): Source {
  const values = new Map(given);
  const notes: Note[] = [];
  const used = new Set<string>();
  if (env.ETCD_VERSION !== undefined && env.ETCD_VERSION !== "") {
    notes.push({ level: "warn", message: "cannot set special environment variable", fields: { key: "ETCD_VERSION", value: env.ETCD_VERSION } });
    used.add("ETCD_VERSION");
  }
  for (const spec of flagTable.values()) {
    const variable = variableOf(spec.name);
    const value = env[variable];
    if (given.has(spec.name) || used.has(variable) || value === undefined || value === "") continue;
    try {
      checkValue(spec, value);
    } catch (error) {
      if (error instanceof ValueError) throw new SettingsError(`invalid value ${JSON.stringify(value)} for ${variable}: ${error.message}`);
      throw error;
    }
    used.add(variable);
    values.set(spec.name, value);
    notes.push({ level: "info", message: "recognized and used environment variable", fields: { "variable-name": variable, "variable-value": value } });
  }
  const shadowed = new Set([...given.keys()].map(variableOf));
  for (const variable of Object.keys(env)) {
    if (used.has(variable)) continue;
    if (shadowed.has(variable)) throw new ConflictError(variable);
    if (variable.startsWith("ETCD_")) {
      notes.push({ level: "warn", message: "unrecognized environment variable", fields: { "environment-variable": `${variable}=${env[variable]}` } });
    }
  }
  return { values, notes };
}

/** etcd's program prints this and exits with 1, without its log. */
export class ConfigFileExit extends Error {
  override readonly name = "ConfigFileExit";
}

/** Settings that are lists in the file; all other texts with commas are texts there too. */
const lists = new Set(["log-outputs", "cipher-suites", "peer-cert-allowed-cn", "peer-cert-allowed-hostname", "client-cert-allowed-hostname"]);

const goTypes: Readonly<Record<string, string>> = { bool: "bool", uint: "uint", int: "int", uint32: "uint32", duration: "time.Duration" };

/** A YAML value in the form that the flag would take on a command line. Durations stand in nanoseconds there. */
function textOf(spec: FlagSpec, value: unknown): string {
  const list = lists.has(spec.name);
  const wanted = list ? "[]string" : (goTypes[spec.kind] ?? "string");
  const kind = Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value;
  const fits = list ? Array.isArray(value) && value.every((item) => typeof item === "string") : wanted === "string" || wanted === "bool" ? kind === wanted : kind === "number";
  if (!fits) throw new SettingsError(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go struct field configYAML.Config.${spec.name} of type ${wanted}`);
  if (Array.isArray(value)) return value.join(",");
  return spec.kind === "duration" ? `${String(value)}ns` : String(value);
}

/** Names of the keys in `client-transport-security` and `peer-transport-security`, by the flag that they are. */
const securityKeys: Readonly<Record<string, string>> = {
  "cert-file": "cert-file",
  "key-file": "key-file",
  "client-cert-file": "client-cert-file",
  "client-key-file": "client-key-file",
  "client-cert-auth": "client-cert-auth",
  "trusted-ca-file": "trusted-ca-file",
  "auto-tls": "auto-tls",
  "allowed-cn": "cert-allowed-cn",
  "allowed-hostname": "cert-allowed-hostname",
  "skip-client-san-verification": "skip-client-san-verification",
};

/** Flags that are no keys of the file: TLS stands in its blocks. */
const notInFile = new Set([
  ...Object.values(securityKeys).flatMap((name) => [name, `peer-${name}`]).filter((name) => flagTable.has(name)),
  ...["client-crl-file", "peer-crl-file", "client-cert-allowed-hostname", "config-file", "version", "raft-read-timeout", "raft-write-timeout"],
  // only a flag: etcd's own sample file says "proxy" there, and nobody reads it
  "discovery-fallback",
]);

/** YAML, of which JSON is a part. */
async function readYaml(text: string): Promise<unknown> {
  if (text.startsWith("{")) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // YAML's own braces, or a mistake that YAML's parser puts in etcd's words
    }
  }
  // the parser is big, and most members start without a file
  const yaml = await import("yaml");
  try {
    return yaml.parse(text) as unknown;
  } catch (error) {
    throw new SettingsError(`error converting YAML to JSON: yaml: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws SettingsError when the file cannot be read or says what cannot be; ConfigFileExit */
export async function readConfigFile(path: string): Promise<Source> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new SettingsError(`open ${path}: ${missing ? "no such file or directory" : (error as Error).message}`, { cause: error });
  }
  const document = await readYaml(text);
  if (document !== null && document !== undefined && (typeof document !== "object" || Array.isArray(document))) {
    const kind = Array.isArray(document) ? "array" : typeof document;
    throw new SettingsError(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type embed.configYAML`);
  }
  const values = new Map<string, string>();
  const notes: Note[] = [];
  const unknown = (setting: string): void => void notes.push({ level: "warn", message: "unknown setting in configuration file is ignored", fields: { path, setting } });
  const set = (name: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    const spec = flagTable.get(name)!;
    const written = textOf(spec, value);
    try {
      checkValue(spec, written);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      if (spec.kind === "urls") throw new ConfigFileExit(`unexpected error setting up ${name}: ${error.message}`, { cause: error });
      throw new SettingsError(error.message, { cause: error });
    }
    values.set(name, written);
  };
  for (const [key, value] of Object.entries((document ?? {}) as Record<string, unknown>)) {
    if (key !== "client-transport-security" && key !== "peer-transport-security") {
      // an old spelling that only the file has
      const name = key === "experimental-snapshot-catch-up-entries" ? "experimental-snapshot-catchup-entries" : key;
      if (flagTable.has(name) && !notInFile.has(name)) set(name, value);
      else unknown(key);
      continue;
    }
    if (value === null) continue;
    if (typeof value !== "object" || Array.isArray(value)) {
      throw new SettingsError(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value} into Go struct field configYAML.configJSON.${key} of type embed.securityConfig`);
    }
    for (const [inner, setting] of Object.entries(value as Record<string, unknown>)) {
      const flag = securityKeys[inner];
      const name = flag === undefined ? "" : key === "peer-transport-security" ? `peer-${flag}` : flag === "cert-allowed-hostname" ? "client-cert-allowed-hostname" : flag;
      if (flagTable.has(name)) set(name, setting);
      else unknown(`${key}.${inner}`);
    }
  }
  return { values, notes };
}
