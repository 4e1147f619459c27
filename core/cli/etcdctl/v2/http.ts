/** The v2 HTTP API as etcdctl's v2 commands use it: endpoints tried in turn, errors as etcd words them. */
import { type IncomingMessage, type RequestOptions, request } from "node:http";
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

  async members(): Promise<readonly { readonly id: string; readonly name: string; readonly peerURLs: readonly string[]; readonly clientURLs: readonly string[] }[]> {
    const { status, body } = await this.ask("GET", "/v2/members");
    if (status !== 200) throw new V2ServerError(0, `unexpected status code ${status}`);
    return (JSON.parse(body) as { members: [] }).members;
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
        return await this.once(endpoint, method, path, body, wait, type);
      } catch (error) {
        if (this.io.signal.aborted) throw error;
        failures.push(`error #${failures.length}: ${tlsErrorText(error as Error) ?? (error as Error).message}`);
      }
    }
    throw new V2ConnectionError(`client: etcd cluster is unavailable or misconfigured; ${failures.join("\n")}\n`);
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
      headers: { host: url.host, ...(body === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(body) }) },
    };
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
