/**
 * `etcd gateway start`: a TCP proxy that hands connections round the endpoints that answer (etcd server/etcdmain/gateway.go,
 * server/proxy/tcpproxy). It looks at no byte, so TLS passes through.
 */
import { lookup } from "node:dns/promises";
import { connect, createServer, isIP, type Socket } from "node:net";
import type { AddressBook } from "../../../platform/address-book.ts";
import { formatDuration } from "../../go/duration.ts";
import type { FlagDefinition } from "../../cobra/flags.ts";
import type { ZapLog } from "../log.ts";
import { notifySystemd } from "../notify-systemd.ts";
import { systemResolver } from "../srv-discovery.ts";
import { type ProxyCommand, ProxyFailure } from "./proxy-command.ts";
import { srvClients } from "./srv-clients.ts";

const flags: readonly FlagDefinition[] = [
  { name: "listen-addr", kind: "string", default: "127.0.0.1:23790", usage: "address to listen on" },
  { name: "endpoints", kind: "strings", default: "127.0.0.1:2379", usage: "members to hand connections to, comma separated" },
  { name: "retry-delay", kind: "duration", default: "1m0s", usage: "how long an endpoint that failed is left alone" },
  { name: "trusted-ca-file", kind: "string", default: "", usage: "authority of members that --discovery-srv finds" },
  { name: "insecure-discovery", kind: "bool", default: "false", usage: "take members without TLS that --discovery-srv finds" },
  { name: "discovery-srv", kind: "string", default: "", usage: "DNS domain whose SRV records name the members" },
  { name: "discovery-srv-name", kind: "string", default: "", usage: "word behind the service names asked for, after a dash" },
];

/** etcd's pause where none is given. */
const RETRY_MS = 5 * 60_000;

/** One end to hand connections to; priority and weight are those of an SRV record. */
export interface GatewayEndpoint {
  readonly host: string;
  readonly port: number;
  /** the lower the sooner; absent: 0 */
  readonly priority?: number;
  /** share among those of one priority; absent or 0: they take turns */
  readonly weight?: number;
}

interface Remote extends Required<GatewayEndpoint> {
  readonly address: string;
  active: boolean;
}

function joined(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** "http://a:1" or "a:1". @returns undefined where it is no host and port */
function parseAddress(text: string): { host: string; port: number } | undefined {
  const plain = text.trim().replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "");
  const match = /^(\[[^\]]+\]|[^:]*):(\d{1,5})$/.exec(plain);
  if (match === null || Number(match[2]) > 65535) return undefined;
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port: Number(match[2]) };
}

export class Gateway {
  private readonly remotes: readonly Remote[];
  private readonly retryMs: number;
  private readonly monitor: NodeJS.Timeout;
  private next = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.take(socket));

  /** @param book where endpoints are dialled */
  constructor(
    endpoints: readonly GatewayEndpoint[],
    retryDelayMs: number,
    private readonly book: AddressBook,
    private readonly log: ZapLog,
  ) {
    this.remotes = endpoints.map(({ host, port, priority = 0, weight = 0 }) => ({ host, port, priority, weight, address: joined(host, port), active: true }));
    this.retryMs = retryDelayMs > 0 ? retryDelayMs : RETRY_MS;
    this.monitor = setInterval(() => this.lookAgain(), this.retryMs);
    this.monitor.unref();
  }

  /** @returns the port that it listens on. @throws the system's error */
  listen(address: { readonly host: string; readonly port: number }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(address.port, address.host === "" ? undefined : address.host, () => resolve((this.server.address() as { port: number }).port));
    });
  }

  close(): void {
    clearInterval(this.monitor);
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** The next one of the best priority that answers: by weight where there are weights, else in turn. */
  private pick(): Remote | undefined {
    const active = this.remotes.filter((remote) => remote.active);
    const best = active.filter(({ priority }) => priority === Math.min(...active.map((one) => one.priority)));
    const weighted = best.filter(({ weight }) => weight > 0);
    const unweighted = best.filter(({ weight }) => weight === 0);
    // among weights, those without get a very small share
    const turn = weighted.length === 0 || (unweighted.length > 0 && Math.random() < 0.01);
    if (turn) return unweighted[this.next++ % Math.max(1, unweighted.length)];
    let chosen = Math.random() * weighted.reduce((sum, { weight }) => sum + weight, 0);
    return weighted.find(({ weight }) => (chosen -= weight) < 0) ?? weighted.at(-1);
  }

  private dial({ host, port }: Remote): Socket {
    return connect({ ...this.book.resolve({ host: host === "" ? "127.0.0.1" : host, port }), noDelay: true });
  }

  /** Those that failed, once more. */
  private lookAgain(): void {
    const interval = formatDuration(this.retryMs * 1e6);
    for (const remote of this.remotes) {
      if (remote.active) continue;
      const socket = this.dial(remote);
      this.keep(socket);
      socket.once("error", (error) => this.log.warn("failed to activate endpoint (stay inactive for another interval)", { address: remote.address, interval, error }));
      socket.once("connect", () => {
        socket.destroy();
        remote.active = true;
        this.log.info("activated", { address: remote.address });
      });
    }
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
  }

  private take(incoming: Socket): void {
    this.keep(incoming);
    incoming.on("error", () => incoming.destroy());
    const attempt = (): void => {
      const remote = this.pick();
      if (remote === undefined || incoming.destroyed) {
        incoming.destroy();
        return;
      }
      const outgoing = this.dial(remote);
      const failed = (error: Error): void => {
        outgoing.destroy();
        remote.active = false;
        this.log.warn("deactivated endpoint", { address: remote.address, interval: formatDuration(this.retryMs * 1e6), error });
        attempt();
      };
      outgoing.once("error", failed);
      outgoing.once("connect", () => {
        outgoing.removeListener("error", failed);
        this.keep(outgoing);
        outgoing.on("error", () => incoming.destroy());
        incoming.pipe(outgoing).pipe(incoming);
        incoming.once("close", () => outgoing.destroy());
        outgoing.once("close", () => incoming.destroy());
      });
    };
    attempt();
  }
}

/** @param argv for the log: the whole command line */
export function gatewayCommand(argv: readonly string[], env: Readonly<Record<string, string | undefined>>, book: AddressBook, log: ZapLog): ProxyCommand {
  return {
    name: "gateway",
    short: "a proxy for TCP connections to members",
    startShort: "start the gateway",
    flags,
    async start(given) {
      log.info("Running: ", { args: argv });
      const question = { domain: given.string("discovery-srv"), serviceName: given.string("discovery-srv-name"), caFile: given.string("trusted-ca-file"), insecure: given.bool("insecure-discovery") };
      const found = await srvClients(question, systemResolver(book), book, log);
      const endpoints: readonly GatewayEndpoint[] =
        found.length > 0
          ? found.map(({ name, port, priority, weight }) => ({ host: name.replace(/\.$/, ""), port, priority, weight }))
          : given.strings("endpoints").map((text) => {
              const address = parseAddress(text);
              if (address === undefined) throw new ProxyFailure(`error parsing endpoint ${JSON.stringify(text)}`);
              return address;
            });
      const listen = parseAddress(given.string("listen-addr"));
      if (listen === undefined) throw new ProxyFailure(`failed to validate listen address: ${given.string("listen-addr")}`);
      await mustNotMeetItself(listen, endpoints, given.string("listen-addr"), book);
      if (endpoints.length === 0) throw new ProxyFailure("no endpoints found");
      const gateway = new Gateway(endpoints, given.durationMs("retry-delay"), book, log);
      try {
        await gateway.listen(book.resolve(listen));
      } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? "address already in use" : (error as Error).message;
        throw new ProxyFailure(`listen tcp ${joined(listen.host, listen.port)}: bind: ${reason}`, { cause: error });
      }
      await notifySystemd(env, log);
      log.info("ready to proxy client requests", { endpoints: endpoints.map(({ host, port }) => joined(host, port)) });
      // until a signal ends the process
      await new Promise<never>(() => undefined);
    },
  };
}

/** @throws ProxyFailure where an endpoint is the gateway's own address, or has none */
async function mustNotMeetItself(listen: GatewayEndpoint, endpoints: readonly GatewayEndpoint[], written: string, book: AddressBook): Promise<void> {
  const own = await addressesOf(listen.host, book, "failed to resolve listen host");
  for (const { host, port } of endpoints) {
    const addresses = await addressesOf(host, book, "failed to resolve endpoint host");
    const same = port === listen.port ? addresses.find((address) => own.includes(address)) : undefined;
    if (same !== undefined) throw new ProxyFailure(`SRV or endpoint (${host}:${port}->${same}:${port}) should not resolve to the gateway listen addr (${written})`);
  }
}

async function addressesOf(host: string, book: AddressBook, failure: string): Promise<readonly string[]> {
  const name = book.resolve({ host, port: 0 }).host;
  if (isIP(name) !== 0) return [name];
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new ProxyFailure(`${failure}: ${host}`, { cause: error });
  }
}
