import { describe, expect, it } from "vitest";
import { History } from "./history.ts";
import { KeyDecoder } from "./keys.ts";
import { type Completion, LineEditor, type Outcome } from "./line-editor.ts";
import { Screen } from "../testing/screen.ts";
import { TypedInput } from "./typed-input.ts";
import { place } from "./width.ts";

const UP = "\x1b[A";
const DOWN = "\x1b[B";
const LEFT = "\x1b[D";
const HOME = "\x1b[H";

function make(columns = 20, completions: Completion = { replaced: 0, candidates: [] }) {
  const screen = new Screen(columns);
  const history = new History();
  const decoder = new KeyDecoder();
  const editor = new LineEditor(
    {
      columns: () => columns,
      write: (ansi) => screen.write(ansi),
      isWhole: (text) => !text.endsWith("\\"),
      complete: () => Promise.resolve(completions),
    },
    history,
  );
  editor.begin("$ ");
  const type = async (data: string): Promise<Outcome | undefined> => {
    let outcome: Outcome | undefined;
    for (const key of decoder.decode(data)) outcome = (await editor.press(key)) ?? outcome;
    return outcome;
  };
  return { screen, history, editor, type };
}

describe("editing a line", () => {
  it.each([
    ["abc\r", "abc"],
    [`bc${HOME}a\r`, "abc"],
    [`ac${LEFT}b\r`, "abc"],
    ["abx\x7fc\r", "abc"],
    ["xyz\x15abc\r", "abc"],
    ["abc def\x17\x7f\r", "abc"],
    ["abc\x01\x0b\x19\x19\r", "abcabc"],
    ["one two\x1bbX\r", "one Xtwo"],
    ["one two\x01\x1bfX\r", "oneX two"],
    ["one two\x01\x1bd\r", " two"],
    ["ba\x14\r", "ab"],
    ["a\x04b\x02\x02\x04\r", "b"],
    ["日本\x02x\r", "日x本"],
    ["e\u0301x\x02\x7f\r", "x"],
    ["\x1b[200~a\nb\n\x1b[201~\r", "a\nb"],
  ])("%j gives %j", async (typed, text) => {
    expect(await make().type(typed)).toEqual({ type: "line", text });
  });
  it("goes on in the next row while the command is open", async () => {
    const { type, screen } = make();
    expect(await type("a \\\r")).toBeUndefined();
    expect(screen.text()).toBe("$ a \\\n> ");
    expect(await type("b\r")).toEqual({ type: "line", text: "a \\\nb" });
  });
  it("tells of Ctrl-C, and of Ctrl-D on an empty line alone", async () => {
    expect(await make().type("abc\x03")).toEqual({ type: "interrupt" });
    expect(await make().type("\x04")).toEqual({ type: "end" });
    expect(await make().type("a\x04")).toBeUndefined();
  });
});

describe("drawing", () => {
  it("wraps over rows and keeps the cursor where it belongs", async () => {
    const { type, screen } = make(10);
    await type("abcdefghij");
    expect(screen.text()).toBe("$ abcdefgh\nij");
    await type(`${HOME}X`);
    expect(screen.text()).toBe("$ Xabcdefg\nhij");
    expect(screen.cursor).toEqual({ row: 0, column: 3 });
    await type("\x05");
    expect(screen.cursor).toEqual({ row: 1, column: 3 });
    await type("\x15");
    expect(screen.text()).toBe("$ ");
  });
  it("fills a row to its last cell", async () => {
    const { type, screen } = make(10);
    await type("abcdefgh");
    expect(screen.text().trimEnd()).toBe("$ abcdefgh");
    expect(screen.cursor).toEqual({ row: 1, column: 0 });
    await type("\x7f");
    expect(screen.text().trimEnd()).toBe("$ abcdefg");
  });
  it("gives wide characters two cells, and no half of one to the last", () => {
    expect(place("日本", 10)).toEqual({ row: 0, column: 4 });
    expect(place("a日本", 4)).toEqual({ row: 1, column: 2 });
    expect(place("abcd", 4)).toEqual({ row: 1, column: 0 });
  });
});

describe("history", () => {
  it("is walked up and down, and the line being typed comes back", async () => {
    const { type, history } = make();
    history.add("first");
    history.add("second");
    expect(await type(`typed${UP}${UP}${UP}${DOWN}${DOWN}\r`)).toEqual({ type: "line", text: "typed" });
    expect(await type(`${UP}${UP}\r`)).toMatchObject({ text: "second" });
  });
  it("keeps no repetition and nothing that begins with a blank", () => {
    const history = new History();
    for (const line of ["a", "a", " secret", "", "b"]) history.add(line);
    expect(history.list()).toEqual(["a", "b"]);
  });
  it("is searched with Ctrl-R, further back with each", async () => {
    const { type, history, screen } = make(60);
    for (const line of ["etcdctl get a", "ls", "etcdctl get b"]) history.add(line);
    await type("\x12get");
    expect(screen.text()).toBe("(reverse-i-search)`get': etcdctl get b");
    expect(await type("\x12\r")).toEqual({ type: "line", text: "etcdctl get a" });
  });
  it("leaves an empty line when a search is given up", async () => {
    const { type, history } = make();
    history.add("abc");
    expect(await type("\x12a\x07x\r")).toEqual({ type: "line", text: "x" });
  });
});

describe("completion", () => {
  it("puts in the one candidate", async () => {
    expect(await make(40, { replaced: 2, candidates: ["etcdctl "] }).type("et\tget\r")).toMatchObject({ text: "etcdctl get" });
  });
  it("goes as far as candidates agree, and shows them at the second Tab", async () => {
    const { type, screen } = make(40, { replaced: 1, candidates: ["status ", "start ", "stop "] });
    await type("s\t");
    expect(screen.text()).toBe("$ st");
    const again = make(40, { replaced: 2, candidates: ["start ", "stop "] });
    await again.type("st\t\t");
    expect(again.screen.text()).toBe("$ st\nstart  stop\n$ st");
  });
});

describe("keys", () => {
  it("waits for the rest of a sequence", () => {
    const decoder = new KeyDecoder();
    expect(decoder.decode("\x1b[")).toEqual([]);
    expect(decoder.decode("A")).toEqual([{ type: "key", name: "up" }]);
    expect(decoder.decode("\x1b[200~a\x03")).toEqual([]);
    expect(decoder.decode("b\x1b[201~c")).toEqual([
      { type: "paste", text: "a\x03b" },
      { type: "text", text: "c" },
    ]);
  });
  it("drops sequences that it does not know", () => {
    expect(new KeyDecoder().decode("\x1b[99;5ua")).toEqual([{ type: "text", text: "a" }]);
  });
});

describe("input of a running program", () => {
  it("is echoed, mended with backspace, and handed over line by line until Ctrl-D", async () => {
    let echo = "";
    const input = new TypedInput((text) => (echo += text));
    const decoder = new KeyDecoder();
    const signal = new AbortController().signal;
    for (const key of decoder.decode("abx\x7fc\rrest\x04\x04")) input.press(key);
    expect(echo).toBe("abx\b \bc\r\nrest");
    expect((await input.read(signal))?.toString()).toBe("abc\n");
    expect((await input.read(signal))?.toString()).toBe("rest");
    expect(await input.read(signal)).toBeUndefined();
  });
  it("stops waiting when the program is interrupted", async () => {
    const stop = new AbortController();
    const read = new TypedInput(() => undefined).read(stop.signal);
    stop.abort("SIGINT");
    await expect(read).rejects.toThrow("SIGINT");
  });
});
