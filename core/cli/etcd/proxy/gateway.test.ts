import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { plainAddressBook } from "../../../platform/address-book.ts";
import { silentLog } from "../../../server/log.ts";
import type { ZapLog } from "../log.ts";
import { Gateway, gatewayCommand, type GatewayEndpoint } from "./gateway.ts";
import { runProxyCommand } from "./proxy-command.ts";

const silent: ZapLog = { ...silentLog, fatal: () => undefined, panic: () => undefined, setLevel: () => undefined };
const open: { close(): void }[] = [];
afterEach(() => open.splice(0).forEach((one) => one.close()));

async function answering(text: string, port = 0): Promise<{ readonly server: Server; readonly endpoint: GatewayEndpoint }> {
  const server = createServer((socket) => socket.on("error", () => socket.destroy()).end(text));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  return { server, endpoint: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

async function gatewayTo(...endpoints: readonly GatewayEndpoint[]): Promise<number> {
  const gateway = new Gateway(endpoints, 60_000, plainAddressBook, silent);
  open.push(gateway);
  return gateway.listen({ host: "127.0.0.1", port: 0 });
}

async function ask(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.on("error", () => undefined);
  await once(socket, "close");
  return text;
}

const nobody: GatewayEndpoint = { host: "127.0.0.1", port: 1 };

describe("the gateway", () => {
  it("hands connections round", async () => {
    const port = await gatewayTo((await answering("a")).endpoint, (await answering("b")).endpoint);
    expect([await ask(port), await ask(port), await ask(port)]).toEqual(["a", "b", "a"]);
  });

  it("goes to the next endpoint where one is down", async () => {
    const port = await gatewayTo(nobody, (await answering("b")).endpoint);
    expect([await ask(port), await ask(port)]).toEqual(["b", "b"]);
  });

  it("closes the connection where all are down", async () => {
    expect(await ask(await gatewayTo(nobody))).toBe("");
  });

  it("asks those of a worse priority only where the better ones are down", async () => {
    const [better, worse] = [await answering("better"), await answering("worse")];
    const port = await gatewayTo({ ...worse.endpoint, priority: 20 }, { ...better.endpoint, priority: 10 });
    expect([await ask(port), await ask(port)]).toEqual(["better", "better"]);
    better.server.close();
    expect(await ask(port)).toBe("worse");
  });

  it("shares connections by weight", async () => {
    const [heavy, light] = [await answering("heavy"), await answering("light")];
    const port = await gatewayTo({ ...heavy.endpoint, weight: 9 }, { ...light.endpoint, weight: 1 });
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(port)));
    const share = answers.filter((answer) => answer === "heavy").length;
    expect(share).toBeGreaterThan(120);
    expect(share).toBeLessThan(200);
  });

  it("takes an endpoint back that answers again", async () => {
    const first = await answering("back");
    const { port } = first.endpoint;
    first.server.close();
    const gateway = new Gateway([first.endpoint], 20, plainAddressBook, silent);
    open.push(gateway);
    const listening = await gateway.listen({ host: "127.0.0.1", port: 0 });
    expect(await ask(listening)).toBe("");
    await answering("back", port);
    for (;;) if ((await ask(listening)) === "back") break;
  });
});

describe("etcd gateway", () => {
  const run = (...argv: string[]): Promise<number> => runProxyCommand(gatewayCommand([], {}, plainAddressBook, silent), argv);

  it.each([
    ["an endpoint that is none", ["--endpoints=nowhere"]],
    ["no endpoint", ["--endpoints="]],
    ["a listen address that is none", ["--listen-addr=x"]],
    ["an endpoint that is the gateway itself", ["--listen-addr=127.0.0.1:23791", "--endpoints=http://127.0.0.1:23791"]],
    ["a flag that is none", ["--bogus"]],
  ])("refuses %s", async (_, flags) => {
    expect(await run("start", ...flags)).toBe(1);
    expect(await run(...flags, "start")).toBe(1);
  });

  it("says what it is for", async () => {
    expect([await run(), await run("start", "--help"), await run("bogus")]).toEqual([0, 0, 0]);
  });
});
