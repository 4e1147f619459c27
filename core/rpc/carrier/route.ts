/** A method's handler and its counters: what a call needs to know, found by one look-up. Shared by all carriers. */
import type { Handler, ServiceTable } from "../service.ts";
import { MethodCounters } from "./method-counters.ts";

export interface Route {
  readonly handler: Handler;
  readonly counters: MethodCounters;
}

/** Routes by path, "/etcdserverpb.KV/Put". */
export type Routes = ReadonlyMap<string, Route>;

export function routesOf(table: ServiceTable): Routes {
  return new Map([...table].map(([path, handler]) => [path, { handler, counters: new MethodCounters(path, handler.kind) }]));
}
