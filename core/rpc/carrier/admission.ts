/**
 * Which call a request's headers ask for, or how it is refused: grpc-go's checks, order and texts
 * (internal/transport/http2_server.go operateHeaders, server.go handleStream).
 */
import { Code } from "../../proto/errors.ts";
import { parseTimeout } from "../../proto/grpc.ts";
import type { Metadata } from "../service.ts";
import type { Route, Routes } from "./route.ts";

export interface Admission {
  readonly kind: "call";
  readonly route: Route;
  readonly path: string;
  readonly metadata: Metadata;
  readonly timeoutMs: number | undefined;
  /** messages come compressed, and answers go the same way, as grpc-go's do */
  readonly gzip: boolean;
  /** of the answer: the request's own subtype */
  readonly contentType: string;
}

export interface Refusal {
  readonly kind: "refusal";
  readonly httpStatus: number;
  readonly code: Code;
  readonly message: string;
  readonly contentType: string;
}

const GRPC = "application/grpc";

/** "application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8" */
export function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && contentType.toLowerCase().startsWith(GRPC) && /^(?:$|[+;])/.test(contentType.slice(GRPC.length));
}

export class Admissions {
  private readonly services: ReadonlySet<string>;

  constructor(private readonly routes: Routes) {
    this.services = new Set([...routes.values()].map((route) => route.counters.service));
  }

  /** @param hosts how many host headers there are */
  decide(method: string, path: string, metadata: Metadata, hosts: number): Admission | Refusal {
    const type = metadata["content-type"];
    if (hosts > 1) {
      const text = `num values of :authority: ${metadata[":authority"] === undefined ? 0 : 1}, num values of host: ${hosts}, both must only have 1 value as per HTTP/2 spec`;
      return refuse(400, Code.Internal, text, GRPC);
    }
    if (!isGrpc(type)) return refuse(415, Code.InvalidArgument, `invalid gRPC request content-type ${JSON.stringify(type ?? "")}`, GRPC);
    // "application/grpc;x" is answered as "application/grpc+x": grpc-go takes either sign for the start of a subtype
    const contentType = type!.length <= GRPC.length + 1 ? GRPC : `${GRPC}+${type!.slice(GRPC.length + 1).toLowerCase()}`;
    const timeout = metadata["grpc-timeout"];
    const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
    if (timeout !== undefined && timeoutMs === undefined) return refuse(400, Code.Internal, `malformed grpc-timeout: ${timeoutFlaw(timeout)}`, contentType);
    const binary = binaryFlaw(metadata);
    if (binary !== undefined) return refuse(400, Code.Internal, binary, contentType);
    if (method !== "POST") return refuse(405, Code.Internal, `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`, contentType);
    if (timeoutMs !== undefined && timeoutMs <= 0) return refuse(200, Code.DeadlineExceeded, "context deadline exceeded", contentType);
    const route = this.routes.get(path);
    if (route === undefined) return refuse(200, Code.Unimplemented, this.unknown(path), contentType);
    const encoding = metadata["grpc-encoding"] ?? "";
    if (encoding !== "" && encoding !== "identity" && encoding !== "gzip")
      return refuse(200, Code.Unimplemented, `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`, contentType);
    return { kind: "call", route, path, metadata, timeoutMs, gzip: encoding === "gzip", contentType };
  }

  private unknown(path: string): string {
    const slash = path.lastIndexOf("/");
    if (!path.startsWith("/") || slash <= 0) return `malformed method name: ${JSON.stringify(path)}`;
    const service = path.slice(1, slash);
    return this.services.has(service) ? `unknown method ${path.slice(slash + 1)} for service ${service}` : `unknown service ${service}`;
  }
}

function refuse(httpStatus: number, code: Code, message: string, contentType: string): Refusal {
  return { kind: "refusal", httpStatus, code, message, contentType };
}

function timeoutFlaw(value: string): string {
  const quoted = JSON.stringify(value);
  if (value.length < 2) return `transport: timeout string is too short: ${quoted}`;
  if (value.length > 9) return `transport: timeout string is too long: ${quoted}`;
  if (!/[HMSmun]$/.test(value)) return `transport: timeout unit is not recognized: ${quoted}`;
  return `strconv.ParseUint: parsing ${JSON.stringify(value.slice(0, -1))}: invalid syntax`;
}

function binaryFlaw(metadata: Metadata): string | undefined {
  for (const name in metadata) {
    if (!name.endsWith("-bin")) continue;
    const at = illegalBase64At(metadata[name]!);
    if (at >= 0)
      return `malformed binary metadata ${JSON.stringify(metadata[name])} in header ${JSON.stringify(name)}: illegal base64 data at input byte ${at}`;
  }
  return undefined;
}

/** Where Go's decoder stops (padded where the length is a multiple of four, else unpadded); -1 where it does not. */
function illegalBase64At(value: string): number {
  const padded = value.length % 4 === 0;
  const match = (padded ? /^[A-Za-z0-9+/]*={0,2}$/ : /^[A-Za-z0-9+/]*$/).test(value);
  if (!match) return value.search(/[^A-Za-z0-9+/]/);
  return value.length % 4 === 1 ? value.length - 1 : -1;
}
