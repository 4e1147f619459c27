/**
 * A channel of somebody who has a password, with a token from the first call on. A client certificate has a name, too, and a
 * call without a token would be judged by that one: refused, and not for its token (etcd's server/auth, AuthInfoFromTLS).
 */
import { authenticated, type CallOptions, type Channel, type ClientStream, Credentials, type User } from "../client/index.ts";
import type { MethodInfo } from "../proto/wire.ts";

export class SignedInChannel implements Channel {
  readonly endpoint: string;
  private readonly credentials: Credentials;
  private readonly inner: Channel;

  constructor(channel: Channel, user: User) {
    this.endpoint = channel.endpoint;
    this.credentials = new Credentials(user, channel);
    this.inner = authenticated(channel, this.credentials);
  }

  async unary<Request, Response>(method: MethodInfo<Request, Response>, request: Request, options: CallOptions = {}): Promise<Response> {
    // none while auth is off, which may be over by the next call
    if (this.credentials.metadata()["token"] === undefined) await this.credentials.refresh(options);
    return this.inner.unary(method, request, options);
  }

  stream<Request, Response>(method: MethodInfo<Request, Response>, options?: CallOptions): ClientStream<Request, Response> {
    return this.inner.stream(method, options);
  }

  close(): void {
    this.inner.close();
  }
}
