/** What the recorded lab answers in a terminal: a prompt, an echo, and a handful of lines that look like the real ones. */
import type { RecordedLab } from "./recorded-lab.ts";

const GREEN = "\x1b[32m";
const BLUE = "\x1b[94m";
const RED = "\x1b[31m";
const DIM = "\x1b[90m";
const OFF = "\x1b[0m";

export class RecordedShell {
  replay = "";
  #line = "";

  constructor(
    private readonly host: string,
    private readonly lab: RecordedLab,
    private readonly send: (data: string) => void,
  ) {}

  begin(): void {
    this.#say(`${DIM}${this.host} of ha-practice. etcdctl, etcdutl, systemctl and journalctl are here; try: etcdctl endpoint status --cluster -w table${OFF}\r\n`);
    this.#prompt();
  }

  input(data: string): void {
    for (const letter of data) {
      if (letter === "\r") {
        this.#say("\r\n");
        this.#run(this.#line.trim());
        this.#line = "";
        this.#prompt();
      } else if (letter === "\x7f") {
        if (this.#line.length > 0) this.#say("\b \b");
        this.#line = this.#line.slice(0, -1);
      } else if (letter === "\x03") {
        this.#say("^C\r\n");
        this.#line = "";
        this.#prompt();
      } else if (letter >= " ") {
        this.#line += letter;
        this.#say(letter);
      }
    }
  }

  #prompt(): void {
    this.#say(`${GREEN}root@${this.host}${OFF}:${BLUE}~${OFF}# `);
  }

  #say(data: string): void {
    this.replay = (this.replay + data).slice(-65_536);
    this.send(data);
  }

  #run(line: string): void {
    const words = line.replace(/^ETCDCTL_API=3\s+/, "").split(/\s+/);
    if (line === "") return;
    if (words[0] === "etcdctl" && words[1] === "put" && words[2] !== undefined) {
      if (this.lab.write(words[2], words.slice(3).join(" "))) this.#say("OK\r\n");
      else this.#say(`${RED}{"level":"warn","msg":"retrying of unary invoker failed","error":"rpc error: code = Unavailable desc = etcdserver: no leader"}${OFF}\r\n`);
      return;
    }
    if (words[0] === "etcdctl" && words[1] === "get" && words[2] !== undefined) {
      if (words.some((word) => word === "-keys-only")) this.#say(`${DIM}lab: read as --keys-only (one dash would be refused by the real etcdctl)${OFF}\r\n`);
      const value = this.lab.keys.get(words[2]);
      if (value !== undefined) this.#say(`${words[2]}\r\n${value}\r\n`);
      return;
    }
    if (words[0] === "etcdctl" && words[1] === "endpoint") {
      for (const member of this.lab.state.members) {
        if (member.process !== "running") this.#say(`${RED}Failed to get the status of endpoint ${member.clientUrl} (context deadline exceeded)${OFF}\r\n`);
        else this.#say(`${member.clientUrl}, 3.6.14, ${member.raft?.role === "leader"}, ${member.raft?.term}, ${member.raft?.commit}\r\n`);
      }
      return;
    }
    this.#say(`bash: ${words[0]}: command not found\r\n`);
  }
}
