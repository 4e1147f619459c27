/** A lab without members for tests of the shell: hosts with real folders, services that only turn, programs that only talk. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import type { Program } from "../../cli/program.ts";
import { plainAddressBook } from "../../platform/address-book.ts";
import { CapturingTerminal } from "../terminal.ts";
import { ShellSession } from "../shell-session.ts";
import { type FaultRow, type JournalLine, type ShellHost, type ShellWorld, type UnitActivity, UnitError, type UnitStatus } from "../world.ts";

export interface SmallWorld extends ShellWorld {
  readonly folder: string;
  /** what the programs were called with: "etcdctl get a" */
  readonly calls: string[];
  /** adds a line to a host's journal */
  log(host: string, unit: string, text: string): void;
  remove(): void;
}

/** @param programs in place of the talking ones */
export function smallWorld(programs: Readonly<Record<string, Program>> = {}): SmallWorld {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "quorum-shell-")));
  const calls: string[] = [];
  const faults = new Map<string, FaultRow>();
  const listeners = new Map<string, Set<(line: JournalLine) => void>>();
  const lines = new Map<string, JournalLine[]>();
  const talk = (name: string): Program => (io) => {
    calls.push([`${io.env.ETCDCTL_API === undefined ? "" : `ETCDCTL_API=${io.env.ETCDCTL_API} `}${name}`, ...io.argv].join(" "));
    io.stdout.write(`${name} ran\n`);
    return Promise.resolve(0);
  };
  const put = (id: string, text: string): FaultRow => {
    const row = { id, text, since: 0 };
    faults.set(id, row);
    return row;
  };
  const hosts = ["m1", "m2", "m3"].map((name, at) => host(name, at));

  function host(name: string, at: number): ShellHost {
    const root = join(folder, name);
    for (const path of ["root", "tmp", "etc/etcd", "var/lib/etcd", "usr/local/bin"]) mkdirSync(join(root, path), { recursive: true });
    for (const path of ["root/etcdctl", "usr/local/bin/etcdctl"]) writeFileSync(join(root, path), '#!/bin/sh\n/usr/bin/etcdctl "$@"\n', { mode: 0o755 });
    const units = new Map<string, UnitActivity>([
      ["etcd.service", "active"],
      ["kube-apiserver.service", "active"],
    ]);
    const find = (unit: string): string => {
      const full = unit.includes(".") ? unit : `${unit}.service`;
      if (!units.has(full)) throw new UnitError(5, `Unit ${full} not found.`);
      return full;
    };
    const turn = (unit: string, to: UnitActivity): Promise<void> => {
      try {
        units.set(find(unit), to);
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error as Error);
      }
    };
    const describe = (unit: string): UnitStatus => ({
      name: unit,
      description: unit,
      file: `/etc/systemd/system/${unit}`,
      enabled: true,
      activity: units.get(unit)!,
      substate: "running",
      since: 0,
      pid: 100,
      command: unit,
      statusText: "",
      result: "",
      stale: false,
    });
    return {
      name,
      address: `127.0.1.${at + 1}`,
      clientUrl: `http://127.0.1.${at + 1}:2379`,
      files: {
        root,
        real: (path, cwd = "/") => join(root, posix.resolve("/", cwd, path)),
        shown: (path) => path.slice(root.length) || "/",
      },
      addressBook: plainAddressBook,
      services: {
        list: () => [...units.keys()].map(describe),
        status: (unit) => describe(find(unit)),
        start: (unit) => turn(unit, "active"),
        stop: (unit) => turn(unit, "inactive"),
        restart: (unit) => turn(unit, "active"),
        kill: () => undefined,
        setEnabled: () => undefined,
        reload: () => undefined,
        resetFailed: () => undefined,
        text: (unit) => `[Unit]\nDescription=${unit}\n`,
      },
      journal: {
        read: (unit) => Promise.resolve((lines.get(name) ?? []).filter((line) => unit === undefined || line.unit === unit)),
        follow: (listener) => {
          const all = listeners.get(name) ?? new Set();
          listeners.set(name, all.add(listener));
          return () => all.delete(listener);
        },
      },
      runEtcd: talk("etcd"),
      processes: () => [{ pid: 100, user: "root", state: "S", startedAt: 0, command: "/usr/local/bin/etcd" }],
      signal: (pid, signal) => {
        calls.push(`signal ${pid} ${signal}`);
        return pid === 100;
      },
      dataDirectory: () => "/var/lib/etcd",
    };
  }

  return {
    folder,
    calls,
    hostNames: () => hosts.map((one) => one.name),
    host: (name) => hosts.find((one) => one.name === name || one.address === name || one.name.replace("m", "host") === name),
    programs: { etcdctl: talk("etcdctl"), etcdutl: talk("etcdutl"), ...programs },
    faults: {
      link: (from, to, kind, amount) => put(`${kind}:${from}>${to}`, `${from} to ${to}: ${kind} ${amount}`),
      disk: (on, kind, amount) => put(`${kind}:${on}`, `${on}: ${kind} ${amount}`),
      pace: (slowdown) => void calls.push(`pace ${slowdown}`),
      isolate: (on) => void put(`isolate:${on}`, `${on} is alone`),
      partition: (side) => void put(`partition:${side.join("+")}`, `${side.join(" and ")} on one side`),
      skew: (on, skewMs) => void put(`clock-skew:${on}`, `${on} is ${skewMs} ms ahead`),
      flip: (on, { file, region, offset, bit }) => Promise.resolve(put(`flipped-bit:${on}`, `${on}: ${file} ${region} ${offset} ${bit}`)),
      damage: (on, kind) => Promise.resolve(put(`${kind}:${on}`, `${on}: ${kind}`)),
      kill: (on) => void calls.push(`kill ${on}`),
      pause: (on) => void calls.push(`pause ${on}`),
      resume: (on) => void calls.push(`resume ${on}`),
      list: () => [...faults.values()],
      undo: (id) => {
        if (!faults.delete(id)) throw new Error(`no fault is called ${id}`);
      },
      heal: () => faults.clear(),
    },
    steps: {
      set: (on) => void calls.push(`step ${on}`),
      letters: () => [{ id: "m1/1", text: "m1 to m2: MsgApp" }],
      settle: (ids, fate) => void calls.push(`${fate} ${ids.join(" ")}`),
      ticks: (on, count) => void calls.push(`ticks ${on} ${count}`),
    },
    keys: { under: (prefix) => Promise.resolve(["/registry/a", "/registry/b", "key1"].filter((key) => key.startsWith(prefix))) },
    memory: { v2Keys: new Set(), stagedRestore: undefined },
    log: (on, unit, text) => {
      const line = { at: Date.UTC(2026, 0, 2, 3, 4, 5), unit, pid: 100, text };
      lines.set(on, [...(lines.get(on) ?? []), line]);
      for (const listener of listeners.get(on) ?? []) listener(line);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Runs lines one after the other in one shell, as a script is run. */
export async function runLines(world: ShellWorld, ...lines: string[]): Promise<Ran> {
  const terminal = new CapturingTerminal();
  const session = new ShellSession({ world, host: world.host("m1")!, terminal, interactive: false });
  try {
    for (const line of lines) if (!session.ended) await session.run(line, new AbortController().signal);
    return { out: terminal.stdout.toString(), err: terminal.stderr.toString(), code: session.status };
  } finally {
    await session.close();
  }
}
