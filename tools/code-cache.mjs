/**
 * Makes the code caches of the programs in dist/lib, by using the programs once as they are mostly used: a lab with its window
 * and a terminal, its members, the tools. What ran then is in the caches, what did not run is compiled when it is first called.
 * Each run takes up where the last one ended, so that the caches grow with what is tried here.
 *
 * They are for speed alone: where this fails (no loopback, no signals, a lab folder that cannot be made), the programs run without.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { launcherText } from "./launcher.mjs";

const TRIAL_MS = 120_000;

/** The window's side of the contract, as far as a trial needs it. */
class Window {
  #next = 1;
  #waiting = new Map();
  #listeners = new Set();

  static async open(url, signal) {
    const { host, hash, origin } = new URL(url);
    const window = new Window();
    window.socket = new WebSocket(`ws://${host}/contract`, ["quorum-lab", `token.${hash.slice(1)}`], { origin });
    signal.addEventListener("abort", () => window.socket.terminate(), { once: true });
    window.socket.on("message", (data) => window.#receive(JSON.parse(String(data))));
    await once(window.socket, "open", { signal });
    return window;
  }

  #receive(frame) {
    if (frame.type === "reply") {
      this.#waiting.get(frame.id)?.(frame.value);
      this.#waiting.delete(frame.id);
    } else for (const listener of this.#listeners) listener(frame);
  }

  call(name, args) {
    const id = this.#next++;
    this.socket.send(JSON.stringify({ type: "command", id, name, args }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** The first frame that `wanted` takes. */
  next(wanted, signal) {
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const listener = (frame) => {
        if (!wanted(frame)) return;
        this.#listeners.delete(listener);
        resolve(frame);
      };
      this.#listeners.add(listener);
    });
  }

  /** All members' views, when all of them serve. */
  async running(signal) {
    for (;;) {
      const snapshot = this.next((frame) => frame.type === "snapshot", signal);
      this.socket.send('{"type":"resync"}');
      const { members } = (await snapshot).state;
      if (members.every((member) => member.process === "running" && member.id !== "")) return members;
      await pause(20, undefined, { signal });
    }
  }
}

/** Runs a tool to its end; what it says and how it ends does not matter. */
async function run(program, args, signal) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"], signal, killSignal: "SIGKILL" });
  child.stdout.resume();
  child.stderr.resume();
  await once(child, "close", { signal });
}

/** Asks a process for its caches and waits until they have been written. */
async function keep(pid, cache, signal) {
  const madeAt = () => statSync(cache, { throwIfNoEntry: false })?.mtimeMs;
  const before = madeAt();
  process.kill(pid, "SIGUSR2");
  while (madeAt() === before) await pause(10, undefined, { signal });
}

async function trial(bin, lib, folder, signal) {
  const program = (name) => join(bin, name);
  const lab = spawn(process.execPath, [program("quorum-lab"), "start", "--no-open", "--lab", join(folder, "lab")], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(lab, "exit");
  // members end when their lab is gone
  signal.addEventListener("abort", () => lab.kill("SIGKILL"), { once: true });
  let output = "";
  lab.stdout.on("data", (chunk) => (output += chunk));
  while (!/^m3\t/m.test(output)) await pause(10, undefined, { signal });
  const page = /Quorum Lab: (\S+)/.exec(output)[1];
  const endpoints = [...output.matchAll(/^m\d\t(\S+)$/gm)].map((found) => found[1]);
  await fetch(page, { signal });
  const window = await Window.open(page, signal);
  const members = await window.running(signal);
  const all = ["--endpoints", endpoints.join(",")];
  await run(program("etcdctl"), [...all, "put", "a", "1"], signal);
  await run(program("etcdctl"), [...all, "endpoint", "status", "-w", "table"], signal);
  // so that the first leader has been a follower too
  await run(program("etcdctl"), [...all, "move-leader", members[1].id], signal);
  await run(program("etcdctl"), ["--endpoints", endpoints[0], "snapshot", "save", join(folder, "copy.db")], signal);
  await run(program("etcdutl"), ["snapshot", "status", join(folder, "copy.db"), "-w", "table"], signal);
  const { id } = await window.call("terminal.open", { host: "m1", columns: 80, rows: 24 });
  const shown = window.next((frame) => JSON.stringify(frame).includes("trial-3"), signal);
  await window.call("terminal.input", { id, data: "etcdctl get a | sed s/1/2/; ls /etc; echo trial-$((1 + 2))\r" });
  await shown;
  for (const { pid } of members) await keep(pid, join(lib, "etcd.cache"), signal);
  await keep(lab.pid, join(lib, "quorum-lab.cache"), signal);
  lab.kill("SIGTERM");
  await ended;
}

/** @param {string} dist with bin and lib built @param {Readonly<Record<string, object>>} programs their launchers' options by name */
export async function makeCaches(dist, programs) {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "quorum-lab-build-"));
  const bin = join(folder, "bin");
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(new Error(`not done after ${TRIAL_MS / 1000} s`)), TRIAL_MS);
  try {
    for (const part of [bin, join(folder, "window")]) mkdirSync(part);
    symlinkSync(join(dist, "lib"), join(folder, "lib"));
    writeFileSync(join(folder, "window", "index.html"), "");
    for (const [name, options] of Object.entries(programs)) {
      writeFileSync(join(bin, name), launcherText(name, { ...options, keeps: true }));
      chmodSync(join(bin, name), 0o755);
    }
    await trial(bin, join(dist, "lib"), folder, stop.signal);
  } catch (error) {
    console.log(`Programs will start without code caches: ${error.message}`);
  } finally {
    clearTimeout(late);
    stop.abort(new Error("over"));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
