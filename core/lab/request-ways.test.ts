import { describe, expect, it } from "vitest";
import type { MessageRecord } from "../probe/records.ts";
import { RequestWays } from "./request-ways.ts";

const ids: Readonly<Record<string, string>> = { m1: "a1", m2: "a2", m3: "a3" };

function app(direction: MessageRecord["direction"], at: number, more: Partial<MessageRecord> = {}): MessageRecord {
  return { kind: "message", at, direction, type: "MsgApp", from: "a1", to: "a2", term: 3, logTerm: 3, index: 9, entries: 1, commit: 9, bytes: 80, reject: false, ...more };
}

function told(): RequestWays {
  const ways = new RequestWays();
  const tell = (host: string, ...records: Parameters<RequestWays["accept"]>[2][]): void => {
    for (const record of records) ways.accept(host, ids[host]!, record);
  };
  // the follower's batch comes first: order is by time, not by arrival
  tell("m2", { kind: "entry", at: 14, index: 10, term: 3, operation: "put", key: "a", bytes: 9, request: "77" }, app("received", 13), { kind: "fsync", at: 16, durationMs: 2, index: 10 });
  tell(
    "m1",
    { kind: "request", at: 10, request: "77", step: "received", operation: "put", key: "a" },
    { kind: "request", at: 11, request: "77", step: "proposed", operation: "put", key: "a" },
    { kind: "entry", at: 12, index: 10, term: 3, operation: "put", key: "a", bytes: 9, request: "77" },
    app("sent", 12.5),
    app("sent", 12.6, { to: "a3" }),
    { kind: "fsync", at: 15, durationMs: 3, index: 10 },
    app("received", 17, { type: "MsgAppResp", from: "a2", to: "a1", index: 10, entries: 0 }),
    { kind: "commit", at: 17.2, index: 10 },
    { kind: "applied", at: 18, index: 10, revision: 5 },
    { kind: "request", at: 18.1, request: "77", step: "answered", operation: "put", key: "a" },
  );
  return ways;
}

describe("the way of a request", () => {
  it("is told by the members' records, in order of time", () => {
    const way = told().of(10, 3);
    expect(way).toMatchObject({ request: "77", operation: "put", key: "a", index: 10, term: 3 });
    expect(way?.steps.map(({ step, host, peer }) => `${step} ${host}${peer === "" ? "" : ` ${peer}`}`)).toEqual([
      "received m1", "proposed m1", "appended m1", "sent m1 a2", "sent m1 a3", "arrived m2 a1", "appended m2", "durable m1", "durable m2", "acknowledged m1 a2",
      "committed m1", "applied m1", "answered m1",
    ]);
  });
  it("has no step that nobody told: the third member was silent", () => {
    const way = told().of(10, 3);
    expect(way?.steps.some((step) => step.host === "m3")).toBe(false);
    expect(way?.steps.some((step) => step.step === "acknowledged" && step.peer === "a3")).toBe(false);
  });
  it("is that of one term: what was overwritten at the same place is another", () => {
    const ways = told();
    expect(ways.of(10, 2)).toBeNull();
    ways.accept("m3", "a3", { kind: "entry", at: 40, index: 10, term: 4, operation: "no-op", key: "", bytes: 0, request: "" });
    expect(ways.of(10, 4)?.steps).toHaveLength(1);
    expect(ways.of(10, 3)?.steps).toHaveLength(13);
  });
  it("keeps the first word of a step; a lost message is one too", () => {
    const ways = told();
    ways.accept("m1", "a1", app("dropped", 20, { to: "a3", reason: "cut" }));
    ways.accept("m1", "a1", { kind: "commit", at: 30, index: 12 });
    const steps = ways.of(10, 3)?.steps ?? [];
    expect(steps.filter((step) => step.step === "committed")).toEqual([{ step: "committed", host: "m1", peer: "", at: 17.2, detail: "" }]);
    expect(steps.at(-1)).toEqual({ step: "dropped", host: "m1", peer: "a3", at: 20, detail: "cut" });
  });
  it("is forgotten when many came after it", () => {
    const ways = told();
    for (let at = 0; at < 1024; at++) ways.accept("m1", "a1", { kind: "request", at, request: `r${at}`, step: "received", operation: "put", key: "b" });
    expect(ways.of(10, 3)).toBeNull();
  });
  it("does not count entries that were there before somebody looked", () => {
    const ways = new RequestWays();
    ways.accept("m1", "a1", { kind: "entry", at: 0, index: 10, term: 3, operation: "put", key: "a", bytes: 9, request: "77" });
    expect(ways.of(10, 3)).toBeNull();
  });
});
