/** From global flags to a client: endpoints, timeouts, and etcdctl's patience with a member that is not there yet. */
import { authenticated, type CallOptions, type ChannelOptions, Client, connect, connectAll, ConnectionError, Credentials, type User } from "../../client/index.ts";
import { Code, goErrorText, StatusError } from "../../proto/errors.ts";
import type { FlagSet } from "../cobra/flags.ts";
import { Exit, ExitError } from "../cobra/command.ts";
import { askPassword } from "../password-prompt.ts";
import type { ProgramIo } from "../program.ts";
import { discoveredEndpoints } from "./srv-endpoints.ts";
import { tlsDialer } from "./tls-flags.ts";

/** How long to wait before dialling again, ms. */
const REDIAL_MS = 100;

export class Connection {
  readonly endpoints: readonly string[];
  readonly client: Client;
  private readonly options: ChannelOptions;
  private readonly credentials: Credentials;
  private readonly opened: Client[] = [];

  constructor(
    readonly flags: FlagSet,
    readonly io: ProgramIo,
    discovered?: readonly string[],
    user?: User,
  ) {
    this.endpoints = (discovered ?? flags.strings("endpoints")).map((endpoint) => endpoint.trim()).filter((endpoint) => endpoint !== "");
    if (this.endpoints.length === 0) throw new ExitError(Exit.BadConnection, "no endpoints available");
    const sendBytes = flags.int("max-request-bytes");
    const receiveBytes = flags.int("max-recv-bytes");
    const tls = tlsDialer(flags, io);
    this.options = {
      ...(tls === undefined ? {} : { tls }),
      addressBook: io.addressBook,
      dialTimeoutMs: flags.durationMs("dial-timeout"),
      keepaliveTimeMs: flags.durationMs("keepalive-time"),
      keepaliveTimeoutMs: flags.durationMs("keepalive-timeout"),
      ...(sendBytes > 0 ? { sendBytesMax: sendBytes } : {}),
      ...(receiveBytes > 0 ? { receiveBytesMax: receiveBytes } : {}),
    };
    const channel = connectAll(this.endpoints, this.options);
    this.credentials = new Credentials(user, channel);
    this.client = new Client(authenticated(channel, this.credentials));
    this.opened.push(this.client);
  }

  /** A token for the user, before anything else is asked. @throws ExitError 2 */
  async authenticate(): Promise<void> {
    if (this.credentials.known) await this.ask((options) => this.credentials.refresh(options), Exit.BadConnection);
  }

  /** A client of one endpoint only. */
  to(endpoint: string): Client {
    const client = new Client(authenticated(connect(endpoint, this.options), this.credentials));
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

  /**
   * One short request. While nobody can be dialled it is tried again until the timeout, then fails as etcdctl does.
   * @throws ExitError with the server's words
   */
  readonly ask = async <T>(request: (options: CallOptions) => Promise<T>, exitCode: number = Exit.Error): Promise<T> => {
    const deadline = performance.now() + this.flags.durationMs("command-timeout");
    let dialFailure: Error | undefined;
    for (;;) {
      const left = deadline - performance.now();
      try {
        if (left <= 0) throw new StatusError(Code.DeadlineExceeded, "context deadline exceeded");
        return await request({ ...this.brief(), timeoutMs: left });
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        if (this.io.signal.aborted) throw new ExitError(Exit.Error, "context canceled", { cause: error });
        if (error instanceof ConnectionError && left > 0) {
          dialFailure = error;
          await new Promise((resolve) => setTimeout(resolve, Math.min(REDIAL_MS, left)));
          continue;
        }
        if (dialFailure !== undefined && error.code === Code.DeadlineExceeded)
          this.io.stderr.write(`{"level":"warn","msg":"retrying of unary invoker failed","target":${JSON.stringify(this.endpoints[0])},"error":${JSON.stringify(`rpc error: code = DeadlineExceeded desc = latest balancer error: last ${dialFailure.message}`)}}\n`);
        throw new ExitError(exitCode, textOf(error), { cause: error });
      }
    }
  };

  /** One request without a timeout, such as those that hash a password. @throws ExitError with the server's words */
  readonly askLong = async <T>(request: (options: CallOptions) => Promise<T>): Promise<T> => {
    try {
      return await request(this.lasting());
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new ExitError(Exit.Error, this.io.signal.aborted ? "context canceled" : textOf(error), { cause: error });
    }
  };

  close(): void {
    for (const client of this.opened) client.channel.close();
  }
}

/** The end of the time and failures to connect are told in words of their own. */
function textOf(error: StatusError): string {
  const own = error instanceof ConnectionError || error.code === Code.DeadlineExceeded || error.code === Code.Canceled || error.code === Code.Unavailable;
  return own ? error.message : goErrorText(error);
}

/** `--user name[:password]` and `--password`; a password that is not given is asked for. */
async function userOf(flags: FlagSet, io: ProgramIo): Promise<User | undefined> {
  const user = flags.string("user");
  const password = flags.string("password");
  if (user === "") return undefined;
  if (password !== "") return { name: user, password };
  const colon = user.indexOf(":");
  if (colon >= 0) return { name: user.slice(0, colon), password: user.slice(colon + 1) };
  try {
    return { name: user, password: await askPassword(io, "Password: ") };
  } catch (error) {
    if (!(error instanceof Error) || error.message !== "EOF") throw error;
    throw new ExitError(Exit.Error, error.message, { cause: error });
  }
}

/** Runs `action` with a connection that is closed whatever happens. */
export async function connected(flags: FlagSet, io: ProgramIo, action: (connection: Connection) => Promise<number>): Promise<number> {
  const connection = new Connection(flags, io, await discoveredEndpoints(flags, io), await userOf(flags, io));
  try {
    await connection.authenticate();
    return await action(connection);
  } finally {
    connection.close();
  }
}
