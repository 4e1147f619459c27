/** The body of a request: read up to Kubernetes' limit, and made an object from JSON, YAML or protobuf. */
import type { IncomingMessage } from "node:http";
import { ApiError, badRequest, tooLarge, unsupportedMediaType } from "./api-error.ts";
import type { Kinds } from "./kinds.ts";

const LIMIT = 3 * 1024 * 1024;

/** @throws ApiError 413 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LIMIT) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** @param type of the Content-Type header. @throws ApiError 400, 415 */
export async function parseBody(body: Buffer, type: string, kinds: Pick<Kinds, "decodeProtobuf">): Promise<unknown> {
  const media = type.split(";")[0]!.trim().toLowerCase();
  try {
    switch (media) {
      case "application/vnd.kubernetes.protobuf":
        return kinds.decodeProtobuf(body);
      case "application/yaml":
      case "application/apply-patch+yaml":
        return (await import("yaml")).parse(body.toString("utf8"));
      case "":
      case "application/json":
      case "application/strategic-merge-patch+json":
      case "application/merge-patch+json":
      case "application/json-patch+json":
        return JSON.parse(body.toString("utf8")) as unknown;
      default:
        throw unsupportedMediaType(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]);
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw badRequest(`couldn't parse the body of the request: ${(error as Error).message}`);
  }
}
