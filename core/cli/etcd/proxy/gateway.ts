/**
 * `etcd gateway start`: a TCP proxy that hands connections round the endpoints that answer (etcd server/etcdmain/gateway.go,
 * server/proxy/tcpproxy). It looks at no byte, so TLS passes through.
 */
import { connect, createServer, type Socket } from "node:net";
import { FlagError, FlagSet, type FlagDefinition } from "../../cobra/flags.ts";
import type { ZapLog } from "../log.ts";

const flagsOfStart: readonly FlagDefinition[] = [
  { name: "listen-addr", kind: "string", default: "127.0.0.1:23790", usage: "listen address" },
  { name: "endpoints", kind: "strings", default: "127.0.0.1:2379", usage: "comma separated etcd cluster endpoints" },
  { name: "retry-delay", kind: "duration", default: "1m0s", usage: "how long an endpoint that failed is left alone" },
  { name: "trusted-ca-file", kind: "string", default: "", usage: "authority that endpoints found by --discovery-srv are checked against" },
  { name: "insecure-discovery", kind: "bool", default: "false", usage: "accept insecure SRV records" },
  { name: "discovery-srv", kind: "string", default: "", usage: "domain of SRV records; refused here" },
  { name: "discovery-srv-name", kind: "string", default: "", usage: "service name in SRV records" },
];

interface Remote {
  readonly host: string;
  readonly port: number;
  readonly address: string;
  /** performance.now() before which it is not tried, unless all are down */
  restsUntil: number;
}

/** "http://a:1", "a:1" or ":1". @throws FlagError */
function parseAddress(text: string): { host: string; port: number; address: string } {
  const plain = text.trim().replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "");
  const match = /^(\[[^\]]+\]|[^:]*):(\d{1,5})$/.exec(plain);
  if (match === null || Number(match[2]) > 65535) throw new FlagError(`address ${JSON.stringify(text)} is not host:port`);
  return { host: match[1]!.replace(/^\[|\]$/g, "") || "127.0.0.1", port: Number(match[2]), address: plain };
}

export class Gateway {
  private readonly remotes: readonly Remote[];
  private next = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.take(socket));

  constructor(
    endpoints: readonly string[],
    private readonly retryDelayMs: number,
    private readonly log: ZapLog,
  ) {
    this.remotes = endpoints.map((endpoint) => ({ ...parseAddress(endpoint), restsUntil: 0 }));
    if (this.remotes.length === 0) throw new FlagError("no endpoints found");
  }

  /** @returns the port that it listens on */
  listen(listenAddress: string): Promise<number> {
    const { host, port } = parseAddress(listenAddress);
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, host, () => resolve((this.server.address() as { port: number }).port));
    });
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** Each remote once, in turn; those at rest last. */
  private order(): Remote[] {
    const turn = this.remotes.map((_, index) => this.remotes[(this.next + index) % this.remotes.length]!);
    this.next = (this.next + 1) % this.remotes.length;
    const now = performance.now();
    return [...turn.filter((remote) => remote.restsUntil <= now), ...turn.filter((remote) => remote.restsUntil > now)];
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
  }

  private take(incoming: Socket): void {
    this.keep(incoming);
    incoming.on("error", () => incoming.destroy());
    const candidates = this.order();
    const attempt = (): void => {
      const remote = candidates.shift();
      if (remote === undefined || incoming.destroyed) {
        incoming.destroy();
        return;
      }
      const outgoing = connect({ host: remote.host, port: remote.port, noDelay: true });
      const failed = (error: Error): void => {
        outgoing.destroy();
        remote.restsUntil = performance.now() + this.retryDelayMs;
        this.log.warn("deactivated endpoint", { address: remote.address, interval: `${this.retryDelayMs / 1000}s`, error: error.message });
        attempt();
      };
      outgoing.once("error", failed);
      outgoing.once("connect", () => {
        outgoing.removeListener("error", failed);
        remote.restsUntil = 0;
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

const usage = (): string =>
  `etcd gateway related command\n\nUsage:\n  etcd gateway start [flags]\n\nFlags:\n${flagsOfStart.map((flag) => `      --${flag.name.padEnd(22)}${flag.usage} (default ${JSON.stringify(flag.default)})\n`).join("")}`;

/** @param argv what follows `gateway`. @returns exit code, once it was told to stop */
export async function runGateway(argv: readonly string[], log: ZapLog, stop: AbortSignal): Promise<number> {
  const [command, ...rest] = argv;
  if (command !== "start") {
    process.stdout.write(usage());
    return 0;
  }
  try {
    const flags = new FlagSet(flagsOfStart);
    if (flags.parse(rest).help) {
      process.stdout.write(usage());
      return 0;
    }
    if (flags.string("discovery-srv") !== "") throw new FlagError("--discovery-srv is not part of this gateway; give --endpoints");
    if (flags.durationMs("retry-delay") < 0) throw new FlagError("negative retry-delay");
    const gateway = new Gateway(flags.strings("endpoints"), flags.durationMs("retry-delay"), log);
    await gateway.listen(flags.string("listen-addr"));
    log.info("ready to proxy client requests", { endpoints: flags.strings("endpoints") });
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
    gateway.close();
    return 0;
  } catch (error) {
    if (!(error instanceof FlagError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}
