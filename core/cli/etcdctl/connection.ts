/** From global flags to a client: endpoints, timeouts, and etcdctl's patience with a member that is not there yet. */
import { authenticated, type CallOptions, type Channel, type ChannelOptions, Client, connectPatiently, ConnectionError, Credentials, type FailedTry, type User } from "../../client/index.ts";
import { Code, goErrorText, goStatusText, StatusError } from "../../proto/errors.ts";
import type { FlagSet } from "../cobra/flags.ts";
import { Exit, ExitError } from "../cobra/command.ts";
import { askPassword } from "../password-prompt.ts";
import type { ProgramIo } from "../program.ts";
import { applyEnvironment, checkGlobals, logLine } from "./globals.ts";
import { discoveredEndpoints } from "./srv-endpoints.ts";
import { tlsDialer } from "./tls-flags.ts";

/** What a connection asks of the flags. */
export type ConnectionFlags = Pick<FlagSet, "string" | "bool" | "int" | "strings" | "durationMs" | "changed">;

/** grpc-go pings no more often, whatever it is told, ms. */
const PING_MIN_MS = 10_000;

export class Connection {
  readonly endpoints: readonly string[];
  readonly client: Client;
  private readonly options: ChannelOptions;
  private readonly credentials: Credentials;
  private readonly opened: Client[] = [];

  constructor(
    readonly flags: ConnectionFlags,
    readonly io: ProgramIo,
    discovered?: readonly string[],
    user?: User,
  ) {
    this.endpoints = (discovered ?? flags.strings("endpoints")).map((endpoint) => endpoint.trim()).filter((endpoint) => endpoint !== "");
    if (this.endpoints.length === 0) throw new ExitError(Exit.BadConnection, "no endpoints available");
    const sendBytes = flags.int("max-request-bytes");
    const receiveBytes = flags.int("max-recv-bytes");
    const tls = tlsDialer(flags, io);
    const pingMs = flags.durationMs("keepalive-time");
    this.options = {
      ...(tls === undefined ? {} : { tls }),
      addressBook: io.addressBook,
      keepaliveTimeMs: pingMs > 0 ? Math.max(pingMs, PING_MIN_MS) : 0,
      keepaliveTimeoutMs: flags.durationMs("keepalive-timeout"),
      keepaliveWithoutCalls: false,
      ...(sendBytes > 0 ? { sendBytesMax: sendBytes } : {}),
      ...(receiveBytes > 0 ? { receiveBytesMax: receiveBytes } : {}),
    };
    const channel = this.dial(this.endpoints);
    this.credentials = new Credentials(user, channel);
    this.client = new Client(authenticated(channel, this.credentials));
    this.opened.push(this.client);
  }

  /** A token for the user, before anything else is asked: within --dial-timeout, as in etcd's client. @throws ExitError 2 */
  async authenticate(): Promise<void> {
    if (!this.credentials.known) return;
    const limitMs = this.flags.durationMs("dial-timeout");
    await this.askLong((options) => this.credentials.refresh(limitMs > 0 ? { ...options, timeoutMs: limitMs } : options), Exit.BadConnection);
  }

  /** A client of one endpoint only. @param logger its name in the log */
  to(endpoint: string, logger?: string): Client {
    const client = new Client(authenticated(this.dial([endpoint], logger), this.credentials));
    this.opened.push(client);
    return client;
  }

  /** Options of a short command: its timeout (dial and command together) and Ctrl-C. */
  brief(): CallOptions {
    return { timeoutMs: this.flags.durationMs("command-timeout"), signal: this.io.signal };
  }

  /** Options of a command that may last: Ctrl-C only. */
  lasting(): CallOptions {
    return { signal: this.io.signal };
  }

  private dial(endpoints: readonly string[], logger = "etcd-client"): Channel {
    const target = `etcd-endpoints://${endpoints[0]!.replace(/^(https?|unixs?):(\/\/)?/, "")}`;
    return connectPatiently(endpoints, this.options, (failed) => this.tell(logger, target, failed));
  }

  /** The line that etcd's client logs of a call that failed. */
  private tell(logger: string, target: string, { method, attempt, error }: FailedTry): void {
    if (!this.io.signal.aborted) logLine(this.io, "warn", "retrying of unary invoker failed", { target, method, attempt, error: clientLogText(error) }, logger);
  }

  /** One short request. @throws ExitError with the server's words */
  readonly ask = async <T>(request: (options: CallOptions) => Promise<T>, exitCode: number = Exit.Error): Promise<T> => {
    try {
      return await request(this.brief());
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new ExitError(exitCode, this.io.signal.aborted ? "context canceled" : textOf(error), { cause: error });
    }
  };

  /** One request without a timeout, such as those that hash a password. @throws ExitError with the server's words */
  readonly askLong = async <T>(request: (options: CallOptions) => Promise<T>, exitCode: number = Exit.Error): Promise<T> => {
    try {
      return await request(this.lasting());
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new ExitError(exitCode, this.io.signal.aborted ? "context canceled" : textOf(error), { cause: error });
    }
  };

  /** Runs `action` with another connection beside this one, made with flags of its own. */
  beside(flags: ConnectionFlags, passwordPrompt: string, action: (connection: Connection) => Promise<number>): Promise<number> {
    return opened(flags, this.io, passwordPrompt, action);
  }

  close(): void {
    for (const client of this.opened) client.channel.close();
  }
}

/** A failed call as etcd's client logs it: of one that waited for a member in vain, why none was reached. */
export function clientLogText(error: StatusError): string {
  const { code, cause } = error;
  if (code !== Code.DeadlineExceeded || !(cause instanceof Error)) return goStatusText(error);
  return goStatusText(new StatusError(code, cause instanceof ConnectionError ? `latest balancer error: ${cause.message}` : cause.message));
}

/** The end of the time and failures to connect are told in words of their own. */
function textOf(error: StatusError): string {
  const own = error instanceof ConnectionError || error.code === Code.DeadlineExceeded || error.code === Code.Canceled || error.code === Code.Unavailable;
  return own ? error.message : goErrorText(error);
}

/** `--user name[:password]` and `--password`; a password that is not given is asked for. */
async function userOf(flags: ConnectionFlags, io: ProgramIo, prompt: string): Promise<User | undefined> {
  const user = flags.string("user");
  const password = flags.string("password");
  if (user === "") return undefined;
  if (password !== "") return { name: user, password };
  const colon = user.indexOf(":");
  if (colon >= 0) return { name: user.slice(0, colon), password: user.slice(colon + 1) };
  try {
    return { name: user, password: await askPassword(io, prompt) };
  } catch (error) {
    if (!(error instanceof Error) || error.message !== "EOF") throw error;
    throw new ExitError(Exit.Error, error.message, { cause: error });
  }
}

async function opened(flags: ConnectionFlags, io: ProgramIo, passwordPrompt: string, action: (connection: Connection) => Promise<number>): Promise<number> {
  const connection = new Connection(flags, io, await discoveredEndpoints(flags, io), await userOf(flags, io, passwordPrompt));
  try {
    await connection.authenticate();
    return await action(connection);
  } finally {
    connection.close();
  }
}

/** Exit code of a program that a signal ended. */
const INTERRUPTED = 130;

export interface CommandTraits {
  /** it ends in its own way when it is told to stop; all others end at once, as by the signal itself */
  readonly ownSignals?: boolean;
}

/** What every command does that talks to a member: environment, checks of the global flags, and a connection that is closed whatever happens. */
export async function connected(flags: FlagSet, io: ProgramIo, action: (connection: Connection) => Promise<number>, traits: CommandTraits = {}): Promise<number> {
  applyEnvironment(flags, io);
  checkGlobals(flags, io);
  try {
    return await opened(flags, io, "Password: ", action);
  } catch (error) {
    if (!io.signal.aborted || traits.ownSignals === true || !(error instanceof ExitError || error instanceof StatusError)) throw error;
    return INTERRUPTED;
  }
}
