/**
 * Errors as the Kubernetes API tells them: a Status object with Kubernetes' own words (apimachinery pkg/api/errors). Whatever
 * refuses a request throws an ApiError; its status goes on the wire as it is.
 */

/** Which object an error is about. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export class ApiError extends Error {
  override readonly name = "ApiError";

  /** @param code the HTTP status */
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: StatusDetails,
    options?: ErrorOptions,
    /** where a list that expired can go on, inconsistently */
    private readonly continueFrom = "",
  ) {
    super(message, options);
  }

  get status(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.continueFrom === "" ? {} : { continue: this.continueFrom },
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** "pods", "deployments.apps" */
function qualified({ group, plural }: Subject): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function details({ group, plural }: Subject, name: string): StatusDetails {
  return { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: plural };
}

export function notFound(subject: Subject, name: string): ApiError {
  return new ApiError(404, "NotFound", `${qualified(subject)} "${name}" not found`, details(subject, name));
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  return new ApiError(409, "AlreadyExists", `${qualified(subject)} "${name}" already exists`, details(subject, name));
}

const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

export function conflict(subject: Subject, name: string, why = MODIFIED): ApiError {
  return new ApiError(409, "Conflict", `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`, details(subject, name));
}

/** @param causes each with its field; the message lists them as field.ErrorList does */
export function invalid(subject: Subject, name: string, causes: readonly Cause[]): ApiError {
  const kind = subject.group === "" ? subject.kind : `${subject.kind}.${subject.group}`;
  const texts = causes.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`));
  const list = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
  return new ApiError(422, "Invalid", `${kind} "${name}" is invalid: ${list}`, {
    ...(name === "" ? {} : { name }),
    ...(subject.group === "" ? {} : { group: subject.group }),
    kind: subject.kind,
    causes,
  });
}

export function forbidden(subject: Subject, name: string, why: string): ApiError {
  return new ApiError(403, "Forbidden", `${qualified(subject)}${name === "" ? "" : ` "${name}"`} is forbidden: ${why}`, details(subject, name));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

export function expired(message: string, continueFrom = ""): ApiError {
  return new ApiError(410, "Expired", message, undefined, undefined, continueFrom);
}

export function noSuchResource(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(415, "UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`);
}

export function tooLarge(): ApiError {
  return new ApiError(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
}

/** A resourceVersion that the store or the cache has not come to yet (apiserver pkg/storage/errors.go). */
export function tooLargeResourceVersion(asked: number, current: number): ApiError {
  return new ApiError(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** What has no name in Kubernetes: the text of what went wrong, code 500. */
export function internal(message: string, options?: ErrorOptions): ApiError {
  return new ApiError(500, "", message, undefined, options);
}
