/**
 * The token with which a client asks for the next page of a list (apiserver pkg/storage/continue.go): base64url of JSON with the
 * revision of the whole list and the key where the page begins, relative to the list's prefix.
 */
import { badRequest } from "./api-error.ts";

export interface ContinueToken {
  /** -1: as of now, after the revision was compacted */
  readonly revision: number;
  readonly start: string;
}

export function continueToken(revision: number, lastKey: string): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${lastKey}\0` })).toString("base64url");
}

/** @throws ApiError 400 */
export function parseContinue(text: string): ContinueToken {
  const bad = (why: string): never => {
    throw badRequest(`continue key is not valid: ${why}`);
  };
  let value: { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown };
  try {
    value = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as typeof value;
  } catch (error) {
    throw badRequest(`continue key is not valid: ${(error as Error).message}`);
  }
  const { v, rv, start } = value ?? {};
  if (v !== "meta.k8s.io/v1") bad(`server does not recognize this encoded version "${String(v)}"`);
  if (typeof rv !== "number" || rv === 0) bad("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof start !== "string" || start === "") bad("encoded start key empty (version meta.k8s.io/v1)");
  if ((start as string).split("/").some((step) => step === ".." || step === ".")) bad(`${String(start)}`);
  return { revision: rv === -1 ? 0 : (rv as number), start: (start as string).replace(/^\//, "") };
}
