/** What an argument from a window may look like: small checks, put together to those of a command (`check.ts`, `check-views.ts`). */
import { CommandError } from "./host.ts";

const HOST_NAME = /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?$/;
const IDENTIFIER = /^[\x21-\x7e]{1,128}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const KEY_CHARS_MAX = 90_000;

export function bad(what: string): never {
  throw new CommandError("bad-argument", what);
}

export type Check<T> = (value: unknown, name: string) => T;

export function text(pattern: RegExp, wanted: string): Check<string> {
  return (value, name) => (typeof value === "string" && pattern.test(value) ? value : bad(`${name}: wanted ${wanted}`));
}

export function base64(charsMax: number, emptyAllowed: boolean): Check<string> {
  return (value, name) => {
    if (typeof value !== "string" || !BASE64.test(value)) bad(`${name}: wanted base64`);
    if (value.length > charsMax) bad(`${name}: longer than ${charsMax} characters of base64`);
    if (value === "" && !emptyAllowed) bad(`${name}: is empty`);
    return value;
  };
}

export function anyText(charsMax: number): Check<string> {
  return (value, name) => {
    if (typeof value !== "string") bad(`${name}: wanted text`);
    if (value.length > charsMax) bad(`${name}: longer than ${charsMax} characters`);
    return value;
  };
}

export function integer(min: number, max: number): Check<number> {
  return (value, name) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : bad(`${name}: wanted a whole number from ${min} to ${max}`);
}

export function amount(max: number): Check<number> {
  return (value, name) =>
    typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= max ? value : bad(`${name}: wanted 0 to ${max}`);
}

export function oneOf<T extends string>(...allowed: readonly T[]): Check<T> {
  return (value, name) => allowed.find((one) => one === value) ?? bad(`${name}: wanted one of ${allowed.join(", ")}`);
}

export const truth: Check<boolean> = (value, name) => (typeof value === "boolean" ? value : bad(`${name}: wanted true or false`));

export function list<T>(check: Check<T>, most: number): Check<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value) || value.length > most) bad(`${name}: wanted a list of at most ${most}`);
    return value.map((one, at) => check(one, `${name}[${at}]`));
  };
}

type Shape<T> = { readonly [K in keyof T]: Check<T[K]> };

export function record<T extends object>(shape: Shape<T>): (value: unknown) => T {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) bad("arguments: wanted an object");
    const given = value as Readonly<Record<string, unknown>>;
    const out: Record<string, unknown> = {};
    for (const [name, check] of Object.entries(shape) as [string, Check<unknown>][]) {
      out[name] = check(Object.hasOwn(given, name) ? given[name] : undefined, name);
    }
    return out as T;
  };
}

export const host = text(HOST_NAME, "a host's name");
export const id = text(IDENTIFIER, "an id");
export const key = base64(KEY_CHARS_MAX, false);
export const revision = integer(0, Number.MAX_SAFE_INTEGER);
export const onHost = record<{ host: string }>({ host });
