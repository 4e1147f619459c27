/** A channel to whatever member runs on a host, however its clients are let in just now: plaintext today, TLS after a restart. */
import { statSync } from "node:fs";
import { type CallOptions, type ChannelOptions, type ClientStream, connect, ConnectionError, type MemberChannel } from "../client/index.ts";
import type { MethodInfo } from "../proto/wire.ts";
import { TlsError } from "../tls/tls-info.ts";
import { type ClientAccess, dialerOf } from "./host-access.ts";
import type { HostTree } from "./host-tree.ts";

export interface ReachedHost {
  readonly access: ClientAccess;
  readonly files: HostTree;
  /** its member told that it is a learner: such a one answers next to nothing (etcd's v3rpc/interceptor.go) */
  readonly isLearner: boolean;
}

export class HostChannel implements MemberChannel {
  onIdle: (() => void) | undefined;
  private open: { readonly name: string; readonly channel: MemberChannel } | undefined;

  constructor(
    private readonly host: ReachedHost,
    private readonly options: ChannelOptions,
  ) {}

  get endpoint(): string {
    return this.host.access.url;
  }

  get ready(): boolean {
    return !this.host.isLearner && this.open !== undefined && this.open.name === this.wanted() && this.open.channel.ready;
  }

  async connect(): Promise<void> {
    await this.channel().connect();
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options?: CallOptions): Promise<Response> {
    return this.channel().unary(method, request, options);
  }

  stream<Request, Response>(method: MethodInfo<Request, Response>, options?: CallOptions): ClientStream<Request, Response> {
    try {
      return this.channel().stream(method, options);
    } catch (error) {
      return failed(error);
    }
  }

  close(): void {
    this.open?.channel.close();
    this.open = undefined;
  }

  /** What the channel that is open must have been opened for. The authorities are read when a dialler is made, so another file is another channel. */
  private wanted(): string {
    const { access, files } = this.host;
    const changed = access.tls === undefined || access.tls.ca === "" ? 0 : (statSync(files.real(access.tls.ca), { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return `${JSON.stringify(access)} ${changed}`;
  }

  /** @throws ConnectionError where TLS is asked for and its files are not there, and of a learner */
  private channel(): MemberChannel {
    const { access, files } = this.host;
    if (this.host.isLearner) throw new ConnectionError(`${access.url} is a learner's`, false);
    const name = this.wanted();
    if (this.open?.name === name) return this.open.channel;
    this.close();
    try {
      const tls = dialerOf(access, files, ["h2"]);
      const channel = connect(access.url, { ...this.options, ...(tls === undefined ? {} : { tls }) });
      channel.onIdle = () => this.onIdle?.();
      this.open = { name, channel };
      return channel;
    } catch (error) {
      if (error instanceof TlsError) throw new ConnectionError(files.shownText(error.message), false, { cause: error });
      throw error;
    }
  }
}

/** A stream that says what was wrong where one reads from it, as one does whose connection fails. */
function failed<Request, Response>(error: unknown): ClientStream<Request, Response> {
  const fail = (): Promise<never> => Promise.reject(error as Error);
  return {
    write: fail,
    closeWrite: () => undefined,
    cancel: () => undefined,
    responses: { [Symbol.asyncIterator]: () => ({ next: fail }) },
  };
}
