/**
 * From a command line to a running member and to an exit code (etcd server/etcdmain): settings, logging, data folder,
 * start, signals. What starts a member stands in `serve.ts` and is loaded only when one is started.
 */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { SERVER_VERSION } from "../../server/options.ts";
import { FlagError, HelpRequested, type ParsedFlags, parseFlags } from "./flag-set.ts";
import { flagTable } from "./flag-table.ts";
import { addressBookOf, labChannel } from "./lab-link.ts";
import { type ZapLog, createLog } from "./log.ts";
import { LogOutputError } from "./log-outputs.ts";
import { LevelPanic, logSettings } from "./log-settings.ts";
import { FlagValues, type Settings, SettingsError, UNSET_ADVERTISE, settingsOf } from "./settings.ts";
import { SelfSignedError } from "./self-signed-files.ts";
import { ConfigFileExit, ConflictError, type Note, type Source, addEnvironment, readConfigFile } from "./sources.ts";
import { helpText, usage } from "./usage.ts";
import { ValueError } from "./values.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const fallbackLog = (): ZapLog => createLog({ level: "info", format: "json", outputs: ["default"] });

function printVersion(): void {
  const { platform, arch } = process;
  const machine = arch === "x64" ? "amd64" : arch;
  process.stdout.write(
    `etcd Version: ${SERVER_VERSION}\nGit SHA: quorum-lab\nGo Version: node${process.version}\nGo OS/Arch: ${platform}/${machine}\n`,
  );
}

/** Runs the program; the process ends with its exit code, or by the signal that stopped it. */
export async function run(argv: readonly string[], env: Environment): Promise<void> {
  if (argv[0] === "gateway" || argv[0] === "grpc-proxy") {
    // a signal ends a proxy as it is, as in etcd
    const { runProxy } = await import("./proxy/run-proxy.ts");
    process.exit(await runProxy(argv, env));
  }
  let flags: ParsedFlags;
  try {
    flags = parseFlags(argv);
  } catch (error) {
    if (error instanceof HelpRequested) {
      process.stdout.write(helpText());
      process.exit(0);
    }
    if (!(error instanceof FlagError)) throw error;
    process.stderr.write(`${error.message}\n${usage}`);
    process.exit(2);
  }
  if (flags.rest.length === 0 && flags.values.get("version") !== undefined && flags.values.get("version") !== "false") {
    printVersion();
    process.exit(0);
  }
  const { log, settings } = await configure(argv, env, flags);
  await start(settings, log, env);
}

function fatal(log: ZapLog, message: string, fields: Readonly<Record<string, unknown>>): never {
  log.fatal(message, fields);
  process.exit(1);
}

function tell(log: ZapLog, notes: readonly Note[]): void {
  for (const { level, message, fields } of notes) log[level](message, fields);
}

/** Everything up to a checked configuration; ends the process where there is none. */
async function configure(argv: readonly string[], env: Environment, flags: ParsedFlags): Promise<{ log: ZapLog; settings: Settings }> {
  let log: ZapLog | undefined;
  const running = (to: ZapLog): void => to.info("Running: ", { args: [process.argv[1] ?? "etcd", ...argv] });
  try {
    if (flags.rest.length > 0) throw new SettingsError(`${JSON.stringify(flags.rest[0])} is not a valid flag`);
    const file = flags.values.get("config-file") ?? env.ETCD_CONFIG_FILE ?? "";
    let source: Source;
    if (file !== "") source = await readConfigFile(file);
    else {
      source = addEnvironment(flags.values, env);
      // what a flag's value decides about logging is not known before, so these go the default way, as in etcd
      if (source.notes.length > 0) tell(fallbackLog(), source.notes);
    }
    const values = new FlagValues(source.values, file !== "");
    if (file === "") tellShortTimeouts(values);
    log = createLog(logSettings(values));
    if (file !== "") tell(log, source.notes);
    const settings = settingsOf(values);
    tellChecked(log, settings);
    if (file !== "") {
      log.info("loaded server configuration, other configuration command line flags and environment variables will be ignored if provided", { path: file });
    }
    for (const name of values.names()) {
      const deprecated = flagTable.get(name)?.deprecated;
      if (deprecated !== undefined) log.warn(deprecated);
    }
    running(log);
    return { log, settings };
  } catch (error) {
    if (error instanceof ConflictError) fatal(fallbackLog(), error.message, { "environment-variable": error.variable });
    if (error instanceof ConfigFileExit) {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    }
    if (error instanceof LevelPanic) {
      process.stderr.write(`panic: ${error.message}\n`);
      process.exit(2);
    }
    if (!(error instanceof SettingsError) && !(error instanceof ValueError) && !(error instanceof LogOutputError)) throw error;
    const to = log ?? fallbackLog();
    running(to);
    to.warn("failed to verify flags", { error: error.message });
    if (error.message === UNSET_ADVERTISE) to.warn("advertise client URLs are not set", { error: error.message });
    process.exit(1);
  }
}

/** etcd's peers have at least five seconds. */
function tellShortTimeouts(values: FlagValues): void {
  for (const name of ["raft-read-timeout", "raft-write-timeout"]) {
    if (values.duration(name) < 5000) fallbackLog().info(`${name} increased to minimum value: 5s`);
  }
}

/** What etcd remarks of settings that are well. */
function tellChecked(log: ZapLog, settings: Settings): void {
  if (settings.service.listenClientHttpUrls.length === 0) log.warn("Running http and grpc server on single port. This is not recommended for production.");
  if (settings.gates.LeaseCheckpoint === true && settings.gates.LeaseCheckpointPersist !== true) {
    log.warn("Detected that checkpointing is enabled without persistence. Consider enabling feature gate LeaseCheckpointPersist");
  }
  if (settings.member.name === "default") {
    log.warn("it isn't recommended to use default name, please set a value for --name. Note that etcd might run into issue when multiple members have the same default name", { name: "default" });
  }
}

/** What stands in the data folder decides nothing but a line in the log; a folder of the old v2 proxy is refused. */
function lookAtDataDir(log: ZapLog, dataDir: string): void {
  let names: string[];
  try {
    names = readdirSync(dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") fatal(log, "failed to list data directory", { dir: dataDir, error });
    names = [];
  }
  for (const name of names) {
    if (name !== "member" && name !== "proxy") log.warn("found invalid file under data directory", { filename: name, "data-dir": dataDir });
  }
  if (names.includes("proxy")) fatal(log, "v2 http proxy has already been deprecated in 3.6", { "dir-type": "proxy" });
  if (names.includes("member")) log.info("server has already been initialized", { "data-dir": dataDir, "dir-type": "member" });
  else log.info("Initialize and start etcd server", { "data-dir": dataDir, "dir-type": "empty" });
}

async function start(settings: Settings, log: ZapLog, env: Environment): Promise<void> {
  if (settings.member.dataDir === `${settings.member.name}.etcd`) {
    log.warn("'data-dir' was empty; using default", { "data-dir": settings.member.dataDir });
  }
  const dataDir = resolve(settings.member.dataDir);
  const member = { ...settings.member, dataDir, walDir: settings.member.walDir === undefined ? undefined : resolve(settings.member.walDir) };
  lookAtDataDir(log, dataDir);
  const channel = labChannel(() => process.exit(1));

  const { MemberFailure, serve } = await import("./serve.ts");
  const stopped: { signal: NodeJS.Signals | undefined } = { signal: undefined };
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopped.signal !== undefined) return;
      stopped.signal = signal;
      log.info("received signal; shutting down", { signal: signal === "SIGINT" ? "interrupt" : "terminated" });
      controller.abort();
    });
  }
  try {
    await serve({ ...settings, member }, { log, addressBook: addressBookOf(env), channel, stop: controller.signal });
  } catch (error) {
    if (error instanceof MemberFailure) fatal(log, "the member had to stop", { error: error.message });
    if (stopped.signal === undefined) failStart(log, error as Error, { ...settings, member });
    log.warn("stopped while starting", { error: (error as Error).message });
  }
  if (stopped.signal !== undefined) {
    // the default action of the signal ends the process, so that whoever waits sees what ended it
    process.removeAllListeners(stopped.signal);
    process.kill(process.pid, stopped.signal);
    return;
  }
  process.exit(0);
}

/** A member that could not start, or could not go on. */
function failStart(log: ZapLog, error: Error, settings: Settings): never {
  if (error instanceof SelfSignedError) fatal(log, `failed to get ${error.side} self-signed certs`, { error });
  if (error.name === "DiscoveryError") {
    tellDiscoveryFailure(log, error, settings);
    process.exit(1);
  }
  if (error.message.includes("include") && error.message.includes("--initial-cluster")) {
    log.warn("failed to start", { error: error.message });
    process.exit(1);
  }
  log.fatal("discovery failed", { error: error.message, ...("path" in error && error.path !== undefined ? { path: error.path } : {}) });
  process.exit(1);
}

/** What to do about a discovery service that did not take this member. */
function tellDiscoveryFailure(log: ZapLog, error: Error, { member, discovery }: Settings): void {
  const token = { "discovery-token": discovery?.kind === "v2" ? discovery.plan.url : "" };
  const { code, message } = error.cause as Error & { readonly code?: unknown };
  if (code === "discovery.duplicate_id") {
    log.warn("member has been registered with discovery service", { name: member.name, ...token, error: message });
    log.warn("but could not find valid cluster configuration", { "data-dir": member.dataDir });
    log.warn("check data dir if previous bootstrap succeeded");
    log.warn("or use a new discovery token if previous bootstrap failed");
    return;
  }
  if (code === "discovery.duplicate_name") {
    log.warn("member with duplicated name has already been registered", { ...token, error: message });
    log.warn("cURL the discovery token URL for details");
  } else log.warn("failed to bootstrap; discovery token was already used", { ...token, error: error.message });
  log.warn("do not reuse discovery token; generate a new one to bootstrap a cluster");
}
