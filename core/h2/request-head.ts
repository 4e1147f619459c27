/** What a header list says as a request, a response or trailers (RFC 9113 8.1 to 8.3), and what makes it malformed. */
import type { HeaderList } from "./header-field.ts";

export interface RequestHead {
  readonly method: string;
  readonly scheme: string;
  /** "" where it was left out */
  readonly authority: string;
  readonly path: string;
  /** -1 where it was not given */
  readonly contentLength: number;
  /** what its reader made of it, kept because repeated header blocks share their head */
  memo: unknown;
}

/** @returns the head, or why the request is malformed */
export function requestHead(list: HeaderList): RequestHead | string {
  if (list.flaw !== undefined) return list.flaw;
  let method: string | undefined;
  let scheme: string | undefined;
  let authority: string | undefined;
  let path: string | undefined;
  let contentLength = -1;
  let regular = false;
  for (const { name, value } of list.fields) {
    if (name.charCodeAt(0) !== 0x3a) {
      regular = true;
      if (name === "content-length") {
        const length = lengthOf(value);
        if (length < 0 || (contentLength >= 0 && contentLength !== length)) return "invalid content-length";
        contentLength = length;
      }
      continue;
    }
    if (regular) return `pseudo-header field ${name} after a regular one`;
    if (name === ":method" && method === undefined) method = value;
    else if (name === ":scheme" && scheme === undefined) scheme = value;
    else if (name === ":authority" && authority === undefined) authority = value;
    else if (name === ":path" && path === undefined) path = value;
    else return `pseudo-header field ${name} is unknown in a request, or there twice`;
  }
  if (method === "CONNECT") {
    if (authority === undefined || scheme !== undefined || path !== undefined) return "CONNECT wants :authority alone";
    return { method, scheme: "", authority, path: "", contentLength, memo: undefined };
  }
  if (method === undefined || method === "") return "no :method";
  if (scheme === undefined || scheme === "") return "no :scheme";
  if (path === undefined || path === "") return "no :path";
  return { method, scheme, authority: authority ?? "", path, contentLength, memo: undefined };
}

/** @returns the status, or why the response is malformed */
export function responseStatus(list: HeaderList): number | string {
  if (list.flaw !== undefined) return list.flaw;
  const [first, ...others] = list.fields;
  if (first?.name !== ":status" || !/^[1-9]\d\d$/.test(first.value)) return "no :status";
  for (const { name } of others) if (name.charCodeAt(0) === 0x3a) return `pseudo-header field ${name} is unknown in a response, or there twice`;
  return Number(first.value);
}

/** @returns why the trailers are malformed */
export function trailersFlaw(list: HeaderList): string | undefined {
  if (list.flaw !== undefined) return list.flaw;
  for (const { name } of list.fields) if (name.charCodeAt(0) === 0x3a) return `pseudo-header field ${name} in trailers`;
  return undefined;
}

function lengthOf(value: string): number {
  return /^\d{1,15}$/.test(value) ? Number(value) : -1;
}
