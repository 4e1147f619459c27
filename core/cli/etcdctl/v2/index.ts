/** `ETCDCTL_API=2 etcdctl`: the commands as 3.4 had them. Global flags stand before the command. */
import { TlsDialer } from "../../../tls/tls-dial.ts";
import { TlsError, noTls, readTlsFile } from "../../../tls/tls-info.ts";
import type { Program, ProgramIo } from "../../program.ts";
import { ETCD_VERSION } from "../../version.ts";
import { parseDuration } from "../../go/duration.ts";
import { backupCommand } from "./backup.ts";
import { exitCodeOf, type V2Command, V2Exit, v2Commands } from "./commands.ts";
import { parseV2Flags, type V2Flag, V2FlagError } from "./flags.ts";
import { V2Client, V2ConnectionError, V2ServerError } from "./http.ts";

const globals: readonly V2Flag[] = [
  { names: ["debug"], kind: "bool", usage: "output cURL commands which can be used to reproduce the request" },
  { names: ["no-sync"], kind: "bool", usage: "don't synchronize cluster information before sending request" },
  { names: ["output", "o"], kind: "string", usage: "output response in the given format (`simple`, `extended` or `json`)" },
  { names: ["endpoints", "endpoint", "peers", "C"], kind: "string", usage: "a comma-delimited list of machine addresses in the cluster" },
  { names: ["cert-file"], kind: "string", usage: "identify HTTPS client using this SSL certificate file" },
  { names: ["key-file"], kind: "string", usage: "identify HTTPS client using this SSL key file" },
  { names: ["ca-file"], kind: "string", usage: "verify certificates of HTTPS-enabled servers using this CA bundle" },
  { names: ["username", "u"], kind: "string", usage: "provide username[:password]" },
  { names: ["timeout"], kind: "string", usage: "connection timeout per request" },
  { names: ["total-timeout"], kind: "string", usage: "timeout for the command execution (except watch)" },
  { names: ["help", "h"], kind: "bool", usage: "show help" },
  { names: ["version", "v"], kind: "bool", usage: "print the version" },
];

const commands: readonly V2Command[] = [...v2Commands, backupCommand];

function help(): string {
  const row = (name: string, usage: string): string => `   ${name.padEnd(16)} ${usage}\n`;
  return (
    `NAME:\n   etcdctl - A simple command line client for etcd, version 2 of the API.\n\nUSAGE:\n   etcdctl [global options] command [command options] [arguments...]\n\n` +
    `VERSION:\n   ${ETCD_VERSION}\n\nCOMMANDS:\n${commands.map((command) => row(command.name, command.usage)).join("")}\nGLOBAL OPTIONS:\n` +
    globals.map((flag) => row(flag.names.map((name) => (name.length > 1 ? `--${name}` : `-${name}`)).join(", "), flag.usage)).join("")
  );
}

function endpointsOf(values: ReadonlyMap<string, string>, io: ProgramIo): readonly string[] {
  const text = values.get("endpoints") ?? io.env.ETCDCTL_ENDPOINTS ?? io.env.ETCDCTL_ENDPOINT ?? io.env.ETCDCTL_PEERS ?? "http://127.0.0.1:2379,http://127.0.0.1:4001";
  return text
    .split(",")
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== "")
    .map((endpoint) => (endpoint.includes("://") ? endpoint : `http://${endpoint}`));
}

/** The certificates that 3.4's v2 commands are given, or the environment names. @throws V2Exit where they are not such */
function dialerOf(values: ReadonlyMap<string, string>, io: ProgramIo): TlsDialer | undefined {
  const file = (flag: string, variable: string): string => values.get(flag) ?? io.env[variable] ?? "";
  const [certFile, keyFile, trustedCaFile] = [file("cert-file", "ETCDCTL_CERT_FILE"), file("key-file", "ETCDCTL_KEY_FILE"), file("ca-file", "ETCDCTL_CA_FILE")];
  if (certFile === "" && keyFile === "" && trustedCaFile === "") return undefined;
  try {
    return new TlsDialer({ ...noTls, certFile, keyFile, trustedCaFile }, [], (name) => readTlsFile(io.path(name)));
  } catch (error) {
    if (error instanceof TlsError) throw new V2Exit(1, error.message);
    throw error;
  }
}

export const etcdctlV2: Program = async (io) => {
  let global;
  try {
    global = parseV2Flags(io.argv, globals, true);
  } catch (error) {
    if (!(error instanceof V2FlagError)) throw error;
    io.stdout.write(`Incorrect Usage: ${error.message}\n\n${help()}`);
    return 1;
  }
  const [name, ...rest] = global.args;
  if (global.values.has("version")) {
    io.stdout.write(`etcdctl version: ${ETCD_VERSION}\nAPI version: 2\n`);
    return 0;
  }
  if (name === undefined || name === "help" || name === "h" || global.values.has("help")) {
    io.stdout.write(help());
    return 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    io.stderr.write(`No help topic for '${name}'\n`);
    return 3;
  }
  const format = global.values.get("output") ?? "simple";
  if (!["simple", "extended", "json"].includes(format)) {
    io.stderr.write(`Unsupported output format: ${format}\n`);
    return 0;
  }
  try {
    const flags = parseV2Flags(rest, command.flags, false);
    const endpoints = endpointsOf(global.values, io);
    const client = new V2Client(endpoints, io, parseDuration(global.values.get("timeout") ?? "2s") / 1e6, dialerOf(global.values, io));
    if (command !== backupCommand && command.name !== "cluster-health" && !global.values.has("no-sync")) await client.sync();
    return await command.run({ client, io, flags, format });
  } catch (error) {
    if (io.signal.aborted) return 130;
    if (error instanceof V2FlagError) {
      io.stdout.write(`Incorrect Usage: ${error.message}\n`);
      return 1;
    }
    if (!(error instanceof V2Exit || error instanceof V2ServerError || error instanceof V2ConnectionError)) throw error;
    const plain = error instanceof V2Exit && (error.code === 3 || error.message.endsWith("is a directory"));
    io.stderr.write(plain ? `${error.message}\n` : `Error:  ${error.message}\n`);
    return exitCodeOf(error);
  }
};
