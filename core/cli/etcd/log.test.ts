import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LogSettings, createLog, timestamp } from "./log.ts";
import { RotatingFile } from "./rotating-file.ts";

describe("log lines as zap writes them", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "etcd-log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const written = (settings: Partial<LogSettings>, write: (log: ReturnType<typeof createLog>) => void): string => {
    const file = join(folder, "log");
    write(createLog({ level: "info", format: "json", outputs: [file], ...settings }));
    return readFileSync(file, "utf8");
  };

  it("one JSON object a line, ids as exact numbers, nothing below the level", () => {
    const text = written({}, (log) => {
      log.debug("unseen");
      log.info("ready", { id: 13455796455940752355n, urls: ["http://a:1"], error: new Error("no"), absent: undefined });
    });
    expect(text.endsWith("}\n")).toBe(true);
    expect(text).toContain('"msg":"ready","id":13455796455940752355,"urls":["http://a:1"],"error":"no"}');
    expect(Object.keys(JSON.parse(text) as object).slice(0, 4)).toEqual(["level", "ts", "caller", "msg"]);
  });
  it("the console form has tabs", () => {
    expect(written({ format: "console" }, (log) => log.warn("careful", { a: 1 }))).toMatch(/^\S+\twarn\t\S+\tcareful\t\{"a": 1\}\n$/);
  });
  it("the message's place in etcd's source is the caller, and raft has a logger of its own", () => {
    const [ready, raft] = written({}, (log) => {
      log.info("ready to serve client requests");
      log.info("8e9e05c52164694d became leader at term 2", { logger: "raft" });
    }).split("\n");
    expect(ready).toContain('"caller":"embed/serve.go:139","msg":"ready to serve client requests"}');
    expect(raft).toMatch(/,"logger":"raft","caller":"v3@v3\.6\.0\/raft\.go:970","msg":"8e9e05c52164694d became leader at term 2"\}$/);
  });
  it("errors say where they come from", () => {
    expect(JSON.parse(written({}, (log) => log.error("no"))) as object).toHaveProperty("stacktrace");
    expect(JSON.parse(written({}, (log) => log.warn("hm")).split("\n").at(-2)!) as object).not.toHaveProperty("stacktrace");
  });
  it("a message that comes too often is sampled: a hundred in a second, then each hundredth", () => {
    const text = written({}, (log) => {
      for (let count = 0; count < 1000; count++) log.info("again");
      log.info("other");
    });
    const lines = text.trim().split("\n");
    expect(lines.at(-1)).toContain('"msg":"other"');
    // a second may end while they are written, and then they count anew
    expect(lines.length).toBeGreaterThanOrEqual(110);
    expect(lines.length).toBeLessThan(400);
  });
  it("the level can be set while it runs", () => {
    const text = written({ level: "warn" }, (log) => {
      log.info("before");
      log.setLevel("debug");
      log.debug("after");
    });
    expect(text).not.toContain("before");
    expect(text).toContain("after");
  });
  it("an output that cannot be opened is told in Go's words; /dev/null swallows all", () => {
    expect(() => createLog({ level: "info", format: "json", outputs: [join(folder, "none", "log")] })).toThrow(/^open sink ".*": open .*: no such file or directory$/);
    createLog({ level: "info", format: "json", outputs: ["/dev/null", join(folder, "unused")] }).info("x");
    expect(existsSync(join(folder, "unused"))).toBe(false);
  });
  it("a file that rotates is put aside at its size, and only as many as wanted stay", () => {
    const path = join(folder, "etcd.log");
    let now = Date.parse("2026-11-24T09:30:00.000Z");
    const file = new RotatingFile(path, { maxSize: 1, maxAge: 0, maxBackups: 2, localTime: false, compress: false }, () => new Date((now += 1000)));
    const line = `${"x".repeat(400 * 1024)}\n`;
    for (let count = 0; count < 9; count++) file.write(line);
    file.close();
    const aside = readdirSync(folder).filter((name) => name !== "etcd.log");
    expect(aside).toHaveLength(2);
    for (const name of aside) expect(name).toMatch(/^etcd-2026-11-24T09-30-\d\d\.000\.log$/);
    expect(statSync(path).size).toBeLessThan(1024 * 1024);
  });
  it("times have microseconds and a zone", () => {
    expect(timestamp(new Date())).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d{4})$/);
  });
});
