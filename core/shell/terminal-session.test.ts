import { afterEach, describe, expect, it } from "vitest";
import type { Program } from "../cli/program.ts";
import { smallWorld, type SmallWorld } from "./testing/small-world.ts";
import { TerminalSession } from "./terminal-session.ts";

const opened: { world: SmallWorld; session: TerminalSession }[] = [];
afterEach(async () => {
  for (const { world, session } of opened.splice(0)) {
    await session.close();
    world.remove();
  }
});

function open(programs: Readonly<Record<string, Program>> = {}) {
  const world = smallWorld(programs);
  let out = "";
  let code: number | undefined;
  const session = new TerminalSession({
    world,
    host: world.host("m1")!,
    columns: 80,
    rows: 24,
    onOutput: (data) => (out += data),
    onEnd: (status) => (code = status),
  });
  opened.push({ world, session });
  session.start();
  const plain = (): string => out.replace(/\x1b\[[?0-9;]*[a-zA-Z]/g, "").replace(/\r\n/g, "\n").replace(/\r/g, "");
  return { world, session, plain, code: () => code, ansi: () => out };
}

const PROMPT = "root@m1:~# ";

describe("a terminal", () => {
  it("shows a prompt, runs a line and prompts again", async () => {
    const { session, plain } = open();
    expect(plain()).toBe(PROMPT);
    session.write("cd /etc\r");
    await expect.poll(plain).toContain("root@m1:/etc# ");
    session.write("echo hi\r");
    await expect.poll(plain).toMatch(/echo hi\nhi\nroot@m1:\/etc# $/);
  });
  it("takes several lines pasted at once, joined by backslashes", async () => {
    const { session, plain, world } = open();
    session.write("\x1b[200~etcdctl get a \\\n  --prefix\n\x1b[201~");
    await expect.poll(plain).toContain("> ");
    session.write("\r");
    await expect.poll(() => world.calls).toEqual(["etcdctl get a --prefix"]);
  });
  it("runs lines that are typed ahead one after the other", async () => {
    const { session, plain } = open();
    session.write("echo one\recho two\r");
    await expect.poll(plain).toMatch(/one\n[^]*two\n[^]*# $/);
  });
  it("interrupts with Ctrl-C and says so", async () => {
    const { session, plain } = open({ etcdctl: (io) => new Promise((resolve) => io.signal.addEventListener("abort", () => resolve(1))) });
    session.write("etcdctl watch a\r");
    await expect.poll(plain).toMatch(/watch a\n$/);
    session.write("\x03");
    await expect.poll(plain).toMatch(/\^C\nroot@m1:~# $/);
    session.write("echo $?\r");
    await expect.poll(plain).toContain("130\n");
  });
  it("gives a program what is typed, echoed", async () => {
    const talk: Program = async (io) => {
      for await (const chunk of io.stdin) io.stdout.write(`got ${chunk.toString()}`);
      return 0;
    };
    const { session, plain } = open({ etcdctl: talk });
    session.write("etcdctl txn -i\r");
    await expect.poll(plain).toMatch(/txn -i\n$/);
    session.write("hello\r");
    await expect.poll(plain).toContain("hello\ngot hello\n");
    session.write("\x04");
    await expect.poll(plain).toMatch(/got hello\nroot@m1:~# $/);
  });
  it("writes a file with cat and Ctrl-D", async () => {
    const { session, plain } = open();
    session.write("cat > note\r");
    await expect.poll(plain).toMatch(/note\n$/);
    session.write("a line\r\x04");
    await expect.poll(plain).toMatch(/root@m1:~# $/);
    session.write("cat note\r");
    await expect.poll(plain).toMatch(/cat note\na line\nroot/);
  });
  it("goes to another host and back, and ends with Ctrl-D", async () => {
    const { session, plain, code } = open();
    session.write("ssh m2\r");
    await expect.poll(plain).toContain("root@m2:~# ");
    session.write("hostname; exit\r");
    await expect.poll(plain).toMatch(/m2\n[^]*root@m1:~# $/);
    session.write("\x04");
    await expect.poll(code).toBe(0);
  });
  it("marks the lab's own words", async () => {
    const { session, ansi } = open();
    session.write("etcdctl get / --prefix -keys-only\r");
    await expect.poll(ansi).toContain("\x1b[2mlab: read as --keys-only");
  });
  it("completes commands, subcommands, hosts, files and keys", async () => {
    const { session, plain } = open();
    for (const [typed, whole] of [
      ["etcdc\t", "etcdctl "],
      ["etcdctl endp\t", "etcdctl endpoint "],
      ["etcdctl get k\t", "etcdctl get key1 "],
      ["ssh m3\t", "ssh m3 "],
      ["systemctl restart kube\t", "systemctl restart kube-apiserver "],
      ["ls /var/li\t", "ls /var/lib/"],
      ["echo a; hostn\t", "echo a; hostname "],
    ] as const) {
      session.write(typed);
      await expect.poll(plain, { timeout: 5000 }).toMatch(new RegExp(`# ${whole.replaceAll("/", "\\/")}$`));
      session.write("\x15");
    }
  });
  it("puts the output of a background job above the prompt", async () => {
    let letGo = (): void => undefined;
    const slow: Program = async (io) => {
      await new Promise<void>((resolve) => (letGo = resolve));
      io.stdout.write("late\n");
      return 0;
    };
    const { session, plain } = open({ etcdctl: slow });
    session.write("etcdctl watch a &\r");
    await expect.poll(plain).toMatch(/\[1\] \d+\nroot@m1:~# $/);
    session.write("echo");
    await expect.poll(plain).toMatch(/echo$/);
    letGo();
    await expect.poll(plain).toMatch(/late\nroot@m1:~# echo$/);
  });
});
