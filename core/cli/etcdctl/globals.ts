/** Global flags of etcdctl and the environment variables behind them (etcd pkg/flags). */
import { type FlagDefinition, FlagError, type FlagSet } from "../cobra/flags.ts";
import { Exit, ExitError } from "../cobra/command.ts";
import type { ProgramIo } from "../program.ts";

export const globalFlags: readonly FlagDefinition[] = [
  { name: "endpoints", kind: "strings", default: "127.0.0.1:2379", usage: "gRPC endpoints" },
  { name: "debug", kind: "bool", default: "false", usage: "enable client-side debug logging" },
  { name: "write-out", shorthand: "w", kind: "string", default: "simple", usage: "set the output format (fields, json, protobuf, simple, table)" },
  { name: "hex", kind: "bool", default: "false", usage: "print byte strings as hex encoded strings" },
  { name: "dial-timeout", kind: "duration", default: "2s", usage: "dial timeout for client connections" },
  { name: "command-timeout", kind: "duration", default: "5s", usage: "timeout for short running command (excluding dial timeout)" },
  { name: "keepalive-time", kind: "duration", default: "2s", usage: "keepalive time for client connections" },
  { name: "keepalive-timeout", kind: "duration", default: "6s", usage: "keepalive timeout for client connections" },
  { name: "max-request-bytes", kind: "int", default: "0", usage: "client-side request send limit in bytes (0: 2 MiB)" },
  { name: "max-recv-bytes", kind: "int", default: "0", usage: "client-side response receive limit in bytes (0: no limit)" },
  { name: "insecure-transport", kind: "bool", default: "true", usage: "disable transport security for client connections" },
  { name: "insecure-skip-tls-verify", kind: "bool", default: "false", usage: "skip server certificate verification (CAUTION: for testing only)" },
  { name: "insecure-discovery", kind: "bool", default: "true", usage: "accept insecure SRV records describing cluster endpoints" },
  { name: "cert", kind: "string", default: "", usage: "identify secure client using this TLS certificate file" },
  { name: "key", kind: "string", default: "", usage: "identify secure client using this TLS key file" },
  { name: "cacert", kind: "string", default: "", usage: "verify certificates of TLS-enabled secure servers using this CA bundle" },
  { name: "user", kind: "string", default: "", usage: "username[:password] for authentication" },
  { name: "password", kind: "string", default: "", usage: "password for authentication" },
  { name: "discovery-srv", shorthand: "d", kind: "string", default: "", usage: "domain name to query for SRV records describing cluster endpoints" },
  { name: "discovery-srv-name", kind: "string", default: "", usage: "service name to query when using DNS discovery" },
];

const globalNames: ReadonlySet<string> = new Set(globalFlags.map(({ name }) => name));
const FORMATS = new Set(["fields", "json", "protobuf", "simple", "table"]);
/** Read by `watch` alone. */
const WATCH_VARIABLES: ReadonlySet<string> = new Set(["ETCDCTL_WATCH_KEY", "ETCDCTL_WATCH_RANGE_END"]);

/** One line of zap's JSON log, as etcd's tools write it to stderr. @param logger of whom it is, where that has a name */
export function logLine(io: ProgramIo, level: "info" | "warn" | "error" | "fatal", message: string, fields: Readonly<Record<string, unknown>>, logger?: string): void {
  const ts = new Date().toISOString().replace(/Z$/, "000Z");
  io.stderr.write(`${JSON.stringify({ level, ts, ...(logger === undefined ? {} : { logger }), msg: message, ...fields })}\n`);
}

/**
 * Fills flags that were not given from ETCDCTL_* variables. The same setting in both places is fatal, even with equal values; a
 * bad value is dropped without a word; an unknown variable is told. ETCDCTL_API is what scripts for 3.4 and 3.5 set, and passes.
 */
export function applyEnvironment(flags: FlagSet, io: ProgramIo): void {
  const known = new Set<string>(["ETCDCTL_API"]);
  if (flags.has("progress-notify")) for (const name of WATCH_VARIABLES) known.add(name);
  for (const name of flags.names()) {
    const variable = `ETCDCTL_${name.toUpperCase().replaceAll("-", "_")}`;
    if (!globalNames.has(name)) continue;
    const value = io.env[variable];
    if (value === undefined || value === "") continue;
    if (flags.changed(name)) {
      const message = "conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))";
      logLine(io, "fatal", message, { "environment-variable": variable });
      throw new ExitError(Exit.Error, "");
    }
    known.add(variable);
    try {
      flags.set(name, value);
    } catch (error) {
      if (!(error instanceof FlagError)) throw error;
    }
  }
  for (const [name, value] of Object.entries(io.env))
    if (name.startsWith("ETCDCTL_") && !known.has(name) && value !== undefined) logLine(io, "warn", "unrecognized environment variable", { "environment-variable": `${name}=${value}` });
}

/** Checks what every command checks before it does anything. */
export function checkGlobals(flags: FlagSet, io: ProgramIo): void {
  if (flags.bool("debug")) {
    for (const { name, kind } of globalFlags) {
      const value = kind === "strings" ? flags.strings(name).join(",") : kind === "bool" ? flags.bool(name) : kind === "duration" ? `${flags.durationMs(name)}ms` : kind === "int" ? flags.int(name) : flags.string(name);
      io.stderr.write(`ETCDCTL_${name.toUpperCase().replaceAll("-", "_")}=${String(value)}\n`);
    }
  }
  for (const name of ["cert", "key", "cacert"])
    if (flags.changed(name) && flags.string(name) === "") throw new ExitError(Exit.BadArgs, `empty string is passed to --${name} option`);
  if (!FORMATS.has(flags.string("write-out"))) throw new ExitError(Exit.BadFeature, "unsupported output format");
}
