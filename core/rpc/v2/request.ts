/** Query and form of a /v2/keys request, checked in etcd's order (etcd 3.4 api/v2http, parseKeyRequest). */
import { V2Error } from "./errors.ts";
import type { Expiry } from "./store.ts";

export interface KeyRequest {
  readonly value: string;
  readonly prevValue: string;
  readonly prevIndex: number;
  readonly prevExist: boolean | undefined;
  readonly waitIndex: number;
  readonly recursive: boolean;
  readonly wait: boolean;
  readonly dir: boolean;
  readonly quorum: boolean;
  readonly stream: boolean;
  readonly noValueOnSuccess: boolean;
  readonly expiry: Expiry;
}

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** @throws V2Error with index 0 */
export function parseKeyRequest(method: string, query: URLSearchParams, form: URLSearchParams): KeyRequest {
  // a form's fields stand before the query's of the same name
  const first = (name: string): string | null => form.get(name) ?? query.get(name);
  const bool = (name: string, cause = `invalid value for ${JSON.stringify(name)}`): boolean | undefined => {
    const text = first(name);
    if (text === null) return undefined;
    if (TRUE.has(text)) return true;
    if (FALSE.has(text)) return false;
    throw new V2Error(209, cause, 0);
  };
  const number = (name: string, code: 202 | 203): number | undefined => {
    const text = first(name);
    if (text === null) return undefined;
    if (!/^\d{1,19}$/.test(text) || Number(text) > Number.MAX_SAFE_INTEGER) throw new V2Error(code, `invalid value for ${JSON.stringify(name)}`, 0);
    return Number(text);
  };

  const prevIndex = number("prevIndex", 203) ?? 0;
  const waitIndex = number("waitIndex", 203) ?? 0;
  const recursive = bool("recursive") ?? false;
  bool("sorted"); // listings are always sorted here
  const wait = bool("wait") ?? false;
  const dir = bool("dir") ?? false;
  const quorum = bool("quorum") ?? false;
  const stream = bool("stream") ?? false;
  if (wait && method !== "GET") throw new V2Error(209, '"wait" can only be used with GET requests', 0);
  const prevValue = first("prevValue");
  if (prevValue === "") throw new V2Error(201, '"prevValue" cannot be empty', 0);
  const noValueOnSuccess = bool("noValueOnSuccess") ?? false;
  const ttlSeconds = (first("ttl") ?? "") === "" ? undefined : number("ttl", 202);
  const prevExist = bool("prevExist", "invalid value for prevExist");
  const refresh = bool("refresh", "invalid value for refresh") ?? false;
  const value = first("value") ?? "";
  if (refresh) {
    if (value !== "") throw new V2Error(211, "A value was provided on a refresh", 0);
    if (ttlSeconds === undefined) throw new V2Error(212, "No TTL value set", 0);
  }
  const expiry = { ttlSeconds, refresh };
  return { value, prevValue: prevValue ?? "", prevIndex, prevExist, waitIndex, recursive, wait, dir, quorum, stream, noValueOnSuccess, expiry };
}
