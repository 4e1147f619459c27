import { once } from "node:events";
import { createServer as createTcp } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { plainAddressBook } from "../../platform/address-book.ts";
import * as pb from "../../proto/gen/etcdserverpb.ts";
import { type ClientService, serveClients } from "../../rpc/serve-clients.ts";
import { MemoryServer } from "../../rpc/testing/memory-server.ts";
import { etcdctl } from "./index.ts";

let server: MemoryServer;
let service: ClientService;
let address: string;
beforeEach(async () => {
  server = await MemoryServer.open();
  service = await serveClients(server, { listenUrls: ["http://127.0.0.1:0"] });
  address = service.addresses[0]!;
});
afterEach(async () => {
  await service.close();
  server.close();
});

interface Running {
  readonly code: Promise<number>;
  /** what it has printed so far */
  readonly out: () => string;
  readonly err: () => string;
  /** resolves when `out` or `err` has the text */
  until(text: string): Promise<void>;
  type(line: string): void;
  stop(): void;
}

function start(argv: readonly string[], spawn?: (argv: readonly string[]) => Promise<number>): Running {
  const stop = new AbortController();
  const printed = { out: "", err: "" };
  const listeners = new Set<() => void>();
  const lines: string[] = [];
  let typed = (): void => undefined;
  const output = (name: "out" | "err") => ({
    write: (data: Buffer | string) => {
      printed[name] += data.toString();
      for (const listener of [...listeners]) listener();
    },
    isTerminal: false,
  });
  async function* stdin(): AsyncGenerator<Buffer> {
    for (;;) {
      const line = lines.shift();
      if (line !== undefined) yield Buffer.from(`${line}\n`);
      else await new Promise<void>((resolve) => (typed = resolve));
    }
  }
  const code = etcdctl({
    argv,
    env: {},
    cwd: "/",
    stdin: stdin(),
    stdinIsTerminal: false,
    stdout: output("out"),
    stderr: output("err"),
    path: (name) => name,
    addressBook: plainAddressBook,
    signal: stop.signal,
    ...(spawn === undefined ? {} : { spawn }),
  });
  return {
    code,
    out: () => printed.out,
    err: () => printed.err,
    async until(text) {
      while (!(printed.out + printed.err).includes(text))
        await new Promise<void>((resolve) => {
          const listener = (): void => {
            listeners.delete(listener);
            resolve();
          };
          listeners.add(listener);
        });
    },
    type: (line) => {
      lines.push(line);
      typed();
    },
    stop: () => stop.abort("SIGINT"),
  };
}

async function deadPort(): Promise<string> {
  const socket = createTcp().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as { port: number };
  socket.close();
  return `127.0.0.1:${port}`;
}

const put = (value: string): Promise<pb.PutResponse> => server.put(pb.PutRequest.create({ key: Buffer.from("a"), value: Buffer.from(value) }));

describe("etcdctl watch", () => {
  it("goes on when its member was away", async () => {
    await put("before");
    const watch = start(["--endpoints", address, "watch", "a", "--rev", "2"]);
    await watch.until("before\n");
    await service.close();
    await put("meanwhile");
    service = await serveClients(server, { listenUrls: [`http://${address}`] });
    await watch.until("meanwhile\n");
    expect(watch.out()).toBe("PUT\na\nbefore\nPUT\na\nmeanwhile\n");
    expect(watch.err()).toBe("");
    watch.stop();
    expect(await watch.code).toBe(130);
  });

  it("says that what it wants is gone", async () => {
    await put("1");
    await put("2");
    await server.compact(pb.CompactionRequest.create({ revision: 3 }));
    const watch = start(["--endpoints", address, "watch", "a", "--rev", "1", "-w", "json"]);
    expect(await watch.code).toBe(5);
    expect(watch.err()).toBe("watch was canceled (etcdserver: mvcc: required revision has been compacted)\nError: watch is canceled by the server\n");
    expect(watch.out()).toContain('"CompactRevision":3,"Canceled":true,"Created":false}');
  });

  it("-i tells progress for each of its watches, and does not end with one of them", async () => {
    await put("1");
    await put("2");
    await server.compact(pb.CompactionRequest.create({ revision: 3 }));
    const watch = start(["--endpoints", address, "watch", "-i"]);
    watch.type("watch a --rev 1");
    await watch.until("has been compacted");
    for (const key of ["b", "c"]) watch.type(`watch ${key}`);
    watch.type("progress");
    await watch.until("progress notify: 3\nprogress notify: 3\n");
    watch.stop();
    expect(await watch.code).toBe(130);
  });

  it("says which command failed, and how", async () => {
    await put("1");
    const args = (...command: string[]): string[] => ["--endpoints", address, "watch", "a", "--rev", "2", "--", ...command];
    const failing = start(args("x", "a b"), () => Promise.resolve(3));
    expect([await failing.code, failing.err()]).toEqual([1, 'command ["x" "a b"] error (exit status 3)\n']);
    const missing = start(args("x"), () => Promise.reject(Object.assign(new Error("spawn x ENOENT"), { code: "ENOENT" })));
    expect([await missing.code, missing.err()]).toEqual([1, 'command ["x"] error (exec: "x": executable file not found in $PATH)\n']);
  });
});

describe("etcdctl without a member", () => {
  it("logs like etcd's client why nobody could be reached", async () => {
    const dead = await deadPort();
    const failed = start(["--endpoints", dead, "--command-timeout", "50ms", "put", "a", "b"]);
    expect(await failed.code).toBe(1);
    const [line, last] = failed.err().split("\n") as [string, string];
    expect(JSON.parse(line)).toMatchObject({
      level: "warn",
      logger: "etcd-client",
      msg: "retrying of unary invoker failed",
      target: `etcd-endpoints://${dead}`,
      method: "/etcdserverpb.KV/Put",
      attempt: 0,
      error: `rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = "transport: Error while dialing: dial tcp ${dead}: connect: connection refused"`,
    });
    expect(last).toBe("Error: context deadline exceeded");
  });

  it("logs in no longer than --dial-timeout", async () => {
    const failed = start(["--endpoints", await deadPort(), "--command-timeout", "1h", "--dial-timeout", "50ms", "--user", "root:x", "get", "a"]);
    expect(await failed.code).toBe(2);
    expect(failed.err()).toContain("/etcdserverpb.Auth/Authenticate");
  });

  it("waits for one with lists that have no timeout in etcdctl", async () => {
    await service.close();
    const list = start(["--endpoints", address, "--command-timeout", "1ms", "lease", "list"]);
    service = await serveClients(server, { listenUrls: [`http://${address}`] });
    expect([await list.code, list.out()]).toEqual([0, "found 0 leases\n"]);
  });

  it("gives a place in the queue for a lock up when it is told to stop", async () => {
    const holder = start(["--endpoints", address, "lock", "l"]);
    await holder.until("l/");
    const waiter = start(["--endpoints", address, "lock", "l"]);
    const waiting = async (): Promise<number> => (await server.range(pb.RangeRequest.create({ key: Buffer.from("l/"), rangeEnd: Buffer.from("l0") }))).kvs.length;
    while ((await waiting()) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    waiter.stop();
    expect([await waiter.code, waiter.err()]).toEqual([1, "Error: context canceled\n"]);
    expect(await waiting()).toBe(1);
    holder.stop();
    expect(await holder.code).toBe(0);
    expect(await waiting()).toBe(0);
  });
});
