/** --discovery-srv: endpoints from DNS, `_etcd-client-ssl._tcp` and `_etcd-client._tcp` of a domain (client/pkg/srv). */
import { getServers, resolveSrv } from "node:dns/promises";
import { Exit, ExitError } from "../cobra/command.ts";
import type { ProgramIo } from "../program.ts";

interface DiscoveryFlags {
  string(name: string): string;
  bool(name: string): boolean;
}

/** @returns undefined where no domain is given, or it names none that may be used. @throws ExitError with Go's words */
export async function discoveredEndpoints(flags: DiscoveryFlags, io: Pick<ProgramIo, "stderr">, lookup?: typeof resolveSrv): Promise<readonly string[] | undefined> {
  const domain = flags.string("discovery-srv");
  if (domain === "") return undefined;
  const ask = lookup ?? resolveSrv;
  const suffix = flags.string("discovery-srv-name") === "" ? "" : `-${flags.string("discovery-srv-name")}`;
  const endpoints: string[] = [];
  const failures: string[] = [];
  for (const [scheme, service] of [
    ["https", `etcd-client-ssl${suffix}`],
    ["http", `etcd-client${suffix}`],
  ] as const) {
    const name = `_${service}._tcp.${domain}`;
    try {
      const records = await ask(name);
      // as Go sorts them, without the draw among equal priorities: an order that can be told again
      records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
      endpoints.push(...records.map((record) => `${scheme}://${record.name.replace(/\.$/, "")}:${record.port}`));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const server = getServers()[0] ?? "127.0.0.1";
      failures.push(`lookup ${name} on ${server.includes(":") ? server : `${server}:53`}: ${code === "ENOTFOUND" || code === "ENODATA" ? "no such host" : (error as Error).message}`);
    }
  }
  if (failures.length === 2) throw new ExitError(Exit.Error, `dns lookup errors: ${failures.join(" and ")}`);
  if (flags.bool("insecure-discovery")) return endpoints.length === 0 ? undefined : endpoints;
  const secure: string[] = [];
  for (const endpoint of endpoints) {
    if (endpoint.startsWith("https://")) secure.push(endpoint);
    else io.stderr.write(`ignoring discovered insecure endpoint ${JSON.stringify(endpoint)}\n`);
  }
  return secure.length === 0 ? undefined : secure;
}
