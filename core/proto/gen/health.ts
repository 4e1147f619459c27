/** gRPC's health checking protocol, as etcd serves it (grpc.health.v1).
 * Generated from schema/health.proto by tools/protogen; do not edit. */
import { codec, sizeInt, sizeString, type Codec, type EnumType, type MethodInfo } from "../wire.ts";

export interface HealthCheckRequest {
  service: string;
}
export const HealthCheckRequest: Codec<HealthCheckRequest> = codec<HealthCheckRequest>({
  name: "grpc.health.v1.HealthCheckRequest",
  fields: [
    { no: 1, name: "service", key: "service", kind: "string", repeated: false, optional: false, big: false },
  ],
  create: (init) => ({ service: "", ...init }),
  size(message) {
    let size = 0;
    if (message.service !== "") size += 1 + sizeString(message.service);
    return size;
  },
  write(message, writer) {
    if (message.service !== "") { writer.uint(10); writer.string(message.service); }
  },
  read(reader, end) {
    const message = HealthCheckRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.service = reader.string(end);
          break;
        default:
          reader.skip(key % 8, end);
      }
    }
    return message;
  },
});

export const HealthCheckResponse_ServingStatus = {
  UNKNOWN: 0,
  SERVING: 1,
  NOT_SERVING: 2,
  SERVICE_UNKNOWN: 3,
} as const;
export const HealthCheckResponse_ServingStatusEnum: EnumType = { name: "grpc.health.v1.HealthCheckResponse.ServingStatus", values: HealthCheckResponse_ServingStatus };

export interface HealthCheckResponse {
  status: number;
}
export const HealthCheckResponse: Codec<HealthCheckResponse> = codec<HealthCheckResponse>({
  name: "grpc.health.v1.HealthCheckResponse",
  fields: [
    { no: 1, name: "status", key: "status", kind: "enum", repeated: false, optional: false, big: false, enumeration: HealthCheckResponse_ServingStatusEnum },
  ],
  create: (init) => ({ status: 0, ...init }),
  size(message) {
    let size = 0;
    if (message.status !== 0) size += 1 + sizeInt(message.status);
    return size;
  },
  write(message, writer) {
    if (message.status !== 0) { writer.uint(8); writer.int(message.status); }
  },
  read(reader, end) {
    const message = HealthCheckResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 8:
          message.status = reader.int(end);
          break;
        default:
          reader.skip(key % 8, end);
      }
    }
    return message;
  },
});

export const HealthService = {
  Check: { service: "grpc.health.v1.Health", name: "Check", request: HealthCheckRequest, response: HealthCheckResponse, requestStream: false, responseStream: false } satisfies MethodInfo<HealthCheckRequest, HealthCheckResponse>,
  Watch: { service: "grpc.health.v1.Health", name: "Watch", request: HealthCheckRequest, response: HealthCheckResponse, requestStream: false, responseStream: true } satisfies MethodInfo<HealthCheckRequest, HealthCheckResponse>,
} as const;
