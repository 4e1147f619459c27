/** From global flags to a client: endpoints, timeouts, and etcdctl's patience with a member that is not there yet. */
import { type CallOptions, type ChannelOptions, Client, connect, connectAll, ConnectionError } from "../../client/index.ts";
import { Code, StatusError } from "../../proto/errors.ts";
import type { FlagSet } from "../cobra/flags.ts";
import { Exit, ExitError } from "../cobra/command.ts";
import type { ProgramIo } from "../program.ts";

/** How long to wait before dialling again, ms. */
const REDIAL_MS = 100;

export class Connection {
  readonly endpoints: readonly string[];
  readonly client: Client;
  private readonly options: ChannelOptions;
  private readonly opened: Client[] = [];

  constructor(
    readonly flags: FlagSet,
    readonly io: ProgramIo,
  ) {
    this.endpoints = flags
      .strings("endpoints")
      .map((endpoint) => endpoint.trim())
      .filter((endpoint) => endpoint !== "");
    if (this.endpoints.length === 0) throw new ExitError(Exit.BadConnection, "no endpoints available");
    const secure = this.endpoints.find((endpoint) => endpoint.startsWith("https://") || endpoint.startsWith("unixs:"));
    if (secure !== undefined || flags.string("cert") !== "" || flags.string("cacert") !== "")
      throw new ExitError(Exit.BadConnection, `TLS to ${secure ?? this.endpoints[0]} is not supported by this version; use an http endpoint`);
    if (flags.string("user") !== "") throw new ExitError(Exit.BadConnection, "authentication is not supported by this version; leave out --user");
    if (flags.string("discovery-srv") !== "") throw new ExitError(Exit.BadConnection, "--discovery-srv is not supported by this version; give --endpoints");
    const sendBytes = flags.int("max-request-bytes");
    const receiveBytes = flags.int("max-recv-bytes");
    this.options = {
      addressBook: io.addressBook,
      dialTimeoutMs: flags.durationMs("dial-timeout"),
      keepaliveTimeMs: flags.durationMs("keepalive-time"),
      keepaliveTimeoutMs: flags.durationMs("keepalive-timeout"),
      ...(sendBytes > 0 ? { sendBytesMax: sendBytes } : {}),
      ...(receiveBytes > 0 ? { receiveBytesMax: receiveBytes } : {}),
    };
    this.client = new Client(connectAll(this.endpoints, this.options));
    this.opened.push(this.client);
  }

  /** A client of one endpoint only. */
  to(endpoint: string): Client {
    const client = new Client(connect(endpoint, this.options));
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
  async ask<T>(request: (options: CallOptions) => Promise<T>, exitCode: number = Exit.Error): Promise<T> {
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
        throw new ExitError(exitCode, error.message, { cause: error });
      }
    }
  }

  close(): void {
    for (const client of this.opened) client.channel.close();
  }
}

/** Runs `action` with a connection that is closed whatever happens. */
export async function connected(flags: FlagSet, io: ProgramIo, action: (connection: Connection) => Promise<number>): Promise<number> {
  const connection = new Connection(flags, io);
  try {
    return await action(connection);
  } finally {
    connection.close();
  }
}
