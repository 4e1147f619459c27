/** grpc.health.v1.Health: the one service "" is SERVING (etcd server/etcdserver/api/v3rpc/health.go). */
import { Code, StatusError } from "../../proto/errors.ts";
import { HealthCheckResponse_ServingStatus as Status, HealthService } from "../../proto/gen/health.ts";
import type { Log } from "../../server/log.ts";
import type { ServiceBuilder } from "../service-builder.ts";
import type { DefragListener } from "./maintenance.ts";

/** @param stopOnDefrag feature gate StopGRPCServiceOnDefrag: NOT_SERVING while the database is defragmented */
export function addHealth(builder: ServiceBuilder, stopOnDefrag: boolean, log: Log): DefragListener {
  const watchers = new Set<() => void>();
  let serving: number = Status.SERVING;
  const become = (status: number, reason: Readonly<Record<string, string>>): void => {
    serving = status;
    const name = status === Status.SERVING ? "SERVING" : "NOT_SERVING";
    log[status === Status.SERVING ? "info" : "warn"]("grpc service status changed", { service: "", status: name, ...reason });
    for (const wake of watchers) wake();
  };

  builder.unary(HealthService.Check, (request) => {
    if (request.service !== "") throw new StatusError(Code.NotFound, "unknown service");
    return { status: serving };
  });
  builder.unary(HealthService.List, () => ({ statuses: [{ key: "", value: { status: serving } }] }));
  builder.serverStream(HealthService.Watch, async (request, send, context) => {
    const { signal } = context;
    let told: number | undefined;
    while (!signal.aborted) {
      const current = request.service === "" ? serving : Status.SERVICE_UNKNOWN;
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
    throw new StatusError(Code.Canceled, "Stream has ended.");
  });
  become(Status.SERVING, {});
  return {
    started: () => {
      if (stopOnDefrag) become(Status.NOT_SERVING, { reason: "defrag is active" });
    },
    finished: () => become(Status.SERVING, {}),
  };
}
