/**
 * The first members of a cluster from DNS SRV records (client/pkg/srv, server/embed/config.go): `_etcd-server-ssl._tcp.DOMAIN`
 * and `_etcd-server._tcp.DOMAIN`, both counted together. A record that resolves to an address that this member advertises
 * is this member; the others get numbers as names.
 */
import { lookup, resolveSrv } from "node:dns/promises";
import type { AddressBook } from "../../platform/address-book.ts";
import { addressOf } from "./values.ts";
import type { ZapLog } from "./log.ts";

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Both reject where there is no such name. */
export interface SrvResolver {
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** @returns one address, IPv4 before IPv6 */
  address(host: string): Promise<string>;
}

/** The system's DNS. */
export function systemResolver(book: AddressBook): SrvResolver {
  return {
    srv: resolveSrv,
    async address(host) {
      const name = book.resolve({ host, port: 0 }).host;
      const { address } = await lookup(name, { family: 4 }).catch(() => lookup(name));
      return address;
    },
  };
}

export interface SrvQuestion {
  readonly domain: string;
  /** `--discovery-srv-name`; "": none */
  readonly serviceName: string;
  /** of this member */
  readonly name: string;
  readonly advertisePeerUrls: readonly string[];
}

/** Neither kind of record names any member. */
export class SrvError extends Error {
  override readonly name = "SrvError";
}

/** @returns `name=url` of each member. @throws SrvError */
export async function clusterFromSrv(question: SrvQuestion, resolver: SrvResolver, log: ZapLog): Promise<string[]> {
  const suffix = question.serviceName === "" ? "" : `-${question.serviceName}`;
  const found: string[] = [];
  const failures: string[] = [];
  for (const [scheme, base] of [["https", "etcd-server-ssl"], ["http", "etcd-server"]] as const) {
    const service = `${base}${suffix}`;
    let members: string[] = [];
    let error: string | undefined;
    try {
      members = await membersOf(question, scheme, service, resolver);
      found.push(...members);
    } catch (failure) {
      error = (failure as Error).message;
      failures.push(error);
    }
    log.info(`get cluster for ${base} SRV`, {
      "service-scheme": scheme,
      "service-name": service,
      "server-name": question.name,
      "discovery-srv": question.domain,
      "advertise-peer-urls": question.advertisePeerUrls,
      "found-cluster": members,
      ...(error === undefined ? {} : { error }),
    });
  }
  if (failures.length > 0) log.warn("failed to resolve during SRV discovery", { error: failures.join("\n") });
  if (found.length === 0) throw new SrvError(failures.join("\n"));
  for (const node of found) log.info("got bootstrap from DNS for etcd-server", { node });
  return found;
}

async function membersOf(question: SrvQuestion, scheme: string, service: string, resolver: SrvResolver): Promise<string[]> {
  const failed = (reason: string): SrvError => new SrvError(`error querying DNS SRV records for _${service} ${reason}`);
  const own = new Map<string, string>();
  for (const url of question.advertisePeerUrls) {
    const { host, port } = addressOf(url);
    own.set(await addressText(resolver, host, port), url);
  }
  let records: readonly SrvRecord[];
  try {
    records = await resolver.srv(`_${service}._tcp.${question.domain}`);
  } catch (error) {
    throw failed(lookupFailure(`_${service}._tcp.${question.domain}`, error as NodeJS.ErrnoException));
  }
  const members: string[] = [];
  let reason: string | undefined;
  let unnamed = 0;
  for (const { name: target, port } of [...records].sort((a, b) => a.priority - b.priority)) {
    const host = target.replace(/\.$/, "");
    let url: string | undefined;
    try {
      url = own.get(await addressText(resolver, host, port));
    } catch (error) {
      reason = (error as Error).message;
      continue;
    }
    const name = url === undefined ? String(unnamed++) : question.name;
    const written = `${scheme}://${host}:${port}`;
    if (url !== undefined && !url.startsWith(`${scheme}:`)) {
      reason = `bootstrap at ${written} from DNS for ${service} has scheme mismatch with expected peer ${url}`;
    } else {
      members.push(`${name}=${written}`);
    }
  }
  if (members.length === 0 && reason !== undefined) throw failed(reason);
  return members;
}

async function addressText(resolver: SrvResolver, host: string, port: number): Promise<string> {
  if (/^[\d.]+$|:/.test(host)) return `${host}:${port}`;
  try {
    return `${await resolver.address(host)}:${port}`;
  } catch (error) {
    throw new SrvError(lookupFailure(host, error as NodeJS.ErrnoException), { cause: error });
  }
}

/** Go's words. */
function lookupFailure(name: string, error: NodeJS.ErrnoException): string {
  const reasons: Readonly<Record<string, string>> = { ENOTFOUND: "no such host", ENODATA: "no such host", ESERVFAIL: "server misbehaving", EREFUSED: "server misbehaving", ETIMEOUT: "i/o timeout", ECONNREFUSED: "connection refused" };
  return `lookup ${name}: ${reasons[error.code ?? ""] ?? error.message}`;
}
