/** Members' logs for windows: the newest lines on demand, new ones as they come while somebody looks. Bounded, and what was left out is counted. */
import type { JournalLine } from "../../shell/world.ts";
import { LOG_LINES_MAX, type LogLineView } from "../contract/member-page.ts";
import type { LabHostMachine } from "../lab-host.ts";
import { logLine } from "./log-lines.ts";

const UNIT = "etcd.service";
const TELL_MS = 150;
/** new lines told at once; a member that writes more says so */
const NEW_LINES_MAX = 400;

interface Following {
  readonly stop: () => void;
  pending: LogLineView[];
  missed: number;
  timer: NodeJS.Timeout | undefined;
}

export class MemberLogs {
  private readonly following = new Map<string, Following>();
  /** numbers lines by the object, so that a line is the same one in an answer and in a change */
  private readonly ids = new WeakMap<JournalLine, number>();
  private nextId = 1;

  constructor(private readonly onLines: (host: string, lines: readonly LogLineView[], missed: number) => void) {}

  async newest(host: LabHostMachine, limit: number): Promise<{ lines: readonly LogLineView[]; more: boolean }> {
    const lines = await host.journal.read(UNIT);
    const wanted = Math.min(limit, LOG_LINES_MAX);
    return { lines: lines.slice(-wanted).map((line) => logLine(this.idOf(line), line)), more: lines.length > wanted };
  }

  follow(host: LabHostMachine, on: boolean): void {
    const before = this.following.get(host.name);
    if (on === (before !== undefined)) return;
    if (before !== undefined) {
      this.following.delete(host.name);
      before.stop();
      clearTimeout(before.timer);
      return;
    }
    const following: Following = { stop: host.journal.follow((line) => this.take(host.name, following, line)), pending: [], missed: 0, timer: undefined };
    this.following.set(host.name, following);
  }

  close(): void {
    for (const one of this.following.values()) {
      one.stop();
      clearTimeout(one.timer);
    }
    this.following.clear();
  }

  private take(host: string, following: Following, line: JournalLine): void {
    if (line.unit !== UNIT) return;
    if (following.pending.length < NEW_LINES_MAX) following.pending.push(logLine(this.idOf(line), line));
    else following.missed++;
    following.timer ??= setTimeout(() => {
      following.timer = undefined;
      this.onLines(host, following.pending, following.missed);
      following.pending = [];
      following.missed = 0;
    }, TELL_MS);
  }

  private idOf(line: JournalLine): number {
    let id = this.ids.get(line);
    if (id === undefined) this.ids.set(line, (id = this.nextId++));
    return id;
  }
}
