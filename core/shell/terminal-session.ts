/** A shell at a terminal: what a user types goes in by `write`, what the terminal shows comes out by `onOutput`. */
import { Completer } from "./completion.ts";
import { History } from "./editor/history.ts";
import { type Key, KeyDecoder } from "./editor/keys.ts";
import { LineEditor } from "./editor/line-editor.ts";
import { TypedInput } from "./editor/typed-input.ts";
import { readSource } from "./language/syntax.ts";
import { ShellSession } from "./shell-session.ts";
import type { ShellTerminal } from "./terminal.ts";
import type { ShellHost, ShellWorld } from "./world.ts";

export interface TerminalSessionOptions {
  readonly world: ShellWorld;
  readonly host: ShellHost;
  readonly columns: number;
  readonly rows: number;
  /** text with ANSI sequences, as a terminal takes it */
  readonly onOutput: (data: string) => void;
  /** the shell has ended by itself, with the last exit code */
  readonly onEnd: (code: number) => void;
  readonly history?: History;
}

const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";

export class TerminalSession {
  private columns: number;
  private readonly keys = new KeyDecoder();
  private readonly input: TypedInput;
  private readonly editor: LineEditor;
  private readonly session: ShellSession;
  private readonly history: History;
  private running: AbortController | undefined;
  private closed = false;
  /** whether the last character out was a line break */
  private atLineStart = true;
  /** keys are taken one after the other, and those typed while a key is worked on wait */
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: TerminalSessionOptions) {
    this.columns = Math.max(10, options.columns);
    this.history = options.history ?? new History();
    this.input = new TypedInput((text) => this.raw(text));
    const terminal: ShellTerminal = {
      isTerminal: true,
      input: this.input,
      out: (data) => this.print(data),
      err: (data) => this.print(data),
      columns: this.columns,
    };
    Object.defineProperty(terminal, "columns", { get: () => this.columns });
    this.session = new ShellSession({ world: options.world, host: options.host, terminal, interactive: true, history: this.history });
    const completer = new Completer(options.world, this.session);
    this.editor = new LineEditor(
      {
        columns: () => this.columns,
        write: (ansi) => this.raw(ansi),
        isWhole: (text) => readSource(text).kind !== "open",
        complete: (before) => completer.complete(before),
      },
      this.history,
    );
  }

  /** Writes the first prompt. */
  start(): void {
    this.prompt();
  }

  /** What the user typed or pasted. */
  write(data: string): void {
    for (const key of this.keys.decode(data)) {
      // while a program runs, its keys must not wait behind the line that started it
      if (this.running !== undefined) this.pressRunning(key);
      else this.queue = this.queue.then(() => this.press(key));
    }
  }

  resize(columns: number, _rows: number): void {
    this.columns = Math.max(10, columns);
    if (this.running === undefined && !this.closed) this.editor.resized();
  }

  /** Ends what runs and takes no more input. */
  async close(): Promise<void> {
    this.closed = true;
    this.running?.abort("SIGTERM");
    await this.session.close();
  }

  private async press(key: Key): Promise<void> {
    if (this.closed) return;
    if (this.running !== undefined) {
      this.pressRunning(key);
      return;
    }
    const outcome = await this.editor.press(key);
    if (outcome === undefined) return;
    switch (outcome.type) {
      case "interrupt":
        this.prompt();
        return;
      case "end":
        this.raw("exit\r\n");
        this.run("exit");
        return;
      case "line":
        if (outcome.text.trim() === "") this.prompt();
        else this.run(outcome.text);
    }
  }

  private pressRunning(key: Key): void {
    if (key.type === "key" && key.name === "interrupt") {
      this.raw("^C");
      this.atLineStart = false;
      this.input.clear();
      this.running?.abort("SIGINT");
    } else this.input.press(key);
  }

  private run(line: string): void {
    this.raw(PASTE_OFF);
    const running = new AbortController();
    this.running = running;
    this.atLineStart = true;
    void this.session.run(line, running.signal).then(
      () => this.done(),
      (error: unknown) => {
        this.print(`bash: ${error instanceof Error ? error.message : String(error)}\n`);
        this.done();
      },
    );
  }

  private done(): void {
    this.running = undefined;
    if (this.closed) return;
    if (!this.atLineStart) this.raw("\r\n");
    if (this.session.ended) {
      this.closed = true;
      this.options.onEnd(this.session.status);
      return;
    }
    for (const line of this.session.jobNews()) this.print(`${line}\n`);
    const ahead = this.input.takeRest();
    this.prompt();
    // what was typed while the program ran and did not take it belongs to the prompt
    if (ahead !== "") this.write(ahead.replaceAll("\n", "\r"));
  }

  private prompt(): void {
    this.raw(PASTE_ON);
    this.editor.begin(this.session.prompt());
    this.atLineStart = false;
  }

  /** Output of programs: line breaks as a terminal wants them; from a background job it goes above the prompt. */
  private print(data: Buffer | string): void {
    const text = typeof data === "string" ? data : data.toString("utf8");
    if (text === "" || this.closed) return;
    const shown = text.replace(/\r?\n/g, "\r\n");
    if (this.running !== undefined) {
      this.raw(shown);
      this.atLineStart = text.endsWith("\n");
      return;
    }
    this.editor.wipe();
    this.raw(text.endsWith("\n") ? shown : `${shown}\r\n`);
    this.editor.redraw();
  }

  private raw(text: string): void {
    if (text !== "") this.options.onOutput(text);
  }
}
