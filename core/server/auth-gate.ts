/**
 * Who asks, and whether he may (server/etcdserver/v3_server.go: AuthInfoFromCtx, doSerialize, the checks of leases;
 * api/v3rpc/auth.go: AuthAdmin). What goes through the log is checked again when it is applied.
 */
import { createHash } from "node:crypto";
import type { AuthStore } from "../auth/auth-store.ts";
import type { AuthInfo } from "../auth/tokens.ts";
import { keyBytes } from "../mvcc/key-range.ts";
import { EtcdError } from "../proto/errors.ts";
import type { RequestContext } from "./api.ts";
import type { Member } from "./member.ts";

const none = Buffer.alloc(0);

export class AuthGate {
  constructor(private readonly member: Member) {}

  get enabled(): boolean {
    return this.auth.enabled;
  }

  /** undefined while auth is off, and for who shows nothing. @throws EtcdError InvalidAuthToken */
  async identify(context: RequestContext): Promise<AuthInfo | undefined> {
    const { auth } = this;
    if (!auth.enabled) return undefined;
    if (context.root === true) return { username: "root", revision: auth.revision };
    const { token, commonName } = context;
    if (token === undefined) return commonName === undefined ? undefined : { username: commonName, revision: auth.revision };
    const index = auth.tokens.indexOf(token);
    if (index !== undefined && (await this.applied(index, context.signal))) {
      const info = auth.tokens.info(token, auth.revision);
      if (info !== undefined) return info;
    }
    const fingerprint = createHash("sha256").update(token).digest("hex").slice(0, 12);
    this.member.parts.log.warn("invalid auth token", { "token-fingerprint": fingerprint });
    throw new EtcdError("InvalidAuthToken");
  }

  /** Somebody known. @throws EtcdError InvalidAuthToken | UserEmpty */
  async requireUser(context: RequestContext): Promise<void> {
    if (!this.enabled) return;
    if ((await this.identify(context)) === undefined && this.enabled) throw new EtcdError("UserEmpty");
  }

  /** Somebody with the role root. @throws EtcdError InvalidAuthToken | UserEmpty | UserNotFound | PermissionDenied */
  async requireAdmin(context: RequestContext): Promise<void> {
    if (!this.enabled) return;
    this.auth.checkAdmin(await this.identify(context));
  }

  /**
   * A read past the log.
   * @param check of the permissions
   * @throws EtcdError, AuthOldRevision also where users or roles changed since the token was made
   */
  async read<T>(context: RequestContext, check: (info: AuthInfo | undefined) => void, get: () => T): Promise<T> {
    const info = await this.identify(context);
    check(info);
    const result = get();
    if (info !== undefined && info.revision !== 0 && info.revision !== this.auth.revision) throw new EtcdError("AuthOldRevision");
    return result;
  }

  /** All keys of a lease must be his to write. */
  checkRenewal(id: bigint, context: RequestContext): Promise<void> {
    return this.checkLeases([id], context, (info, key) => this.auth.checkPut(info, key));
  }

  /** All keys of these leases must be his to read. */
  checkLeaseKeys(ids: readonly bigint[], context: RequestContext): Promise<void> {
    return this.checkLeases(ids, context, (info, key) => this.auth.checkRange(info, key, none));
  }

  private async checkLeases(ids: readonly bigint[], context: RequestContext, check: (info: AuthInfo, key: Buffer) => void): Promise<void> {
    const { auth } = this;
    if (!auth.enabled) return;
    const { revision } = auth;
    const info = await this.identify(context);
    if (info === undefined) throw new EtcdError("UserEmpty");
    if (auth.isAdmin(info)) return;
    const { lessor } = this.member.parts.state;
    for (const id of ids) for (const key of lessor.lookup(id)?.keys ?? []) check(info, keyBytes(key));
    if (revision !== auth.revision) throw new EtcdError("AuthOldRevision");
  }

  /** Waits until a token can be known here. @returns false when the caller goes before */
  private async applied(index: number, signal: AbortSignal): Promise<boolean> {
    const { applying } = this.member.parts;
    if (applying.index >= index) return true;
    return new Promise((resolve) => {
      const gone = (): void => {
        forget();
        resolve(false);
      };
      const forget = applying.waiters.once(index, () => {
        signal.removeEventListener("abort", gone);
        resolve(true);
      });
      signal.addEventListener("abort", gone, { once: true });
      if (signal.aborted) gone();
    });
  }

  private get auth(): AuthStore {
    return this.member.parts.state.auth;
  }
}
