/** `etcd gateway` and `etcd grpc-proxy` as cobra has them (etcd server/etcdmain/main.go): one sub-command each, `start`. */
import { firstWord } from "../../cobra/command.ts";
import { defaultText, type FlagDefinition, FlagError, FlagSet } from "../../cobra/flags.ts";

/** It cannot start, or not go on: the message on stderr, and exit code 1. */
export class ProxyFailure extends Error {
  override readonly name = "ProxyFailure";
}

export interface ProxyCommand {
  readonly name: string;
  /** what `etcd NAME` and `etcd NAME start` are for */
  readonly short: string;
  readonly startShort: string;
  readonly flags: readonly FlagDefinition[];
  /** Ends when the proxy does. @throws ProxyFailure */
  start(flags: FlagSet): Promise<void>;
}

function flagLine({ name, kind, usage, default: initial }: FlagDefinition, width: number, definition: FlagDefinition): string {
  const word = kind === "bool" ? name : `${name} ${kind}`;
  const unset = initial === "" || initial === "false" || initial === "0" || initial === "0s";
  return `      --${word.padEnd(width)}   ${usage}${unset ? "" : ` (default ${defaultText(definition)})`}\n`;
}

function usageOf({ name, flags }: ProxyCommand): string {
  const width = Math.max(...flags.map(({ name: flag, kind }) => flag.length + (kind === "bool" ? 0 : kind.length + 1)));
  const lines = [...flags].sort((a, b) => (a.name < b.name ? -1 : 1)).map((flag) => flagLine(flag, width, flag));
  return `Usage:\n  etcd ${name} start [flags]\n\nFlags:\n${lines.join("")}`;
}

function helpOf({ name, short, startShort }: ProxyCommand): string {
  return `${short}\n\nUsage:\n  etcd ${name} [command]\n\nAvailable Commands:\n  start       ${startShort}\n\nUse "etcd ${name} start --help" for what it can be told.\n`;
}

/** @param argv what follows the command's name. @returns exit code */
export async function runProxyCommand(command: ProxyCommand, argv: readonly string[]): Promise<number> {
  // the sub-command's flags may stand before it
  const at = firstWord(argv, []);
  if (argv[at] !== "start") {
    const word = argv[0];
    const unknown = word?.startsWith("-") === true && word !== "--help" && word !== "-h";
    if (!unknown) {
      process.stdout.write(helpOf(command));
      return 0;
    }
    const message = `unknown flag: ${word.split("=")[0]!}`;
    process.stderr.write(`Error: ${message}\n${helpOf(command)}\n${message}`);
    return 1;
  }
  const flags = new FlagSet(command.flags);
  try {
    if (flags.parse([...argv.slice(0, at), ...argv.slice(at + 1)]).help) {
      process.stdout.write(`${command.startShort}\n\n${usageOf(command)}`);
      return 0;
    }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    process.stderr.write(`Error: ${error.message}\n${usageOf(command)}\n${error.message}`);
    return 1;
  }
  try {
    await command.start(flags);
    return 0;
  } catch (error) {
    if (!(error instanceof ProxyFailure)) throw error;
    if (error.message !== "") process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
