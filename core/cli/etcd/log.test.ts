import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LogSettings, createLog, timestamp } from "./log.ts";

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
    expect(written({ format: "console" }, (log) => log.warn("careful", { a: 1 }))).toMatch(/^\S+\twarn\t\S+\tcareful\t\{"a":1\}\n$/);
  });
  it("times have microseconds and a zone", () => {
    expect(timestamp(new Date())).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d{4})$/);
  });
});
