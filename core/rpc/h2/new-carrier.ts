/** The choice between the two carriers. */
import type { Carrier, CarrierOptions } from "../carrier/carrier.ts";
import { NodeHttp2Carrier } from "../carrier/node-http2.ts";
import type { Routes } from "../carrier/route.ts";
import { OwnHttp2Carrier } from "./own-http2.ts";

export type CarrierKind = "own" | "node";

/** QUORUM_LAB_HTTP2=node takes node:http2; anything else is ours. */
export function carrierKind(environment: Readonly<Record<string, string | undefined>>): CarrierKind {
  return environment["QUORUM_LAB_HTTP2"] === "node" ? "node" : "own";
}

export function newCarrier(kind: CarrierKind, routes: Routes, options: CarrierOptions): Carrier {
  return kind === "node" ? new NodeHttp2Carrier(routes, options) : new OwnHttp2Carrier(routes, options);
}
