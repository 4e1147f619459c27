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

/** A YAML value in the form that the flag would take on a command line. Durations stand in nanoseconds there. */
function textOf(spec: FlagSpec, value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  if (spec.kind === "duration" && typeof value === "number") return `${value}ns`;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new SettingsError(`error unmarshaling JSON: ${spec.name} cannot be ${JSON.stringify(value)}`);
}

const securityKeys: Readonly<Record<string, string>> = { "client-cert-auth": "client-cert-auth", "allowed-cn": "cert-allowed-cn", "allowed-hostname": "cert-allowed-hostname" };

/** @throws SettingsError when the file cannot be read or says what cannot be */
export async function readConfigFile(path: string): Promise<Source> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new SettingsError(`open ${path}: ${missing ? "no such file or directory" : (error as Error).message}`, { cause: error });
  }
  // the parser is big, and most members start without a file
  const yaml = await import("yaml");
  let document: unknown;
  try {
    document = yaml.parse(text);
  } catch (error) {
    throw new SettingsError(`error converting YAML to JSON: yaml: ${(error as Error).message}`, { cause: error });
  }
  if (document !== null && document !== undefined && (typeof document !== "object" || Array.isArray(document))) {
    throw new SettingsError("error unmarshaling JSON: json: cannot unmarshal into Go value of type embed.configYAML");
  }
  const values = new Map<string, string>();
  const notes: Note[] = [];
  const set = (name: string, value: unknown): void => {
    const spec = flagTable.get(name);
    if (spec === undefined || name === "config-file" || name === "version") {
      notes.push({ level: "warn", message: "unknown setting in configuration file is ignored", fields: { path, setting: name } });
      return;
    }
    if (value === null || value === undefined) return;
    const text = textOf(spec, value);
    try {
      checkValue(spec, text);
    } catch (error) {
      if (error instanceof ValueError) throw new SettingsError(`unexpected error setting up ${name}: ${error.message}`, { cause: error });
      throw error;
    }
    values.set(name, text);
  };
  for (const [key, value] of Object.entries((document ?? {}) as Record<string, unknown>)) {
    if (key === "client-transport-security" || key === "peer-transport-security") {
      if (value === null) continue;
      if (typeof value !== "object" || Array.isArray(value)) throw new SettingsError(`invalid ${key}`);
      const peer = key === "peer-transport-security";
      for (const [inner, setting] of Object.entries(value as Record<string, unknown>)) {
        const name = securityKeys[inner] ?? inner;
        set(peer ? `peer-${name}` : name === "cert-allowed-hostname" ? "client-cert-allowed-hostname" : name, setting);
      }
    } else {
      set(key, value);
    }
  }
  return { values, notes };
}
