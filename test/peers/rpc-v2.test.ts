/** The v2 key space beside that of a real etcd 3.4: the same requests, answers compared byte for byte but for indexes, ids and times. */
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientService, serveClients } from "../../core/rpc/serve-clients.ts";
import { MemoryServer } from "../../core/rpc/testing/memory-server.ts";
import { hasRealEtcd, type RealEtcd, startRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

/** "METHOD /path?query [form]"; the form is sent as x-www-form-urlencoded */
const SCRIPT: Readonly<Record<string, readonly string[]>> = {
  "set, get and replace": [
    "GET /keys/none",
    "PUT /keys/h value=1",
    "PUT /keys/h value=2",
    "GET /keys/h",
    "HEAD /keys/h",
    "GET /keys/h?quorum=true",
    "PUT /keys/h",
    "PUT /keys/h?value=query",
    "PUT /keys/h?value=query value=form",
    "PUT /keys/u value=a%20b+c%0A%22%3C%3E%26%E2%80%A8%C3%A9",
    "PUT /keys/h?noValueOnSuccess=true value=9",
    "GET /keys/h?noValueOnSuccess=true",
    "PUT /keys/h/x value=1",
    "GET /keys/h/x",
    "GET /keys/a%20b%C3%A9",
    "PUT /keys/a%20b%C3%A9 value=1",
    "GET /keysx",
    "GET /nothing",
    "PATCH /keys/h",
  ],
  directories: [
    "PUT /keys/d/e/f value=1",
    "PUT /keys/d/e/_hidden value=1",
    "PUT /keys/d/_dir/x value=1",
    "GET /keys/d?sorted=true",
    "GET /keys/d?recursive=true&sorted=true",
    "GET /keys/d/e",
    "GET /keys/d/e/f",
    "GET /keys/d/_dir",
    "GET /keys/d/e/_hidden",
    "DELETE /keys/d",
    "DELETE /keys/d?dir=true",
    "DELETE /keys/d?recursive=true",
    "GET /keys/d",
    "PUT /keys/dd dir=true",
    "PUT /keys/dd dir=true",
    "PUT /keys/dd value=1",
    "GET /keys/dd",
    "PUT /keys/dd?prevExist=true dir=true&ttl=100",
    "GET /keys/dd",
    "PUT /keys/dd?prevExist=true value=x",
    "PUT /keys/dd?prevExist=true",
    "PUT /keys/dd?prevValue=1 value=2",
    "DELETE /keys/dd?prevValue=1",
    "DELETE /keys/dd?dir=true",
    "PUT /keys/file value=1",
    "PUT /keys/file dir=true",
    "GET /keys/file",
    "DELETE /keys/file?dir=true",
    "PUT /keys/ value=1",
    "PUT /keys/ dir=true",
    "PUT /keys/?prevExist=true value=1",
    "PUT /keys/?prevIndex=1 value=1",
    "DELETE /keys/",
    "DELETE /keys/?recursive=true",
    "DELETE /keys/?prevIndex=1",
    "GET /keys/a//b?x=1",
    "PUT /keys/a//b/../c value=1",
    "DELETE /keys/x/y?recursive=true",
  ],
  conditions: [
    "PUT /keys/c value=1",
    "PUT /keys/c?prevValue=9 value=3",
    "PUT /keys/c?prevIndex=99999 value=3",
    "PUT /keys/c?prevValue=9&prevIndex=99999 value=3",
    "PUT /keys/c?prevValue=1 value=3",
    "PUT /keys/c?prevExist=false value=3",
    "PUT /keys/c?prevExist=true value=4",
    "PUT /keys/c2?prevExist=false value=3",
    "PUT /keys/c3?prevExist=true value=3",
    "PUT /keys/c3?prevValue=1 value=3",
    "PUT /keys/c?prevValue= value=3",
    "PUT /keys/c?prevValue=4&prevExist=true value=5",
    "DELETE /keys/c?prevValue=9",
    "DELETE /keys/c?prevIndex=99999",
    "DELETE /keys/c?prevValue=",
    "DELETE /keys/c?prevValue=5",
    "DELETE /keys/c?prevValue=5",
    "DELETE /keys/c2?dir=true",
  ],
  "in order": ["POST /keys/q value=1", "POST /keys/q value=2&ttl=50", "POST /keys/q dir=true", "POST /keys/ value=1", "GET /keys/q?sorted=true", "PUT /keys/q value=1"],
  "time to live": [
    "PUT /keys/t value=1&ttl=100",
    "GET /keys/t",
    "PUT /keys/t ttl=200&refresh=true&prevExist=true",
    "PUT /keys/t ttl=300&refresh=true",
    "PUT /keys/t value=x&ttl=200&refresh=true",
    "PUT /keys/t refresh=true",
    "PUT /keys/tt ttl=9&refresh=true",
    "PUT /keys/t?prevValue=1 value=2&ttl=70",
    "GET /keys/t",
    "PUT /keys/t?prevExist=true value=3",
    "GET /keys/t",
    "PUT /keys/t value=1&ttl=",
    "PUT /keys/t value=1&ttl=x",
    "PUT /keys/t value=1&ttl=-1",
  ],
  "malformed requests": [
    "PUT /keys/m?prevIndex=x value=1",
    "PUT /keys/m?prevExist=x value=1",
    "PUT /keys/m?dir=x value=1",
    "GET /keys/m?recursive=x",
    "GET /keys/m?sorted=x",
    "GET /keys/m?wait=x",
    "GET /keys/m?waitIndex=x",
    "GET /keys/m?quorum=x",
    "GET /keys/m?stream=x",
    "PUT /keys/m refresh=x",
    "PUT /keys/m?noValueOnSuccess=x value=1",
    "PUT /keys/m?wait=true value=1",
    "PUT /keys/m?recursive=T value=1",
  ],
  "members, machines, auth": [
    "GET /members",
    "GET /members/",
    "GET /members/leader",
    "GET /members/123",
    "DELETE /members/zz",
    "DELETE /members/123",
    "POST /members peerURLs=x",
    "GET /machines",
    "PUT /machines",
    "PUT /stats/self",
    "GET /stats",
    "GET /stats/leader",
    "GET /auth/enable",
    "PUT /auth/enable",
    "DELETE /auth/enable",
    "GET /auth/users",
    "GET /auth/roles",
    "GET /auth/users/v",
    "GET /auth/roles/v",
  ],
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function ask(base: string, line: string): Promise<Answer> {
  const [method = "", path = "", form] = line.split(" ");
  return new Promise((resolve, reject) => {
    const headers = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(form) };
    const outgoing = httpRequest(`${base}/v2${path}`, { method, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers as Record<string, string>, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on("error", reject);
    outgoing.end(form);
  });
}

/** Indexes as distance from the first; ids, times and addresses by their kind. */
function comparable({ status, headers, body }: Answer, firstIndex: number): unknown {
  const relative = (text: string): string => (Number(text) === 0 ? "0" : String(Number(text) - firstIndex));
  const kept = Object.fromEntries(
    ["content-type", "x-etcd-index", "x-raft-term", "allow", "location", "x-content-type-options"].filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]!]),
  );
  if (kept["x-etcd-index"] !== undefined) kept["x-etcd-index"] = relative(kept["x-etcd-index"]);
  if (kept["x-raft-term"] !== undefined) kept["x-raft-term"] = "T";
  const text = body
    .replace(/"(modifiedIndex|createdIndex|index)":(\d+)/g, (_, name: string, index: string) => `"${name}":${relative(index)}`)
    .replace(/"expiration":"[^"]*Z"/g, '"expiration":"TIME"')
    .replace(/\b\d{20}\b/g, (name) => `<${Number(name) - firstIndex}>`)
    .replace(/!= (\d+)\]/g, (whole, index: string) => (Number(index) > 4 && body.includes("[99999") ? `!= ${relative(index)}]` : whole))
    .replace(/"(id|leader)":"[0-9a-f]+"/g, '"$1":"ID"')
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, "URL");
  return { status, headers: kept, raftIndex: headers["x-raft-index"] !== undefined, clusterId: headers["x-etcd-cluster-id"] !== undefined, text };
}

describe.skipIf(!hasRealEtcd)(`v2 answers as a real etcd 3.4 gives them (${WHERE_FROM})`, () => {
  let real: RealEtcd;
  let server: MemoryServer;
  let service: ClientService;
  let ours: string;

  beforeAll(async () => {
    real = await startRealEtcd(["--enable-v2"]);
    server = await MemoryServer.open();
    service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"], enableV2: true });
    ours = `http://${service.addresses[0]!}`;
  });
  afterAll(async () => {
    await service.close();
    server.close();
    await real.stop();
  });

  for (const [title, lines] of Object.entries(SCRIPT))
    it(title, async () => {
      const firstOf = async (base: string): Promise<number> => Number((await ask(base, "GET /keys/")).headers["x-etcd-index"]);
      const [realFirst, ourFirst] = [await firstOf(real.url), await firstOf(ours)];
      for (const line of lines) {
        const expected = comparable(await ask(real.url, line), realFirst);
        expect({ line, answer: comparable(await ask(ours, line), ourFirst) }).toEqual({ line, answer: expected });
      }
    });

  it("watchers hear of the same events, from the past and live", async () => {
    for (const base of [real.url, ours]) {
      const first = Number((await ask(base, "PUT /keys/w/a value=1")).headers["x-etcd-index"]);
      await ask(base, "PUT /keys/w/_h value=1");
      await ask(base, "PUT /keys/w/a value=2");
      const past = await ask(base, `GET /keys/w/a?wait=true&waitIndex=${first + 1}`);
      expect(comparable(past, first)).toMatchObject({ status: 200, text: expect.stringMatching(/^{"action":"set","node":{"key":"\/w\/a","value":"2","modifiedIndex":2/) });
      const live = ask(base, "GET /keys/w?wait=true&recursive=true");
      const below = ask(base, "GET /keys/w/a?wait=true");
      await new Promise((resolve) => setTimeout(resolve, 100));
      await ask(base, "PUT /keys/w/_h2 value=1");
      await ask(base, "DELETE /keys/w?recursive=true");
      const removal = '{"action":"delete","node":{"key":"/w","dir":true,"modifiedIndex":4,"createdIndex":0},"prevNode":{"key":"/w","dir":true,"modifiedIndex":0,"createdIndex":0}}\n';
      expect(comparable(await live, first)).toMatchObject({ status: 200, text: removal });
      expect(comparable(await below, first)).toMatchObject({ status: 200, text: removal });
    }
  });
});
