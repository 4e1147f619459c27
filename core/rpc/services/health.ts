/** grpc.health.v1.Health: the one service "" is SERVING (etcd server/etcdserver/api/v3rpc/health.go). */
import { Code, StatusError } from "../../proto/errors.ts";
import { HealthCheckResponse_ServingStatus as Status, HealthService } from "../../proto/gen/health.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import type { DefragListener } from "./maintenance.ts";

/** @param stopOnDefrag feature gate StopGRPCServiceOnDefrag: NOT_SERVING while the database is defragmented */
export function addHealth(builder: ServiceBuilder, stopOnDefrag: boolean): DefragListener {
  let defragmenting = 0;
  const watchers = new Set<() => void>();
  const status = (): number => (stopOnDefrag && defragmenting > 0 ? Status.NOT_SERVING : Status.SERVING);
  const changed = (by: number): void => {
    defragmenting += by;
    for (const wake of watchers) wake();
  };

  builder.unary(HealthService.Check, (request) => {
    if (request.service !== "") throw new StatusError(Code.NotFound, "unknown service");
    return { status: status() };
  });
  builder.serverStream(HealthService.Watch, async (request, send, context) => {
    const { signal } = context;
    let told: number | undefined;
    while (!signal.aborted) {
      const current = request.service === "" ? status() : Status.SERVICE_UNKNOWN;
      if (current !== told) {
        told = current;
        await send({ status: current });
        continue;
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          watchers.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        watchers.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
  });
  return { started: () => changed(1), finished: () => changed(-1) };
}
