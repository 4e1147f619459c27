/** What an HTTP request hands on to the call behind it (grpc-gateway's runtime/context.go): token, metadata, timeout. */
import { Code, StatusError } from "../../proto/errors.ts";
import type { Metadata } from "../service.ts";

/** Header names in lower case; a list where a header came several times. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const PREFIX = "grpc-metadata-";

/** Milliseconds in each of gRPC's units of time. */
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * The token, and what is marked as gRPC metadata.
 * @throws StatusError InvalidArgument
 */
export function metadataOf(headers: RequestHeaders): Metadata {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = typeof value === "string" ? value : value?.[0];
    if (text === undefined) continue;
    if (name.endsWith("-bin") && !isBase64(text)) {
      const canonical = name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
      throw new StatusError(Code.InvalidArgument, `invalid binary header ${canonical}: illegal base64 data at input byte ${firstBad(text)}`);
    }
    if (name === "authorization") metadata[name] = text;
    // what is not printable ASCII is no metadata
    else if (name.startsWith(PREFIX) && /^[ -~]*$/.test(text)) metadata[name.slice(PREFIX.length)] = text;
  }
  return metadata;
}

/** @returns ms; undefined: no limit. @throws StatusError InvalidArgument */
export function timeoutOf(headers: RequestHeaders): number | undefined {
  const text = headers["grpc-timeout"];
  if (text === undefined || text === "") return undefined;
  const match = typeof text === "string" ? /^([+-]?\d{1,19})([HMSmun])$/.exec(text) : null;
  if (match === null) throw new StatusError(Code.InvalidArgument, `invalid grpc-timeout: ${String(text)}`);
  return Number(match[1]) * UNIT_MS[match[2]!]!;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 ? /^[A-Za-z0-9+/]*={0,2}$/.test(text) : /^[A-Za-z0-9+/]*$/.test(text) && text.length % 4 !== 1;
}

function firstBad(text: string): number {
  const bad = text.search(/[^A-Za-z0-9+/]/);
  return bad < 0 ? text.length : bad;
}
