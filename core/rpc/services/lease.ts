/** etcdserverpb.Lease (etcd server/etcdserver/api/v3rpc/lease.go). */
import { EtcdError } from "../../proto/errors.ts";
import { LeaseLeasesResponse, LeaseService, LeaseTimeToLiveResponse } from "../../proto/gen/etcdserverpb.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import { fillHeader, headerAt } from "./header.ts";

function isLeaseNotFound(error: unknown): boolean {
  return error instanceof EtcdError && error.reason === "LeaseNotFound";
}

export function addLease(builder: ServiceBuilder): void {
  const { server } = builder;
  builder.unary(LeaseService.LeaseGrant, async (request, context) => fillHeader(server, await server.leaseGrant(request, context)));
  builder.unary(LeaseService.LeaseRevoke, async (request, context) => fillHeader(server, await server.leaseRevoke(request, context)));
  builder.unary(LeaseService.LeaseTimeToLive, async (request, context) => {
    try {
      return fillHeader(server, await server.leaseTimeToLive(request, context));
    } catch (error) {
      if (!isLeaseNotFound(error)) throw error;
      return fillHeader(server, LeaseTimeToLiveResponse.create({ ID: request.ID, TTL: -1 }));
    }
  });
  builder.unary(LeaseService.LeaseLeases, async (request, context) => {
    try {
      return fillHeader(server, await server.leaseLeases(request, context));
    } catch (error) {
      if (!isLeaseNotFound(error)) throw error;
      return fillHeader(server, LeaseLeasesResponse.create());
    }
  });
  builder.bidirectional(LeaseService.LeaseKeepAlive, async (stream, context) => {
    for await (const request of stream.requests) {
      // the header is of before the renewal: a client must not see a lease kept alive at a revision that revoked it
      const header = headerAt(server, server.revision());
      let ttl: number;
      try {
        ttl = await server.leaseRenew(request.ID, context);
      } catch (error) {
        if (!isLeaseNotFound(error)) throw error;
        ttl = 0;
      }
      await stream.send({ header, ID: request.ID, TTL: ttl });
    }
  });
}
