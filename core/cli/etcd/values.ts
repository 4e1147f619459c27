/** Values of flags as Go and etcd read them: durations, URLs, member lists, numbers. Error texts are theirs. */
import { InitialClusterError, checkUrl, parseInitialCluster as parseMembers } from "../../membership/initial-cluster.ts";

/** A value that a flag does not take. The message is what Go or etcd says about it. */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, "μs": 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's time.ParseDuration: "1h30m", "300ms", "0", "-5s". @returns milliseconds */
export function parseDuration(text: string): number {
  const invalid = (): ValueError => new ValueError("parse error");
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "") throw invalid();
  let total = 0;
  while (rest !== "") {
    const part = /^(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/.exec(rest);
    if (part === null) throw invalid();
    total += Number(part[1]) * unitMs[part[2]!]!;
    rest = rest.slice(part[0].length);
  }
  return sign * total;
}

/** A duration as Go prints it: "1m0s", "100ms", "0s". */
export function printDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

/** Go's strconv.ParseBool. */
export function parseBool(text: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  throw new ValueError("parse error");
}

/** A whole number in decimal, hex, octal or binary, as Go's strconv with base 0 reads it. */
export function parseInteger(text: string, signed: boolean, max = Number.MAX_SAFE_INTEGER): number {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+)$/.exec(text.replaceAll("_", ""));
  if (match === null || (!signed && match[1] !== "")) throw new ValueError("parse error");
  const digits = match[2]!;
  const magnitude = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (magnitude > max) throw new ValueError("value out of range");
  return match[1] === "-" ? -magnitude : magnitude;
}

/** A comma-separated list of URLs, sorted. @throws ValueError */
export function parseUrls(text: string): string[] {
  if (text === "") return [];
  return inGoWords(() => text.split(",").map(checkUrl).sort());
}

/** `name=url,name=url`: URLs by name, sorted within a name. @throws ValueError */
export function parseInitialCluster(text: string): Map<string, string[]> {
  return inGoWords(() => parseMembers(text));
}

function inGoWords<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof InitialClusterError) throw new ValueError(error.message, { cause: error });
    throw error;
  }
}

/** Host and port of a URL that `checkUrl` took. */
export function addressOf(url: string): { readonly host: string; readonly port: number } {
  const parts = /^[a-z]+:\/\/(.*):(\d*)$/.exec(url);
  if (parts === null) throw new ValueError(`URL address does not have the form "host:port": ${url}`);
  return { host: parts[1]!.replace(/^\[(.*)\]$/, "$1"), port: Number(parts[2]) };
}
