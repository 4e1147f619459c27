/** `--discovery-srv` of the proxies: where members serve clients, by DNS (etcd client/pkg/srv: GetClient; server/etcdmain/util.go). */
import { connect } from "node:net";
import { getServers } from "node:dns";
import type { AddressBook } from "../../../platform/address-book.ts";
import { readAuthorities, TlsError } from "../../../tls/tls-info.ts";
import type { ZapLog } from "../log.ts";
import type { SrvRecord, SrvResolver } from "../srv-discovery.ts";
import { ProxyFailure } from "./proxy-command.ts";

export interface SrvQuestion {
  /** "": nothing is asked */
  readonly domain: string;
  readonly serviceName: string;
  /** authority that is checked to be readable before endpoints are dialled; "": none */
  readonly caFile: string;
  /** endpoints without TLS are taken too, and none is dialled */
  readonly insecure: boolean;
}

export interface SrvClient extends SrvRecord {
  /** "https://HOST:PORT" */
  readonly endpoint: string;
}

const DIAL_MS = 5000;

/** @returns none where no domain is given, or none of its endpoints can be used. @throws ProxyFailure in Go's words */
export async function srvClients(question: SrvQuestion, resolver: Pick<SrvResolver, "srv">, book: AddressBook, log: ZapLog): Promise<readonly SrvClient[]> {
  const { domain } = question;
  if (domain === "") return [];
  const found = await lookup(question, resolver);
  const endpoints = found.map(({ endpoint }) => endpoint);
  log.info("discovered cluster from SRV", { "srv-server": domain, endpoints });
  if (question.insecure) return found;
  log.info("validating discovered SRV endpoints", { "srv-server": domain, endpoints });
  const problems: string[] = [];
  const good: SrvClient[] = [];
  const unreadable = problemOf(question.caFile);
  if (unreadable !== undefined) problems.push(unreadable);
  else {
    for (const client of found) {
      const problem = client.endpoint.startsWith("https://") ? await dialFails(client, book) : "is insecure";
      if (problem === undefined) good.push(client);
      else problems.push(`${JSON.stringify(client.endpoint)} ${problem}`);
    }
  }
  const outcome = { "srv-server": domain, endpoints: good.map(({ endpoint }) => endpoint) };
  if (problems.length > 0) log.warn("failed to validate discovered endpoints", { ...outcome, error: problems.join(",") });
  else log.info("using validated discovered SRV endpoints", outcome);
  return good;
}

async function lookup({ domain, serviceName }: SrvQuestion, resolver: Pick<SrvResolver, "srv">): Promise<SrvClient[]> {
  const suffix = serviceName === "" ? "" : `-${serviceName}`;
  const found: SrvClient[] = [];
  const failures: string[] = [];
  for (const [scheme, service] of [
    ["https", `etcd-client-ssl${suffix}`],
    ["http", `etcd-client${suffix}`],
  ] as const) {
    const name = `_${service}._tcp.${domain}`;
    try {
      const records = [...(await resolver.srv(name))].sort((a, b) => a.priority - b.priority || b.weight - a.weight);
      found.push(...records.map((record) => ({ ...record, endpoint: `${scheme}://${record.name.replace(/\.$/, "")}:${record.port}` })));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const server = getServers()[0] ?? "127.0.0.1";
      failures.push(`lookup ${name} on ${server.includes(":") ? server : `${server}:53`}: ${code === "ENOTFOUND" || code === "ENODATA" ? "no such host" : (error as Error).message}`);
    }
  }
  if (failures.length === 2) throw new ProxyFailure(`dns lookup errors: ${failures.join(" and ")}`);
  return found;
}

function problemOf(caFile: string): string | undefined {
  if (caFile === "") return undefined;
  try {
    readAuthorities(caFile);
    return undefined;
  } catch (error) {
    if (error instanceof TlsError) return error.message;
    throw error;
  }
}

/** etcd dials and hangs up: it speaks no TLS here. */
function dialFails({ name, port }: SrvClient, book: AddressBook): Promise<string | undefined> {
  const host = name.replace(/\.$/, "");
  return new Promise((resolve) => {
    const socket = connect({ ...book.resolve({ host, port }), timeout: DIAL_MS });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end(`failed to dial (dial tcp ${host}:${port}: i/o timeout)`));
    socket.once("error", (error: NodeJS.ErrnoException) => end(`failed to dial (dial tcp ${host}:${port}: ${error.code === "ECONNREFUSED" ? "connect: connection refused" : error.message})`));
  });
}
