import { afterAll, describe, expect, it } from "vitest";
import type { Program } from "../../cli/program.ts";
import { ShellSession } from "../shell-session.ts";
import { CapturingTerminal } from "../terminal.ts";
import { runLines, smallWorld } from "../testing/small-world.ts";
import { commandsOf, readSource } from "./syntax.ts";

const world = smallWorld();
afterAll(() => world.remove());

describe("state from line to line", () => {
  it("keeps variables, arrays, exports, functions, aliases, options and the folder", async () => {
    const ran = await runLines(
      world,
      "x=5; arr=(1 '2 3'); export Y=\"q 'w\"",
      "f() { echo \"f $1\"; }",
      "alias hi='echo hello'",
      "cd /etc",
      'echo $x "${arr[1]}" "$Y"; f a; hi there; pwd',
      "bash -c 'echo child $Y'",
      "cd - > /dev/null; pwd",
      "set -- 1 '2 3'",
      'echo "$# $2"',
    );
    expect(ran.err).toBe("");
    expect(ran.out).toBe("5 2 3 q 'w\nf a\nhello there\n/etc\nchild q 'w\n/root\n2 2 3\n");
  });
  it("carries $? over and runs && and || by it", async () => {
    expect((await runLines(world, "false", "echo $?", "true && echo yes || echo no", "ls /nosuch 2> /dev/null || echo failed")).out).toBe(
      "1\nyes\nfailed\n",
    );
  });
  it("forgets a function that was unset, and what a subshell set", async () => {
    const ran = await runLines(world, "f() { echo f; }; x=1", "unset -f f", "(x=2; cd /tmp)", "f; echo $x; pwd");
    expect(ran.out).toBe("1\n/root\n");
    expect(ran.err).toContain("f: command not found");
  });
  it("ends at exit with its code, and at a failure under set -e", async () => {
    expect(await runLines(world, "echo a; exit 7", "echo never")).toMatchObject({ out: "a\n", code: 7 });
    expect(await runLines(world, "set -e", "false || echo kept", "false", "echo never")).toMatchObject({ out: "kept\n", code: 1 });
  });
  it("does not end at an exit inside a subshell or a pipe", async () => {
    expect((await runLines(world, "(exit 3); echo $?", "exit 4 | cat", "echo on")).out).toBe("3\non\n");
  });
  it("tells a syntax error and goes on", async () => {
    const ran = await runLines(world, "fi", "echo $?");
    expect(ran.err).toContain("syntax error near unexpected token `fi'");
    expect(ran.out).toBe("2\n");
  });
});

describe("streams", () => {
  it("sends output where pipes, files and substitutions say, in order", async () => {
    const ran = await runLines(
      world,
      "etcdctl get a | tr a-z A-Z",
      "etcdctl get b > /tmp/out 2>&1; cat /tmp/out",
      "x=$(etcdctl get c); echo \"<$x>\"",
      "for i in 1 2; do etcdctl $i; echo $i; done | tac",
      "{ etcdctl x; echo y; } > /tmp/group; wc -l < /tmp/group",
    );
    expect(ran.out.replace(/ +/g, " ")).toBe("ETCDCTL RAN\netcdctl ran\n<etcdctl ran>\n2\netcdctl ran\n1\netcdctl ran\n2\n");
  });
  it("reads here-documents, in front of a pipe and of a redirection too", async () => {
    const ran = await runLines(
      world,
      "x=5",
      "cat <<EOF > /tmp/here\na $x 'q' \"w\" \\$x\nEOF",
      "cat /tmp/here",
      "cat <<'EOF' | tr a b\naa $x '\nEOF",
      "cat <<-EOF\n\t\ttabbed\n\tEOF",
      "cat <<EOF\nEOF",
    );
    expect(ran.out).toBe("a 5 'q' \"w\" $x\nbb $x '\ntabbed\n");
  });
  it("hands a program its standard input, bytes and all", async () => {
    const seen: Buffer[] = [];
    const reader: Program = async (io) => {
      for await (const chunk of io.stdin) seen.push(chunk);
      return 0;
    };
    const own = smallWorld({ etcdctl: reader });
    await runLines(own, "printf 'a\\nb' | etcdctl put k", "etcdctl put k <<< 'ü'", "etcdctl put k");
    own.remove();
    expect(Buffer.concat(seen).toString()).toBe("a\nbü\n");
  });
  it("shows a program's output while it still runs", async () => {
    let letGo = (): void => undefined;
    const slow: Program = async (io) => {
      io.stdout.write("first\n");
      await new Promise<void>((resolve) => (letGo = resolve));
      io.stdout.write("second\n");
      return 0;
    };
    const own = smallWorld({ etcdctl: slow });
    const terminal = new CapturingTerminal();
    const session = new ShellSession({ world: own, host: own.host("m1")!, terminal, interactive: false });
    const done = session.run("etcdctl watch a", new AbortController().signal);
    await expect.poll(() => terminal.stdout.toString()).toBe("first\n");
    letGo();
    expect(await done).toBe(0);
    expect(terminal.stdout.toString()).toBe("first\nsecond\n");
    await session.close();
    own.remove();
  });
  it("tells the time of a pipeline", async () => {
    const ran = await runLines(world, "time etcdctl get a", "time false || echo failed");
    expect(ran.out).toBe("etcdctl ran\nfailed\n");
    expect(ran.err.match(/^real\t0m0\.\d+s$/gm)).toHaveLength(2);
  });
  it("runs a program by the path of its file", async () => {
    const own = smallWorld();
    expect((await runLines(own, "./etcdctl get 'a b' ''", "cd /; /usr/local/bin/etcdctl x")).out).toBe("etcdctl ran\netcdctl ran\n");
    expect(own.calls).toEqual(["etcdctl get a b ", "etcdctl x"]);
    own.remove();
  });
});

describe("filters behind a command that does not end", () => {
  it("show each line when it comes, and the rest after Ctrl-C", async () => {
    let write: (text: string) => void = () => undefined;
    const watch: Program = (io) =>
      new Promise((resolve) => {
        write = (text) => io.stdout.write(text);
        write("PUT\na\nPU");
        io.signal.addEventListener("abort", () => {
          io.stdout.write("last PUT");
          resolve(1);
        });
      });
    const own = smallWorld({ etcdctl: watch });
    const terminal = new CapturingTerminal();
    const session = new ShellSession({ world: own, host: own.host("m1")!, terminal, interactive: true });
    const stop = new AbortController();
    const done = session.run("etcdctl watch a --prefix | grep PUT | tr P p", stop.signal);
    await expect.poll(() => terminal.stdout.toString()).toBe("pUT\n");
    write("T\nDELETE\n");
    await expect.poll(() => terminal.stdout.toString()).toBe("pUT\npUT\n");
    stop.abort("SIGINT");
    expect(await done).toBe(130);
    expect(terminal.stdout.toString()).toBe("pUT\npUT\nlast pUT\n");
    await session.close();
    own.remove();
  });
});

describe("interruption", () => {
  it("ends a program and the line it stands in with 130", async () => {
    let reason: unknown;
    const waits: Program = (io) =>
      new Promise((resolve) => {
        io.stdout.write("waiting\n");
        io.signal.addEventListener("abort", () => {
          reason = io.signal.reason;
          resolve(1);
        });
      });
    const own = smallWorld({ etcdctl: waits });
    const terminal = new CapturingTerminal();
    const session = new ShellSession({ world: own, host: own.host("m1")!, terminal, interactive: true });
    const stop = new AbortController();
    const done = session.run("etcdctl watch a; echo never", stop.signal);
    await expect.poll(() => terminal.stdout.toString()).toBe("waiting\n");
    stop.abort("SIGINT");
    expect(await done).toBe(130);
    expect(reason).toBe("SIGINT");
    expect(terminal.stdout.toString()).toBe("waiting\n");
    expect(session.ended).toBe(false);
    await session.close();
    own.remove();
  });
  it("ends an endless loop", async () => {
    const session = new ShellSession({ world, host: world.host("m1")!, terminal: new CapturingTerminal(), interactive: true });
    const stop = new AbortController();
    const done = session.run("while true; do sleep 0.01; done", stop.signal);
    setTimeout(() => stop.abort("SIGINT"), 50);
    expect(await done).toBe(130);
    await session.close();
  });
});

describe("background jobs", () => {
  it("run beside the shell, are listed, waited for and ended", async () => {
    const waits: Program = (io) => new Promise((resolve) => io.signal.addEventListener("abort", () => resolve(0)));
    const own = smallWorld({ etcdctl: waits });
    const ran = await runLines(own, "etcdctl watch a &", "jobs", "kill %1", "wait %1; echo done $?");
    expect(ran.out).toMatch(/^\[1\] {2}Running\s+etcdctl watch a\ndone \d+\n$/);
    own.remove();
  });
});

describe("reading source", () => {
  it.each(["for i in 1 2; do", "echo 'a", "echo \"a", "if true", "cat <<EOF\na", "a &&", "a |", "a || ", "echo a \\", "f() {", "echo $(ls", "{ echo"])(
    "wants more after %j",
    (source) => expect(readSource(source).kind).toBe("open"),
  );
  it.each(["echo a", "cat <<EOF\na\nEOF", "echo 'a\\'", "echo a \\\\", "true # a |", "f() { :; }"])("takes %j as whole", (source) =>
    expect(readSource(source).kind).toBe("whole"),
  );
  it("cuts a script into commands", () => {
    expect([...commandsOf("a\n\n# note\nb \\\n  c\ncat <<E\nx\nE\nif x; then\n y\nfi\nfor x in 1; do\ncat <<E\nz $x\nE\ndone\n\"open")]).toEqual([
      "a",
      "# note",
      "b \\\n  c",
      "cat <<E\nx\nE",
      "if x; then\n y\nfi",
      "for x in 1; do\ncat <<E\nz $x\nE\ndone",
      '"open',
    ]);
  });
});
