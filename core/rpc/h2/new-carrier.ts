/** The choice between the two carriers. */
import type { Carrier, CarrierOptions } from "../carrier/carrier.ts";
import type { Routes } from "../carrier/route.ts";
import { OwnHttp2Carrier } from "./own-http2.ts";

export type CarrierKind = "own" | "node";

/** QUORUM_LAB_HTTP2=node takes node:http2; anything else is ours. */
export function carrierKind(environment: Readonly<Record<string, string | undefined>>): CarrierKind {
  return environment["QUORUM_LAB_HTTP2"] === "node" ? "node" : "own";
}

/**
 * GODEBUG=http2debug=2 writes each header field that was read to stderr, in the line that Go's HTTP/2 writes: people (and etcd's own tests)
 * look at `:authority` with it.
 */
export function headerTrace(environment: Readonly<Record<string, string | undefined>>): Pick<CarrierOptions, "onHeaderField"> {
  if (!(environment["GODEBUG"] ?? "").split(",").includes("http2debug=2")) return {};
  return {
    onHeaderField(name, value) {
      const at = new Date().toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
      process.stderr.write(`${at} http2: decoded hpack field header field ${JSON.stringify(name)} = ${JSON.stringify(value)}\n`);
    },
  };
}

/** node:http2 is loaded only where it is asked for: it costs a member's start some milliseconds. */
export async function newCarrier(kind: CarrierKind, routes: Routes, options: CarrierOptions): Promise<Carrier> {
  if (kind === "own") return new OwnHttp2Carrier(routes, options);
  const { NodeHttp2Carrier } = await import("../carrier/node-http2.ts");
  return new NodeHttp2Carrier(routes, options);
}
