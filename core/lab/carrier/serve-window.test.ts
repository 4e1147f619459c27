import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { ChangesFrame, LabHost } from "../contract/host.ts";
import { CommandError } from "../contract/host.ts";
import { WINDOW_FRAME_BYTES_MAX } from "../contract/check.ts";
import type { Change, HostFrame } from "../contract/protocol.ts";
import type { LabState } from "../contract/state.ts";
import { serveWindow } from "./serve-window.ts";
import type { ServedWindow } from "./serve-window.ts";
import { SocketWindow } from "./socket-window.ts";

const emptyState: LabState = {
  lab: { name: "test", folder: "", version: "0", startedAt: 0 },
  members: [],
  faults: [],
  mail: { stepping: false, letters: [] },
  logs: [],
  timeline: [],
  services: [],
  terminals: [],
};

class FakeHost implements LabHost {
  seq = 5;
  readonly listeners = new Set<(frame: ChangesFrame) => void>();
  readonly executed: [string, unknown][] = [];

  snapshot(): { seq: number; state: LabState } {
    return { seq: this.seq, state: emptyState };
  }

  subscribe(listener: (frame: ChangesFrame) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  execute(name: string, args: unknown): Promise<unknown> {
    this.executed.push([name, args]);
    if (name === "member.kill") return Promise.reject(new CommandError("unknown-host", "there is no m9"));
    return Promise.resolve(name === "keys.put" ? { revision: 7 } : undefined);
  }

  emit(...changes: Change[]): void {
    this.seq += 1;
    for (const listener of this.listeners) listener({ type: "changes", seq: this.seq, at: 0, changes });
  }
}

let folder: string;
let host: FakeHost;
let served: ServedWindow;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorum-lab-window-"));
  await mkdir(join(folder, "dist", "assets"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "dist", "index.html"), '<meta property="csp-nonce" nonce="__CSP_NONCE__">');
  await writeFile(join(folder, "dist", "assets", "app.js"), "1");
  host = new FakeHost();
  served = await serveWindow({ host, folder: join(folder, "dist"), port: 0 });
});

afterEach(async () => {
  await served.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: served.port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

interface Opened {
  readonly socket: WebSocket;
  next(): Promise<HostFrame>;
  closed: Promise<number>;
}

function open(options: { token?: string; origin?: string | null; host?: string; path?: string } = {}): Opened {
  const origin = options.origin === undefined ? `http://127.0.0.1:${served.port}` : options.origin;
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}${options.path ?? "/contract"}`, ["quorum-lab", `token.${options.token ?? served.token}`], {
    ...(origin === null ? {} : { origin }),
    ...(options.host === undefined ? {} : { headers: { Host: options.host } }),
  });
  const frames: HostFrame[] = [];
  const waiting: ((frame: HostFrame) => void)[] = [];
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data)) as HostFrame;
    const waiter = waiting.shift();
    if (waiter === undefined) frames.push(frame);
    else waiter(frame);
  });
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => resolve(code));
    socket.on("unexpected-response", (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on("error", () => undefined);
  });
  return {
    socket,
    closed,
    next: () => {
      const frame = frames.shift();
      return frame === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(frame);
    },
  };
}

describe("the page", () => {
  test("is served with a strict policy whose nonce is in the page and new each time", async () => {
    const first = await get("/");
    const second = await get("/index.html");
    const policy = String(first.headers["content-security-policy"]);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(first.status).toBe(200);
    expect(nonce).toMatch(/^[\w-]{22}$/);
    expect(first.body).toContain(`nonce="${nonce}"`);
    expect(second.body).not.toContain(nonce);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(first.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cache-control": "no-store",
    });
  });

  test("HEAD answers as GET does, without a body; other methods are refused", async () => {
    const head = await get("/", {}, "HEAD");
    expect([head.status, head.body]).toEqual([200, ""]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) expect((await get("/", {}, method)).status).toBe(405);
  });

  test("no path leads out of the folder", async () => {
    const paths = [
      "/../secret.txt",
      "/..%2fsecret.txt",
      "/%2e%2e/secret.txt",
      "/assets/../../secret.txt",
      "/assets/..\\..\\secret.txt",
      "//secret.txt",
      "/assets",
      "/assets/",
      "/secret.txt\0.js",
      `${folder}/secret.txt`,
    ];
    for (const path of paths) {
      const status = await rawStatus(path);
      expect([path, status >= 400]).toEqual([path, true]);
    }
    expect((await get("/assets/app.js?v=1")).body).toBe("1");
  });

  test("a Host header other than the loopback name with our port is refused", async () => {
    for (const name of ["evil.example", `evil.example:${served.port}`, "127.0.0.1", `127.0.0.1:${served.port + 1}`, `127.0.0.1.evil.example:${served.port}`]) {
      expect([name, (await get("/", { Host: name })).status]).toEqual([name, 421]);
    }
    expect((await get("/", { Host: `localhost:${served.port}` })).status).toBe(200);
  });

  test("a request from another origin's page is refused", async () => {
    for (const origin of ["http://evil.example", "null", `https://127.0.0.1:${served.port}`, `http://127.0.0.1:${served.port + 1}`]) {
      expect([origin, (await get("/", { Origin: origin })).status]).toEqual([origin, 403]);
    }
  });
});

/** The path as given, without a client that tidies it. */
function rawStatus(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(served.port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nConnection: close\r\n\r\n`);
    });
    let text = "";
    socket.on("data", (data) => (text += data.toString("latin1")));
    socket.on("end", () => resolve(Number(text.split(" ")[1])));
    socket.on("error", reject);
  });
}

describe("the contract's socket", () => {
  test("gives a snapshot, then the changes after it, in order and once", async () => {
    const window = open();
    expect(await window.next()).toMatchObject({ type: "snapshot", seq: 5, state: { lab: { name: "test" } } });
    host.emit({ type: "services", services: [] });
    host.emit({ type: "terminal.closed", id: "t1", code: 0 });
    expect(await window.next()).toMatchObject({ type: "changes", seq: 6 });
    expect(await window.next()).toMatchObject({ type: "changes", seq: 7, changes: [{ type: "terminal.closed" }] });
    window.socket.close();
    await window.closed;
  });

  test("answers commands by their id, and the lab's errors with code and message", async () => {
    const window = open();
    await window.next();
    window.socket.send(JSON.stringify({ type: "command", id: 1, name: "keys.put", args: { key: "YQ==", value: "", extra: 1 } }));
    window.socket.send(JSON.stringify({ type: "command", id: 2, name: "member.kill", args: { host: "m9" } }));
    window.socket.send(JSON.stringify({ type: "command", id: 3, name: "fault.heal", args: {} }));
    expect(await window.next()).toEqual({ type: "reply", id: 1, ok: true, value: { revision: 7 } });
    expect(await window.next()).toEqual({ type: "reply", id: 2, ok: false, error: { code: "unknown-host", message: "there is no m9" } });
    expect(await window.next()).toEqual({ type: "reply", id: 3, ok: true, value: null });
    expect(host.executed[0]).toEqual(["keys.put", { key: "YQ==", value: "" }]);
    window.socket.close();
    await window.closed;
  });

  test("refuses bad arguments and unknown commands by name, and goes on", async () => {
    const window = open();
    await window.next();
    const bad = [
      { type: "command", id: 1, name: "member.kill", args: { host: "../m1" } },
      { type: "command", id: 2, name: "constructor", args: {} },
      { type: "command", id: 3, name: "keys.list", args: null },
      { type: "nonsense", id: 4 },
    ];
    for (const frame of bad) {
      window.socket.send(JSON.stringify(frame));
      const reply = await window.next();
      expect(reply).toMatchObject({ type: "reply", id: frame.id, ok: false });
    }
    expect(host.executed).toEqual([]);
    window.socket.send(JSON.stringify({ type: "resync" }));
    expect(await window.next()).toMatchObject({ type: "snapshot" });
    window.socket.close();
    await window.closed;
  });

  test("a wrong token gets the close code for it and nothing else", async () => {
    for (const token of ["", "x", `${served.token}x`, served.token.slice(1)]) {
      const window = open({ token });
      expect(await window.closed).toBe(SocketWindow.WRONG_TOKEN);
    }
    expect(host.listeners.size).toBe(0);
  });

  test("a wrong Origin, a missing Origin, a wrong Host and a wrong path never become a socket", async () => {
    expect(await open({ origin: "http://evil.example" }).closed).toBe(403);
    expect(await open({ origin: null }).closed).toBe(403);
    expect(await open({ host: "evil.example" }).closed).toBe(421);
    expect(await open({ path: "/" }).closed).toBe(404);
  });

  test("a frame over the limit, or one that is not JSON, closes the socket and leaves nothing behind", async () => {
    const big = open();
    await big.next();
    big.socket.send("x".repeat(WINDOW_FRAME_BYTES_MAX + 1));
    expect(await big.closed).toBe(1009);
    const broken = open();
    await broken.next();
    broken.socket.send("{");
    expect(await broken.closed).toBe(SocketWindow.BAD_FRAME);
    const binary = open();
    await binary.next();
    binary.socket.send(Buffer.from("{}"));
    expect(await binary.closed).toBe(SocketWindow.BAD_FRAME);
    await expect.poll(() => host.listeners.size).toBe(0);
  });

  test("a window that does not read is dropped, and gets a snapshot when it comes back", async () => {
    const window = open();
    await window.next();
    (window.socket as unknown as { _socket: { pause(): void } })._socket.pause();
    const data = "x".repeat(1024 * 1024);
    for (let sent = 0; sent < 200 && host.listeners.size > 0; sent += 1) {
      host.emit({ type: "terminal.output", id: "t1", data });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(host.listeners.size).toBe(0);
    window.socket.terminate();
    const again = open();
    expect(await again.next()).toMatchObject({ type: "snapshot", seq: host.seq });
    again.socket.close();
    await again.closed;
  });

  test("a folder that was not built is refused with what to do", async () => {
    await expect(serveWindow({ host, folder, port: 0 })).rejects.toThrow("npm run build");
  });
});
