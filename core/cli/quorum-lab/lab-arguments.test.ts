import { describe, expect, it } from "vitest";
import { readArguments } from "./arguments.ts";

const read = (line: string) => readArguments(line.split(" "));

describe("quorum-lab lab", () => {
  it.each([
    ["lab", { verb: "list" }],
    ["lab create a", { verb: "create", name: "a", shape: { voters: 3, learners: 0, spare: 0, tls: false, auth: false, flags: "3.6" } }],
    ["lab create a --template learner --members 5 --tls", { verb: "create", name: "a", shape: { voters: 5, learners: 1, spare: 0, tls: true, auth: false, flags: "3.6" } }],
    ["lab create a --template flags-3.4 --auth --spare=2", { verb: "create", name: "a", shape: { voters: 3, learners: 0, spare: 2, tls: false, auth: true, flags: "3.4" } }],
    ["lab clone a b", { verb: "clone", lab: "a", name: "b" }],
    ["lab delete a --confirm a", { verb: "delete", lab: "a", confirm: "a" }],
    ["lab save a x.tar.gz", { verb: "save", lab: "a", file: "x.tar.gz" }],
    ["lab open x.tar.gz", { verb: "open", file: "x.tar.gz", name: "" }],
  ])("%s", (line, request) => {
    expect(read(line)).toMatchObject({ command: "lab", request });
  });
  it.each([
    ["lab make a", "lab takes one of"],
    ["lab create", "takes a name"],
    ["lab rename a", "and a new one"],
    ["lab create a --members 9 --learners 1", "1 to 9 hosts"],
    ["lab create a --template seven", "--template is one of"],
    ["lab create a --flags 3.5", "--flags is"],
    ["start --tls", "belongs to quorum-lab lab"],
    ["sh --template tls -c x", "belongs to quorum-lab lab"],
  ])("%s is refused: %s", (line, words) => {
    expect(() => read(line)).toThrow(words);
  });
  it("start and sh take a library, too", () => {
    expect(read("--lab a --labs /x")).toMatchObject({ command: "serve", lab: "a", library: "/x" });
    expect(read("sh --labs /x -c ls")).toMatchObject({ command: "sh", library: "/x" });
  });
});
