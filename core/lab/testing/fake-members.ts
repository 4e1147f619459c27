/** Members that are no processes: they say hello, are ready, hear words and end, as a test tells them to. */
import type { LabWord, MemberWord } from "../../probe/channel.ts";
import type { ProbeRecord } from "../../probe/records.ts";
import type { MemberProcess, MemberSpawn, SpawnMember } from "../member-process.ts";

export class FakeMember implements MemberProcess {
  readonly heard: LabWord[] = [];
  readonly signals: string[] = [];
  private wordListener: (word: MemberWord) => void = () => undefined;
  private outputListener: (data: Buffer, stream: "out" | "err") => void = () => undefined;
  private exitListener: (code: number | null, signal: string | null, failure?: string) => void = () => undefined;
  private over = false;

  constructor(
    readonly spawned: MemberSpawn,
    readonly pid: number,
  ) {}

  send(word: LabWord): void {
    this.heard.push(word);
  }
  onWord(listener: (word: MemberWord) => void): void {
    this.wordListener = listener;
  }
  onOutput(listener: (data: Buffer, stream: "out" | "err") => void): void {
    this.outputListener = listener;
  }
  onExit(listener: (code: number | null, signal: string | null, failure?: string) => void): void {
    this.exitListener = listener;
  }
  kill(signal: NodeJS.Signals): boolean {
    if (this.over) return false;
    this.signals.push(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM" || signal === "SIGINT") this.end(null, signal);
    return true;
  }

  hello(id: string): void {
    this.wordListener({ type: "hello", pid: this.pid, id, clusterId: "c1" });
  }
  tell(...records: ProbeRecord[]): void {
    this.wordListener({ type: "records", records, dropped: 0 });
  }
  ready(): void {
    this.tell({ kind: "happening", at: 1, what: "ready", term: 1, text: "serves clients" });
  }
  print(text: string): void {
    this.outputListener(Buffer.from(text), "err");
  }
  end(code: number | null, signal: string | null): void {
    if (this.over) return;
    this.over = true;
    queueMicrotask(() => this.exitListener(code, signal));
  }
}

/** @param autoReady members say hello and are ready as soon as they are started */
export function fakeMembers(autoReady = true): { spawn: SpawnMember; started: FakeMember[] } {
  const started: FakeMember[] = [];
  return {
    started,
    spawn: (options) => {
      const member = new FakeMember(options, 5000 + started.length);
      started.push(member);
      if (autoReady) {
        setImmediate(() => {
          member.hello(`a${/\bm(\d+)\b/.exec(options.args.join(" "))?.[1] ?? "0"}`);
          member.ready();
        });
      }
      return member;
    },
  };
}
