/** The pure parts of the window's tools for teaching: sides of a split cluster, panes, names in a terminal's line, keys in words. */
import { describe, expect, test } from "vitest";
import { sideAt, sidesOf } from "../../renderer/derive/partition.ts";
import { arrange, type Panes } from "../../renderer/frame/arrangement.ts";
import { keyWords } from "../../renderer/frame/key-words.ts";
import { linksIn } from "../../renderer/terminal/links-in-line.ts";

const hosts = ["m1", "m2", "m3", "m4", "m5"];
const cut = (a: string, b: string) => [{ kind: "cut" as const, host: a, to: b }, { kind: "cut" as const, host: b, to: a }];

describe("the sides of a cluster", () => {
  test("are told apart by cuts of both directions, the largest first", () => {
    const faults = ["m1", "m2", "m3"].flatMap((one) => [...cut(one, "m4"), ...cut(one, "m5")]);
    expect(sidesOf(hosts, faults)).toEqual([["m1", "m2", "m3"], ["m4", "m5"]]);
    expect(sidesOf(hosts, faults.slice(1))).toEqual([hosts]);
    expect(sidesOf(["m1", "m2"], cut("m1", "m2"))).toEqual([["m1"], ["m2"]]);
    expect(sidesOf([], [])).toEqual([]);
  });

  test("are joined by where a member is put: home, beside those who are away, or alone", () => {
    const homes = new Map(hosts.map((host, at) => [host, { x: at * 200, y: 0 }]));
    const away = new Map([["m4", { x: 600, y: 300 }]]);
    expect(sideAt("m5", { x: 800, y: 10 }, homes, away)).toEqual(["m1", "m2", "m3", "m5"]);
    expect(sideAt("m5", { x: 660, y: 300 }, homes, away)).toEqual(["m4", "m5"]);
    expect(sideAt("m5", { x: 300, y: 300 }, homes, away)).toEqual(["m5"]);
  });
});

describe("panes", () => {
  const usual: Panes = { inspector: "right", dock: "bottom", dockOpen: true, sideWidth: 304, dockHeight: 236, dockWidth: 520 };
  test.each<[string, Partial<Panes>, string, string]>([
    ["inspector right, terminals below", {}, '"banner banner" "main side" "dock side"', "minmax(0, 1fr) 304px"],
    ["inspector left", { inspector: "left" }, '"banner banner" "side main" "side dock"', "304px minmax(0, 1fr)"],
    ["terminals on the right", { dock: "right" }, '"banner banner banner" "main dock side"', "minmax(0, 1fr) 484px 304px"],
    ["no inspector", { inspector: "hidden" }, '"banner" "main" "dock"', "minmax(0, 1fr)"],
    ["a closed dock is a line below, wherever it was", { dock: "right", dockOpen: false }, '"banner banner" "main side" "dock side"', "minmax(0, 1fr) 304px"],
  ])("%s", (_, some, areas, columns) => {
    expect(arrange({ ...usual, ...some }, 1208, 720)).toMatchObject({ areas, columns });
  });

  test("leave the view its room in a small window", () => {
    const { side, dock } = arrange({ ...usual, sideWidth: 640, dockHeight: 900 }, 952, 620);
    expect([952 - side, 620 - dock]).toEqual([560, 260]);
  });
});

describe("a line of the terminal", () => {
  const known = { hostOf: (word: string) => (["m1", "8e9e05c52164694d"].includes(word) ? "m1" : undefined), isKey: (word: string) => word === "/shop/a" };
  const named = (line: string): string[] => linksIn(line, known).map(({ kind, value, start, end }) => `${kind} ${value} ${line.slice(start, end)}`);

  test("names members by name and id, keys, revisions and places in the log", () => {
    expect(named("8e9e05c52164694d, started, m1: see /shop/a")).toEqual(["member m1 8e9e05c52164694d", "member m1 m1", "key /shop/a /shop/a"]);
    expect(named('{"header":{"revision":42,"raft_term":2},"raftIndex":107,"mod_revision": 7}')).toEqual(["revision 42 42", "index 107 107", "revision 7 7"]);
    expect(named('"Revision" : 12')).toEqual(["revision 12 12"]);
  });

  test("leaves alone what only looks like it", () => {
    expect(named("root@m1:~# echo prevision 3, revision 0, m11 /shop/abc")).toEqual([]);
    expect(named("m1 ".repeat(2000))).toEqual([]);
  });
});

describe("keys in words", () => {
  const press = (key: string, held: Partial<Record<"ctrlKey" | "altKey" | "metaKey" | "shiftKey", boolean>> = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, ...held });
  test("say what was pressed with what was held, and nothing of what is typed", () => {
    expect(keyWords(press("h"), false)).toBe("H");
    expect(keyWords(press("k", { ctrlKey: true }), true)).toBe("Ctrl K");
    expect(keyWords(press("F", { ctrlKey: true, shiftKey: true }), true)).toBe("Ctrl Shift F");
    expect(keyWords(press("?", { shiftKey: true }), false)).toBe("?");
    expect([press("s"), press("Shift", { shiftKey: true })].map((event) => keyWords(event, true))).toEqual(["", ""]);
    expect(keyWords(press("ArrowUp"), true)).toBe("↑");
  });
});
