/**
 * The keys of a discovery service with the v2 API, as etcd's own small client asks for them (etcd server/internal/clientv2): JSON
 * over HTTP/1.1 to one endpoint, through a proxy where one is named, up to ten redirects followed. Bodies are bounded.
 */
import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, STATUS_CODES, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { posix } from "node:path";
import type { Duplex } from "node:stream";
import type { AddressBook } from "../../platform/address-book.ts";
import { dialErrorText } from "../../server/remote.ts";
import { type SecureTarget, TlsAgent } from "../../tls/tls-agent.ts";
import { TlsDialer } from "../../tls/tls-dial.ts";
import { noTls } from "../../tls/tls-info.ts";
import { tlsErrorText } from "../../tls/tls-words.ts";

export interface V2Node {
  readonly key: string;
  readonly value: string;
  readonly nodes: readonly V2Node[];
  readonly createdIndex: number;
  readonly modifiedIndex: number;
}

export interface V2Answer {
  readonly node: V2Node;
  /** X-Etcd-Index; 0: none */
  readonly index: number;
}

/** The service could not be asked, or has no leader: worth another try. */
export class V2Unreachable extends Error {
  override readonly name = "V2Unreachable";
  readonly code = "discovery.unreachable";
  /** a line for the endpoint, as logs have it */
  readonly detail: string;

  constructor(reason: string) {
    super(`client: etcd cluster is unavailable or misconfigured; error #0: ${reason}\n`);
    this.detail = `error #0: ${reason}\n`;
  }
}

/** The service's own answer: "100: Key not found (/_config) [3]". */
export class V2KeyError extends Error {
  override readonly name = "V2KeyError";
  constructor(
    readonly code: number,
    text: string,
  ) {
    super(text);
  }
}

/** What answers is no etcd with the v2 API. */
export class V2NotEtcd extends Error {
  override readonly name = "V2NotEtcd";
  readonly code = "discovery.not_etcd";

  constructor() {
    super("client: response is invalid json. The endpoint is probably not valid etcd cluster endpoint");
  }
}

export const NODE_EXISTS = 105;

const requestTimeoutMs = 5000;
const dialTimeoutMs = 30_000;
const redirectsMax = 10;
const bodyMax = 8 * 1024 * 1024;

interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface V2KeysOptions {
  /** scheme, host and port */
  readonly endpoint: URL;
  /** undefined: asked directly */
  readonly proxy: URL | undefined;
  readonly addressBook: AddressBook;
  readonly stop: AbortSignal;
}

export class V2KeysClient {
  private readonly dialer = new TlsDialer(noTls, []);

  constructor(private readonly options: V2KeysOptions) {}

  /** @throws V2Unreachable, V2KeyError, V2NotEtcd; Error "context deadline exceeded" */
  async get(key: string): Promise<V2Answer> {
    const parameters = { quorum: "false", recursive: "false", sorted: "false" };
    const answer = await this.inTime((signal) => this.ask("GET", key, parameters, undefined, signal)).catch(unreachable);
    return read(leading(answer, this.options.endpoint));
  }

  /** Made once: what fails is not tried again. @throws V2KeyError with NODE_EXISTS where it is there already */
  async create(key: string, value: string): Promise<V2Answer> {
    const body = new URLSearchParams({ value }).toString();
    const answer = await this.inTime((signal) => this.ask("PUT", key, { prevExist: "false" }, body, signal));
    if (answer.status >= 500) throw new Error(serverErrorText(answer.status, this.options.endpoint));
    return read(answer);
  }

  /** Waits for a change, however long that takes. @param after an index; changes behind it count. 0: from now on */
  async next(key: string, after: number, recursive: boolean): Promise<V2Answer> {
    const parameters = { recursive: String(recursive), wait: "true", waitIndex: String(after > 0 ? after + 1 : 0) };
    for (;;) {
      const answer = leading(await this.ask("GET", key, parameters, undefined, this.options.stop).catch(unreachable), this.options.endpoint);
      // a service that has waited long enough answers with nothing
      if (answer.body !== "" || answer.status > 201) return read(answer);
    }
  }

  private async inTime<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = AbortSignal.timeout(requestTimeoutMs);
    try {
      return await run(AbortSignal.any([deadline, this.options.stop]));
    } catch (error) {
      if (deadline.aborted) throw new DeadlineExceeded(error);
      throw error;
    }
  }

  private async ask(method: string, key: string, parameters: Readonly<Record<string, string>>, body: string | undefined, signal: AbortSignal): Promise<RawAnswer> {
    let url = new URL(this.options.endpoint);
    url.pathname = posix.join("/", key);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    for (let redirects = 0; ; redirects++) {
      const answer = await this.once(method, url, body, signal);
      if (answer.status < 300 || answer.status >= 400) return answer;
      if (redirects >= redirectsMax) throw new Error("client: too many redirects");
      const { location } = answer.headers;
      if (location === undefined) throw new Error("location header not set");
      if (!URL.canParse(location, url.href)) throw new Error(`location header not valid URL: ${location}`);
      url = new URL(location, url);
    }
  }

  private async once(method: string, url: URL, body: string | undefined, signal: AbortSignal): Promise<RawAnswer> {
    const headers: Record<string, string> = { host: url.host, "accept-encoding": "identity" };
    if (body !== undefined) {
      headers["content-type"] = "application/x-www-form-urlencoded";
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    const secure = url.protocol === "https:";
    if (!secure && url.protocol !== "http:") throw new Error(`unsupported protocol scheme ${JSON.stringify(url.protocol.slice(0, -1))}`);
    const { proxy } = this.options;
    try {
      if (proxy === undefined) {
        const agent = secure ? new TlsAgent(this.dialer, { keepAlive: false }) : new Agent({ keepAlive: false });
        return await exchange({ ...this.addressOf(url), method, path: url.pathname + url.search, headers, agent, verifiedHost: bare(url.hostname) }, body, signal);
      }
      const through = secure ? await this.tunnel(url, proxy, signal) : await this.dial(proxy, signal);
      // node pools nothing here: the one connection is this request's
      const options = { method, headers: secure ? headers : { ...headers, ...credentialsOf(proxy) }, createConnection: () => through, path: secure ? url.pathname + url.search : url.href };
      return await exchange(options, body, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const where = proxy ?? url;
      throw new Error(`${proxy === undefined ? "" : "proxyconnect tcp: "}${tlsErrorText(error as Error) ?? dialErrorText(error as NodeJS.ErrnoException, where.host)}`, { cause: error });
    }
  }

  private addressOf(url: URL): { readonly host: string; readonly port: number } {
    const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
    return this.options.addressBook.resolve({ host: bare(url.hostname), port });
  }

  /** A connection to the proxy itself. */
  private async dial(proxy: URL, signal: AbortSignal): Promise<Duplex> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const raw = connect({ ...this.addressOf(proxy), timeout: dialTimeoutMs, signal });
      raw.once("connect", () => resolve(raw.setTimeout(0)));
      raw.once("timeout", () => raw.destroy(Object.assign(new Error("i/o timeout"), { code: "ETIMEDOUT" })));
      raw.once("error", reject);
    });
    return proxy.protocol === "https:" ? this.dialer.handshake(socket, bare(proxy.hostname)) : socket;
  }

  /** A TLS connection to the service by way of the proxy's CONNECT (RFC 9110 9.3.6). */
  private async tunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<Duplex> {
    const through = await this.dial(proxy, signal);
    const authority = `${url.hostname}:${url.port === "" ? 443 : url.port}`;
    const raw = await new Promise<Socket>((resolve, reject) => {
      const asked = httpRequest({ method: "CONNECT", path: authority, headers: { host: authority, ...credentialsOf(proxy) }, createConnection: () => through, signal });
      asked.once("error", reject);
      asked.once("connect", ({ statusCode = 0, statusMessage = "" }: IncomingMessage, socket: Socket) => {
        if (statusCode === 200) resolve(socket);
        else {
          socket.destroy();
          reject(new Error(statusMessage === "" ? "unknown status code" : statusMessage));
        }
      });
      asked.end();
    });
    return this.dialer.handshake(raw, bare(url.hostname));
  }
}

/** Go's text for a deadline of one's own that has passed. */
class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
  readonly code = "discovery.deadline";

  constructor(cause: unknown) {
    super("context deadline exceeded", { cause });
  }
}

/** One request and its whole answer. */
function exchange(target: RequestOptions & SecureTarget, body: string | undefined, signal: AbortSignal): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const call: ClientRequest = httpRequest({ ...target, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > bodyMax) call.destroy(new Error("answer is too large"));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** A connection that failed; what a deadline or the member's end has cut off goes on as it is. */
function unreachable(error: unknown): never {
  if (error instanceof DeadlineExceeded || (error as Error).name === "AbortError") throw error;
  throw new V2Unreachable((error as Error).message);
}

/** @throws V2Unreachable the service has nobody who leads it */
function leading(answer: RawAnswer, endpoint: URL): RawAnswer {
  if (answer.status >= 500) throw new V2Unreachable(serverErrorText(answer.status, endpoint));
  return answer;
}

function serverErrorText(status: number, endpoint: URL): string {
  const text = status === 500 || status === 503 ? "has no leader" : `returns server error [${STATUS_CODES[status] ?? ""}]`;
  return `client: etcd member ${printEndpoint(endpoint)} ${text}`;
}

/** A URL without a path as Go writes it. */
export function printEndpoint(endpoint: URL): string {
  return `${endpoint.protocol}//${endpoint.host}${endpoint.search}`;
}

/** @throws V2KeyError, V2NotEtcd */
function read({ status, headers, body }: RawAnswer): V2Answer {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) throw new V2NotEtcd();
    throw error;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new V2NotEtcd();
  const answer = json as Readonly<Record<string, unknown>>;
  if (status !== 200 && status !== 201) {
    const { errorCode = 0, message = "", cause = "", index = 0 } = answer as { errorCode?: number; message?: string; cause?: string; index?: number };
    throw new V2KeyError(errorCode, `${errorCode}: ${message} (${cause}) [${index}]`);
  }
  const node = nodeOf(answer.node);
  if (node === undefined) throw new V2NotEtcd();
  return { node, index: Number(headers["x-etcd-index"] ?? 0) };
}

function nodeOf(value: unknown): V2Node | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { key, value: text, nodes, createdIndex, modifiedIndex } = value as Readonly<Record<string, unknown>>;
  const children = Array.isArray(nodes) ? nodes.map(nodeOf).filter((node) => node !== undefined) : [];
  const count = (index: unknown): number => (typeof index === "number" ? index : 0);
  return { key: typeof key === "string" ? key : "", value: typeof text === "string" ? text : "", nodes: children, createdIndex: count(createdIndex), modifiedIndex: count(modifiedIndex) };
}

function credentialsOf(proxy: URL): Record<string, string> {
  if (proxy.username === "" && proxy.password === "") return {};
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** A host without the brackets of IPv6. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
