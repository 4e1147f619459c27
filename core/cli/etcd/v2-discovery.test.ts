/** v2 discovery against a service that plays its part over real HTTP, with a proxy in between where a test has one. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../platform/clock.ts";
import { plainAddressBook } from "../../platform/address-book.ts";
import type { ZapLog } from "./log.ts";
import { V2Discovery } from "./v2-discovery.ts";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A key space of one folder, "/v2/keys/token", as far as members that meet there ask for it. */
class Service {
  readonly asked: string[] = [];
  readonly values = new Map<string, { value: string; createdIndex: number }>();
  index = 1;
  /** what answers in place of the service, once each */
  readonly instead: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
  private readonly server: Server = createServer((asked, response) => void this.serve(asked, response));
  private readonly waiting = new Set<() => void>();

  async listen(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.address}/v2/keys/token`;
  }

  put(name: string, value: string): void {
    this.values.set(name, { value, createdIndex: ++this.index });
    for (const go of this.waiting) go();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async serve(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(asked.url ?? "", `http://${this.address}`);
    this.asked.push(`${asked.method} ${url.pathname}${url.search}`);
    const instead = this.instead.shift();
    if (instead !== undefined) {
      instead(asked, response);
      return;
    }
    const name = url.pathname.slice("/v2/keys/token".length).replace(/^\//, "");
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "Content-Type": "application/json", "X-Etcd-Index": String(this.index) });
      response.end(JSON.stringify(body));
    };
    const node = (key: string): object => {
      const { value, createdIndex } = this.values.get(key)!;
      return { key: `/token/${key}`, value, createdIndex, modifiedIndex: createdIndex };
    };
    if (asked.method === "PUT") {
      const chunks: Buffer[] = [];
      for await (const chunk of asked) chunks.push(chunk as Buffer);
      if (this.values.has(name)) {
        answer(412, { errorCode: 105, message: "Key already exists", cause: `/token/${name}`, index: this.index });
        return;
      }
      this.put(name, new URLSearchParams(Buffer.concat(chunks).toString()).get("value")!);
      answer(201, { action: "create", node: node(name) });
      return;
    }
    if (url.searchParams.get("wait") === "true") {
      const from = Number(url.searchParams.get("waitIndex"));
      for (;;) {
        const found = [...this.values].find(([key, { createdIndex }]) => createdIndex >= from && (name === "" || key === name));
        if (found !== undefined) {
          answer(200, { action: "create", node: node(found[0]) });
          return;
        }
        await new Promise<void>((resolve) => this.waiting.add(resolve));
      }
    }
    if (name === "") answer(200, { action: "get", node: { key: "/token", dir: true, nodes: [...this.values.keys()].filter((key) => !key.startsWith("_config/")).map(node) } });
    else if (this.values.has(name)) answer(200, { action: "get", node: node(name) });
    else answer(404, { errorCode: 100, message: "Key not found", cause: `/token/${name}`, index: this.index });
  }
}

describe("v2 discovery", () => {
  let service: Service;
  let lines: Line[];
  let waits: number[];
  const stop = new AbortController();
  const log = Object.fromEntries(
    ["debug", "info", "warn", "error"].map((level) => [level, (message: string, fields: Line["fields"] = {}) => void lines.push({ level, message, fields })]),
  ) as unknown as ZapLog;
  /** waits are over at once, and noted */
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after(ms, fire) {
      waits.push(ms);
      setImmediate(fire);
      return { cancel: () => undefined };
    },
  };
  const discovery = (proxy = "", url = service.url): V2Discovery => new V2Discovery({ url, proxy }, plainAddressBook, clock, log, stop.signal);
  const join = (id: number, self: string): Promise<string> => discovery().join(BigInt(id), self);
  const said = (): string[] => lines.map(({ message }) => message);

  beforeEach(async () => {
    lines = [];
    waits = [];
    service = new Service();
    await service.listen();
  });
  afterEach(() => service.close());

  it("three members meet, whoever comes first", async () => {
    service.put("_config/size", "3");
    const joined = await Promise.all([join(1, "a=http://h:1"), join(2, "b=http://h:2"), join(0xabc, "c=http://h:3,c=http://h:4")]);
    for (const cluster of joined) expect(cluster.split(",").sort()).toEqual(["a=http://h:1", "b=http://h:2", "c=http://h:3", "c=http://h:4"]);
    expect([...service.values.keys()].sort()).toEqual(["1", "2", "_config/size", "abc"]);
    expect(service.asked.filter((line) => line.startsWith("PUT")).sort()).toEqual(["PUT /v2/keys/token/1?prevExist=false", "PUT /v2/keys/token/2?prevExist=false", "PUT /v2/keys/token/abc?prevExist=false"]);
    expect(said().filter((message) => message === "found all needed peers from discovery server")).toHaveLength(3);
  });

  it("asks as etcd does, request by request", async () => {
    service.put("_config/size", "1");
    expect(await join(7, "a=http://h:1")).toBe("a=http://h:1");
    const look = ["GET /v2/keys/token/_config/size?quorum=false&recursive=false&sorted=false", "GET /v2/keys/token?quorum=false&recursive=false&sorted=false"];
    expect(service.asked).toEqual([...look, "PUT /v2/keys/token/7?prevExist=false", "GET /v2/keys/token/7?recursive=false&wait=true&waitIndex=3", ...look]);
    expect(lines).toEqual([
      { level: "info", message: "found self from discovery server", fields: { "discovery-url": `http://${service.address}`, self: "7" } },
      { level: "info", message: "found all needed peers from discovery server", fields: { "discovery-url": `http://${service.address}`, "found-peers": 1 } },
    ]);
  });

  it("one too many is told so and leaves nothing behind; one who is in comes back to the same answer as an id that is taken", async () => {
    service.put("_config/size", "1");
    await join(1, "a=http://h:1");
    await expect(join(2, "b=http://h:2")).rejects.toMatchObject({ code: "discovery.full", message: "discovery: cluster is full" });
    expect(service.values.has("2")).toBe(false);
    await expect(join(1, "a=http://h:1")).rejects.toMatchObject({ code: "discovery.duplicate_id", message: "discovery: found duplicate id" });
  });

  it.each([
    ["x", "discovery.size_bad", "discovery: size key is bad"],
    ["-1", "discovery.size_bad", "discovery: size key is bad"],
    ["18446744073709551616", "discovery.size_bad", "discovery: size key is bad"],
  ])("a size of %s is refused", async (size, code, message) => {
    service.put("_config/size", size);
    await expect(join(1, "a=http://h:1")).rejects.toMatchObject({ code, message });
  });

  it("names and URLs that make no cluster are refused", async () => {
    service.put("_config/size", "2");
    service.put("9", "a=http://h:9");
    await expect(join(1, "a=http://h:1")).rejects.toMatchObject({ code: "discovery.duplicate_name", message: "discovery: found duplicate name" });
    service.values.delete("9");
    service.values.delete("1");
    service.put("9", "b=nonsense");
    await expect(join(1, "a=http://h:1")).rejects.toMatchObject({ code: "discovery.invalid_url", message: "discovery: invalid URL" });
  });

  it("without a size, and where nobody is at home, the service's words are the reason", async () => {
    await expect(join(1, "a=http://h:1")).rejects.toMatchObject({ message: "100: Key not found (/token/_config/size) [1]" });
    service.instead.push((_request, response) => response.writeHead(404).end("404 page not found\n"));
    await expect(join(1, "a=http://h:1")).rejects.toMatchObject({ code: "discovery.bad_endpoint", message: "discovery: bad discovery endpoint" });
    expect(() => discovery("", "nowhere")).toThrow('parse "nowhere"');
  });

  it("a service without a leader is asked again, later and later", async () => {
    service.put("_config/size", "1");
    for (let times = 0; times < 10; times++) service.instead.push((_request, response) => response.writeHead(503).end("{}"));
    service.instead.push((_request, response) => response.writeHead(502).end());
    service.instead.push((request) => request.socket.destroy());
    expect(await join(1, "a=http://h:1")).toBe("a=http://h:1");
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 256, 256, 256, 256].map((seconds) => seconds * 1000));
    const [warning, retry] = lines;
    expect(warning).toEqual({
      level: "warn",
      message: "failed to get from discovery server",
      fields: {
        "discovery-url": `http://${service.address}`,
        path: "/v2/keys/token/_config/size",
        error: `client: etcd cluster is unavailable or misconfigured; error #0: client: etcd member http://${service.address} has no leader\n`,
        "err-detail": `error #0: client: etcd member http://${service.address} has no leader\n`,
      },
    });
    expect(retry).toEqual({ level: "info", message: "retry connecting to discovery service", fields: { url: `http://${service.address}`, reason: "cluster status check", backoff: "2s" } });
    expect(lines.filter(({ message }) => message.startsWith("retry")).at(-1)!.fields.backoff).toBe("4m16s");
    expect(lines.map(({ fields }) => String(fields["err-detail"] ?? "")).filter((text) => text.includes("server error") || text.includes("EOF"))).toEqual([
      `error #0: client: etcd member http://${service.address} returns server error [Bad Gateway]\n`,
      "error #0: EOF\n",
    ]);
  });

  it("a wait that breaks off, or ends with nothing, goes on", async () => {
    service.put("_config/size", "2");
    const joining = join(1, "a=http://h:1");
    while (!said().includes("found peers from discovery server; waiting for more")) await new Promise((resolve) => setTimeout(resolve, 5));
    service.instead.push(
      (_request, response) => response.writeHead(200).end(),
      (request) => request.socket.destroy(),
    );
    // the wait that is under way is answered with somebody who is no member: a second look puts it right
    service.put("2", "b=http://h:2");
    expect(await joining).toBe("a=http://h:1,b=http://h:2");
  });

  it("follows redirects, ten of them", async () => {
    service.put("_config/size", "1");
    for (let times = 0; times < 10; times++) service.instead.push((request, response) => response.writeHead(307, { Location: request.url }).end());
    expect(await join(1, "a=http://h:1")).toBe("a=http://h:1");
    expect(waits).toEqual([]);
  });

  it("goes through a proxy, with a name and a password where its address has them", async () => {
    service.put("_config/size", "1");
    const seen: string[] = [];
    const proxy = createServer((incoming, response) => {
      seen.push(`${incoming.method} ${new URL(incoming.url!).host === service.address ? "service" : "?"} ${incoming.headers["proxy-authorization"] ?? "-"}`);
      const onward = request(incoming.url!, { method: incoming.method!, headers: incoming.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(onward);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    expect(await discovery(address).join(1n, "a=http://h:1")).toBe("a=http://h:1");
    expect(lines[0]).toEqual({ level: "info", message: "running proxy with discovery", fields: { "proxy-url": `http://${address}` } });
    expect(new Set(seen)).toEqual(new Set(["GET service -", "PUT service -"]));
    service.values.delete("1");
    seen.length = 0;
    await discovery(`http://u:p%20w@${address}`).join(1n, "a=http://h:1");
    const credentials = `Basic ${Buffer.from("u:p w").toString("base64")}`;
    expect(new Set(seen)).toEqual(new Set([`GET service ${credentials}`, `PUT service ${credentials}`]));
    proxy.closeAllConnections();
    proxy.close();
  });
});
