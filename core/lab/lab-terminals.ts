/** The terminals of a lab's windows: shell sessions by id, and the newest output of each for a window that comes back. */
import { History } from "../shell/editor/history.ts";
import { TerminalSession } from "../shell/terminal-session.ts";
import type { ShellHost, ShellWorld } from "../shell/world.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { CommandError } from "./contract/host.ts";
import { TERMINAL_REPLAY_BYTES } from "./contract/protocol.ts";

const TERMINALS_MAX = 32;

interface OpenTerminal {
  readonly host: string;
  readonly session: TerminalSession;
  replay: string;
}

export class LabTerminals {
  private readonly open = new Map<string, OpenTerminal>();
  private readonly history = new History();
  private nextId = 1;

  constructor(
    private readonly world: ShellWorld,
    private readonly feed: ChangeFeed,
  ) {}

  openOn(host: ShellHost, columns: number, rows: number): string {
    if (this.open.size >= TERMINALS_MAX) throw new CommandError("busy", `more than ${TERMINALS_MAX} terminals`);
    const id = `t${this.nextId++}`;
    const session = new TerminalSession({
      world: this.world,
      host,
      columns,
      rows,
      history: this.history,
      onOutput: (data) => {
        terminal.replay = (terminal.replay + data).slice(-TERMINAL_REPLAY_BYTES);
        this.feed.terminalOutput(id, data);
      },
      onEnd: (code) => this.ended(id, code),
    });
    const terminal: OpenTerminal = { host: host.name, session, replay: "" };
    this.open.set(id, terminal);
    this.tell();
    session.start();
    return id;
  }

  attach(id: string, columns: number, rows: number): string {
    // what is still to be told would come twice: in the replay and as output
    this.feed.flush();
    const terminal = this.find(id);
    const { replay } = terminal;
    terminal.session.resize(columns, rows);
    return replay;
  }

  input(id: string, data: string): void {
    this.find(id).session.write(data);
  }

  resize(id: string, columns: number, rows: number): void {
    this.find(id).session.resize(columns, rows);
  }

  async close(id: string): Promise<void> {
    const { session } = this.find(id);
    this.ended(id, 0);
    await session.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.open.values()].map(({ session }) => session.close()));
    this.open.clear();
  }

  private ended(id: string, code: number): void {
    this.open.delete(id);
    this.feed.terminalClosed(id, code);
    this.tell();
  }

  private tell(): void {
    this.feed.setTerminals([...this.open].map(([id, { host }]) => ({ id, host })));
  }

  private find(id: string): OpenTerminal {
    const terminal = this.open.get(id);
    if (terminal === undefined) throw new CommandError("unknown-terminal", `no terminal is called ${id}`);
    return terminal;
  }
}
