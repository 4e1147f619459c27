/** gRPC's health checking protocol, as etcd serves it (grpc.health.v1).
 * Generated from schema/health.proto by tools/protogen; do not edit. */
import { codec, readDelimited, sizeDelimited, sizeInt, sizeString, type Codec, type EnumType, type MethodInfo } from "../wire.ts";

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
          reader.skip(key, end, HealthCheckRequest);
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
          reader.skip(key, end, HealthCheckResponse);
      }
    }
    return message;
  },
});

export interface HealthListRequest {
}
export const HealthListRequest: Codec<HealthListRequest> = codec<HealthListRequest>({
  name: "grpc.health.v1.HealthListRequest",
  fields: [
  ],
  create: (init) => ({ ...init }),
  size(_message) {
    return 0;
  },
  write(_message) {
  },
  read(reader, end) {
    const message = HealthListRequest.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        default:
          reader.skip(key, end, HealthListRequest);
      }
    }
    return message;
  },
});

export interface HealthListEntry {
  key: string;
  value: HealthCheckResponse | undefined;
}
export const HealthListEntry: Codec<HealthListEntry> = codec<HealthListEntry>({
  name: "grpc.health.v1.HealthListEntry",
  fields: [
    { no: 1, name: "key", key: "key", kind: "string", repeated: false, optional: false, big: false },
    { no: 2, name: "value", key: "value", kind: "message", repeated: false, optional: true, big: false, message: () => HealthCheckResponse as Codec<unknown> },
  ],
  create: (init) => ({ key: "", value: undefined, ...init }),
  size(message) {
    let size = 0;
    if (message.key !== "") size += 1 + sizeString(message.key);
    if (message.value !== undefined) size += 1 + sizeDelimited(HealthCheckResponse.size(message.value));
    return size;
  },
  write(message, writer) {
    if (message.key !== "") { writer.uint(10); writer.string(message.key); }
    if (message.value !== undefined) { writer.uint(18); writer.uint(HealthCheckResponse.size(message.value)); HealthCheckResponse.write(message.value, writer); }
  },
  read(reader, end) {
    const message = HealthListEntry.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.key = reader.string(end);
          break;
        case 18:
          message.value = readDelimited(HealthCheckResponse, reader, end);
          break;
        default:
          reader.skip(key, end, HealthListEntry);
      }
    }
    return message;
  },
});

export interface HealthListResponse {
  statuses: HealthListEntry[];
}
export const HealthListResponse: Codec<HealthListResponse> = codec<HealthListResponse>({
  name: "grpc.health.v1.HealthListResponse",
  fields: [
    { no: 1, name: "statuses", key: "statuses", kind: "message", repeated: true, optional: false, big: false, message: () => HealthListEntry as Codec<unknown> },
  ],
  create: (init) => ({ statuses: [], ...init }),
  size(message) {
    let size = 0;
    for (const item of message.statuses) size += 1 + sizeDelimited(HealthListEntry.size(item));
    return size;
  },
  write(message, writer) {
    for (const item of message.statuses) { writer.uint(10); writer.uint(HealthListEntry.size(item)); HealthListEntry.write(item, writer); }
  },
  read(reader, end) {
    const message = HealthListResponse.create();
    while (reader.position < end) {
      const key = reader.uint(end);
      switch (key) {
        case 10:
          message.statuses.push(readDelimited(HealthListEntry, reader, end));
          break;
        default:
          reader.skip(key, end, HealthListResponse);
      }
    }
    return message;
  },
});

export const HealthService = {
  Check: { service: "grpc.health.v1.Health", name: "Check", request: HealthCheckRequest, response: HealthCheckResponse, requestStream: false, responseStream: false } satisfies MethodInfo<HealthCheckRequest, HealthCheckResponse>,
  List: { service: "grpc.health.v1.Health", name: "List", request: HealthListRequest, response: HealthListResponse, requestStream: false, responseStream: false } satisfies MethodInfo<HealthListRequest, HealthListResponse>,
  Watch: { service: "grpc.health.v1.Health", name: "Watch", request: HealthCheckRequest, response: HealthCheckResponse, requestStream: false, responseStream: true } satisfies MethodInfo<HealthCheckRequest, HealthCheckResponse>,
} as const;
