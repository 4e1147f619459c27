/**
 * The listeners of a member's client URLs (embed/etcd.go, configureClientListeners). They are bound before the member starts,
 * so that an address in use is told at once; whoever connects meanwhile waits. URLs of one address share a port, and may
 * be plaintext, TLS, or one of each.
 */
import { rmSync } from "node:fs";
import type { Socket } from "node:net";
import { type AddressBook, plainAddressBook } from "../platform/address-book.ts";
import { type Log, silentLog } from "../server/log.ts";
import { rejectionLine } from "../tls/rejection-fields.ts";
import { TlsGate } from "../tls/tls-gate.ts";
import { type TlsInfo, TlsError, isEmpty } from "../tls/tls-info.ts";
import { ClientPort } from "./client-port.ts";
import { type ListenTarget, listenTarget } from "./listen-url.ts";

export type Traffic = "grpc" | "http" | "grpc+http" | "metrics";

export interface ClientListenOptions {
  readonly listenUrls: readonly string[];
  /** listen-client-http-urls: HTTP/1.1 moves there and `listenUrls` speak gRPC alone */
  readonly listenHttpUrls?: readonly string[];
  /** for https and unixs URLs */
  readonly tls?: TlsInfo;
  readonly addressBook?: AddressBook;
  readonly log?: Log;
  /** other processes may listen on the same ports (SO_REUSEPORT); Node.js can since 23.1 */
  readonly reusePort?: boolean;
}

type SocketHandlers = Readonly<Record<"http2" | "http1", (socket: Socket) => void>>;

export class ClientListener {
  private handlers: SocketHandlers = { http2: (socket) => socket.destroy(), http1: (socket) => socket.destroy() };
  private readonly port: ClientPort;
  plain: boolean;
  secure: boolean;

  private constructor(
    private readonly target: ListenTarget,
    readonly traffic: Traffic,
    targets: readonly ListenTarget[],
    options: ClientListenOptions,
  ) {
    this.plain = targets.some(({ secure }) => !secure);
    this.secure = targets.some(({ secure }) => secure);
    const { tls } = options;
    const log = options.log ?? silentLog;
    const gate = (accepted: (socket: Socket) => void): TlsGate =>
      new TlsGate({
        info: tls!,
        checkSan: traffic === "metrics",
        protocols: PROTOCOLS[traffic],
        accepted,
        rejected: (rejection) => {
          const { level, fields } = rejectionLine(rejection);
          log[level]("rejected connection on client endpoint", fields);
        },
        unreadable: (error) => log.warn("failed to create peer certificate", { "cert-file": tls!.certFile, "key-file": tls!.keyFile, error }),
      });
    this.port = new ClientPort(
      { http2: (socket) => this.handlers.http2(socket), http1: (socket) => this.handlers.http1(socket) },
      { plain: this.plain, ...(this.secure ? { gate } : {}), held: true },
    );
  }

  /** @throws TlsError, or the system's error in Go's words with its code */
  static async bind(traffic: Traffic, targets: readonly ListenTarget[], options: ClientListenOptions): Promise<ClientListener> {
    const listener = new ClientListener(targets[0]!, traffic, targets, options);
    const { at } = listener.target;
    // what an earlier life has left there would be in the way
    if ("path" in at) rmSync(at.path, { force: true });
    try {
      await listener.port.listen("path" in at || options.reusePort !== true ? at : { ...at, reusePort: true });
    } catch (error) {
      throw bindError(error as NodeJS.ErrnoException, listener.target);
    }
    return listener;
  }

  /** host:port with the port that was given out, or the socket's path */
  get address(): string {
    const { at } = this.target;
    if ("path" in at) return at.path;
    return `${at.host.includes(":") ? `[${at.host}]` : at.host}:${this.port.port}`;
  }

  /** From now on connections are served, those that waited first. */
  serve(handlers: SocketHandlers): void {
    this.handlers = handlers;
    this.port.release();
  }

  close(): Promise<void> {
    return this.port.close();
  }
}

/** What ALPN may choose, the preferred one first. */
const PROTOCOLS: Readonly<Record<Traffic, readonly string[]>> = { "grpc+http": ["h2", "http/1.1"], grpc: ["h2"], http: ["http/1.1"], metrics: ["http/1.1"] };

/** @throws Error with etcd's or Go's words; nothing is left listening then */
export async function bindClients(options: ClientListenOptions): Promise<ClientListener[]> {
  const { listenUrls, listenHttpUrls = [], tls } = options;
  const log = options.log ?? silentLog;
  const haveTls = tls !== undefined && !isEmpty(tls);
  const book = options.addressBook ?? plainAddressBook;
  const all = [...listenUrls, ...listenHttpUrls].map((url) => ({ url, target: listenTarget(url, book) }));
  for (const { url, target } of all) {
    if (target.secure && !haveTls) throw new TlsError(`TLS key/cert (--cert-file, --key-file) must be provided for client url ${url} with HTTPS scheme`);
    if (target.secure) continue;
    if (haveTls) log.warn("scheme is http or unix while key and cert files are present; ignoring key and cert files", { "client-url": url });
    if (tls?.clientCertAuth === true) log.warn("scheme is http or unix while --client-cert-auth is enabled; ignoring client cert auth for this URL", { "client-url": url });
  }
  const byAddress = new Map<string, { readonly httpOnly: boolean; readonly targets: ListenTarget[] }>();
  for (const [at, { url, target }] of all.entries()) {
    const httpOnly = at >= listenUrls.length;
    // a port of 0 is another port each time
    const address = /:0$/.test(target.written) ? `${target.written} ${at}` : target.written;
    const same = byAddress.get(address);
    if (same !== undefined && httpOnly && !same.httpOnly) throw new TlsError(`cannot bind both --listen-client-urls and --listen-client-http-urls on the same url ${url}`);
    if (same === undefined) byAddress.set(address, { httpOnly, targets: [target] });
    else same.targets.push(target);
  }
  const bound: ClientListener[] = [];
  try {
    for (const { httpOnly, targets } of byAddress.values()) {
      bound.push(await ClientListener.bind(httpOnly ? "http" : listenHttpUrls.length > 0 ? "grpc" : "grpc+http", targets, options));
    }
  } catch (error) {
    await Promise.all(bound.map((listener) => listener.close()));
    throw error;
  }
  return bound;
}

/** `--listen-metrics-urls`. @throws Error with etcd's words */
export async function bindMetrics(urls: readonly string[], options: ClientListenOptions): Promise<ClientListener[]> {
  const bound: ClientListener[] = [];
  try {
    for (const url of urls) {
      const target = listenTarget(url, options.addressBook ?? plainAddressBook);
      if (target.secure && (options.tls === undefined || isEmpty(options.tls))) throw new TlsError("client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url");
      bound.push(await ClientListener.bind("metrics", [target], options));
    }
  } catch (error) {
    await Promise.all(bound.map((listener) => listener.close()));
    throw error;
  }
  return bound;
}

/** The system's refusal as Go tells it: "listen tcp 127.0.0.1:2379: bind: address already in use". */
function bindError(error: NodeJS.ErrnoException, { written, at }: ListenTarget): Error {
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: "address already in use",
    EADDRNOTAVAIL: "cannot assign requested address",
    EACCES: "permission denied",
  };
  const reason = words[error.code ?? ""];
  if (reason === undefined) return error;
  const network = "path" in at ? "unix" : "tcp";
  return Object.assign(new Error(`listen ${network} ${written}: bind: ${reason}`, { cause: error }), { code: error.code });
}
