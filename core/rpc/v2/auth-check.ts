/** Who asks over the v2 API, and whether that is allowed (etcd 3.4 etcdserver/api/v2http/client_auth.go). */
import type { IncomingMessage } from "node:http";
import { verifiedChainNames } from "../../tls/tls-gate.ts";
import { allowsKey, AuthError, GUEST_ROLE, ROOT_ROLE, type User } from "./auth-records.ts";
import type { V2AuthStore } from "./auth-store.ts";

export const NO_CREDENTIALS = "Insufficient credentials";

/** May users and roles be seen and changed? Anybody may while auth is off. */
export async function isRoot(auth: V2AuthStore, request: IncomingMessage): Promise<boolean> {
  if (!auth.enabled()) return true;
  const user = hasAuthorization(request) ? await userOfHeader(auth, request) : userOfCertificate(auth, request);
  return user?.roles?.includes(ROOT_ROLE) === true;
}

/** The same for what only writing needs root for. */
export async function mayWrite(auth: V2AuthStore, request: IncomingMessage): Promise<boolean> {
  return isReading(request) || (await isRoot(auth, request));
}

/** @param path of the key, as in the URL */
export async function mayUseKey(auth: V2AuthStore, request: IncomingMessage, path: string, recursive: boolean): Promise<boolean> {
  if (!auth.enabled()) return true;
  const named = hasAuthorization(request);
  const user = named ? await userOfHeader(auth, request) : userOfCertificate(auth, request);
  if (user === undefined) return !named && holds(auth, [GUEST_ROLE], path, !isReading(request), false);
  return holds(auth, user.roles ?? [], path, !isReading(request), recursive);
}

function holds(auth: V2AuthStore, roles: readonly string[], path: string, write: boolean, recursive: boolean): boolean {
  return roles.some((name) => {
    const role = found(() => auth.role(name));
    return role !== undefined && allowsKey(role, path, write, recursive);
  });
}

function isReading({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function hasAuthorization({ headers }: IncomingMessage): boolean {
  return (headers.authorization ?? "") !== "";
}

async function userOfHeader(auth: V2AuthStore, { headers }: IncomingMessage): Promise<User | undefined> {
  const encoded = /^basic ([A-Za-z0-9+/=]*)$/i.exec(headers.authorization ?? "")?.[1];
  const credentials = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString();
  const colon = credentials.indexOf(":");
  if (colon < 0) return undefined;
  const user = found(() => auth.user(credentials.slice(0, colon)));
  return user !== undefined && (await auth.isPassword(user, credentials.slice(colon + 1))) ? user : undefined;
}

function userOfCertificate(auth: V2AuthStore, { socket }: IncomingMessage): User | undefined {
  for (const name of verifiedChainNames(socket)) {
    const user = found(() => auth.user(name));
    if (user !== undefined) return user;
  }
  return undefined;
}

function found<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    if (error instanceof AuthError) return undefined;
    throw error;
  }
}
