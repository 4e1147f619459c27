/** The v2 HTTP API as etcdctl's v2 commands use it: endpoints tried in turn, errors as etcd words them. */
import { type IncomingMessage, type RequestOptions, request, STATUS_CODES } from "node:http";
import { type SecureTarget, TlsAgent } from "../../../tls/tls-agent.ts";
import { TlsDialer } from "../../../tls/tls-dial.ts";
import { noTls } from "../../../tls/tls-info.ts";
import { tlsErrorText } from "../../../tls/tls-words.ts";
import type { ProgramIo } from "../../program.ts";

export interface V2Node {
  readonly key?: string;
  readonly value?: string;
  readonly dir?: boolean;
  readonly nodes?: readonly V2Node[];
  readonly createdIndex?: number;
  readonly modifiedIndex?: number;
  readonly ttl?: number;
}

export interface V2Response {
  readonly action: string;
  readonly node: V2Node;
  readonly prevNode?: V2Node;
  /** X-Etcd-Index */
  readonly index: number;
}

/** An answer of the server that is an error: `100: Key not found (/m) [9]`. */
export class V2ServerError extends Error {
  override readonly name = "V2ServerError";
  constructor(
    readonly code: number,
    text: string,
  ) {
    super(text);
  }
}

/** No endpoint could be asked. */
export class V2ConnectionError extends Error {
  override readonly name = "V2ConnectionError";
  /** what was wrong with each endpoint, a line each */
  readonly detail: string;

  constructor(failures: readonly string[]) {
    super(`client: etcd cluster is unavailable or misconfigured${failures.map((text, at) => `; error #${at}: ${text}\n`).join("")}`);
    this.detail = failures.map((text, at) => `error #${at}: ${text}\n`).join("");
  }
}

export interface V2Member {
  readonly id: string;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export class V2Client {
  private readonly secure: TlsAgent;

  constructor(
    private endpoints: readonly string[],
    private readonly io: ProgramIo,
    private readonly timeoutMs: number,
    /** for https endpoints; absent: the system's authorities */
    dialer: TlsDialer = new TlsDialer(noTls, []),
    /** "name:password" */
    private readonly credentials: string | undefined = undefined,
    /** is told of each request before it is sent */
    private readonly told: (curl: string) => void = () => undefined,
  ) {
    this.secure = new TlsAgent(dialer, { keepAlive: false });
  }

  /** Replaces the endpoints by those the members advertise, unless nobody answers. */
  async sync(): Promise<void> {
    const members = await this.members();
    const urls = members.flatMap((member) => member.clientURLs);
    if (urls.length > 0) this.endpoints = urls;
  }

  get list(): readonly string[] {
    return this.endpoints;
  }

  async members(): Promise<readonly V2Member[]> {
    const { status, body } = await this.ask("GET", "/v2/members");
    if (status !== 200) throw new V2ServerError(0, `unexpected status code ${status}`);
    return (JSON.parse(body) as { members: V2Member[] }).members;
  }

  /**
   * A request whose answers are JSON, errors of it too.
   * @param accepted status codes of success
   * @returns the answer; undefined where it is empty
   * @throws V2ServerError with the answer's message, V2ConnectionError
   */
  async json(method: string, path: string, accepted: readonly number[], body?: object): Promise<unknown> {
    const { status, body: text } = await this.ask(method, path, body === undefined ? undefined : JSON.stringify(body), false, "application/json");
    let answer: unknown;
    try {
      answer = text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      throw new V2ServerError(0, (error as Error).message);
    }
    // an answer that is no error, but not the one wanted, has no message: 3.4 prints an empty line
    if (!accepted.includes(status)) throw new V2ServerError(0, answer === undefined ? `unexpected status code ${status}` : ((answer as { message?: string }).message ?? ""));
    return answer;
  }

  /** @returns id of the leading member, "" where there is none */
  async leaderId(): Promise<string> {
    const { status, body } = await this.ask("GET", "/v2/members/leader");
    return status === 200 ? (JSON.parse(body) as { id: string }).id : "";
  }

  /** One request about keys. @throws V2ServerError, V2ConnectionError */
  async keys(method: string, key: string, parameters: Readonly<Record<string, string>>, wait = false): Promise<V2Response> {
    const path = `/v2/keys${encodeURI(key.startsWith("/") ? key : `/${key}`)}`;
    const query = new URLSearchParams(parameters).toString();
    const inBody = method === "PUT" || method === "POST";
    const answer = await this.ask(method, inBody || query === "" ? path : `${path}?${query}`, inBody ? query : undefined, wait);
    let json: Record<string, unknown>;
    try {
      json = JSON.parse(answer.body) as Record<string, unknown>;
    } catch {
      throw new V2ServerError(0, `unexpected answer (status ${answer.status}): ${answer.body.trim().slice(0, 200)}`);
    }
    if (typeof json.errorCode === "number") throw new V2ServerError(json.errorCode, `${json.errorCode}: ${String(json.message)} (${String(json.cause)}) [${String(json.index)}]`);
    return { ...(json as unknown as V2Response), index: Number(answer.headers["x-etcd-index"] ?? 0) };
  }

  /** Any request; endpoints are tried in turn. @throws V2ConnectionError */
  async ask(method: string, path: string, body?: string, wait = false, type = "application/x-www-form-urlencoded"): Promise<Answer> {
    const failures: string[] = [];
    for (const endpoint of this.endpoints) {
      try {
        const answer = await this.once(endpoint, method, path, body, wait, type);
        if (answer.status < 500) return answer;
        const leaderless = answer.status === 500 || answer.status === 503;
        failures.push(`client: etcd member ${endpoint} ${leaderless ? "has no leader" : `returns server error [${STATUS_CODES[answer.status] ?? ""}]`}`);
      } catch (error) {
        if (this.io.signal.aborted) throw error;
        failures.push(tlsErrorText(error as Error) ?? dialErrorText(error as NodeJS.ErrnoException & { address?: string; port?: number }));
      }
    }
    throw new V2ConnectionError(failures);
  }

  once(endpoint: string, method: string, path: string, body?: string, wait = false, type = "application/x-www-form-urlencoded"): Promise<Answer> {
    const url = new URL(endpoint.includes("://") ? endpoint : `http://${endpoint}`);
    const secure = url.protocol === "https:";
    const address = this.io.addressBook.resolve({ host: url.hostname, port: Number(url.port || (secure ? 443 : 80)) });
    const target: RequestOptions & SecureTarget = {
      ...address,
      method,
      path,
      signal: this.io.signal,
      ...(secure ? { agent: this.secure, verifiedHost: url.hostname } : {}),
      headers: {
        host: url.host,
        ...(this.credentials === undefined ? {} : { authorization: `Basic ${Buffer.from(this.credentials).toString("base64")}` }),
         ...(body === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(body) }),
      },
    };
    const data = body === undefined ? "" : ` -d ${JSON.stringify(body)}`;
    this.told(`cURL Command: curl -X ${method} ${url.origin}${path}${data}`);
    return new Promise((resolve, reject) => {
      const sent = request(target, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (chunk: Buffer) => parts.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }));
        response.on("error", reject);
      });
      if (!wait) sent.setTimeout(this.timeoutMs, () => sent.destroy(new Error(`request to ${endpoint} timed out`)));
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

/** A connection that did not come about, in Go's words. */
function dialErrorText({ code, message, address, port }: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  if (code === "ECONNREFUSED" && address !== undefined) return `dial tcp ${address.includes(":") ? `[${address}]` : address}:${port ?? ""}: connect: connection refused`;
  return message;
}
