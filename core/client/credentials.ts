/** A user's password and the token that was got for it, shared by all channels of one client (etcd client/v3: getToken). */
import { EtcdError, StatusError } from "../proto/errors.ts";
import { AuthService } from "../proto/gen/etcdserverpb.ts";
import type { CallOptions, Channel } from "./channel.ts";

export interface User {
  readonly name: string;
  readonly password: string;
}

/** What a server says when a token is no good, or no good any more. */
const invalidToken = new EtcdError("InvalidAuthToken").message;
const oldRevision = new EtcdError("AuthOldRevision").message;
const noUser = new EtcdError("UserEmpty").message;
const notEnabled = new EtcdError("AuthNotEnabled").message;

export class Credentials {
  private token: string | undefined;
  private asking: Promise<void> | undefined;

  /**
   * @param user undefined, or one without password: requests go without a token
   * @param channel where tokens are asked for
   */
  constructor(
    private readonly user: User | undefined,
    private readonly channel: Channel,
  ) {}

  get known(): boolean {
    return this.user !== undefined && this.user.name !== "" && this.user.password !== "";
  }

  metadata(): Readonly<Record<string, string>> {
    return this.token === undefined ? {} : { token: this.token };
  }

  /** Whether the same request may go through with a new token, or, without one, a second time. */
  isWorthAnother(error: unknown): boolean {
    if (!(error instanceof StatusError)) return false;
    return error.message === oldRevision || (this.known && (error.message === invalidToken || error.message === noUser));
  }

  /**
   * Gets a token, a new one where there is one already; nothing while auth is off. Who asks while one is on its way waits for that.
   * @throws StatusError
   */
  refresh(options: CallOptions): Promise<void> {
    if (!this.known) return Promise.resolve();
    return (this.asking ??= this.ask(options).finally(() => {
      this.asking = undefined;
    }));
  }

  private async ask(options: CallOptions): Promise<void> {
    const { name, password } = this.user!;
    try {
      this.token = (await this.channel.unary(AuthService.Authenticate, { name, password }, options)).token;
    } catch (error) {
      if (!(error instanceof StatusError) || error.message !== notEnabled) throw error;
      this.token = undefined;
    }
  }
}
