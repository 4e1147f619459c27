import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Gateway } from "./gateway.ts";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, fatal: () => undefined } as unknown as ConstructorParameters<typeof Gateway>[2];
const open: { close(): void }[] = [];
afterEach(() => open.splice(0).forEach((one) => one.close()));

async function answering(text: string): Promise<string> {
  const server = createServer((socket) => socket.end(text));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.on("error", () => undefined);
  await once(socket, "close");
  return text;
}

describe("the gateway", () => {
  it("hands connections round", async () => {
    const gateway = new Gateway([await answering("a"), `http://${await answering("b")}`], 1000, silent);
    open.push(gateway);
    const port = await gateway.listen("127.0.0.1:0");
    expect([await ask(port), await ask(port), await ask(port)]).toEqual(["a", "b", "a"]);
  });

  it("goes to the next endpoint where one is down", async () => {
    const gateway = new Gateway(["127.0.0.1:1", await answering("b")], 60_000, silent);
    open.push(gateway);
    const port = await gateway.listen("127.0.0.1:0");
    expect([await ask(port), await ask(port)]).toEqual(["b", "b"]);
  });

  it("closes the connection where all are down", async () => {
    const gateway = new Gateway(["127.0.0.1:1"], 60_000, silent);
    open.push(gateway);
    expect(await ask(await gateway.listen("127.0.0.1:0"))).toBe("");
  });

  it("refuses an address that is none", () => {
    expect(() => new Gateway(["nowhere"], 0, silent)).toThrow("not host:port");
  });
});
