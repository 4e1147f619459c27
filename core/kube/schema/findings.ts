/** Gathers what is wrong with an object, and the rules for names and labels that everything shares (apimachinery's util/validation). */
import type { FieldError, FieldErrorType } from "./object.ts";
import { isObject } from "./read.ts";

type Json = Record<string, unknown>;

export const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
export const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
export const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
export const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Gathers what is wrong. */
export class Findings {
  readonly errors: FieldError[] = [];

  add(type: FieldErrorType, field: string, detail: string, value?: unknown): void {
    this.errors.push({ field, type, detail, ...(value === undefined ? {} : { value }) });
  }
  required(field: string, detail = ""): void {
    this.add("FieldValueRequired", field, detail);
  }
  invalid(field: string, value: unknown, detail: string): void {
    this.add("FieldValueInvalid", field, detail, value ?? null);
  }
  oneOf(field: string, value: unknown, allowed: readonly string[]): void {
    if (value === undefined || value === "" || allowed.includes(String(value))) return;
    this.add("FieldValueNotSupported", field, `supported values: ${allowed.map((one) => JSON.stringify(one)).join(", ")}`, value);
  }
  notNegative(field: string, value: unknown): void {
    if (typeof value === "number" && value < 0) this.invalid(field, value, "must be greater than or equal to 0");
  }
  label(field: string, value: unknown): void {
    if (typeof value !== "string" || value === "") this.required(field);
    else if (value.length > 63) this.invalid(field, value, "must be no more than 63 characters");
    else if (!LABEL.test(value)) this.invalid(field, value, LABEL_TEXT);
  }
  port(field: string, value: unknown): void {
    if (typeof value !== "number" || value < 1 || value > 65535) this.invalid(field, value ?? 0, "must be between 1 and 65535, inclusive");
  }
}

export function items(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function part(object: Json, name: string): Json {
  const value = object[name];
  return isObject(value) ? value : {};
}

export function qualified(findings: Findings, field: string, key: string): void {
  const slash = key.indexOf("/");
  const name = key.slice(slash + 1);
  if (slash >= 0 && !SUBDOMAIN.test(key.slice(0, slash))) findings.invalid(field, key, `prefix part ${SUBDOMAIN_TEXT}`);
  if (name === "") findings.invalid(field, key, "name part must be non-empty");
  else if (name.length > 63) findings.invalid(field, key, "name part must be no more than 63 characters");
  else if (!QUALIFIED.test(name)) findings.invalid(field, key, QUALIFIED_TEXT);
}

export function validateLabels(findings: Findings, field: string, labels: unknown): void {
  if (!isObject(labels)) return;
  for (const [key, value] of Object.entries(labels)) {
    qualified(findings, field, key);
    if (typeof value !== "string" || value === "") continue;
    if (value.length > 63) findings.invalid(field, value, "must be no more than 63 characters");
    else if (!QUALIFIED.test(value)) findings.invalid(field, value, VALUE_TEXT);
  }
}
