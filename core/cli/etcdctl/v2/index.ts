/** `ETCDCTL_API=2 etcdctl`: the commands as 3.4 had them (etcdctl/ctlv2). Global flags stand before the command. */
import { TlsDialer } from "../../../tls/tls-dial.ts";
import { TlsError, noTls, readTlsFile } from "../../../tls/tls-info.ts";
import { parseDuration } from "../../go/duration.ts";
import { askPassword } from "../../password-prompt.ts";
import type { Program, ProgramIo } from "../../program.ts";
import { ETCD_VERSION } from "../../version.ts";
import { authCommands } from "./auth.ts";
import { backupCommand } from "./backup.ts";
import { failure, type V2Command, type V2Context, V2Exit } from "./command.ts";
import { isOn, parseV2Flags, type V2Flag, V2FlagError, type V2Flags } from "./flags.ts";
import { commandHelp, programHelp } from "./help.ts";
import { V2Client, V2ConnectionError, V2ServerError } from "./http.ts";
import { keyCommands } from "./keys.ts";
import { clusterHealthCommand, memberCommand } from "./members.ts";

const help: V2Flag = { names: ["help", "h"], kind: "bool", usage: "show help" };

const globals: readonly V2Flag[] = [
  { names: ["debug"], kind: "bool", usage: "output cURL commands which can be used to reproduce the request" },
  { names: ["no-sync"], kind: "bool", usage: "don't synchronize cluster information before sending request" },
  { names: ["output", "o"], kind: "string", usage: "output response in the given format (simple, `extended` or `json`)", placeholder: "simple", default: '"simple"' },
  { names: ["discovery-srv", "D"], kind: "string", usage: "domain name to query for SRV records describing cluster endpoints" },
  { names: ["insecure-discovery"], kind: "bool", usage: "accept insecure SRV records describing cluster endpoints" },
  { names: ["peers", "C"], kind: "string", usage: 'DEPRECATED - "--endpoints" should be used instead' },
  { names: ["endpoint"], kind: "string", usage: 'DEPRECATED - "--endpoints" should be used instead' },
  { names: ["endpoints"], kind: "string", usage: "a comma-delimited list of machine addresses in the cluster", default: '"http://127.0.0.1:2379,http://127.0.0.1:4001"' },
  { names: ["cert-file"], kind: "string", usage: "identify HTTPS client using this SSL certificate file" },
  { names: ["key-file"], kind: "string", usage: "identify HTTPS client using this SSL key file" },
  { names: ["ca-file"], kind: "string", usage: "verify certificates of HTTPS-enabled servers using this CA bundle" },
  { names: ["username", "u"], kind: "string", usage: "provide username[:password] and prompt if password is not supplied." },
  { names: ["timeout"], kind: "duration", usage: "connection timeout per request", default: "2s" },
  { names: ["total-timeout"], kind: "duration", usage: "timeout for the command execution (except watch)", default: "5s" },
  help,
];
const version: V2Flag = { names: ["version", "v"], kind: "bool", usage: "print the version" };

const commands: readonly V2Command[] = [backupCommand, clusterHealthCommand, ...keyCommands, memberCommand, ...authCommands];

async function endpointsOf({ values }: V2Flags, io: ProgramIo): Promise<readonly string[]> {
  const domain = values.get("discovery-srv") || io.env.ETCDCTL_DISCOVERY_SRV || "";
  let found: readonly string[] = [];
  if (domain !== "") {
    const { discoveredEndpoints } = await import("../srv-endpoints.ts");
    const insecure = values.get("insecure-discovery") === "true" || (io.env.ETCDCTL_INSECURE_DISCOVERY ?? "") !== "";
    const asked = { string: (name: string) => (name === "discovery-srv" ? domain : (io.env.ETCDCTL_DISCOVERY_SRV_NAME ?? "")), bool: () => insecure };
    found = (await discoveredEndpoints(asked, io)) ?? [];
  }
  const given = (name: string): string => values.get(name) || io.env[`ETCDCTL_${name.toUpperCase()}`] || "";
  const text = given("endpoints") || given("endpoint") || given("peers") || "http://127.0.0.1:2379,http://127.0.0.1:4001";
  const all = found.length > 0 ? found : text.split(",").map((endpoint) => endpoint.trim());
  return all.filter((endpoint) => endpoint !== "").map((endpoint) => (endpoint.includes("://") ? endpoint : `http://${endpoint}`));
}

/** The certificates that are given, or the environment names. @throws V2Exit where they are not such */
function dialerOf({ values }: V2Flags, io: ProgramIo): TlsDialer | undefined {
  const file = (flag: string, variable: string): string => values.get(flag) || io.env[variable] || "";
  const [certFile, keyFile, trustedCaFile] = [file("cert-file", "ETCDCTL_CERT_FILE"), file("key-file", "ETCDCTL_KEY_FILE"), file("ca-file", "ETCDCTL_CA_FILE")];
  if (certFile === "" && keyFile === "" && trustedCaFile === "") return undefined;
  try {
    return new TlsDialer({ ...noTls, certFile, keyFile, trustedCaFile }, [], (name) => readTlsFile(io.path(name)));
  } catch (error) {
    if (error instanceof TlsError) throw failure(error.message);
    throw error;
  }
}

/** "name:password", asked for where only the name is given. */
async function credentialsOf({ values }: V2Flags, io: ProgramIo): Promise<string | undefined> {
  const given = values.get("username") || io.env.ETCDCTL_USERNAME || "";
  if (given === "" || given.includes(":")) return given === "" ? undefined : given;
  try {
    return `${given}:${await askPassword(io, "Password: ")}`;
  } catch (error) {
    throw failure((error as Error).message);
  }
}

async function connect(global: V2Flags, io: ProgramIo, sync: boolean): Promise<V2Client> {
  const debug = (line: string): void => {
    if (isOn(global, "debug")) io.stderr.write(`${line}\n`);
  };
  const endpoints = await endpointsOf(global, io);
  const client = new V2Client(endpoints, io, parseDuration(global.values.get("timeout") ?? "2s") / 1e6, dialerOf(global, io), await credentialsOf(global, io), debug);
  if (sync && !isOn(global, "no-sync")) {
    debug(`start to sync cluster using endpoints(${endpoints.join(",")})`);
    try {
      await client.sync();
    } catch (error) {
      if (error instanceof V2ConnectionError) throw new SyncFailed(error);
      // whoever may not see the members still may ask
      if (!(error instanceof V2ServerError)) throw error;
    }
    debug(`got endpoints(${client.list.join(",")}) after sync`);
  }
  debug(`Cluster-Endpoints: ${client.list.join(", ")}`);
  return client;
}

/** Nobody could be asked even before the command: exit code 2, otherwise 4. */
class SyncFailed extends Error {
  override readonly name = "SyncFailed";
  constructor(readonly reason: V2ConnectionError) {
    super(reason.message);
  }
}

/** Commands on keys tell errors of the server as `Error:  100: ...`, all others as they are. */
function isOnKeys(path: readonly string[]): boolean {
  return keyCommands.some(({ name }) => name === path[0]) || path[0] === "cluster-health";
}

function exitCodeOf(error: unknown, path: readonly string[], io: ProgramIo): number | undefined {
  if (error instanceof V2Exit) {
    io.stderr.write(`${error.form === "plain" ? "" : "Error:  "}${error.message}\n`);
    return error.code;
  }
  const unreachable = error instanceof SyncFailed ? error.reason : error instanceof V2ConnectionError ? error : undefined;
  if (unreachable === undefined && !(error instanceof V2ServerError)) return undefined;
  const { message } = unreachable ?? (error as V2ServerError);
  if (error instanceof SyncFailed || isOnKeys(path)) {
    io.stderr.write(`Error:  ${message}\n${unreachable === undefined ? "" : `${unreachable.detail}\n`}`);
    return error instanceof SyncFailed ? 2 : 4;
  }
  io.stderr.write(`${message}\n`);
  return 1;
}

async function run(command: V2Command, path: readonly string[], argv: readonly string[], global: V2Flags, io: ProgramIo): Promise<number> {
  if (command.commands !== undefined) {
    const [name, ...rest] = argv;
    if (name === undefined || ["-h", "--help", "-help", "help", "h"].includes(name)) {
      const one = command.commands.find((each) => each.name === rest[0]);
      io.stdout.write(one === undefined ? commandHelp(command, path) : commandHelp(one, [...path, one.name]));
      return 0;
    }
    const child = command.commands.find((one) => one.name === name);
    if (child !== undefined) return run(child, [...path, name], rest, global, io);
    io.stderr.write(`No help topic for '${name}'\n`);
    return 3;
  }
  let flags: V2Flags;
  try {
    flags = parseV2Flags(argv, [...(command.flags ?? []), help], false);
  } catch (error) {
    if (!(error instanceof V2FlagError)) throw error;
    io.stdout.write(`Incorrect Usage: ${error.message}\n\n${commandHelp(command, path)}`);
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
  if (isOn(flags, "help")) {
    io.stdout.write(commandHelp(command, path));
    return 0;
  }
  const context: V2Context = { client: ({ sync } = { sync: true }) => connect(global, io, sync), io, flags, format: global.values.get("output") ?? "simple" };
  try {
    return await command.run!(context);
  } catch (error) {
    if (io.signal.aborted) return path.some((name) => name.endsWith("watch")) ? 0 : 130;
    const code = exitCodeOf(error, path, io);
    if (code === undefined) throw error;
    return code;
  }
}

export const etcdctlV2: Program = async (io) => {
  let global: V2Flags;
  try {
    global = parseV2Flags(io.argv, [...globals, version], true);
    for (const name of ["timeout", "total-timeout"]) if (global.values.has(name)) checkDuration(name, global.values.get(name)!);
  } catch (error) {
    if (!(error instanceof V2FlagError)) throw error;
    io.stdout.write(`Incorrect Usage. ${error.message}\n\n${programHelp(commands, globals)}`);
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
  const [name, ...rest] = global.args;
  if (isOn(global, "version")) {
    io.stdout.write(`etcdctl version: ${ETCD_VERSION}\nAPI version: 2\n`);
    return 0;
  }
  const isHelp = name === "help" || name === "h";
  const wanted = isHelp ? rest[0] : name;
  if (wanted === undefined || isOn(global, "help")) {
    io.stdout.write(programHelp(commands, globals));
    return 0;
  }
  const command = commands.find((one) => one.name === wanted);
  if (command === undefined) {
    io.stderr.write(`No help topic for '${wanted}'\n`);
    return 3;
  }
  if (isHelp) {
    io.stdout.write(commandHelp(command, [wanted]));
    return 0;
  }
  return run(command, [wanted], rest, global, io);
};

function checkDuration(name: string, text: string): void {
  try {
    parseDuration(text);
  } catch (error) {
    throw new V2FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: parse error`, { cause: error });
  }
}
